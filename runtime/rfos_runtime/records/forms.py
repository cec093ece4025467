"""Records read back from canonical bytes, each field what its annotation says, all the way down:
what comes from outside is either a record of ours or refused.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from rfos_runtime.records import canonical
from rfos_runtime.records.block import RECORDS
from rfos_runtime.records.canonical import NotCanonical, values_of

T = TypeVar("T")
Test = Callable[[Any], bool]
_PLAIN = bool, int, str, bytes


def read(data: bytes, kind: type[T]) -> T:
    """The record of a kind of which these are the canonical bytes. Raises NotCanonical."""
    value, record = canonical.decode(data, RECORDS), cast(Hashable, kind)
    if not _fits(record)(value):
        raise NotCanonical(f"the bytes are no {kind.__name__}")
    return cast(T, value)


@cache
def _fits(annotation: Any) -> Test:
    """What tells whether a value is one that an annotation allows."""
    parts = get_args(annotation)
    if annotation in RECORDS:
        return _record(annotation)
    if isinstance(annotation, UnionType):
        return _one_of(parts)
    if get_origin(annotation) is tuple:
        return _row(parts)
    exact = NoneType if annotation is None else annotation
    return lambda value: type(value) is exact


def _one_of(parts: tuple[Any, ...]) -> Test:
    """Of what a value can be, only what has its class is tried: of commands there are many."""
    tests = defaultdict[type, list[Test]](list)
    for part in parts:
        tests[NoneType if part is None else get_origin(part) or part].append(_fits(part))
    return lambda value: any(test(value) for test in tests.get(type(value), ()))


def _record(kind: type) -> Test:
    """The classes of most fields say all of them, and are compared together."""
    hints = get_type_hints(kind)
    plain = {name: hint for name, hint in hints.items() if hint in _PLAIN}
    get_plain, classes = values_of(tuple(plain)), [*plain.values()]
    rest = [(attrgetter(name), _fits(hint)) for name, hint in hints.items() if name not in plain]
    return lambda value: (
        type(value) is kind
        and [*map(type, get_plain(value))] == classes
        and all(test(get(value)) for get, test in rest)
    )


def _row(parts: tuple[Any, ...]) -> Test:
    if parts[-1] is Ellipsis:
        each = _fits(parts[0])
        return lambda value: type(value) is tuple and all(map(each, value))
    tests = [_fits(part) for part in parts]
    return lambda value: (
        type(value) is tuple
        and len(value) == len(tests)
        and all(test(each) for test, each in zip(tests, value, strict=True))
    )
