"""A program taken apart into contracts that have nothing to do with each other.

Two clauses belong together if one changes a state or a table that the other one reads or changes,
or if one of them ends the whole. What belongs to nothing else can be valued, and bounded, by
itself: a contract is worth the sum of its components, and owes at most the sum of what they owe.
"""

from collections.abc import Iterator
from dataclasses import replace

from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import Standing, actions_of
from rfos_lang.core.program import (
    FALSE,
    TRUE,
    Action,
    Assign,
    Choice,
    Clause,
    End,
    Program,
    State,
    Store,
    Stored,
)
from rfos_lang.core.walk import conditions_of, expressions_of, within

Place = tuple[str, int]
"""A state or a table, by its slot."""


@dataclass(frozen=True, slots=True)
class Component:
    """Some of the clauses of a program, as a program with the same slots.

    `clauses` are their places in the whole. `lives` is the state that says whether the component is
    alive, if it is one contract within the contract: then its `program` ends where that state
    becomes false. None if it lives as long as the whole.
    """

    program: Program
    clauses: tuple[int, ...]
    lives: int | None

    def standing(self, whole: Standing) -> Standing:
        """Where the component stands."""
        dead = self.lives is not None and not whole.states[self.lives]
        progress = tuple(whole.progress[index] for index in self.clauses)
        return replace(whole, ended=whole.ended or dead, progress=progress)


def components(program: Program) -> tuple[Component, ...]:
    """The components of a program, in the order of their first clauses."""
    return tuple(_component(program, members) for members in _together(program))


def _together(program: Program) -> list[tuple[int, ...]]:
    """The clauses that belong together, by their places."""
    changed = [set(_changed(clause)) for clause in program.clauses]
    touched = [
        set(_read(clause)) | own for clause, own in zip(program.clauses, changed, strict=True)
    ]
    if any(isinstance(a, End) for clause in program.clauses for a in actions_of(clause)):
        return [tuple(range(len(program.clauses)))]
    groups: list[tuple[set[int], set[Place], set[Place]]] = []
    for index, (changes, touches) in enumerate(zip(changed, touched, strict=True)):
        members, all_changed, all_touched = {index}, set(changes), set(touches)
        apart = []
        for group in groups:
            if group[1].isdisjoint(touches) and group[2].isdisjoint(changes):
                apart.append(group)
            else:
                members |= group[0]
                all_changed |= group[1]
                all_touched |= group[2]
        groups = [*apart, (members, all_changed, all_touched)]
    return sorted(tuple(sorted(members)) for members, _, _ in groups)


def _changed(clause: Clause) -> Iterator[Place]:
    for action in actions_of(clause):
        match action:
            case Assign(state=state):
                yield "state", state
            case Store(table=table):
                yield "table", table


def _read(clause: Clause) -> Iterator[Place]:
    if clause.lives is not None:
        yield "state", clause.lives
    inside = (part for action in actions_of(clause) for part in expressions_of(action))
    for node in within(*conditions_of(clause), *inside):
        match node:
            case State(slot=slot):
                yield "state", slot
            case Stored(table=table):
                yield "table", table


def _component(program: Program, members: tuple[int, ...]) -> Component:
    clauses = tuple(program.clauses[index] for index in members)
    lives = _only_life(program, clauses)
    if lives is not None:
        clauses = tuple(_ending(clause, lives) for clause in clauses)
    return Component(replace(program, clauses=clauses), members, lives)


def _only_life(program: Program, clauses: tuple[Clause, ...]) -> int | None:
    """The state that all clauses live by, if it is true at the start and afterwards only ever
    becomes false."""
    lives = clauses[0].lives
    if lives is None or any(clause.lives != lives for clause in clauses):
        return None
    if program.states[lives].initial is not TRUE:
        return None
    assigned = (a for clause in clauses for a in actions_of(clause) if isinstance(a, Assign))
    return lives if all(a.value is FALSE for a in assigned if a.state == lives) else None


def _ending(clause: Clause, lives: int) -> Clause:
    """The clause with its own end as an end of the whole."""
    actions = tuple(_as_end(action, lives) for action in clause.actions)
    if not isinstance(clause, Choice):
        return replace(clause, actions=actions, lives=None)
    otherwise = tuple(_as_end(action, lives) for action in clause.otherwise)
    return replace(clause, actions=actions, otherwise=otherwise, lives=None)


def _as_end(action: Action, lives: int) -> Action:
    match action:
        case Assign(state=state, guard=guard) if state == lives:
            return End(guard)
        case _:
            return action
