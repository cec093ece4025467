"""Answers as lines of text, for scripts and pages; a terminal and a notebook draw them richer."""

from collections.abc import Iterator
from typing import assert_never

from rfos_lang.base.rendering import render_all
from rfos_lang.cli.tables import Table, table_lines
from rfos_lang.repl.answer import Answer, Block, Code, Drawing, Words


def answer_lines(answer: Answer, colours: bool = False) -> Iterator[str]:
    """An answer for people: its blocks with an empty line between two, then what is wrong."""
    for number, block in enumerate(answer.blocks):
        if number:
            yield ""
        yield from block_lines(block)
    if answer.diagnostics:
        if answer.blocks:
            yield ""
        yield from diagnostics_text(answer, colours).splitlines()


def diagnostics_text(answer: Answer, colours: bool) -> str:
    """What is wrong, or to be watched, with the places pointed at."""
    ordered = sorted(answer.diagnostics, key=lambda each: (each.span.source, each.span.start))
    return render_all(ordered, answer.sources, colours=colours)


def block_lines(block: Block) -> Iterator[str]:
    """One block."""
    match block:
        case Words(lines=lines):
            yield from lines
        case Code(text=text):
            yield from text.splitlines()
        case Table():
            yield from table_lines(block)
        case Drawing():
            from rfos_lang.cli.payoff_terminal import payoff_lines

            yield from payoff_lines(block.contract, block.party, block.payoff)
        case _:
            assert_never(block)
