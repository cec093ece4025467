"""What an artefact says of itself, taken from the program; and the bound on its postings."""

from typing import assert_never

from rfos_lang.artefact.format import (
    PAYOFF_STRESS,
    POSTINGS_MAX,
    SCHEMA,
    AmountField,
    ChoiceField,
    ClauseField,
    CollateralField,
    ColumnField,
    FeedField,
    InputField,
    LiquidationField,
    Metadata,
    StateField,
    TableField,
    TermField,
)
from rfos_lang.base.own_accounts import ISSUANCE
from rfos_lang.base.refusal import Refused
from rfos_lang.core.bounds import most_transfers
from rfos_lang.core.formula import RiskFormulas, inputs
from rfos_lang.core.listing import why_not_listable
from rfos_lang.core.meaning import actions_of, group_of, requirements
from rfos_lang.core.program import (
    Choice,
    Clause,
    FeedSlot,
    Program,
    Timed,
    Transfer,
    Watch,
)
from rfos_lang.core.risk import formulas_of, margin_assets


class TooManyPostings(Refused):
    """One instant of the contract may make more postings than an artefact has room for."""

    def __init__(self, contract: str, count: int) -> None:
        super().__init__("E0702", contract=contract, count=count, limit=POSTINGS_MAX)


def metadata_of(program: Program, risk: RiskFormulas | None, source_hash: str) -> Metadata:
    """The metadata of a program. Raises TooManyPostings."""
    return Metadata(
        schema=SCHEMA,
        source_hash=source_hash,
        name=program.name,
        parties=program.parties,
        assets=program.assets,
        terms=tuple(TermField(each.name, each.sort.value, each.unit) for each in program.terms),
        schedules=program.schedules,
        columns=tuple(
            ColumnField(each.name, each.schedule, each.sort.value) for each in program.columns
        ),
        feeds=tuple(_feed(each) for each in program.feeds),
        states=tuple(StateField(each.name, each.sort.value) for each in program.states),
        tables=tuple(TableField(each.name, each.schedule) for each in program.tables),
        clauses=tuple(_clause(clause) for clause in program.clauses),
        requirements=tuple(each.message for each in requirements(program)),
        postings=_most_postings(program),
        perpetual=program.perpetual,
        issues=_issued(program),
        listable=why_not_listable(program) is None,
        collateral=tuple(CollateralField(each.party, each.asset) for each in program.collateral),
        liquidation=_liquidation(program),
        risk=risk is not None,
        marking=PAYOFF_STRESS if risk is None else risk.marking,
        margin_assets=margin_assets(program),
        inputs=() if risk is None else _inputs(risk),
        greeks=() if risk is None else tuple(risk.greeks),
    )


def _issued(program: Program) -> tuple[int, ...]:
    """The assets that pass through the issuance account."""
    if ISSUANCE not in program.parties:
        return ()
    issuance = program.parties.index(ISSUANCE)
    actions = (action for clause in program.clauses for action in actions_of(clause))
    moved = [a for a in actions if isinstance(a, Transfer) and issuance in (a.payer, a.payee)]
    return tuple(sorted({transfer.asset for transfer in moved}))


def _most_postings(program: Program) -> int:
    most = most_transfers(program)
    if most > POSTINGS_MAX:
        raise TooManyPostings(program.name, most)
    return most


def _feed(slot: FeedSlot) -> FeedField:
    rules = slot.rules
    return FeedField(
        slot.kind,
        slot.assets,
        slot.name,
        slot.sort.value,
        slot.aspect.value,
        rules.patience,
        rules.staleness,
        rules.lowest,
        rules.highest,
    )


def _clause(clause: Clause) -> ClauseField:
    match clause:
        case Timed(schedule=schedule, group=group, source=source):
            return ClauseField("timed", group.value, source, schedule, (), False, None)
        case Watch(feeds=feeds, repeats=repeats, group=group, source=source):
            return ClauseField("watch", group.value, source, None, feeds, repeats, None)
        case Choice(schedule=schedule, source=source):
            amounts = tuple(AmountField(each.name, each.asset) for each in clause.amounts)
            choice = ChoiceField(
                clause.party,
                clause.name,
                clause.any_time,
                clause.opens,
                amounts,
                clause.repeats,
                clause.fails,
            )
            last = group_of(clause).value
            return ClauseField("choice", last, source, schedule, (), False, choice)
        case _:
            assert_never(clause)


def _liquidation(program: Program) -> tuple[LiquidationField, ...]:
    return tuple(
        LiquidationField(
            each.party,
            each.auction_from,
            each.auction_to,
            each.auction_nanoseconds,
            each.penalty,
            each.shortfall,
        )
        for each in program.liquidation
    )


def _inputs(risk: RiskFormulas) -> tuple[InputField, ...]:
    used = inputs(*formulas_of(risk))
    return tuple(InputField(each.source.value, each.slot, each.name) for each in used)
