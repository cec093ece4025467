"""Whatever the text, the checker answers, and says nothing twice."""

import random

from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.base.rendering import render_all
from rfos_lang.semantics.analyse import analyse
from tests.semantics.rejected import REJECT, library

PROGRAMS = [
    file.read_text()
    for folder in (REJECT, REJECT.parent / "accept")
    for file in sorted(folder.glob("*.rfos"))
    if file.stem not in ("too_large", "too_deep", "drafts")
]
WORDS = sorted({word for program in PROGRAMS for word in program.replace("(", " ( ").split()})


def answers(text: str) -> None:
    found = analyse(text, "any.rfos", library).diagnostics
    assert len({(d.code, d.span, d.message) for d in found}) == len(found)
    render_all(found, {"any.rfos": text})


@given(st.text(max_size=60))
def test_any_characters(text: str) -> None:
    answers(text)


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_any_words_of_the_language(words: list[str]) -> None:
    answers("contract C(a, b: Asset) between x, y { " + " ".join(words) + " }")


@given(st.sampled_from(PROGRAMS), st.integers(0, 2**32))
def test_any_program_with_words_exchanged(program: str, seed: int) -> None:
    chance = random.Random(seed)
    words = program.split(" ")
    for _ in range(3):
        words[chance.randrange(len(words))] = chance.choice(WORDS)
    answers(" ".join(words))


@given(st.sampled_from(PROGRAMS), st.integers(0, 2**32))
def test_any_program_with_a_stretch_cut_out(program: str, seed: int) -> None:
    chance = random.Random(seed)
    start = chance.randrange(len(program))
    answers(program[:start] + program[start + chance.randrange(40) :])


def test_a_long_chain_of_sums_is_no_deep_nesting() -> None:
    text = (
        "contract C(n: USD, due: Date) between a, b { at due { b pays a " + "n + " * 100 + "n } }"
    )
    assert analyse(text, "long.rfos", library).diagnostics == ()


def test_lets_that_double_end_in_a_bound() -> None:
    lets = "\n".join(f"let x{i} = x{i + 1} * x{i + 1}" for i in range(30))
    lets += "\nlet x30 = 1%\nat due { b pays a n * x0 }"
    text = f"contract C(n: USD, due: Date) between a, b {{\n{lets}\n}}"
    assert [d.code for d in analyse(text, "wide.rfos", library).diagnostics] == ["E0412"]
