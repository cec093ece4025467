"""ANN, the annuity."""

from rfos_lang.driver.actus import loan, redemption, spelling
from rfos_lang.driver.actus.mapped import Events, Mapped
from rfos_lang.driver.actus.schedules import NONE, Dates, cyclic, merged
from rfos_lang.driver.actus.terms import Terms, a_day_before


def mapped(terms: Terms, events: Events) -> Mapped:
    """The contract of the terms. Raises Unmapped."""
    made = loan.Loan(terms, events, redemption.maturity(terms, interest_included=True))
    redeemed = redemption.dates(terms, made.maturity, made.days)
    resets = loan.reset_dates(made)
    end = terms.time("amortizationDate") or made.maturity
    arguments = {
        **loan.arguments(made, redemption.interest_dates(made)),
        **loan.schedules(made, {"PR": redeemed, "PRF": _fixings(made, resets)}),
        **loan.numbers(terms, {"PRNXT": "nextPrincipalRedemptionPayment"}),
        **loan.calculation_base(made),
        "amortised": cyclic(*redemption.cycle(terms), end, made.days).text,
    }
    return loan.mapped(made, "std.actus.ann.ANN", arguments)


def _fixings(made: loan.Loan, resets: dict[str, Dates | None]) -> Dates:
    """The payment is worked out the day before the first, unless it is known or that is before
    the exchange, and at each reset of the rate."""
    terms = made.terms
    begins = max(made.begin, loan.needed_time(terms, "initialExchangeDate"))
    first = a_day_before(redemption.cycle(terms)[0])
    parts = [dates for dates in resets.values() if dates is not None and dates.instants]
    if terms.number("nextPrincipalRedemptionPayment") is None and first >= begins:
        parts.insert(0, Dates(spelling.dates(first), (first,)))
    return merged(*parts) if parts else NONE
