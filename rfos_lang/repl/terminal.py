"""The prompt: reads with colours, completion and history, and prints what the session answers."""

import os
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from threading import Thread

from prompt_toolkit import PromptSession
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.styles import Style, style_from_pygments_cls

from rfos_lang.cli.console import OK
from rfos_lang.editing.highlighting import RfosLexer
from rfos_lang.repl.answer import Answer
from rfos_lang.repl.script import kept
from rfos_lang.repl.session import Session, Surroundings
from rfos_lang.repl.stepping import step, wants_more

PROMPT, GOING_ON = "rfos> ", "  ... "
GREETING = "rfos: help tells the commands, quit leaves."

_WANTED_SOON = (
    "rich.table",
    "rfos_lang.repl.rich_text",
    "rfos_lang.repl.quotes",
    "rfos_lang.repl.defining",
    "rfos_lang.repl.valuing",
    "rfos_lang.valuation.market_file",
    "rfos_lang.valuation.attempts",
    "rfos_lang.valuation.by_formula",
    "rfos_lang.driver.calculating",
    "rfos_lang.repl.drawing",
    "plotext",
    "rfos_lang.repl.keeping",
    "rfos_lang.repl.living",
    "rfos_lang.repl.proving",
    "rfos_lang.repl.completion",
)
"""Modules that are imported while the user types the first line, the first price's first."""


def converse(session: Session, around: Surroundings) -> int:
    """Reads and answers until the user leaves; the exit code. An interrupt leaves what is typed or
    computed, and not the session."""
    holder = _Holder(session, around)
    prompt = _prompt(holder)
    print(GREETING)
    Thread(target=_import_soon, args=(around,), daemon=True).start()
    while True:
        try:
            text = prompt.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return OK
        try:
            holder.session, answer = step(holder.session, text, around)
            answer = kept(answer)
            _print(answer)
        except KeyboardInterrupt:
            print("\ninterrupted; the session is as it was")
            continue
        if answer.leaves:
            return OK


class _Holder:
    """The session of now, for the completer."""

    def __init__(self, session: Session, around: Surroundings) -> None:
        self.session, self.around = session, around


def _import_soon(around: Surroundings) -> None:
    """What the first commands need, and the contracts of the library."""
    from rfos_lang.repl.references import library_contracts

    for name in _WANTED_SOON:
        import_module(name)
    library_contracts(around)


def _print(answer: Answer) -> None:
    from rfos_lang.repl.rich_text import print_answer

    print_answer(answer)


# --- reading -------------------------------------------------------------------------------------


def _prompt(holder: _Holder) -> "PromptSession[str]":
    return PromptSession(
        PROMPT,
        multiline=True,
        prompt_continuation=_going_on,
        lexer=PygmentsLexer(RfosLexer),
        style=_style(),
        include_default_pygments_style=False,
        completer=_Completer(holder),
        complete_while_typing=Condition(lambda: False),
        history=_history(),
        key_bindings=_keys(),
    )


def _going_on(width: int, line: int, wrapped: int) -> StyleAndTextTuples:
    return [("class:prompt", GOING_ON if not wrapped else " " * width)]


def _style() -> Style:
    from pygments.styles import get_style_by_name

    return style_from_pygments_cls(get_style_by_name("default"))


def _keys() -> KeyBindings:
    """Enter ends what is finished; an empty line ends anything."""
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if _is_whole(buffer):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n" + " " * _indentation(buffer.document))

    return keys


def _is_whole(buffer: Buffer) -> bool:
    document = buffer.document
    if document.text_after_cursor.strip():
        return False
    ended = "\n" in document.text and not document.current_line.strip()
    return ended or not wants_more(document.text)


def _indentation(document: Document) -> int:
    """As far in as the line before, four farther behind an opening bracket."""
    line = document.current_line_before_cursor
    deeper = line.rstrip().endswith(("{", "("))
    return len(line) - len(line.lstrip()) + 4 * deeper


class _Completer(Completer):
    """Completion from what the session knows; of files where a command names one."""

    def __init__(self, holder: _Holder) -> None:
        self.holder, self.files = holder, PathCompleter(expanduser=True)

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        """What may stand in place of the word before the cursor."""
        from rfos_lang.repl.completion import completions

        before = document.text_before_cursor
        if named := _FILE.match(before):
            path = Document(before[named.end() :])
            yield from self.files.get_completions(path, event)
            return
        word = document.get_word_before_cursor(pattern=_WORD)
        for each in completions(before, self.holder.session, self.holder.around):
            yield Completion(each.text, -len(word), each.label, each.detail)


_FILE = re.compile(r"\s*(load|save|market)\s+")
_WORD = re.compile(r"\w+")


def _history() -> History:
    """What was typed before, in the user's folder for such things; in memory if that is closed."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(home) / "rfos"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "history"
        path.touch()
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))
