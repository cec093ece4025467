"""A simulation that shares nothing with the compiler but the market: paths of its own, and on each
the contract's meaning (`core/meaning`), event by event, paid and discounted.

Slow and plain: lognormal prices are drawn exactly from event to event, others by Euler in small
steps; an event that has a hazard rate comes at a time that is drawn. No choice is ever taken, so it
values contracts without choices. What is declared is seen at the contract's own instants and just
after them, as it stands still between; what is watched at
every tick is seen at the contract's own instants alone, or with one extreme of the prices between
them, which is drawn by its law (Brownian bridge).
"""

from collections.abc import Iterator
from functools import cached_property
from math import exp, expm1, log1p, sqrt

import numpy as np

from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import ONE
from rfos_lang.base.instant import DAY, SECOND
from rfos_lang.base.records import dataclass
from rfos_lang.core import history, meaning
from rfos_lang.core.horizon import horizon
from rfos_lang.core.program import Choice, Sort, Watch
from rfos_lang.driver.instance import Instance
from rfos_lang.valuation.bends import bends
from rfos_lang.valuation.dynamics.smile import Smile
from rfos_lang.valuation.market import Market, Pair
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.reporting import reporting_asset

FINE = 1 / 250
"""Years of a step where a variance is random or depends on the price."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over independent paths, its standard error, and the most that a path posted."""

    value: float
    error: float
    postings: int


BOTH = "highest and lowest"
LIVES = 60
"""In how many an event is drawn that comes some day: they are spread evenly over its times."""


