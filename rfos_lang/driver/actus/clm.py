"""CLM, call money."""

from rfos_lang.base.duration import add
from rfos_lang.driver.actus import loan
from rfos_lang.driver.actus.mapped import Events, Mapped
from rfos_lang.driver.actus.schedules import anchored, fixed
from rfos_lang.driver.actus.terms import Terms, Unmapped


def mapped(terms: Terms, events: Events) -> Mapped:
    """The contract of the terms. Without a maturity it is called, and paid back when the notice
    has passed; neither is moved to a business day. Raises Unmapped."""
    told = terms.time("maturityDate")
    called = None if told is not None else _called(terms, events)
    maturity = told if called is None else _after_notice(terms, called)
    assert maturity is not None, "it has a maturity, or it was called"
    made = loan.Loan(terms, events, maturity)
    settled = fixed(maturity, made.days)
    ends = {"MD": settled}
    if called is not None:
        ends = {"XD": fixed(called, made.days), "STD": settled}
    capitalised = anchored(terms, "InterestPayment", maturity, with_last=False)
    interest = loan.interest(made, settled)
    arguments = {
        **loan.parties(made),
        **loan.exchange(made),
        **interest,
        **loan.schedules(made, {"IPCI": capitalised} if "IPNR" in interest else {}),
        **loan.resets(made),
        **loan.fees(made),
    }
    arguments.pop("MD")
    return loan.mapped(made, "std.actus.clm.CLM", arguments | loan.schedules(made, dict(ends)))


def _called(terms: Terms, events: Events) -> int:
    calls = [terms.instant(event.time) for event in events if event.type == "XD"]
    if not calls:
        raise Unmapped("maturityDate is missing, and the loan was not called")
    return min(calls)


def _after_notice(terms: Terms, called: int) -> int:
    notice = terms.period("xDayNotice")
    return called if notice is None else add(called, notice)
