"""SWPPV, the plain vanilla swap."""

from rfos_lang.driver.actus import loan
from rfos_lang.driver.actus.mapped import Events, Mapped
from rfos_lang.driver.actus.terms import Terms

_SETTLEMENTS: dict[str | None, str] = {None: "IPFX IPFL", "D": "IPFX IPFL", "S": "IP"}
"""The events at the dates of interest: netted, or leg by leg."""


def mapped(terms: Terms, events: Events) -> Mapped:
    """The contract of the terms. Raises Unmapped."""
    made = loan.Loan(terms, events, loan.needed_time(terms, "maturityDate"))
    interest = loan.interest(made, loan.interest_dates(made))
    dates = interest.pop("IP", None)
    paid = terms.word("deliverySettlement", _SETTLEMENTS).split() if dates else []
    arguments = {
        **loan.parties(made),
        **loan.exchange(made),
        **loan.numbers(terms, {"IPNR2": "nominalInterestRate2"}),
        **interest,
        **{event: dates for event in paid if dates},
        **loan.resets(made),
        **loan.trades(made),
    }
    return loan.mapped(made, "std.actus.swppv.SWPPV", arguments)
