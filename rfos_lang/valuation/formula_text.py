"""Formulas for people: a closed form and its Greeks as text and as LaTeX, shared parts named.

The floors that keep a formula finite at its limits (no time, no volatility, a level of zero) are
left out: elsewhere they change nothing.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Call, Formula, Function, Input, Number, Source, ordered
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.program import Program
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form.recognise import ClosedForm
from rfos_lang.valuation.constructors import DENSITY_AT_ZERO, negate
from rfos_lang.valuation.floors import without_floor
from rfos_lang.valuation.greeks import SECOND_ORDER

NAMED_FROM = 8
"""A shared part of so many operations or more gets a name of its own."""

N = sympy.Function("N")
"""The standard normal distribution function."""
DENSITY = sympy.Function("n")
"""The standard normal density."""
GREEKS = {
    "delta": r"\Delta",
    "gamma": r"\Gamma",
    "vega": r"\mathcal{V}",
    "theta": r"\Theta",
    "rho": r"\rho",
}
RESERVED = frozenset({"N", "n", "V", "pi", *GREEKS, *SECOND_ORDER})


class _Text(StrPrinter):
    """Sums begin with a term that is added."""

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return _added_first(super()._as_ordered_terms(expr, order=order))


class _Latex(LatexPrinter):
    """Sums begin with a term that is added; names of several letters stand upright."""

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return _added_first(super()._as_ordered_terms(expr, order=order))

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        if str(expr) in GREEKS:
            return GREEKS[str(expr)]
        shown: str = super()._print_Symbol(expr, style)
        is_word = shown.isalpha() and len(shown) > 1
        return rf"\mathrm{{{shown}}}" if is_word else shown


def _added_first(terms: list[Any]) -> list[Any]:
    return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))


@dataclass(frozen=True, slots=True)
class Line:
    """name = expression, both of SymPy."""

    name: Any
    expression: Any

    @property
    def text(self) -> str:
        return f"{self.name} = {_Text().doprint(self.expression)}"

    @property
    def latex(self) -> str:
        printer = _Latex({"mul_symbol": r"\,"})
        return f"{printer.doprint(self.name)} &= {printer.doprint(self.expression)}"


@dataclass(frozen=True, slots=True)
class Page:
    """Formulas to be read. `results` may use each other's names, if earlier, and those of `parts`,
    each of which uses only parts before it; `inputs` says what the other symbols stand for."""

    results: tuple[Line, ...]
    parts: tuple[Line, ...]
    inputs: tuple[tuple[Any, str], ...]

    def text(self) -> str:
        """The page as plain text."""
        known = [f"{symbol}: {meaning}" for symbol, meaning in self.inputs]
        known.append("N: the standard normal distribution function, n: its density")
        results, parts = ([line.text for line in lines] for lines in (self.results, self.parts))
        return "\n\n".join("\n".join(block) for block in (results, parts, known) if block)

    def latex(self) -> str:
        """The page as LaTeX, in one aligned block."""
        lines = " \\\\\n".join(line.latex for line in (*self.results, *self.parts))
        return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def page(form: ClosedForm) -> Page:
    """The value of a closed form and its Greeks, with the user's names."""
    return formula_page(form.program, greeks.shown(form))


def formula_page(program: Program, formulas: Mapping[str, Formula]) -> Page:
    """Formulas of a program by name, to be read. The name `value` becomes V."""
    writer = _Writer(program)
    writer.prepare(tuple(formulas.values()))
    results = []
    for name, formula in formulas.items():
        results.append(writer.result(_shown(name, formulas), formula))
    known = inputs_of(*formulas.values())
    inputs = tuple((writer.known[each], _meaning(program, each)) for each in known)
    return Page(tuple(results), tuple(writer.parts), inputs)


def _shown(name: str, formulas: Mapping[str, Formula]) -> str:
    """`delta` where there is one price, `delta(spot(BTC, USD))` where there are several."""
    if name == "value":
        return "V"
    measure = name.split("(")[0]
    return measure if sum(each.startswith(measure) for each in formulas) == 1 else name


