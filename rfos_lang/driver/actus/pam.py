"""PAM, principal at maturity."""

from rfos_lang.driver.actus import loan
from rfos_lang.driver.actus.mapped import Events, Mapped
from rfos_lang.driver.actus.terms import Terms


def mapped(terms: Terms, events: Events) -> Mapped:
    """The contract of the terms. Raises Unmapped."""
    maturity = loan.needed_time(terms, "maturityDate")
    made = loan.Loan(terms, events, maturity)
    arguments = loan.arguments(made, loan.interest_dates(made))
    return loan.mapped(made, "std.actus.pam.PAM", arguments)
