"""Every page of the tour and the guides runs as it stands."""

import re
from pathlib import Path

import pytest

from rfos_lang.semantics.analyse import analyse
from tests.core.lives import library
from tests.docs.pages import PAGES, commands, conversed, files, own_file, run, workplace


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_right_where_it_does_not_say_otherwise(page: Path) -> None:
    """Its own file has neither errors nor warnings."""
    text = files(page).get(own_file(page), "")
    assert analyse(text, own_file(page), library).diagnostics == ()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_tells_the_name_of_each_file_that_its_reader_makes(page: Path) -> None:
    """The name beside the fence of a block is not to be seen where a page is read; who only reads
    a block needs none."""
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert [name for name in files(page) if name in text and f"`{name}`" not in prose] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_print_what_a_page_says(page: Path) -> None:
    with workplace(page):
        for command in commands(page):
            assert run(command.line) == command.printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_session_answers_what_a_page_says(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    with workplace(page):
        assert conversed(text) == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pictures_and_pages_that_a_page_points_to_are_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
