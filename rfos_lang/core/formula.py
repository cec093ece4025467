"""Formulas: the expressions of the risk arithmetic, binary64, evaluated in source order.

A closed form, its Greeks and the margin rules that use them are formulas. They are printed to a
number, to SymPy for people, and to WebAssembly; truths are 1.0 and 0.0.
"""

from collections.abc import Callable, Mapping
from enum import Enum, unique

from rfos_lang.base.records import dataclass
from rfos_lang.core.interning import Interned


@unique
class Source(Enum):
    """Where an input of a formula comes from; `slot` counts in the program's tuple of that kind."""

    SPOT = "spot"  # feed slot: the newest observation
    TERM = "term"  # term slot, a NUMBER or TRUTH
    STATE = "state"  # state slot, a NUMBER or TRUTH
    YEARS_TO = "years to"  # schedule slot: (its first instant - now) in years of 365 days
    VOLATILITY = "volatility"  # feed slot of a spot: annual, lognormal
    RATE = "rate"  # asset slot: continuously compounded, to discount payments in it
    YIELD = "yield"  # asset slot: continuously compounded carry of holding it
    EQUITY = "equity"  # collateral - exposure, per lot; only in a liquidation trigger


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Input(metaclass=Interned):
    """An input; `name` is for people: `S`, `strike`, `sigma`."""

    source: Source
    slot: int
    name: str


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Number(metaclass=Interned):
    """A literal."""

    value: float


@unique
class Function(Enum):
    """What a formula may apply. SELECT takes (condition, chosen, otherwise) and evaluates all."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    NEGATE = "neg"
    ABSOLUTE = "abs"
    SQRT = "sqrt"
    EXP = "exp"
    LOG = "log"
    NORMAL = "normal"  # the standard normal distribution function
    MINIMUM = "min"
    MAXIMUM = "max"
    LESS = "<"
    LESS_OR_EQUAL = "<="
    SELECT = "select"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Call(metaclass=Interned):
    """A function of formulas."""

    function: Function
    arguments: tuple["Formula", ...]


Formula = Input | Number | Call


@dataclass(frozen=True, slots=True)
class Elementary:
    """The three functions that binary64 does not fix: for people the C library's, for the artefact
    those of `core.elementary`, whose bits are the same on every host."""

    exp: Callable[[float], float]
    log: Callable[[float], float]
    normal: Callable[[float], float]


def inputs(*formulas: Formula) -> tuple[Input, ...]:
    """The inputs of formulas, each once, in the order of first use."""
    return tuple(node for node in ordered(*formulas) if isinstance(node, Input))


def ordered(*formulas: Formula) -> tuple[Formula, ...]:
    """All nodes of formulas, each once, operands before their function: the order of evaluation."""
    seen: dict[Formula, None] = {}
    stack = [(formula, False) for formula in reversed(formulas)]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready or not isinstance(node, Call):
            seen[node] = None
            continue
        stack.append((node, True))
        stack.extend((argument, False) for argument in reversed(node.arguments))
    return tuple(seen)


@dataclass(frozen=True, slots=True)
class RiskFormulas:
    """What the artefact compiles for `risk`, all per lot and in whole units of the asset.

    `exposure` is what the *second* party owes the first at the mark (the value to the first);
    the first party's exposure is its negation. `maintenance`, `initial`, `trigger`, `restore` are
    keyed by party slot; the last two are truths. `marking` says how: "closed form" or
    "payoff stress".
    """

    marking: str
    exposure: Formula
    greeks: Mapping[str, Formula]  # "delta(spot(BTC, USD))" ..., derivatives of `exposure`
    maintenance: Mapping[int, Formula]
    initial: Mapping[int, Formula]
    trigger: Mapping[int, Formula]
    restore: Mapping[int, Formula]
