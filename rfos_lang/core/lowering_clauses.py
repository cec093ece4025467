"""Clauses and rules: who pays whom, what, and when, as guarded actions."""

from dataclasses import field
from typing import assert_never

from rfos_lang.base.records import dataclass
from rfos_lang.core import program as core
from rfos_lang.core.draft import (
    Draft,
    Life,
    Scope,
    Unknown,
    asset_slot,
    declared_state,
    feed_slot,
    key,
    schedule_slot,
    sort_of,
    state_slot,
)
from rfos_lang.core.lowered import occurrence_name
from rfos_lang.core.lowering_expressions import lower_expression
from rfos_lang.core.program import FALSE, TRUE, Binary, Group, Sort, Unary
from rfos_lang.core.simplification import apply, combine, select
from rfos_lang.core.walk import feeds_in
from rfos_lang.semantics.causality import moment
from rfos_lang.semantics.definition import (
    Assignment,
    AtClause,
    AtEachClause,
    ChoiceClause,
    Clause,
    CollateralRule,
    Ending,
    Expression,
    If,
    LetOnce,
    LiquidationRule,
    Payment,
    Record,
    Requirement,
    Statement,
    Variable,
    WhenClause,
    WhenEachClause,
)
from rfos_lang.semantics.functions import field_of

# --- clauses -------------------------------------------------------------------------------------


def lower_clause(draft: Draft, clause: Clause) -> core.Clause:
    """A clause of the definition. Raises Unknown, with a diagnostic in the draft."""
    source, life = _source(draft, clause), _life(draft, clause)
    match clause:
        case AtClause(instant=instant, body=body):
            slot = schedule_slot(draft, instant, ())
            own = frozenset({key(draft, instant)})
            scope = Scope(slot, reader=slot, own=own, life=life)
            return core.Timed(
                slot,
                lower_body(draft, body, scope),
                source=source,
                lives=life.lives,
                stage=life.stage,
            )
        case AtEachClause(variable=variable, schedule=schedule, body=body):
            scope = _along(draft, variable, schedule, life)
            assert scope.schedule is not None
            actions = lower_body(draft, body, scope)
            return core.Timed(
                scope.schedule, actions, source=source, lives=life.lives, stage=life.stage
            )
        case WhenClause(schedule=None):
            return _watch(draft, clause, source, life)
        case WhenClause(schedule=schedule):
            assert schedule is not None
            return _when_on(draft, clause, schedule, source, life)
        case WhenEachClause():
            return _when_each(draft, clause, source, life)
        case ChoiceClause():
            return _choice(draft, clause, source, life)
        case _:
            assert_never(clause)


def _source(draft: Draft, clause: Clause) -> tuple[int, int] | None:
    """The place of a clause in the text of its contract."""
    own = clause.span.source == draft.definition.span.source
    return (clause.span.start, clause.span.end) if own else None


def _life(draft: Draft, clause: Clause) -> Life:
    """By what a clause lives, and the stage at which it has its turn."""
    lives = None if clause.lives is None else declared_state(draft, clause.lives)
    return Life(lives, clause.stage)


def _along(draft: Draft, variable: Variable, schedule: Expression, life: Life) -> Scope:
    """The scope of a clause that fires for each date or period, a period at its end."""
    slot = schedule_slot(draft, schedule, (), variable=variable.name)
    own = frozenset({key(draft, moment(variable))})
    within = frozenset({variable.name, occurrence_name(slot)})
    return Scope(slot, within, slot, own, life=life)


def _watch(
    draft: Draft, clause: WhenClause, source: tuple[int, int] | None, life: Life
) -> core.Watch:
    scope = Scope(life=life)
    condition = lower_expression(draft, clause.condition, scope)
    feeds = feeds_in(condition)
    if not feeds:
        raise draft.refuse("E0420", clause.condition.span)
    actions = lower_body(draft, clause.body, scope)
    return core.Watch(feeds, condition, actions, source=source, lives=life.lives, stage=life.stage)


