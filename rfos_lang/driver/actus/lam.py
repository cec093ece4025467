"""LAM, the linear amortizer."""

from rfos_lang.driver.actus import loan, redemption
from rfos_lang.driver.actus.mapped import Events, Mapped
from rfos_lang.driver.actus.terms import Terms


def mapped(terms: Terms, events: Events) -> Mapped:
    """The contract of the terms. Raises Unmapped."""
    made = loan.Loan(terms, events, redemption.maturity(terms, interest_included=False))
    redeemed = redemption.dates(terms, made.maturity, made.days)
    arguments = {
        **loan.arguments(made, loan.interest_dates(made)),
        **loan.schedules(made, {"PR": redeemed}),
        **loan.numbers(terms, {"PRNXT": "nextPrincipalRedemptionPayment"}),
        **loan.calculation_base(made),
    }
    return loan.mapped(made, "std.actus.lam.LAM", arguments)
