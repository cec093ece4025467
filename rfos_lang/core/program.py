"""The core: what a contract definition is once everything sugared is gone.

A `Program` is one definition at one shape (the length of its asset lists). What differs between
its instances - parameters, instants, schedules, what the calendar makes of them - lies in `Terms`,
fixed when the instance is bound. What changes during an instance's life lies in its standing (see
`meaning`). Fourteen kinds of expression, six of action, three of clause.

Conventions. Numbers are 18-decimal fixed point (`base.fixed`), truths 0 or 1, instants nanoseconds
since 1970 UTC; all three are plain integers. Parties, assets, feeds, terms and so on are named by
their slot, the index into the program's tuple of that name.
"""

from dataclasses import field
from enum import Enum, unique

from rfos_lang.base.feed import NO_RULES, Aspect, FeedRules
from rfos_lang.base.own_accounts import ESCROW
from rfos_lang.base.records import dataclass
from rfos_lang.core.interning import Interned


@unique
class Sort(Enum):
    """What an integer stands for."""

    NUMBER = "number"
    TRUTH = "truth"
    INSTANT = "instant"


@unique
class Unary(Enum):
    """Operators of one operand."""

    NEGATE = "-"
    ABSOLUTE = "abs"
    NOT = "not"
    LOGARITHM = "log"
    EXPONENTIAL = "exp"
    SQUARE_ROOT = "sqrt"


@unique
class Binary(Enum):
    """Operators of two operands; both are always evaluated, left first. Of instants, ADD moves one
    by a length of time, in nanoseconds, which is an INSTANT too."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    RAISE = "^"  # see `exponential.raised`; a whole power in the text is a `Power`
    ROUND = "round"  # to the nearest multiple of the right operand
    MINIMUM = "min"
    MAXIMUM = "max"
    LESS = "<"
    LESS_OR_EQUAL = "<="
    EQUAL = "=="
    AND = "and"
    OR = "or"


# --- expressions -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Constant(metaclass=Interned):
    """A literal."""

    value: int
    sort: Sort


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Term(metaclass=Interned):
    """A scalar of the instance, fixed at binding: a parameter, a date, a year fraction."""

    slot: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Column(metaclass=Interned):
    """A column of the instance at the clause's present occurrence: `p.pay`, a year fraction."""

    slot: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Feed(metaclass=Interned):
    """What an event shows of a feed: the newest accepted observation, or what the aspect of its
    slot says."""

    slot: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class State(metaclass=Interned):
    """A state slot: declared by the user, or made to remember an observation or a path."""

    slot: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Stored(metaclass=Interned):
    """A row of a table of remembered observations, at the clause's occurrence plus `offset`."""

    table: int
    offset: int = 0


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Local(metaclass=Interned):
    """What an earlier `Bind` of the same clause bound, or an amount that was chosen."""

    slot: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Apply(metaclass=Interned):
    """An operator of one operand."""

    operator: Unary
    operand: "Expression"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Combine(metaclass=Interned):
    """An operator of two operands."""

    operator: Binary
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Power(metaclass=Interned):
    """A whole power, the exponent a literal."""

    base: "Expression"
    exponent: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Select(metaclass=Interned):
    """`if condition then chosen else otherwise`. Only the arm that is taken is evaluated, so that
    the other one may not trap."""

    condition: "Expression"
    chosen: "Expression"
    otherwise: "Expression"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Backward(metaclass=Interned):
    """Backward recursion along a schedule: `last`, then `step` for each of its instants that lie
    after `since`, the latest first. In `step` the schedule's columns are those of that instant, no
    other columns or tables are read, and `Carried` is the value so far."""

    schedule: int
    since: "Expression"
    last: "Expression"
    step: "Expression"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Carried(metaclass=Interned):
    """In the step of a backward recursion: the value so far, a number."""


@unique
class RiskMeasure(Enum):
    """What collateral and liquidation rules may ask for. See `risk` for units and signs."""

    EXPOSURE = "exposure"
    DELTA = "delta"
    GAMMA = "gamma"
    VEGA = "vega"
    THETA = "theta"
    RHO = "rho"
    EQUITY = "equity"
    MAINTENANCE = "maintenance"
    INITIAL = "initial"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Risk(metaclass=Interned):
    """A risk measure in a rule; `feed` is the spot that delta, gamma and vega are taken to.
    Never occurs in a clause."""

    measure: RiskMeasure
    feed: int | None = None


Expression = (
    Constant
    | Term
    | Column
    | Feed
    | State
    | Stored
    | Local
    | Apply
    | Combine
    | Power
    | Select
    | Backward
    | Carried
    | Risk
)

