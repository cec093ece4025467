"""What a contract comes to in a few lines: who may pay whom, when it ends, who posts collateral."""

from collections.abc import Iterator

from rfos_lang.analysis.worst_case import obligations
from rfos_lang.base.own_accounts import OWN
from rfos_lang.base.records import dataclass
from rfos_lang.core.bounds import most_transfers
from rfos_lang.core.listing import why_not_listable
from rfos_lang.core.lowered import Lowered
from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import Expression, Program, Risk, RiskMeasure, Transfer
from rfos_lang.core.spelling import spelled
from rfos_lang.core.walk import within
from rfos_lang.driver.opening import Source
from rfos_lang.semantics import definition as checked
from rfos_lang.semantics.definition import (
    AtClause,
    AtEachClause,
    ChoiceClause,
    Definition,
    Ending,
    If,
    Operation,
    Statement,
    WhenClause,
)
from rfos_lang.semantics.walk import statements_within


@dataclass(frozen=True, slots=True)
class Move:
    """What one party may pay another. `net`: it may also go the other way."""

    payer: str
    payee: str
    asset: str
    net: bool


@dataclass(frozen=True, slots=True)
class Posting:
    """The collateral rule of one party: what it posts, and which risk measures size it."""

    party: str
    asset: str
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """One contract. `dates`: the candidates for its last date, none if it is perpetual; `sooner`:
    what may end it before. `obligors`: who may owe without choosing to. `one_holder`: why its lots
    cannot be shared, None if they can. `payments_at_once`: the most that one instant makes."""

    name: str
    parties: tuple[str, ...]
    moves: tuple[Move, ...]
    dates: tuple[str, ...]
    sooner: tuple[str, ...]
    obligors: tuple[str, ...]
    postings: tuple[Posting, ...]
    unsecured: bool
    one_holder: str | None
    payments_at_once: int


def summary(lowered: Lowered, source: Source) -> Summary:
    """The summary of a lowered definition; conditions are quoted from its source."""
    program, definition = lowered.program, lowered.definition
    dates = () if definition.perpetual else tuple(dict.fromkeys(_dates(definition)))
    return Summary(
        definition.name,
        tuple(party for party in definition.parties if party not in OWN),
        tuple(dict.fromkeys(_moves(program))),
        dates,
        tuple(dict.fromkeys(_endings(definition, source))),
        tuple(dict.fromkeys(p for p in _obligors(program) if p not in OWN)),
        tuple(_postings(program)),
        definition.unsecured,
        why_not_listable(program),
        most_transfers(program),
    )


def _obligors(program: Program) -> Iterator[str]:
    return (program.parties[party] for party, _ in obligations(program))


# --- payments ------------------------------------------------------------------------------------


def _moves(program: Program) -> Iterator[Move]:
    parties, assets = program.parties, program.assets
    transfers = (a for c in program.clauses for a in actions_of(c) if isinstance(a, Transfer))
    for transfer in transfers:
        sides = (transfer.payer, transfer.payee)
        payer, payee = (parties[side] for side in (sorted(sides) if transfer.net else sides))
        yield Move(payer, payee, assets[transfer.asset], transfer.net)


def _postings(program: Program) -> Iterator[Posting]:
    for rule in program.collateral:
        sizing: list[Expression] = [rule.maintenance, rule.initial]
        for liquidation in program.liquidation:
            if liquidation.party == rule.party:
                sizing += [liquidation.trigger, liquidation.restore]
        asked = {node.measure for node in within(*sizing) if isinstance(node, Risk)}
        measures = tuple(each.value for each in _GREEKS if each in asked)
        yield Posting(program.parties[rule.party], program.assets[rule.asset], measures)


_GREEKS = (
    RiskMeasure.DELTA,
    RiskMeasure.GAMMA,
    RiskMeasure.VEGA,
    RiskMeasure.THETA,
    RiskMeasure.RHO,
)


# --- the end -------------------------------------------------------------------------------------


def _dates(definition: Definition) -> Iterator[str]:
    """The last date of every clause that has one."""
    for clause in definition.clauses:
        match clause:
            case AtClause(instant=instant):
                yield spelled(instant)
            case AtEachClause(schedule=schedule) | ChoiceClause(each=(_, schedule)):
                yield _last(schedule)
            case ChoiceClause(until=until, at=at):
                deadline = until or at
                if deadline is not None:
                    yield spelled(deadline)
            case WhenClause():
                pass


def _last(schedule: checked.Expression) -> str:
    match schedule:
        case Operation(name="periods", arguments=(dates,)):
            return _last(dates)
        case _:
            return f"last({spelled(schedule)})"


def _endings(definition: Definition, source: Source) -> Iterator[str]:
    """What may end the contract before its last date, in the words of the text."""

    def quoted(expression: checked.Expression) -> str:
        span = expression.span
        if span.source != source.name:
            return spelled(expression)
        return " ".join(source.text[span.start : span.end].split())

    for clause in definition.clauses:
        match clause:
            case _ if clause.lives is not None:
                pass  # a part ends, the others go on
            case WhenClause(condition=condition, body=body) if _ends(body):
                yield f"when {quoted(condition)}"
            case AtEachClause(body=body):
                branches = (each for each in body if isinstance(each, If))
                yield from (f"if {quoted(each.condition)}" for each in branches if _ends((each,)))
            case ChoiceClause(party=party, fails=True):
                yield f"{party} fails to pay"
            case ChoiceClause(party=party, name=name):
                if _ends(clause.body):
                    yield f"{party} may {name}"
                if _ends(clause.otherwise):
                    yield f"{party} does not {name}"
            case _:
                pass


def _ends(body: tuple[Statement, ...]) -> bool:
    return any(isinstance(each, Ending) for each in statements_within(body))
