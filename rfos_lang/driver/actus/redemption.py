"""When an amortising loan is paid back: its redemption dates, its maturity if no term says it."""

from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from itertools import count

from rfos_lang.base.day_count import DayCount, year_fraction
from rfos_lang.base.duration import add
from rfos_lang.base.schedule import stepped
from rfos_lang.driver.actus.loan import Loan, needed_number, needed_time
from rfos_lang.driver.actus.schedules import (
    DAY_COUNTS,
    Conventions,
    Dates,
    conventions,
    cyclic,
    merged,
)
from rfos_lang.driver.actus.terms import Step, Terms, Unmapped


def cycle(terms: Terms) -> tuple[int, Step]:
    """The first redemption date and the step between them. Raises Unmapped."""
    step = terms.step("cycleOfPrincipalRedemption")
    anchor = terms.time("cycleAnchorDateOfPrincipalRedemption")
    if step is None:
        raise Unmapped("cycleOfPrincipalRedemption is missing")
    if anchor is None:
        anchor = add(needed_time(terms, "initialExchangeDate"), step.length)
    return anchor, step


def dates(terms: Terms, maturity: int, days: Conventions) -> Dates:
    """The redemption dates before maturity, at which the rest is paid."""
    anchor, step = cycle(terms)
    return cyclic(anchor, step, maturity, days, with_last=False)


def interest_dates(loan: Loan) -> Dates:
    """Of a loan whose payments have interest in them: it is paid at each redemption and at
    maturity, and before the first redemption on a cycle of its own."""
    terms, days = loan.terms, loan.days
    first, step = cycle(terms)
    with_redemption = cyclic(first, step, loan.maturity, days)
    anchor = terms.time("cycleAnchorDateOfInterestPayment")
    own = terms.step("cycleOfInterestPayment")
    until = add(first, -step.length)
    if anchor is None or anchor > until:
        return with_redemption
    return merged(cyclic(anchor, own, until, days), with_redemption)


def maturity(terms: Terms, interest_included: bool) -> int:
    """The instant at which all is paid back: what a term says, else the date at which payments of
    the given size have used the principal up. If they pay interest too, only the rest of the
    first one counts."""
    told = terms.time("maturityDate") or terms.time("amortizationDate")
    if told is not None:
        return told
    principal = needed_number(terms, "notionalPrincipal")
    payment = needed_number(terms, "nextPrincipalRedemptionPayment")
    number, to_come = _latest(terms)
    if interest_included:
        rate = terms.number("nominalInterestRate") or Decimal(0)
        basis = DayCount(terms.word("dayCountConvention", DAY_COUNTS))
        years = year_fraction(_nth(terms, number), _nth(terms, number + 1), basis)
        payment -= principal * rate * _decimal(years)
    if payment <= 0:
        raise Unmapped("nextPrincipalRedemptionPayment does not pay the loan back")
    payments = int((principal / payment).to_integral_value(ROUND_CEILING))
    return _nth(terms, number + payments - to_come)


def _latest(terms: Terms) -> tuple[int, int]:
    """The number of the first redemption date if it is still to come, and 1; else of the one that
    was last, and 0."""
    begin = needed_time(terms, "statusDate")
    if _nth(terms, 0) >= begin:
        return 0, 1
    to_come = next(number for number in count(1) if _nth(terms, number) >= begin)
    return to_come - 1, 0


def _nth(terms: Terms, number: int) -> int:
    """The redemption date of that number, counted from 0."""
    anchor, step = cycle(terms)
    return stepped(anchor, step.length * number, conventions(terms).month_end)


def _decimal(fraction: Fraction) -> Decimal:
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)
