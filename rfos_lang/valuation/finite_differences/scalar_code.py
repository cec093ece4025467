"""Single numbers and arrays of them, as they are written in LLVM's language.

What `path/code` has for vectors of paths is here for loops over nodes: an operation adds a line
where the code stands, a variable is a place on the stack. LLVM's own passes make registers and
vectors of that.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.path.code import Code
from rfos_lang.valuation.rows.vectors import FREELY, hexadecimal

REAL, WHOLE, TRUTH = "double", "i64", "i1"
_OF_REALS = {"add": f"fadd {FREELY}", "sub": f"fsub {FREELY}", "mul": f"fmul {FREELY}"}


@dataclass(frozen=True, slots=True)
class Number:
    """A number or a truth, known by its name or its digits."""

    code: Code
    kind: str
    name: str

    def __add__(self, other: "Number | int") -> "Number":
        return self._with("add", other)

    def __sub__(self, other: "Number | int") -> "Number":
        return self._with("sub", other)

    def __mul__(self, other: "Number | int") -> "Number":
        return self._with("mul", other)

    def __truediv__(self, other: "Number") -> "Number":
        return self._put("fdiv", other, self.kind)

    def __and__(self, other: "Number") -> "Number":
        return self._put("and", other, self.kind)

    def __or__(self, other: "Number") -> "Number":
        return self._put("or", other, self.kind)

    def above(self, other: "Number") -> "Number":
        """Whether it is greater."""
        return self._put("fcmp ogt" if self.kind == REAL else "icmp sgt", other, TRUTH)

    def equals(self, other: "Number") -> "Number":
        """Whether a whole number is the same."""
        return self._put("icmp eq", other, TRUTH)

    def below(self, other: int) -> "Number":
        """Whether a whole number is smaller."""
        return self._put("icmp slt", self._same(other), TRUTH)

    def differs(self, other: int) -> "Number":
        """Whether a whole number or a truth is another one."""
        return self._put("icmp ne", self._same(other), TRUTH)

    def choose(self, chosen: "Number", otherwise: "Number") -> "Number":
        """The one where it is true, else the other."""
        kind = chosen.kind
        operation = f"select i1 {self.name}, {kind} {chosen.name}, {kind} {otherwise.name}"
        return Number(self.code, kind, self.code.put(operation))

    def positive(self) -> "Number":
        """Its absolute value."""
        operation = f"call double @llvm.fabs.f64(double {self.name})"
        return Number(self.code, REAL, self.code.put(operation))

    def most(self, other: "Number") -> "Number":
        """The greater one."""
        return self.above(other).choose(self, other)

    def _with(self, operation: str, other: "Number | int") -> "Number":
        second = other if isinstance(other, Number) else self._same(other)
        known = _OF_REALS[operation] if self.kind == REAL else operation
        return self._put(known, second, self.kind)

    def _put(self, operation: str, other: "Number", kind: str) -> "Number":
        line = f"{operation} {self.kind} {self.name}, {other.name}"
        return Number(self.code, kind, self.code.put(line))

    def _same(self, number: int) -> "Number":
        return Number(self.code, self.kind, str(number))


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array of reals, whole numbers or bytes from an address on; `wide` are its strides."""

    code: Code
    kind: str
    base: str
    wide: tuple[Number | int, ...]

    def __getitem__(self, at: "tuple[Number | int, ...]") -> Number:
        found = self.code.put(f"load {self.kind}, ptr {self._place(at)}")
        return Number(self.code, self.kind, found)

    def put(self, at: "tuple[Number | int, ...]", value: Number) -> None:
        """Stores a number."""
        self.code.lines.append(f"  store {self.kind} {value.name}, ptr {self._place(at)}")

    def _place(self, at: "tuple[Number | int, ...]") -> str:
        total: Number | None = None
        for index, wide in zip(at, self.wide, strict=True):
            each = whole(self.code, index) * wide
            total = each if total is None else total + each
        assert total is not None
        return self.code.put(f"getelementptr {self.kind}, ptr {self.base}, i64 {total.name}")


class Variable:
    """A number that changes."""

    def __init__(self, code: Code, first: Number) -> None:
        self.code, self.kind = code, first.kind
        self.place = f"%{code.named()}"
        code.lines.insert(0, f"  {self.place} = alloca {first.kind}")
        self.set(first)

    def get(self) -> Number:
        """What it is now."""
        return Number(self.code, self.kind, self.code.put(f"load {self.kind}, ptr {self.place}"))

    def set(self, value: Number) -> None:
        """What it is from here on."""
        self.code.lines.append(f"  store {self.kind} {value.name}, ptr {self.place}")


def whole(code: Code, number: Number | int) -> Number:
    """A whole number, known or not."""
    return number if isinstance(number, Number) else Number(code, WHOLE, str(number))


def real(code: Code, number: float) -> Number:
    """A real number that is known."""
    return Number(code, REAL, hexadecimal(number))


@contextmanager
def over(code: Code, count: Number) -> Iterator[Number]:
    """0, 1, ... before a count, of which there may be none."""
    with code.where(count.above(whole(code, 0)).name), code.loop(count.name) as at:
        yield Number(code, WHOLE, at)
