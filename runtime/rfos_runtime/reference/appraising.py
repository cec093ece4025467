"""Tables of risk that appraisers post for contracts whose code does not say it.

Of the appraisers of a definition as many as its quorum have to say the same of an instrument, to
the bit: of the same version, from the values of the same instant. More than half are needed, so no
two tables can be right at once. Nothing in a table lies beyond what the contract owes at worst, so
appraisers who agree to lie move value within that only, and leave their signatures. A new table
counts with the next mark, which only time brings: no command moves one.

A table says of which prices it was made. The kernel keeps no price but the newest of a feed, so it
holds them against the feed only as long as that has not moved since the epoch; otherwise those who
agree have to know, and whoever has the journal can tell. From the epoch on, not from when it was
accepted, a table moves with prices. How it does, and how it ages, is said in `ageing`. Where there
is none of the instrument's version, positions need their worst case to open, nothing is liquidated,
and to policies it is unknown: nothing opens on it in a portfolio, and what it is of neither saves a
portfolio from liquidation nor brings it there.
"""

from rfos_runtime.records.appraisals import Appraise, RegisterAppraisers
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.events import Appraised
from rfos_runtime.reference import appraised
from rfos_runtime.reference.ageing import appraisal_of, is_sound, is_within
from rfos_runtime.reference.inputs import inputs_of
from rfos_runtime.reference.instruments import require_open
from rfos_runtime.reference.positions import FIRST, SECOND
from rfos_runtime.reference.sides import asset_together
from rfos_runtime.reference.world import Appraisal, Panel, World


def register(world: World, command: RegisterAppraisers) -> None:
    """Names the appraisers of a definition."""
    definition = world.definitions.get(command.definition)
    if definition is None:
        raise Refused(Code.UNKNOWN_DEFINITION)
    require(not definition.view.has_risk, Code.SAYS_ITS_RISK)
    listed = any(e.definition == command.definition for e in world.instruments.values())
    require(command.definition not in world.panels and not listed, Code.APPRAISERS_STAND)
    require(all(name in world.accounts for name in command.appraisers), Code.UNKNOWN_ACCOUNT)
    require(is_sound(command), Code.MALFORMED)
    panel = Panel(command.appraisers, command.quorum, command.ageing)
    world.panels[command.definition] = panel


def appraise(world: World, command: Appraise) -> None:
    """Takes an appraiser's word, which counts once enough say the same."""
    handle, key = command.instrument, (command.instrument, command.account)
    instrument = require_open(world, handle)
    panel = world.panels.get(instrument.definition)
    if panel is None or command.account not in panel.appraisers:
        raise Refused(Code.NOT_AN_APPRAISER)
    require(command.epoch <= world.time, Code.REPORT_EARLY)
    before, known = world.words.get(key), world.appraised.get(handle)
    require(before is None or command.epoch > before.epoch, Code.DUPLICATE_REPORT)
    require(known is None or command.epoch >= known.epoch, Code.REPORT_LATE)
    require(command.version == appraised.version(world, handle), Code.ANOTHER_VERSION)
    said = appraisal_of(command)
    require(_has_form(world, handle, said), Code.MALFORMED)
    require(_has_prices(world, handle, said), Code.ANOTHER_PRICE)
    require(is_within(said, appraised.worst_of(world, handle)), Code.BEYOND_ENVELOPE)
    world.words[key] = said
    agree = sum(world.words.get((handle, name)) == said for name in panel.appraisers)
    if agree == panel.quorum:
        world.appraised[handle] = said
        world.tell(Appraised(handle, said.epoch))


def _has_form(world: World, handle: int, said: Appraisal) -> bool:
    """Whether each table is of a policy of what the sides post, each once, and has all numbers, and
    so do prices, which may be left out where there is no table."""
    assets = {asset_together(world, handle, side) for side in (FIRST, SECOND)}
    instrument = world.instruments[handle]
    view = world.definitions[instrument.definition].view
    count = len(inputs_of(view, instrument.assets))
    if len(said.prices) != count and (said.prices or said.tables):
        return False
    for each in said.tables:
        policy = world.policies.get(each.policy.hex())
        if policy is None or policy.view.asset not in assets:
            return False
        if len(each.losses) != len(policy.view.scenarios):
            return False
    return len({each.policy for each in said.tables}) == len(said.tables)


def _has_prices(world: World, handle: int, said: Appraisal) -> bool:
    """Whether each price is one that its feed can have, and the one that it had at the epoch, if
    that is still known."""
    for price, name in zip(said.prices, appraised.price_feeds(world, handle), strict=False):
        feed = world.feeds[name]
        newest = feed.newest
        if not feed.lowest <= price.value <= feed.highest:
            return False
        if newest is not None and newest.instant <= said.epoch and newest.value != price.value:
            return False
    return True
