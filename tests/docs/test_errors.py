"""The page of errors is the one that is made of the wording and the messages."""

from rfos_lang.base.wording import CATALOGUE
from tests.docs.errors import PAGE, TITLES, catalogue, examples


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalogue(), "run `python -m tests.docs.errors`"


def test_every_code_has_its_place_on_it() -> None:
    text = catalogue()
    for code, entry in CATALOGUE.items():
        assert f"### {code}: {entry.title}\n" in text
    assert all(f"## {title}\n" in text for title in TITLES.values())


def test_every_error_of_the_checker_is_shown_as_it_looks() -> None:
    assert {code for code in CATALOGUE if code[:3] in ("E01", "E02")} <= set(examples())