def simulated(
    instance: Instance,
    market: Market,
    paths: int,
    seed: int,
    extreme: str = "",
    ticks: tuple[int, ...] = (),
) -> Estimate:
    """The value of an instance of which nothing has happened yet, in the asset that the compiler
    tells it in. `extreme`: "highest", "lowest" or BOTH, if the contract looks at that; `ticks`:
    instants at which prices are seen besides."""
    walk = _Walk(instance, market, extreme, ticks)
    generator = np.random.default_rng(seed)
    if walk.event:
        return _failing(walk, generator)
    if not walk.pairs:
        value, count = walk.worth({}, 0)
        return Estimate(value, 0.0, count)
    seen = walk.prices(generator, paths // 2)
    found = [walk.worth(seen, path) for path in range(2 * (paths // 2))]
    values = np.array([value for value, _ in found]).reshape(2, -1).mean(axis=0)
    values = walk.controlled(values, seen)
    error = float(np.std(values, ddof=1)) / sqrt(len(values))
    return Estimate(float(np.mean(values)), error, max(count for _, count in found))


def _failing(walk: "_Walk", generator: np.random.Generator) -> Estimate:
    """The life without the event, and those with it: two from each of many equally likely spans."""
    spans, comes = LIVES // 2, -expm1(-walk.hazard_by_day[-1])
    chances = comes * (np.arange(spans) + generator.uniform(size=(2, spans))) / spans
    found = [walk.worth({}, 0, walk.time_of_event(chance)) for chance in chances.ravel()]
    values = np.array([value for value, _ in found]).reshape(2, -1)
    error = comes * float(np.sqrt(np.sum((values[0] - values[1]) ** 2))) / 2 / spans
    never, count = walk.worth({}, 0)
    mean = comes * float(np.mean(values)) + (1 - comes) * never
    return Estimate(mean, error, max(count, *(posted for _, posted in found)))


def decided(instance: Instance, market: Market, ticks: tuple[int, ...] = ()) -> float:
    """The value of an instance between two parties if nothing is random, by trying out every way
    to choose; at any time at `ticks` too."""
    walk = _Walk(instance, market, ticks=ticks)
    assert len(instance.program.parties) == 2
    known: dict[int, dict[Pair, float]] = {at: {} for at in walk.instants}
    if walk.pairs:
        for at, each in walk.prices(np.random.default_rng(0), 1).items():
            assert np.allclose(each[:, 0], each[:, 1], rtol=1e-6), "prices move by chance"
            known[at] = dict(zip(walk.pairs, each[:, 0], strict=True))
    begun = meaning.start(instance.program, instance.terms).standing
    return walk.decided(begun, walk.instants, known)


@dataclass(frozen=True, slots=True)
class _Step:
    """How far logarithms move, by diffusion and by jumps at its end; the diffusion's variance."""

    smooth: Floats
    jumps: Floats
    variance: Floats


@dataclass(frozen=True)
class _Walk:
    instance: Instance
    market: Market
    extreme: str = ""
    ticks: tuple[int, ...] = ()

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every price that is observed, or that what is paid has in the asset of the value."""
        program, terms = self.instance.program, self.instance.terms
        observed = [
            (terms.assets[slot.assets[0]], terms.assets[slot.assets[1]])
            for slot in program.feeds
            if slot.kind == "spot"
        ]
        paid = {
            terms.assets[action.asset]
            for clause in program.clauses
            for action in meaning.actions_of(clause)
            if hasattr(action, "payee")
        }
        told = [(asset, self.told) for asset in sorted(paid) if asset != self.told]
        exchange = [(cash, self.told) for _, cash in observed if cash != self.told]
        return tuple(dict.fromkeys([*observed, *told, *exchange]))

    @property
    def told(self) -> str:
        return self.instance.terms.assets[reporting_asset(self.instance.program)]

    @cached_property
    def instants(self) -> tuple[int, ...]:
        """When something falls due, the market's date, and where its curves bend."""
        program, terms = self.instance.program, self.instance.terms
        last = horizon(program, terms)
        assert last is not None
        due = history.instants(program, terms, {}, last + 1)
        inside = [at for at in bends(terms, self.market) if at < last and self.pairs]
        watches = (clause for clause in program.clauses if isinstance(clause, Watch))
        kinds = {program.feeds[slot].kind for watch in watches for slot in watch.feeds}
        after = [at + SECOND for at in due if at < last and kinds - {"spot"}]
        return tuple(sorted({self.market.as_of, *due, *after, *inside, *self.ticks}))

    @property
    def event(self) -> str:
        """The event that comes by chance, if there is one."""
        return next((name for name in self.instance.terms.feeds if name in self.market.hazards), "")

    @cached_property
    def hazard_by_day(self) -> list[float]:
        """The total hazard until each day of the contract's life."""
        days = (self.instants[-1] - self.market.as_of) // DAY + 1
        return [self.market.hazards[self.event].total(day / 365) for day in range(days)]

    def time_of_event(self, chance: float) -> int:
        """Until when the event has come with a chance."""
        totals = self.hazard_by_day
        day = float(np.interp(-log1p(-chance), totals, range(len(totals))))
        return self.market.as_of + round(day * DAY)

    # --- prices

    def prices(self, generator: np.random.Generator, half: int) -> dict[int, Floats]:
        """By instant the prices `[pairs, paths]`, the second half of the paths mirroring the
        first; between two instants, evenly apart, the extremes that were reached."""
        moved = np.zeros((len(self.pairs), 2 * half))
        known = {self.market.as_of: np.exp(self._logs(moved, 0.0))}
        state = [np.full(2 * half, heston.v0) if heston else None for heston in self._heston()]
        before = self.market.as_of
        for instant in self.instants[1:]:
            start, end = self.market.years(before), self.market.years(instant)
            reached = {side: np.log(known[before]) for side in self.sides}
            for t, dt in self._steps(start, end):
                step = self._step(t, dt, moved, state, generator, half)
                early, late = self._logs(moved, t), self._logs(moved + step.smooth, t + dt)
                moved = moved + step.smooth + step.jumps
                for side, so_far in reached.items():
                    between = self._extreme(side, early, late, step.variance, generator, half)
                    reached[side] = _farther(side, so_far, between, self._logs(moved, t + dt))
            for number, logs in enumerate(reached.values(), 1):
                at = before + (instant - before) * number // (len(reached) + 1)
                known[at] = np.exp(logs)
            known[instant] = np.exp(self._logs(moved, end))
            before = instant
        return known

    def _logs(self, moved: Floats, years: float) -> Floats:
        forwards = [self.market.forward(*pair, years) for pair in self.pairs]
        return np.log(forwards)[:, None] + moved

    def _steps(self, start: float, end: float) -> Iterator[tuple[float, float]]:
        fine = any(map(self._is_modelled, self.pairs))
        count = max(1, round((end - start) / FINE)) if fine else 1
        yield from (
            (start + (end - start) * k / count, (end - start) / count) for k in range(count)
        )

    def _heston(self):
        return [self.market.heston.get(pair) for pair in self.pairs]

    def _is_modelled(self, pair: Pair) -> bool:
        market = self.market
        own = (market.jumps, market.heston, market.smiles, market.local_volatilities)
        return any(pair in each for each in own)

    def _step(self, t, dt, moved, state, generator, half) -> _Step:
        """How far each logarithm moves about its forward in a step."""
        normals = _mirrored(generator.standard_normal((len(self.pairs), half)))
        driven = _root(self.market.correlation_matrix(self.pairs)) @ normals
        variance = np.array([self._variance(n, t, dt, moved, state) for n in range(len(moved))])
        change, jumped = np.sqrt(variance) * driven - variance / 2, np.zeros(moved.shape)
        for n, pair in enumerate(self.pairs):
            if pair[1] != self.told:
                other = self.pairs.index((pair[1], self.told))
                shared = self.market.correlation(pair, (pair[1], self.told))
                change[n] -= shared * np.sqrt(variance[n] * variance[other])
            if jumps := self.market.jumps_of(*pair):
                counts = np.tile(generator.poisson(jumps.intensity * dt, half), 2)
                sizes = _mirrored(generator.standard_normal(half)[None])[0]
                jumped[n] = counts * jumps.mean + np.sqrt(counts) * jumps.deviation * sizes
                change[n] -= jumps.intensity * dt * jumps.growth
            if heston := self.market.heston.get(pair):
                own = _mirrored(generator.standard_normal(half)[None])[0]
                noise = heston.rho * driven[n] + sqrt(1 - heston.rho**2) * own
                v = np.maximum(state[n], 0.0)
                drift = heston.kappa * (heston.theta - v) * dt
                state[n] = state[n] + drift + heston.xi * np.sqrt(v * dt) * noise
        return _Step(change, jumped, variance)

    def _variance(self, n, t, dt, moved, state):
        pair = self.pairs[n]
        if pair in self.market.heston:
            return np.maximum(state[n], 0.0) * dt
        if pair in self.market.smiles:
            grid = np.linspace(moved[n].min(), moved[n].max() + 1e-9, 300)
            local = _local_variance(self.market.smiles[pair], grid, t + dt / 2)
            return np.interp(moved[n], grid, local) * dt
        if pair in self.market.local_volatilities:
            rows = self.market.local_volatilities[pair].rows
            row = next((each for each in rows if t + dt / 2 < each.until), rows[-1])
            return np.interp(moved[n], row.at, row.volatilities) ** 2 * dt
        late, early = (self.market.volatility(*pair, at) ** 2 * at for at in (t + dt, t))
        return np.full(moved.shape[1], late - early)

    @property
    def sides(self) -> tuple[str, ...]:
        """Which extremes are told. Of both each is drawn by its own law, as if a price did not
        come near two levels within one step."""
        return (
            ("highest", "lowest") if self.extreme == BOTH else tuple(filter(None, [self.extreme]))
        )

    def _extreme(self, side, early, late, variance, generator, half) -> Floats:
        """The highest or lowest logarithm of a Brownian motion between two that are known."""
        uniform = generator.uniform(size=(len(self.pairs), half))
        uniform = np.concatenate([uniform, 1 - uniform], axis=1)
        reach = np.sqrt((late - early) ** 2 - 2 * variance * np.log(uniform))
        return (early + late + (reach if side == "highest" else -reach)) / 2

    def controlled(self, values: Floats, prices: dict[int, Floats]) -> Floats:
        """The values less what the last prices, whose forwards are known, say of them."""
        last = self.instants[-1]
        forwards = [self.market.forward(*pair, self.market.years(last)) for pair in self.pairs]
        halves = prices[last].reshape(len(self.pairs), 2, -1).mean(axis=1)
        own = [n for n, pair in enumerate(self.pairs) if pair[1] == self.told]
        surplus = halves[own] / np.array(forwards)[own, None] - 1
        centred = surplus - surplus.mean(axis=1, keepdims=True)
        slopes = np.linalg.lstsq(centred.T, values - values.mean(), rcond=1e-9)[0]
        return values - slopes @ surplus

    # --- what is paid

    def decided(
        self,
        standing: meaning.Standing,
        instants: tuple[int, ...],
        known: dict[int, dict[Pair, float]],
    ) -> float:
        """What the first of two parties has from some instants on, if nothing is random and whoever
        may choose does what is best. Whether a choice is open the meaning says."""
        program, terms = self.instance.program, self.instance.terms
        if not instants or standing.ended:
            return 0.0
        (instant, *later), seen = instants, known[instants[0]]
        observed = tuple(self._observed(slot, instant, seen) for slot in range(len(program.feeds)))
        everything = frozenset(range(len(program.feeds)))
        choices = [{at} for at, each in enumerate(program.clauses) if isinstance(each, Choice)]
        best: float | None = None
        for taken in (set[int](), *choices):
            event = meaning.Event(instant, observed, everything, frozenset(taken))
            outcome = meaning.fire(program, terms, standing, event)
            if outcome.status is not meaning.Status.OK:
                assert taken, outcome.status
                continue
            value = sum(self._paid(posting, instant, seen) for posting in outcome.postings)
            value += self.decided(outcome.standing, tuple(later), known)
            best = value if best is None else best
            for clause in taken:
                best = (min if program.clauses[clause].party else max)(best, value)
        assert best is not None
        return best

    def worth(
        self, prices: dict[int, Floats], path: int, event: int | None = None
    ) -> tuple[float, int]:
        """What the first party has of one path, discounted, and how many postings there were; the
        event, if there is one, comes at an instant or never."""
        program, terms = self.instance.program, self.instance.terms
        standing = meaning.start(program, terms).standing
        total, count = 0.0, 0
        instants = sorted(prices) if prices else self.instants
        for instant in instants if event is None else sorted({*instants, event}):
            rows = prices[instant] if prices else ()
            seen = {pair: row[path] for pair, row in zip(self.pairs, rows, strict=True)}
            slots = range(len(program.feeds))
            came = event is not None and instant >= event
            observed = tuple(self._observed(slot, instant, seen, came) for slot in slots)
            known = frozenset(slot for slot in slots if observed[slot] is not None)
            outcome = meaning.fire(
                program, terms, standing, meaning.Event(instant, observed, known)
            )
            assert outcome.status is meaning.Status.OK, outcome.status
            total += sum(self._paid(posting, instant, seen) for posting in outcome.postings)
            count += len(outcome.postings)
            standing = outcome.standing
            if standing.ended:
                break
        return total, count

    def _observed(
        self, slot: int, instant: int, seen: dict[Pair, float], came: bool = False
    ) -> int | None:
        feed, terms = self.instance.program.feeds[slot], self.instance.terms
        name = terms.feeds[slot]
        if feed.aspect is Aspect.LAPSED:
            return 0
        if feed.aspect is Aspect.NOW:
            return instant
        if name == self.event or feed.aspect is Aspect.RESOLVED:
            return int(came)
        if self.event and feed.kind not in ("spot", "index") and not came:
            return None
        if feed.kind == "spot":
            value = seen[terms.assets[feed.assets[0]], terms.assets[feed.assets[1]]]
        elif feed.kind == "index":
            index = name.removeprefix("index(").removesuffix(")")
            value = self.market.index_forward(index, instant)
        else:
            value = self.market.level(name)
        return round(value * ONE) if feed.sort is Sort.NUMBER else int(value)

    def _paid(self, posting: meaning.Posting, instant: int, seen: dict[Pair, float]) -> float:
        """A posting's worth to the first party now, in the asset of the value."""
        terms, market = self.instance.terms, self.market
        side = (posting.payee == 0) - (posting.payer == 0)
        asset = terms.assets[posting.asset]
        amount = side * posting.units / 10 ** terms.places[posting.asset]
        now = market.years(instant)
        then = now if posting.due is None else market.years(posting.due)
        if asset == self.told or not side:
            return amount * market.discount(self.told, then)
        lost = market.carry(asset, then) * then - market.carry(asset, now) * now
        return amount * seen[asset, self.told] * exp(-lost) * market.discount(self.told, now)


def _local_variance(smile: Smile, k: Floats, years: float) -> Floats:
    """Dupire's variance a year in terms of total variance w (Gatheral, The Volatility Surface,
    2006, equation 1.10), by differences."""

    def w(k: Floats, years: float) -> Floats:
        return np.asarray(smile.shape(k, years).w)

    step, soon = 1e-3, min(1e-4, years / 2)
    up, here, down = (w(k + by, years) for by in (step, 0.0, -step))
    slope, bend = (up - down) / (2 * step), (up - 2 * here + down) / step**2
    density = (1 - k * slope / (2 * here)) ** 2 - slope**2 / 4 * (1 / here + 1 / 4) + bend / 2
    rising = (w(k, years + soon) - w(k, years - soon)) / (2 * soon)
    return np.clip(rising / np.maximum(density, 1e-4), 0.0, 100.0)


def _farther(side: str, *logs: Floats) -> Floats:
    return (np.maximum if side == "highest" else np.minimum).reduce(logs)


def _mirrored(half: Floats) -> Floats:
    return np.concatenate([half, -half], axis=1)


def _root(correlations) -> Floats:
    return np.linalg.cholesky(np.array(correlations))
