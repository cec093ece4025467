"""From the text of a file to its syntax tree; what is wrong with the spelling comes beside it."""

from dataclasses import replace
from typing import Any

from rfos_lang.base.diagnostic import TOLD_MAX, Diagnostic, told
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.syntax.automaton import Stack, accepts, new_stack, shift, states
from rfos_lang.syntax.builder import BUILD, DOCUMENTED
from rfos_lang.syntax.checks import CHECKS
from rfos_lang.syntax.layout import lines_to_statements
from rfos_lang.syntax.lexer import Scanned, Token, scan
from rfos_lang.syntax.literals import literal
from rfos_lang.syntax.recovery import Misread, recover
from rfos_lang.syntax.tree import Comment, Module

DEPTH_MAX = 120

OPEN_MAX = 1_000
"""How many words and signs may wait for what closes them; a text with more is not read further."""


def parse(text: str, source: str) -> tuple[Module, tuple[Diagnostic, ...]]:
    """The syntax tree of a file, and all that is wrong with its spelling, in order of place.

    `source` is the file's name as shown to users. Never raises. After an error the tree lacks the
    statements that could not be read, hence nothing should be concluded from what it does not say.
    """
    scanned = scan(text, source)
    tokens = lines_to_statements(scanned.tokens)
    diagnostics = scanned.diagnostics
    stack = new_stack()

    def build(action: str, children: list[Any], start: int, end: int, depth: int) -> Any:
        span = Span(source, start, end)
        if depth == DEPTH_MAX + 1:
            diagnostics.append(report("E0123", span, limit=DEPTH_MAX))
        if action in CHECKS and (complaint := CHECKS[action](*children, span=span)):
            diagnostics.append(complaint)
        node = BUILD[action](*children, span=span)
        if action in DOCUMENTED and start in scanned.docs:
            node = replace(node, doc=_doc(scanned.docs.pop(start)))
        return node

    misread = Misread.of(diagnostics)
    index, recovered = 0, 0
    while recovered <= TOLD_MAX:
        token = tokens[index]
        if len(stack) > OPEN_MAX:
            place = Span(source, token.start, token.end)
            diagnostics.append(report("E0123", place, limit=DEPTH_MAX))
            return _unread(text, source, scanned)
        reads = not _is_stray(stack, token) and shift(
            stack, token.type, literal(token, source), token.start, token.end, build
        )
        if reads:
            if token.type == "$END":
                break
            index += 1
        else:
            index = recover(stack, tokens, index, text, source, build, diagnostics, misread)
            recovered += 1
    else:
        return _unread(text, source, scanned)
    module = Module(source, stack[1].value, _comments(scanned), span=Span(source, 0, len(text)))
    return module, told(diagnostics)


def _is_stray(stack: Stack, token: Token) -> bool:
    """Whether the token is a closing bracket out of place: nothing is concluded from it, so that
    what stands before it may go on behind it."""
    return token.type in ("RPAR", "RSQB") and not accepts(states(stack), [token.type])


def _unread(text: str, source: str, scanned: Scanned) -> tuple[Module, tuple[Diagnostic, ...]]:
    """What is left of a text that opens more than anybody could close, or is wrong all over."""
    module = Module(source, (), _comments(scanned), span=Span(source, 0, len(text)))
    return module, told(scanned.diagnostics)


def _doc(lines: list[Comment]) -> str:
    return "\n".join(line.text[3:].removeprefix(" ") for line in lines)


def _comments(scanned: Scanned) -> tuple[Comment, ...]:
    """All comments but the documentation that found its item."""
    unclaimed = [comment for lines in scanned.docs.values() for comment in lines]
    return tuple(sorted([*scanned.comments, *unclaimed], key=lambda it: it.span.start))
