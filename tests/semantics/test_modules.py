"""`use`: what a file brings in from others, and what it is told when it cannot."""

from rfos_lang.semantics.analyse import Analysis, analyse
from tests.semantics.rejected import library

NOTE = "contract Note(notional: USD, due: Date) between a, b { at due { b pays a notional } }\n"


def analysed(text: str, **modules: str) -> Analysis:
    named = {f"my.{name}": module for name, module in modules.items()}
    return analyse(text, "main.rfos", lambda name: named.get(name) or library(name))


def codes(analysis: Analysis) -> list[str]:
    return [diagnostic.code for diagnostic in analysis.diagnostics]


def test_a_used_contract_is_found_beside_the_files_own() -> None:
    analysis = analysed("use std.options.{EuropeanCall, AsianPut}\n" + NOTE)
    assert codes(analysis) == []
    assert list(analysis.definitions) == ["EuropeanCall", "AsianPut", "Note"]
    assert analysis.definitions["EuropeanCall"].parties == ("holder", "writer")


def test_only_what_is_named_is_brought_in() -> None:
    assert "EuropeanPut" not in analysed("use std.options.{EuropeanCall}").definitions


def test_a_used_name_is_taken() -> None:
    analysis = analysed("use my.notes.{Note}\n" + NOTE, notes=NOTE)
    assert codes(analysis) == ["E0302"]


def test_a_module_with_errors_is_refused_where_it_is_used() -> None:
    analysis = analysed("use my.notes.{Note}\n", notes=NOTE.replace("USD", "UZD"))
    (told,) = analysis.diagnostics
    assert told.code == "E0321" and "`UZD`" in told.message
    assert told.span.source == "main.rfos"


def test_a_circle_of_modules_ends() -> None:
    analysis = analysed("use my.a.{A}\n", a="use b.{B}\n", b="use a.{A}\n")
    (told,) = analysis.diagnostics
    assert told.code == "E0321" and "`my.a` uses this file in turn" in told.message


def test_a_module_that_is_not_there() -> None:
    assert codes(analysed("use my.nothing.{Note}\n")) == ["E0319"]


def test_an_asset_of_the_file_counts_in_its_own_decimals() -> None:
    text = "asset GOLD in 3 decimals\n" + NOTE.replace("USD", "GOLD")
    assert analysed(text).definitions["Note"].assets["GOLD"].places == 3
    assert analysed(text).definitions["Note"].assets["USD"].places == 2


def test_an_asset_of_the_standard_library_cannot_be_redefined() -> None:
    assert codes(analysed("asset USD in 3 decimals\n")) == ["E0302"]


def test_a_let_of_the_file_serves_all_its_contracts() -> None:
    twice = "let twice(x: Number): Number = 2 * x\n"
    assert (
        codes(analysed(twice + NOTE.replace("pays a notional", "pays a notional * twice(3)"))) == []
    )


# --- what else is brought in -----------------------------------------------------------------

DESK = """
asset GOLD in 3 decimals
unit mps
let third = 1 / 3
let grown(amount: Number, rate: Number): Number = amount * (1 + third * rate)
feed wind(station: Text): mps
"""


def test_definitions_assets_units_and_feeds_are_brought_in() -> None:
    analysis = analysed(
        "use my.desk.{grown, GOLD, mps, wind}\n"
        "contract Note(due: Date, level: mps, where: Text) between a, b {\n"
        "    at due { if wind(where) > level { b pays a grown(3, 50%) * 1 GOLD } }\n"
        "}\n",
        desk=DESK,
    )
    assert codes(analysis) == []
    assert analysis.definitions["Note"].assets["GOLD"].places == 3


def test_what_a_definition_needs_of_its_own_file_comes_with_it() -> None:
    analysis = analysed(
        "use my.desk.{grown}\nlet third = 2\nlet mine = grown(1, third)\n" + NOTE, desk=DESK
    )
    assert codes(analysis) == []


def test_a_name_that_a_module_has_not() -> None:
    analysis = analysed("use my.desk.{grow}\n" + NOTE, desk=DESK)
    (told,) = analysis.diagnostics
    assert told.code == "E0301" and told.help == "did you mean `grown`?"


def test_a_file_names_those_beside_it() -> None:
    """`b` beside `my.a` is `my.b`; the standard library has one name everywhere."""
    module = "use b.{Note}\nuse std.options.{EuropeanCall}\n"
    analysis = analysed("use my.a.{Note, EuropeanCall}\n", a=module, b=NOTE)
    assert codes(analysis) == []
    assert list(analysis.definitions) == ["Note", "EuropeanCall"]
