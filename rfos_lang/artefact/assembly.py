"""A hand for writing WebAssembly functions: values with Python's operators, structured control.

Every operator writes its instruction at once and keeps the result in a variable of its own, so that
a value may be used as often as one likes and the order in Python is the order of evaluation. Hosts
compile that as well as hand-written stack code.

Integers are bit patterns. `>>`, `//` and `below` read them as unsigned, `<` and `<=` as signed;
`+ - * <<` are modulo 2^32 or 2^64. A comparison gives an I32, 0 or 1.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import TypeAlias

from rfos_lang.artefact.webassembly import Body, Definition, Signature, Type, signed, unsigned
from rfos_lang.base.records import dataclass

I32, I64, F64 = Type.I32, Type.I64, Type.F64

Operand: TypeAlias = "Value | int | float"

_EMPTY = 0x40
_BLOCK, _LOOP, _IF, _ELSE, _END, _BRANCH, _BRANCH_IF = 0x02, 0x03, 0x04, 0x05, 0x0B, 0x0C, 0x0D
_RETURN, _CALL, _SELECT = 0x0F, 0x10, 0x1B
_GET, _SET, _TEE = 0x20, 0x21, 0x22
_CONSTANT = {I32: 0x41, I64: 0x42, F64: 0x44}
_LOAD = {I32: 0x28, I64: 0x29, F64: 0x2B}
_STORE = {I32: 0x36, I64: 0x37, F64: 0x39}
_ALIGNMENT = {I32: 2, I64: 3, F64: 3}

_ARITHMETIC: dict[str, dict[Type, int]] = {
    "+": {I32: 0x6A, I64: 0x7C, F64: 0xA0},
    "-": {I32: 0x6B, I64: 0x7D, F64: 0xA1},
    "*": {I32: 0x6C, I64: 0x7E, F64: 0xA2},
    "/": {F64: 0xA3},
    "//": {I32: 0x6E, I64: 0x80},
    "&": {I32: 0x71, I64: 0x83},
    "|": {I32: 0x72, I64: 0x84},
    "^": {I32: 0x73, I64: 0x85},
    "<<": {I32: 0x74, I64: 0x86},
    ">>": {I32: 0x76, I64: 0x88},
    "sign-filling >>": {I32: 0x75, I64: 0x87},
    "min": {F64: 0xA4},
    "max": {F64: 0xA5},
}
_COMPARISON: dict[str, dict[Type, int]] = {
    "==": {I32: 0x46, I64: 0x51, F64: 0x61},
    "!=": {I32: 0x47, I64: 0x52, F64: 0x62},
    "<": {I32: 0x48, I64: 0x53, F64: 0x63},
    "<=": {I32: 0x4C, I64: 0x57, F64: 0x65},
    "below": {I32: 0x49, I64: 0x54},
}
_UNARY: dict[str, tuple[Type, Type, int]] = {
    "count leading zeros": (I64, I64, 0x79),
    "widen": (I32, I64, 0xAD),
    "narrow": (I64, I32, 0xA7),
    "bits": (F64, I64, 0xBD),
    "from bits": (I64, F64, 0xBF),
    "truncate": (F64, I64, 0xB0),
    "convert unsigned": (I64, F64, 0xBA),
    "convert signed": (I64, F64, 0xB9),
    "negate": (F64, F64, 0x9A),
    "abs": (F64, F64, 0x99),
    "nearest": (F64, F64, 0x9E),
    "sqrt": (F64, F64, 0x9F),
}


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A variable of a function. `==` is identity; `equals` compares when the function runs."""

    function: "Function"
    index: int
    type: Type

    def __add__(self, other: Operand) -> "Value":
        return self.function.arithmetic("+", self, other)

    def __sub__(self, other: Operand) -> "Value":
        return self.function.arithmetic("-", self, other)

    def __mul__(self, other: Operand) -> "Value":
        return self.function.arithmetic("*", self, other)

    def __truediv__(self, other: Operand) -> "Value":
        return self.function.arithmetic("/", self, other)

    def __floordiv__(self, other: Operand) -> "Value":
        return self.function.arithmetic("//", self, other)

    def __and__(self, other: Operand) -> "Value":
        return self.function.arithmetic("&", self, other)

    def __or__(self, other: Operand) -> "Value":
        return self.function.arithmetic("|", self, other)

    def __xor__(self, other: Operand) -> "Value":
        return self.function.arithmetic("^", self, other)

    def __lshift__(self, other: Operand) -> "Value":
        return self.function.arithmetic("<<", self, other)

    def __rshift__(self, other: Operand) -> "Value":
        return self.function.arithmetic(">>", self, other)

    def __radd__(self, other: Operand) -> "Value":
        return self.function.arithmetic("+", other, self)

    def __rsub__(self, other: Operand) -> "Value":
        return self.function.arithmetic("-", other, self)

    def __rmul__(self, other: Operand) -> "Value":
        return self.function.arithmetic("*", other, self)

    def __rtruediv__(self, other: Operand) -> "Value":
        return self.function.arithmetic("/", other, self)

    def __lt__(self, other: Operand) -> "Value":
        return self.function.comparison("<", self, other)

    def __le__(self, other: Operand) -> "Value":
        return self.function.comparison("<=", self, other)

    def __gt__(self, other: Operand) -> "Value":
        return self.function.comparison("<", other, self)

    def __ge__(self, other: Operand) -> "Value":
        return self.function.comparison("<=", other, self)

    def __abs__(self) -> "Value":
        return self.unary("abs")

    def __neg__(self) -> "Value":
        return self.unary("negate") if self.type is F64 else 0 - self

    def sign_filled(self, places: Operand) -> "Value":
        """Shifted right, the sign bit moving in."""
        return self.function.arithmetic("sign-filling >>", self, places)

    def below(self, other: Operand) -> "Value":
        """Less than, both unsigned."""
        return self.function.comparison("below", self, other)

    def equals(self, other: Operand) -> "Value":
        return self.function.comparison("==", self, other)

    def differs(self, other: Operand) -> "Value":
        return self.function.comparison("!=", self, other)

    def unary(self, operator: str) -> "Value":
        """The value of one of the operators that have one operand."""
        taken, given, code = _UNARY[operator]
        assert taken is self.type, f"{operator} of {self.type.name}"
        return self.function.instruction(given, bytes([code]), self)


