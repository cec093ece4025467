"""What appraisers say in a world: most of them the same, to the bit; a few anything. In some blocks
nobody says anything, for so long that tables grow old.

Some word lies off by a bit, some far off, some beyond what a contract can owe; some are of another
instant or another version, some were said before. Liars agree among themselves, but are too few.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rfos_runtime.records.appraisals import Ageing, Appraise, Price, RegisterAppraisers, Scenarios
from rfos_runtime.records.commands import ONE, SECOND
from rfos_runtime.reference.appraised import is_appraised, price_feeds, version, worst_of
from rfos_runtime.reference.executor import PolicyView
from rfos_runtime.reference.margin import CLOSED
from rfos_runtime.reference.positions import FIRST
from rfos_runtime.reference.positions import SECOND as OTHER
from rfos_runtime.reference.sides import asset_together
from rfos_runtime.reference.world import Appraisal, World
from rfos_runtime.simulation.recipe import Order
from rfos_runtime.simulation.streams import Stream

PANELS = (
    (2, ("x1", "x2", "x3")),
    (3, ("x1", "x2", "x3", "x4")),
    (3, ("x1", "x2", "x3", "x4", "x5")),
)
"""How many of whom have to agree."""
SPELL = 8
"""So many blocks in a row nobody appraises an instrument, now and then."""
USUAL, MARGINS = 500, (800, 1_000)
"""What a contract is worth at least, maintenance and initial margin, in minor units."""


@dataclass(frozen=True, slots=True)
class Appraisers:
    """The appraisers of a world. `liars` are fewer than have to agree."""

    seed: int
    names: tuple[str, ...]
    quorum: int
    liars: frozenset[str]
    ageing: Ageing
    definitions: tuple[str, ...]

    def registrations(self) -> Iterator[RegisterAppraisers]:
        """Who appraises what."""
        for each in self.definitions:
            yield RegisterAppraisers(each, self.names, self.quorum, self.ageing)

    def orders(self, world: World, number: int) -> Iterator[Order]:
        """What they say in a block, each once those before it have spoken."""
        for handle in sorted(world.instruments):
            silent = Stream(self.seed, "silence", handle, number // SPELL).one_in(4)
            draw = Stream(self.seed, "appraisal", handle, number)
            is_open = world.instruments[handle].phase not in CLOSED
            if silent or not is_open or not is_appraised(world, handle) or draw.one_in(2):
                continue
            honest = self._table(world, handle)
            lie = _lie(honest, worst_of(world, handle), draw)
            for name in draw.some(self.names, len(self.names)):
                if name in self.liars:
                    yield Order(_strange(world, lie, name, draw))
                elif not draw.one_in(8):
                    yield Order(_late(world, replace(honest, account=name), draw))

    def _table(self, world: World, handle: int) -> Appraise:
        """What honest appraisers say, whoever computes it."""
        draw = Stream(self.seed, "table", handle, world.time)
        instrument, worst = world.instruments[handle], worst_of(world, handle)
        newest = world.feeds[instrument.feeds[0]].newest if instrument.feeds else None
        value = 100 * ONE if newest is None else newest.value
        apart = min(abs(value - 100 * ONE), 1_000 * ONE) * 100 // ONE
        exposure = _within(-USUAL - apart // 2 - draw.below(100), -worst[OTHER], worst[FIRST])
        rooms = worst[FIRST] - exposure, worst[OTHER] + exposure
        maintenance, initial = (tuple(min(room, each) for room in rooms) for each in MARGINS)
        policies = [each.view for each in world.policies.values()]
        fit = [each for each in policies if each.asset in _assets(world, handle)]
        tables = tuple(_scenarios(each, exposure, worst) for each in fit)
        if tables and draw.one_in(6):
            tables = tables[1:]
        said = version(world, handle), world.time, exposure
        low, high = (maintenance[0], maintenance[1]), (initial[0], initial[1])
        error = min(draw.below(40), sum(worst) // 2)
        prices = tuple(
            Price(_now(world, name), 2 * exposure) for name in price_feeds(world, handle)
        )
        if not tables and draw.one_in(2):
            prices = ()
        return Appraise("", handle, *said, low, high, tables, error, prices)


def drawn(seed: int, pace: int, definitions: tuple[str, ...]) -> Appraisers:
    """The appraisers of a world whose blocks lie `pace` nanoseconds apart."""
    draw = Stream(seed, "appraisers")
    quorum, names = draw.pick(PANELS)
    liars = frozenset(names[len(names) - draw.between(0, len(names) - quorum) :])
    fresh, blend, grace = draw.pick((1, 3, 6)), draw.pick((4, 12)), draw.pick((0, 1, 4))
    ageing = Ageing(max(SECOND, fresh * pace), max(SECOND, blend * pace), grace * pace)
    return Appraisers(seed, names, quorum, liars, ageing, definitions)


def _assets(world: World, handle: int) -> tuple[str | None, ...]:
    return tuple(asset_together(world, handle, side) for side in (FIRST, OTHER))


def _within(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)


def _scenarios(view: PolicyView, exposure: int, worst: tuple[int, int]) -> Scenarios:
    """As if a contract were worth as much more as a price falls."""
    moved = (exposure - exposure * each.spot * 2 // ONE for each in view.scenarios)
    losses = tuple(_within(each, -worst[OTHER], worst[FIRST]) - exposure for each in moved)
    return Scenarios(bytes.fromhex(view.content_hash), losses)


def _now(world: World, name: str) -> int:
    """The newest price of a feed."""
    feed = world.feeds[name]
    value = 100 * ONE if feed.newest is None else feed.newest.value
    return _within(value, feed.lowest, feed.highest)


def _lie(honest: Appraise, worst: tuple[int, int], draw: Stream) -> Appraise:
    """What liars agree on."""
    (low, _), (high, _) = honest.maintenance, honest.initial
    ways = (
        replace(honest, exposure=honest.exposure + 1),
        replace(honest, exposure=honest.exposure // 3),
        replace(honest, standard_error=(sum(worst) + 2) // 2),
        replace(honest, exposure=-worst[OTHER] - 1),
        replace(honest, exposure=worst[FIRST] + 1, maintenance=(0, 0), initial=(0, 0)),
        replace(honest, initial=(high, worst[OTHER] + honest.exposure + 1)),
        replace(honest, maintenance=(low, honest.initial[1] + 1)),
        replace(honest, tables=honest.tables * 2),
        replace(honest, prices=tuple(p._replace(notional=-3 * p.notional) for p in honest.prices)),
        replace(honest, prices=tuple(p._replace(value=p.value + 1) for p in honest.prices)),
    )
    return draw.pick(ways)


def _strange(world: World, lie: Appraise, name: str, draw: Stream) -> Appraise:
    """A lie, mostly as it was agreed on."""
    lie = replace(lie, account=name)
    before = world.words.get((lie.instrument, name))
    match draw.below(8):
        case 0:
            return replace(lie, epoch=lie.epoch + 1)
        case 1:
            return replace(lie, version=bytes(32))
        case 2 if before is not None:
            return _again(lie, before)
        case 3:
            return replace(lie, epoch=lie.epoch - SECOND)
    return lie


def _late(world: World, honest: Appraise, draw: Stream) -> Appraise:
    """An honest word; now and then what a colleague has said of the values before."""
    said = [
        each for (handle, _), each in sorted(world.words.items()) if handle == honest.instrument
    ]
    return _again(honest, draw.pick(said)) if said and draw.one_in(10) else honest


def _again(word: Appraise, said: Appraisal) -> Appraise:
    return Appraise(word.account, word.instrument, *said)
