"""What contract code says of the risk of one lot, now or once what it depends on has moved."""

from collections.abc import Sequence

from rfos_runtime.records.commands import ONE
from rfos_runtime.reference import appraised, feeds
from rfos_runtime.reference.bounds import within
from rfos_runtime.reference.executor import Executor, PartyRisk, RiskInputs
from rfos_runtime.reference.world import Mark, World


def risk_of(world: World, executor: Executor, handle: int) -> Mark | None:
    """The risk of one lot of each side; None while an input is missing or stale, or the answer is
    no number."""
    if appraised.is_appraised(world, handle):
        return appraised.mark_of(world, handle)
    return risks_of(world, executor, handle, [()])[0]


def risks_of(
    world: World, executor: Executor, handle: int, moves: Sequence[Sequence[int]]
) -> list[Mark | None]:
    """The risk that contract code says of one lot of each side, once for each of several moves: by
    which fraction of itself each input has moved; nothing if none has."""
    instrument = world.instruments[handle]
    view = world.definitions[instrument.definition].view
    values = [feeds.fresh(world, feed) for feed in instrument.risk_feeds]
    known = [value for value in values if value is not None]
    if not view.has_risk or len(known) < len(values):
        return [None] * len(moves)
    found: list[Mark | None] = []
    for move in moves:
        by = move or (0,) * len(known)
        moved = tuple(value + value * each // ONE for value, each in zip(known, by, strict=True))
        inputs = RiskInputs(world.time, moved)
        told = executor.risk(view, instrument.terms, instrument.standing, inputs)
        found.append(None if told is None else (bounded(told[0]), bounded(told[1])))
    return found


def bounded(row: PartyRisk) -> PartyRisk:
    """The nearest risk that the kernel works with."""
    return PartyRisk(within(row.exposure), within(row.maintenance), within(row.initial))
