"""NAM, the negative amortizer."""

from rfos_lang.driver.actus import loan, redemption
from rfos_lang.driver.actus.mapped import Events, Mapped
from rfos_lang.driver.actus.terms import Terms


def mapped(terms: Terms, events: Events) -> Mapped:
    """The contract of the terms. Raises Unmapped."""
    made = loan.Loan(terms, events, redemption.maturity(terms, interest_included=True))
    redeemed = redemption.dates(terms, made.maturity, made.days)
    arguments = {
        **loan.arguments(made, redemption.interest_dates(made)),
        **loan.schedules(made, {"PR": redeemed}),
        **loan.numbers(terms, {"PRNXT": "nextPrincipalRedemptionPayment"}),
        **loan.calculation_base(made),
    }
    return loan.mapped(made, "std.actus.nam.NAM", arguments)
