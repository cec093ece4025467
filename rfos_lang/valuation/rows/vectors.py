"""Numbers, truths and bits of eight rows at once, as they are written in LLVM's language.

What stands here knows no formulas. An operation on vectors adds a line to a text; the same one on
the same operands adds none.
"""

import struct
from typing import Union

from rfos_lang.base.records import dataclass

WIDTH = 8  # rows; a processor whose registers are shorter takes several for one vector
REALS, BITS, TRUTHS = (f"<{WIDTH} x {kind}>" for kind in ("double", "i64", "i1"))
FREELY = "contract"  # a product and a sum may be rounded once


class Text:
    """Straight-line code, no operation twice."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}

    def put(self, operation: str) -> str:
        """The name of an operation's result."""
        return self.named.setdefault(operation, f"%v{len(self.named)}")

    @property
    def lines(self) -> list[str]:
        return [f"  {name} = {operation}" for operation, name in self.named.items()]

    def constant(self, value: float) -> "Reals":
        """A number, the same in each row."""
        return Reals(self, _spelled("double", hexadecimal(value)))


@dataclass(frozen=True, slots=True)
class Truths:
    """A truth of each row."""

    text: Text
    name: str

    def __and__(self, other: "Truths") -> "Truths":
        return Truths(self.text, self.text.put(f"and {TRUTHS} {self.name}, {other.name}"))

    def choose(self, chosen: "Number", otherwise: "Number") -> "Reals":
        """Where it is true the one, elsewhere the other."""
        first, second = (_reals(self.text, each).name for each in (chosen, otherwise))
        operation = f"select {TRUTHS} {self.name}, {REALS} {first}, {REALS} {second}"
        return Reals(self.text, self.text.put(operation))


@dataclass(frozen=True, slots=True)
class Bits:
    """64 bits of each row, read as a whole number without a sign."""

    text: Text
    name: str

    def __add__(self, other: Union["Bits", int]) -> "Bits":
        return self._with("add", other)

    def __sub__(self, other: Union["Bits", int]) -> "Bits":
        return self._with("sub", other)

    def __mul__(self, other: int) -> "Bits":
        return self._with("mul", other)

    def __and__(self, other: int) -> "Bits":
        return self._with("and", other)

    def __or__(self, other: Union["Bits", int]) -> "Bits":
        return self._with("or", other)

    def __xor__(self, other: Union["Bits", int]) -> "Bits":
        return self._with("xor", other)

    def __lshift__(self, other: int) -> "Bits":
        return self._with("shl", other)

    def __rshift__(self, other: int) -> "Bits":
        return self._with("lshr", other)

    def as_reals(self) -> "Reals":
        """The numbers that have these bits."""
        return Reals(self.text, self.text.put(f"bitcast {BITS} {self.name} to {REALS}"))

    def _with(self, operation: str, other: Union["Bits", int]) -> "Bits":
        second = other.name if isinstance(other, Bits) else _spelled("i64", str(other))
        return Bits(self.text, self.text.put(f"{operation} {BITS} {self.name}, {second}"))


@dataclass(frozen=True, slots=True)
class Reals:
    """A number of each row."""

    text: Text
    name: str

    def __add__(self, other: "Number") -> "Reals":
        return self._with("fadd", other)

    def __sub__(self, other: "Number") -> "Reals":
        return self._with("fsub", other)

    def __mul__(self, other: "Number") -> "Reals":
        return self._with("fmul", other)

    def __truediv__(self, other: "Number") -> "Reals":
        return self._with("fdiv", other)

    def __rmul__(self, other: float) -> "Reals":
        return self.text.constant(other) * self

    def __radd__(self, other: float) -> "Reals":
        return self.text.constant(other) + self

    def __rsub__(self, other: float) -> "Reals":
        return self.text.constant(other) - self

    def __rtruediv__(self, other: float) -> "Reals":
        return self.text.constant(other) / self

    def __neg__(self) -> "Reals":
        return Reals(self.text, self.text.put(f"fneg {REALS} {self.name}"))

    def __abs__(self) -> "Reals":
        return self._called("fabs")

    def root(self) -> "Reals":
        """The square root; nan below 0."""
        return self._called("sqrt")

    def __lt__(self, other: "Number") -> Truths:
        return self._compared("olt", other)

    def __le__(self, other: "Number") -> Truths:
        return self._compared("ole", other)

    def __gt__(self, other: "Number") -> Truths:
        return self._compared("ogt", other)

    def is_not(self, other: "Number") -> Truths:
        """Whether it is another number, or none."""
        return self._compared("une", other)

    def unless_below(self, other: "Number") -> Truths:
        """Whether it is at least as great, or one of both is no number."""
        return self._compared("uge", other)

    def unless_above(self, other: "Number") -> Truths:
        """Whether it is at most as great, or one of both is no number."""
        return self._compared("ule", other)

    def bits(self) -> Bits:
        return Bits(self.text, self.text.put(f"bitcast {REALS} {self.name} to {BITS}"))

    def _with(self, operation: str, other: "Number") -> "Reals":
        second = _reals(self.text, other).name
        return Reals(
            self.text, self.text.put(f"{operation} {FREELY} {REALS} {self.name}, {second}")
        )

    def _compared(self, relation: str, other: "Number") -> Truths:
        second = _reals(self.text, other).name
        return Truths(self.text, self.text.put(f"fcmp {relation} {REALS} {self.name}, {second}"))

    def _called(self, name: str) -> "Reals":
        operation = f"call {REALS} @llvm.{name}.v{WIDTH}f64({REALS} {self.name})"
        return Reals(self.text, self.text.put(operation))


Number = Reals | float


def _reals(text: Text, number: Number) -> Reals:
    return number if isinstance(number, Reals) else text.constant(number)


def hexadecimal(value: float) -> str:
    """A number to the last bit, as LLVM reads it."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def _spelled(kind: str, value: str) -> str:
    return "<" + ", ".join([f"{kind} {value}"] * WIDTH) + ">"
