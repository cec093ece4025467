"""Rows about interest rates: Bermudan swaptions under Hull and White's model."""

from math import exp

from rfos_lang.base.day_count import DayCount
from rfos_lang.base.duration import parse_duration
from rfos_lang.base.instant import parse_instant
from rfos_lang.valuation.curve import flat_rate, years_between
from rfos_lang.valuation.market import IndexCurve, Market
from rfos_lang.valuation.rates.hull_white import HullWhite
from tests.conformance.row import Case, Doubt, Row

SETTLED = parse_instant("2002-02-19")
"""Two TARGET business days after the evaluation date: where the curve of the table begins."""
FIXED = ("2003-02-19", "2004-02-19", "2005-02-19", "2006-02-19", "2007-02-19", "2008-02-19")
FLOATING = (
    "2003-02-19",
    "2003-08-19",
    "2004-02-19",
    "2004-08-19",
    "2005-02-21",
    "2005-08-19",
    "2006-02-20",
    "2006-08-21",
    "2007-02-19",
    "2007-08-20",
    "2008-02-19",
)
"""A swap of five years that begins in a year, as the test makes it: the row does not say."""


def case_for(row: Row) -> Case | None:
    """The case that a row is a value of; None if it is not about rates."""
    if row.product != "bermudan_swaption_hw":
        return None
    fields = row.fields
    rate = fields["flat_rate"]
    market = Market(
        as_of=SETTLED,
        rates={"EUR": flat_rate(rate)},
        hull_white={"EUR": HullWhite(fields["a"], ((1.0, fields["sigma"]),))},
        indices={"EURIBOR": IndexCurve(None, "EUR", parse_duration("6M"), DayCount.ACT_360)},
    )
    strike = fields["strike_x_atm"] * _at_the_money(rate)
    arguments = {
        "cash": "EUR",
        "notional": f"{fields['nominal']} EUR",
        "fixed": f"{strike:.17f}",
        "index": "EURIBOR",
        "fixed_leg": _listed(FIXED),
        "floating_leg": _listed(FLOATING),
        "dates": _listed(FIXED[:-1]),
    }
    return Case("BermudanSwaptionOfTwoLegs", arguments, market, start=SETTLED)


def _at_the_money(rate: float) -> float:
    """The fixed rate, yearly on 30/360, at which the swap is worth nothing."""
    factors = [exp(-rate * years_between(SETTLED, parse_instant(day))) for day in FIXED]
    return (factors[0] - factors[-1]) / sum(factors[1:])


def _listed(days: tuple[str, ...]) -> str:
    return f"[{', '.join(days)}]"


_TREE = Doubt(
    0.05,
    "a tree of 50 steps; with 1,000 steps QuantLib's has 42.2073 and 12.9226, its finite "
    "differences have 42.2099 and 12.8867",
)


def doubt(row: Row) -> Doubt | None:
    """Why a published value is not exact; None if it is."""
    return _TREE if row.product == "bermudan_swaption_hw" else None
