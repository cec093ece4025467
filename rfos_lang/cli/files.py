"""Reading and writing files for the commands; every failure is a diagnostic."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Checked, Source, analysed, checked
from rfos_lang.driver.target import Library, Target, parse_target
from rfos_lang.semantics.policy import Policy
from rfos_lang.stdlib_path import standard_library
from rfos_lang.syntax.excerpt import contract_names

HERE = Path()


def read_text(path: Path, code: str = "E1001") -> str:
    """The text of a UTF-8 file with its line ends as they are. Raises Failure."""
    return _decoded(read_bytes(path, code), path, code)


def standard_input() -> str:
    """All of standard input. Raises Failure."""
    return _decoded(sys.stdin.buffer.read(), Path("<stdin>"), "E1001")


def _decoded(content: bytes, path: Path, code: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise unreadable(path, "it is not UTF-8 text", code) from None


def read_bytes(path: Path, code: str = "E1001") -> bytes:
    """The bytes of a file. Raises Failure."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, (error.strerror or "it cannot be opened").lower(), code) from None


def unreadable(path: Path, problem: str, code: str = "E1001") -> Failure:
    """A file that cannot be used, as a failure."""
    place, suggestion = Span(str(path), 0, 0), None if path.exists() else _meant(path)
    return Failure(
        [report(code, place, file=str(path), problem=problem, suggestion=suggestion)], {}
    )


def _meant(path: Path) -> str | None:
    """What the path of a file that is not there may have been meant for: a file beside it, or a
    contract of the library."""
    completed = path.with_name(f"{path.name}.rfos")
    if path.name and completed.is_file():
        return str(completed)
    beside = {str(each) for each in path.parent.glob("*") if each.is_file()}
    contracts = {name.rpartition(".")[2]: name for name in _library_contracts()}
    return contracts.get(str(path)) or did_you_mean(str(path), beside)


def _library_contracts() -> Iterator[str]:
    for module in library_modules():
        for name in contract_names(library(module) or ""):
            yield f"{module}.{name}"


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Whatever the disk refuses in here is told of a path. Raises Failure."""
    try:
        yield
    except OSError as error:
        problem = (error.strerror or "it cannot be opened").lower()
        raise unreadable(path, problem, "E1007") from None


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all; one that is there keeps its mode. Raises Failure."""
    with writing(path):
        target = path.resolve()
        draft = target.with_name(target.name + ".part")
        draft.write_bytes(content)
        if target.exists():
            draft.chmod(target.stat().st_mode)
        draft.replace(target)


def expanded(paths: Iterable[Path]) -> list[Path]:
    """Files as they are, folders as all `.rfos` files below them in order of name; each once.

    Folders whose name begins with a dot are passed over. Raises Failure for a folder without any.
    """
    return list(dict.fromkeys(chain.from_iterable(map(_files_of, paths))))


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(
        each
        for each in path.rglob("*.rfos")
        if each.is_file() and not any(part[0] == "." for part in each.relative_to(path).parts)
    )
    if not found:
        raise Failure([report("E1011", Span(str(path), 0, 0), folder=str(path))], {})
    return found


def targets_in(text: str) -> list[Target]:
    """A target, or one for each file of a folder. Raises Failure."""
    target = parse_target(text)
    if target.file is None or target.contract is not None:
        return [target]
    return [Target(path, None, None) for path in expanded([Path(target.file)])]


def source_of(target: Target, folder: Path = HERE) -> Source:
    """The text that a target lies in; files are found from `folder`. Raises Failure."""
    if target.file is not None:
        path = folder / target.file
        return Source(str(path), read_text(path))
    assert target.module is not None, "a target is a file or a module"
    text = library(target.module)
    if text is None:
        name, suggestion = target.module, did_you_mean(target.module, library_modules())
        raise Failure([report("E1002", Span(name, 0, 0), name=name, suggestion=suggestion)], {})
    return Source(target.module, text)


def opened(text: str, folder: Path = HERE) -> Checked:
    """The contract that a target names, checked. Raises Failure."""
    target = parse_target(text)
    modules, of_library = library_for(target, folder), target.file is None
    return checked(source_of(target, folder), target.contract, modules, of_library)


def opened_policy(text: str, folder: Path = HERE) -> tuple[Policy, Source]:
    """The margin policy that a target names, or the only one of its file, and the text that it lies
    in. Raises Failure."""
    target = parse_target(text)
    source = source_of(target, folder)
    policies = analysed(source, library_for(target, folder)).policies
    names = list(policies)
    name = target.contract or (names[0] if len(names) == 1 else "")
    if name in policies:
        return policies[name], source
    suggestion, place = did_you_mean(name, names), Span(source.name, 0, 0)
    listed = ", ".join(names) or "none"
    raise Failure(
        [report("E1021", place, source=source.name, names=listed, suggestion=suggestion)], {}
    )


def library_for(target: Target, folder: Path = HERE) -> Library:
    """The modules that the text of a target may use: the library, and files beside it."""
    return library if target.file is None else library_beside((folder / target.file).parent)


def library_beside(folder: Path) -> Library:
    """The library, and the files of a folder: `desk.legs` is desk/legs.rfos in it."""

    def text(module: str) -> str | None:
        root, *_ = parts = module.split(".")
        if root == "std":
            return library(module)
        path = folder.joinpath(*parts).with_suffix(".rfos")
        return read_text(path) if path.is_file() else None

    return text


def library(module: str) -> str | None:
    """The text of a library module by its dotted name: `std.options` is stdlib/options.rfos."""
    root, *parts = module.split(".")
    if root != "std" or not parts or not all(part.isidentifier() for part in parts):
        return None
    path = standard_library().joinpath(*parts).with_suffix(".rfos")
    return path.read_text(encoding="utf-8") if path.is_file() else None


def library_modules() -> list[str]:
    """The dotted names of all library modules."""
    root = standard_library()
    found = (path.relative_to(root).with_suffix("") for path in root.rglob("*.rfos"))
    return sorted("std." + ".".join(path.parts) for path in found)
