"""`become A(...)`: this contract ends, and another begins at that instant.

The other contract's clauses are there from the beginning, asleep; a hidden state wakes them, and
what falls due before that passes by. A number or truth that is known only at the waking is kept in
a hidden state. A schedule from the date of the clause on, `leg.after(t)`, is the whole schedule, of
which only what begins at that date or later acts. Anything else that is known only then is refused
by name.
"""

from collections.abc import Iterator
from dataclasses import field, replace

from rfos_lang.base.own_accounts import OWN
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.semantics.composition import Part, merge, parts_of, waits_and_ends
from rfos_lang.semantics.definition import (
    Assignment,
    AtEachClause,
    Clause,
    Comprehension,
    Definition,
    Ending,
    Expression,
    Fold,
    If,
    Literal,
    Member,
    Operation,
    Parameter,
    ParameterDeclaration,
    Plain,
    Quantity,
    Requirement,
    Sampled,
    Start,
    StateDeclaration,
    Statement,
    StateRead,
    Type,
    Variable,
    WhenClause,
)
from rfos_lang.semantics.scope import Checking, Merged, Party, Scope, not_yet, outward
from rfos_lang.semantics.walk import (
    bodies_of,
    expressions_of,
    heads_of,
    statements_within,
    unfixed,
    within,
)
from rfos_lang.syntax import tree


@dataclass(frozen=True, slots=True)
class Moment:
    """When a contract becomes another: `now` is the date of the clause, or the variable that walks
    its dates, None for any instant. `refusable`: a `require` may refuse it."""

    now: Expression | None = None
    refusable: bool = False


def become(
    checking: Checking, scope: Scope, moment: Moment, node: tree.Become
) -> tuple[Statement, ...]:
    """The statements that wake the other contract and end this one; none if something is wrong,
    which was reported. The clauses of the other one are added to `checking.successors`."""
    found = (each for around in outward(scope) for each in around.names.items())
    parties = tuple(name for name, meaning in found if isinstance(meaning, Party))
    waking = _Waking(checking, moment, node.span)
    parts = parts_of(checking, scope, checking.contracts, node.contract, parties, waking.passed)
    if parts is None or waking.refused:
        return ()
    wakes = [waking.add(part) for part in parts]
    checking.successors.states += waking.states
    return (*waking.statements, *wakes, Ending(node.span))


@dataclass(slots=True)
class _Waking:
    """What a `become` does, as it is put together. `kept`: the arguments, by identity, that are
    known only now; `cut`: those that are the rest of a schedule."""

    checking: Checking
    moment: Moment
    span: Span
    refused: bool = False
    states: list[StateDeclaration] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    cut: set[int] = field(default_factory=set)

    def refuse(self, span: Span, what: str) -> None:
        not_yet(self.checking, span, what)
        self.refused = True

    # --- arguments

    def passed(
        self, definition: Definition, parameter: ParameterDeclaration, value: Expression
    ) -> Expression | None:
        """What a parameter is in the other contract; None if it cannot be passed now."""
        if unfixed(value) is None and not _walks(value):
            return value
        match value:
            case Operation(name="after", arguments=(whole, at)) if (
                self._is_now(at) and unfixed(whole) is None and not _walks(whole)
            ):
                self.cut.add(id(whole))
                return whole
        if isinstance(value.type, Quantity) or value.type is Plain.TRUTH:
            read = self.remembered(f"{parameter.name} of {definition.name}", value)
            self.kept.add(id(read))
            return read
        name = f"`{parameter.name}` of `{definition.name}`"
        self.refuse(value.span, f"{name} that is known only at the `become`")
        return None

    def _is_now(self, at: Expression) -> bool:
        now = self.moment.now
        return isinstance(now, Variable) and isinstance(at, Variable) and at.name == now.name

    def remembered(self, name: str, value: Expression) -> StateRead:
        """A hidden state that takes a value when the contract becomes the other."""
        own, type, span = self.checking.fresh(name), value.type, value.span
        self.states.append(StateDeclaration(own, type, _nothing(type, span), span))
        self.statements.append(Assignment(own, value, span))
        return StateRead(own, type, span)

    # --- the other contract

    def add(self, part: Part) -> Statement:
        """Adds the clauses of a part, asleep; what wakes them."""
        now, definition = self.moment.now, part.definition
        begin = None if now is None or _walks(now) else now
        cut = {name for name, passed in part.arguments.items() if id(passed) in self.cut}
        kept = {name for name, passed in part.arguments.items() if id(passed) in self.kept}
        self._check(definition, kept, cut, begin is not None)
        found = Merged()
        asleep = Literal(False, Plain.TRUTH, self.span)
        lives = merge(self.checking, part, found, self.checking.source, asleep, begin)
        self._begin(found)
        for requirement in found.requires:
            self._require(definition, requirement)
        clauses = found.clauses
        if cut:
            assert now is not None
            since = self.remembered("the date of becoming", now)
            pairs = zip(definition.clauses, clauses, strict=True)
            clauses = [_since(since, made) if _cuts(own, cut) else made for own, made in pairs]
        successors = self.checking.successors
        successors.requires += [each for each in found.requires if _is_fixed(each)]
        successors.clauses += [replace(each, stage=each.stage + 1) for each in clauses]
        if definition.collateral:
            successors.margined.append(definition.name)
        return Assignment(lives, Literal(True, Plain.TRUTH, self.span), self.span)

    def _begin(self, found: Merged) -> None:
        """The states of the other contract; those whose first value is known only now take it."""
        for state in found.states:
            if unfixed(state.initial) is not None:
                self.statements.append(Assignment(state.name, state.initial, self.span))
                state = replace(state, initial=_nothing(state.type, state.span))
            self.states.append(state)

    def _require(self, definition: Definition, requirement: Requirement) -> None:
        if _is_fixed(requirement):
            return
        if self.moment.refusable:
            self.statements.append(requirement)
        else:
            what = f"a `require` of `{definition.name}` on what is known only at the `become`"
            self.refuse(self.span, what)

    def _check(self, definition: Definition, kept: set[str], cut: set[str], is_dated: bool) -> None:
        """Refuses what would need dates that are known only now."""
        if any(own in definition.parties for own in OWN):
            what = (
                f"a contract with an account of its own, such as `{definition.name}`, in `become`"
            )
            self.refuse(self.span, what)
        if definition.clock.zone != self.checking.clock.zone:
            what = f"`become` of a contract with another time zone, such as `{definition.name}`"
            self.refuse(self.span, what)
        if definition.perpetual and not self.checking.perpetual:
            self.checking.report("E0461", self.span, other=definition.name)
            self.refused = True
        if self.checking.perpetual and waits_and_ends(definition):
            what = f"a contract that waits with `when` and ends, such as `{definition.name}`,"
            self.refuse(self.span, f"{what} in one that never ends")
        for clause in definition.clauses:
            roots = [*heads_of(clause), *_inside(clause)]
            if not is_dated and any(isinstance(each, Start) for each in within(*roots)):
                what = f"`start` in `{definition.name}`, which begins at no date known before"
                self.refuse(self.span, what)
            if _names(kept, *_dates(clause, roots)):
                what = f"a date of `{definition.name}` that is known only at the `become`"
                self.refuse(self.span, what)
            if cut and _asks_more(clause, roots, cut):
                what = f"more of a `leg.after(t)` than to walk it, in `{definition.name}`"
                self.refuse(self.span, what)