def _meaning(program: Program, known: Input) -> str:
    match known.source:
        case Source.SPOT:
            return f"{program.feeds[known.slot].name} now"
        case Source.VOLATILITY:
            return f"the volatility of {program.feeds[known.slot].name}"
        case Source.RATE:
            return f"the interest rate of {program.assets[known.slot]}"
        case Source.YIELD:
            return f"the yield of {program.assets[known.slot]}"
        case Source.YEARS_TO:
            return f"years to {program.schedules[known.slot]}"
        case Source.TERM:
            return "as in the contract"
        case Source.STATE:
            return program.states[known.slot].name
        case Source.EQUITY:
            return "collateral less exposure"


@dataclass(slots=True)
class _Writer:
    """Translates formulas to SymPy. `named` are the nodes that get a line of their own, with what
    they are called; `known` what a node has been written as."""

    program: Program
    known: dict[Formula, Any] = field(default_factory=dict)
    named: dict[Formula, str] = field(default_factory=dict)
    parts: list[Line] = field(default_factory=list)

    def prepare(self, formulas: tuple[Formula, ...]) -> None:
        """Chooses symbols for the inputs, and the parts that deserve a name."""
        taken = set(RESERVED)
        nodes = ordered(*formulas)
        for each in (node for node in nodes if isinstance(node, Input)):
            self.known[each] = sympy.Symbol(_symbol_name(each.name, taken))
            taken.add(str(self.known[each]))
        for operand in (operand for node in nodes for operand in _distances(node)):
            self.named[_upright(operand)[0]] = "d"
        uses = Counter(a for node in nodes if isinstance(node, Call) for a in set(node.arguments))
        sizes = _sizes(nodes, {*self.named, *formulas})
        asked = {_upright(formula)[0] for formula in formulas}
        for node in (_upright(node)[0] for node in nodes if uses[node] > 1 and node not in asked):
            if sizes.get(node, 0) >= NAMED_FROM and _deserves_name(node):
                self.named.setdefault(node, "x")

    def result(self, name: str, formula: Formula) -> Line:
        """The line of a formula that is asked for; later ones may use its name."""
        symbol = sympy.Symbol(name)
        line = Line(symbol, self.written(formula))
        upright, sign = _upright(formula)
        if isinstance(upright, Call):
            self.known[upright] = sign * symbol
        return line

    def written(self, node: Formula) -> Any:
        """A formula in the names given so far; makes the lines of the parts it needs."""
        if node in self.known:
            return self.known[node]
        upright, sign = _upright(node)
        if upright is not node and (upright in self.named or upright in self.known):
            return sign * self.written(upright)
        expression = self._translated(node)
        if node in self.named:
            base = self.named[node]
            count = sum(str(line.name).rstrip("0123456789") == base for line in self.parts) + 1
            self.parts.append(Line(sympy.Symbol(f"{base}{count}"), expression))
            expression = self.parts[-1].name
        self.known[node] = expression
        return expression

    def _translated(self, node: Formula) -> Any:
        floored = without_floor(node)
        if floored is not node:
            return self.written(floored)
        match node:
            case Number(value=value):
                return _number(value)
            case Call(function=Function.SELECT, arguments=(condition, chosen, otherwise)):
                arms = self.written(chosen), self.written(otherwise)
                return sympy.Piecewise((arms[0], self._condition(condition)), (arms[1], True))
            case Call(function=Function.LESS | Function.LESS_OR_EQUAL):
                return sympy.Piecewise((1, self._condition(node)), (0, True))
            case Call(function=Function.MULTIPLY) if operand := _bell(node):
                return DENSITY(self.written(operand))
            case Call(function=function, arguments=arguments):
                return _APPLIED[function](*(self.written(argument) for argument in arguments))
            case _:
                raise AssertionError("an input has been given its symbol")

    def _condition(self, node: Formula) -> Any:
        match node:
            case Call(function=Function.LESS, arguments=(left, right)):
                return sympy.Lt(self.written(left), self.written(right))
            case Call(function=Function.LESS_OR_EQUAL, arguments=(left, right)):
                return sympy.Le(self.written(left), self.written(right))
            case Call(function=Function.MAXIMUM, arguments=(left, right)):
                return sympy.Or(self._condition(left), self._condition(right))
            case Call(function=Function.MINIMUM, arguments=(left, right)):
                return sympy.And(self._condition(left), self._condition(right))
            case _:
                return sympy.Ne(self.written(node), 0)


