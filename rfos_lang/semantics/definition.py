"""A checked definition: what semantics hands to the core.

Names are resolved, units checked, `let`s and file-level definitions written out where they are
used (a shared subexpression is the same object). Sugar that needs instants or the length of lists -
schedules, path functions, comprehensions - is still there; lowering removes it.
"""

from collections.abc import Mapping
from enum import Enum, unique

from rfos_lang.base.clock import Clock
from rfos_lang.base.feed import NO_RULES, Aspect, FeedRules
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.unit import Unit

# --- types -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit; `Unit` one is the pure number."""

    unit: Unit


@unique
class Plain(Enum):
    """Types without parameters."""

    TRUTH = "Bool"
    ASSET = "Asset"
    DATE = "Date"
    DURATION = "Duration"
    SCHEDULE = "Schedule"
    PERIOD = "Period"
    INDEX = "Index"
    DAY_COUNT = "DayCount"
    CALENDAR = "Calendar"
    TEXT = "Text"
    ENTITY = "Entity"


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[element]`."""

    element: "Type"


@dataclass(frozen=True, slots=True)
class Record:
    """What an event of a stream tells: fields by name, numbers, truths or dates."""

    fields: tuple[tuple[str, "Type"], ...]


Type = Quantity | Plain | ListOf | Record

# --- expressions -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A value known from the text. `value` by type: Quantity - fixed point; TRUTH - bool; DATE - an
    instant; DURATION - base.instant's; ASSET, CALENDAR, DAY_COUNT, TEXT, ENTITY, INDEX - the
    name."""

    value: object
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A parameter of the contract."""

    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """`start`: the instance's beginning, a DATE."""

    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """The variable of an `at each` clause (DATE or PERIOD) or of a comprehension."""

    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class StateRead:
    """A declared state."""

    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class LocalRead:
    """A `let` of a block, bound once by a `LetOnce` of that name (made unique by the checker)."""

    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Observe:
    """A feed: `spot` with two ASSET arguments, `index` with one INDEX argument, or a declared one.

    `aspect`: what is seen of it; the value of a date (FIXING) is asked for by `at` or `on` around
    it. `rules` are those of its declaration; `fallback` stands for the value of a date that has not
    come when the patience is over. `field` is that of a stream's record.
    """

    feed: str
    arguments: tuple["Expression", ...]
    type: Type
    span: Span
    aspect: Aspect = Aspect.NEWEST
    rules: FeedRules = NO_RULES
    field: str | None = None
    fallback: "Expression | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """`value at instant`."""

    value: "Expression"
    instant: "Expression"
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """A path function: `mean highest lowest ever sum count` of a value on a schedule, or, with
    `schedule` None, on every accepted observation of the value's feeds since the start."""

    function: str
    value: "Expression"
    schedule: "Expression | None"
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Comprehension:
    """`min max sum mean` of a body over lists in step: `sum(w * f(a) for a in xs, w in ws)`."""

    function: str
    variables: tuple[Variable, ...]
    sources: tuple["Expression", ...]
    body: "Expression"
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """A builtin operator or function by its spelling: `+ - * / ^ < <= > >= == != and or not`,
    `min max abs clamp neg`, and the calendar's: `year_fraction last first size periods schedule
    tail after every list add_duration` ... All arguments in the order of the signature."""

    name: str
    arguments: tuple["Expression", ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A field of a calendar value: `p.start p.end p.pay p.index p.is_last`, `t.previous`, ..."""

    value: "Expression"
    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """`if condition then chosen else otherwise`."""

    condition: "Expression"
    chosen: "Expression"
    otherwise: "Expression"
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class RiskRead:
    """A risk measure in a rule: `exposure delta gamma vega theta rho equity maintenance initial`;
    `of` is the observed feed that delta, gamma and vega name."""

    measure: str
    of: "Expression | None"
    type: Type
    span: Span


Expression = (
    Literal
    | Parameter
    | Start
    | Variable
    | StateRead
    | LocalRead
    | Observe
    | Sampled
    | Fold
    | Comprehension
    | Operation
    | Member
    | Conditional
    | RiskRead
)

# --- statements --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LetOnce:
    """A `let` in a block."""

    name: str
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """`state = value`; `+=` and `-=` are written out."""

    state: str
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Payment:
    """`payer pays payee amount`; `asset` is an ASSET expression (the amount's unit)."""

    payer: str
    payee: str
    amount: Expression
    asset: Expression
    net: bool
    on: Expression | None
    label: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    """`if condition { chosen } else { otherwise }`."""

    condition: Expression
    chosen: tuple["Statement", ...]
    otherwise: tuple["Statement", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Ending:
    """`end`."""

    span: Span


@dataclass(frozen=True, slots=True)
class Requirement:
    """`require condition, "message"`."""

    condition: Expression
    message: str
    span: Span


Statement = LetOnce | Assignment | Payment | If | Ending | Requirement

# --- clauses and rules -------------------------------------------------------------------------
# `lives` is the state, a truth, by which a contract within the contract lives: its clauses act only
# while it is true, and an `end` in them makes it false. None: they live as long as the whole. The
# clauses of a contract that another one becomes have a later `stage`; see `core.program`.


@dataclass(frozen=True, slots=True)
class AtClause:
    """`at instant { ... }`: a DATE expression."""

    instant: Expression
    body: tuple[Statement, ...]
    span: Span
    lives: str | None = None
    stage: int = 0


@dataclass(frozen=True, slots=True)
class AtEachClause:
    """`at each t in dates` (variable a DATE) or `at each p in periods(...)` (a PERIOD)."""

    variable: Variable
    schedule: Expression
    body: tuple[Statement, ...]
    span: Span
    lives: str | None = None
    stage: int = 0


@dataclass(frozen=True, slots=True)
class WhenClause:
    """`when condition [on schedule] { ... }`: once, at the first observation at which it holds."""

    condition: Expression
    schedule: Expression | None
    body: tuple[Statement, ...]
    span: Span
    lives: str | None = None
    stage: int = 0


@dataclass(frozen=True, slots=True)
class WhenEachClause:
    """`when each d in dividends(u) { ... }`: at each record of a stream, or, for a style, at each
    observation of a price."""

    stream: Observe
    body: tuple[Statement, ...]
    span: Span
    lives: str | None = None
    stage: int = 0


@dataclass(frozen=True, slots=True)
class AmountDeclaration:
    """What a chooser names: `amount: cash`. In the body it is the local of that name."""

    name: str
    asset: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class ChoiceClause:
    """`party may name(amounts) [from a] until b | at t | at each t in dates [default c] {...}
    [otherwise {...}]`. One of `until`, `at`, `each` is set, or none: open as long as the contract
    lives. `repeats`: it may be made again. `fails`: nobody makes it; it is what happens when the
    party cannot pay, `when failed(party) { ... }`."""

    party: str
    name: str
    opens: Expression | None
    until: Expression | None
    at: Expression | None
    each: tuple[Variable, Expression] | None
    default: Expression | None
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    span: Span
    amounts: tuple[AmountDeclaration, ...] = ()
    repeats: bool = False
    lives: str | None = None
    stage: int = 0
    fails: bool = False


Clause = AtClause | AtEachClause | WhenClause | WhenEachClause | ChoiceClause


@dataclass(frozen=True, slots=True)
class CollateralRule:
    """`collateral of party in asset { maintenance: ... initial: ... }`. `exposure`: what closing
    out costs, where the clause says so; None where the contract's own payments do."""

    party: str
    asset: Expression
    maintenance: Expression
    initial: Expression
    span: Span
    exposure: Expression | None = None


@dataclass(frozen=True, slots=True)
class LiquidationRule:
    """`liquidation of party { ... }`; fractions in fixed point, the length in nanoseconds."""

    party: str
    when: Expression
    restore: Expression
    auction_from: int
    auction_to: int
    auction_nanoseconds: int
    penalty: int
    shortfall: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ParameterDeclaration:
    """A parameter with its default, if it has one."""

    name: str
    type: Type
    default: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class StateDeclaration:
    """`state name: type = initial`."""

    name: str
    type: Type
    initial: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class AssetDeclaration:
    """`asset USD in 2 decimals`; `issuer`: the contract that issues it, None if it comes from
    outside."""

    name: str
    places: int
    span: Span
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """One checked contract. `parties`: those named after `between`, then `ESCROW` if anybody pays
    the contract's own account or is paid by it, and `ISSUANCE` if it mints or burns: both are
    payments. `clock` says what a bare date means. `assets`: every concrete asset in scope, by
    ticker (for minor units). `unsecured`: a side without a collateral rule posts nothing."""

    name: str
    doc: str | None
    parameters: tuple[ParameterDeclaration, ...]
    parties: tuple[str, ...]
    states: tuple[StateDeclaration, ...]
    requires: tuple[Requirement, ...]
    clauses: tuple[Clause, ...]
    collateral: tuple[CollateralRule, ...]
    liquidation: tuple[LiquidationRule, ...]
    perpetual: bool
    unsecured: bool
    clock: Clock
    assets: Mapping[str, AssetDeclaration]
    span: Span
