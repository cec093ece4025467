"""Control variates: payoffs whose expectation is known, close to what a contract pays.

They come from the contract's own payments. What is paid where a sum of lognormals lies above zero -
an arithmetic average above a strike, a basket - is paid instead where its geometric twin does: that
has a closed form, and differs only where the two disagree, where what is paid is near nothing.
Beside it stands each such sum itself, which is worth its forwards. A level that is watched counts
as never touched, or as touched; a choice as made at its last chance alone.

A control need not be the contract: whatever is assumed, its expectation is exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isfinite

import numpy as np
from scipy.optimize import brentq

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import CROSSINGS
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.joint.amounts import (
    NONE,
    Amount,
    Excess,
    HalfSpace,
    Payoff,
    Region,
    Weights,
    everywhere,
    half_space,
    number,
    price,
)
from rfos_lang.valuation.joint.exact import Expectation, expectation
from rfos_lang.valuation.joint.law import Law
from rfos_lang.valuation.joint.reading import Assumption, Reader
from rfos_lang.valuation.path.timeline import Floats

CONTROLS_MOST = 8
READINGS = (None, Assumption(touched=False), Assumption(touched=True))
REACH = 12.0
"""How far out the level of a twin is looked for, in deviations."""


@dataclass(frozen=True, slots=True)
class Control:
    """A payoff that is followed along paths, what it is worth exactly and by which expectation, and
    what it is in a word."""

    name: str
    payoff: Payoff
    expected: float
    expectation: Expectation


def controls_of(reader: Reader) -> tuple[Control, ...]:
    """The controls of an instance: none if nothing about it can be valued exactly, and none if
    everything can, so that its simulation remains a check of its closed form."""
    law = Law(reader.model, reader.rows)
    readings = list(_readings(reader))
    if any(_is_exact(payoff) for assumed, payoff in readings if not _assumes(reader, assumed)):
        return ()
    found: list[Control] = []
    for assumed, payoff in readings:
        found += _exact(law, _name(reader, payoff, assumed), payoff)
        sums = [each for each in payoff.subjects if isinstance(each, Excess)]
        for excess in sorted(sums, key=repr) if len(sums) > 1 else sums:
            found += _exact(law, "the sum itself", everywhere(Amount(dict(excess.terms), {})))
    found += _last_prices(reader, law)
    distinct: dict[frozenset[object], Control] = {}
    for control in found:
        distinct.setdefault(_told(control.payoff), control)
    return tuple(distinct.values())[:CONTROLS_MOST]


def _readings(reader: Reader) -> Iterator[tuple[Assumption | None, Payoff]]:
    """What the instance pays: exactly if that can be said, else as is assumed in turn, where there
    is something to assume."""
    for assumed in READINGS if _can_assume(reader) else READINGS[:1]:
        try:
            payoff = replace(reader, assumed=assumed).payoff()
        except NoClosedForm:
            continue
        yield assumed, payoff
        if assumed is None:
            return


def _told(payoff: Payoff) -> frozenset[object]:
    """What a payoff says, whatever the order that it says it in."""
    return frozenset(
        (region, frozenset(amount.terms.items()), frozenset(amount.logarithms.items()))
        for region, amount in payoff.pieces.items()
    )


def _can_assume(reader: Reader) -> bool:
    """Whether it chooses, watches for levels, or observes an index."""
    numbers = reader.model.numbers
    return (
        any(region.feasible is not None for region in reader.program.step)
        or any(kink.operation in CROSSINGS for kink in reader.program.kinks)
        or bool(np.any(numbers.still_slope) or np.any(numbers.still_loading))
    )


def _assumes(reader: Reader, assumed: Assumption | None) -> bool:
    """Whether an assumption makes another contract: not where each choice has one chance alone."""
    regions = enumerate(reader.program.step)
    chances = [reader.line.gates[:, at].sum() for at, r in regions if r.feasible is not None]
    levels = any(kink.operation in CROSSINGS for kink in reader.program.kinks)
    return assumed is not None and (levels or max(chances, default=0) > 1)


def _is_exact(payoff: Payoff) -> bool:
    try:
        expectation(payoff)
    except NoClosedForm:
        return False
    return True


def _name(reader: Reader, payoff: Payoff, assumed: Assumption | None) -> str:
    if assumed is None:
        has_sums = any(isinstance(subject, Excess) for subject in payoff.subjects)
        return "its geometric twin" if has_sums else "what of it has a closed form"
    if reader.choosers:
        return "the same without early exercise"
    return "the same once touched" if assumed.touched else "the same untouched"


def _exact(law: Law, name: str, payoff: Payoff) -> list[Control]:
    """The payoff as a control, its twin as far as that has a closed form; nothing if that is
    nothing."""
    kept = NONE
    for region, amount in payoff.pieces.items():
        try:
            piece = _twin_of(region, amount, law)
            expectation(piece)
            kept = kept.plus(piece)
        except NoClosedForm:
            continue
    if kept.number is not None:
        return []
    whole = expectation(kept)
    expected = whole.value(law)
    return [Control(name, kept, expected, whole)] if isfinite(expected) else []


def _last_prices(reader: Reader, law: Law) -> Iterator[Control]:
    """The price of each spot at the last step: forwards, which are martingales."""
    spots, last = len(reader.model.pairs), len(reader.line) - 1
    slots = [*reader.model.feeds, *reader.model.quotes]
    for pair in sorted({pair for _, pair in slots}):
        yield from _exact(law, "forwards", everywhere(price(last * spots + pair)))


# --- twins ----------------------------------------------------------------------------------------


def _twin_of(region: Region, amount: Amount, law: Law) -> Payoff:
    """An amount, paid where the geometric twins of sums lie above zero. Raises NoClosedForm."""
    piece = everywhere(amount)
    for subject, holds in region:
        where = _truth_of(subject, law)
        piece = piece.times(where if holds else number(1.0).plus(where, -1.0))
    return piece


def _truth_of(subject: HalfSpace | Excess, law: Law) -> Payoff:
    if isinstance(subject, HalfSpace):
        return half_space(subject.direction, subject.level)
    return twin(subject, law)


def twin(excess: Excess, law: Law) -> Payoff:
    """1 on the half space that says best where a sum of lognormals is above zero.

    Its direction is that in which the logarithms of what is added and of what is taken away part,
    each a mean of logarithms weighted by what it is worth; its level that at which the sum is zero
    on average, given the level (Curran, Valuing Asian and portfolio options by conditioning on the
    geometric mean price, Management Science 1994).
    """
    weights = tuple(weights for weights, _ in excess.terms)
    coefficients = np.array([c for _, c in excess.terms])
    each = law.of(weights)
    worths = coefficients * np.exp(each.mean + each.variances / 2)
    direction = direction_of(weights, worths)
    along = law.of((direction,))
    deviation = float(np.sqrt(along.variances[0]))
    if deviation == 0.0:
        return number(float(np.sum(worths) > 0.0))
    loads = each.covariances(along)[:, 0] / deviation

    def expected(z: float) -> float:
        """The sum given that the direction lies z deviations above its mean."""
        return float(np.sum(worths * np.exp(loads * z - loads * loads / 2)))

    low, high = expected(-REACH), expected(REACH)
    if not isfinite(low) or not isfinite(high):
        raise NoClosedForm("what is added has no finite value for these numbers")
    if low >= 0.0 or high <= 0.0:
        return number(float(np.sum(worths) > 0.0))
    return half_space(direction, float(along.mean[0] + deviation * brentq(expected, -REACH, REACH)))


def direction_of(terms: Sequence[Weights], worths: Floats) -> Weights:
    """The difference of two means of logarithms, weighted by worth: of what is added to a sum of
    lognormals and of what is taken away."""
    direction: dict[int, float] = {}
    for sign in (1.0, -1.0):
        side = np.where(sign * worths > 0.0, worths, 0.0)
        for weights, share in zip(terms, sign * side / np.sum(side), strict=True):
            for letter, weight in weights:
                direction[letter] = direction.get(letter, 0.0) + share * weight
    return frozenset((letter, float(weight)) for letter, weight in direction.items() if weight)
