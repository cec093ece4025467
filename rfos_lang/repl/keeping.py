"""What a session holds: shown, undone, saved, loaded; and help."""

from os.path import dirname, normpath

from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import report
from rfos_lang.cli.tables import Table
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.repl.answer import Answer, Block, Code, Words, said
from rfos_lang.repl.commands import COMMANDS, SYNONYMS, Order
from rfos_lang.repl.session import INPUT, Session, Surroundings


def show(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """All that is defined, or one contract in short. Raises Failure."""
    if order.rest:
        return session, _one(session, order, around)
    items = [each for each in session.definitions.items if each.word != "use"]
    rows = [(each.key.removeprefix("test "), each.word, _first(each.text)) for each in items]
    rows += [(name, "instance", text) for name, text in session.named.items()]
    if not rows:
        words = said("nothing is defined yet; the library's contracts are known by name")
        return session, Answer("show", (words,), {"defined": []})
    blocks = (Table(("name", "is", "text"), tuple(rows)),)
    return session, Answer("show", blocks, {"defined": [list(row) for row in rows]})


def _first(text: str) -> str:
    """The first line that is no comment, not too long."""
    lines = [line for line in text.splitlines() if not line.startswith("//")]
    return lines[0] if len(lines[0]) <= 60 else lines[0][:59] + "…"


def _one(session: Session, order: Order, around: Surroundings) -> Answer:
    item = session.definitions.item(order.rest)
    if item is not None and item.word != "contract":
        return Answer("show", (Code(item.text),), {"name": item.key, "text": item.text})
    from rfos_lang.cli.check import contract_document, contract_lines
    from rfos_lang.driver.instance import definition_alone
    from rfos_lang.driver.marking import marking
    from rfos_lang.driver.summary import summary
    from rfos_lang.repl.references import reference

    found = reference(order.rest, session, around)
    definition = found.checked.definition
    lowered = definition_alone(found.checked, found.arguments)
    span = definition.span
    whole = Source(span.source, found.checked.text)
    told, mark = summary(lowered, whole), marking(lowered)
    text = item.text if item is not None else session.named.get(order.rest, "")
    blocks: tuple[Block, ...] = (Words(tuple(contract_lines(told, mark))),)
    document = {**contract_document(told, mark), "text": text}
    return Answer("show", (Code(text), *blocks) if text else blocks, document)


def undo(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The session before the last change. Raises Failure."""
    if session.before is None:
        raise Failure([report("E1206", Span(INPUT, 0, 4))], {INPUT: order.text})
    words = said(f"undone: {' '.join(session.last.split())}")
    return session.before, Answer("undo", (words,), {"undone": session.last})


def load(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The session with the definitions of a file. Raises Failure."""
    from rfos_lang.repl.defining import with_file

    if not order.rest:
        raise order.unclear()
    source = Source(order.rest, around.read(order.rest))
    folder = normpath(dirname(order.rest) or ".")
    return with_file(session, source, around, "load", folder)


def save(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The definitions and the market as files to be written. Raises Failure."""
    from rfos_lang.repl.saving import saved

    if not order.rest.endswith(".rfos"):
        raise order.unclear()
    files = saved(session, order.rest, around)
    words = said(*(f"wrote {path}" for path, _ in files))
    return session, Answer("save", (words,), {}, files=files)


def help(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The commands, or how one is said. Raises Failure."""
    word = SYNONYMS.get(order.rest, order.rest)
    if not word:
        rows = tuple((each.usage.splitlines()[0], each.about) for each in COMMANDS.values())
        listed = {each.word: each.usage.splitlines() for each in COMMANDS.values()}
        return session, Answer("help", (Table(("command", ""), rows), *_ALSO), {"commands": listed})
    if word not in COMMANDS:
        meant = did_you_mean(word, COMMANDS)
        start = order.text.find(order.rest)
        place = Span(INPUT, start, start + len(order.rest))
        raise Failure([report("E1201", place, word=word, suggestion=meant)], {INPUT: order.text})
    command = COMMANDS[word]
    lines = (f"{word}: {command.about}", "", *(f"  {each}" for each in command.usage.splitlines()))
    return session, Answer("help", (said(*lines),), {"usage": command.usage.splitlines()})


_ALSO = (
    said(
        "A CONTRACT is one of yours or of the library, with its arguments:",
        "  EuropeanCall(BTC, USD, strike: 65_000, expiry: 2026-12-25)",
        "Definitions (contract, let, use, ...) may go over several lines; an empty line ends them.",
        "Anything else is an expression and is worked out: 2 BTC * spot(BTC, USD)",
    ),
)


def leave(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The end of the session."""
    return session, Answer("quit", leaves=True)
