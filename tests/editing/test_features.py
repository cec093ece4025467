"""What an editor asks of a document, each question on a small text."""

from dataclasses import replace
from itertools import pairwise

from rfos_lang.base.diagnostic import Edit
from rfos_lang.base.fixing import edited
from rfos_lang.base.span import Span
from rfos_lang.editing.folding import Fold, folds
from rfos_lang.editing.hints import hints
from rfos_lang.editing.hovering import hover, signature_help
from rfos_lang.editing.layout import laid_out
from rfos_lang.editing.lenses import Lens, lenses
from rfos_lang.editing.navigation import definition, references
from rfos_lang.editing.outline import outline, symbols
from rfos_lang.editing.problems import mends, problems, safe_mends
from rfos_lang.editing.renaming import Refusal, renamed
from rfos_lang.editing.tokens import tokens
from tests.editing.workspaces import marked, workspace

NAME = "a.rfos"
TEXT, (LIBRARY, LET, CALL, USE) = marked("""\
use std.options.{¦EuropeanCall}

/// Pays twice the depth.
contract Deep(underlying, cash: Asset, strike: cash/underlying, expiry: Date)
between holder, writer {
    let ¦depth = max(strike - spot(underlying, cash), 0)
    at expiry { writer pays holder 1 underlying * max(¦depth, 0) }
    unsecured
}

contract Bought(strike: USD/BTC, expiry: Date)
between a, b = EuropeanCall(BTC, ¦USD, strike, expiry:) { unsecured }

test "out of the money" {
    contract Deep(BTC, USD, strike: 5 USD/BTC, expiry: 2026-01-01)
    on 2026-01-01 { spot(BTC, USD) = 6 USD/BTC }
    expect no payments
}
""")
OPEN = workspace(a=TEXT)
WHOLE = Span(NAME, 0, len(TEXT))


def test_a_text_that_is_right_has_no_problems() -> None:
    assert problems(OPEN, NAME) == ()


def test_a_mend_is_offered_where_something_is_wrong() -> None:
    text, (place,) = marked(
        "contract A(n: USD, t: Date) between a, b { at t { a pays b n ¦&& 1 } }"
    )
    made = workspace(a=text)
    assert problems(made, NAME)
    assert edited(text, safe_mends(made, NAME)) == text.replace("&&", "and")
    assert [each.preferred for each in mends(made, NAME, Span(NAME, place, place))][:1] == [True]


def test_a_word_is_told_with_its_unit_and_its_authors_words() -> None:
    told = hover(OPEN, NAME, LET)
    assert told is not None and told.lines == ("let depth: cash/underlying",)
    bought = hover(OPEN, NAME, LIBRARY)
    assert bought is not None and bought.lines[0].startswith("contract EuropeanCall(")
    assert bought.doc.startswith("Cash-settled European call") and bought.contract is not None
    given = hover(OPEN, NAME, TEXT.index("max("))
    assert given is not None and given.lines == ("max(number, ...)",)


def test_how_a_contract_is_called() -> None:
    found = signature_help(OPEN, NAME, USE)
    assert found is not None and found.active == 1
    assert found.signatures[0].given[:3] == ("underlying", "cash", "strike")


def test_from_a_name_to_its_declaration_and_to_all_its_places() -> None:
    assert definition(OPEN, NAME, CALL) == (Span(NAME, LET, LET + 5),)
    (library,) = definition(OPEN, NAME, LIBRARY)
    assert library.source == "std.options"
    assert [each.start for each in references(OPEN, NAME, LET)] == [LET, CALL]
    assert [each.start for each in references(OPEN, NAME, LET, declared=False)] == [CALL]


def test_a_name_becomes_another() -> None:
    edits = renamed(OPEN, NAME, CALL, "drop")
    assert edits == (
        Edit(Span(NAME, LET, LET + 5), "drop"),
        Edit(Span(NAME, CALL, CALL + 5), "drop"),
    )
    place = TEXT.index("expiry: Date)\nbetween a")
    due = renamed(OPEN, NAME, place, "due")
    assert not isinstance(due, Refusal)
    assert "strike, expiry: due)" in edited(TEXT, due)


