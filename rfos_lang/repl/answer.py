"""What a session answers: blocks for people, a document for programs, files to be written."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from rfos_lang.base.diagnostic import Diagnostic, has_errors
from rfos_lang.base.records import dataclass
from rfos_lang.cli.console import diagnostics_json
from rfos_lang.cli.tables import Table
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.payoff import Payoff


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of text."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A text of the language."""

    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The picture of a payoff to a party of a contract."""

    contract: str
    party: str
    payoff: Payoff


Block = Words | Code | Drawing | Table


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one command. `files`: path and text of what is to be written; `leaves`: the
    session is over."""

    command: str
    blocks: tuple[Block, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()
    leaves: bool = False

    @property
    def ok(self) -> bool:
        """Whether it did what it was asked for."""
        return not has_errors(self.diagnostics)


def said(*lines: str) -> Words:
    """A block of text."""
    return Words(tuple(lines))


def refused(command: str, failure: Failure) -> Answer:
    """The answer that something is wrong."""
    return Answer(command, diagnostics=failure.diagnostics, sources=failure.sources)


def as_document(answer: Answer) -> dict[str, Any]:
    """The answer as JSON values."""
    problems = diagnostics_json(answer.diagnostics, answer.sources)
    written = {"files": [path for path, _ in answer.files]} if answer.files else {}
    return {"command": answer.command, **problems, **answer.document, **written}