def _when_each(
    draft: Draft, clause: WhenEachClause, source: tuple[int, int] | None, life: Life
) -> core.Watch:
    """At each observation of a feed. The fields of a stream's records are feeds of their own that
    move together, and are known at that very instant only."""
    stream, fields = clause.stream, [clause.stream]
    if isinstance(stream.type, Record):
        fields = [field_of(stream, name, stream.span) for name, _ in stream.type.fields]
    feeds = tuple(sorted(feed_slot(draft, field, ()) for field in fields))
    actions = lower_body(draft, clause.body, Scope(life=life))
    return core.Watch(
        feeds, TRUE, actions, repeats=True, source=source, lives=life.lives, stage=life.stage
    )


def _when_on(
    draft: Draft,
    clause: WhenClause,
    schedule: Expression,
    source: tuple[int, int] | None,
    life: Life,
) -> core.Timed:
    """`when c on days`: at the first of the days at which it holds, and then no more."""
    slot = schedule_slot(draft, schedule, ())
    scope = Scope(slot, reader=slot, life=life)
    name = f"when {len(draft.states)} has fired"
    done = state_slot(draft, ("fired", len(draft.states)), name, Sort.TRUTH, FALSE)
    block = Block(draft, scope)
    condition = lower_expression(draft, clause.condition, scope)
    holds = block.bind(select(done, FALSE, condition))
    block.actions.append(core.Assign(done.slot, TRUE, guard=holds))
    block.run(clause.body, holds)
    actions = tuple(block.actions)
    return core.Timed(
        slot, actions, group=Group.WHEN, source=source, lives=life.lives, stage=life.stage
    )


def _choice(
    draft: Draft, clause: ChoiceClause, source: tuple[int, int] | None, life: Life
) -> core.Choice:
    at_deadline, at_will = _choice_scopes(draft, clause, life)
    amounts = tuple(
        core.Amount(each.name, asset_slot(draft, each.asset, ())) for each in clause.amounts
    )
    draft.locals |= {amount.name: local for local, amount in enumerate(amounts)}
    default: core.Expression = FALSE
    if clause.default is not None:
        default = lower_expression(draft, clause.default, at_deadline)
    return core.Choice(
        party=draft.definition.parties.index(clause.party),
        name=clause.name,
        schedule=at_deadline.schedule,
        any_time=clause.until is not None or at_deadline.schedule is None,
        default=default,
        actions=lower_body(draft, clause.body, at_will, given=len(amounts)),
        otherwise=lower_body(draft, clause.otherwise, at_deadline),
        opens=None if clause.opens is None else schedule_slot(draft, clause.opens, ()),
        source=source,
        amounts=amounts,
        repeats=clause.repeats,
        fails=clause.fails,
        lives=life.lives,
        stage=life.stage,
    )


def _choice_scopes(draft: Draft, clause: ChoiceClause, life: Life) -> tuple[Scope, Scope]:
    """The scopes of what happens at the deadline, and of what happens when the choice is taken."""
    match clause:
        case ChoiceClause(each=(variable, schedule)):
            scope = _along(draft, variable, schedule, life)
            return scope, scope
        case ChoiceClause(until=until) if until is not None:
            slot = schedule_slot(draft, until, ())
            opens = None if clause.opens is None else schedule_slot(draft, clause.opens, ())
            own = frozenset({key(draft, until)})
            at_will = Scope(slot, reader=opens, life=life)
            return Scope(slot, reader=slot, own=own, life=life), at_will
        case ChoiceClause(at=None):
            return Scope(life=life), Scope(life=life)
        case ChoiceClause(at=at):
            assert at is not None
            slot = schedule_slot(draft, at, ())
            own = frozenset({key(draft, at)})
            scope = Scope(slot, reader=slot, own=own, life=life)
            return scope, scope


# --- statements ----------------------------------------------------------------------------------


def lower_body(
    draft: Draft, body: tuple[Statement, ...], scope: Scope, given: int = 0
) -> tuple[core.Action, ...]:
    """The actions of a block, the first `given` locals of which a chooser gives. What is wrong is
    reported, all of it, and then raised."""
    block = Block(draft, scope, bound=given)
    block.run(body, TRUE)
    return tuple(block.actions)


