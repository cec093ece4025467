"""One step of a session: a text is a definition, a command or an expression."""

import re

from rfos_lang.base.diagnostic import relocated
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.repl.answer import Answer, refused, said
from rfos_lang.repl.commands import COMMANDS, SYNONYMS, Order
from rfos_lang.repl.references import taken
from rfos_lang.repl.session import INPUT, Session, Surroundings
from rfos_lang.syntax.lexer import Token, scan
from rfos_lang.syntax.unfinished import is_unfinished

ITEMS = ("contract", "perpetual", "asset", "unit", "feed", "use", "margin", "test", "let")
"""The words that an item of the language begins with."""

_WORD = re.compile(r"\s*([A-Za-z_]\w*)")
_QUOTED = {"spot", "index", "rate", "yield", "level", "correlation", "vol"}


def step(session: Session, text: str, around: Surroundings) -> tuple[Session, Answer]:
    """The session after a text, and the answer to it. What is wrong with the text is in the answer,
    and leaves the session as it was. Never raises Failure."""
    order = _order(text)
    word = "define" if order is None and _begins(text) in ITEMS else "calculate"
    try:
        if order is not None:
            return COMMANDS[order.word].run(session, order, around)
        if not _begins(text):
            return session, Answer("")
        if word == "define":
            from rfos_lang.repl.defining import define

            return define(session, text, around)
        return session, _calculated(session, text, around)
    except Failure as failure:
        return session, refused(order.word if order else word, _in_whole(failure, text))


def _in_whole(failure: Failure, text: str) -> Failure:
    """The failure of a part of what was typed, its places in the whole."""
    part = failure.sources.get(INPUT, text)
    at = text.find(part)
    if at < 0 or part == text:
        return failure

    def moved(span: Span) -> Span:
        return Span(INPUT, span.start + at, span.end + at) if span.source == INPUT else span

    found = [relocated(each, moved) for each in failure.diagnostics]
    return Failure(found, {**failure.sources, INPUT: text})


def wants_more(text: str) -> bool:
    """Whether a text is right so far and ends too early, by the parser."""
    order = _order(text)
    if order is None:
        begun = _begins(text)
        return bool(begun) and is_unfinished(text if begun in ITEMS else f"let it = {text}")
    last, rest = "", order.rest
    while rest:
        last, rest = taken(rest)
    return bool(last) and is_unfinished(f"let it = {last}")


def _begins(text: str) -> str:
    word = next((each for each in scan(text, INPUT).tokens if each.type != "NEWLINE"), None)
    return word.text if word is not None else ""


def _order(text: str) -> Order | None:
    """The text as a command; None if it is none."""
    match = _WORD.match(text)
    if match is None:
        return None
    word, rest = SYNONYMS.get(match[1], match[1]), text[match.end() :]
    if word not in COMMANDS:
        return None
    if word in _QUOTED and not _is_told(rest):
        return None
    if word not in _QUOTED and re.match(r"\s*([-+*/=.<>!^]\s|\()", rest):
        return None
    return Order(word, rest.strip(), text)


def _is_told(rest: str) -> bool:
    """Whether a figure is told: there is one `=`."""
    return re.search(r"(?<![<>=!])=(?!=)", rest) is not None


def _calculated(session: Session, text: str, around: Surroundings) -> Answer:
    tokens = [each for each in scan(text, INPUT).tokens if each.type != "NEWLINE"]
    if _are_words(tokens):
        name = tokens[0].text
        place = Span(INPUT, tokens[0].start, tokens[0].end)
        meant = did_you_mean(name, [*COMMANDS, *ITEMS])
        raise Failure([report("E1201", place, word=name, suggestion=meant)], {INPUT: text})
    from rfos_lang.driver.calculating import calculated

    library = around.beside(session.folder)
    found = calculated(Source(INPUT, text), session.definitions.known, library, session.market)
    return Answer("calculate", (said(found.words),), {"value": found.words})


def _are_words(tokens: list[Token]) -> bool:
    """Whether two names stand side by side, or one before a number, as in no expression."""
    first, second = (*(each.type for each in tokens[:2]), "", "")[:2]
    return first == "NAME" and second in ("NAME", "NUMBER", "DATE", "QUANTITY")
