"""Answers on a terminal: tables with lines, the language in colours, errors in red."""

from typing import assert_never

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from rfos_lang.cli.tables import Table
from rfos_lang.repl.answer import Answer, Block, Code, Drawing, Words
from rfos_lang.repl.plain import block_lines, diagnostics_text


def print_answer(answer: Answer, console: Console | None = None) -> None:
    """Prints an answer, on a terminal if no other console is given."""
    shown = console or Console(highlight=False, emoji=False, markup=False)
    for block in answer.blocks:
        shown.print(_drawn(block))
    if answer.diagnostics:
        colours = shown.color_system is not None
        shown.print(Text.from_ansi(diagnostics_text(answer, colours)))


def _drawn(block: Block) -> RichTable | Text:
    match block:
        case Table():
            return _table(block)
        case Code(text=text):
            return _coloured(text)
        case Words() | Drawing():
            return Text.from_ansi("\n".join(block_lines(block)), no_wrap=True)
        case _:
            assert_never(block)


def _table(table: Table) -> RichTable:
    made = RichTable(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for number, heading in enumerate(table.heading):
        made.add_column(Text(heading), justify="right" if number in table.right else "left")
    for row in table.rows:
        made.add_row(*(Text.from_ansi(cell) for cell in row))
    return made


def _coloured(text: str) -> Text:
    from rich.syntax import Syntax

    from rfos_lang.editing.highlighting import RfosLexer

    return Syntax(text, RfosLexer(), background_color="default").highlight(text)
