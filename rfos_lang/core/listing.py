"""Whether many accounts may hold lots of one instance, or one account each side."""

from rfos_lang.base.own_accounts import ESCROW, ISSUANCE
from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import Action, Assign, Choice, Program, Store, Transfer

SIDES = (0, 1)
"""The parties that lots have; all others stand behind every lot."""


def why_not_listable(program: Program) -> str | None:
    """Why one account must hold each side, in words; None if many may share the instance.

    An instance has one state for all its lots. So what one holder chooses must be nobody else's
    matter: it changes no state, and moves nothing of anybody but the two sides.
    """
    for choice in (clause for clause in program.clauses if isinstance(clause, Choice)):
        if choice.fails:
            return f"it asks whether {program.parties[choice.party]} has failed to pay"
        if choice.party not in SIDES:
            return f"{program.parties[choice.party]} may {choice.name} for every lot"
        for action in actions_of(choice):
            does = _of_others(program, action)
            if does is not None:
                return f"`{choice.name}` {does}"
    return None


def _of_others(program: Program, action: Action) -> str | None:
    """What an action does that concerns more than the lots that it is done for."""
    match action:
        case Assign(state=state):
            return f"changes `{program.states[state].name}`"
        case Store():
            return "remembers a price"
        case Transfer(payer=payer, payee=payee) if third := {payer, payee} - set(SIDES):
            name = program.parties[min(third)]
            return {ESCROW: "moves what is in escrow", ISSUANCE: "mints or burns"}.get(
                name, f"moves what is {name}'s"
            )
        case _:
            return None
