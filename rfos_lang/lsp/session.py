"""What a server knows: the workspace, the market, the values that were found.

Texts are checked, and questions about them answered, in one thread, in the order in which they
came: an answer is of the text that the editor had when it asked, and the wire never waits.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from rfos_lang.base.records import dataclass
from rfos_lang.cli.files import library_modules
from rfos_lang.editing.names import Declaration
from rfos_lang.editing.workspace import Workspace, empty, refreshed, with_text, without
from rfos_lang.lsp.asking import answer_to
from rfos_lang.lsp.files import below, on_disk, text_of

P = ParamSpec("P")
R = TypeVar("R")

Change = Callable[[Workspace], Workspace]


@dataclass(frozen=True, slots=True)
class Value:
    """What a contract was worth: the text that tells it, and the question it answers."""

    text: str
    question: dict[str, Any]


@dataclass(slots=True)
class Session:
    """The state of one server. `values` by the place of the contract's name; `valuing` are those
    that are being found."""

    workspace: Workspace = field(default_factory=lambda: empty(on_disk, tuple(library_modules())))
    market: str | None = None
    values: dict[tuple[str, str], Value] = field(default_factory=dict)
    valuing: dict[tuple[str, str], tuple[dict[str, Any], asyncio.Task[None]]] = field(
        default_factory=dict
    )
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    # --- in the thread

    async def ask(
        self, question: Callable[Concatenate[Workspace, P], R], *given: P.args, **named: P.kwargs
    ) -> R:
        """The answer to a question about the workspace as it is after all changes so far."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self.thread, lambda: question(self.workspace, *given, **named)
        )

    async def change(self, change: Change) -> Workspace:
        """Changes the workspace, after all that came before."""

        def changed() -> Workspace:
            self.workspace = change(self.workspace)
            return self.workspace

        return await asyncio.get_running_loop().run_in_executor(self.thread, changed)

    async def open(self, name: str, text: str) -> Workspace:
        """A document was opened, or has another text."""
        return await self.change(lambda workspace: with_text(workspace, name, text))

    async def close(self, name: str) -> Workspace:
        """A document was closed."""
        return await self.change(lambda workspace: without(workspace, name))

    async def refresh(self) -> Workspace:
        """Something changed on the disk."""
        return await self.change(refreshed)

    async def look_below(self, folders: list[str]) -> None:
        """The folders of the workspace are others."""
        await self.change(lambda workspace: replace(workspace, files=below(folders)))

    # --- values

    def question(
        self, workspace: Workspace, command: str, name: str, subject: str
    ) -> dict[str, Any]:
        """A question to a process of its own: all that its answer depends on, save for files that
        are not open."""
        texts = {each: document.text for each, document in workspace.documents.items()}
        texts.setdefault(name, workspace.text(name))
        return {
            "command": command,
            "name": name,
            "subject": subject,
            "texts": texts,
            "market": self.market,
            "market_text": None if self.market is None else text_of(Path(self.market)),
        }

    def told_value(self, workspace: Workspace, contract: Declaration) -> str | None:
        """What a contract is worth in the market that is set, as far as it is known; what is of
        another text or market says so, and the new value is being found."""
        if self.market is None:
            return None
        name = contract.span.source
        key, question = (
            (name, contract.name),
            self.question(workspace, "price", name, contract.name),
        )
        known = self.values.get(key)
        if known is not None and known.question == question:
            return known.text
        self._begin(key, question)
        return "*valuing ...*" if known is None else f"*stale, valuing anew ...*\n\n{known.text}"

    def _begin(self, key: tuple[str, str], question: dict[str, Any]) -> None:
        """Finds a value, unless that is under way; what was sought for an older text is not."""
        if key in self.valuing:
            earlier, task = self.valuing[key]
            if earlier == question and not task.done():
                return
            task.cancel()
        self.valuing[key] = question, asyncio.create_task(self._value(key, question))

    async def _value(self, key: tuple[str, str], question: dict[str, Any]) -> None:
        answer = await answer_to(question)
        self.values[key] = Value(f"```text\n{answer['text']}\n```", question)

    def move_on(self, name: str) -> None:
        """The text of a document is another: what is sought for the old one is given up."""
        for (source, _), (_, task) in self.valuing.items():
            if source == name:
                task.cancel()

    def end(self) -> None:
        """Nobody will ask any more."""
        for _, task in self.valuing.values():
            task.cancel()
        self.thread.shutdown(wait=False, cancel_futures=True)