@dataclass(frozen=True, slots=True)
class Label:
    """Where a branch goes: the end of a block, the beginning of a loop."""

    depth: int


@dataclass(slots=True)
class Function:
    """A function that is being written. Its parameters are its first variables."""

    index: int
    signature: Signature
    export: str | None = None
    code: bytearray = field(default_factory=bytearray)
    variables: list[Type] = field(default_factory=list)
    depth: int = 0
    _last_set: tuple[int, int] = (-1, -1)
    _free: dict[Type, list[int]] = field(default_factory=lambda: {I32: [], I64: [], F64: []})
    _given: list[Value] = field(default_factory=list)

    def definition(self) -> Definition:
        """What was written so far."""
        return Definition(
            self.signature, Body(tuple(self.variables), bytes(self.code)), self.export
        )

    def parameters(self) -> tuple[Value, ...]:
        types = enumerate(self.signature.parameters)
        return tuple(Value(self, index, type_) for index, type_ in types)

    # --- values

    def constant(self, type_: Type, value: float) -> Value:
        return self._kept(type_, _constant(type_, value))

    def variable(self, type_: Type, initial: Operand = 0) -> Value:
        """A variable that `set` may change."""
        made = self._fresh(type_)
        self.set(made, initial)
        return made

    @contextmanager
    def scratch(self, kept: list[Value]) -> Iterator[None]:
        """What is made inside is needed no longer afterwards, but for what `kept` then holds."""
        before = len(self._given)
        yield
        made = self._given[before:]
        self._given[before:] = [value for value in made if value in kept]
        for value in made:
            if value not in kept:
                self._free[value.type].append(value.index)

    def set(self, variable: Value, value: Operand) -> None:
        self._push(variable.type, value)
        self._pop(variable)

    def arithmetic(self, operator: str, left: Operand, right: Operand) -> Value:
        type_ = _type_of(left, right)
        return self.instruction(type_, bytes([_ARITHMETIC[operator][type_]]), left, right)

    def comparison(self, operator: str, left: Operand, right: Operand) -> Value:
        type_ = _type_of(left, right)
        self._push(type_, left)
        self._push(type_, right)
        return self._kept(I32, bytes([_COMPARISON[operator][type_]]))

    def instruction(self, given: Type, code: bytes, *operands: Operand) -> Value:
        """The result of an instruction on operands of one type."""
        type_ = _type_of(*operands)
        for operand in operands:
            self._push(type_, operand)
        return self._kept(given, code)

    def select(self, condition: Value, chosen: Operand, otherwise: Operand) -> Value:
        """`chosen` if the condition is not 0; both are there already."""
        type_ = _type_of(chosen, otherwise)
        self._push(type_, chosen)
        self._push(type_, otherwise)
        self._push(I32, condition)
        return self._kept(type_, bytes([_SELECT]))

    def load(self, type_: Type, address: Value, offset: int = 0) -> Value:
        place = bytes([_LOAD[type_], _ALIGNMENT[type_]]) + unsigned(offset)
        return self.instruction(type_, place, address)

    def store(self, address: Value, offset: int, type_: Type, value: Operand) -> None:
        self._push(I32, address)
        self._push(type_, value)
        self.code += bytes([_STORE[type_], _ALIGNMENT[type_]]) + unsigned(offset)

    def call(self, callee: "Function", *arguments: Operand) -> tuple[Value, ...]:
        """The results of a call."""
        for type_, argument in zip(callee.signature.parameters, arguments, strict=True):
            self._push(type_, argument)
        self.code += bytes([_CALL]) + unsigned(callee.index)
        results = tuple(self._fresh(type_) for type_ in callee.signature.results)
        for result in reversed(results):
            self._pop(result)
        return results

    # --- control

    @contextmanager
    def block(self) -> Iterator[Label]:
        """What a branch to the label leaves."""
        with self._structure(_BLOCK) as label:
            yield label

    @contextmanager
    def loop(self) -> Iterator[Label]:
        """What a branch to the label begins again."""
        with self._structure(_LOOP) as label:
            yield label

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """What runs only if the condition is not 0."""
        self._push(I32, condition)
        with self._structure(_IF):
            yield

    def branches(
        self, condition: Value, chosen: Callable[[], None], otherwise: Callable[[], None]
    ) -> None:
        """Writes one of two pieces of code to run, whichever the condition says."""
        self._push(I32, condition)
        with self._structure(_IF):
            chosen()
            self.code.append(_ELSE)
            otherwise()

    def branch(self, label: Label) -> None:
        self.code += bytes([_BRANCH]) + unsigned(self.depth - label.depth)

    def branch_if(self, condition: Value, label: Label) -> None:
        self._push(I32, condition)
        self.code += bytes([_BRANCH_IF]) + unsigned(self.depth - label.depth)

    def give(self, *results: Operand) -> None:
        """Returns the results; also what the last statement of a function does."""
        for type_, result in zip(self.signature.results, results, strict=True):
            self._push(type_, result)
        self.code.append(_RETURN)

    # --- writing

    @contextmanager
    def _structure(self, opcode: int) -> Iterator[Label]:
        self.code += bytes([opcode, _EMPTY])
        self.depth += 1
        yield Label(self.depth)
        self.depth -= 1
        self.code.append(_END)

    def _fresh(self, type_: Type) -> Value:
        if not self._free[type_]:
            self.variables.append(type_)
            last = len(self.signature.parameters) + len(self.variables) - 1
            self._free[type_].append(last)
        made = Value(self, self._free[type_].pop(), type_)
        self._given.append(made)
        return made

    def _kept(self, type_: Type, code: bytes) -> Value:
        self.code += code
        made = self._fresh(type_)
        self._pop(made)
        return made

    def _push(self, type_: Type, operand: Operand) -> None:
        if not isinstance(operand, Value):
            self.code += _constant(type_, operand)
            return
        assert operand.function is self and operand.type is type_
        at, index = self._last_set
        if index == operand.index and at + 1 + len(unsigned(index)) == len(self.code):
            self.code[at] = _TEE
            self._last_set = (-1, -1)
        else:
            self.code += bytes([_GET]) + unsigned(operand.index)

    def _pop(self, variable: Value) -> None:
        self._last_set = len(self.code), variable.index
        self.code += bytes([_SET]) + unsigned(variable.index)


@dataclass(slots=True)
class Writer:
    """The functions of a module that is being written; an index is given when one is begun."""

    functions: list[Function] = field(default_factory=list)

    def begin(
        self,
        parameters: tuple[Type, ...],
        results: tuple[Type, ...] = (),
        export: str | None = None,
    ) -> Function:
        made = Function(len(self.functions), Signature(parameters, results), export)
        self.functions.append(made)
        return made

    def definitions(self) -> tuple[Definition, ...]:
        return tuple(function.definition() for function in self.functions)


def _constant(type_: Type, value: float) -> bytes:
    if type_ is F64:
        return bytes([_CONSTANT[F64]]) + struct.pack("<d", value)
    bits = 32 if type_ is I32 else 64
    whole = int(value)
    assert -(1 << (bits - 1)) <= whole < 1 << bits
    wrapped = (whole + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
    return bytes([_CONSTANT[type_]]) + signed(wrapped)


def _type_of(*operands: Operand) -> Type:
    return next(operand.type for operand in operands if isinstance(operand, Value))
