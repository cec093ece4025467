"""One mistake, one message: a slip made in a right program, and what is said of it."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.diagnostic import Diagnostic, Severity
from rfos_lang.semantics.analyse import analyse
from rfos_lang.stdlib_path import standard_library
from rfos_lang.syntax import tree
from rfos_lang.syntax.lexer import Token, scan
from rfos_lang.syntax.parser import parse
from tests.semantics.rejected import library

LIBRARY = {
    path.stem: path.read_text()
    for path in sorted(standard_library().glob("*.rfos"))
    if path.stem != "assets"
}


def contracts(text: str) -> list[str]:
    """Each contract of a file as a text of its own, where it needs nothing else of the file."""
    items = [item for item in parse(text, "a.rfos")[0].items if isinstance(item, tree.Contract)]
    alone = [text[item.span.start : item.span.end] + "\n" for item in items]
    return [each for each in alone if not errors(each)]


def errors(text: str) -> list[Diagnostic]:
    found = analyse(text, "a.rfos", library).diagnostics
    return [each for each in found if each.severity is Severity.ERROR]


PROGRAMS = [contract for text in LIBRARY.values() for contract in contracts(text)]


def tokens(text: str) -> list[Token]:
    return [token for token in scan(text, "a.rfos").tokens if token.type != "$END"]


def declared(text: str) -> set[str]:
    """The parameters, parties, states and `let`s of a contract."""
    (item,) = parse(text, "a.rfos")[0].items
    assert isinstance(item, tree.Contract)
    body = [each.name for each in item.body if isinstance(each, tree.Let | tree.State)]
    return {name.text for name in (*(p.name for p in item.parameters), *item.parties, *body)}


def triples(listed: list[Token]) -> Iterator[tuple[Token, Token, Token]]:
    """Each token with the one before and the one after it."""
    return zip(listed, listed[1:], listed[2:], strict=False)


def uses(text: str) -> list[Token]:
    """Where the body names something that the contract declares, outside of declarations."""
    known, listed = declared(text), tokens(text)
    body = next(i for i, token in enumerate(listed) if token.type == "LBRACE")
    return [
        token
        for before, token, after in triples(listed[body:])
        if token.type == "NAME"
        and token.text in known
        and before.type not in ("LET", "STATE", "EACH", "FOR", "DOT", "COMMA", "LPAR")
        and after.type not in ("COLON", "LPAR")
    ]


@given(st.sampled_from(PROGRAMS), st.data())
def test_a_name_misspelled_is_one_message_at_its_place(text: str, data: st.DataObject) -> None:
    token = data.draw(st.sampled_from(uses(text)))
    wrong = text[: token.end] + "q" + text[token.end :]
    (error,) = errors(wrong)
    assert (error.span.start, error.span.end) == (token.start, token.end + 1)
    assert error.code in ("E0301", "E0310")
    if len(token.text) > 2:
        assert error.help == f"did you mean `{token.text}`?"


@given(st.sampled_from(PROGRAMS), st.data())
def test_a_bracket_lost_is_at_most_a_few_messages(text: str, data: st.DataObject) -> None:
    closing = [token for token in tokens(text) if token.type in ("RPAR", "RSQB", "RBRACE")]
    token = data.draw(st.sampled_from(closing))
    found = errors(text[: token.start] + text[token.end :])
    assert 1 <= len(found) <= 3, found
    assert found[0].span.start <= token.end or found[0].code == "E0101"


@given(st.sampled_from(PROGRAMS), st.data())
def test_a_bracket_too_many_is_at_most_a_few_messages(text: str, data: st.DataObject) -> None:
    token = data.draw(st.sampled_from(tokens(text)))
    sign = data.draw(st.sampled_from(")]"))
    found = errors(text[: token.end] + sign + text[token.end :])
    assert 1 <= len(found) <= 3, found
    assert found[0].span.end >= token.start


@given(st.sampled_from(PROGRAMS), st.data())
def test_a_word_left_out_is_at_most_a_few_messages(text: str, data: st.DataObject) -> None:
    token = data.draw(st.sampled_from(tokens(text)))
    found = errors(text[: token.start] + text[token.end :])
    assert len(found) <= 4, found


@given(st.sampled_from(PROGRAMS), st.data())
def test_a_number_too_many_is_at_most_a_few_messages(text: str, data: st.DataObject) -> None:
    token = data.draw(st.sampled_from(tokens(text)))
    found = errors(text[: token.end] + " 7 " + text[token.end :])
    assert 1 <= len(found) <= 3, found


def test_a_let_that_was_cut_short_says_nothing_of_its_value() -> None:
    text = """
contract Loan(cash: Asset, owed: cash, due: Date) between lender, borrower {
    state left: cash = owed
    at due {
        let repaid =  7  if true then left else owed
        borrower pays lender repaid
        left -= repaid
    }
    unsecured
}
"""
    assert [each.code for each in errors(text)] == ["E0110", "E0101"]
