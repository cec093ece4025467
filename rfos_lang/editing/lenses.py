"""What may be asked of a contract or a test by one click above it."""

from collections.abc import Iterator

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.editing.workspace import Workspace
from rfos_lang.syntax import tree

OF_CONTRACT = {"price": "Price", "payoff": "Payoff", "verify": "Verify"}
"""What is asked of a contract: the command's name and what is read above the contract."""

TEST, ALL_TESTS = "test", ""
"""The command that runs a test; with no title it runs all tests of the file."""


@dataclass(frozen=True, slots=True)
class Lens:
    """`title` is shown above the line of `span`; a click runs `command` of `rfos` on `subject`, a
    contract's name or a test's title."""

    span: Span
    title: str
    command: str
    subject: str


def lenses(workspace: Workspace, name: str) -> tuple[Lens, ...]:
    """All of a document, in order: on contracts that are right, and on tests."""
    return tuple(_lenses(workspace, name))


def _lenses(workspace: Workspace, name: str) -> Iterator[Lens]:
    document = workspace.documents.get(name)
    if document is None:
        return
    first = True
    for item in document.analysis.module.items:
        match item:
            case tree.Contract() | tree.Composite():
                if item.name.text in document.analysis.definitions:
                    for command, title in OF_CONTRACT.items():
                        yield Lens(item.name.span, title, command, item.name.text)
            case tree.Test():
                if first:
                    yield Lens(item.title.span, "Run tests", TEST, ALL_TESTS)
                first = False
                yield Lens(item.title.span, "Run", TEST, item.title.value)
