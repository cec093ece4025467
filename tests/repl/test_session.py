"""Each command of a session, and what it leaves behind."""

from pathlib import Path

import pytest

import rfos_lang
from rfos_lang.repl.commands import COMMANDS
from rfos_lang.repl.session import fresh
from rfos_lang.repl.stepping import step
from rfos_lang.semantics.analyse import analyse
from tests.core.lives import library
from tests.repl.sessions import AROUND, CALL, MARKET, TODAY, codes, shown, told, wrong

SPREAD = """contract Spread(low, high: USD/BTC, expiry: Date) between a, b
    = EuropeanCall(BTC, USD, low, expiry:) - EuropeanCall(BTC, USD, high, expiry:) {
    unsecured
}"""


@pytest.fixture(scope="module")
def value() -> float:
    """What the call is worth by `rfos_lang.price`."""
    text = (
        'as_of = 2026-01-01\nspots = { "spot(BTC, USD)" = 65_000 }\n'
        'volatilities = { "spot(BTC, USD)" = "55%" }\nrates = { USD = "4%" }\n'
    )
    told_in = rfos_lang.market("market.toml", text)
    call = rfos_lang.contract("std.options.EuropeanCall")
    arguments = {"underlying": "BTC", "cash": "USD", "strike": 65_000, "expiry": "2026-12-25"}
    return rfos_lang.price(call, told_in, **arguments).value


# --- the market ----------------------------------------------------------------------------------


def test_a_market_is_told_figure_by_figure(value: float) -> None:
    assert told(*MARKET, f"price {CALL}")[1].document["value"] == value


def test_a_figure_may_be_worked_out_from_the_market() -> None:
    session, _ = told(*MARKET, "spot BTC = 1.1 * spot(BTC, USD)", "spot ETH EUR = 3_000")
    assert session.market.spots == {("BTC", "USD"): 71_500, ("ETH", "EUR"): 3_000}


def test_every_figure_finds_its_table() -> None:
    session, answer = told(
        *MARKET,
        "spot ETH = 3_000",
        "volatility ETH = 70%",
        "yield ETH = 3%",
        "correlation BTC ETH = 70%",
        "correlation ETH BTC = 60%",
        "index SOFR_3M = 390bp",
        "level wind(KMIA) = 30",
        "date 2026-02-01",
        "market",
    )
    market = session.market
    assert list(market.correlations.values()) == [0.6]
    assert market.level("wind(KMIA)") == 30
    assert market.index_forward("SOFR_3M", TODAY) == pytest.approx(0.039)
    assert "as_of = 2026-02-01" in shown(answer)


def test_a_market_comes_from_a_file() -> None:
    session, answer = told("market examples/market.toml")
    assert session.market.spots["ETH", "USD"] == 3_000
    assert "spot(BTC, USD)" in shown(answer)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("vol BTC = 5 USD", "E1207"),
        ("spot BTC ETH EUR = 5", "E1202"),
        ("spot BTC = -5", "E0610"),
        ("date tomorrow", "E0580"),
        ("market no_such_file.toml", "E1001"),
        ("correlation BTC = 50%", "E1202"),
    ],
)
def test_a_wrong_figure_is_refused(text: str, code: str) -> None:
    assert code in codes(wrong(text))


# --- definitions ---------------------------------------------------------------------------------


def test_a_definition_replaces_the_one_of_its_name() -> None:
    session, _ = told("let x = 1", "let twice = 2 * x", "let x = 21", "twice")
    assert [each.key for each in session.definitions.items] == ["twice", "x"]
    assert told("twice", session=session)[1].document["value"] == "42"


def test_what_the_library_has_is_used_unasked() -> None:
    session, answer = told(SPREAD)
    assert answer.document == {
        "defined": ["Spread"],
        "uses": ["use std.options.{EuropeanCall}"],
    }
    assert analyse(session.definitions.text, "", library).diagnostics == ()


def test_an_error_points_into_what_was_typed_and_changes_nothing() -> None:
    session, _ = told("let x = 1 USD", "let other = 2 USD")
    answer = wrong("let z = 1\nlet w = x + 1 EUR", session)
    assert codes(answer) == ["E0203"]
    assert "input:2:13" in shown(answer)


def test_a_definition_that_others_need_is_not_replaced_by_a_wrong_one() -> None:
    session, _ = told("let x = 1 USD", "let more = x + 2 USD")
    assert "session:" in shown(wrong("let x = 1 EUR", session))


