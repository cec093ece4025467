"""The site of the docs: every page is in it, and no link leads nowhere."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.docs.site_picture import CONFIGURATION, PAGE, ROOT, built


def _pages(entry: Any) -> Iterator[str]:
    match entry:
        case str():
            yield entry
        case dict():
            yield from _pages(list(entry.values()))
        case list():
            for each in entry:
                yield from _pages(each)


def test_every_page_is_in_the_site_once() -> None:
    nav = list(_pages(tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))["project"]["nav"]))
    docs = ROOT / "docs"
    assert sorted(nav) == sorted(str(path.relative_to(docs)) for path in docs.rglob("*.md"))


def test_the_site_is_built_and_no_link_leads_nowhere(tmp_path: Path) -> None:
    site = built(tmp_path)
    pages = {str(path.parent.relative_to(site)) for path in site.rglob("index.html")}
    assert {"start", "concepts", "reference/errors", "guide/writing-a-note", PAGE} <= pages
