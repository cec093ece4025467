"""Invariants 10, 11 and 12 for what appraisers say: a table counts once as many have said it, to
the bit, as must agree, and some of them are honest; whatever is taken lies within what a contract
can owe; instruments are marked by what counts at its age and at prices now, in exact fractions,
from the next instant on. Followed with a memory of its own of every word.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256

from rfos_runtime.records.appraisals import Appraise
from rfos_runtime.records.block import Signed
from rfos_runtime.reference.executor import PartyRisk
from rfos_runtime.reference.margin import CLOSED
from rfos_runtime.reference.world import Appraisal, Mark, World
from rfos_runtime.simulation.checks.invariants import Violation


@dataclass(slots=True)
class Appraisals:
    """Remembers who has said what last, and what counts. `in_force`: by which table instruments are
    marked since time has moved last."""

    liars: frozenset[str] = frozenset()
    said: dict[tuple[int, str], Appraisal] = field(default_factory=dict)
    counts: dict[int, Appraisal] = field(default_factory=dict)
    in_force: dict[int, Appraisal] = field(default_factory=dict)

    def commanded(self, after: World, chain: Sequence[Signed]) -> Iterator[Violation]:
        """Looks at commands that went well."""
        for signed in chain:
            if isinstance(signed.command, Appraise):
                yield from self._taken(after, signed.command)
        yield from self._agreed(after)

    def _taken(self, world: World, word: Appraise) -> Iterator[Violation]:
        handle, name = word.instrument, word.account
        instrument, before = world.instruments[handle], self.said.get((handle, name))
        panel = world.panels.get(instrument.definition)
        said = self.said[handle, name] = _content(word)
        if panel is None or name not in panel.appraisers:
            yield Violation(11, f"{name} appraises instrument {handle} and may not")
            return
        is_new = before is None or word.epoch > before.epoch
        if not is_new or word.epoch > world.time:
            yield Violation(11, f"{name} has appraised instrument {handle} for another instant")
        if word.version != sha256(instrument.standing).digest():
            yield Violation(11, f"{name} has appraised another version of instrument {handle}")
        if not all(self._was(world, word, *each) for each in _prices(world, handle, said)):
            yield Violation(11, f"{name} says another price of instrument {handle} than it had")
        if not _is_owed(said, worst_of(world, handle)):
            words = f"{name} says more of instrument {handle} than it can owe"
            yield Violation(12, words)
        agreeing = [each for each in panel.appraisers if self.said.get((handle, each)) == said]
        if len(agreeing) >= panel.quorum:
            self.counts[handle] = said
            if self.liars.issuperset(agreeing):
                yield Violation(11, f"liars alone have appraised instrument {handle}")

    @staticmethod
    def _was(world: World, word: Appraise, value: int, name: str) -> bool:
        """Whether a feed certainly has not had another value at the epoch of a word."""
        feed, newest = world.feeds[name], world.feeds[name].newest
        is_of_then = newest is not None and newest.instant <= word.epoch
        fits = newest is None or not is_of_then or newest.value == value
        return fits and feed.lowest <= value <= feed.highest

    def ticked(self, after: World) -> Iterator[Violation]:
        """Looks at what time has done."""
        if not after.panels:
            return
        yield from self._agreed(after)
        self.in_force = {h: each for h, each in self.counts.items() if is_of(after, h, each)}
        for handle, instrument in after.instruments.items():
            if instrument.definition not in after.panels or instrument.phase in CLOSED:
                continue
            said = self.in_force.get(handle)
            wanted = None if said is None else aged(after, handle, said, after.time)
            if instrument.mark != wanted:
                words = f"instrument {handle} is marked {instrument.mark}, not {wanted}"
                yield Violation(10, f"{words}, by its appraisers")

    def _agreed(self, world: World) -> Iterator[Violation]:
        """What counts is what was agreed on, of all that is not over."""
        for handle in [h for h in self.counts if world.instruments[h].phase in CLOSED]:
            del self.counts[handle]
        if self.counts == world.appraised:
            return
        for handle in sorted(self.counts.keys() | world.appraised.keys()):
            if self.counts.get(handle) != world.appraised.get(handle):
                words = f"another table of instrument {handle} counts than was agreed on"
                yield Violation(11, words)


def is_of(world: World, handle: int, said: Appraisal) -> bool:
    """Whether a table is of an instrument as it stands."""
    return said.version == sha256(world.instruments[handle].standing).digest()


def aged(world: World, handle: int, said: Appraisal, at: int) -> Mark:
    """What a table says at an instant of one lot of each side."""
    lateness = late(world, handle, said, at)
    value, found = worth(world, handle, said), []
    for side, exposure in enumerate((value, -value)):
        most = left(world, handle, value)[side]
        maintenance, initial = (
            low + round((most - low) * by)
            for low, by in zip(
                (min(said.maintenance[side], most), min(said.initial[side], most)),
                lateness,
                strict=True,
            )
        )
        found.append(PartyRisk(exposure, maintenance, initial))
    return found[0], found[1]


def late(world: World, handle: int, said: Appraisal, at: int) -> tuple[Fraction, Fraction]:
    """Which part of the worst case takes the place of a table at an instant: at last, and for
    openings."""
    ageing = world.panels[world.instruments[handle].definition].ageing
    age = at - said.epoch - ageing.fresh
    last, opening = (
        Fraction(min(max(0, by), ageing.blend), ageing.blend) for by in (age - ageing.grace, age)
    )
    return last, opening


def worth(world: World, handle: int, said: Appraisal) -> int:
    """What one lot of the first side owes by a table, at prices now."""
    found = said.exposure
    for price, (_, feed) in zip(said.prices, priced(world, handle), strict=False):
        newest = world.feeds[feed].newest
        is_known = newest is not None and world.time - newest.instant <= world.feeds[feed].staleness
        if newest is not None and is_known and price.value:
            moved = Fraction(newest.value - price.value, price.value)
            found += round(price.notional * moved)
    first, second = worst_of(world, handle)
    assert first is not None and second is not None, "a table of what has no bound"
    return min(first, max(-second, found))


def left(world: World, handle: int, value: int) -> tuple[int, int]:
    """What a lot of each side can still owe more than that."""
    first, second = worst_of(world, handle)
    assert first is not None and second is not None, "a table of what has no bound"
    return first - value, second + value


def priced(world: World, handle: int) -> list[tuple[tuple[str, str], str]]:
    """The prices that an instrument observes, each once, and the feed of it."""
    instrument = world.instruments[handle]
    slots = world.definitions[instrument.definition].view.feeds
    found: dict[tuple[str, str], str] = {}
    for slot, feed in zip(slots, instrument.feeds, strict=True):
        if slot.kind == "spot":
            base, quote = (instrument.assets[each] for each in slot.assets)
            found.setdefault((base, quote), feed)
    return list(found.items())


def worst_of(world: World, handle: int) -> tuple[int | None, int | None]:
    """What one lot of each side can owe; None if that has no bound."""
    instrument = world.instruments[handle]
    rules = world.definitions[instrument.definition].view.rules
    first, second = (
        (None if rule else 0) if lock is None else lock.units
        for lock, rule in zip(instrument.locks, rules, strict=False)
    )
    return first, second


def _content(word: Appraise) -> Appraisal:
    said = word.exposure, word.maintenance, word.initial, word.tables
    return Appraisal(word.version, word.epoch, *said, word.standard_error, word.prices)


def _prices(world: World, handle: int, said: Appraisal) -> list[tuple[int, str]]:
    pairs = zip(said.prices, priced(world, handle), strict=False)
    return [(price.value, feed) for price, (_, feed) in pairs]


def _is_owed(said: Appraisal, worst: tuple[int | None, int | None]) -> bool:
    """Whether neither side is asked for more than it can owe, now or in a scenario."""
    first, second = worst
    if first is None or second is None:
        return False
    if not 0 <= 2 * said.standard_error <= first + second:
        return False
    owed = [said.exposure, *(said.exposure + loss for each in said.tables for loss in each.losses)]
    needs = zip((said.exposure, -said.exposure), said.maintenance, said.initial, worst, strict=True)
    return all(-second <= each <= first for each in owed) and all(
        most is not None and 0 <= low <= high <= most - exposure
        for exposure, low, high, most in needs
    )