def test_a_name_is_refused_with_a_reason() -> None:
    for offset, new, reason in (
        (LET, "strike", "another `strike` is known where this name stands"),
        (LET, "max", "`max` has a meaning in the language itself"),
        (LET, "2x", "`2x` is no name: letters, digits and `_`, a letter first"),
        (LIBRARY, "Call", "`EuropeanCall` is declared in std.options"),
        (TEXT.index("max("), "x", "here stands no name that a file declares"),
    ):
        assert renamed(OPEN, NAME, offset, new) == Refusal(reason)


def test_the_outline() -> None:
    found = outline(OPEN, NAME)
    assert [(each.name, each.kind) for each in found] == [
        ("Deep", "contract"),
        ("Bought", "contract"),
        ("out of the money", "test"),
    ]
    inside = [each.name for each in found[0].children]
    assert inside == ["underlying", "cash", "strike", "expiry", "holder", "writer", "depth"]
    for symbol in (*found, *found[0].children):
        assert (
            symbol.span.start <= symbol.name_span.start <= symbol.name_span.end <= symbol.span.end
        )
    assert [each.name for each in symbols(OPEN, "dp")] == ["Deep"]


def test_what_may_be_folded() -> None:
    assert folds("// a\n// b\nx(\n1\n)\n") == (Fold(0, 1, comment=True), Fold(2, 3))
    assert Fold(4, 7) in folds(TEXT)


def test_the_layout_of_some_lines() -> None:
    text = "unit   a\nunit b\nunit   c\n"
    made = workspace(a=text)
    assert edited(text, laid_out(made, NAME)) == "unit a\nunit b\nunit c\n"
    assert edited(text, laid_out(made, NAME, Span(NAME, 0, 3))) == "unit a\nunit b\nunit   c\n"


def test_types_and_names_that_are_not_written() -> None:
    found = {TEXT[: each.offset].split()[-1] + each.text for each in hints(OPEN, NAME, WHOLE)}
    assert {"depth: cash/underlying", "EuropeanCall(underlying:"} <= found


def test_tokens_are_in_order_and_know_what_names_stand_for() -> None:
    found = tokens(OPEN, NAME)
    assert all(first.end <= second.start for first, second in pairwise(found))
    at = {each.start: each for each in found}
    assert at[LET].type == at[CALL].type == "variable"
    assert "declaration" in at[LET].modifiers and "declaration" not in at[CALL].modifiers
    assert at[LIBRARY].modifiers == ("defaultLibrary",)


def test_what_is_one_click_away() -> None:
    found = [(each.title, each.subject) for each in lenses(OPEN, NAME)]
    of_contract = [
        (title, name) for name in ("Deep", "Bought") for title in ("Price", "Payoff", "Verify")
    ]
    assert found == [*of_contract, ("Run tests", ""), ("Run", "out of the money")]


def test_what_is_wrong_in_one_place_takes_nothing_from_the_others() -> None:
    for begun in (
        "con",
        "contract M(",
        "let x =",
        "contract M(n: USD, t: Date) between a, b { at t",
    ):
        text = TEXT.replace("contract Bought", f"{begun}\n\ncontract Bought")
        made = workspace(a=text)
        assert problems(made, NAME)
        assert lenses(made, NAME) == moved(lenses(OPEN, NAME), len(begun) + 2)
        outlined = [each for each in outline(made, NAME) if each.name != "M"]
        assert [each.name for each in outlined] == [each.name for each in outline(OPEN, NAME)]
        assert hover(made, NAME, LET) == hover(OPEN, NAME, LET)
        before = Span(NAME, 0, TEXT.index("contract Bought"))
        assert hints(made, NAME, before) == hints(OPEN, NAME, before)
        told = [each for each in tokens(made, NAME) if each.end <= before.end]
        assert told == [each for each in tokens(OPEN, NAME) if each.end <= before.end]


def moved(found: tuple[Lens, ...], by: int) -> tuple[Lens, ...]:
    """Lenses after so many characters were written before the second contract."""
    place = TEXT.index("contract Bought")
    return tuple(
        replace(each, span=Span(NAME, each.span.start + by, each.span.end + by))
        if each.span.start > place
        else each
        for each in found
    )
