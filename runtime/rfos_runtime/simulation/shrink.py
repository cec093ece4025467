"""Makes a world in which an invariant does not hold as small as it gets: fewer steps, orders,
reports and faults, as long as that invariant does not hold. Delta debugging, by halves.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from rfos_runtime.records.commands import Define, List
from rfos_runtime.reference.executor import Executor
from rfos_runtime.simulation.checks.invariants import COMPARED, Violation
from rfos_runtime.simulation.machine import play, remembering
from rfos_runtime.simulation.recipe import Order, Recipe, Step, bound

T = TypeVar("T")

TRIALS = 2_000
"""So many worlds are tried at most."""


def shrunk(recipe: Recipe, found: Violation, executor: Executor, trials: int = TRIALS) -> Recipe:
    """The recipe without whatever is not needed for the same invariant to fail."""
    return _with_its_offers(
        _Shrinking(recipe, found.invariant, remembering(executor), trials).run()
    )


class _Shrinking:
    """A recipe on its way to a smaller one."""

    def __init__(self, recipe: Recipe, invariant: int, executor: Executor, trials: int) -> None:
        self.recipe, self.invariant, self.executor = recipe, invariant, executor
        self.left = trials

    def run(self) -> Recipe:
        """Steps first, then what is in them, again until nothing more can go."""
        if not self._fails(self.recipe):
            return self.recipe  # it breaks on what is no part of a recipe
        while True:
            before = self.recipe
            self._fewer_steps()
            self._fewer_listings()
            self._fewer(lambda step: step.faults, lambda step, kept: replace(step, faults=kept))
            self._fewer(lambda step: step.orders, lambda step, kept: replace(step, orders=kept))
            self._fewer(lambda step: step.reports, lambda step, kept: replace(step, reports=kept))
            if self.recipe == before or self.left <= 0:
                return self.recipe

    def _fails(self, recipe: Recipe) -> bool:
        if self.left <= 0:
            return False
        self.left -= 1
        found = play(recipe, self.executor, self.invariant == COMPARED).found
        return bool(found) and found[0].invariant == self.invariant

    def _fewer_steps(self) -> None:
        def fails(steps: tuple[Step, ...]) -> bool:
            return self._fails(replace(self.recipe, steps=steps))

        kept = least(self.recipe.steps, fails)
        self.recipe = replace(self.recipe, steps=kept)

    def _fewer_listings(self) -> None:
        """Leaves out instruments that do nothing but give the later ones their numbers."""
        asked = (order.command for step in self.recipe.steps for order in step.orders)
        for handle in range(sum(isinstance(each, List) for each in asked), 0, -1):
            without = _without(self.recipe, handle)
            if self._fails(without):
                self.recipe = without

    def _fewer(
        self,
        parts: Callable[[Step], tuple[T, ...]],
        with_parts: Callable[[Step, tuple[T, ...]], Step],
    ) -> None:
        """Leaves out parts of all steps, seen as one list."""
        steps = self.recipe.steps
        everything = [(place, part) for place, step in enumerate(steps) for part in parts(step)]

        def made(kept: Sequence[tuple[int, T]]) -> Recipe:
            by_step: list[list[T]] = [[] for _ in steps]
            for place, part in kept:
                by_step[place].append(part)
            pairs = zip(steps, by_step, strict=True)
            return replace(self.recipe, steps=tuple(with_parts(s, tuple(p)) for s, p in pairs))

        self.recipe = made(least(tuple(everything), lambda kept: self._fails(made(kept))))


def least(whole: tuple[T, ...], fails: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    """A part of a list that still fails, and of which nothing can be left out alone; the whole is
    known to fail."""
    size = max(1, len(whole) // 2)
    while size >= 1 and whole:
        place = 0
        while place < len(whole):
            without = whole[:place] + whole[place + size :]
            if fails(without):
                whole = without
            else:
                place += size
        if size == 1:
            break
        size = max(1, size // 2)
    return whole


def _with_its_offers(recipe: Recipe) -> Recipe:
    """The recipe with the instruments that it lists, in that order, so that each is known by its
    number, and then those of which it has nothing but the definition."""
    asked = [order.command for step in recipe.steps for order in step.orders]
    by_terms = {bound(each.listing): each for each in recipe.offers}
    listed = [by_terms[bound(each)] for each in asked if isinstance(each, List)]
    defined = {each.artefact for each in asked if isinstance(each, Define)}
    others = (each for each in recipe.offers if each.artefact in defined)
    return replace(recipe, offers=tuple(dict.fromkeys((*listed, *others))))


def _without(recipe: Recipe, handle: int) -> Recipe:
    """A recipe in which an instrument is not listed; the later ones move up by a number."""
    listed, steps = 0, []
    for step in recipe.steps:
        kept: list[Order] = []
        for order in step.orders:
            listed += isinstance(order.command, List)
            if not isinstance(order.command, List) or listed != handle:
                kept.append(_moved_up(order, handle))
        steps.append(replace(step, orders=tuple(kept)))
    return replace(recipe, steps=tuple(steps))


def _moved_up(order: Order, handle: int) -> Order:
    number = getattr(order.command, "instrument", None)
    if number is None or number <= handle:
        return order
    command: Any = order.command
    return replace(order, command=replace(command, instrument=number - 1))
