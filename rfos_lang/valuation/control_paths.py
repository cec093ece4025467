"""Control variates along the paths of a simulation, and how much of each is taken.

What a control is worth less than expected on a path, times a coefficient, is added to the
contract's value there, which changes nothing on average. Paths of their own have found the
coefficients (Glasserman, Monte Carlo Methods in Financial Engineering, section 4.1).
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.valuation.joint.amounts import Amount, Payoff, Weights
from rfos_lang.valuation.joint.controls import Control, controls_of
from rfos_lang.valuation.joint.exact import Slab, slab_of
from rfos_lang.valuation.joint.reading import Reader
from rfos_lang.valuation.path.numpy_printer import Tick
from rfos_lang.valuation.path.timeline import Floats

NUMBERS_KEPT = 20_000_000
"""What the prices along the paths of a block may take, in numbers of eight bytes."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """An amount on a slab as arrays over the letters of a plan: `known` + `prices` S + Σ c e^(w X),
    for the (c, w) of `products`."""

    known: float
    prices: Floats
    products: tuple[tuple[float, Floats], ...]
    slab: Slab | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Controls made ready to be followed: their `letters`, each the price `sources[letter]` of a
    tick at a step, and their pieces over these letters."""

    controls: tuple[Control, ...]
    letters: Mapping[int, int]
    steps: Mapping[int, tuple[tuple[int, bool, int], ...]]
    pieces: tuple[tuple[_Piece, ...], ...]
    directions: Mapping[Weights, tuple[float, Floats]]

    @property
    def names(self) -> str:
        """The controls in words."""
        return ", ".join(dict.fromkeys(control.name for control in self.controls))

    @property
    def expected(self) -> Floats:
        """What each control is worth."""
        return np.array([control.expected for control in self.controls])

    def following(self, ticks: Iterable[Tick], prices: Floats) -> Iterator[Tick]:
        """The ticks, their prices noted down in `prices[letter, path]` as they pass."""
        for number, tick in enumerate(ticks):
            for place, is_feed, slot in self.steps.get(number, ()):
                prices[place] = (tick.feeds if is_feed else tick.quotes)[slot]
            yield tick

    def values(self, prices: Floats) -> Floats:
        """What each control pays on each path."""
        with np.errstate(divide="ignore"):
            logarithms = np.log(prices)
        along = {
            direction: known + _dot(weights, logarithms)
            for direction, (known, weights) in self.directions.items()
        }
        result = np.zeros((len(self.controls), prices.shape[1]))
        for number, pieces in enumerate(self.pieces):
            for piece in pieces:
                amount = piece.known + _dot(piece.prices, prices)
                for coefficient, weights in piece.products:
                    amount = amount + coefficient * np.exp(_dot(weights, logarithms))
                if piece.slab is not None:
                    at = along[piece.slab.direction]
                    amount = amount * ((piece.slab.lower < at) & (at < piece.slab.upper))
                result[number] += amount
        return result


def planned(reader: Reader, paths: int) -> Plan | None:
    """The controls of an instance, to be followed on so many paths at a time; None if it has none,
    or they would need too much memory."""
    controls = controls_of(reader)
    known = np.log(reader.rows.worths).reshape(-1)
    pieces = [[*_slabs(control.payoff)] for control in controls]
    used = {
        letter
        for each in pieces
        for amount, slab in each
        for weights in (*amount.terms, slab.direction if slab else frozenset())
        for letter, _ in weights
        if letter >= 0
    }
    if not controls or len(used) * paths > NUMBERS_KEPT:
        return None
    letters = {letter: place for place, letter in enumerate(sorted(used))}
    directions = {slab.direction for each in pieces for _, slab in each if slab}
    return Plan(
        controls,
        letters,
        _sources(reader, letters),
        tuple(tuple(_piece(a, slab, letters, known) for a, slab in each) for each in pieces),
        {each: (_worth(each, known), _vector(each, letters)) for each in directions},
    )


def _slabs(payoff: Payoff) -> Iterator[tuple[Amount, Slab | None]]:
    for region, amount in payoff.pieces.items():
        yield amount, slab_of(region)


def _piece(amount: Amount, slab: Slab | None, letters: Mapping[int, int], known: Floats) -> _Piece:
    """An amount whose discount factors are numbers."""
    constant, prices, products = 0.0, np.zeros(len(letters)), []
    for weights, coefficient in amount.terms.items():
        scale = float(coefficient * np.exp(_worth(weights, known)))
        random = [(letter, weight) for letter, weight in weights if letter >= 0]
        if not random:
            constant += scale
        elif len(random) == 1 and random[0][1] == 1.0:
            prices[letters[random[0][0]]] += scale
        else:
            products.append((scale, _vector(weights, letters)))
    return _Piece(constant, prices, tuple(products), slab)


def _worth(weights: Weights, known: Floats) -> float:
    """What discount factors contribute to a sum of letters."""
    return float(sum(weight * known[-1 - letter] for letter, weight in weights if letter < 0))


def _vector(weights: Weights, letters: Mapping[int, int]) -> Floats:
    result = np.zeros(len(letters))
    for letter, weight in weights:
        if letter >= 0:
            result[letters[letter]] = weight
    return result


def _sources(
    reader: Reader, letters: Mapping[int, int]
) -> dict[int, tuple[tuple[int, bool, int], ...]]:
    """By step: where a letter's price is noted down, and which feed or quote of the tick it is."""
    spots = len(reader.model.pairs)
    quotes = {pair: (False, slot) for slot, pair in reader.model.quotes}
    slots = quotes | {pair: (True, slot) for slot, pair in reader.model.feeds}
    steps: dict[int, list[tuple[int, bool, int]]] = {}
    for letter, place in letters.items():
        steps.setdefault(letter // spots, []).append((place, *slots[letter % spots]))
    return {step: tuple(each) for step, each in steps.items()}


def _dot(weights: Floats, rows: Floats) -> Floats:
    """weights · rows, one sum a path, in an order that no number of threads changes."""
    result = np.zeros(rows.shape[1])
    for place in np.flatnonzero(weights):
        result += weights[place] * rows[place]
    return result


# --- regression -----------------------------------------------------------------------------------


def coefficients(values: Floats, controls: Floats) -> Floats:
    """How much of each control takes most of the variance away, found on draws of their own:
    `values[draws]`, `controls[k, draws]`. What does not vary gets none."""
    centred = controls - controls.mean(axis=1, keepdims=True)
    scale = centred.std(axis=1)
    usable = scale > 1e-12 * np.abs(controls).max(axis=1)
    result = np.zeros(len(controls))
    if usable.any():
        basis = centred[usable] / scale[usable, None]
        # The normal equations, summed one by one: in an order that no number of threads changes.
        products = np.array([[np.mean(one * other) for other in basis] for one in basis])
        with_value = np.array([np.mean(one * (values - values.mean())) for one in basis])
        fitted, *_ = np.linalg.lstsq(products, with_value, rcond=1e-12)
        result[usable] = fitted / scale[usable]
    return result
