"""When an amortising loan is paid back: its redemption dates, its maturity if no term says it."""

from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from rfos_lang.base.day_count import DayCount, year_fraction
from rfos_lang.base.instant import add
from rfos_lang.driver.actus.loan import needed_number, needed_time
from rfos_lang.driver.actus.schedules import DAY_COUNTS, Conventions, Dates, cyclic
from rfos_lang.driver.actus.terms import Step, Terms, Unmapped

HORIZON = 200
"""Years that a cycle is followed at most to find where it stands at the status date."""


def cycle(terms: Terms) -> tuple[int, Step]:
    """The first redemption date and the step between them. Raises Unmapped."""
    step, anchor = terms.step("cycleOfPrincipalRedemption"), _anchor(terms)
    if step is None:
        raise Unmapped("cycleOfPrincipalRedemption is missing")
    return anchor or add(needed_time(terms, "initialExchangeDate"), step.length), step


def _anchor(terms: Terms) -> int | None:
    return terms.time("cycleAnchorDateOfPrincipalRedemption")


def dates(terms: Terms, maturity: int, days: Conventions) -> Dates:
    """The redemption dates before maturity, at which the rest is paid."""
    anchor, step = cycle(terms)
    return cyclic(anchor, step, maturity, days, with_last=False)


def maturity(terms: Terms, interest_included: bool) -> int:
    """The instant at which all is paid back: what a term says, else the date at which payments of
    the given size have used the principal up. If they pay interest too, only the rest of the
    first one counts."""
    told = terms.time("maturityDate") or terms.time("amortizationDate")
    if told is not None:
        return told
    principal = needed_number(terms, "notionalPrincipal")
    payment = needed_number(terms, "nextPrincipalRedemptionPayment")
    (last, to_come), step = _latest(terms), cycle(terms)[1]
    if interest_included:
        rate = terms.number("nominalInterestRate") or Decimal(0)
        basis = DayCount(terms.word("dayCountConvention", DAY_COUNTS))
        years = year_fraction(last, add(last, step.length), basis)
        payment -= principal * rate * _decimal(years)
    if payment <= 0:
        raise Unmapped("nextPrincipalRedemptionPayment does not pay the loan back")
    count = int((principal / payment).to_integral_value(ROUND_CEILING))
    return add(last, step.length * (count - to_come))


def _latest(terms: Terms) -> tuple[int, int]:
    """The first redemption date that is still to come, and 1; else the one that was last, and 0."""
    begin = needed_time(terms, "statusDate")
    anchor, step = cycle(terms)
    if anchor >= begin:
        return anchor, 1
    passed = anchor
    for count in range(HORIZON * 366):
        at = add(anchor, step.length * count)
        if at >= begin:
            break
        passed = at
    return passed, 0


def _decimal(fraction: Fraction) -> Decimal:
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)
