"""The syntax tree: what a `.rfos` file says, before anybody asks what it means.

Every node is frozen, and two nodes are equal when they say the same: the place where they stand
(`span`) takes no part in the comparison, nor in the positional patterns of a `match`.
Numbers are exact. Names are nodes of their own, so that a diagnostic can point at each of them.
"""

from datetime import time
from typing import Literal

from rfos_lang.base.records import dataclass
from rfos_lang.syntax.expression_tree import (
    Argument,
    At,
    Between,
    Binary,
    BinaryOperator,
    Binder,
    Call,
    Comprehension,
    Conditional,
    Date,
    DayCount,
    Duration,
    DurationUnit,
    Expression,
    Field,
    FoldOn,
    Index,
    Instant,
    ListLiteral,
    ListType,
    Name,
    Node,
    Number,
    Quantity,
    Text,
    Truth,
    TypeExpression,
    TypeName,
    Unary,
    UnaryOperator,
)

# Expressions live in a file of their own, but whoever reads the tree needs this module alone.
__all__ = [
    "Argument",
    "At",
    "Between",
    "Binary",
    "BinaryOperator",
    "Binder",
    "Call",
    "Comprehension",
    "Conditional",
    "Date",
    "DayCount",
    "Duration",
    "DurationUnit",
    "Expression",
    "Field",
    "FoldOn",
    "Index",
    "Instant",
    "ListLiteral",
    "ListType",
    "Name",
    "Node",
    "Number",
    "Quantity",
    "Text",
    "Truth",
    "TypeExpression",
    "TypeName",
    "Unary",
    "UnaryOperator",
]


# Rules: the `key: value` lines of collateral, liquidation, margin and feeds


@dataclass(frozen=True, slots=True)
class Auction(Node):
    """`dutch from 101% to 85% over 15min`."""

    kind: Name
    opening: Expression
    closing: Expression
    duration: Expression


@dataclass(frozen=True, slots=True)
class Penalty(Node):
    """`1.5% to insurance_fund`."""

    rate: Expression
    beneficiary: Name


@dataclass(frozen=True, slots=True)
class Waterfall(Node):
    """`insurance_fund then deleverage`: at least two steps; a single one is a plain expression."""

    steps: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Scenarios(Node):
    """`spot in [-16%, 0%, 16%], volatility in [-25%, 0%, 25%]`: a grid, one axis a binder."""

    axes: tuple[Binder, ...]


@dataclass(frozen=True, slots=True)
class Haircut(Node):
    """`20% of BTC`."""

    fraction: Expression
    asset: Name


@dataclass(frozen=True, slots=True)
class Haircuts(Node):
    """`20% of BTC, 25% of ETH`: what a policy takes besides its own asset, and how much of the
    value of each does not count."""

    haircuts: tuple[Haircut, ...]


@dataclass(frozen=True, slots=True)
class Rule(Node):
    """`maintenance: 8% * abs(delta(S)) * S`. The key may be any word that a block knows."""

    key: Name
    value: Expression | Auction | Penalty | Waterfall | Scenarios | Haircuts


# Statements


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """`strike: cash/underlying`, or with a default. `low, high: T` is read as two parameters."""

    name: Name
    type: TypeExpression
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Let(Node):
    """`let performance(a: Asset): Number = ...`: in a contract, in a block, or of a whole file.

    `parameters` is empty for a plain name.
    """

    name: Name
    parameters: tuple[Parameter, ...]
    type: TypeExpression | None
    value: Expression
    doc: str | None


@dataclass(frozen=True, slots=True)
class State(Node):
    """`state unpaid: Number = 0`."""

    name: Name
    type: TypeExpression
    value: Expression


@dataclass(frozen=True, slots=True)
class Require(Node):
    """`require barrier < strike, "the barrier must lie below the strike"`."""

    condition: Expression
    message: Text


@dataclass(frozen=True, slots=True)
class Style(Node):
    """`style futures`."""

    name: Name


@dataclass(frozen=True, slots=True)
class Cut(Node):
    """`cut 08:00 UTC`: the time of day that a bare date means; the zone may hold slashes."""

    time: time
    zone: Name


@dataclass(frozen=True, slots=True)
class Unsecured(Node):
    """`unsecured`: an obligor may stand with neither collateral nor bound."""


