"""What may be written at a place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.editing.completion import Completion, completions, word_start
from rfos_lang.syntax.lexer import words_and_signs
from tests.editing.texts import RIGHT
from tests.editing.workspaces import marked, workspace

HEAD = (
    "contract A(underlying, cash: Asset, strike: cash/underlying, t: Date)"
    " between holder, writer {\n"
)


def offered(text: str) -> list[Completion]:
    text, (place,) = marked(text)
    return completions(workspace(a=text), "a.rfos", place)


def labels(text: str) -> list[str]:
    return [each.label for each in offered(text)]


def test_an_item_begins_with_its_word() -> None:
    assert {"contract", "use", "asset", "test", "margin"} <= set(labels("¦"))
    assert labels("con¦") == ["contract"]


def test_names_come_with_their_units_those_that_are_nearest_first() -> None:
    text = HEAD + "    let depth = strike * 2\n    at t { let x = depth; writer pays holder ¦ } }\n"
    found = {each.label: each.detail for each in offered(text)}
    assert next(iter(found)) == "x"
    assert found["x"] == "let x: cash/underlying"
    assert found["strike"] == "strike: cash/underlying"
    assert found["schedule"].startswith("schedule(first: Date, last: Date, step: Duration")


def test_arguments_are_named_those_that_are_given_no_more() -> None:
    call = "use std.options.{EuropeanCall}\ncontract B(k: USD/BTC, t: Date) between a, b =\n"
    found = labels(call + "    EuropeanCall(BTC, cash: USD, ¦)")
    assert found[:3] == ["underlying:", "strike:", "expiry:"]
    assert "cash:" not in found
    assert {"k", "t"} <= set(found)


def test_modules_and_what_they_declare() -> None:
    assert labels("use std.opt¦") == ["options"]
    assert offered("use std.opt¦")[0].text == "options.{"
    assert "EuropeanCall" in labels("use std.options.{Eu¦}")
    assert "European calls" not in labels("use std.options.{¦}")


def test_the_lines_of_a_clause_those_that_are_there_no_more() -> None:
    rules = HEAD + "    collateral of writer in cash {\n maintenance: 8% * exposure\n ¦\n    }\n}"
    assert labels(rules) == ["initial", "exposure"]
    assert offered(rules)[0].text == "initial: "
    value = HEAD + "    liquidation of writer {\n        shortfall: ¦\n    }\n}"
    assert labels(value)[:3] == ["insurance_fund", "deleverage", "then"]


def test_words_of_a_schedule() -> None:
    call = HEAD + "    let dates = schedule(first: t, last: t, step: 1M, roll: ¦)\n}"
    assert labels(call)[:3] == ["unadjusted", "following", "modified_following"][:3]


def test_units_behind_a_number_and_types_behind_a_colon() -> None:
    assert labels(HEAD + "    at t { writer pays holder 65_000 US¦ } }")[0] == "USD"
    assert labels(HEAD + "    let x: Num¦ }") == ["Number"]
    assert labels("contract A(n: As¦") == ["Asset"]


def test_sides_where_a_payment_begins() -> None:
    assert labels(HEAD + "    at t { ¦ } }")[:2] == ["holder", "writer"]
    assert labels(HEAD + "    at t { holder pays wri¦ } }") == ["writer"]


def test_fields_of_what_is_told() -> None:
    stream = "feed coupons(u: Asset): (amount: USD/u, due: Date)\n" + HEAD
    found = labels(stream + "    when each d in coupons(underlying) { writer pays holder d.¦ } }")
    assert found[:2] == ["amount", "due"]
    assert "is_last" in labels(HEAD + "    at each p in periods([t, t]) { let x = p.is_¦ } }")


@pytest.mark.parametrize("text", ["// con¦", "/// a ¦b", 'test "con¦"', 'test "co¦n" { }'])
def test_nothing_inside_of_remarks_and_texts(text: str) -> None:
    assert offered(text) == []


@settings(max_examples=20)
@given(st.data())
def test_a_name_of_a_right_text_is_among_what_is_offered_before_it(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(RIGHT)).read_text()
    made = workspace(a=text)
    use = data.draw(st.sampled_from(made.names("a.rfos").uses))
    if use.span == use.declaration.span:
        return
    found = [each.label.rstrip(":") for each in completions(made, "a.rfos", use.span.start)]
    assert use.declaration.name in found
    assert word_start(text, use.span.end) == use.span.start


@settings(max_examples=20)
@given(st.data())
def test_any_place_of_any_text_is_answered(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(RIGHT)).read_text()
    cuts = sorted(token.end for token in words_and_signs(text))
    place = data.draw(st.sampled_from(cuts))
    beginning = text[:place]
    for each in completions(workspace(a=beginning), "a.rfos", place):
        assert each.label.lower().startswith(beginning[word_start(beginning, place) :].lower())
