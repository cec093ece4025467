"""A life told for people and programs: what was observed, who acted, what was paid and why."""

from collections.abc import Mapping
from typing import assert_never

from rfos_lang.base import fixed
from rfos_lang.base.feed import FeedRules
from rfos_lang.base.instant import show_instant
from rfos_lang.base.own_accounts import ISSUANCE
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span, position
from rfos_lang.core.binding import Instance
from rfos_lang.core.explanation import number, worked_out
from rfos_lang.core.meaning import Outcome, Posting, Status, actions_of, requirements
from rfos_lang.core.program import Sort, Transfer
from rfos_lang.core.story import Fired, Paid
from rfos_lang.driver.life import Life, Moment, Taken

LONGEST = 100


@dataclass(frozen=True, slots=True)
class ToldPayment:
    """A payment in words. `statement` is its text in the contract, `why` the amount worked out."""

    words: str
    owed: str | None
    label: str | None
    statement: str
    why: str


@dataclass(frozen=True, slots=True)
class ToldClause:
    """A clause that acted: its first line, and `file:line`. `lapsed`: a choice not taken."""

    instant: str
    text: str
    place: str
    lapsed: bool
    payments: tuple[ToldPayment, ...]


@dataclass(frozen=True, slots=True)
class ToldMoment:
    """One instant of a life in words; `waits_for`: feeds without a value, if it could not
    act; `states` are those that the contract declares."""

    instant: str
    observed: tuple[tuple[str, str], ...]
    taken: tuple[str, ...]
    refused: str | None
    fired: tuple[ToldClause, ...]
    waits_for: tuple[str, ...]
    states: tuple[tuple[str, str], ...]
    ended: bool


def told(life: Life, sources: Mapping[str, str]) -> tuple[ToldMoment, ...]:
    """The whole life in words; `sources` holds the contract's text by its name."""
    return tuple(_moment(life, moment, sources) for moment in life.moments)


def _moment(life: Life, moment: Moment, sources: Mapping[str, str]) -> ToldMoment:
    instance = life.instance
    program, standing = instance.lowered.program, moment.outcome.standing
    declared = {state.name for state in instance.lowered.definition.states}
    states = (
        (slot.name, _shown(value, slot.sort))
        for slot, value in zip(program.states, standing.states, strict=True)
        if slot.name in declared
    )
    refused = moment.refusal
    failed = moment.outcome.status not in (Status.OK, Status.WAITING, Status.ENDED)
    if refused is None and failed:
        refused = moment.outcome
    clauses = (_clause(instance, fired, sources) for fired in moment.fired)
    return ToldMoment(
        instant=show_instant(moment.instant),
        observed=tuple((name, number(value)) for name, value in moment.observed.items()),
        taken=tuple(_taken(each) for each in moment.taken),
        refused=None if refused is None else refusal_words(life, refused),
        fired=tuple(clause for clause in clauses if clause is not None),
        waits_for=moment.unknown if moment.outcome.status is Status.WAITING else (),
        states=tuple(states),
        ended=standing.ended,
    )


def _taken(taken: Taken) -> str:
    return " ".join((taken.party, taken.name, *map(number, taken.amounts)))


def _clause(instance: Instance, fired: Fired, sources: Mapping[str, str]) -> ToldClause | None:
    """A clause of the text; those that only remember observations are not told."""
    source = instance.lowered.program.clauses[fired.clause].source
    if source is None:
        return None
    span = Span(instance.lowered.definition.span.source, *source)
    payments = tuple(_payment(instance, paid, sources) for paid in fired.paid)
    text = sources.get(span.source, "")
    line = position(text, span.start).line
    return ToldClause(
        show_instant(fired.instant),
        _words(text, span).partition("{")[0].strip(),
        f"{span.source}:{line}",
        fired.lapsed,
        payments,
    )


def _payment(instance: Instance, paid: Paid, sources: Mapping[str, str]) -> ToldPayment:
    posting, transfer = paid.posting, paid.transfer
    statement = ""
    if transfer.source is not None:
        span = Span(instance.lowered.definition.span.source, *transfer.source)
        statement = _words(sources.get(span.source, ""), span)
    return ToldPayment(
        payment_words(instance, posting),
        None if posting.due is None else show_instant(posting.due),
        transfer.label,
        statement,
        worked_out(transfer.amount, paid.values, instance.lowered.program),
    )


def _words(text: str, span: Span) -> str:
    words = " ".join(text[span.start : span.end].split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def _shown(value: int, sort: Sort) -> str:
    match sort:
        case Sort.NUMBER:
            return number(value)
        case Sort.TRUTH:
            return "true" if value else "false"
        case Sort.INSTANT:
            return show_instant(value)
        case _:
            assert_never(sort)


# --- single words --------------------------------------------------------------------------------


def happened(instance: Instance, posting: Posting) -> Transfer:
    """The action that made a posting."""
    action = actions_of(instance.lowered.program.clauses[posting.clause])[posting.action]
    assert isinstance(action, Transfer)
    return action


def payment_words(instance: Instance, posting: Posting) -> str:
    """`writer pays holder 6_000 USD`."""
    parties, terms = instance.lowered.program.parties, instance.terms
    payer, payee = parties[posting.payer], parties[posting.payee]
    amount = number(fixed.from_minor_units(posting.units, terms.places[posting.asset]))
    paid = f"{amount} {terms.assets[posting.asset]}"
    return payment_sentence(payer, payee, paid)


def payment_sentence(payer: str, payee: str, amount: str) -> str:
    """`writer pays holder ...`; what the issuance of an asset pays is minted."""
    if payer == ISSUANCE:
        return f"mint {amount} to {payee}"
    if payee == ISSUANCE:
        return f"burn {amount} from {payer}"
    return f"{payer} pays {payee} {amount}"


def bounds_words(rules: FeedRules) -> str:
    """The bounds of a feed: `from 0 to 120`, `0 or more`."""
    match rules.lowest, rules.highest:
        case int(lowest), int(highest):
            return f"from {number(lowest)} to {number(highest)}"
        case int(lowest), None:
            return f"{number(lowest)} or more"
        case _, highest:
            assert highest is not None
            return f"{number(highest)} or less"


def refusal_words(life: Life, outcome: Outcome) -> str:
    """Why an event was refused; the message of a `require` stands in quotes."""
    match outcome.status:
        case Status.REQUIREMENT:
            assert outcome.requirement is not None
            required = requirements(life.instance.lowered.program)[outcome.requirement]
            return f'"{required.message}"'
        case Status.WAITING:
            return "the contract waits for an observation"
        case Status.OVERFLOW:
            return "a number is too large"
        case Status.DIVISION_BY_ZERO:
            return "it divides by zero"
        case Status.NEGATIVE_PAYMENT:
            return "a payment that is not `net` would be negative"
        case Status.NOT_AVAILABLE:
            return "the choice is not open now"
        case Status.ENDED:
            return "the contract has ended"
        case Status.ESCROW_SHORT:
            return "escrow would pay more than it holds"
        case Status.ESCROW_LEFT:
            return "the contract would end while escrow holds something"
        case Status.UNDEFINED:
            return "a logarithm, root or power has no value"
        case Status.OK:
            raise AssertionError("it is not refused")
        case _:
            assert_never(outcome.status)