def _symbol_name(name: str, taken: set[str]) -> str:
    """The user's name, or where that is no identifier or is taken, one close to it."""
    made = name if name.isidentifier() else re.sub(r"\W+", "_", name).strip("_")
    while made in taken:
        made += "_"
    return made


def _sizes(nodes: tuple[Formula, ...], named: set[Formula]) -> dict[Formula, int]:
    """Operations in each node, those inside of named nodes left out."""
    sizes: dict[Formula, int] = {}
    for node in nodes:
        operands = node.arguments if isinstance(node, Call) else ()
        inner = (0 if operand in named else sizes[operand] for operand in operands)
        sizes[node] = bool(operands) + sum(inner)
    return sizes


def _deserves_name(node: Formula) -> bool:
    """Not a bare N(d) or n(d), not a condition."""
    match node:
        case Call(function=Function.NORMAL | Function.LESS | Function.LESS_OR_EQUAL):
            return False
        case Call(function=Function.EXP):
            return _squared(node) is None
        case _:
            return _bell(node) is None and without_floor(node) is node


def _distances(node: Formula) -> tuple[Formula, ...]:
    """What the normal distribution or its density is taken of."""
    match node:
        case Call(function=Function.NORMAL, arguments=(operand,)):
            return (operand,)
        case _:
            found = _bell(node)
            return () if found is None else (found,)


def _bell(node: Formula) -> Formula | None:
    """x in the density exp(-x²/2) / sqrt(2π)."""
    match node:
        case Call(
            function=Function.MULTIPLY,
            arguments=(Number(value=scale), Call(function=Function.EXP) as power),
        ) if scale == DENSITY_AT_ZERO:
            return _squared(power)
        case _:
            return None


def _squared(power: Call) -> Formula | None:
    """x in exp(-x²/2)."""
    match power.arguments[0]:
        case Call(
            function=Function.NEGATE,
            arguments=(
                Call(
                    function=Function.DIVIDE,
                    arguments=(
                        Call(function=Function.MULTIPLY, arguments=(x, same)),
                        Number(value=2.0),
                    ),
                ),
            ),
        ) if x is same:
            return x
        case _:
            return None


def _upright(node: Formula) -> tuple[Formula, int]:
    """A node without its sign: -x as x, and a - b as b - a where only b has a logarithm."""
    match node:
        case Call(function=Function.NEGATE, arguments=(inner,)):
            return inner, -1
        case Call(function=Function.SUBTRACT, arguments=(left, right)):
            turned = _has_logarithm(right) and not _has_logarithm(left)
            return (negate(node), -1) if turned else (node, 1)
        case _:
            return node, 1


def _has_logarithm(node: Formula) -> bool:
    return any(isinstance(each, Call) and each.function is Function.LOG for each in ordered(node))


def _number(value: float) -> Any:
    fraction = Fraction(value).limit_denominator(10**6)
    if float(fraction) == value:
        return sympy.Rational(fraction.numerator, fraction.denominator)
    return sympy.Float(value)


_APPLIED: Mapping[Function, Any] = {
    Function.ADD: lambda a, b: a + b,
    Function.SUBTRACT: lambda a, b: a - b,
    Function.MULTIPLY: lambda a, b: a * b,
    Function.DIVIDE: lambda a, b: a / b,
    Function.NEGATE: lambda a: -a,
    Function.ABSOLUTE: sympy.Abs,
    Function.SQRT: sympy.sqrt,
    Function.EXP: sympy.exp,
    Function.LOG: sympy.log,
    Function.NORMAL: N,
    Function.MINIMUM: sympy.Min,
    Function.MAXIMUM: sympy.Max,
}
