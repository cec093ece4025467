"""What the extension for VS Code writes for a user is right: its snippets, the text of its
walkthrough. Its own tests are run by `editors/check vscode`."""

import json
import re

import pytest

from rfos_lang.editing.generate import EDITORS
from rfos_lang.semantics.analyse import analyse
from rfos_lang.syntax.parser import parse
from tests.core.lives import library

EXTENSION = EDITORS / "vscode"
SNIPPETS = json.loads((EXTENSION / "snippets/rfos.json").read_text(encoding="utf-8"))


def typed(body: list[str]) -> str:
    """The text of a snippet whose places were all left as they are."""
    text = "\n".join(body)
    while (left := re.sub(r"\$\{\d+:([^${}]*)\}", r"\1", text)) != text:
        text = left
    return text


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_an_item_or_a_statement(name: str) -> None:
    text = typed(SNIPPETS[name]["body"])
    within = f"contract C() between a, b {{\n{text}\n}}\n"
    assert not parse(text, "item")[1] or not parse(within, "statement")[1]
    assert "$" not in text


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_called_by_a_word_of_its_text(name: str) -> None:
    text = typed(SNIPPETS[name]["body"])
    assert SNIPPETS[name]["prefix"] in text or name == "Composite"


def test_the_first_contract_of_the_walkthrough_is_right() -> None:
    page = (EXTENSION / "walkthrough/write.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```rfos\n(.*?)```", page, re.DOTALL)
    assert analyse(text, "walkthrough", library).diagnostics == ()


def test_its_files_are_there() -> None:
    package = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    contributes = package["contributes"]
    named = [contributes["languages"][0]["configuration"], contributes["grammars"][0]["path"]]
    named += [each["path"] for each in contributes["snippets"]]
    steps = [step for each in contributes["walkthroughs"] for step in each["steps"]]
    named += [step["media"]["markdown"] for step in steps]
    assert all((EXTENSION / path).is_file() for path in named)
    json.loads((EXTENSION / "language-configuration.json").read_text(encoding="utf-8"))
