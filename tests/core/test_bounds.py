"""Bounds on the work of an instance: payments at one instant, dated payments that wait."""

import pytest

from rfos_lang.cli.files import library
from rfos_lang.core.bounds import most_pending, most_transfers
from rfos_lang.core.program import Program, Terms
from rfos_lang.core.typical import BEGIN
from rfos_lang.driver.instance import instance
from rfos_lang.driver.opening import Source, checked

PAY = "a pays b 1 USD"


def _made(body: str) -> tuple[Program, Terms]:
    looks = "let S = spot(BTC, USD); let high = S > 5 USD/BTC; let higher = S > 6 USD/BTC"
    text = f"contract C() between a, b {{ {looks}; {body}; unsecured }}\n"
    made = instance(checked(Source("c.rfos", text), None, library), {}, BEGIN)
    return made.program, made.terms


@pytest.mark.parametrize(
    ("body", "most"),
    [
        (PAY, 1),
        (f"{PAY}; {PAY}", 2),
        (f"if high {{ {PAY}; {PAY} }} else {{ {PAY} }}", 2),
        (f"{PAY}; if high {{ {PAY} }} else {{ {PAY}; {PAY} }}", 3),
        (f"if high {{ {PAY} }}; if higher {{ {PAY} }} else {{ {PAY} }}", 2),
        (
            f"if high {{ if higher {{ {PAY} }} else {{ {PAY} }} }} else {{ {PAY} }}",
            1,
        ),
    ],
)
def test_an_if_counts_by_its_larger_arm(body: str, most: int) -> None:
    program, _ = _made(f"at 2026-06-30 {{ {body} }}")
    assert most_transfers(program) == most


EACH = "at each t in [2026-02-02, 2026-03-02, 2026-04-02]"


@pytest.mark.parametrize(
    ("body", "most"),
    [
        (f"{EACH} {{ {PAY} }}", 0),
        (f"{EACH} {{ {PAY} on 2026-12-31 }}", 3),
        (f"{EACH} {{ {PAY} on 2026-12-31; {PAY} on 2026-12-31 }}", 6),
        (
            f"{EACH} {{ if high {{ {PAY} on 2026-12-31 }} else {{ {PAY} on 2026-12-31 }} }}",
            3,
        ),
        (f"{EACH} {{ {PAY} on t + 2d }}", 1),
        (f"{EACH} {{ {PAY} on t + 40d }}", 2),
        (f"when high {{ {PAY} on 2026-02-15 }}; {EACH} {{ {PAY} on t + 2d }}", 2),
    ],
)
def test_payments_wait_from_their_cause_to_their_date(body: str, most: int) -> None:
    assert most_pending(*_made(body)) == most


def test_what_acts_again_and_again_has_no_bound() -> None:
    told = "when each d in dividends(BTC, USD) { a pays b 1 BTC * d.amount on d.pay }"
    assert most_pending(*_made(f"{told}; {EACH} {{ {PAY} }}")) is None
