"""The texts that an editor has open, each checked, and how others are found. A value: a change
gives a new workspace, in which nothing is worked out again that the change leaves as it was."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from functools import lru_cache

from rfos_lang.base.records import dataclass
from rfos_lang.driver.opening import Source
from rfos_lang.editing.names import Declaration, Names, names_in
from rfos_lang.semantics.analyse import Analysis, analyse
from rfos_lang.semantics.modules import ASSETS, Library
from rfos_lang.semantics.right_part import right_part
from rfos_lang.syntax import tree
from rfos_lang.syntax.excerpt import excerpt
from rfos_lang.syntax.parser import parse

Finder = Callable[[str, str], Source | None]
"""Where a module lies: of the name of the document that uses it and the module's dotted name the
name of the text and the text; None if there is no such module. `std.` modules keep their names."""


Files = Callable[[], Iterable[Source]]
"""The texts of the workspace's folders as they lie on the disk, open or not."""


def no_files() -> Iterable[Source]:
    """Those of a workspace without folders."""
    return ()


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its name and its analysis. `reads`: the modules that were asked for when it was
    checked, by dotted name; None for one that there is not. `sound`: the last analysis of the same
    modules of which parts can be used again, which is that of a text that could be read."""

    name: str
    text: str
    analysis: Analysis
    reads: Mapping[str, Source | None] = field(default_factory=dict, compare=False, repr=False)
    sound: Analysis | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Workspace:
    """The documents that are open, by name; `finder` and `files` give the texts of others,
    `modules` are the names of the modules of the library. Make one with `empty`, then
    `with_text`."""

    finder: Finder
    modules: tuple[str, ...] = ()
    files: Files = no_files
    documents: Mapping[str, Document] = field(default_factory=dict)
    _names: dict[str, Names] = field(default_factory=dict, compare=False, repr=False)
    _others: dict[str, Source] = field(default_factory=dict, compare=False, repr=False)
    _right: dict[str, Analysis] = field(default_factory=dict, compare=False, repr=False)
    _reading: set[str] = field(default_factory=set, compare=False, repr=False)

    def text(self, name: str) -> str:
        """The text of a document, or of a module that one of them has led to."""
        document = self.documents.get(name)
        if document is not None:
            return document.text
        return self._others[name].text if name in self._others else ""

    def tree(self, name: str) -> tree.Module:
        """The tree of a document, or of a module that one of them has led to."""
        document = self.documents.get(name)
        return _tree(name, self.text(name)) if document is None else document.analysis.module

    def right(self, name: str) -> Analysis:
        """What the part of a document says that is right, its other items left out."""
        if name not in self._right:
            document = self.documents[name]
            library = _readable(document.reads.get)
            made = right_part(document.text, document.analysis, library, document.sound)
            self._right[name] = made.analysis
        return self._right[name]

    def names(self, name: str) -> Names:
        """What every name of a document, or of a module found from one, stands for."""
        if name not in self._names:
            prelude = None if name == ASSETS else self.exports(name, ASSETS)
            self._names[name] = names_in(
                self.tree(name), lambda each: self._from(name, each), prelude
            )
        return self._names[name]

    def exports(self, name: str, module: str) -> Mapping[str, Declaration] | None:
        """What a module declares that a document uses; None if there is no such module."""
        found = self.find(name, module)
        return None if found is None else self.names(found).top

    def _from(self, name: str, module: str) -> Mapping[str, Declaration] | None:
        """As `exports`; of files that use each other in a circle nothing is found."""
        if name in self._reading:
            return None
        self._reading.add(name)
        found = self.exports(name, module)
        self._reading.discard(name)
        return found

    def find(self, name: str, module: str) -> str | None:
        """The name of the text of a module that a document uses; None if there is none."""
        source = self.finder(name, module)
        if source is None:
            return None
        self._others.setdefault(source.name, source)
        return source.name

    def known_files(self) -> list[str]:
        """The names of the texts in the folders of the workspace that are not open."""
        found = [each for each in self.files() if each.name not in self.documents]
        for each in found:
            self._others.setdefault(each.name, each)
        return [each.name for each in found]


@lru_cache(maxsize=2_048)
def _tree(name: str, text: str) -> tree.Module:
    return parse(text, name)[0]


def empty(finder: Finder, modules: tuple[str, ...] = (), files: Files = no_files) -> Workspace:
    """A workspace without documents."""
    return Workspace(finder, modules, files)


def with_text(workspace: Workspace, name: str, text: str) -> Workspace:
    """The workspace after a document was opened, or its text became another."""
    before = workspace.documents.get(name)
    if before is not None and before.text == text:
        return workspace
    return _checked(workspace, {**_texts(workspace), name: text}, {name})


def without(workspace: Workspace, name: str) -> Workspace:
    """The workspace after a document was closed: others read it as it lies on the disk."""
    texts = {each: text for each, text in _texts(workspace).items() if each != name}
    return _checked(workspace, texts, {name})


def refreshed(workspace: Workspace) -> Workspace:
    """The workspace after texts that are not open may have become others."""
    return _checked(workspace, _texts(workspace), set(workspace.documents))


def _texts(workspace: Workspace) -> dict[str, str]:
    return {name: document.text for name, document in workspace.documents.items()}


def _checked(workspace: Workspace, texts: Mapping[str, str], touched: set[str]) -> Workspace:
    """A workspace of these texts. Documents that are not touched and read none that is stay as
    they are, and so do the names of the library."""
    documents = {
        name: _document(workspace, texts, name)
        if name in touched or _depends(workspace.documents[name], touched)
        else workspace.documents[name]
        for name in texts
    }
    names = {name: each for name, each in workspace._names.items() if _is_fixed(name, documents)}
    others = {name: each for name, each in workspace._others.items() if name in names}
    same = (name for name, each in documents.items() if each is workspace.documents.get(name))
    right = {name: workspace._right[name] for name in same if name in workspace._right}
    return replace(workspace, documents=documents, _names=names, _others=others, _right=right)


def of_library(name: str) -> bool:
    """Whether a text is one of the standard library, by its name."""
    return name.startswith("std.")


def _is_fixed(name: str, documents: Mapping[str, Document]) -> bool:
    return of_library(name) and not any(of_library(each) for each in documents)


def _depends(document: Document, touched: set[str]) -> bool:
    return any(each is None or each.name in touched for each in document.reads.values())


def _document(workspace: Workspace, texts: Mapping[str, str], name: str) -> Document:
    """One text, checked; an earlier analysis is used if it was made with the same modules."""
    before = workspace.documents.get(name)
    reads: dict[str, Source | None] = {}

    def found(module: str) -> Source | None:
        if module not in reads:
            source = workspace.finder(name, module)
            text = None if source is None else texts.get(source.name)
            reads[module] = source if text is None else Source(_name_of(source), text)
        return reads[module]

    previous = None
    if before is not None and all(found(each) == was for each, was in before.reads.items()):
        previous = before.sound
    analysis = analyse(texts[name], name, _readable(found), previous)
    sound = previous if analysis.earlier is None else analysis
    return Document(name, texts[name], analysis, reads, sound)


def _readable(found: Callable[[str], Source | None]) -> Library:
    """The texts of modules; the tests of the standard library are passed over."""

    def library(module: str) -> str | None:
        source = found(module)
        if source is None or not of_library(module) or module == ASSETS:
            return None if source is None else source.text
        return excerpt(source.text)

    return library


def _name_of(source: Source | None) -> str:
    assert source is not None, "there is a text of that name"
    return source.name
