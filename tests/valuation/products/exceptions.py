"""The contracts of the library that have no second method, or none at all, each with the reason.

`test_two_methods` fails if an entry is no longer true.
"""

NEVER: dict[str, tuple[str, ...]] = {
    "whoever chooses has no stake (E0660)": ("Escrow",),
    "these markets tell no dividends (E0605): tests/valuation/test_dividends.py": (
        "TotalReturnSwap",
        "EquitySwap",
        "DividendSwap",
    ),
    "somebody chooses how much, which takes a plan (E0658): test_planned.py": (
        "CapitalCalls",
        "Subscription",
        "AnnuityWithPrepayment",
        "CreditLine",
    ),
    "they have no end (E0653)": ("PerpetualFuture", "Vault"),
}
"""No method, or on all models only one."""

LIVED = {"ANN": "its annuity is worked out anew, which no path program can say: test_planned.py"}
"""Lived through once; no other method has its Greeks."""

NEVER_SIMULATED = {"CreditDefaultSwap": "its paths draw days of the event: test_credit.py"}
"""No paths of prices; it has a sum over the days of the event, and its meaning with drawn ones."""

TABLED = {name for names in NEVER.values() for name in names}
"""The contracts that have no second method."""


def valued_names(names: list[str]) -> list[str]:
    """Those of some contracts that have a value at all."""
    never = {*LIVED, *(name for without in NEVER.values() for name in without)}
    return [name for name in names if name not in never]
