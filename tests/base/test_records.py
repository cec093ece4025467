"""Classes made by our decorator behave as those of the standard library do."""

import copy
import dataclasses
import pickle
import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from rfos_lang.base.records import dataclass


def classes(decorator: Callable[..., Any]) -> SimpleNamespace:
    """The same classes, made by one decorator or the other."""

    @decorator(frozen=True, slots=True)
    class Point:
        """Two numbers and what has a default."""

        x: int
        y: int = 2
        tags: tuple[str, ...] = dataclasses.field(default_factory=tuple)

        @property
        def total(self) -> int:
            """A method of its own."""
            return self.x + self.y

    @decorator(frozen=True, slots=True, kw_only=True)
    class Placed:
        """What is not compared, nor shown."""

        place: int = dataclasses.field(compare=False, repr=False)

    @decorator(frozen=True, slots=True)
    class Named(Placed):
        """A field behind an inherited one."""

        name: str
        size: int = 1

    @decorator(frozen=True, slots=True)
    class Empty:
        """No field."""

    @decorator(frozen=True, slots=True, eq=False, weakref_slot=True)
    class Alone:
        """Equal to itself alone."""

        value: int

    @decorator(slots=True)
    class Growing:
        """One that may change."""

        parts: list[int] = dataclasses.field(default_factory=list)
        count: int = 0

    @decorator(slots=True)
    class Counted:
        """What it begins with is its own affair."""

        step: int
        count: int = dataclasses.field(init=False, default=0)

    @decorator(slots=True)
    class Scaled(Counted):
        """And of what derives from it."""

        scale: int = 2

    @decorator(frozen=True, slots=True)
    class Checked:
        """Looked at once made."""

        value: int

        def __post_init__(self) -> None:
            if self.value < 0:
                raise ValueError(self.value)

        def __repr__(self) -> str:
            return f"<{self.value}>"

    return SimpleNamespace(**{k: v for k, v in locals().items() if isinstance(v, type)})


OURS, THEIRS = classes(dataclass), classes(dataclasses.dataclass)

MADE: list[Callable[[SimpleNamespace], Any]] = [
    lambda known: known.Point(1),
    lambda known: known.Point(1, 3),
    lambda known: known.Point(x=1, y=3, tags=("a",)),
    lambda known: known.Named("a", place=7),
    lambda known: known.Named(name="a", size=2, place=8),
    lambda known: known.Empty(),
    lambda known: known.Checked(4),
    lambda known: known.Growing([1]),
    lambda known: known.Growing(count=2),
    lambda known: known.Counted(3),
    lambda known: known.Scaled(3, 4),
    lambda known: dataclasses.replace(known.Point(1), y=5),
    lambda known: dataclasses.replace(known.Named("a", place=7), name="b", place=9),
    lambda known: copy.deepcopy(known.Point(1, 3, ("b",))),
]


@pytest.mark.parametrize("make", MADE)
def test_they_look_alike(make: Callable[[SimpleNamespace], Any]) -> None:
    ours, theirs = make(OURS), make(THEIRS)
    assert repr(ours) == repr(theirs)
    assert dataclasses.is_dataclass(ours)
    assert type(ours).__match_args__ == type(theirs).__match_args__
    assert type(ours).__slots__ == type(theirs).__slots__
    assert type(ours).__qualname__ == type(theirs).__qualname__
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert [f.name for f in dataclasses.fields(ours)] == [
        f.name for f in dataclasses.fields(theirs)
    ]


@pytest.mark.parametrize("left", MADE)
@pytest.mark.parametrize("right", MADE)
def test_they_are_equal_alike(
    left: Callable[[SimpleNamespace], Any], right: Callable[[SimpleNamespace], Any]
) -> None:
    is_equal = left(OURS) == right(OURS)
    assert is_equal == (left(THEIRS) == right(THEIRS))
    if is_equal and type(left(OURS)).__hash__ is not None:
        assert hash(left(OURS)) == hash(right(OURS))
    assert left(OURS) != left(THEIRS)


@pytest.mark.parametrize("known", [OURS, THEIRS])
def test_they_refuse_alike(known: SimpleNamespace) -> None:
    point = known.Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    with pytest.raises((AttributeError, TypeError)):  # the latter by an error of Python 3.11
        point.z = 2
    for wrong in (lambda: known.Point(), lambda: known.Point(1, z=2), lambda: known.Named("a", 7)):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(ValueError, match="-1"):
        known.Checked(-1)
    assert point.total == 3


@pytest.mark.parametrize("known", [OURS, THEIRS])
def test_what_may_change_has_no_hash(known: SimpleNamespace) -> None:
    one, other = known.Growing(), known.Growing()
    one.parts.append(1)
    one.count += 1
    assert (one.parts, one.count, other.parts, other.count) == ([1], 1, [], 0)
    assert copy.copy(one) == one != other
    with pytest.raises(TypeError):
        hash(one)
    with pytest.raises(AttributeError):
        one.size = 3


@pytest.mark.parametrize("known", [OURS, THEIRS])
def test_one_without_equality_is_equal_to_itself_alone(known: SimpleNamespace) -> None:
    alone = known.Alone(1)
    assert alone == alone and alone != known.Alone(1)
    assert weakref.ref(alone)() is alone


@dataclass(frozen=True, slots=True)
class Kept:
    """One that can be found by name."""

    x: int
    y: tuple[int, ...]


def test_they_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, (2, 3)))) == Kept(1, (2, 3))