TRUE = Constant(1, Sort.TRUTH)
FALSE = Constant(0, Sort.TRUTH)


# --- actions -----------------------------------------------------------------------------------
# A clause's actions run in order. Each sees the state that the earlier ones left. An action whose
# guard is false does nothing, and its other expressions are not evaluated.


@dataclass(frozen=True, slots=True)
class Bind:
    """local := value, once. Has no guard: what is bound under a condition is a `Select`."""

    local: int
    value: Expression


@dataclass(frozen=True, slots=True)
class Assign:
    """state := value."""

    state: int
    value: Expression
    guard: Expression = TRUE


@dataclass(frozen=True, slots=True)
class Store:
    """table[present occurrence] := value."""

    table: int
    value: Expression


@dataclass(frozen=True, slots=True)
class Transfer:
    """The payer owes the payee the amount, per lot, rounded half-even to the asset's minor unit.

    A negative amount is refused, unless `net`: then it goes the other way. `due` is the instant at
    which it is owed (an INSTANT expression), None for at once. A zero amount makes no posting.
    `source` is the place of the statement in the text; it takes no part in comparisons.
    """

    payer: int
    payee: int
    asset: int
    amount: Expression
    net: bool = False
    due: Expression | None = None
    label: str | None = None
    guard: Expression = TRUE
    source: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class End:
    """The contract has ended; nothing after this fires. Dated payments survive."""

    guard: Expression = TRUE


@dataclass(frozen=True, slots=True)
class Require:
    """Refuses the event, whole, if the condition does not hold."""

    condition: Expression
    message: str
    guard: Expression = TRUE


Action = Bind | Assign | Store | Transfer | End | Require


# --- clauses -----------------------------------------------------------------------------------
# Clauses of a contract within the contract have a `lives`: the slot of a state, a truth. While it
# is false such a clause is passed over: its occurrences go by, its choice is not open, and it keeps
# nothing alive. Once one of its own actions makes it false, the actions after that do not run. It
# becomes false by itself when none of its dated clauses is left, unless the program is perpetual.
# Where one contract becomes another, the clauses of the other one have a later `stage`: at each
# instant all stages have their turn in order, each with all of its groups. A watch of a contract
# that came to life at this very instant looks at what is known, whether it moved or not.


@unique
class Group(Enum):
    """The order at one instant; within a group, source order."""

    OBSERVATION = 0
    WHEN = 1
    TIMED = 2
    CHOICE = 3


@dataclass(frozen=True, slots=True)
class Timed:
    """Fires once at each instant of a schedule (`at T` is a schedule of length one).

    `group` is OBSERVATION for the clauses that path functions and remembered observations need.
    `source` is the clause's place in the text, (start, end) offsets; None for a made one.
    """

    schedule: int
    actions: tuple[Action, ...]
    group: Group = Group.TIMED
    source: tuple[int, int] | None = None
    lives: int | None = None
    stage: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """Fires at an accepted observation of one of `feeds` (at the start too) if the condition holds;
    once, or with `repeats` each time."""

    feeds: tuple[int, ...]
    condition: Expression
    actions: tuple[Action, ...]
    repeats: bool = False
    group: Group = Group.WHEN
    source: tuple[int, int] | None = None
    lives: int | None = None
    stage: int = 0


@dataclass(frozen=True, slots=True)
class Amount:
    """What a chooser names: so much of an asset, in whole minor units, never negative."""

    name: str
    asset: int


@dataclass(frozen=True, slots=True)
class Choice:
    """`party may name(amounts) ...`.

    `schedule` holds the deadlines: for `until T` one, for `at each t in dates` many; None if it is
    open as long as the contract lives, and then `any_time`. `opens` is the schedule of length one
    from which it may be made (None: the start). `any_time`: taken when it is lodged, `opens` <=
    instant < deadline; otherwise lodged before a deadline and taken at it. At a deadline where it
    was neither taken nor lodged, it is taken by itself if `default` holds; if it is not taken by
    itself either, `otherwise` runs. A choice is taken at most once, or if it `repeats` (as one
    without a deadline does) again and again, at a deadline once. The `amounts` are the first locals
    of `actions`; a choice that has some has no default. `fails`: no choice of anybody, but what
    happens when the party cannot pay what an event makes it owe; the settlement takes it in the
    place of that event, so it comes before everything else at its instant, and it ends.
    """

    party: int
    name: str
    schedule: int | None
    any_time: bool
    default: Expression
    actions: tuple[Action, ...]
    otherwise: tuple[Action, ...] = ()
    opens: int | None = None
    source: tuple[int, int] | None = None
    amounts: tuple[Amount, ...] = ()
    repeats: bool = False
    lives: int | None = None
    stage: int = 0
    fails: bool = False

    @property
    def is_facility(self) -> bool:
        """Whether it is more than one decision: how much, or how often, is the chooser's too."""
        return bool(self.amounts) or self.repeats


