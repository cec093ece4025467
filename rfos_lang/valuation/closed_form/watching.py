"""What a program watches: the conditions that set its states, and the watches that pay or end."""

from dataclasses import field

from rfos_lang.base.records import dataclass
from rfos_lang.core.program import (
    FALSE,
    TRUE,
    Assign,
    Binary,
    Bind,
    Combine,
    End,
    Expression,
    Program,
    State,
    Transfer,
    Watch,
)
from rfos_lang.valuation.closed_form.barrier import Barrier
from rfos_lang.valuation.closed_form.payoff import NoClosedForm, Truth
from rfos_lang.valuation.closed_form.polynomial import constant


@dataclass(slots=True)
class Watching:
    """What the watches of a program do. `touch` maps a state to the condition on the price that
    sets it; `followed` are the states that follow the path of a price in another way; `acting` the
    watches that pay or end."""

    program: Program
    is_timed: bool
    touch: dict[int, Expression] = field(default_factory=dict)
    followed: set[int] = field(default_factory=set)
    acting: list[Watch] = field(default_factory=list)

    def survey(self, watch: Watch) -> None:
        """Notes what a watch sets, ends and pays."""
        hidden = watch.condition is TRUE and watch.repeats
        hidden = hidden and all(isinstance(action, Assign | Bind) for action in watch.actions)
        for assign in (action for action in watch.actions if isinstance(action, Assign)):
            condition = _accumulated(assign) if hidden else watch.condition
            becomes_true = hidden or (assign.value is TRUE and assign.guard is TRUE)
            if condition is None or not becomes_true or not self._starts_false(assign.state):
                self.followed.add(assign.state)
            else:
                self.touch[assign.state] = condition
        if hidden:
            return
        pays = any(isinstance(action, Transfer) for action in watch.actions)
        if watch.repeats and pays:
            raise NoClosedForm("it pays each time that something happens")
        if pays and not ends(watch) and not self.is_timed:
            raise NoClosedForm("it goes on after a payment at a level")
        if pays or ends(watch):
            self.acting.append(watch)

    def _starts_false(self, state: int) -> bool:
        return self.program.states[state].initial is FALSE and state not in self.touch


def _accumulated(assign: Assign) -> Expression | None:
    """c in state := state or c."""
    match assign:
        case Assign(
            state=slot,
            value=Combine(operator=Binary.OR, left=State(slot=same), right=condition),
            guard=guard,
        ) if same == slot and guard is TRUE:
            return condition
        case _:
            return None


def ends(watch: Watch) -> bool:
    """Whether a watch ends the contract."""
    return any(isinstance(action, End) for action in watch.actions)


def levels_of(condition: Truth) -> Barrier:
    """The levels whose touch a condition says. Raises NoClosedForm."""
    match list(condition.no.pieces.items()):
        case [(at, whole)] if whole == constant(1) and at.price:
            if len(at.above) <= 1 and len(at.below) <= 1:
                return Barrier(at.price, next(iter(at.above), None), next(iter(at.below), None))
    raise NoClosedForm("it watches for more than a price passing a level")
