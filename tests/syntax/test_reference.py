"""The reference page says what the parser does."""

import re
from pathlib import Path

from rfos_lang.syntax.parser import parse
from rfos_lang.syntax.table import KEYWORDS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "language.md").read_text()


def test_the_examples_of_the_page_are_read() -> None:
    examples = re.findall(r"```rfos\n(.*?)```", PAGE, re.DOTALL)
    assert examples
    for example in examples:
        assert parse(example, "language.md")[1] == ()


def test_the_page_lists_the_reserved_words() -> None:
    listed = re.search(r"These words are reserved.*?\n\n(.*?)\n\n", PAGE, re.DOTALL)
    assert listed is not None
    assert listed[1].split() == sorted(KEYWORDS)