@dataclass(slots=True)
class Block:
    """The actions of one clause while they are made; locals are counted through the clause."""

    draft: Draft
    scope: Scope
    actions: list[core.Action] = field(default_factory=list)
    bound: int = 0

    def run(self, body: tuple[Statement, ...], guard: core.Expression) -> None:
        """Appends the actions of statements that run if the guard holds."""
        wrong: list[Unknown] = []
        for statement in body:
            try:
                self.statement(statement, guard)
            except Unknown as unknown:
                wrong.append(unknown)
        if wrong:
            raise wrong[0]

    def statement(self, statement: Statement, guard: core.Expression) -> None:
        match statement:
            case LetOnce(name=name, value=value):
                local = self.bind(self.guarded(guard, value))
                self.draft.locals[name] = local.slot
            case Assignment(state=state, value=value):
                slot = declared_state(self.draft, state)
                self.actions.append(core.Assign(slot, self.value(value), guard))
            case Payment():
                self.actions.append(self.transfer(statement, guard))
            case If():
                self.branch(statement, guard)
            case Ending() if self.scope.life.lives is not None:
                self.actions.append(core.Assign(self.scope.life.lives, FALSE, guard))
            case Ending():
                self.actions.append(core.End(guard))
            case Requirement(condition=condition, message=message):
                self.actions.append(core.Require(self.value(condition), message, guard))
            case _:
                assert_never(statement)

    def branch(self, statement: If, guard: core.Expression) -> None:
        """Both arms under guards; the condition is looked at once, before either runs."""
        holds = self.bind(self.guarded(guard, statement.condition))
        self.run(statement.chosen, holds)
        fails = combine(Binary.AND, guard, apply(Unary.NOT, holds))
        self.run(statement.otherwise, fails)

    def guarded(self, guard: core.Expression, value: Expression) -> core.Expression:
        """The value where the guard holds; where it does not, nothing that could trap."""
        return select(guard, self.value(value), core.Constant(0, sort_of(value.type)))

    def bind(self, value: core.Expression) -> core.Local:
        local = core.Local(self.bound)
        self.actions.append(core.Bind(self.bound, value))
        self.bound += 1
        return local

    def transfer(self, payment: Payment, guard: core.Expression) -> core.Transfer:
        parties = self.draft.definition.parties
        return core.Transfer(
            payer=parties.index(payment.payer),
            payee=parties.index(payment.payee),
            asset=asset_slot(self.draft, payment.asset, self.scope.elements),
            amount=self.value(payment.amount),
            net=payment.net,
            due=None if payment.on is None else self.value(payment.on),
            label=payment.label,
            guard=guard,
            source=(payment.span.start, payment.span.end),
        )

    def value(self, expression: Expression) -> core.Expression:
        return lower_expression(self.draft, expression, self.scope)


# --- rules ---------------------------------------------------------------------------------------


def lower_collateral(draft: Draft, rule: CollateralRule) -> core.Collateral:
    """What a party must hold on top of its exposure."""
    return core.Collateral(
        party=draft.definition.parties.index(rule.party),
        asset=asset_slot(draft, rule.asset, ()),
        maintenance=lower_expression(draft, rule.maintenance, Scope()),
        initial=lower_expression(draft, rule.initial, Scope()),
        exposure=None if rule.exposure is None else lower_expression(draft, rule.exposure, Scope()),
    )


def lower_liquidation(draft: Draft, rule: LiquidationRule) -> core.Liquidation:
    """What happens when a party holds too little."""
    return core.Liquidation(
        party=draft.definition.parties.index(rule.party),
        trigger=lower_expression(draft, rule.when, Scope()),
        restore=lower_expression(draft, rule.restore, Scope()),
        auction_from=rule.auction_from,
        auction_to=rule.auction_to,
        auction_nanoseconds=rule.auction_nanoseconds,
        penalty=rule.penalty,
        shortfall=rule.shortfall,
    )
