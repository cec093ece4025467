"""parse ∘ format ∘ parse = parse; format ∘ format = format; no comment is lost."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.syntax.formatter import format_module, format_tree
from rfos_lang.syntax.parser import parse
from rfos_lang.syntax.tree import Module
from tests.generators.trees import modules

ACCEPTED = sorted((Path(__file__).parents[1] / "accept").glob("*.rfos"))


def parsed(text: str) -> Module:
    module, diagnostics = parse(text, "test.rfos")
    assert diagnostics == ()
    return module


def comments(module: Module) -> Counter[str]:
    return Counter(comment.text for comment in module.comments)


@given(modules)
def test_a_generated_tree_survives_being_written_and_read(module: Module) -> None:
    text = format_tree(module)
    assert parsed(text).items == module.items
    assert format_module(text, "test.rfos") == text


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_formatting_keeps_the_meaning_and_the_comments_of_a_file(path: Path) -> None:
    text = path.read_text()
    formatted = format_module(text, path.name)
    assert parsed(formatted).items == parsed(text).items
    assert comments(parsed(formatted)) == comments(parsed(text))
    assert format_module(formatted, path.name) == formatted


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
@given(seed=st.randoms(use_true_random=False))
@settings(max_examples=5)
def test_comments_strewn_into_a_file_are_kept(path: Path, seed: Random) -> None:
    lines = path.read_text().split("\n")
    for number in range(8):
        place = seed.randrange(len(lines))
        lines[place] += f"  // strewn {number}"
        lines.insert(seed.randrange(len(lines)), f"    // alone {number}")
    text = "\n".join(lines)
    formatted = format_module(text, path.name)
    assert parsed(formatted).items == parsed(text).items
    assert comments(parsed(formatted)) == comments(parsed(text))
    assert format_module(formatted, path.name) == formatted


def test_a_text_with_errors_comes_back_as_it_is() -> None:
    broken = "contract   A( between\n"
    assert format_module(broken, "test.rfos") == broken


def formatted(text: str) -> str:
    return format_module(text, "test.rfos")


def test_a_block_begun_on_a_new_line_stays_broken() -> None:
    flat = "contract A() between a, b {\n    at t { end }\n}\n"
    broken = "contract A() between a, b {\n    at t {\n        end\n    }\n}\n"
    assert formatted(flat) == flat
    assert formatted(broken) == broken


def test_empty_lines_group_statements_but_never_pile_up() -> None:
    text = "unit a\nunit b\n\n\n\nunit c\n"
    assert formatted(text) == "unit a\nunit b\n\nunit c\n"


def test_a_contract_stands_apart_from_what_is_around_it() -> None:
    text = "unit a\ncontract A() between a, b { }\nunit b\n"
    assert formatted(text) == "unit a\n\ncontract A() between a, b { }\n\nunit b\n"


def test_comments_stay_beside_what_they_stood_beside() -> None:
    text = """\
// above
contract A(  // behind the bracket
    // above a parameter
    x: Asset,  // behind a parameter
    // at the end of the list
) between a, b {  // behind the brace
    // above a statement
    let y = x  // behind a statement

    // at the end of the block
}  // behind the contract

// at the end of the file
"""
    assert formatted(text) == text


def test_a_comment_in_the_midst_of_a_statement_comes_to_stand_above_it() -> None:
    text = "let x = 1  // one\n    + 2\n"
    assert formatted(text) == "// one\nlet x = 1 + 2\n"


def test_parameters_of_one_type_share_it() -> None:
    text = "let f(a: Asset, b: Asset, c: Number) = a\n"
    assert formatted(text) == "let f(a, b: Asset, c: Number) = a\n"


def test_a_value_at_an_instant_is_parenthesised_inside_arithmetic() -> None:
    text = "let x = S at t / (S at start)\n"
    assert formatted(text) == "let x = (S at t) / (S at start)\n"


def test_redundant_parentheses_go() -> None:
    assert formatted("let x = ((a * b) + (c))\n") == "let x = a * b + c\n"


def test_parentheses_that_mean_something_stay() -> None:
    for text in ("let x = (-a) ^ 2\n", "let x = a - (b - c)\n", "let x = not (a and b)\n"):
        assert formatted(text) == text


def test_a_long_chain_is_broken_before_its_operators() -> None:
    terms = [f"a_rather_long_name_{number}" for number in range(6)]
    text = f"let x = {' + '.join(terms)}\n"
    assert formatted(text) == "let x = " + "\n    + ".join(terms) + "\n"
