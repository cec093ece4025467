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
    """All of a document, in order: on contracts that are right, whatever is wrong elsewhere, and on
    tests."""
    if name not in workspace.documents:
        return ()
    found = [*_of_contracts(workspace, name), *_of_tests(workspace.tree(name))]
    return tuple(sorted(found, key=lambda each: each.span.start))


def _of_contracts(workspace: Workspace, name: str) -> Iterator[Lens]:
    right = workspace.right(name)
    for item in right.module.items:
        if isinstance(item, tree.Contract | tree.Composite) and item.name.text in right.definitions:
            for command, title in OF_CONTRACT.items():
                yield Lens(item.name.span, title, command, item.name.text)


def _of_tests(module: tree.Module) -> Iterator[Lens]:
    tests = [item for item in module.items if isinstance(item, tree.Test)]
    for item in tests[:1]:
        yield Lens(item.title.span, "Run tests", TEST, ALL_TESTS)
    for item in tests:
        yield Lens(item.title.span, "Run", TEST, item.title.value)
