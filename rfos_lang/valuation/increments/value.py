"""The value of payments by sums or products of what happens between dates, and its Greeks."""

from dataclasses import replace

import numpy as np

from rfos_lang.core.formula import Call, Function, Source, inputs, ordered
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.evaluation import vectorised
from rfos_lang.valuation.increments.law import Cells, Drawn, cells, convolved, drawn
from rfos_lang.valuation.increments.parts import TOTAL, Gathered, gathered, payments
from rfos_lang.valuation.increments.reading import gained
from rfos_lang.valuation.joint.law import Law
from rfos_lang.valuation.joint.value import found, read_at_its_dates
from rfos_lang.valuation.model_lognormal import Rows
from rfos_lang.valuation.request import Request
from rfos_lang.valuation.result import Valuation

METHOD = "convolution"
TERMS_LEAST, TERMS_MOST = 2, 400


def by_increments(request: Request) -> Valuation:
    """The value by convolution. Raises NoClosedForm; Refused for what the market lacks."""
    simulation = read_at_its_dates(request)
    if len(simulation.line) > TERMS_MOST:
        raise NoClosedForm("it has too many dates")
    parts = tuple(gathered(payment) for payment in payments(gained(simulation)))
    counts = [len(part.terms) for part in parts]
    if max(counts, default=0) < TERMS_LEAST:
        raise NoClosedForm("it is no function of a sum of what happens between dates")
    for part in parts:
        _check(part)
    rows = simulation.rows
    fine, coarse = ([_grid(part, rows, shrink) for part in parts] for shrink in (1, 2))

    def on(grids: list[Cells | None], rows: Rows) -> float:
        return sum(_worth(part, rows, grid) for part, grid in zip(parts, grids, strict=True))

    def value(law: Law) -> float:
        by_fine, by_coarse = on(fine, law.rows), on(coarse, law.rows)
        return by_fine + (by_fine - by_coarse) / 3

    result = found(
        simulation, value, METHOD, request.greeks, rougher=lambda law: on(fine, law.rows)
    )
    bias = abs(on(fine, rows) - on(coarse, rows)) / 3
    note = (
        f"It pays by sums or products of up to {max(counts)} independent returns: their laws are "
        "convolved on a grid, and two grids extrapolated; the bias is how far that moved the value."
    )
    return replace(result, bias_bound=bias, notes=(note,))


def _check(part: Gathered) -> None:
    """Raises NoClosedForm where a payment jumps as its sum passes a level."""
    compares = (Function.LESS, Function.LESS_OR_EQUAL, Function.SELECT)
    for node in ordered(part.outer):
        if isinstance(node, Call) and node.function in compares and TOTAL in inputs(node):
            raise NoClosedForm("it pays by whether a sum passes a level")


def _laws(part: Gathered, rows: Rows) -> list[Drawn]:
    return [drawn(term, rows, part.is_product) for term in part.terms]


def _grid(part: Gathered, rows: Rows, shrink: int) -> Cells | None:
    if not part.terms:
        return None
    grid = cells(_laws(part, rows))
    return Cells(grid.step * shrink, grid.count // shrink)


def _worth(part: Gathered, rows: Rows, grid: Cells | None) -> float:
    """The expectation of a payment."""
    letters = inputs(part.outer)
    known = {
        letter: float(rows.worths.flat[letter.slot])
        for letter in letters
        if letter.source is Source.RATE
    }
    function = vectorised([part.outer], letters)
    if grid is None:
        return float(function(*(known[letter] for letter in letters))[0])
    nodes, chances = convolved(_laws(part, rows), grid)
    totals = np.exp(nodes) if part.is_product else nodes
    (paid,) = function(*(totals if letter is TOTAL else known[letter] for letter in letters))
    return float(np.dot(chances, np.broadcast_to(paid, nodes.shape)))
