"""The page of the gallery: every contract that it names is in the file that it names, and none of
the gallery is left out."""

import re
from collections.abc import Iterator

import pytest

from rfos_lang.base.diagnostic import has_errors
from rfos_lang.semantics.analyse import analyse
from tests.docs.pages import ROOT
from tests.semantics.rejected import library

PAGE = ROOT / "docs/reference/gallery.md"
ACCEPT = ROOT / "tests/accept"
_WORKING = re.compile(r"`(\w+)` in \[[^]]+\]\(\.\./\.\./([^)]+)\)")
_DESIGNED = re.compile(
    r"^\| `(\w+)` \| \[[^]]+\]\(\.\./\.\./tests/accept/(\w+\.rfos)\)", re.MULTILINE
)
_DRAFT = re.compile(r"^\| \d[\d, ]* \| `(\w+)` ", re.MULTILINE)


def _own(file: str) -> set[str]:
    """The names of the contracts and margin policies that a file itself declares."""
    text = (ROOT / file).read_text(encoding="utf-8")
    analysis = analyse(text, file, library)
    assert not has_errors(analysis.diagnostics)
    return set(_declared(text))


def _declared(text: str) -> Iterator[str]:
    for found in re.finditer(r"^(?:perpetual )?(?:contract|margin) (\w+)", text, re.MULTILINE):
        yield found[1]


def _page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "file"), sorted(set(_WORKING.findall(_page()))))
def test_a_working_form_is_in_the_file_that_the_page_names(name: str, file: str) -> None:
    assert name in _own(file)


def test_each_row_has_a_working_form() -> None:
    rows = [line for line in _page().splitlines() if re.match(r"\| (\d|`)", line)]
    assert all(len(_WORKING.findall(row)) == 1 for row in rows)


def test_each_contract_of_the_gallery_has_a_row() -> None:
    designed = dict(_DESIGNED.findall(_page()))
    for name, file in designed.items():
        assert name in _own(f"tests/accept/{file}")
    others = {"drafts.rfos", "rarities.rfos", "spelling.rfos"}
    assert set(designed.values()) == {path.name for path in ACCEPT.glob("*.rfos")} - others


def test_each_draft_has_a_row() -> None:
    text = (ACCEPT / "drafts.rfos").read_text(encoding="utf-8")
    assert _DRAFT.findall(_page()) == list(_declared(text))
