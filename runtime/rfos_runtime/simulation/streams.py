"""Random numbers by name: the same seed and name give the same numbers, on every machine.

A stream is a counter that is hashed with its seed and name, so what one stream draws never shifts
another: a world without one of its faults is the same world otherwise.
"""

from collections.abc import Sequence
from hashlib import blake2b
from struct import Struct
from typing import TypeVar

T = TypeVar("T")

_BITS = 64
"""Of a word."""
_WORDS = Struct("<8Q")


class Stream:
    """The numbers of a name, one after the other."""

    __slots__ = ("_counter", "_name", "_words")

    def __init__(self, seed: int, *name: str | int) -> None:
        self._name = "\0".join(map(str, (seed, *name))).encode()
        self._counter = 0
        self._words: list[int] = []

    def _more(self) -> None:
        block = blake2b(self._name + self._counter.to_bytes(8, "little"))
        self._words.extend(_WORDS.unpack(block.digest()))
        self._counter += 1

    def below(self, end: int) -> int:
        """A whole number from 0 up to, without, `end`."""
        if not self._words:
            self._more()
        return self._words.pop() * end >> _BITS

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def one_in(self, number: int) -> bool:
        """Whether something happens that happens once in so many times; never once in 0."""
        return number > 0 and self.below(number) == 0

    def pick(self, among: Sequence[T]) -> T:
        """One of several."""
        return among[self.below(len(among))]

    def some(self, among: Sequence[T], count: int) -> list[T]:
        """So many different ones of several, in a drawn order."""
        left = list(among)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def bell(self, scale: int) -> int:
        """A whole number about 0: the sum of four that are even in a range, so that its standard
        deviation is `scale`, and it never lies beyond 3.5 of them."""
        side = 1_000_000
        total = sum(self.between(-side, side) for _ in range(4))
        return total * scale * 866 // (side * 1000)  # sqrt(3 / 4) = 0.866
