"""What sentences are read as; and that no text at all makes the parser stumble."""

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.span import Span
from rfos_lang.syntax import tree
from rfos_lang.syntax.formatter import format_module, format_tree
from rfos_lang.syntax.parser import parse
from rfos_lang.syntax.table import KEYWORDS
from tests.generators.trees import modules

ACCEPTED = sorted((Path(__file__).parents[1] / "accept").glob("*.rfos"))
_SIGNS = [*"(){}[],;:.=+-*/^<>%$\"\n /'_09aA", "//", "///", "+=", "=="]
_WORDS = [*_SIGNS, *KEYWORDS, "2026-1-1", "5 USD", "x", "1", '"t"', "\n\n", " ", " ", "\n    "]


def read(text: str) -> tree.Module:
    module, diagnostics = parse(text, "test.rfos")
    assert diagnostics == ()
    return module


def expression(text: str) -> tree.Expression:
    (item,) = read(f"let it = {text}\n").items
    assert isinstance(item, tree.Let)
    return item.value


def statement(text: str) -> tree.Statement:
    (item,) = read(f"contract C() between a, b {{ {text} }}").items
    assert isinstance(item, tree.Contract)
    (only,) = item.body
    return only


def place(node: tree.Node, text: str) -> str:
    return text[node.span.start : node.span.end]


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_every_accepted_file_is_read_without_a_complaint(path: Path) -> None:
    assert read(path.read_text()).items


# --- any text ------------------------------------------------------------------------------------


def check_any(text: str) -> None:
    module, diagnostics = parse(text, "any.rfos")
    for diagnostic in diagnostics:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
    if diagnostics:
        assert format_module(text, "any.rfos") == text
    else:
        assert read(format_module(text, "any.rfos")).items == module.items


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    check_any(text)


@given(st.lists(st.sampled_from(_WORDS), max_size=60))
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    check_any("".join(words))
    check_any(" ".join(words))


@given(st.sampled_from(ACCEPTED), st.data())
@settings(max_examples=150)
def test_a_damaged_file_is_read_or_refused(path: Path, data: st.DataObject) -> None:
    text = path.read_text()[:3000]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(st.sampled_from(["", *_WORDS])) + text[end:]
    check_any(text)


@given(modules, st.data())
def test_a_damaged_generated_module_is_read_or_refused(
    module: tree.Module, data: st.DataObject
) -> None:
    text = format_tree(module)
    start = data.draw(st.integers(0, len(text)))
    check_any(text[:start] + data.draw(st.sampled_from(["", *_WORDS])) + text[start + 1 :])


# --- literals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelling", "value"),
    [
        ("3", Fraction(3)),
        ("65_000", Fraction(65_000)),
        ("0.25", Fraction(1, 4)),
        ("5%", Fraction(1, 20)),
        ("0.75%", Fraction(3, 400)),
        ("25bp", Fraction(1, 400)),
    ],
)
def test_numbers_are_exact(spelling: str, value: Fraction) -> None:
    assert expression(spelling) == tree.Number(value, spelling, span=ANYWHERE)


def test_a_quantity_is_a_number_and_its_unit() -> None:
    text = "let it = 65_000 USD/BTC"
    (item,) = read(text).items
    assert isinstance(item, tree.Let)
    quantity = item.value
    assert isinstance(quantity, tree.Quantity)
    assert quantity.value == 65_000
    assert [part.text for part in quantity.unit.parts] == ["USD", "BTC"]
    assert place(quantity.unit, text) == "USD/BTC"
    assert place(quantity.unit.parts[1], text) == "BTC"


def test_a_word_of_the_language_behind_a_number_is_no_unit() -> None:
    chosen = expression("if a then 5 else 6")
    assert isinstance(chosen, tree.Conditional)
    assert isinstance(chosen.consequence, tree.Number)


def test_a_spaced_slash_divides() -> None:
    quotient = expression("65_000 USD / BTC")
    assert isinstance(quotient, tree.Binary)
    assert quotient.operator == "/"


def test_dates_instants_durations_and_day_counts() -> None:
    assert expression("2026-12-25") == tree.Date(date(2026, 12, 25), span=ANYWHERE)
    at = datetime(2026, 12, 25, 8, tzinfo=UTC)
    assert expression("2026-12-25T08:00Z") == tree.Instant(at, span=ANYWHERE)
    assert expression("3M") == tree.Duration(3, "M", None, span=ANYWHERE)
    assert expression("10min") == tree.Duration(10, "min", None, span=ANYWHERE)
    assert expression("2bd(NYC)") == tree.Duration(2, "bd", name("NYC"), span=ANYWHERE)
    assert expression("30E/360") == tree.DayCount("30E/360", span=ANYWHERE)