def _nothing(type: Type, span: Span) -> Literal:
    return Literal(False if type is Plain.TRUTH else 0, type, span)


def _is_fixed(requirement: Requirement) -> bool:
    return unfixed(requirement.condition) is None


def _walks(expression: Expression) -> bool:
    """Whether it depends on the date or period of a clause."""
    parts = list(within(expression))
    own = {v.name for each in parts if isinstance(each, Comprehension) for v in each.variables}
    return any(isinstance(each, Variable) and each.name not in own for each in parts)


def _inside(clause: Clause) -> Iterator[Expression]:
    for body in bodies_of(clause):
        for statement in statements_within(body):
            yield from expressions_of(statement)


def _names(parameters: set[str], *expressions: Expression) -> bool:
    found = within(*expressions)
    return any(isinstance(each, Parameter) and each.name in parameters for each in found)


def _dates(clause: Clause, roots: list[Expression]) -> list[Expression]:
    """What has to be known before: when a clause acts, and what is observed when."""
    heads = list(heads_of(clause))
    if isinstance(clause, WhenClause):
        heads = heads[1:]
    elif getattr(clause, "default", None) is not None:
        heads = heads[:-1]
    for each in within(*roots):
        match each:
            case Sampled():
                heads.append(each)
            case Fold(schedule=schedule) if schedule is not None:
                heads.append(schedule)
    return heads


# --- the rest of a schedule ----------------------------------------------------------------------


def _cuts(clause: Clause, cut: set[str]) -> bool:
    """Whether a clause walks the rest of a schedule, or its periods."""
    return isinstance(clause, AtEachClause) and _walked(clause.schedule) in cut


def _walked(schedule: Expression) -> str | None:
    match schedule:
        case Parameter(name=name) | Operation(name="periods", arguments=(Parameter(name=name),)):
            return name
        case _:
            return None


_WHOLE = ("index", "is_first", "previous")
"""What a date or period knows of the schedule before it."""


def _asks_more(clause: Clause, roots: list[Expression], cut: set[str]) -> bool:
    """Whether a clause asks more of a schedule than its dates from now on, or its last one."""
    if _cuts(clause, cut):
        roots = roots[1:]
        if any(isinstance(each, Member) and each.name in _WHOLE for each in within(*roots)):
            return True
    parts = list(within(*roots))
    last = [each.arguments for each in parts if isinstance(each, Operation) and each.name == "last"]
    allowed = {id(argument) for arguments in last for argument in arguments}
    named = (each for each in parts if isinstance(each, Parameter) and each.name in cut)
    return any(id(each) not in allowed for each in named)


def _since(date: StateRead, clause: Clause) -> Clause:
    """A clause that acts only for the dates, or periods, that begin then or later."""
    assert isinstance(clause, AtEachClause)
    begins: Expression = clause.variable
    if clause.variable.type is Plain.PERIOD:
        begins = Member(clause.variable, "start", Plain.DATE, clause.span)
    reached = Operation(">=", (begins, date), Plain.TRUTH, clause.span)
    return replace(clause, body=(If(reached, clause.body, (), clause.span),))
