"""The instants at which anything can happen to an instance, one after another.

Dated instants are known. Between two of them prices may be observed and choices taken at any time;
of all these instants only those matter at which a watch fires, a choice is taken or a running
extreme moves, and there are no more of them than `_reactions` says. So a finite row of moments
stands for every path.
"""

from bisect import bisect_right
from itertools import chain, pairwise

from rfos_lang.base.instant import DAY
from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import actions_of, schedule_of
from rfos_lang.core.program import (
    TRUE,
    Assign,
    Binary,
    Choice,
    Combine,
    End,
    Program,
    Select,
    State,
    Terms,
    Transfer,
    Watch,
)
from rfos_lang.core.walk import conditions_of, expressions_of, operands, within


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant; one that is not `dated` need not happen."""

    instant: int
    dated: bool


def moments(program: Program, terms: Terms) -> tuple[Moment, ...]:
    """Every dated instant from the start on, with as many in between as can matter; of dates that
    go on without end, those until each rule has come twice."""
    between = _reactions(program)
    found: list[Moment] = []
    dated = _dated(program, terms)
    for earlier, later in pairwise(dated):
        found.append(Moment(earlier, True))
        found += _spread(earlier, later, between)
    found.append(Moment(dated[-1], True))
    if program.perpetual and not goes_on(program, terms):
        found += _spread(dated[-1], dated[-1] + 30 * DAY, between)
    return tuple(found)


def _dated(program: Program, terms: Terms) -> list[int]:
    opening = (
        terms.schedules[clause.opens][0]
        for clause in program.clauses
        if isinstance(clause, Choice) and clause.opens is not None and terms.schedules[clause.opens]
    )
    falling_due = [schedule_of(clause, terms) for clause in program.clauses]
    if goes_on(program, terms):
        rules = [dates for dates in terms.schedules if isinstance(dates, range) and dates]
        twice = max((dates[:2][-1] for dates in rules), default=terms.start)
        falling_due = [dates[: bisect_right(dates, twice)] for dates in falling_due]
    return sorted({terms.start, *opening, *chain.from_iterable(falling_due)})


def goes_on(program: Program, terms: Terms) -> bool:
    """Whether a rule makes dates that never end, as `every(8h)` in a perpetual contract."""
    return program.perpetual and any(isinstance(dates, range) for dates in terms.schedules)


def _reactions(program: Program) -> int:
    """How many instants between two dates can matter: one for each watch that fires once, each
    choice at any time, and each state that a repeating watch moves."""
    count = 0
    for clause in program.clauses:
        match clause:
            case Watch(repeats=False):
                count += 1
            case Watch():
                count += len({a.state for a in actions_of(clause) if isinstance(a, Assign)})
            case Choice(any_time=True):
                count += 1
            case _:
                pass
    return count


def _spread(earlier: int, later: int, count: int) -> list[Moment]:
    """Moments at equal distances strictly between two instants, on whole days where there is room,
    as many as there is room for."""
    count = min(count, later - earlier - 1)
    grid = DAY if later - earlier > (count + 1) * DAY else 1
    length = (later - earlier) // (count + 1) // grid * grid
    return [Moment(earlier + length * (k + 1), False) for k in range(count)]


# --- what cannot be unrolled ---------------------------------------------------------------------


def endless(program: Program) -> str | None:
    """Why the moments do not stand for every path; None if they do.

    What a watch that repeats does over and over must come to the same as doing it once or twice: a
    running extreme, a truth that once held. A running sum does not.
    """
    for clause in program.clauses:
        if isinstance(clause, Choice) and clause.repeats and clause.any_time and not _ends(clause):
            return f"{program.parties[clause.party]} may {clause.name} again and again"
        if not (isinstance(clause, Watch) and clause.repeats):
            continue
        for action in clause.actions:
            if isinstance(action, Transfer):
                return "a payment may be made at every observation"
            if isinstance(action, Assign) and not _settles(program, action):
                return f"{program.states[action.state].name} moves at every observation"
    return None


def _ends(choice: Choice) -> bool:
    """Whether a choice ends the contract, so that it is made once at most."""
    return any(isinstance(action, End) and action.guard is TRUE for action in choice.actions)


def _settles(program: Program, assign: Assign) -> bool:
    """Whether doing an assignment over and over leads nowhere that a few times do not."""
    old = State(assign.state)
    match assign.value:
        case Combine(operator=operator, left=left) if left is old and operator in _EXTREME:
            return True
        case Select(otherwise=Combine(operator=operator, left=left)) if left is old:
            return operator in _EXTREME
        case Combine(operator=Binary.ADD, left=left) if left is old:
            return not _read_at_length(program, old)
        case value:
            return old not in within(value)


_EXTREME = (Binary.MINIMUM, Binary.MAXIMUM, Binary.AND, Binary.OR)


def _read_at_length(program: Program, state: State) -> bool:
    """Whether anything depends on a counter but for its being at a certain number."""
    expressions = [
        part
        for clause in program.clauses
        for part in (
            *conditions_of(clause),
            *(
                each
                for action in actions_of(clause)
                if not (isinstance(action, Assign) and action.state == state.slot)
                for each in expressions_of(action)
            ),
        )
    ]
    return any(
        state in operands(node)
        and not (isinstance(node, Combine) and node.operator is Binary.EQUAL)
        for node in (*within(*expressions),)
    ) or any(part is state for part in expressions)