@dataclass(frozen=True, slots=True)
class AtInstant(Node):
    """`at expiry { ... }`."""

    instant: Expression
    body: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class AtEach(Node):
    """`at each t in observations { ... }`."""

    binders: tuple[Binder, ...]
    body: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class When(Node):
    """`when S <= barrier { ... }`, observed on every tick or only `on` the days of a schedule."""

    condition: Expression
    days: Expression | None
    body: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class WhenEach(Node):
    """`when each d in dividends(share) { ... }`."""

    binders: tuple[Binder, ...]
    body: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if ... { ... } else { ... }`; `else if` is an alternative of one `If`, no `else` is ()."""

    condition: Expression
    consequence: tuple["Statement", ...]
    alternative: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class Pays(Node):
    """`writer pays holder net amount on date as "label"`."""

    payer: Name
    payee: Name
    net: bool
    amount: Expression
    on: Expression | None
    label: Text | None


@dataclass(frozen=True, slots=True)
class Until(Node):
    """`until expiry`: the choice is open from the start up to the deadline."""

    deadline: Expression


@dataclass(frozen=True, slots=True)
class FromUntil(Node):
    """`from start until last(leg)`."""

    opening: Expression
    deadline: Expression


@dataclass(frozen=True, slots=True)
class OnInstant(Node):
    """`at choose_at`: the choice is made at this one instant."""

    instant: Expression


@dataclass(frozen=True, slots=True)
class OnEach(Node):
    """`at each t in dates`: the choice is offered at each of them."""

    binders: tuple[Binder, ...]


@dataclass(frozen=True, slots=True)
class May(Node):
    """`holder may exercise until expiry default S < strike { ... } otherwise { ... }`.

    `timing` None: open at any time. `otherwise` None: not written, which is not an empty block.
    """

    chooser: Name
    choice: Name
    parameters: tuple[Parameter, ...]
    timing: Until | FromUntil | OnInstant | OnEach | None
    default: Expression | None
    body: tuple["Statement", ...]
    otherwise: tuple["Statement", ...] | None


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """`unpaid += coupon`."""

    target: Name
    operator: Literal["=", "+=", "-="]
    value: Expression


@dataclass(frozen=True, slots=True)
class End(Node):
    """`end`."""


@dataclass(frozen=True, slots=True)
class Become(Node):
    """`become EuropeanCall(underlying, cash, strike:, expiry:)`."""

    contract: Expression


@dataclass(frozen=True, slots=True)
class Mint(Node):
    """`mint amount to owner`."""

    amount: Expression
    receiver: Name


@dataclass(frozen=True, slots=True)
class Burn(Node):
    """`burn amount from owner`."""

    amount: Expression
    owner: Name


@dataclass(frozen=True, slots=True)
class Collateral(Node):
    """`collateral of long, short in coll, valued in cash { ... }`."""

    parties: tuple[Name, ...]
    asset: Name
    valued_in: Name | None
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Liquidation(Node):
    """`liquidation of writer { ... }`."""

    parties: tuple[Name, ...]
    rules: tuple[Rule, ...]


Statement = (
    Let
    | State
    | Require
    | Style
    | Cut
    | Unsecured
    | AtInstant
    | AtEach
    | When
    | WhenEach
    | If
    | Pays
    | May
    | Assign
    | End
    | Become
    | Mint
    | Burn
    | Collateral
    | Liquidation
)


# Items of a file


@dataclass(frozen=True, slots=True)
class Contract(Node):
    """`contract EuropeanCall(...) between holder, writer { ... }`."""

    perpetual: bool
    name: Name
    parameters: tuple[Parameter, ...]
    parties: tuple[Name, ...]
    body: tuple[Statement, ...]
    doc: str | None


@dataclass(frozen=True, slots=True)
class Composite(Node):
    """`contract CallSpread(...) between holder, writer = ... - ...`: a contract made of others,
    with what it says of its own in a block behind."""

    perpetual: bool
    name: Name
    parameters: tuple[Parameter, ...]
    parties: tuple[Name, ...]
    value: Expression
    body: tuple["Statement", ...]
    doc: str | None


@dataclass(frozen=True, slots=True)
class Asset(Node):
    """`asset USD in 2 decimals`, `asset sUSD issued by Vault`; at least one of the two is said."""

    name: Name
    decimals: int | None
    issuer: Name | None
    doc: str | None


@dataclass(frozen=True, slots=True)
class Unit(Node):
    """`unit mps`."""

    name: Name
    doc: str | None


@dataclass(frozen=True, slots=True)
class RecordType(Node):
    """`(amount: cash/u, pay: Date)`: what each event of a stream tells."""

    fields: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Feed(Node):
    """`feed wind(station: Text): mps`, with rules (patience, fallback) in braces if any; an event
    stream gives records: `feed dividends(u, cash: Asset): (amount: cash/u, pay: Date)`."""

    name: Name
    parameters: tuple[Parameter, ...]
    type: TypeExpression | RecordType
    rules: tuple[Rule, ...]
    doc: str | None


@dataclass(frozen=True, slots=True)
class Use(Node):
    """`use std.options.{EuropeanCall, EuropeanPut}`."""

    path: tuple[Name, ...]
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Margin(Node):
    """`margin CryptoPortfolio in USD { ... }`."""

    name: Name
    asset: Name
    rules: tuple[Rule, ...]
    doc: str | None


# Tests


@dataclass(frozen=True, slots=True)
class Given(Node):
    """`contract EuropeanCall(BTC, USD, strike: 60_000 USD/BTC, expiry: 2026-12-25) from start`."""

    contract: Expression
    start: Expression | None


@dataclass(frozen=True, slots=True)
class Observation(Node):
    """`spot(BTC, USD) = 66_000 USD/BTC`."""

    feed: Expression
    value: Expression


@dataclass(frozen=True, slots=True)
class Quoted(Node):
    """`market { vol(BTC) = 55%; rate(USD) = 2% }`: under what a value is expected."""

    word: Name
    quotes: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`holder exercise`, `owner draw(100 sUSD)`: a party takes a choice that it may take."""

    chooser: Name
    choice: Name
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class OnDay(Node):
    """`on 2026-12-25 { ... }`: what is observed and chosen at that instant, in this order."""

    instant: Expression
    events: tuple[Observation | Choice, ...]


@dataclass(frozen=True, slots=True)
class ExpectPays(Node):
    """`expect writer pays holder 6_000 USD on 2026-12-25`."""

    payment: Pays


@dataclass(frozen=True, slots=True)
class ExpectIssued(Node):
    """`expect mint 100 sUSD to owner`, `expect burn 100 sUSD from owner`."""

    issue: Mint | Burn


@dataclass(frozen=True, slots=True)
class ExpectNone(Node):
    """`expect no payments`; the two words as written."""

    quantifier: Name
    what: Name


@dataclass(frozen=True, slots=True)
class ExpectEnded(Node):
    """`expect ended`."""


@dataclass(frozen=True, slots=True)
class ExpectRefused(Node):
    """`expect refused "the barrier must lie below the strike"`; the reason may be left out."""

    message: Text | None


@dataclass(frozen=True, slots=True)
class ExpectValued(Node):
    """`expect valued at 1_234 USD within 0.5 USD`."""

    value: Expression
    tolerance: Expression


@dataclass(frozen=True, slots=True)
class ExpectTrue(Node):
    """`expect unpaid == 3`."""

    condition: Expression


Expectation = (
    ExpectPays | ExpectIssued | ExpectNone | ExpectEnded | ExpectRefused | ExpectValued | ExpectTrue
)
TestStep = Given | Quoted | OnDay | Expectation


@dataclass(frozen=True, slots=True)
class Test(Node):
    """`test "an in-the-money call pays its intrinsic value" { ... }`."""

    title: Text
    steps: tuple[TestStep, ...]
    doc: str | None


Item = Contract | Composite | Asset | Unit | Feed | Use | Margin | Test | Let


@dataclass(frozen=True, slots=True)
class Comment(Node):
    """`// ...` up to the end of its line, as written, `///` included."""

    text: str


@dataclass(frozen=True, slots=True)
class Module(Node):
    """A whole file: its items in order, and every comment in order for those who print it.

    `source` is the file's name as shown to users.
    """

    source: str
    items: tuple[Item, ...]
    comments: tuple[Comment, ...]
