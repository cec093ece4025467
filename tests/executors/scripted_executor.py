"""A contract in a few lines of JSON, for tests of the kernel without the compiler.

Feed values and strikes are plain minor units. At expiry the second party pays the first the payoff
per lot: `call` max(S - K, 0), `forward` S - K (either way), after `lag` nanoseconds. `choice`: the
first party may take the payoff early (`any_time`) or instead of nothing at expiry (`deadline`);
with `run_on` the contract goes on after it, and `remembers` it. At or below a `barrier` it ends.
Maintenance is 10 % of the spot, initial 13 %, for the sides that have `rules`. `third`: the parties
beside them. `of`: the spot is that of a second asset. `aspect`: what it is shown of the spot's
feed.
"""

import json
from hashlib import sha256
from typing import Any

from rfos_runtime.executor.policies import policy_view
from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.executor import (
    Aspect,
    ChoiceView,
    DefinitionView,
    Event,
    Executor,
    FeedView,
    Outcome,
    PartyRisk,
    PolicyView,
    Posting,
    RiskInput,
    RiskInputs,
    Rule,
    Status,
)

MINUTE = 60 * 10**9


def artefact(**script: Any) -> bytes:
    """The bytes of a scripted definition."""
    return json.dumps(script, sort_keys=True).encode()


def terms(strike: int, expiry: int) -> bytes:
    """The terms of a scripted instance."""
    return json.dumps({"strike": strike, "expiry": expiry}).encode()


class ScriptedExecutor(Executor):
    """The kernel's executor for scripts."""

    def load(self, artefact: bytes) -> DefinitionView | None:
        try:
            script = json.loads(artefact)
        except ValueError:
            return None
        rule = Rule(
            asset=0,
            auction_from=script.get("auction_from", ONE * 101 // 100),
            auction_to=script.get("auction_to", ONE * 85 // 100),
            auction_nanoseconds=script.get("length", 15 * MINUTE),
            penalty=script.get("penalty", ONE * 15 // 1000),
            shortfall=tuple(script.get("shortfall", ("insurance_fund", "deleverage"))),
        )
        choice, third = script.get("choice"), script.get("third", ())
        sides = script.get("rules", (False, True))
        aspect = Aspect(script.get("aspect", "newest"))
        return DefinitionView(
            content_hash=sha256(artefact).hexdigest(),
            name=artefact.decode(),  # where `start` finds the script again
            parties=("holder", "writer", *third),
            assets=("cash", "underlying") if script.get("of") else ("cash",),
            feeds=(FeedView("spot", (1, 0) if script.get("of") else (0, 0), aspect),),
            watched=(0,) if "barrier" in script else (),
            risk_inputs=(RiskInput("spot", 0),) if script.get("has_risk", True) else (),
            choices=()
            if choice is None
            else (ChoiceView(1, "exercise", 0, choice == "any_time", not script.get("run_on")),),
            rules=(*(rule if has else None for has in sides), *(None for _ in third)),
            has_risk=script.get("has_risk", True),
        )

    def policy(self, artefact: bytes) -> PolicyView | None:
        return policy_view(artefact)

    def start(self, view: DefinitionView, terms: bytes) -> Outcome:
        strike = json.loads(terms)["strike"]
        status = Status.REQUIREMENT if strike < 0 else Status.OK
        return Outcome(status, view.name.encode(), next_due=json.loads(terms)["expiry"])

    def fire(self, view: DefinitionView, terms: bytes, standing: bytes, event: Event) -> Outcome:
        script, bound = json.loads(standing), json.loads(terms)
        expiry, spot = bound["expiry"], event.observations[0]
        if script.get("done"):
            return Outcome(Status.ENDED, standing)
        if event.taken and not (script.get("choice") == "any_time" or event.instant == expiry):
            return Outcome(Status.NOT_AVAILABLE, standing)
        knocked = "barrier" in script and bool(event.moved)
        knocked = knocked and spot is not None and spot <= script["barrier"]
        at_expiry = event.instant >= expiry
        if not (at_expiry or event.taken or knocked):
            return Outcome(Status.OK, standing, next_due=expiry)
        if spot is None:
            return Outcome(Status.WAITING, standing)
        if event.taken and script.get("refuses_choice"):
            return Outcome(Status.REQUIREMENT, standing, requirement=0)
        if script.get("fails"):
            return Outcome(Status.DIVISION_BY_ZERO, standing)
        optional = script.get("choice") == "deadline"
        pays = not knocked and (bool(event.taken) or not optional)
        amount = payoff(script, bound["strike"], spot) if pays else 0
        goes_on = bool(script.get("run_on")) and bool(event.taken) and not at_expiry
        if goes_on and script.get("remembers"):
            standing = json.dumps({**script, "taken": True}).encode()
        after = standing if goes_on else json.dumps({**script, "done": True}).encode()
        due = event.instant + script["lag"] if "lag" in script else None
        postings = () if amount == 0 else (posting(amount, due, 1 if event.taken else 0),)
        next_due = expiry if goes_on else None
        return Outcome(Status.OK, after, postings, next_due, ended=not goes_on)

    def risk(
        self, view: DefinitionView, terms: bytes, standing: bytes, inputs: RiskInputs
    ) -> tuple[PartyRisk, PartyRisk] | None:
        (spot,) = inputs.values
        if spot == 0:
            return None
        value = payoff(json.loads(standing), json.loads(terms)["strike"], spot)
        maintenance, initial = spot * 10 // 100, spot * 13 // 100
        return (
            PartyRisk(-value, maintenance, initial),
            PartyRisk(value, maintenance, initial),
        )


def payoff(script: dict[str, Any], strike: int, spot: int) -> int:
    """What the second party owes the first per lot."""
    return max(spot - strike, 0) if script["payoff"] == "call" else spot - strike


def posting(amount: int, due: int | None, clause: int) -> Posting:
    """The payment of a payoff, whichever way it goes."""
    payer, payee = (1, 0) if amount > 0 else (0, 1)
    return Posting(payer, payee, 0, abs(amount), due, clause, 0)