# --- expressions ---------------------------------------------------------------------------------

ANYWHERE = Span("anywhere", 0, 0)


def name(text: str) -> tree.Name:
    return tree.Name(text, span=ANYWHERE)


def binary(operator: tree.BinaryOperator, left: str, right: str) -> tree.Binary:
    return tree.Binary(operator, expression(left), expression(right), span=ANYWHERE)


@pytest.mark.parametrize(
    ("text", "operator", "left", "right"),
    [
        ("a - b - c", "-", "a - b", "c"),
        ("a + b * c", "+", "a", "b * c"),
        ("a / b * c", "*", "a / b", "c"),
        ("a ^ b ^ c", "^", "a", "b ^ c"),
        ("a ^ -b", "^", "a", "-b"),
        ("a + b < c * d", "<", "a + b", "c * d"),
        ("a or b and c", "or", "a", "b and c"),
        ("not a or b", "or", "not a", "b"),
        ("a at t / b", "/", "(a at t)", "b"),
    ],
)
def test_operators_bind(text: str, operator: tree.BinaryOperator, left: str, right: str) -> None:
    assert expression(text) == binary(operator, left, right)


def test_a_sign_binds_looser_than_a_power() -> None:
    assert expression("-x^2") == tree.Unary("-", expression("x^2"), span=ANYWHERE)


def test_at_binds_tightly_to_one_operand_on_each_side() -> None:
    value = expression("f(x) at p.start")
    assert value == tree.At(expression("f(x)"), expression("p.start"), span=ANYWHERE)


def test_a_fold_on_dates_and_a_fold_over_a_list() -> None:
    over = expression("mean(S on fixings)")
    assert over == tree.FoldOn(name("mean"), name("S"), name("fixings"), span=ANYWHERE)
    assert expression("min(f(a) for a in b)") == expression("min([f(a) for a in b])")


def test_a_named_argument_may_stand_for_the_name_of_the_same_spelling() -> None:
    assert expression("f(strike:)") == expression("f(strike: strike)")


def test_fields_may_be_words_of_the_language() -> None:
    assert expression("p.end") == tree.Field(name("p"), name("end"), span=ANYWHERE)


# --- statements ----------------------------------------------------------------------------------


def test_a_payment_with_all_its_tails() -> None:
    payment = statement('a pays b net x * 2 on t + 2bd(NYC) as "gain"')
    assert payment == tree.Pays(
        name("a"),
        name("b"),
        True,
        expression("x * 2"),
        expression("t + 2bd(NYC)"),
        tree.Text("gain", span=ANYWHERE),
        span=ANYWHERE,
    )


def test_no_otherwise_is_not_an_empty_otherwise() -> None:
    without = statement("a may go until t { end }")
    empty = statement("a may go until t { end } otherwise { }")
    assert isinstance(without, tree.May)
    assert isinstance(empty, tree.May)
    assert without.otherwise is None
    assert empty.otherwise == ()


def test_a_group_of_names_is_one_parameter_each() -> None:
    text = "let f(low, high: cash/u = 0) = low"
    (item,) = read(text).items
    assert isinstance(item, tree.Let)
    assert [parameter.name.text for parameter in item.parameters] == ["low", "high"]
    assert item.parameters[0].type == item.parameters[1].type


def test_documentation_belongs_to_the_item_below_it() -> None:
    text = "/// One.\n///\n///  Two.\n\nunit a // behind\n/// lost"
    module = read(text)
    (item,) = module.items
    assert isinstance(item, tree.Unit)
    assert item.doc == "One.\n\n Two."
    assert [comment.text for comment in module.comments] == ["// behind", "/// lost"]


def test_every_node_knows_its_place() -> None:
    text = "contract C(a: Asset) between x, y {\n    at t { x pays y (1 + 2) * 3 }\n}\n"
    (item,) = read(text).items
    assert isinstance(item, tree.Contract)
    (clause,) = item.body
    assert isinstance(clause, tree.AtInstant)
    assert place(clause, text) == "at t { x pays y (1 + 2) * 3 }"
    (payment,) = clause.body
    assert isinstance(payment, tree.Pays)
    assert place(payment.amount, text) == "(1 + 2) * 3"
    assert place(payment.payee, text) == "y"
