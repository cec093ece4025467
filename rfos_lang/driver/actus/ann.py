"""ANN, the annuity."""

from rfos_lang.driver.actus import loan, redemption, spelling
from rfos_lang.driver.actus.mapped import Events, Mapped
from rfos_lang.driver.actus.schedules import NONE, Dates, cyclic, merged, once
from rfos_lang.driver.actus.terms import Terms, a_day_before


def mapped(terms: Terms, events: Events) -> Mapped:
    """The contract of the terms. Raises Unmapped."""
    made = loan.Loan(terms, events, redemption.maturity(terms, interest_included=True))
    redeemed = redemption.dates(terms, made.maturity, made.days)
    resets = loan.reset_dates(made)
    end = terms.time("amortizationDate") or made.maturity
    arguments = {
        **loan.arguments(made, _interest_dates(made)),
        **loan.schedules(made, {"PR": redeemed, "PRF": _fixings(made, resets)}),
        **loan.numbers(terms, {"PRNXT": "nextPrincipalRedemptionPayment"}),
        **loan.calculation_base(made),
        "amortised": once(end, made.days).text,
    }
    feeds = loan.feeds(terms)
    return Mapped("std.actus.ann.ANN", arguments, made.begin, feeds, terms.lateness)


def _interest_dates(made: loan.Loan) -> Dates:
    """Interest is paid at each redemption and at maturity, and before the first redemption on a
    cycle of its own."""
    terms, days = made.terms, made.days
    first, step = redemption.cycle(terms)
    with_redemption = cyclic(first, step, made.maturity, days)
    anchor, own = (
        terms.time("cycleAnchorDateOfInterestPayment"),
        terms.step("cycleOfInterestPayment"),
    )
    until = loan.before(first, step)
    if anchor is None or anchor > until:
        return with_redemption
    return merged(cyclic(anchor, own, until, days), with_redemption)


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
