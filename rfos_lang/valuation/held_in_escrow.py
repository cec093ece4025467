"""What escrow holds, as states of the contract: so that a choice can depend on it.

The settlement refuses a choice after which escrow would have paid more than it holds, or would hold
something that nobody is paid when the contract ends. Here each asset of escrow becomes a state that
its payments move, each choice requires the same of it, and the account is a party like any other.
"""

from collections.abc import Iterator
from dataclasses import replace

from rfos_lang.base.fixed import ONE
from rfos_lang.base.own_accounts import ESCROW
from rfos_lang.core.meaning import Standing, actions_of
from rfos_lang.core.program import (
    Action,
    Apply,
    Assign,
    Binary,
    Choice,
    Clause,
    Combine,
    Constant,
    End,
    Program,
    Require,
    Sort,
    State,
    StateSlot,
    Terms,
    Transfer,
    Unary,
)

ACCOUNT = "what escrow holds"
"""The party that escrow becomes: a reader that knows escrow itself has nothing to check here."""


def with_holdings(program: Program, terms: Terms, standing: Standing) -> tuple[Program, Standing]:
    """The instance with what escrow holds among its states; itself if nobody chooses."""
    escrow = program.escrow
    if escrow is None or not any(isinstance(clause, Choice) for clause in program.clauses):
        return program, standing
    assets = sorted(
        {
            action.asset
            for clause in program.clauses
            for action in actions_of(clause)
            if isinstance(action, Transfer) and escrow in (action.payer, action.payee)
        }
    )
    first = len(program.states)
    places = {asset: first + at for at, asset in enumerate(assets)}
    held = tuple(
        StateSlot(f"{ACCOUNT} of {program.assets[asset]}", Sort.NUMBER, Constant(0, Sort.NUMBER))
        for asset in assets
    )
    units = {asset: ONE // 10 ** terms.places[asset] for asset in assets}
    kept = _Kept(escrow, places, units)
    told = replace(
        program,
        parties=tuple(ACCOUNT if name == ESCROW else name for name in program.parties),
        states=(*program.states, *held),
        clauses=tuple(kept.clause(clause) for clause in program.clauses),
        collateral=(),
        liquidation=(),
    )
    now = standing.escrow or (0,) * len(program.assets)
    states = (*standing.states, *(now[asset] * units[asset] for asset in assets))
    return told, replace(standing, states=states, escrow=())


class _Kept:
    """Clauses that keep count. `places`: the state of each asset; `units`: its minor unit."""

    def __init__(self, escrow: int, places: dict[int, int], units: dict[int, int]) -> None:
        self.escrow, self.places, self.units = escrow, places, units

    def clause(self, clause: Clause) -> Clause:
        actions = tuple(self.counted(clause.actions))
        if not isinstance(clause, Choice):
            return replace(clause, actions=actions)
        otherwise = tuple(self.counted(clause.otherwise))
        return replace(clause, actions=tuple(self.checked(actions)), otherwise=otherwise)

    def counted(self, actions: tuple[Action, ...]) -> Iterator[Action]:
        """The actions, each payment of escrow with what it does to its state."""
        for action in actions:
            yield action
            if isinstance(action, Transfer) and self.escrow in (action.payer, action.payee):
                state = self.places[action.asset]
                operator = Binary.ADD if action.payee == self.escrow else Binary.SUBTRACT
                value = Combine(operator, State(state), action.amount)
                yield Assign(state, value, action.guard)

    def checked(self, actions: tuple[Action, ...]) -> Iterator[Action]:
        """The actions of a choice, with what the settlement requires of escrow after them: nothing
        left where it ends, no debt where it goes on."""
        for action in actions:
            if isinstance(action, End):
                yield from self.required(ends=True, at=action)
            yield action
        if not any(isinstance(action, End) and action == End() for action in actions):
            yield from self.required(ends=False, at=None)

    def required(self, ends: bool, at: End | None) -> Iterator[Require]:
        for asset, state in self.places.items():
            amount = State(state)
            size = Apply(Unary.ABSOLUTE, amount) if ends else Apply(Unary.NEGATE, amount)
            enough = Combine(Binary.LESS, size, Constant(self.units[asset], Sort.NUMBER))
            message = "something is left in escrow" if ends else "escrow does not hold so much"
            yield Require(enough, message) if at is None else Require(enough, message, at.guard)
