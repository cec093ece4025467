"""The text of one function in LLVM's language: lines in order, with loops and conditions.

What vectors do stands in `rows/vectors`; here are whole numbers, addresses, and the flow of
control. No name is given twice, so that straight-line code may be written in several texts
(`Lines`) and put where it belongs.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from rfos_lang.valuation.rows.vectors import REALS, WIDTH, Reals, Text

Whole = str | int
"""The name of a whole number, or one that is known."""


class Lines(Text):
    """Straight-line code whose names no other has."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def put(self, operation: str) -> str:
        return self.named.setdefault(operation, f"%{self.prefix}.{len(self.named)}")

    def address(self, base: str, at: Whole) -> str:
        """Of number `at` after a place."""
        return self.put(f"getelementptr double, ptr {base}, i64 {at}") if at != 0 else base

    def vector(self, base: str, at: Whole) -> Reals:
        """The numbers from a place on, one for each path."""
        found = self.put(f"load {REALS}, ptr {self.address(base, at)}, align 8")
        return Reals(self, found)

    def alike(self, base: str, at: Whole) -> Reals:
        """The number at a place, the same for each path."""
        number = self.put(f"load double, ptr {self.address(base, at)}")
        first = self.put(f"insertelement {REALS} poison, double {number}, i64 0")
        rows = f"<{WIDTH} x i32> zeroinitializer"
        return Reals(self, self.put(f"shufflevector {REALS} {first}, {REALS} poison, {rows}"))


class Code:
    """The lines of a function so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.block = "begin"
        self.count = 0

    def named(self) -> str:
        """A name that nothing else has."""
        self.count += 1
        return f"n{self.count}"

    def texts(self) -> Lines:
        """Straight-line code to be written, and put in with `spliced`."""
        return Lines(self.named())

    def spliced(self, text: Text) -> None:
        self.lines += text.lines

    def put(self, operation: str) -> str:
        """The name of an operation's result."""
        name = f"%{self.named()}"
        self.lines.append(f"  {name} = {operation}")
        return name

    def whole(self, operation: str, left: Whole, right: Whole) -> str:
        """Of two whole numbers."""
        return self.put(f"{operation} i64 {left}, {right}")

    def address(self, base: str, at: Whole) -> str:
        """Of number `at` after a place."""
        return self.put(f"getelementptr double, ptr {base}, i64 {at}")

    def stored(self, value: Reals, base: str, at: Whole) -> None:
        """Puts numbers of paths at a place."""
        self.lines.append(f"  store {REALS} {value.name}, ptr {self.address(base, at)}, align 8")

    @contextmanager
    def loop(self, count: Whole, step: int = 1, name: str = "") -> Iterator[str]:
        """Over 0, step, 2 step, ... before `count`, of which there is one at least. What counts may
        be given a `name` before, for texts that are spliced in."""
        name, before = name or self.named(), self.block
        at, after = f"%{name}", f"%{name}.after"
        self.lines += [f"  br label %{name}.loop", f"{name}.loop:"]
        self.lines.append(f"  {at} = phi i64 [ 0, %{before} ], [ {after}, %{name}.last ]")
        self.block = f"{name}.loop"
        yield at
        self.lines += [
            f"  br label %{name}.last",
            f"{name}.last:",
            f"  {after} = add i64 {at}, {step}",
            f"  %{name}.more = icmp slt i64 {after}, {count}",
            f"  br i1 %{name}.more, label %{name}.loop, label %{name}.end",
            f"{name}.end:",
        ]
        self.block = f"{name}.end"

    def added(self, value: Reals, base: str, at: Whole) -> None:
        """Adds numbers of paths to those at a place."""
        text = self.texts()
        total = text.vector(base, at) + Reals(text, value.name)
        self.spliced(text)
        self.stored(total, base, at)

    @contextmanager
    def where(self, truth: str) -> Iterator[None]:
        """What is done only where a truth holds."""
        name = self.named()
        self.lines += [f"  br i1 {truth}, label %{name}.then, label %{name}.end", f"{name}.then:"]
        self.block = f"{name}.then"
        yield
        self.lines += [f"  br label %{name}.end", f"{name}.end:"]
        self.block = f"{name}.end"


INTRINSICS = ("fabs", "sqrt", "roundeven")
OF_TWO = ("pow",)


def module(name: str, arguments: tuple[str, ...], whole: frozenset[str], code: Code) -> str:
    """A module with one function of an array of eight bytes each: addresses, and the `whole`
    numbers among the arguments, which the code knows by their names."""
    loads = []
    for at, each in enumerate(arguments):
        kind = "i64" if each in whole else "ptr"
        loads += [
            f"  %{each}.at = getelementptr i64, ptr %arguments, i64 {at}",
            f"  %{each} = load {kind}, ptr %{each}.at",
        ]
    return "\n".join(
        [
            *(f"declare {REALS} @llvm.{each}.v{WIDTH}f64({REALS})" for each in INTRINSICS),
            *(f"declare {REALS} @llvm.{each}.v{WIDTH}f64({REALS}, {REALS})" for each in OF_TWO),
            f"define void @{name}(ptr noalias %arguments) {{",
            "begin:",
            *loads,
            *code.lines,
            "  ret void",
            "}",
        ]
    )
