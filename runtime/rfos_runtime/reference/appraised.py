"""The risk of an instrument as its appraisers say it (`appraising`), at the age of what counts.

A table is of one version of its instrument: once that has lived on, the table is of nothing.
"""

from hashlib import sha256

from rfos_runtime.records.appraisals import Scenarios
from rfos_runtime.reference.ageing import aged
from rfos_runtime.reference.inputs import Inputs, inputs_of
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
    """The risk of one lot of each side, at the age of its table; None if there is none of the
    instrument's version."""
    said = _known(world, handle)
    if said is None:
        return None
    ageing = world.panels[world.instruments[handle].definition].ageing
    first, second = aged(said, ageing, world.time - said.epoch, worst_of(world, handle))
    return first, second


def table_of(world: World, handle: int, policy: str) -> Table | None:
    """What an instrument does to a portfolio under a policy, as long as its table is fresh."""
    said = _known(world, handle)
    instrument = world.instruments[handle]
    fresh = world.panels[instrument.definition].ageing.fresh
    if said is None or world.time - said.epoch > fresh:
        return None
    inputs = inputs_of(world.definitions[instrument.definition].view, instrument.assets)
    tables = (each for each in said.tables if each.policy.hex() == policy)
    return next((_named(each, inputs, said.standard_error) for each in tables), None)


def _named(said: Scenarios, inputs: Inputs, error: int) -> Table:
    pairs = zip(inputs, said.notionals, strict=True)
    notionals = tuple((base, quote, units) for (_, base, quote), units in pairs)
    return Table(said.losses, notionals, error)


def _known(world: World, handle: int) -> Appraisal | None:
    said = world.appraised.get(handle)
    return said if said is not None and said.version == version(world, handle) else None


def version(world: World, handle: int) -> bytes:
    """Which version of an instrument a table has to be of."""
    return sha256(world.instruments[handle].standing).digest()


def worst_of(world: World, handle: int) -> tuple[int, int]:
    """What one lot of each side owes at worst."""
    return worst_case(world, handle, FIRST), worst_case(world, handle, SECOND)
