"""When a text is whole, what completes it, and that no text harms a session."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.repl.commands import COMMANDS
from rfos_lang.repl.completion import completions
from rfos_lang.repl.script import statements
from rfos_lang.repl.session import Session, fresh
from rfos_lang.repl.stepping import ITEMS, step, wants_more
from rfos_lang.syntax.unfinished import is_unfinished
from tests.repl.sessions import AROUND, CALL, MARKET, TODAY, told

UNFINISHED = (
    "let x = 1 +",
    "let",
    "contract A() between a, b",
    "contract A() between a, b {",
    "contract A() between a, b {\n    at 2026-12-25 { a pays b 1 USD }",
    "use std.options.{EuropeanCall,",
    "price EuropeanCall(BTC, USD,",
    "compare EuropeanCall(BTC, USD, 1, 2026-12-25), EuropeanPut(BTC,",
    "max(1,",
    "1 +",
)
WHOLE = (
    "let x = 1",
    "contract A() between a, b {\n    at 2026-12-25 { a pays b 1 USD }\n}",
    "let x = ) 1",
    'let x = "open',
    "price call",
    "price",
    "ladder call -20%..20%:9",
    "save desk.rfos",
    "spot BTC = 65_000",
    "step 2026-06-26 61_000",
    "1 + 1",
    "",
)


@pytest.mark.parametrize("text", UNFINISHED)
def test_more_is_asked_for_while_a_text_is_unfinished(text: str) -> None:
    assert wants_more(text)


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_whole_or_wrong_is_not_waited_for(text: str) -> None:
    assert not wants_more(text)


def test_a_script_is_cut_into_commands() -> None:
    text = "let x = 1 +\n\n    2\n\nprice call\n// nothing\nlet y = ("
    assert list(statements(text)) == [
        "let x = 1 +\n\n    2",
        "price call",
        "// nothing",
        "let y = (",
    ]


@given(st.text(max_size=60))
def test_any_text_is_finished_or_not(text: str) -> None:
    is_unfinished(text)
    assert wants_more(text) in (True, False)


TEA = "contract Tea() between ann, bob { at 2026-12-25 { ann pays bob 5 USD } }"


def completed(before: str, session: Session | None = None) -> list[str]:
    """What a session writes in place of the last word."""
    return [each.text for each in completions(before, session or fresh(TODAY), AROUND)]


def test_completion_knows_commands_contracts_and_names() -> None:
    session, _ = told("let sizing = 2 BTC", f"let call = {CALL}", TEA)
    assert completed("pri", session) == ["price"]
    assert "sizing" in completed("1 + siz", session)
    assert completed("price ca", session)[0] == "call"
    assert completed("price T", session)[0] == "Tea"
    assert completed("price EuropeanC", session) == ["EuropeanCall"]
    assert completed("1 + pri", session) == []
    assert "contract" in completed("con", session)
    assert completed("", session)[: len(COMMANDS)] == list(COMMANDS)
    assert completed("price ", session)[:2] == ["call", "Tea"]
    assert completed("price call m", session)[0] == "method="
    assert completed("let p = EuropeanC", session) == ["EuropeanCall"]
    assert set(completed("help ")) == set(COMMANDS)


def test_completion_is_what_an_editor_offers() -> None:
    assert completed("price EuropeanCall(BTC, USD, str") == ["strike: "]
    assert completed("let call = EuropeanCall(BTC, USD, expi") == ["expiry: "]
    assert completed("price std.opt") == ["options."]
    assert completed("price std.options.EuropeanC") == ["EuropeanCall("]
    assert completed("use std.options.{EuropeanC") == ["EuropeanCall("]
    assert completed("contract Tea() between ann, bob {\n    at 2026-12-25 { an") == ["ann"]
    assert "BTC" in completed("spot BT")
    assert completed("spot BTC = 0.9 * spot(BTC, US")[0] == "USD"


_WORDS = (
    *COMMANDS,
    *ITEMS,
    *("call", "EuropeanCall", "(", ")", "BTC", "USD", ",", "=", "65_000", "2026-12-25", ":", "x"),
    *(
        "{",
        "}",
        "between a, b",
        "\n",
        "+",
        "55%",
        "spot(BTC, USD)",
        "/nowhere.rfos",
        '"',
        "..",
        "-",
    ),
)
_BEGUN: Session = told(*MARKET, f"let call = {CALL}", "let x = 2 BTC", f"step {CALL}")[0]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_WORDS), max_size=8).map(" ".join)))
def test_any_text_leaves_a_session_as_it_was_or_goes_on(text: str) -> None:
    after, answer = step(_BEGUN, text, AROUND)
    assert after.market.as_of >= TODAY or answer.ok
    if not answer.ok:
        assert after is _BEGUN
    elif after is not _BEGUN:
        assert _BEGUN in (after.before, after) or after is _BEGUN.before
    assert after.definitions.known.diagnostics is not None
    assert step(after, "price call", AROUND)[1].ok or after != _BEGUN


def test_the_first_session_has_a_date_and_nothing_else() -> None:
    session = fresh(TODAY)
    assert session.market.as_of == TODAY and not session.market.spots
