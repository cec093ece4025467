"""Monte Carlo: the value from the exact path program, every Greek from the smooth one.

Paths come in blocks, each with normals of its own from a counter-based generator keyed by the seed
and the block, so that the same seed gives the same value, and in antithetic pairs. The Greeks are
the derivatives of the smooth program on the very same normals, at two widths; the smoothing's bias
falls with the square of the width, so the two are extrapolated (Richardson) and differ by what is
reported as its bound. Control variates lessen the error of the value: see `joint/controls`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core import meaning
from rfos_lang.core.program import Choice, Program, Terms
from rfos_lang.path.lowering import lowered
from rfos_lang.path.program import Monitoring, PathProgram
from rfos_lang.valuation import model_lognormal
from rfos_lang.valuation.bends import bends
from rfos_lang.valuation.dynamics.chosen import bridges_are_exact, lognormally, motion
from rfos_lang.valuation.dynamics.motion import Diffusion, Motion
from rfos_lang.valuation.joint.reading import Assumption, Reader
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.market_on_timeline import spot_feeds
from rfos_lang.valuation.path.numpy_printer import Decide, Tick
from rfos_lang.valuation.path.timeline import Floats, timeline
from rfos_lang.valuation.rates.paths import rate_motion
from rfos_lang.valuation.reporting import reporting_asset
from rfos_lang.valuation.request import PSEUDO, SOBOL
from rfos_lang.valuation.result import Valuation
from rfos_lang.valuation.simulated import control_paths
from rfos_lang.valuation.simulated.control_coefficients import coefficients, needed
from rfos_lang.valuation.simulated.deciding import Deciding
from rfos_lang.valuation.simulated.estimate import Estimate, Sums, estimated_of
from rfos_lang.valuation.simulated.pace import Enough, Pace
from rfos_lang.valuation.simulated.simulation import (
    KEPT_MOST,
    PILOT,
    Draws,
    Found,
    Sampler,
    Simulation,
    every_block,
    independent,
    paired,
    sampler,
    together,
)

PATHS = 100_000
HELPFUL = 2.0
"""Greeks have controls if these make the value's error so many times smaller; what hardly has to do
with the value would only disturb a Greek that is certain without it."""
USELESS = 0.95
"""Controls that leave so much of the variance are not followed."""
ROUNDING = 1e-12
"""The least that is left of an error, where a control is the contract itself."""


def value(
    program: Program,
    terms: Terms,
    market: Market,
    *,
    paths: int = PATHS,
    seed: int = 1,
    greeks: bool = True,
    standing: meaning.Standing | None = None,
    reporting: int | None = None,
    bounds: bool = False,
    pace: Pace | None = None,
    sampling: str = PSEUDO,
) -> Valuation:
    """The value of an instance to its first party, and its Greeks.

    A contract with choices is valued by `exercise.least_squares`, and bounded
    from both sides if `bounds` are asked for. `standing` says where a seasoned instance stands;
    None means that nothing has happened yet. The value is told in the asset slot
    `reporting`, by default that of `reporting_asset`. A `pace` that raises Enough leaves the value
    of the blocks until then, with its error and without Greeks.
    Raises Refused E065x for what Monte Carlo cannot value, E06xx for what the market lacks.
    """
    ready = prepared(program, terms, market, paths, seed, standing, reporting)
    draws = Draws(KEPT_MOST if greeks else 0)
    simulation = replace(ready, pace=pace, sampling=sampling, draws=draws)
    if any(isinstance(clause, Choice) for clause in program.clauses):
        if program.escrow is not None:
            raise Refused("E0656", contract=program.name)
        from rfos_lang.valuation.exercise import least_squares

        return least_squares.value(simulation, greeks=greeks, bounds=bounds)
    controlled = with_controls(simulation)
    outcome = estimated(simulation, controlled)
    result = Valuation(
        outcome.mean,
        simulation.asset,
        "Monte Carlo",
        simulation.motion.name,
        standard_error=outcome.error,
        monitoring=monitoring(simulation),
        notes=(described(simulation), *outcome.note),
    )
    if not greeks or outcome.is_partial:
        return result
    helpful = (outcome.plain_error or 0.0) > HELPFUL * outcome.error
    return with_greeks(result, simulation, controlled=controlled if helpful else None)


def with_greeks(
    valuation: Valuation,
    simulation: Simulation,
    deciding: Deciding | None = None,
    controlled: "Controlled | None" = None,
) -> Valuation:
    """A valuation with its Greeks: adjoint where the model has one, else by differences; without
    them if that is enough."""
    try:
        return _differentiated(valuation, simulation, deciding, controlled)
    except Enough:
        note = "It was interrupted, so that there are no Greeks."
        return replace(valuation, notes=(*valuation.notes, note))


def _differentiated(
    valuation: Valuation,
    simulation: Simulation,
    deciding: Deciding | None,
    controlled: "Controlled | None",
) -> Valuation:
    if simulation.motion.has_adjoint:
        from rfos_lang.valuation.simulated import smooth_greeks
        from rfos_lang.valuation.simulated.control_greeks import ControlGreeks

        controls = None
        if controlled is not None:
            wider, followed = controlled.simulation, controlled.controls
            controls = ControlGreeks(wider, followed, controlled.coefficients)
        return smooth_greeks.added(valuation, simulation, deciding, controls)
    from rfos_lang.valuation.dynamics import bumped_paths

    decide = None if deciding is None else deciding.decide
    return bumped_paths.added(valuation, simulation, decide)


def prepared(
    program: Program,
    terms: Terms,
    market: Market,
    paths: int,
    seed: int,
    standing: meaning.Standing | None = None,
    reporting: int | None = None,
) -> Simulation:
    """Makes an instance ready to be simulated from the market's date on."""
    reporting = reporting_asset(program) if reporting is None else reporting
    path_program = lowered(program, reporting, spot_feeds(program))
    line = timeline(
        program,
        terms,
        path_program,
        market.as_of,
        standing,
        exact_bridges=bridges_are_exact(market),
        bends=bends(terms, market) if _minds_bends(path_program, terms) else (),
    )
    at_hand = lognormally(market)
    model = model_lognormal.prepared(program, terms, path_program, line, at_hand, reporting)
    rows = model_lognormal.rows(model.numbers, model.unmoved)
    asset = terms.assets[reporting]
    moves: Motion | None = rate_motion(
        program, terms, market, path_program, line, model, rows, asset
    )
    moves = moves or motion(market, model, rows)
    return Simulation(program, path_program, line, model, rows, moves, asset, max(paths, 2), seed)


