"""What a value on a smile says of it: what stays when the forward moves, what wings are mended."""

from collections.abc import Iterator
from math import exp

from rfos_lang.valuation.curve import date_after
from rfos_lang.valuation.dynamics.sabr import Sabr, continued
from rfos_lang.valuation.dynamics.smile import STRIKE, Displaced, Slice, Smile

WORTH_TELLING = 1e-4
"""The chance of ending in a wing from which on it is told of."""

BY_MONEYNESS = (
    "The smile moves with the forward: delta keeps volatility by strike over forward; vega moves "
    "all volatilities together."
)
BY_STRIKE = (
    "The smile stays when the forward moves: delta keeps the volatility of each strike; vega moves "
    "all volatilities together."
)
BY_PARAMETERS = (
    "Delta keeps the parameters of the smile, so that volatility at the money moves as the forward "
    "to the power beta - 1; vega moves all volatilities together."
)


def smile_note(smile: Smile, as_of: int) -> str:
    """All that is to be said of a smile, at an instant."""
    return " ".join([_dynamics(smile), *wing_notes(smile, as_of)])


def _dynamics(smile: Smile) -> str:
    if smile.dynamics == STRIKE:
        return BY_STRIKE
    return BY_PARAMETERS if smile.forwards else BY_MONEYNESS


def wing_notes(smile: Smile, as_of: int) -> Iterator[str]:
    """A sentence for each wing that a formula has no density for."""
    for years, each in smile.slices:
        for cut, negative, side in _mended(each):
            yield (
                f"On {date_after(as_of, years)} the density of SABR's formula turns negative at "
                f"{exp(negative):.3g} times the forward; {side} {exp(cut):.3g} times it total "
                "variance goes on in a straight line."
            )


def _mended(part: Slice) -> Iterator[tuple[float, float, str]]:
    """Where straight wings begin, where the density would be negative, and on which side."""
    if isinstance(part, Displaced):
        yield from ((cut - part.by, k - part.by, side) for cut, k, side in _mended(part.fixed))
    if not isinstance(part, Sabr) or (found := continued(part)) is None:
        return
    sides = ((part.low, found.below, "below"), (part.high, found.above, "above"))
    for cut, negative, side in sides:
        if negative is not None and part.chance_beyond(cut) > WORTH_TELLING:
            yield cut, negative, side
