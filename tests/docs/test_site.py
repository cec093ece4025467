"""The site of the docs: every page is in it, and no link leads nowhere."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

from tests.docs.pages import ROOT

_SITE = ROOT / "zensical.toml"


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
    nav = list(_pages(tomllib.loads(_SITE.read_text(encoding="utf-8"))["project"]["nav"]))
    docs = ROOT / "docs"
    assert sorted(nav) == sorted(str(path.relative_to(docs)) for path in docs.rglob("*.md"))


def test_the_site_is_built_and_no_link_leads_nowhere(tmp_path: Path) -> None:
    copytree(ROOT / "docs", tmp_path / "docs")
    (tmp_path / _SITE.name).write_text(_SITE.read_text(encoding="utf-8"), encoding="utf-8")
    command = (sys.executable, "-m", "zensical", "build", "--strict")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    built = {
        str(path.parent.relative_to(tmp_path / "site"))
        for path in (tmp_path / "site").rglob("index.html")
    }
    assert {"start", "concepts", "reference/errors", "guide/writing-a-note"} <= built
