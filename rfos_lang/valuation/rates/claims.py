"""What is still to come of a contract, as a function of the factor that moves rates.

A claim is a sum of parts, so that what two claims share cancels in their difference:

- exponentials c exp(b u - b^2 v / 2), which are martingales: payments that are known, discounted;
- products of them with fixings that are not made yet; a fixing is an exponential less a number;
- curved amounts of fixings of one date, such as the greater of two, also before they are made;
- lumps: any function of the factor at one date;
- choices whose gain depends on fixings of an earlier date.
"""

from collections.abc import Callable, Iterator, Mapping
from math import exp
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import Node
from rfos_lang.valuation.rates.amounts import Linear, fixings
from rfos_lang.valuation.rates.curves import Curves
from rfos_lang.valuation.rates.no_reading import NoReading

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]
EXPONENTIALS_MOST = 2_000
"""A rate that compounds over days that are not its own doubles them with each fixing."""

Key = TypeVar("Key")
Exponentials = Mapping[float, float]
"""Coefficients by b."""


@dataclass(frozen=True, slots=True, eq=False)
class Lump:
    """What is worth `function` of the factor when its variance is `variance`. `marks` are where it
    bends: the place and, where it bends smoothly, over how wide a stretch."""

    variance: float
    function: Function
    marks: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Curved:
    """An amount of fixings of one date; what a unit of it, paid when it is, is worth now, and how
    that moves with the factor."""

    amount: Node
    worth: float
    exposure: float


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """What a choice gains, where that depends on fixings of an earlier step, too: `settle` makes a
    function of the factor at that step of it."""

    step: int
    settle: Callable[[], Lump]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sum of parts, each with its coefficient."""

    products: Mapping[tuple[Linear, ...], Exponentials]
    curved: Mapping[Curved, float]
    lumps: Mapping[Lump, float]
    pending: Mapping[Pending, float]

    def plus(self, other: "Claim", times: float = 1.0) -> "Claim":
        """The sum with a multiple of another claim; what cancels is left out."""
        products = dict(self.products)
        for rows, terms in other.products.items():
            both = _added(products.pop(rows, {}), terms, times)
            if both:
                products[rows] = both
        return Claim(
            products,
            _added(self.curved, other.curved, times),
            _added(self.lumps, other.lumps, times),
            _added(self.pending, other.pending, times),
        )

    @property
    def exponentials(self) -> Exponentials:
        """The part that depends on no fixing to come."""
        return self.products.get((), {})

    @property
    def waits_for(self) -> Iterator[int]:
        """The steps whose fixings it depends on, each as often as it does."""
        for rows in self.products:
            yield from (row.fixing.offset for row in rows)
        yield from (step_of(each.amount) for each in self.curved)
        yield from (each.step for each in self.pending)


NOTHING = Claim({}, {}, {}, {})


def _added(mine: Mapping[Key, float], other: Mapping[Key, float], times: float) -> dict[Key, float]:
    both = dict(mine)
    for each, number in other.items():
        total = both.pop(each, 0.0) + times * number
        if total != 0.0:
            both[each] = total
    return both


def step_of(amount: Node) -> int:
    """The one step whose fixings a curved amount is of."""
    return fixings(amount)[0].offset


def parted(claim: Claim, step: int) -> tuple[Claim, Claim]:
    """A claim without the parts whose last fixing is made at a step, and those parts."""
    apart = {k: v for k, v in claim.products.items() if k and k[-1].fixing.offset == step}
    curved = {k: v for k, v in claim.curved.items() if step_of(k.amount) == step}
    pending = {k: v for k, v in claim.pending.items() if k.step == step}
    kept = Claim(
        {k: v for k, v in claim.products.items() if k not in apart},
        {k: v for k, v in claim.curved.items() if k not in curved},
        claim.lumps,
        {k: v for k, v in claim.pending.items() if k not in pending},
    )
    return kept, Claim(apart, curved, {}, pending)


def fixed(rows: tuple[Linear, ...], terms: Exponentials, curves: Curves) -> Exponentials:
    """The exponentials once the last of the fixings that they are multiplied by is made."""
    row = rows[-1]
    law, variance = curves.fixing(row.fixing), curves.variance(row.fixing.offset)
    still, found = row.constant - row.slope * law.shift, dict[float, float]()
    for exposure, coefficient in terms.items():
        moved = round(exposure + law.tilt, 12)
        grown = exp((exposure * law.tilt + law.tilt**2 / 2 - law.lag) * variance)
        for key, number in ((exposure, still), (moved, row.slope * law.scale * grown)):
            found[key] = found.get(key, 0.0) + coefficient * number
    if len(found) > EXPONENTIALS_MOST:
        raise NoReading("it compounds a rate over other days than the rate's own")
    return found


def summed(terms: Exponentials, variance: float) -> Function:
    """A sum of exponentials, as a function of the factor."""
    exposures = np.array(list(terms))
    numbers = np.array(list(terms.values())) * np.exp(-(exposures**2) * variance / 2)

    def total(factor: Floats) -> Floats:
        shape = np.shape(factor)
        powers = np.exp(np.multiply.outer(np.ravel(factor), exposures))
        return np.asarray(powers @ numbers).reshape(shape)

    return total