def test_an_instance_has_a_name() -> None:
    session, answer = told(*MARKET, f"let call = {CALL}", "price call")
    assert answer.document == told(f"price {CALL}", session=session)[1].document
    assert "call is a EuropeanCall" in shown(told(f"let call = {CALL}")[1])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("price cal", "E1203"),
        ("price EuropeanCall(BTC, USD)", "E0522"),
        ("price EuropeanCall(BTC, USD, strike: 65_000 EUR/BTC, expiry: 2026-12-25)", "E0201"),
        ("price EuropeanCall(BTC, USD, 1, 2026-12-25, 1, 2)", "E1204"),
        ("price EuropeanCall(BTC, underlying: ETH)", "E1205"),
        ("price call(1)", "E1205"),
        ("price call method", "E1202"),
        ("price call paths=many", "E1202"),
        ("price call method=astrology", "E0623"),
        ("price 1 + 1", "E1202"),
        ("let call = EuropeanCall(BTC)", "E0522"),
        ("let x = EuropeanCall(BTC, USD, 1, 2026-12-25) + 1", "E1203"),
    ],
)
def test_a_wrong_contract_is_refused(text: str, code: str) -> None:
    session, _ = told(*MARKET, f"let call = {CALL}")
    assert code in codes(wrong(text, session))


def test_a_place_is_that_of_the_whole_line() -> None:
    assert "input:1:7\n 1│ price cal\n  │       ^^^" in shown(wrong("price cal"))


# --- what is told of a contract ------------------------------------------------------------------


def test_greeks_are_those_of_the_command(value: float) -> None:
    session, answer = told(*MARKET, f"greeks {CALL}")
    greeks = {each["measure"]: each["value"] for each in answer.document["greeks"]}
    assert greeks["delta"] == pytest.approx(0.634719, abs=1e-6)
    told_by_paths = told(f"price {CALL} method=monte_carlo paths=20_000", session=session)[1]
    error = told_by_paths.document["standard_error"]
    assert told_by_paths.document["value"] == pytest.approx(value, abs=4 * error)


def test_a_payoff_is_drawn_where_one_looks() -> None:
    _, answer = told(*MARKET, f"payoff {CALL} from=60_000 to=80_000")
    prices = answer.document["paid"]["prices"]
    assert (prices[0], prices[-1]) == (60_000, 80_000)
    assert "worth now" in shown(answer)


def test_without_a_price_a_payoff_is_drawn_around_its_levels() -> None:
    assert "worth now" not in shown(told(f"payoff {CALL}")[1])


def test_a_ladder_has_the_value_in_its_middle(value: float) -> None:
    _, answer = told(*MARKET, f"ladder {CALL} -10%..10%:3 0%..0%:1")
    assert answer.document["before"] == value
    assert len(answer.document["points"]) == 3


def test_call_less_put_is_the_forward() -> None:
    put = CALL.replace("Call", "Put")
    _, answer = told(*MARKET, f"compare {CALL}, {put}")
    call, other = (each["value"] for each in answer.document["contracts"])
    assert call - other == pytest.approx(65_000 - 65_000 * 2.718281828 ** (-0.04 * 358 / 365))
    assert shown(told(*MARKET, f"compare {CALL} {put}")[1]) == shown(answer)


def test_a_contract_is_verified_and_its_formula_told() -> None:
    session, answer = told(f"verify {CALL} spot(BTC, USD)=0..100_000")
    assert answer.document["owes"][0]["at_most"] == "35,000 USD"
    assert "N(d1)" in shown(told("formula EuropeanCall", session=session)[1])
    assert codes(wrong("formula std.early_exercise.AmericanCashCall")) == ["E1010"]


def test_a_contract_is_shown_in_short() -> None:
    session, _ = told(SPREAD, "let size = 2 BTC", f"let call = {CALL}")
    names = [row[:2] for row in told("show", session=session)[1].document["defined"]]
    assert names == [["Spread", "contract"], ["size", "let"], ["call", "instance"]]
    assert "closed form" in shown(told("show Spread", session=session)[1])
    assert shown(told("show size", session=session)[1]) == "let size = 2 BTC"
    assert "nothing is defined" in shown(told("show")[1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2 BTC * spot(BTC, USD)", "130_000 USD"),
        ("2026-12-25 + 3M", "2027-03-25"),
        ("1 < 2", "true"),
        ("[1 USD, 2 USD]", "[1 USD, 2 USD]"),
        ("if 1 < 2 then 3 USD else 4 USD", "3 USD"),
        ("10%", "0.1"),
    ],
)
def test_an_expression_is_worked_out(text: str, words: str) -> None:
    assert told(*MARKET, text)[1].document["value"] == words


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("prise call", "E1201"),
        ("1 USD + 1 EUR", "E0203"),
        ("10_000_000_000 * 10_000_000_000 * 10_000_000_000", "E1210"),
        ("spot(ETH, USD)", "E0605"),
        ("nobody", "E0301"),
        ("1\nlet x = 2", "E1208"),
        ("help prise", "E1201"),
        ("undo", "E1206"),
        ("step", "E1211"),
        ("step 61_000", "E1211"),
        ("save desk.txt", "E1202"),
        ("load", "E1202"),
    ],
)
def test_what_is_wrong_has_a_code(text: str, code: str) -> None:
    assert code in codes(wrong(text))


