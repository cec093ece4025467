"""What contract code says of the risk of one lot, now or once what it depends on has moved."""

from functools import lru_cache

from rfos_runtime.records.commands import ONE
from rfos_runtime.reference import appraised, feeds
from rfos_runtime.reference.bounds import within
from rfos_runtime.reference.executor import Executor, PartyRisk, RiskInputs
from rfos_runtime.reference.positions import FIRST
from rfos_runtime.reference.world import Mark, World

Moves = tuple[int, ...]
"""By which fraction of itself, 18 decimals, each input of an instrument's risk moves."""


def risk_of(world: World, executor: Executor, handle: int) -> Mark | None:
    """The risk of one lot of each side; None while an input is missing or stale, or the answer is
    no number."""
    if appraised.is_appraised(world, handle):
        return appraised.mark_of(world, handle)
    known = _known(world, handle)
    if known is None:
        return None
    instrument = world.instruments[handle]
    view = world.definitions[instrument.definition].view
    inputs = RiskInputs(world.time, known)
    told = executor.risk(view, instrument.terms, instrument.standing, inputs)
    return None if told is None else (bounded(told[0]), bounded(told[1]))


def exposures_of(
    world: World, executor: Executor, handle: int, moves: tuple[Moves, ...]
) -> list[int] | None:
    """The first party's exposure of one lot that contract code says, once for each of several
    moves; None if one of the answers is no number, or there is none."""
    known = _known(world, handle)
    if known is None:
        return None
    instrument = world.instruments[handle]
    view = world.definitions[instrument.definition].view
    values = _moved(known, moves)
    told = executor.risks(view, instrument.terms, instrument.standing, world.time, values)
    found = [within(each[FIRST].exposure) for each in told if each is not None]
    return found if len(found) == len(told) else None


@lru_cache(1024)
def _moved(known: tuple[int, ...], moves: tuple[Moves, ...]) -> tuple[tuple[int, ...], ...]:
    """What inputs are after each of several moves: asked for again and again, since many
    instruments depend on the same ones."""
    return tuple(
        tuple(value + value * each // ONE for value, each in zip(known, move, strict=True))
        for move in moves
    )


def _known(world: World, handle: int) -> tuple[int, ...] | None:
    """What the inputs of an instrument's risk are; None if one is missing or stale, or its code
    says no risk."""
    instrument = world.instruments[handle]
    if not world.definitions[instrument.definition].view.has_risk:
        return None
    values = [feeds.fresh(world, feed) for feed in instrument.risk_feeds]
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else None


def bounded(row: PartyRisk) -> PartyRisk:
    """The nearest risk that the kernel works with."""
    return PartyRisk(*map(within, row))
