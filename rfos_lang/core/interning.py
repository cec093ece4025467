"""Nodes that are equal are the same object, so that equality, hashing and sharing cost nothing."""

from typing import Any
from weakref import WeakValueDictionary

_pool: WeakValueDictionary[tuple[Any, ...], Any] = WeakValueDictionary()


class Interned(type):
    """Metaclass of hash-consed frozen dataclasses: a call returns the one node with these fields.

    Such a class is declared `@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)`;
    children are interned before their parent, hence a key compares in constant time a field.
    """

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        node = super().__call__(*arguments, **named)
        fields: tuple[str, ...] = cls.__match_args__  # type: ignore[attr-defined]
        return _pool.setdefault((cls, *(getattr(node, field) for field in fields)), node)