# --- a life --------------------------------------------------------------------------------------


def test_a_life_is_stepped_through_and_back() -> None:
    session, answer = told(*MARKET, f"step {CALL}")
    assert answer.document["ahead"] == {"next": "2026-12-25", "observes": "spot(BTC, USD)"}
    ended, answer = told("step 70_000", session=session)
    assert answer.document["ended"]
    assert "writer pays holder 5_000 USD" in shown(answer)
    assert told("undo", session=ended)[0] == session
    other = told("step 2026-06-26 BTC = 70_000", "step BTC = 60_000", session=session)[1]
    assert "pays" not in shown(other) and other.document["ended"]


def test_a_choice_is_taken_by_its_party() -> None:
    american = "step std.early_exercise.AmericanCashCall(BTC, USD, 65_000, 2026-12-25)"
    session, answer = told(*MARKET, american)
    assert answer.document["ahead"]["choices"] == "holder exercise"
    _, answer = told("step 2026-06-26 BTC = 70_000, holder exercise", session=session)
    assert "holder exercise" in shown(answer) and answer.document["ended"]


def test_a_life_does_not_go_back() -> None:
    session, _ = told(*MARKET, f"step {CALL}", "step 2026-06-26 61_000")
    assert codes(wrong("step 2026-06-25 61_000", session)) == ["E1212"]
    assert codes(wrong("step spot(ETH, USD) = 3_000", session)) == ["E0830"]


def test_a_life_is_traced_along_a_file(tmp_path: Path) -> None:
    path = tmp_path / "path.csv"
    path.write_text('instant,"spot(BTC, USD)"\n2026-01-01,65000\n2026-12-25,70000\n')
    assert "pays holder 5_000 USD" in shown(told(f"trace {CALL}, {path}")[1])


# --- files, undo, help ---------------------------------------------------------------------------


def test_what_is_saved_checks_and_loads_again(tmp_path: Path) -> None:
    session, _ = told(*MARKET, SPREAD, f"let call = {CALL}", "let size = 2 BTC")
    path = str(tmp_path / "desk.rfos")
    _, answer = told(f"save {path}", session=session)
    files = dict(answer.files)
    assert list(files) == [path, str(tmp_path / "desk.toml")]
    for each, text in files.items():
        Path(each).write_text(text)
    assert not [d for d in analyse(files[path], path, library).diagnostics if d.code[0] == "E"]
    market = path.replace(".rfos", ".toml")
    again, _ = told(f"load {path}", f"market {market}")
    for command in ("price call", "price Spread(60_000, 70_000, 2026-12-25)"):
        value, loaded = (told(command, session=each)[1].document for each in (session, again))
        assert value["value"] == pytest.approx(loaded["value"], rel=1e-12)


def test_a_file_is_loaded_with_its_tests_and_comments() -> None:
    session, answer = told("load stdlib/options.rfos")
    assert "EuropeanCall" in answer.document["defined"]
    assert "// Options that pay once." in session.definitions.text


def test_every_change_is_undone() -> None:
    texts = [*MARKET, "date 2026-02-01", "let x = 1", SPREAD, f"let call = {CALL}", f"step {CALL}"]
    states = [fresh(TODAY)]
    for text in texts:
        states.append(told(text, session=states[-1])[0])
    session = states.pop()
    while states:
        session, _ = told("undo", session=session)
        assert session == states.pop()
    wrong("undo", session)


@pytest.mark.parametrize("word", COMMANDS)
def test_every_command_is_explained(word: str) -> None:
    assert COMMANDS[word].usage.splitlines()[0] in shown(told(f"help {word}")[1])
    assert COMMANDS[word].usage.splitlines()[0] in shown(told("help")[1])


def test_an_empty_line_and_a_comment_are_no_command() -> None:
    for text in ("", "  \n", "// nothing"):
        session = fresh(TODAY)
        assert step(session, text, AROUND)[0] is session


def test_one_leaves() -> None:
    assert told("quit")[1].leaves and told("exit")[1].leaves
