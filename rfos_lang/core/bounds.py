"""What is known of the work that an instance makes, whatever happens: payments at one instant, and
dated payments that wait."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import schedule_of
from rfos_lang.core.program import (
    FALSE,
    TRUE,
    Action,
    Apply,
    Binary,
    Bind,
    Choice,
    Clause,
    Column,
    Combine,
    Expression,
    Local,
    Program,
    Select,
    Term,
    Terms,
    Timed,
    Transfer,
    Unary,
    Watch,
)

Guard = tuple[Expression, ...]
"""What must hold, all of it."""

Span = tuple[int, int | None]
"""From when to when a payment may wait; None: for ever."""


@dataclass(frozen=True, slots=True)
class _Wait:
    """A dated payment that may wait; `cause`: the clause and its occurrence."""

    cause: tuple[int, int]
    since: int
    until: int | None
    guard: Guard


def most_transfers(program: Program) -> int:
    """No instant makes more payments: every clause may fire, a choice by its actions or by its
    `otherwise`, an `if` by one of its arms."""
    return sum(_most_of(clause) for clause in program.clauses)


def _most_of(clause: Clause) -> int:
    return max(map(_most, _bodies(clause)))


def _bodies(clause: Clause) -> tuple[tuple[Action, ...], ...]:
    """The actions of which a clause runs one or the other."""
    if isinstance(clause, Choice):
        return clause.actions, clause.otherwise
    return (clause.actions,)


def _most(actions: Sequence[Action]) -> int:
    guards = (action.guard for action in actions if isinstance(action, Transfer))
    within = _within(actions)
    return _together([tuple(_parts(guard, within)) for guard in guards])


def _within(actions: Sequence[Action]) -> dict[Expression, Expression]:
    """Of each condition that is looked at only where another holds, that other one."""
    found: dict[Expression, Expression] = {}
    for action in actions:
        match action:
            case Bind(local=local, value=Select(condition=outer, otherwise=otherwise)):
                if otherwise is FALSE:
                    found[Local(local)] = outer
            case _:
                pass
    return found


def _together(guards: list[Guard]) -> int:
    """How many of these guards hold at once at most, each the parts that must hold. A local is
    bound once in a clause, so that it and its opposite never both hold; what else is read may
    change between two payments, and so excludes nothing."""
    plain = 0
    arms: dict[Expression, tuple[list[Guard], list[Guard]]] = defaultdict(lambda: ([], []))
    for guard in guards:
        first, rest = guard[0] if guard else TRUE, guard[1:]
        match first:
            case Local():
                arms[first][0].append(rest)
            case Apply(operator=Unary.NOT, operand=Local() as local):
                arms[local][1].append(rest)
            case _:
                plain += 1
    return plain + sum(max(map(_together, both)) for both in arms.values())


def _parts(guard: Expression, within: Mapping[Expression, Expression]) -> Iterator[Expression]:
    """What holds where a guard does, the outermost first, each once."""
    match guard:
        case Combine(operator=Binary.AND, left=left, right=right):
            yield from dict.fromkeys((*_parts(left, within), *_parts(right, within)))
        case Local() if guard in within:
            yield from dict.fromkeys((*_parts(within[guard], within), guard))
        case _:
            yield guard


def most_pending(program: Program, terms: Terms) -> int | None:
    """No more dated payments wait at once, counted for one lot; None if there is no bound, because
    a clause that owes one may fire again and again."""
    waits: list[_Wait] = []
    for place, clause in enumerate(program.clauses):
        owes_later = any(_is_dated(action) for body in _bodies(clause) for action in body)
        again = not isinstance(clause, Timed) and clause.repeats
        if owes_later and (again or (program.perpetual and not isinstance(clause, Watch))):
            return None
        if owes_later:
            waits += (w for body in _bodies(clause) for w in _dated(place, clause, body, terms))
    most, waiting = 0, list[_Wait]()
    for since, begun in groupby(sorted(waits, key=_since), key=_since):
        waiting = [each for each in waiting if each.until is None or since < each.until]
        waiting += [each for each in begun if each.until is None or since < each.until]
        most = max(most, _at_once(waiting))
    return most


def _since(wait: _Wait) -> int:
    return wait.since


def _at_once(waits: Sequence[_Wait]) -> int:
    """How many of these there are; of what one occurrence owes, those that go together."""
    causes: dict[tuple[int, int], list[Guard]] = defaultdict(list)
    for wait in waits:
        causes[wait.cause].append(wait.guard)
    return sum(map(_together, causes.values()))


def _is_dated(action: Action) -> bool:
    return isinstance(action, Transfer) and action.due is not None


def _dated(
    place: int, clause: Clause, actions: tuple[Action, ...], terms: Terms
) -> Iterator[_Wait]:
    """The dated payments of a body."""
    within = _within(actions)
    for action in actions:
        if isinstance(action, Transfer) and action.due is not None:
            guard = tuple(_parts(action.guard, within))
            for occurrence, (since, until) in enumerate(_spans(clause, action.due, terms)):
                yield _Wait((place, occurrence), since, until, guard)


def _spans(clause: Clause, due: Expression, terms: Terms) -> Iterator[Span]:
    """From when to when each payment of a clause may wait."""
    dates = schedule_of(clause, terms)
    if isinstance(clause, Watch) or (isinstance(clause, Choice) and clause.any_time):
        yield terms.start, _date(due, terms, len(dates) - 1)
        return
    for occurrence, instant in enumerate(dates):
        yield instant, _date(due, terms, occurrence)


def _date(due: Expression, terms: Terms, occurrence: int) -> int | None:
    """When a payment falls due at the latest; None if that is not a date of the terms."""
    match due:
        case Term(slot=slot):
            return terms.terms[slot]
        case Column(slot=slot) if occurrence >= 0:
            return terms.columns[slot][occurrence]
        case _:
            return None