def _minds_bends(paths: PathProgram, terms: Terms) -> bool:
    """Whether more is asked of a step than where one price ends."""
    return bool(paths.monitoring) or len(terms.assets) > 2


# --- simulation -----------------------------------------------------------------------------------


Sampled = Callable[[Simulation, tuple[int, ...]], Sampler]
"""What some slots of a simulation carry at the end, block by block."""


def estimate(simulation: Simulation, sampled: Sampled = sampler) -> Estimate:
    """The value of a simulation, with control variates if there are any.

    Their coefficients come from a pilot run, so that nothing is biased. Raises Refused E0655 if the
    value is not finite.
    """
    return estimated(simulation, with_controls(simulation, sampled), sampled)


@dataclass(frozen=True, slots=True)
class Controlled:
    """A simulation whose program pays its controls too, and how much of each is taken."""

    simulation: Simulation
    controls: control_paths.Followed
    coefficients: Floats


def with_controls(simulation: Simulation, sampled: Sampled = sampler) -> Controlled | None:
    """A simulation with its controls; None if it has none."""
    if not simulation.is_random or not isinstance(simulation.motion, Diffusion):
        return None
    controls = control_paths.followed(reader(simulation))
    if controls is None:
        return None
    wider = replace(simulation, program=controls.program, line=controls.line)
    values, *every = paired(sampled(wider, _slots(wider, controls))(PILOT))
    seen = np.array(every)
    if (count := needed(values, seen)) < len(seen):
        assert controls.first is not None
        controls, seen = controls.first(count), seen[:count]
        wider = replace(simulation, program=controls.program, line=controls.line)
    taken = coefficients(values, seen)
    if np.var(values - taken @ seen) > USELESS * np.var(values):
        return None
    return Controlled(wider, controls, taken)


