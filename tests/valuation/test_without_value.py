"""What has no value is refused as the guide says, code by code."""

import re
from pathlib import Path

import pytest

from rfos_lang.base.refusal import Refused
from rfos_lang.core.program import Program, Terms
from rfos_lang.core.typical import BEGIN
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.typical import typical
from rfos_lang.valuation.price import METHODS, valued
from tests.core.lives import definitions
from tests.valuation.products.library import product
from tests.valuation.products.markets import FLAT

GUIDE = Path(__file__).resolve().parents[2] / "docs/guide/choosing-a-method.md"

OWN = """
feed splits(u: Asset): (ratio: Number)

contract AfterSplits(u, cash: Asset, expiry: Date) between a, b {
    unsecured
    when each s in splits(u) { a pays b 1 cash * s.ratio }
    at expiry { a pays b 1 cash }
}

contract DrawnBesideAPrice(u, cash: Asset, opens, expiry: Date) between a, b {
    unsecured
    a may draw(amount: cash) from opens until expiry { b pays a amount }
    at expiry { a pays b 1 u * spot(u, cash) }
}
"""

TOLD: dict[str, tuple[str, ...]] = {
    "E0624": ("DrawnBesideAPrice",),
    "E0653": ("PerpetualFuture", "Vault"),
    "E0654": ("AfterSplits",),
    "E0658": ("AnnuityWithPrepayment", "CapitalCalls", "CreditLine", "Subscription"),
    "E0660": ("Escrow",),
}
"""The codes that the guide names, each with contracts to which they are told."""


def made(name: str) -> tuple[Program, Terms]:
    own = definitions(OWN)
    if name in own:
        instance = typical(Checked(Source("own.rfos", OWN), own[name], ()), {}, BEGIN)[0]
    else:
        instance = product(name)
    return instance.program, instance.terms


def test_the_guide_names_each_code_that_is_looked_at() -> None:
    section = GUIDE.read_text(encoding="utf-8").split("## What has no value")[1].split("\n## ")[0]
    assert set(re.findall(r"`(E\d{4})`", section)) == set(TOLD)


@pytest.mark.parametrize("code, name", [(code, n) for code, names in TOLD.items() for n in names])
def test_it_is_refused_with_the_code_that_the_guide_names(code: str, name: str) -> None:
    with pytest.raises(Refused) as refused:
        valued(*made(name), FLAT, paths=200)
    assert refused.value.code == code


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", TOLD["E0653"])
def test_what_has_no_end_is_told_so_by_every_method(name: str, method: str) -> None:
    with pytest.raises(Refused) as refused:
        valued(*made(name), FLAT, method, paths=200)
    assert refused.value.code == "E0653"
