"""The gallery checks without an error, and its tests hold."""

import pytest

from rfos_lang.base.diagnostic import has_errors
from rfos_lang.driver.testing import run_test
from rfos_lang.semantics.analyse import Analysis, analyse
from tests.semantics.rejected import REJECT, library

ACCEPT = REJECT.parent / "accept"
SUPPORTED = {
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
}


def analysed(name: str) -> Analysis:
    return analyse((ACCEPT / f"{name}.rfos").read_text(), f"{name}.rfos", library)


@pytest.mark.parametrize("name", SUPPORTED)
def test_what_is_supported_has_no_error(name: str) -> None:
    analysis = analysed(name)
    assert not has_errors(analysis.diagnostics)
    assert [run_test(test).failures for test in analysis.tests] == [()] * len(analysis.tests)
    assert list(analysis.definitions) == SUPPORTED[name]


def test_drafts_that_are_within_the_first_cut_check() -> None:
    names = {"Accumulator", "Quanto", "Composite", "WindowKo", "Dnt", "CappedFrn", "Dvp"}
    names |= {"Tarf", "Trs", "EquitySwap", "Binary", "CatBond"}
    names |= {"Cliquet", "RangeAccrual", "VarianceSwap", "ZcInflation", "SofrLeg"}
    assert names <= set(analysed("drafts").definitions)
