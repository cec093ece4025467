"""From a target to a checked definition, and from a definition and arguments to an instance."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rfos_lang.base.diagnostic import Diagnostic, has_errors
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.target import Library
from rfos_lang.semantics.analyse import Analysis, analyse
from rfos_lang.semantics.definition import Definition
from rfos_lang.syntax.excerpt import excerpt


@dataclass(frozen=True, slots=True)
class Source:
    """A text with the name that its places use, and the texts of the modules that it uses, in which
    places may lie too."""

    name: str
    text: str
    others: tuple["Source", ...] = ()

    @property
    def sources(self) -> dict[str, str]:
        """All texts by their names."""
        return {each.name: each.text for each in (*self.others, self)}


@dataclass(frozen=True, slots=True)
class Checked:
    """A definition that may be used, with the warnings of its source."""

    source: Source
    definition: Definition
    warnings: tuple[Diagnostic, ...]

    @property
    def text(self) -> str:
        """The text that the definition is written in."""
        return self.source.sources[self.definition.span.source]


def checked(
    source: Source, contract: str | None, library: Library, of_library: bool = False
) -> Checked:
    """The named contract of a source (None: its only one). Raises Failure if anything is wrong.

    Of a text `of_library`, which is right, nothing is read but what the contract needs.
    """
    used: dict[str, str] = {}
    text = excerpt(source.text, contract) if of_library else source.text
    analysis = analyse(text, source.name, _noting(library, used))
    if has_errors(analysis.diagnostics):
        raise Failure(analysis.diagnostics, source.sources)
    name = _only(analysis, source) if contract is None else contract
    definition = analysis.definitions.get(name)
    if definition is None:
        suggestion = did_you_mean(name, analysis.definitions)
        raise _refused(source, "E1003", source=source.name, name=name, suggestion=suggestion)
    others = tuple(Source(name, text) for name, text in used.items())
    return Checked(replace(source, others=others), definition, analysis.diagnostics)


def analysed(source: Source, library: Library) -> Analysis:
    """What a source says. Raises Failure if anything in it is wrong."""
    analysis = analyse(source.text, source.name, library)
    if has_errors(analysis.diagnostics):
        raise Failure(analysis.diagnostics, source.sources)
    return analysis


def _noting(library: Library, used: dict[str, str]) -> Library:
    """The library, which notes the texts of the modules that are asked for; the tests of the
    standard library are passed over."""

    def read(module: str) -> str | None:
        text = library(module)
        if text is not None:
            used[module] = text
        return excerpt(text) if text and module.startswith("std.") else text

    return read


def _only(analysis: Analysis, source: Source) -> str:
    own = [d.name for d in analysis.definitions.values() if d.span.source == source.name]
    names = own or list(analysis.definitions)
    if not names:
        raise _refused(source, "E1005", source=source.name)
    if len(names) > 1:
        listed = ", ".join(names)
        raise _refused(source, "E1004", source=source.name, names=listed, first=names[0])
    return names[0]


def _refused(opened: Source, code: str, **names: Any) -> Failure:
    """A refusal of the file as a whole: its place is the file, not a line."""
    return Failure([report(code, Span(opened.name, 0, 0), **names)], {})


def settings(texts: Sequence[str]) -> Mapping[str, str]:
    """`NAME=VALUE` options as a mapping; the last of a name counts. Raises Failure."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (equals and name.strip().isidentifier()):
            place = Span("--set", 0, 0)
            raise Failure([report("E1006", place, text=text)], {})
        found[name.strip()] = value.strip()
    return found
