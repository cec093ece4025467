"""In-file tests: those of the library and the examples hold; a failure tells its whole story."""

from pathlib import Path

import pytest

from rfos_lang.driver.life import Life
from rfos_lang.driver.testing import Verdict, run_test
from rfos_lang.semantics.analyse import analyse
from rfos_lang.stdlib_path import standard_library
from tests.driver.failing import PROGRAMS, said
from tests.semantics.rejected import library

ROOT = Path(__file__).parents[2]
FILES = sorted([*standard_library().rglob("*.rfos"), *(ROOT / "examples").rglob("*.rfos")])

SWAP = """
contract Float(cash: Asset, notional: cash, index: Index, dates: Schedule) between payer, receiver {
    unsecured
    at each p in periods(dates) {
        payer pays receiver net notional * (index at p.start) * year_fraction(p, act/360) on p.pay
    }
}
"""


def verdicts(text: str) -> list[Verdict]:
    """The verdict on each test of a text that has no errors."""
    analysis = analyse(text, "test.rfos", library)
    assert analysis.diagnostics == ()
    return [run_test(test) for test in analysis.tests]


def codes(text: str) -> list[list[str]]:
    return [[failure.code for failure in verdict.failures] for verdict in verdicts(text)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_tests_of_the_library_and_the_examples_hold(file: Path) -> None:
    analysis = analyse(file.read_text(), file.name, library)
    failing = [v.case.title for v in map(run_test, analysis.tests) if v.failures]
    assert failing == []


LIBRARY = sorted(standard_library().glob("*.rfos"))


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_every_contract_of_the_library_has_a_test(file: Path) -> None:
    analysis = analyse(file.read_text(), file.name, library)
    own = {name for name, it in analysis.definitions.items() if it.span.source == file.name}
    assert own <= {test.definition.name for test in analysis.tests}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_a_failure_tells_its_whole_story(program: Path) -> None:
    assert said(program) == program.with_suffix(".txt").read_text()


def test_an_index_goes_by_its_name_and_a_payment_is_owed_on_its_date() -> None:
    text = f"""{SWAP}
    test "two periods" {{
        contract Float(EUR, 1_000_000 EUR, ESTR, dates: [2026-01-15, 2026-04-15, 2026-07-15])
        on 2026-01-15 {{ ESTR = 2% }}
        on 2026-04-15 {{ ESTR = -1% }}
        expect payer pays receiver 5_000 EUR
        on 2026-07-15 {{ }}
        expect receiver pays payer 2_527.78 EUR on 2026-07-15
        expect ended
    }}"""
    assert codes(text) == [[]]


def test_a_net_expectation_may_be_negative() -> None:
    text = f"""{SWAP}
    test "below zero" {{
        contract Float(EUR, 1_000_000 EUR, ESTR, dates: [2026-01-15, 2026-04-15])
        on 2026-01-15 {{ ESTR = -1% }}
        on 2026-04-15 {{ }}
        expect payer pays receiver net -2_500 EUR
    }}"""
    assert codes(text) == [[]]


def test_what_falls_due_between_two_days_happens_at_its_own_instant() -> None:
    text = f"""{SWAP}
    test "on the last value" {{
        contract Float(EUR, 1_000_000 EUR, ESTR, dates: [2026-01-15, 2026-04-15]) from 2026-01-01
        on 2026-01-10 {{ ESTR = 1% }}
        on 2026-12-31 {{ ESTR = 9% }}
        expect payer pays receiver 2_500 EUR on 2026-04-15
    }}"""
    (verdict,) = verdicts(text)
    assert verdict.failures == ()
    assert isinstance(verdict.life, Life)
    assert len(verdict.life.moments) == 4


def test_a_life_of_too_many_events_is_cut() -> None:
    dates = "schedule(first: 2020-01-01, last: 2090-01-01, step: 1d)"
    text = f"""
    contract Daily(cash: Asset) between payer, receiver {{
        unsecured
        at each t in {dates} {{ payer pays receiver 1 cash }}
    }}
    test "seventy years of days" {{
        contract Daily(EUR) from 2020-01-01
        on 2089-12-31 {{ }}
    }}"""
    assert codes(text) == [["E1133"]]


def test_a_file_with_an_error_has_no_tests() -> None:
    text = f'{SWAP}\ntest "a" {{ contract Float(EUR) }}\ntest "b" {{ contract Float }}'
    analysis = analyse(text, "test.rfos", library)
    assert analysis.diagnostics and analysis.tests == ()


def test_a_value_is_that_of_the_newest_observations_at_that_point() -> None:
    call = "std.options.{EuropeanCall}"
    text = f"""
    use {call}
    test "a call as it ages" {{
        contract EuropeanCall(BTC, USD, strike: 100 USD/BTC, expiry: 2027-01-01)
        on 2026-01-01 {{ spot(BTC, USD) = 100 USD/BTC }}
        market {{ volatility(BTC, USD) = 20%; rate(USD) = 5%; yield(BTC) = 0% }}
        expect valued at 10.4506 USD within 0.0001 USD
        market {{ volatility(BTC, USD) = 20%; rate(USD) = 0%; spot(BTC, USD) = 1_000 USD/BTC }}
        expect valued at 900 USD within 0.0001 USD
        on 2026-12-31 {{ spot(BTC, USD) = 150 USD/BTC }}
        market {{ volatility(BTC, USD) = 20%; rate(USD) = 0% }}
        expect valued at 50 USD within 0.0001 USD
    }}"""
    assert codes(text) == [[]]


def test_a_declared_feed_goes_stale_and_the_clause_waits_for_a_new_value() -> None:
    text = """
    unit mps
    feed wind(station: Text): mps { staleness: 3d }
    contract Gust(cash: Asset, day: Date) between buyer, seller {
        unsecured
        at day { seller pays buyer 10 cash/mps * wind("KMIA") }
    }
    test "fresh" {
        contract Gust(USD, day: 2026-03-01) from 2026-02-01
        on 2026-02-28 { wind("KMIA") = 7 mps }
        on 2026-03-02 { }
        expect seller pays buyer 70 USD on 2026-03-01
    }
    test "stale" {
        contract Gust(USD, day: 2026-03-01) from 2026-02-01
        on 2026-02-25 { wind("KMIA") = 7 mps }
        on 2026-03-02 { }
        expect no payments
        on 2026-03-03 { wind("KMIA") = 9 mps }
        expect seller pays buyer 90 USD on 2026-03-01
    }"""
    assert codes(text) == [[], []]