def estimated(
    simulation: Simulation, controlled: Controlled | None, sampled: Sampled = sampler
) -> Estimate:
    """The value, less the controls as far as they are taken. Raises Refused E0655."""
    if controlled is None:
        only = Sums()
        for some in together(until_enough(simulation, sampled(simulation, _slots(simulation)))):
            only.add(_draws(simulation, some)[0], len(some))
        return estimated_of(simulation, only)
    wider, controls = controlled.simulation, controlled.controls
    plain, adjusted = Sums(), Sums()
    for some in together(until_enough(wider, sampled(wider, _slots(wider, controls)))):
        values, *seen = _draws(wider, some)
        plain.add(values, len(some))
        for taken, control, expected in zip(
            controlled.coefficients, seen, controls.expected, strict=True
        ):
            values = values - taken * (control - expected)
        adjusted.add(values, len(some))
    without, found = estimated_of(wider, plain), estimated_of(wider, adjusted)
    error = max(found.error, ROUNDING * without.error)
    return replace(found, error=error, plain_error=without.error, controls=controls.names)


def _draws(simulation: Simulation, blocks: list[Floats]) -> Floats:
    """The independent draws of some blocks, `[slots, draws]`."""
    return np.concatenate(independent(simulation, np.stack(blocks)), axis=1)


def until_enough(simulation: Simulation, of: Callable[[int], Found]) -> Iterator[Found]:
    """What each block gives, in order, as long as more is wanted."""
    try:
        yield from every_block(simulation, of)
    except Enough:
        return


def _slots(
    simulation: Simulation, controls: control_paths.Followed | None = None
) -> tuple[int, ...]:
    """The carried values that are looked at: the value to the first party, and the controls."""
    return (simulation.program.values[0], *(controls.slots if controls else ()))


def reader(simulation: Simulation, assumed: Assumption | None = None) -> Reader:
    """A reader of an instance in the algebra of joint lognormals."""
    parties = simulation.program.parties
    choosers = {
        index: parties.index(clause.party)
        for index, clause in enumerate(simulation.origin.clauses)
        if isinstance(clause, Choice)
    }
    return Reader(
        simulation.program, simulation.line, simulation.model, simulation.rows, choosers, assumed
    )


def pair_means(
    simulation: Simulation,
    block: int,
    decide: Decide | None = None,
    ticks: Iterable[Tick] | None = None,
) -> Floats:
    """The value on the paths of a block, averaged over what counts as one draw; the market along
    them may be at hand already."""
    found = sampler(simulation, _slots(simulation), decide, ticks)(block)
    return np.asarray(independent(simulation, found)[0])


# --- what was done --------------------------------------------------------------------------------


def monitoring(simulation: Simulation) -> str | None:
    """How what sees every tick was read; None if the contract has nothing of that kind."""
    kinds = {kind for _, kind in simulation.program.monitoring}
    said = []
    if Monitoring.BRIDGE in kinds:
        between = "" if simulation.motion.has_adjoint else f" on {len(simulation.line) - 1} steps"
        said.append(f"Brownian bridge{between}")
    if Monitoring.GRID in kinds:
        said.append(f"none: monitored on a grid of {len(simulation.line) - 1} steps")
    return "; ".join(said) or None


def described(simulation: Simulation) -> str:
    """One sentence on the sample."""
    if not simulation.is_random:
        return "Nothing that is observed is random in this model: one path is exact."
    count, steps = simulation.block * simulation.blocks, len(simulation.line)
    over = "one step" if steps == 1 else f"{steps} steps"
    if simulation.is_even:
        return (
            f"{count:,} paths in {simulation.blocks} scrambled sets of Sobol's points and their "
            f"mirror images over {over}, seed {simulation.seed}."
        )
    told = f"{count:,} paths in antithetic pairs over {over}, seed {simulation.seed}."
    if simulation.sampling == SOBOL:
        told += " They are pseudo-random: choices and very long paths have no Sobol points."
    return told