Clause = Timed | Watch | Choice


# --- rules -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Collateral:
    """What `party` must hold in `asset` on top of exposure. Risk arithmetic; per lot. `exposure`:
    what closing out costs, where the contract states it."""

    party: int
    asset: int
    maintenance: Expression
    initial: Expression
    exposure: Expression | None = None


@dataclass(frozen=True, slots=True)
class Liquidation:
    """What happens when `party`'s trigger holds; see the kernel. Fractions are NUMBER constants."""

    party: int
    trigger: Expression
    restore: Expression
    auction_from: int
    auction_to: int
    auction_nanoseconds: int
    penalty: int
    shortfall: tuple[str, ...]


# --- program -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TermSlot:
    """A scalar of the instance; `unit` is for people."""

    name: str
    sort: Sort
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ColumnSlot:
    """A value for each instant of a schedule."""

    name: str
    schedule: int
    sort: Sort


@dataclass(frozen=True, slots=True)
class FeedSlot:
    """A feed: `spot` of (asset, cash), an `index` of (term slot of its name), ...

    `assets` are asset slots; `name` is what people read and what a market file is asked for once
    assets are bound, e.g. `spot(underlying, cash)`. `aspect` is what of the feed the slot shows: a
    feed may be read by several slots. `rules` are those that its declaration states.
    """

    kind: str
    assets: tuple[int, ...]
    name: str
    sort: Sort = Sort.NUMBER
    aspect: Aspect = Aspect.NEWEST
    rules: FeedRules = NO_RULES


@dataclass(frozen=True, slots=True)
class StateSlot:
    """A state slot with its value at the start: an expression over constants and terms."""

    name: str
    sort: Sort
    initial: Expression


@dataclass(frozen=True, slots=True)
class TableSlot:
    """A remembered observation for each instant of a schedule; 0 until it is stored."""

    name: str
    schedule: int


@dataclass(frozen=True, slots=True)
class Program:
    """One contract definition, at one shape. `parties`: those named after `between`, the first two
    of which are the sides of a lot; then `ESCROW` if the contract's own account pays or is paid,
    and `ISSUANCE` if it issues: that account pays what comes into being, and is paid what is
    redeemed.
    """

    name: str
    parties: tuple[str, ...]
    assets: tuple[str, ...]
    terms: tuple[TermSlot, ...]
    schedules: tuple[str, ...]
    columns: tuple[ColumnSlot, ...]
    feeds: tuple[FeedSlot, ...]
    states: tuple[StateSlot, ...]
    tables: tuple[TableSlot, ...]
    requires: tuple[Require, ...]
    clauses: tuple[Clause, ...]
    collateral: tuple[Collateral, ...] = ()
    liquidation: tuple[Liquidation, ...] = ()
    perpetual: bool = False

    @property
    def escrow(self) -> int | None:
        """The slot of the contract's own account; None if it has none."""
        return self.parties.index(ESCROW) if ESCROW in self.parties else None

    @property
    def amounts(self) -> tuple[tuple[int, Amount], ...]:
        """What choosers name, in the order of an event's amounts: (clause, amount)."""
        choices = ((i, c) for i, c in enumerate(self.clauses) if isinstance(c, Choice))
        return tuple((i, amount) for i, choice in choices for amount in choice.amounts)


Instants = tuple[int, ...] | range
"""The instants of a schedule: listed, or made by a rule."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What binding fixes for one instance of a program.

    `assets`: the ticker of each asset slot, `places` their minor-unit decimals; `feeds`: the name
    of each feed slot with tickers in place, e.g. `spot(BTC, USD)`; `start`: when the instance
    begins; `terms`, `schedules`, `columns` hold one entry a slot (`columns[c][k]` belongs to
    `schedules[columns[c].schedule][k]`). Schedules ascend strictly and begin at or after `start`;
    one that a rule makes, such as `every(8h)`, is a `range`, so that it need not end. One that a
    `Backward` runs along is listed.
    """

    start: int
    assets: tuple[str, ...]
    places: tuple[int, ...]
    feeds: tuple[str, ...]
    terms: tuple[int, ...]
    schedules: tuple[Instants, ...]
    columns: tuple[tuple[int, ...], ...]
