"""Tables of risk that appraisers post, as `reference/appraising` and `reference/appraised` say."""

from hashlib import sha256
from typing import NamedTuple

from rfos_runtime.kernel.auctions.stops import require_open
from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.portfolio.pools import asset_together
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.telling import What
from rfos_runtime.records.appraisals import Appraise, RegisterAppraisers
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.reference.ageing import aged, appraisal_of, is_sound, is_within
from rfos_runtime.reference.executor import PartyRisk, PolicyView
from rfos_runtime.reference.inputs import inputs_of
from rfos_runtime.reference.world import Appraisal, Panel


class Table(NamedTuple):
    """What one lot of an instrument does to a portfolio under a policy: losses in each scenario,
    the notional of each price, the standard error of its exposure."""

    losses: list[int]
    notionals: list[int]
    error: int


def register(state: State, command: RegisterAppraisers) -> None:
    """Names the appraisers of a definition."""
    definition = state.contracts.by_hash.get(command.definition, 0)
    require(definition != 0, Code.UNKNOWN_DEFINITION)
    require(not state.contracts.definitions[definition - 1].has_risk, Code.SAYS_ITS_RISK)
    listed = any(each.definition == definition for each in state.contracts.instruments)
    require(command.definition not in state.panels and not listed, Code.APPRAISERS_STAND)
    require(all(state.account(name) for name in command.appraisers), Code.UNKNOWN_ACCOUNT)
    require(is_sound(command), Code.MALFORMED)
    panel = Panel(command.appraisers, command.quorum, command.ageing)
    state.panels[command.definition] = panel


def appraise(state: State, command: Appraise) -> None:
    """Takes an appraiser's word, which counts once enough say the same."""
    handle, key = command.instrument, (command.instrument, command.account)
    require_open(state, handle)
    bound = state.contracts.of(handle)
    panel = state.panels.get(bound.view.content_hash)
    if panel is None or command.account not in panel.appraisers:
        raise Refused(Code.NOT_AN_APPRAISER)
    require(command.epoch <= state.time, Code.REPORT_EARLY)
    before, known = state.words.get(key), state.appraised.get(handle)
    require(before is None or command.epoch > before.epoch, Code.DUPLICATE_REPORT)
    require(known is None or command.epoch >= known.epoch, Code.REPORT_LATE)
    require(command.version == _version(state, handle), Code.ANOTHER_VERSION)
    said = appraisal_of(command)
    require(_has_form(state, bound, said), Code.MALFORMED)
    require(is_within(said, _worst(state, handle)), Code.BEYOND_ENVELOPE)
    state.words[key] = said
    agree = sum(state.words.get((handle, name)) == said for name in panel.appraisers)
    if agree == panel.quorum:
        state.appraised[handle] = said
        state.tell(What.APPRAISED, instrument=handle, debit=said.epoch)


def _has_form(state: State, bound: Bound, said: Appraisal) -> bool:
    """Whether each table is of a policy of what the sides post, each once, and has all numbers."""
    mark, flags = state.world.marks[bound.handle], state.world.instruments[bound.handle]["flags"]
    assets = {int(asset_together(mark, int(flags), side)) for side in (0, 1)}
    prices = len(inputs_of(bound.view, bound.command.assets))
    for each in said.tables:
        policy = state.policies.by_hash.get(each.policy.hex(), 0)
        if not policy or int(state.world.policies[policy]["asset"]) not in assets:
            return False
        scenarios = len(state.policies.views[policy - 1].scenarios)
        if (len(each.losses), len(each.notionals)) != (scenarios, prices):
            return False
    return len({each.policy for each in said.tables}) == len(said.tables)


def forget(state: State, handle: int) -> None:
    """Nothing was said of an instrument."""
    state.appraised.pop(handle, None)
    for word in [each for each in state.words if each[0] == handle]:
        del state.words[word]


# --- what counts ---------------------------------------------------------------------------------


def risk_of(state: State, bound: Bound) -> tuple[PartyRisk, PartyRisk] | None:
    """The risk of one lot of each side, at the age of its table; None if there is none of the
    instrument's version."""
    said = _known(state, bound)
    if said is None:
        return None
    ageing = state.panels[bound.view.content_hash].ageing
    first, second = aged(said, ageing, state.time - said.epoch, _worst(state, bound.handle))
    return first, second


def table_of(state: State, bound: Bound, policy: PolicyView) -> Table | None:
    """What an instrument does to a portfolio under a policy, as long as that is fresh."""
    said, fresh = _known(state, bound), state.panels[bound.view.content_hash].ageing.fresh
    if said is None or state.time - said.epoch > fresh:
        return None
    tables = (each for each in said.tables if each.policy.hex() == policy.content_hash)
    error = said.standard_error
    return next((Table(list(e.losses), list(e.notionals), error) for e in tables), None)


def _known(state: State, bound: Bound) -> Appraisal | None:
    said = state.appraised.get(bound.handle)
    return said if said is not None and said.version == _version(state, bound.handle) else None


def _version(state: State, handle: int) -> bytes:
    return sha256(living.standing_of(state, handle)).digest()


def _worst(state: State, handle: int) -> tuple[int, int]:
    """What one lot of each side owes at worst."""
    mark = state.world.marks[handle]
    return int(mark["lock"]), int(mark["lock2"])
