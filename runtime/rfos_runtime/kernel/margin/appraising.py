"""Tables of risk that appraisers post, as `reference/appraising` and `reference/appraised` say."""

from hashlib import sha256

from rfos_runtime.kernel.auctions.stops import require_open
from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.portfolio.pools import asset_together
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.telling import What
from rfos_runtime.records.appraisals import Ageing, Appraise, RegisterAppraisers
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.reference.ageing import (
    Told,
    aged,
    appraisal_of,
    is_sound,
    is_within,
    moved,
    told_to,
)
from rfos_runtime.reference.executor import PartyRisk, PolicyView
from rfos_runtime.reference.inputs import inputs_of, price_slots
from rfos_runtime.reference.world import Appraisal, Panel


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
    require(_has_prices(state, bound, said), Code.ANOTHER_PRICE)
    require(is_within(said, _worst(state, handle)), Code.BEYOND_ENVELOPE)
    state.words[key] = said
    agree = sum(state.words.get((handle, name)) == said for name in panel.appraisers)
    if agree == panel.quorum:
        state.appraised[handle] = said
        state.tell(What.APPRAISED, instrument=handle, debit=said.epoch)


def _has_form(state: State, bound: Bound, said: Appraisal) -> bool:
    """Whether each table is of a policy of what the sides post, each once, and has all numbers, and
    so do prices, which may be left out where there is no table."""
    mark, flags = state.world.marks[bound.handle], state.world.instruments[bound.handle]["flags"]
    assets = {int(asset_together(mark, int(flags), side)) for side in (0, 1)}
    count = len(inputs_of(bound.view, bound.command.assets))
    if len(said.prices) != count and (said.prices or said.tables):
        return False
    for each in said.tables:
        policy = state.policies.by_hash.get(each.policy.hex(), 0)
        if not policy or int(state.world.policies[policy]["asset"]) not in assets:
            return False
        if len(each.losses) != len(state.policies.views[policy - 1].scenarios):
            return False
    return len({each.policy for each in said.tables}) == len(said.tables)


def _has_prices(state: State, bound: Bound, said: Appraisal) -> bool:
    """Whether each price is one that its feed can have, and the one that it had at the epoch, if
    that is still known."""
    for price, feed in zip(said.prices, _price_feeds(bound), strict=False):
        of, value = state.feeds.registered[feed - 1], oracle.newest(state.world, feed)
        if not of.lowest <= price.value <= of.highest:
            return False
        is_of_then = value is not None and state.world.feeds[feed]["instant"] <= said.epoch
        if is_of_then and value != price.value:
            return False
    return True


def _price_feeds(bound: Bound) -> list[int]:
    """The feeds of the prices that a table of an instrument moves with."""
    return [bound.feeds[slot] for slot in price_slots(bound.view, bound.command.assets)]


def forget(state: State, handle: int) -> None:
    """Nothing was said of an instrument."""
    state.appraised.pop(handle, None)
    for word in [each for each in state.words if each[0] == handle]:
        del state.words[word]


# --- what counts ---------------------------------------------------------------------------------


def risk_of(state: State, bound: Bound) -> tuple[PartyRisk, PartyRisk] | None:
    """The risk of one lot of each side, at prices and at the age of its table now; None if there is
    none of the instrument's version."""
    said = _known(state, bound)
    if said is None:
        return None
    first, second = aged(said, *_age(state, bound, said))
    return first, second


def told_of(state: State, bound: Bound, policy: PolicyView) -> tuple[Told, Told] | None:
    """What an instrument does to a portfolio under a policy, at last and for openings; None if
    nothing is said of that."""
    said = _known(state, bound)
    if said is None:
        return None
    return told_to(said, policy.content_hash, *_age(state, bound, said))


def _age(state: State, bound: Bound, said: Appraisal) -> tuple[Ageing, int, tuple[int, int]]:
    """How a table ages, its age, and what a lot of each side owes at worst."""
    ageing = state.panels[bound.view.content_hash].ageing
    return ageing, state.time - said.epoch, _worst(state, bound.handle)


def _known(state: State, bound: Bound) -> Appraisal | None:
    """The table of an instrument, if there is one of its version, at prices now."""
    said = state.appraised.get(bound.handle)
    if said is None or said.version != _version(state, bound.handle):
        return None
    prices = [oracle.fresh(state.world, feed) for feed in _price_feeds(bound)]
    return moved(said, prices, _worst(state, bound.handle))


def _version(state: State, handle: int) -> bytes:
    return sha256(living.standing_of(state, handle)).digest()


def _worst(state: State, handle: int) -> tuple[int, int]:
    """What one lot of each side owes at worst."""
    mark = state.world.marks[handle]
    return int(mark["lock"]), int(mark["lock2"])
