"""From texts to an instance, to its artefact, to its value."""

import pytest

from rfos_lang.artefact.format import decode
from rfos_lang.base.instant import parse_instant
from rfos_lang.cli.files import opened
from rfos_lang.driver.compilation import compiled
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import definition_alone, instance
from rfos_lang.driver.marking import marking
from rfos_lang.driver.opening import Checked, Source, checked, settings
from rfos_lang.driver.pricing import How, market_of, priced
from tests.cli.running import MARKET

START = parse_instant("2026-01-01")
CALL = {"underlying": "BTC", "cash": "USD", "strike": "60_000", "expiry": "2026-12-25"}


def contract(body: str, parameters: str = "underlying, cash: Asset, expiry: Date") -> Checked:
    text = f"contract It({parameters}) between a, b {{\n    unsecured\n    {body}\n}}\n"
    return checked(Source("it.rfos", text), "It", opened_library)


def opened_library(module: str) -> str | None:
    return "asset USD in 2 decimals\nasset BTC in 8 decimals\n" if module == "std.assets" else None


def codes(failure: pytest.ExceptionInfo[Failure]) -> list[str]:
    return [diagnostic.code for diagnostic in failure.value.diagnostics]


def test_an_instance() -> None:
    made = instance(opened("std.options.EuropeanCall"), CALL, START)
    assert made.terms.start == START
    assert made.terms.assets == ("BTC", "USD") and made.terms.places == (8, 2)
    assert made.terms.feeds == ("spot(BTC, USD)",)
    assert made.terms.schedules == ((parse_instant("2026-12-25"),),)


def test_the_places_of_arguments_have_their_text() -> None:
    with pytest.raises(Failure) as failure:
        instance(opened("std.options.EuropeanCall"), CALL | {"strike": "5 EUR"}, START)
    (diagnostic,) = failure.value.diagnostics
    assert diagnostic.span.source == "strike"
    assert failure.value.sources["strike"] == "5 EUR"


def test_lists_fix_the_shape() -> None:
    note = opened("std.notes.Autocallable")
    three = definition_alone(note, {"basket": "[BTC, ETH, SOL]"})
    assert three.program.assets == ("basket[0]", "basket[1]", "basket[2]", "cash")
    assert definition_alone(note, {}).shape.lengths == {"basket": 2}


def test_a_name_that_is_no_parameter() -> None:
    with pytest.raises(Failure):
        definition_alone(opened("std.notes.Autocallable"), {"baskets": "[BTC]"})


def test_the_last_setting_of_a_name_counts() -> None:
    assert settings(["a=1", "b = [2, 3]", "a=4"]) == {"a": "4", "b": "[2, 3]"}
    with pytest.raises(Failure) as failure:
        settings(["a"])
    assert codes(failure) == ["E1006"]


def test_the_same_definition_compiles_to_the_same_bytes_for_every_instance() -> None:
    call = opened("std.options.EuropeanCall")
    near = instance(call, CALL, START)
    far = instance(call, CALL | {"strike": "90_000", "expiry": "2027-12-31"}, START)
    first, second = (compiled(made.lowered, call.source.text) for made in (near, far))
    assert first == second
    assert decode(first.artefact).content_hash == first.content_hash


# --- marking: a closed form only where it holds for every instance, at any time -------------------


def test_one_date_is_marked_by_its_closed_form() -> None:
    made = contract("at expiry { a pays b spot(underlying, cash) * 1 underlying }")
    assert marking(definition_alone(made, {})).name == "closed form"


def test_what_may_be_several_dates_is_not() -> None:
    made = contract(
        "at each t in dates { a pays b spot(underlying, cash) * 1 underlying }",
        "underlying, cash: Asset, dates: Schedule",
    )
    assert marking(definition_alone(made, {})).why_not == "dates may be several dates"


def test_what_is_remembered_from_the_start_is_known() -> None:
    made = contract(
        "let S = spot(underlying, cash); at expiry { a pays b 1 cash * S / (S at start) }"
    )
    assert marking(definition_alone(made, {})).why_not is None


def test_what_is_remembered_from_later_is_not() -> None:
    made = contract(
        "let S = spot(underlying, cash); at expiry { a pays b 1 cash * S / (S at begin) }",
        "underlying, cash: Asset, begin, expiry: Date",
    )
    assert marking(definition_alone(made, {})).why_not is not None


def test_a_marking_is_what_the_artefact_says() -> None:
    for name in ("options.EuropeanCall", "options.AmericanPut", "barriers.DownAndOutPut"):
        target = opened(f"std.{name}")
        made = compiled(definition_alone(target, {}), target.source.text)
        assert decode(made.artefact).metadata.marking == made.marking.name


# --- value ---------------------------------------------------------------------------------------


def test_a_value() -> None:
    with open(MARKET, encoding="utf-8") as file:
        market = market_of(Source(MARKET, file.read()))
    found = priced(opened("std.options.EuropeanCall"), CALL, market, how=How("closed_form"))
    assert found.valuation.asset == "USD"
    assert 0 < found.valuation.greek("delta").value < 1


def test_a_market_that_is_none() -> None:
    with pytest.raises(Failure) as failure:
        market_of(Source("market.toml", "as_of = yesterday"))
    assert codes(failure) == ["E0601"]
