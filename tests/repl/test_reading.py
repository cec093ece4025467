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


def test_completion_knows_commands_contracts_and_names() -> None:
    session, _ = told("let sizing = 2 BTC", f"let call = {CALL}")
    assert completions("pri", session, AROUND) == ["price"]
    assert "sizing" in completions("1 + siz", session, AROUND)
    assert "call" in completions("price ca", session, AROUND)
    assert "EuropeanCall" in completions("price Euro", session, AROUND)
    assert "price" not in completions("1 + pri", session, AROUND)
    assert "contract" in completions("con", session, AROUND)
    assert set(COMMANDS) <= set(completions("", session, AROUND))
    assert completions("price ", session, AROUND) == []


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
