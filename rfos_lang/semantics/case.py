"""A checked test: one contract with its arguments, what happens on which days, what is expected."""

from collections.abc import Mapping

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.semantics.definition import Definition, Expression, Observe, Payment


@dataclass(frozen=True, slots=True)
class Observed:
    """A feed with the value that it takes."""

    feed: Observe
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Taken:
    """A party takes a choice, with the amounts that it names."""

    party: str
    choice: str
    amounts: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Day:
    """What is observed and chosen at one instant, a DATE expression."""

    instant: Expression
    observed: tuple[Observed, ...]
    taken: tuple[Taken, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Pays:
    """A payment that has been made. Without `payment.on` it is owed at the day before it."""

    payment: Payment
    span: Span


@dataclass(frozen=True, slots=True)
class NoPayments:
    """Nothing has been paid so far."""

    span: Span


@dataclass(frozen=True, slots=True)
class Ended:
    """The contract has ended."""

    span: Span


@dataclass(frozen=True, slots=True)
class Refused:
    """The contract, or the day before, was refused; with this message of a `require`, if any."""

    message: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Holds:
    """A condition on states, parameters and the newest observations."""

    condition: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Quote:
    """One figure of a market: a `spot`, `volatility`, `rate`, `yield`, `correlation` or `index`, of
    the assets (or the index) that are named."""

    kind: str
    names: tuple[str, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class Market:
    """The market under which values are expected from here on."""

    quotes: tuple[Quote, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Valued:
    """What the contract is worth to its first party, within a tolerance, under the last market."""

    value: Expression
    tolerance: Expression
    asset: Expression
    span: Span


Expectation = Pays | NoPayments | Ended | Refused | Holds | Valued
Step = Market | Day | Expectation


@dataclass(frozen=True, slots=True)
class TestCase:
    """One `test`. `arguments` are those that are written, by parameter; `start` is when the
    instance begins, a DATE expression; `given` is where the contract is named."""

    title: str
    definition: Definition
    arguments: Mapping[str, Expression]
    start: Expression
    steps: tuple[Step, ...]
    given: Span
    span: Span
