"""Control variates along the paths of a simulation, and how much of each is taken.

What a control is worth less than expected on a path, times a coefficient, is added to the
contract's value there, which changes nothing on average. Paths of their own have found the
coefficients (Glasserman, Monte Carlo Methods in Financial Engineering, section 4.1).

Controls become part of the path program: sums of prices and of their logarithms are carried from
step to step, and at the last one become what each control pays. So whatever runs the contract runs
them, and differentiates them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from itertools import islice
from math import exp, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import (
    ONE,
    ZERO,
    Node,
    Operation,
    PathProgram,
    Region,
    add,
    in_order,
    multiply,
    subtract,
)
from rfos_lang.valuation.joint.amounts import Amount, Payoff, Weights
from rfos_lang.valuation.joint.controls import Control, controls_of
from rfos_lang.valuation.joint.exact import Expectation, Slab, slab_of
from rfos_lang.valuation.joint.law import Law
from rfos_lang.valuation.joint.reading import Reader
from rfos_lang.valuation.path.timeline import Floats, Timeline

SUMS_MOST = 40
"""Sums that are carried along; controls that need more are left out."""
EXP_MOST = 709.0
NO_CLAUSE = -1
_POSITIVE_PARTS = {Operation.MAXIMUM, Operation.MINIMUM, Operation.ABSOLUTE}


@dataclass(frozen=True, slots=True)
class Rounded:
    """What a control is rounded by at a level of a direction: `slope` times the positive part of
    their difference, less the difference where it is positive. That is nothing, but not once both
    have a width; then the control is as smooth as a contract that pays a positive part. `worth` is
    the discount factor that it is paid with, if any."""

    direction: Weights
    level: float
    slope: float
    worth: int | None


@dataclass(frozen=True, slots=True)
class Followed:
    """A contract and its controls as one path program on one timeline; `slots` are the carried
    values that hold at the end what each control pays. `levels` are the comparisons of the
    controls, each with the sum of letters that it is of; `expectations` what each is worth in any
    market; `discounts` whether it is discounted as the market says, or by the factors of now;
    `first` gives the same with some of the first controls alone."""

    program: PathProgram
    line: Timeline
    controls: tuple[Control, ...]
    slots: tuple[int, ...]
    levels: tuple[tuple[Node, Weights], ...]
    expectations: tuple[Expectation, ...]
    discounts: tuple[bool, ...]
    rounded: tuple[tuple[Rounded, ...], ...]
    first: Callable[[int], "Followed"] | None = field(default=None, compare=False, repr=False)

    @property
    def names(self) -> str:
        """The controls in words."""
        return ", ".join(dict.fromkeys(control.name for control in self.controls))

    @property
    def expected(self) -> Floats:
        """What each control is worth."""
        return np.array([control.expected for control in self.controls])


def followed(reader: Reader) -> Followed | None:
    """An instance with its controls; None if it has none."""
    return following(reader, controls_of(reader)) if len(reader.line) else None


def following(reader: Reader, controls: tuple[Control, ...]) -> Followed | None:
    """An instance with some controls; None if there is none that can be followed."""
    build = _Following(reader, np.log(reader.rows.worths).reshape(-1).tolist())
    kept, paid, ends = [], [], []
    for control in controls:
        found = build.paid(control.payoff)
        if found is not None:
            kept.append(control)
            paid.append(found)
            ends.append(build.end)

    def first(count: int) -> Followed:
        upto = build.until(ends[count - 1])
        return replace(upto.closed(tuple(kept[:count]), tuple(paid[:count])), first=first)

    return first(len(kept)) if kept else None


@dataclass(slots=True)
class _Following:
    """Adds sums and columns to a program. `known` are the logarithms of its worths."""

    reader: Reader
    known: list[float]
    columns: list[Floats] = field(default_factory=list)
    sums: dict[tuple[bool, tuple[tuple[int, float], ...]], int] = field(default_factory=dict)
    regions: list[tuple[Region, Floats]] = field(default_factory=list)
    levels: dict[Node, Weights] = field(default_factory=dict)

    @property
    def end(self) -> tuple[int, int, int, int]:
        """How much there is so far."""
        return len(self.columns), len(self.sums), len(self.regions), len(self.levels)

    def until(self, end: tuple[int, int, int, int]) -> "_Following":
        """The same as it was then."""
        columns, sums, regions, levels = end
        return _Following(
            self.reader,
            self.known,
            self.columns[:columns],
            dict(islice(self.sums.items(), sums)),
            self.regions[:regions],
            dict(islice(self.levels.items(), levels)),
        )

    def closed(
        self,
        controls: tuple[Control, ...],
        found: tuple[tuple[Node, bool, tuple[Rounded, ...]], ...],
    ) -> Followed:
        """The program that pays the controls beside."""
        paid = tuple(node for node, _, _ in found)
        program, line = self.reader.program, self.reader.line
        first = len(program.carried) + len(self.sums)
        slots = tuple(first + place for place in range(len(paid)))
        outputs = in_order(paid)
        constants = frozenset(program.setup)
        nodes = tuple(node for node in outputs if node not in constants)
        last = np.zeros(len(line))
        last[-1] = 1.0
        end = Region(NO_CLAUSE, nodes, tuple(zip(slots, paid, strict=True)), (), ())
        every = [*self.regions, (end, last)]
        names = [f"sum {place}" for place in range(len(self.sums))]
        names += [f"control {place}" for place in range(len(paid))]
        wider = replace(
            program,
            step=(*program.step, *(region for region, _ in every)),
            carried=(*program.carried, *names),
            kinks=(*program.kinks, *self.levels),
        )
        gates = np.stack([runs != 0.0 for _, runs in every], axis=1)
        longer = replace(
            line,
            gates=np.concatenate([line.gates, gates], axis=1),
            occurrences=_widened(line.occurrences, len(every)),
            falls_due=_widened(line.falls_due, len(every)),
            columns=np.concatenate([line.columns, np.stack(self.columns, axis=1)], axis=1),
            initial=np.concatenate([line.initial, np.zeros(len(names))]),
        )
        expectations = tuple(control.expectation for control in controls)
        discounts = tuple(discounted for _, discounted, _ in found)
        levels, rounded = tuple(self.levels.items()), tuple(each for _, _, each in found)
        return Followed(wider, longer, controls, slots, levels, expectations, discounts, rounded)

    def paid(self, payoff: Payoff) -> tuple[Node, bool, tuple[Rounded, ...]] | None:
        """What a control pays, at the last step, whether it is discounted as the market says, and
        how it is rounded; None if that asks for too many sums."""
        total, rounded, slabs = ZERO, list[Rounded](), list(_slabs(payoff))
        factors = [self.discount(amount) for amount, _ in slabs]
        discounts = not any(map(_is_discounted_besides, slabs, factors))
        for (amount, slab), found in zip(slabs, factors, strict=True):
            factor = found if discounts else None
            if _count_of_products(amount) + len(self.sums) > SUMS_MOST:
                return None
            rest = amount if factor is None else _without(amount, factor)
            worth = ONE if factor is None else self.factor(factor)
            paid = multiply(self.where(slab), self.amount(rest))
            for each in self.roundings(rest, slab, factor):
                paid = add(paid, self.rounding(each))
                rounded.append(each)
            total = add(total, multiply(worth, paid))
        return total, discounts, tuple(rounded)

    def roundings(self, amount: Amount, slab: Slab | None, worth: int | None) -> Iterator[Rounded]:
        """How an amount is rounded at the levels of its slab, if the contract has positive parts:
        by how it changes there with what the level is of."""
        if slab is None or _POSITIVE_PARTS.isdisjoint(k.operation for k in self.kinks):
            return
        law = Law(self.reader.model, self.reader.rows)
        along, terms = law.of([slab.direction]), law.of(list(amount.terms))
        variance = float(along.variances[0])
        if variance == 0.0:
            return
        loads = terms.covariances(along)[:, 0] / variance
        left = terms.mean + (terms.variances - loads * loads * variance) / 2
        coefficients = np.array(list(amount.terms.values()))
        for level, sign in ((slab.lower, 1.0), (slab.upper, -1.0)):
            if np.isfinite(level):
                there = np.exp(left + loads * (level - along.mean[0]))
                slope = sign * float(np.sum(coefficients * there * loads))
                yield Rounded(slab.direction, level, slope, worth)

    def rounding(self, rounded: Rounded) -> Node:
        """What a rounding pays."""
        random = {letter: weight for letter, weight in rounded.direction if letter >= 0}
        level = self.at_last(rounded.level - self.worth(rounded.direction))
        above = subtract(self.sum_of(random, logarithms=True), level)
        part = Node(Operation.MAXIMUM, (above, ZERO))
        truth = Node(Operation.LESS, (ZERO, above))
        self.levels.update({part: rounded.direction, truth: rounded.direction})
        bend = subtract(part, multiply(above, truth))
        return multiply(self.at_last(rounded.slope), bend)

    @property
    def kinks(self) -> tuple[Node, ...]:
        return self.reader.program.kinks

    def discount(self, amount: Amount) -> int | None:
        """The discount factor of the last step that every term of an amount has, if any."""
        width = self.reader.rows.worths.shape[1]
        first = (len(self.reader.line) - 1) * width
        every = [dict(weights) for weights in amount.terms]
        for letter, weight in every[0].items() if every else ():
            shared = weight == 1.0 and all(each.get(letter) == 1.0 for each in every)
            if shared and letter < 0 and -1 - letter >= first:
                return letter
        return None

    def factor(self, letter: int) -> Node:
        """A discount factor of the last step."""
        return Node(Operation.WORTH, slot=(-1 - letter) % self.reader.rows.worths.shape[1])

    def amount(self, amount: Amount) -> Node:
        """An amount whose discount factors are numbers: `known` + Σ c S + Σ c e^(w X)."""
        constant, prices, total = 0.0, dict[int, float](), ZERO
        for weights, coefficient in amount.terms.items():
            random = {letter: weight for letter, weight in weights if letter >= 0}
            discounted = len(random) < len(weights)
            scale = coefficient * _exp(self.worth(weights)) if discounted else coefficient
            if not random:
                constant += scale
            elif _is_price(random):
                letter = next(iter(random))
                prices[letter] = prices.get(letter, 0.0) + scale
            else:
                power = Node(Operation.EXPONENTIAL, (self.sum_of(random, logarithms=True),))
                total = add(total, multiply(self.at_last(scale), power))
        if prices:
            total = add(total, self.sum_of(prices, logarithms=False))
        return add(total, self.at_last(constant)) if constant else total

    def where(self, slab: Slab | None) -> Node:
        """1 within a slab."""
        if slab is None:
            return ONE
        random = {letter: weight for letter, weight in slab.direction if letter >= 0}
        along = self.sum_of(random, logarithms=True)
        above = [
            Node(Operation.LESS, (self.at_last(level - self.worth(slab.direction)), along))
            for level in (slab.lower, slab.upper)
            if np.isfinite(level)
        ]
        self.levels.update(dict.fromkeys(above, slab.direction))
        if slab.lower == -np.inf:
            above.insert(0, ONE)
        return subtract(above[0], above[1]) if len(above) == 2 else above[0]

    def worth(self, weights: Weights) -> float:
        """What discount factors contribute to a sum of letters."""
        return sum(weight * self.known[-1 - letter] for letter, weight in weights if letter < 0)

    def at_last(self, number: float) -> Node:
        """A number that is read at the last step."""
        column = np.zeros(len(self.reader.line))
        column[-1] = number
        return self.column(column)

    def column(self, values: Floats) -> Node:
        self.columns.append(values)
        place = self.reader.line.columns.shape[1] + len(self.columns) - 1
        return Node(Operation.COLUMN, slot=place)

    def sum_of(self, weights: Mapping[int, float], logarithms: bool) -> Node:
        """The carried sum of letters, or of their logarithms, each times its weight."""
        scale = weights[min(weights)]
        unit = {letter: weight / scale for letter, weight in weights.items()}
        named = (logarithms, tuple(sorted(unit.items())))
        if named not in self.sums:
            self.sums[named] = len(self.reader.program.carried) + len(self.sums)
            self.regions.append(self.summing(self.sums[named], unit, logarithms))
        return multiply(self.at_last(scale), Node(Operation.CARRY, slot=self.sums[named]))

    def summing(
        self, slot: int, weights: Mapping[int, float], logarithms: bool
    ) -> tuple[Region, Floats]:
        """The region that adds to a sum, and the steps at which it does."""
        spots = len(self.reader.model.pairs)
        table = np.zeros((len(self.reader.line), spots))
        for letter, weight in weights.items():
            table[letter // spots, letter % spots] += weight
        total = Node(Operation.CARRY, slot=slot)
        for spot in np.flatnonzero(table.any(axis=0)):
            price = self.price(int(spot), logarithms)
            total = add(total, multiply(self.column(table[:, spot]), price))
        region = Region(NO_CLAUSE, in_order((total,)), ((slot, total),), (), ())
        return region, table.any(axis=1).astype(float)

    def price(self, spot: int, logarithm: bool) -> Node:
        """The price of a spot at a step, or its logarithm."""
        for slot, pair in self.reader.model.feeds:
            if pair == spot:
                return Node(Operation.LOG_NOW if logarithm else Operation.FEED, slot=slot)
        slot = next(slot for slot, pair in self.reader.model.quotes if pair == spot)
        quote = Node(Operation.QUOTE, slot=slot)
        return Node(Operation.LOGARITHM, (quote,)) if logarithm else quote


def _slabs(payoff: Payoff) -> Iterator[tuple[Amount, Slab | None]]:
    for region, amount in payoff.pieces.items():
        yield amount, slab_of(region)


def _is_discounted_besides(part: tuple[Amount, Slab | None], factor: int | None) -> bool:
    """Whether a part of a payoff has discount factors other than the one of its last step. Then all
    of the payoff is discounted by the factors of now, so that its expectation can be too."""
    amount, slab = part
    rest = amount if factor is None else _without(amount, factor)
    asked = [*rest.terms, slab.direction] if slab else [*rest.terms]
    return any(letter < 0 for weights in asked for letter, _ in weights)


def _without(amount: Amount, letter: int) -> Amount:
    """An amount without a letter that each of its terms has once."""
    terms = {weights - {(letter, 1.0)}: c for weights, c in amount.terms.items()}
    return Amount(terms, amount.logarithms)


def _exp(x: float) -> float:
    return exp(x) if x < EXP_MOST else inf


def _is_price(random: Mapping[int, float]) -> bool:
    """Whether a product of prices is one price."""
    return len(random) == 1 and 1.0 in random.values()


def _count_of_products(amount: Amount) -> int:
    """How many of the terms are no price, but for discount factors, and no number either."""
    each = ({letter: w for letter, w in weights if letter >= 0} for weights in amount.terms)
    return sum(1 for random in each if random and not _is_price(random))


def _widened(rows: NDArray[Any], by: int) -> NDArray[Any]:
    return np.concatenate([rows, np.zeros((len(rows), by), dtype=rows.dtype)], axis=1)
