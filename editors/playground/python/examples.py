"""The examples of the page: contracts of the library with all that they need of their modules, each
as a text of its own, and terms that draw. Written as JSON."""

import json
import re

from rfos_lang.cli.files import library
from rfos_lang.syntax.excerpt import excerpt

BITCOIN = {"underlying": "BTC", "cash": "USD"}
EXPIRY = {"expiry": "2026-12-25"}

EXAMPLES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (
        "Call",
        "std.options",
        "EuropeanCall",
        {**BITCOIN, "strike": "65_000", **EXPIRY},
    ),
    (
        "Call spread",
        "std.options",
        "CallSpread",
        {**BITCOIN, "low": "60_000", "high": "75_000", **EXPIRY},
    ),
    (
        "Butterfly",
        "std.strategies",
        "Butterfly",
        {**BITCOIN, "middle": "65_000", "wing": "10_000", **EXPIRY},
    ),
    (
        "Risk reversal",
        "std.strategies",
        "RiskReversal",
        {**BITCOIN, "low": "50_000", "high": "80_000", **EXPIRY},
    ),
    (
        "Put that knocks out",
        "std.barriers",
        "DownAndOutPut",
        {**BITCOIN, "strike": "65_000", "barrier": "45_000", **EXPIRY},
    ),
    (
        "Squared call",
        "std.powers",
        "SquaredCall",
        {**BITCOIN, "strike": "60_000", **EXPIRY, "notional": "1_000"},
    ),
    (
        "Touch of neither side",
        "std.touches",
        "DoubleNoTouch",
        {**BITCOIN, "low": "50_000", "high": "80_000", **EXPIRY, "payout": "1_000"},
    ),
    (
        "Call on an average",
        "std.options",
        "AsianCall",
        {**BITCOIN, "strike": "65_000", "fixings": "[2026-10-01, 2026-11-01, 2026-12-01]"},
    ),
    (
        "Deposit in two currencies",
        "std.structured",
        "DualCurrencyDeposit",
        {
            "other": "BTC",
            "cash": "USD",
            "deposit": "10_000",
            "rate": "4%",
            "strike": "65_000",
            "maturity": "2026-12-25",
        },
    ),
)
"""Title, module, contract, terms."""


def text_of(module: str, contract: str) -> str:
    """A contract of the library with all that it needs of its module."""
    whole = library(module)
    assert whole is not None, f"there is a module {module}"
    kept = re.sub(r"\n\s*\n\s*\n", "\n\n", excerpt(whole, contract))
    headed = kept.startswith("//") and not kept.startswith("///")
    return (kept.partition("\n\n")[2] if headed else kept).strip() + "\n"


def main() -> None:
    """Prints them."""
    print(
        json.dumps(
            [
                {
                    "title": title,
                    "target": f"{module}.{contract}",
                    "contract": contract,
                    "text": text_of(module, contract),
                    "settings": settings,
                }
                for title, module, contract, settings in EXAMPLES
            ],
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
