"""Workspaces for tests: documents with the library, and files beside them, from memory."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from rfos_lang.cli.files import library, library_modules
from rfos_lang.driver.opening import Source
from rfos_lang.editing.workspace import Finder, Workspace, empty, with_text

MARK = "¦"
NONE: Mapping[str, str] = MappingProxyType({})


def finder(files: Mapping[str, str] = NONE) -> Finder:
    """The library, and files by name: `legs` is `legs.rfos`."""

    def found(name: str, module: str) -> Source | None:
        if module.startswith("std."):
            text = library(module)
            return None if text is None else Source(module, text)
        path = module.replace(".", "/") + ".rfos"
        return Source(path, files[path]) if path in files else None

    return found


def workspace(files: Mapping[str, str] = NONE, **texts: str) -> Workspace:
    """Open documents, `a="..."` as `a.rfos`, among files that are not; they may use each other."""
    beside = {**{f"{name}.rfos": text for name, text in texts.items()}, **files}
    made = empty(finder(beside), tuple(library_modules()))
    for name, text in texts.items():
        made = with_text(made, f"{name}.rfos", text)
    return made


def marked(text: str) -> tuple[str, list[int]]:
    """A text without its marks, and where they were."""
    places = [match.start() - number for number, match in enumerate(re.finditer(MARK, text))]
    return text.replace(MARK, ""), places
