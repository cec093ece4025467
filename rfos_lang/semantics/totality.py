"""A contract ends, or says `perpetual`; and every clause of it can be reached."""

from itertools import pairwise

from rfos_lang.base.diagnostic import Related, insertion
from rfos_lang.semantics.causality import Calendar, Order, key, order
from rfos_lang.semantics.definition import (
    AtClause,
    ChoiceClause,
    Clause,
    Definition,
    Ending,
    Expression,
    If,
    Statement,
    WhenClause,
    WhenEachClause,
)
from rfos_lang.semantics.scope import Checking
from rfos_lang.semantics.walk import bodies_of, children, ordered
from rfos_lang.syntax import tree

DEPTH_MAX = 200
"""How deep an expression may be once `let`s are written out."""

ENDINGS_MAX = 8
"""So many clauses that end the contract are looked behind for what cannot be reached."""

SIZE_MAX = 100_000
"""How large a contract may be once `let`s are written out, shared parts counted at each use."""


def check_ending(checking: Checking, definition: Definition, name: tree.Name) -> None:
    """Reports a contract that has nothing to do, or that waits with no date to end it."""
    if definition.perpetual:
        return
    if not definition.clauses:
        checking.report("W0906", name.span, name=definition.name)
    elif not any(map(_is_dated, definition.clauses)):
        related = tuple(Related(c.span, "this waits for ever") for c in definition.clauses[:1])
        fix = insertion("call it perpetual", checking.source, definition.span.start, "perpetual ")
        checking.report("E0410", name.span, related=related, fixes=(fix,), name=definition.name)


def _is_dated(clause: Clause) -> bool:
    """Whether a clause has an instant after which it is done."""
    match clause:
        case WhenClause() | WhenEachClause():
            return False
        case ChoiceClause(until=until, at=at, each=each):
            return not (until is None and at is None and each is None)
        case _:
            return True


# --- reachability --------------------------------------------------------------------------------


def check_reachable(checking: Checking, definition: Definition) -> None:
    """Warns of statements after an `end`, and of clauses after a date that ends the contract."""
    nothing = Calendar({}, frozenset())
    dated = [clause for clause in definition.clauses if isinstance(clause, AtClause)]
    ending = [each for each in enumerate(dated) if always_ends(each[1].body)]
    for index, last in ending[:ENDINGS_MAX]:
        for position, clause in enumerate(dated):
            same = position > index and key(clause.instant) == key(last.instant)
            if same or order(nothing, clause.instant, last.instant) is Order.AFTER:
                related = (Related(last.span, "the contract has ended by then"),)
                checking.report("W0904", clause.span, related=related)
    for each in definition.clauses:
        for body in bodies_of(each):
            _check_body(checking, body)


def always_ends(body: tuple[Statement, ...]) -> bool:
    """Whether the body ends the contract on every way through it."""
    return any(
        isinstance(statement, Ending)
        or (
            isinstance(statement, If)
            and always_ends(statement.chosen)
            and always_ends(statement.otherwise)
        )
        for statement in body
    )


def _check_body(checking: Checking, body: tuple[Statement, ...]) -> None:
    for statement, following in pairwise(body):
        if always_ends((statement,)):
            related = (Related(statement.span, "the contract ends here"),)
            checking.report("W0903", following.span, related=related)
            break
    for statement in body:
        if isinstance(statement, If):
            _check_body(checking, statement.chosen)
            _check_body(checking, statement.otherwise)


# --- bounds on size ------------------------------------------------------------------------------


def check_size(checking: Checking, roots: list[Expression], name: tree.Name) -> bool:
    """Whether the written-out contract stays within bounds; reports E0411, E0412 if not."""
    measured: dict[int, tuple[int, int]] = {}
    for node in ordered(*roots):
        parts = [measured[id(part)] for part in children(node)]
        depth = 1 + max((depth for depth, _ in parts), default=0)
        measured[id(node)] = (depth, 1 + sum(size for _, size in parts))
    depths = max((measured[id(root)][0] for root in roots), default=0)
    if depths > DEPTH_MAX:
        checking.report("E0411", name.span, limit=DEPTH_MAX)
    sizes = sum(measured[id(root)][1] for root in roots)
    if sizes > SIZE_MAX:
        checking.report("E0412", name.span, name=name.text, limit=SIZE_MAX)
    return depths <= DEPTH_MAX and sizes <= SIZE_MAX
