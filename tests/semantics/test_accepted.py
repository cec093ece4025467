"""The gallery and the drafts check without an error, and their tests hold."""

import re

import pytest

from rfos_lang.base.diagnostic import has_errors
from rfos_lang.driver.testing import run_test
from rfos_lang.semantics.analyse import Analysis, analyse
from tests.semantics.rejected import REJECT, library

ACCEPT = REJECT.parent / "accept"
GALLERY = {
    "european_call": ["EuropeanCall"],
    "asian_call": ["AsianCall"],
    "down_and_out_put": ["DownAndOutPut"],
    "american_put": ["AmericanPut"],
    "autocallable": ["Autocallable"],
    "interest_rate_swap": ["InterestRateSwap"],
    "delivery_versus_payment": ["DeliveryVersusPayment"],
    "vault": ["Vault"],
    "call_spread": ["EuropeanCall", "CallSpread"],
    "crypto_portfolio": [],
    "chooser": ["EuropeanCall", "EuropeanPut", "Chooser"],
    "perpetual_future": ["PerpetualFuture"],
    "rarities": [
        "ByName",
        "Functions",
        "Blocks",
        "Remembers",
        "Later",
        "Twice",
        "Part",
        "Both",
        "Whole",
    ],
}


DRAFTS = 24


def _text(name: str) -> str:
    return (ACCEPT / f"{name}.rfos").read_text()


def analysed(name: str) -> Analysis:
    return analyse(_text(name), f"{name}.rfos", library)


@pytest.mark.parametrize("name", GALLERY)
def test_the_gallery_has_no_error(name: str) -> None:
    analysis = analysed(name)
    assert not has_errors(analysis.diagnostics)
    assert [run_test(test).failures for test in analysis.tests] == [()] * len(analysis.tests)
    assert list(analysis.definitions) == GALLERY[name]


def test_every_draft_checks() -> None:
    analysis = analysed("drafts")
    assert not has_errors(analysis.diagnostics)
    written = re.findall(r"^(?:perpetual )?contract (\w+)", _text("drafts"), re.MULTILINE)
    assert len(written) == DRAFTS
    assert [name for name in analysis.definitions if name in written] == written
