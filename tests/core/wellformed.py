"""Whether a program is one: every slot exists, every expression has the sort its place wants."""

from collections.abc import Callable

from rfos_lang.core import program as core
from rfos_lang.core.program import Binary, Sort, Unary
from rfos_lang.core.walk import within

_COMPARISONS = (Binary.LESS, Binary.LESS_OR_EQUAL, Binary.EQUAL)
_JUNCTIONS = (Binary.AND, Binary.OR)


def check_program(program: core.Program) -> None:
    """Fails on the first thing that is not well formed."""
    for column in program.columns:
        assert column.schedule < len(program.schedules)
    for table in program.tables:
        assert table.schedule < len(program.schedules)
    for feed in program.feeds:
        assert all(asset < len(program.assets) for asset in feed.assets)
    for state in program.states:
        assert sort_of(program, state.initial, None, {}) is state.sort
    for requirement in program.requires:
        assert sort_of(program, requirement.condition, None, {}) is Sort.TRUTH
    for clause in program.clauses:
        check_clause(program, clause)


def check_clause(program: core.Program, clause: core.Clause) -> None:
    if clause.lives is not None:
        assert program.states[clause.lives].sort is Sort.TRUTH
    match clause:
        case core.Timed(schedule=schedule, actions=actions):
            assert schedule < len(program.schedules)
            check_actions(program, actions, schedule)
        case core.Watch(feeds=feeds, condition=condition, actions=actions):
            assert feeds and all(feed < len(program.feeds) for feed in feeds)
            assert sort_of(program, condition, None, {}) is Sort.TRUTH
            check_actions(program, actions, None)
        case core.Choice(schedule=schedule, opens=opens, default=default):
            assert max(schedule or 0, opens or 0) < len(program.schedules) or schedule is None
            assert clause.party < len(program.parties)
            assert sort_of(program, default, schedule, {}) is Sort.TRUTH
            assert not clause.amounts or default is core.FALSE
            assert schedule is not None or (clause.any_time and clause.repeats)
            check_actions(program, clause.actions, schedule, len(clause.amounts))
            check_actions(program, clause.otherwise, schedule)


def check_actions(
    program: core.Program,
    actions: tuple[core.Action, ...],
    schedule: int | None,
    given: int = 0,
) -> None:
    bound: dict[int, Sort] = dict.fromkeys(range(given), Sort.NUMBER)

    def sort(expression: core.Expression) -> Sort:
        return sort_of(program, expression, schedule, bound)

    for action in actions:
        match action:
            case core.Bind(local=local, value=value):
                bound[local] = sort(value)
            case core.Assign(state=state, value=value, guard=guard):
                assert sort(value) is program.states[state].sort
                assert sort(guard) is Sort.TRUTH
            case core.Store(table=table, value=value):
                sort(value)
                assert table < len(program.tables)
            case core.Transfer(amount=amount, due=due, guard=guard):
                assert sort(amount) is Sort.NUMBER
                assert due is None or sort(due) is Sort.INSTANT
                assert sort(guard) is Sort.TRUTH
                assert action.payer != action.payee
                assert max(action.payer, action.payee) < len(program.parties)
                assert action.asset < len(program.assets)
            case core.End(guard=guard):
                assert sort(guard) is Sort.TRUTH
            case core.Require(condition=condition, guard=guard):
                assert sort(condition) is sort(guard) is Sort.TRUTH


def sort_of(
    program: core.Program,
    expression: core.Expression,
    schedule: int | None,
    bound: dict[int, Sort],
) -> Sort:
    """The sort of a well-formed expression; a shared part is looked at once."""
    known: dict[core.Expression, Sort] = {}

    def sort(part: core.Expression) -> Sort:
        if part not in known:
            known[part] = _sort(program, part, schedule, bound, sort)
        return known[part]

    return sort(expression)


def _sort(
    program: core.Program,
    expression: core.Expression,
    schedule: int | None,
    bound: dict[int, Sort],
    sort: Callable[[core.Expression], Sort],
) -> Sort:
    match expression:
        case core.Constant(sort=own):
            return own
        case core.Term(slot=slot):
            return program.terms[slot].sort
        case core.Column(slot=slot):
            assert program.columns[slot].schedule == schedule
            return program.columns[slot].sort
        case core.Feed(slot=slot):
            return program.feeds[slot].sort
        case core.State(slot=slot):
            return program.states[slot].sort
        case core.Stored(table=table, offset=offset):
            assert offset == 0 and program.tables[table].schedule == schedule
            return Sort.NUMBER
        case core.Local(slot=slot):
            return bound[slot]
        case core.Apply(operator=operator, operand=operand):
            wanted = Sort.TRUTH if operator is Unary.NOT else Sort.NUMBER
            assert sort(operand) is wanted
            return wanted
        case core.Power(base=base):
            assert sort(base) is Sort.NUMBER
            return Sort.NUMBER
        case core.Select(condition=condition, chosen=chosen, otherwise=otherwise):
            first, second = sort(chosen), sort(otherwise)
            assert sort(condition) is Sort.TRUTH and first is second
            return first
        case core.Combine(operator=operator, left=left, right=right):
            first, second = sort(left), sort(right)
            assert first is second
            assert (first is Sort.TRUTH) == (operator in _JUNCTIONS)
            assert first is not Sort.INSTANT or operator in (*_COMPARISONS, Binary.ADD)
            return Sort.TRUTH if operator in _COMPARISONS else first
        case core.Backward(schedule=along, since=since, last=last, step=step):
            assert along < len(program.schedules)
            assert sort(since) is Sort.INSTANT and sort(last) is Sort.NUMBER
            assert not any(isinstance(n, core.Backward | core.Stored) for n in within(step))
            carried = _Carrying(bound)
            assert sort_of(program, step, along, carried) is Sort.NUMBER
            return Sort.NUMBER
        case core.Carried():
            assert isinstance(bound, _Carrying)
            return Sort.NUMBER
        case core.Risk():
            raise AssertionError("a risk measure outside a rule")


class _Carrying(dict[int, Sort]):
    """The locals inside the step of a recursion, where there is a value carried."""
