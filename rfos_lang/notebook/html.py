"""Answers as HTML: tables, pictures, texts of the language in colours, errors with their places."""

import re
from html import escape
from typing import assert_never

from rfos_lang.cli.payoff_plot import drawn
from rfos_lang.cli.tables import Table
from rfos_lang.repl.answer import Answer, Block, Code, Drawing, Words
from rfos_lang.repl.plain import diagnostics_text

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def answer_html(answer: Answer) -> str:
    """An answer as HTML; empty if there is nothing to be said."""
    parts = [block_html(block) for block in answer.blocks]
    if answer.diagnostics:
        parts.append(_lines(diagnostics_text(answer, colours=False)))
    return "\n".join(part for part in parts if part)


def block_html(block: Block) -> str:
    """One block as HTML."""
    match block:
        case Words(lines=lines):
            return _lines("\n".join(lines)) if lines else ""
        case Code(text=text):
            return _coloured(text)
        case Table():
            return table_html(block)
        case Drawing():
            picture = drawn(block.contract, block.party, block.payoff, "svg").decode("utf-8")
            return picture[picture.index("<svg") :]
        case _:
            assert_never(block)


def table_html(table: Table) -> str:
    """A table; columns of numbers end aligned."""
    head = "".join(_cell("th", number, cell, table) for number, cell in enumerate(table.heading))
    rows = "".join(
        f"<tr>{''.join(_cell('td', number, cell, table) for number, cell in enumerate(row))}</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(tag: str, number: int, cell: str, table: Table) -> str:
    side = "right" if number in table.right else "left"
    return f'<{tag} style="text-align: {side}">{_plain(cell)}</{tag}>'


def _lines(text: str) -> str:
    return f"<pre>{_plain(text)}</pre>"


def _plain(text: str) -> str:
    return escape(_ESCAPE.sub("", text))


def _coloured(text: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    from rfos_lang.editing.highlighting import RfosLexer

    made: str = highlight(text, RfosLexer(), HtmlFormatter(noclasses=True))
    return made
