"""What a margin policy requires, by another way than the kernel's: contract code is asked anew for
each position, what appraisers say is taken as it is in force, and the policy's steps are taken in
exact fractions."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.executor import DefinitionView, Executor, PolicyView, RiskInputs, Step
from rfos_runtime.reference.sides import asset_together
from rfos_runtime.reference.world import Appraisal, Instrument, World
from rfos_runtime.simulation.checks.appraisals import late, left, priced, worth

Member = tuple[str, str]
"""An account, and the asset in which it has elected a policy."""
Price = tuple[str, ...]
"""Of which asset, in which."""


def member_of(world: World, handle: int, account: str, lots: int) -> Member | None:
    """Whose pool so many lots of an account belong to; None for what stands by itself."""
    asset = asset_together(world, handle, int(lots < 0))
    return (account, asset) if asset and (account, asset) in world.elections else None


@dataclass(frozen=True, slots=True)
class Needed:
    """What positions come to, in minor units. `known`: those whose risk is."""

    exposure: int
    maintenance: int
    initial: int
    known: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Told:
    """One lot of the first side: its exposure, what it loses in each scenario, what it is worth of
    each price, and the prices that it hangs on."""

    exposure: int
    losses: tuple[int, ...]
    notionals: tuple[tuple[Price, int], ...]
    prices: frozenset[Price]
    standard_error: int = 0
    besides: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Asking:
    """Contract code, which is a function: what a lot comes to under a policy, at the same terms,
    standing, instant and inputs, is worked out once. Forgotten with each block, whose instant is
    another."""

    executor: Executor
    _told: dict[object, _Told | None] = field(default_factory=dict)

    def forget(self) -> None:
        """Another instant has come."""
        self._told.clear()

    def of(self, world: World, view: PolicyView, handle: int) -> _Told | None:
        """None while an input is missing or old, or an answer is no number."""
        instrument = world.instruments[handle]
        code = world.definitions[instrument.definition].view
        if instrument.mark is None or not code.has_risk:
            return None
        values = []
        for name in instrument.risk_feeds:
            feed = world.feeds[name]
            if feed.newest is None or world.time - feed.newest.instant > feed.staleness:
                return None
            values.append(feed.newest.value)
        lot = instrument.definition, instrument.assets, instrument.terms, instrument.standing
        key = view.content_hash, lot, world.time, tuple(values)
        if key in self._told:
            return self._told[key]
        told = self._told[key] = _told(self.executor, view, code, instrument, world.time, values)
        return told


def needed(
    world: World,
    asking: Asking,
    view: PolicyView,
    held: Mapping[int, int],
    in_force: Mapping[int, Appraisal],
    opening: bool = False,
) -> Needed:
    """What a policy requires of signed lots by instrument. `in_force`: the tables of appraisers by
    which instruments are marked; `opening`: as old as openings see them."""
    told = {
        handle: _appraised(world, view, handle, in_force.get(handle), opening)
        if world.instruments[handle].definition in world.panels
        else asking.of(world, view, handle)
        for handle in held
    }
    known = {handle: each for handle, each in told.items() if each is not None}
    if not known:
        return Needed(0, 0, 0, frozenset())
    exposure = sum(held[handle] * each.exposure for handle, each in known.items())
    maintenance, initial = _margins(view, world.assets[view.asset], _amounts(held, known))
    besides = sum(abs(held[h]) * each.besides[held[h] < 0] for h, each in known.items())
    return Needed(exposure, maintenance + besides, initial + besides, frozenset(known))


def _amounts(held: Mapping[int, int], known: Mapping[int, _Told]) -> tuple[int, ...]:
    """The worst loss, gross and net notional, the largest of one price, the worst losses on each
    underlying alone, and the standard error."""
    by_price: dict[Price, list[int]] = defaultdict(list)
    groups: dict[object, list[int]] = defaultdict(list)
    for handle, each in known.items():
        groups[each.prices].append(handle)
        for price, units in each.notionals:
            by_price[price].append(held[handle] * units)
    nets = [abs(sum(each)) for each in by_price.values()]
    gross = sum(abs(units) for each in by_price.values() for units in each)
    alone = (_worst(held, {h: known[h] for h in handles}) for handles in groups.values())
    error = sum(abs(held[handle]) * each.standard_error for handle, each in known.items())
    return _worst(held, known), gross, sum(nets), max(nets, default=0), sum(alone), error


def _worst(held: Mapping[int, int], known: Mapping[int, _Told]) -> int:
    rows = ([held[handle] * loss for loss in each.losses] for handle, each in known.items())
    return max(0, *map(sum, zip(*rows, strict=True)))


@lru_cache(1024)
def _margins(view: PolicyView, places: int, amounts: tuple[int, ...]) -> tuple[int, int]:
    """Maintenance and initial margin by a policy, in minor units. Fractions are slow, and most
    pools come to the same amounts before and after a command, or in one block and the next."""
    unit = Fraction(1, 10**places)
    worst, gross, net, largest, alone, error = (each * unit for each in amounts)
    measures = [worst, gross, net, largest / net if net else net, alone, error]
    found = list(_steps(view, measures))
    maintenance, initial = (
        max(0, round(found[step] / unit)) for step in (view.maintenance, view.initial)
    )
    return maintenance, initial


def _steps(view: PolicyView, measures: list[Fraction]) -> Iterator[Fraction]:
    found: list[Fraction] = []
    for step in view.steps:
        found.append(_step(step, measures, found))
        yield found[-1]


def _step(step: Step, measures: list[Fraction], found: list[Fraction]) -> Fraction:
    match step.operation:
        case "number":
            return Fraction(step.arguments[0], ONE)
        case "measure":
            return measures[step.arguments[0]]
    terms = [found[place] for place in step.arguments]
    match step.operation:
        case "neg":
            return -terms[0]
        case "abs":
            return abs(terms[0])
        case "+":
            return terms[0] + terms[1]
        case "-":
            return terms[0] - terms[1]
        case "*":
            return terms[0] * terms[1]
        case "/":
            return terms[0] / terms[1]
        case "min":
            return min(terms)
        case "max":
            return max(terms)
    raise AssertionError(f"a policy has no {step.operation}")


def _appraised(
    world: World, view: PolicyView, handle: int, said: Appraisal | None, opening: bool
) -> _Told | None:
    """None while there is no table, or it says nothing of the policy."""
    instrument = world.instruments[handle]
    tables = () if said is None else said.tables
    table = next((each for each in tables if each.policy.hex() == view.content_hash), None)
    if said is None or table is None or instrument.mark is None:
        return None
    part, exposure = late(world, handle, said, world.time)[opening], worth(world, handle, said)
    first, second = left(world, handle, exposure)

    def rest(whole: int) -> int:
        return whole - round(whole * part)

    losses = tuple(rest(min(first, max(-second, loss))) for loss in table.losses)
    prices = [pair for pair, _ in priced(world, handle)]
    notionals = tuple((pair, rest(p.notional)) for pair, p in zip(prices, said.prices, strict=True))
    besides, error = (round(first * part), round(second * part)), rest(said.standard_error)
    return _Told(exposure, losses, notionals, frozenset(prices), error, besides)


def _told(
    executor: Executor,
    view: PolicyView,
    code: DefinitionView,
    instrument: Instrument,
    now: int,
    values: Sequence[int],
) -> _Told | None:
    """None if an answer is no number."""
    kinds = []
    for each, _ in zip(code.risk_inputs, values, strict=True):
        slots = code.feeds[each.slot].assets if each.source in ("spot", "volatility") else ()
        kinds.append((each.source, tuple(instrument.assets[slot] for slot in slots)))

    def exposure(fraction: Mapping[int, int]) -> int | None:
        moved = (v + v * fraction.get(place, 0) // ONE for place, v in enumerate(values))
        inputs = RiskInputs(now, tuple(moved))
        told = executor.risk(code, instrument.terms, instrument.standing, inputs)
        return None if told is None else told[0].exposure

    def moves(spot: int, volatility: int) -> dict[int, int]:
        by = {"spot": spot, "volatility": volatility}
        quoted = ((place, kind) for place, (kind, pair) in enumerate(kinds) if pair[1:] == asset)
        return {place: by[kind] for place, kind in quoted}

    asset = (view.asset,)
    still = exposure({})
    then = [exposure(moves(each.spot, each.volatility)) for each in view.scenarios]
    spots = [(place, pair) for place, (kind, pair) in enumerate(kinds) if kind == "spot"]
    bumps = [exposure({place: sign * ONE // 100}) for place, _ in spots for sign in (1, -1)]
    answers = [each for each in (still, *then, *bumps) if each is not None]
    if still is None or len(answers) < 1 + len(then) + len(bumps):
        return None
    losses = tuple(each - still for each in answers[1 : 1 + len(then)])
    around = answers[1 + len(then) :]
    pairs = zip(spots, around[::2], around[1::2], strict=True)
    notionals = tuple((pair, 50 * (up - down)) for (_, pair), up, down in pairs)
    prices = frozenset(pair for _, pair in kinds if len(pair) == 2)
    return _Told(still, losses, notionals, prices)
