"""Documents by name and address, and the texts on the disk.

The name of a document is the path of its file, `std.options` of a file of the standard library, or
its address if it is no file at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pygls.uris import from_fs_path, to_fs_path

from rfos_lang.cli.files import library
from rfos_lang.driver.opening import Source
from rfos_lang.editing.workspace import Files, Finder, of_library
from rfos_lang.stdlib_path import standard_library

FILES_MAX = 2_000
"""So many files of the workspace's folders are read for references and symbols."""


def name_of(address: str) -> str:
    """The name of a document by its address."""
    path = to_fs_path(address) if address.startswith("file:") else None
    if path is None:
        return address
    found = Path(path)
    if found.is_relative_to(standard_library()) and found.suffix == ".rfos":
        return "std." + ".".join(found.relative_to(standard_library()).with_suffix("").parts)
    return str(found)


def address_of(name: str) -> str:
    """The address of a document by its name."""
    if of_library(name):
        parts = name.split(".")[1:]
        name = str(standard_library().joinpath(*parts).with_suffix(".rfos"))
    return (from_fs_path(name) if Path(name).is_absolute() else None) or name


def found_among(texts: Mapping[str, str]) -> Finder:
    """Finds the modules that a document uses: what is open as it stands there, the rest on the
    disk."""

    def found(name: str, module: str) -> Source | None:
        source = on_disk(name, module)
        if source is None or source.name not in texts:
            return source
        return Source(source.name, texts[source.name])

    return found


def on_disk(name: str, module: str) -> Source | None:
    """A module as it lies on the disk: of the library, or beside the document that uses it."""
    if of_library(module):
        text = library(module)
        return None if text is None else Source(module, text)
    if not Path(name).is_absolute():
        return None
    path = Path(name).parent.joinpath(*module.split(".")).with_suffix(".rfos")
    text = text_of(path)
    return None if text is None else Source(str(path), text)


def text_of(path: Path) -> str | None:
    """The text of a file; None if it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        return None


def below(folders: Sequence[str]) -> Files:
    """The contract files of folders; those in hidden folders are passed over."""

    def files() -> Iterable[Source]:
        count = 0
        for folder in folders:
            for path in sorted(Path(folder).rglob("*.rfos")):
                hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
                text = None if hidden or count >= FILES_MAX else text_of(path)
                if text is not None:
                    count += 1
                    yield Source(name_of(from_fs_path(str(path)) or str(path)), text)

    return files
