"""A policy applied by a fused kernel, on blocks of paths; see `kernel`."""

from collections.abc import Callable, Iterator

import numpy as np

from rfos_lang.valuation.exercise.kernel import Choosers, choosing_text, room
from rfos_lang.valuation.exercise.policy import Along, Policy, chooser, has_gains
from rfos_lang.valuation.exercise.tables import changes_of, choices_of, layout_of, rules_of
from rfos_lang.valuation.path.fused import whole_tiles
from rfos_lang.valuation.path.kernel_text import LANES
from rfos_lang.valuation.path.machine import function
from rfos_lang.valuation.path.timeline import Floats
from rfos_lang.valuation.simulated.monte_carlo import Sampled, until_enough
from rfos_lang.valuation.simulated.simulation import Sampler, Simulation, drawn_of


def in_groups(policy: Policy) -> Iterator[tuple[range, Along]]:
    """The value and the martingale on each block of paths, in order, as long as more is wanted."""
    simulation = policy.simulation
    on = applied(policy, simulation, (simulation.program.values[0],))
    blocks = until_enough(simulation, lambda block: on(drawn_of(simulation, block)))
    for block, (value, martingale) in enumerate(blocks):
        yield range(block, block + 1), Along(value, martingale)


def sampler(policy: Policy) -> Sampled:
    """Of a simulation, which may carry more than the policy's own, what it carries at the end."""

    def sampled(wider: Simulation, slots: tuple[int, ...]) -> Sampler:
        on = applied(policy, wider, slots)
        return lambda block: on(drawn_of(wider, block))[:-1]

    return sampled


def applied(
    policy: Policy, simulation: Simulation, slots: tuple[int, ...]
) -> Callable[[Floats], Floats]:
    """What is carried at the end under a policy, and then the martingale, on normals
    `[n, m, paths / 2]` and on their mirror images. The simulation may be the policy's own with more
    to carry."""
    run = _choosing(policy, simulation, slots)

    def on(normals: Floats) -> Floats:
        half, whole = normals.shape[2], whole_tiles(normals)
        found = np.empty((len(slots) + 1, 2, whole.shape[2]))
        run(whole, found)
        return found[:, :, :half].reshape(len(found), 2 * half)

    return on


def decided(policy: Policy, simulation: Simulation) -> Callable[[Floats], Floats]:
    """What is decided under a policy, on the same, as the kernel of the adjoint takes it. The
    simulation may be the policy's own in a market that has moved."""
    run = _choosing(policy, simulation, (), tells=True)
    shape = len(simulation.line), len(simulation.program.step)

    def on(normals: Floats) -> Floats:
        whole = whole_tiles(normals)
        told = np.zeros((*shape, 2 * whole.shape[2]))
        run(whole, np.empty((1, 2, whole.shape[2])), told)
        return told

    return on


def _choosing(
    policy: Policy, simulation: Simulation, slots: tuple[int, ...], tells: bool = False
) -> Callable[..., None]:
    """The kernel of a policy, called with normals for whole tiles and with what it fills. What it
    tells of decisions needs no martingale."""
    program, model, steps = simulation.program, simulation.model, len(simulation.line)
    choices, own = choices_of(program), policy.simulation
    choosers = Choosers(
        tuple((each, program.values[chooser(own, program.step[each])]) for each in choices),
        own.program.states,
        has_gains(own),
        bool(policy.martingale.changes) and not tells,
    )
    gains = len(choices) if choosers.gains else 0
    variables = len(model.read) + len(choosers.states) + gains
    layout = layout_of(policy, variables, len(model.pairs))
    text = choosing_text(program, simulation.fused.prices, slots, LANES, choosers, layout, tells)
    market, run = simulation.fused.market(room(choosers)), function(text, "kernel")
    rules = rules_of(policy, program, steps, layout)
    changes = changes_of(policy, steps, layout)

    def on(whole: Floats, found: Floats, *told: Floats) -> None:
        run(*market(whole), found, rules, changes, *told)

    return on
