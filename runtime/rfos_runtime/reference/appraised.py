"""The risk of an instrument as its appraisers say it (`appraising`), at the prices of now and at
the age of what counts.

A table is of one version of its instrument: once that has lived on, the table is of nothing.
"""

from hashlib import sha256

from rfos_runtime.records.appraisals import Ageing
from rfos_runtime.reference import feeds
from rfos_runtime.reference.ageing import Told, aged, moved, told_to
from rfos_runtime.reference.inputs import Inputs, inputs_of, price_slots
from rfos_runtime.reference.positions import FIRST, SECOND
from rfos_runtime.reference.sides import worst_case
from rfos_runtime.reference.world import Appraisal, Mark, Table, World


def is_appraised(world: World, handle: int) -> bool:
    """Whether tables of appraisers say the risk of an instrument."""
    return world.instruments[handle].definition in world.panels


def valued_by(world: World, handle: int) -> tuple[str, ...]:
    """The feeds that the value of an instrument hangs on: those that its code is asked with, and
    where appraisers say its risk, those that it reads."""
    instrument = world.instruments[handle]
    read = instrument.feeds if is_appraised(world, handle) else ()
    return tuple(dict.fromkeys(feed for feed in (*instrument.risk_feeds, *read) if feed))


def mark_of(world: World, handle: int) -> Mark | None:
    """The risk of one lot of each side, at prices and at the age of its table now; None if there is
    none of the instrument's version."""
    said = _known(world, handle)
    if said is None:
        return None
    first, second = aged(said, *_age(world, handle, said))
    return first, second


def table_of(world: World, handle: int, policy: str) -> Table | None:
    """What an instrument does to a portfolio under a policy; None if nothing is said of that."""
    said = _known(world, handle)
    told = None if said is None else told_to(said, policy, *_age(world, handle, said))
    if told is None:
        return None
    instrument = world.instruments[handle]
    inputs = inputs_of(world.definitions[instrument.definition].view, instrument.assets)
    last, opening = (_named(each, inputs) for each in told)
    return last if opening == last else last._replace(opening=opening)


def _age(world: World, handle: int, said: Appraisal) -> tuple[Ageing, int, tuple[int, int]]:
    """How a table ages, its age, and what a lot of each side owes at worst."""
    ageing = world.panels[world.instruments[handle].definition].ageing
    return ageing, world.time - said.epoch, worst_of(world, handle)


def _named(told: Told, inputs: Inputs) -> Table:
    pairs = zip(inputs, told.notionals, strict=True)
    notionals = tuple((base, quote, units) for (_, base, quote), units in pairs)
    return Table(told.losses, notionals, told.standard_error, told.besides)


def _known(world: World, handle: int) -> Appraisal | None:
    """The table of an instrument, if there is one of its version, at prices now."""
    said = world.appraised.get(handle)
    if said is None or said.version != version(world, handle):
        return None
    prices = [feeds.fresh(world, feed) for feed in price_feeds(world, handle)]
    return moved(said, prices, worst_of(world, handle))


def price_feeds(world: World, handle: int) -> list[str]:
    """The feeds of the prices that a table of an instrument moves with."""
    instrument = world.instruments[handle]
    view = world.definitions[instrument.definition].view
    return [instrument.feeds[slot] for slot in price_slots(view, instrument.assets)]


def version(world: World, handle: int) -> bytes:
    """Which version of an instrument a table has to be of."""
    return sha256(world.instruments[handle].standing).digest()


def worst_of(world: World, handle: int) -> tuple[int, int]:
    """What one lot of each side owes at worst."""
    return worst_case(world, handle, FIRST), worst_case(world, handle, SECOND)
