"""The life of a contract: along a path of a file, or step by step with prices that are typed."""

import re
from collections.abc import Iterator

from rfos_lang.base.instant import DAY, parse_instant, show_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.story import story_document, story_lines
from rfos_lang.cli.trace import life_along
from rfos_lang.core.binding import Instance
from rfos_lang.core.meaning import next_due
from rfos_lang.core.program import Choice
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.life import EVENTS_MAX, TooLong, born, lived
from rfos_lang.driver.opening import Source
from rfos_lang.driver.path_file import Row, day_of, days_of, read_path
from rfos_lang.driver.telling import told
from rfos_lang.repl.answer import Answer, said
from rfos_lang.repl.commands import Order
from rfos_lang.repl.references import reference, taken
from rfos_lang.repl.session import INPUT, Session, Surroundings, Walk

_DATE = re.compile(r"\d{4}-\d\d-\d\d(T[\d:]+Z)?")
_VALUE = re.compile(r"-?\d[\d_]*(\.\d+)?(%|bp)?|true|false")
_PARTS = re.compile(r"[,;](?![^()]*\))")


def trace(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The whole life of a contract along the path of a file. Raises Failure."""
    first, name = taken(order.rest)
    if not name:
        raise order.unclear()
    found = reference(first, session, around)
    path = read_path(Source(name, around.read(name)))
    made = found.made(path.begin)
    days = days_of(path, made.program, made.terms)
    life = life_along(Instance(made.lowered, made.terms), days, path.source)
    story = told(life, found.checked.source.sources)
    start = show_instant(made.terms.start)
    lines = (f"{made.definition.name}  from {start}", "", *story_lines(story))
    head = {"contract": made.definition.name, "start": start}
    return session, Answer("trace", (said(*lines),), {**head, "story": story_document(story)})


def step(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The session one event farther in the life of a contract, or at the beginning of one. Raises
    Failure."""
    walk = session.walk
    if not order.rest:
        if walk is None:
            raise Failure([report("E1211", Span(INPUT, 0, 4))], {INPUT: order.text})
        return _answer(session, walk, walk)
    if walk is not None and _goes_on(order.rest, walk):
        return _answer(session.after("step", walk=_after(walk, order)), walk, _after(walk, order))
    if walk is None and (_DATE.match(order.rest) or _VALUE.match(order.rest)):
        raise Failure([report("E1211", Span(INPUT, 0, len(order.text)))], {INPUT: order.text})
    found = reference(order.rest, session, around)
    made = found.made(session.market.as_of)
    begun = Walk(made, found.checked.source.sources, born(Instance(made.lowered, made.terms)))
    return _answer(session.after("step", walk=begun), None, begun)


def _goes_on(text: str, walk: Walk) -> bool:
    """Whether a text is an event of the life at hand, and no contract."""
    first = text.split()[0]
    if first in walk.made.program.parties:
        return True
    return "=" in text or bool(_DATE.match(text) or _VALUE.fullmatch(_PARTS.split(text)[0].strip()))


# --- one event -----------------------------------------------------------------------------------


def _after(walk: Walk, order: Order) -> Walk:
    """The life after the event that was typed. Raises Failure."""
    program, terms, life = walk.made.program, walk.made.terms, walk.life
    start = order.text.find(order.rest)
    place = Span(INPUT, start, start + len(order.rest))
    source = Source(INPUT, order.text)
    parts = [part.strip() for part in _PARTS.split(order.rest) if part.strip()]
    instant = _usual(walk)
    if parts and (match := _DATE.match(parts[0])):
        instant = _instant(match[0], place, source)
        parts[0] = parts[0][match.end() :].strip()
    last = life.moments[-1].instant if life.moments else terms.start
    if instant < last or (life.moments and instant == last):
        problem = report("E1212", place, instant=show_instant(instant), last=show_instant(last))
        raise Failure([problem], source.sources)
    observed = dict(filter(None, (_observed(part, walk) for part in parts)))
    chosen = [part for part in parts if part and _observed(part, walk) is None]
    day = day_of(
        instant, Row(show_instant(instant), observed, chosen, place), source, program, terms
    )
    try:
        return Walk(walk.made, walk.sources, lived(life, instant, day.observed, day.taken))
    except TooLong:
        raise Failure([report("E1133", place, limit=f"{EVENTS_MAX:_}")], source.sources) from None


def _instant(text: str, place: Span, source: Source) -> int:
    try:
        return parse_instant(text)
    except Refused as refused:
        raise Failure([report(refused.code, place, **refused.names)], source.sources) from None


def _usual(walk: Walk) -> int:
    """When the next event is if nobody says: at the next date of the contract, or a day later."""
    program, terms, life = walk.made.program, walk.made.terms, walk.life
    last = life.moments[-1].instant if life.moments else terms.start
    due = next_due(program, terms, life.standing)
    waits = bool(life.moments) and due is not None and due <= last
    return last + DAY if due is None or waits else due


def _observed(part: str, walk: Walk) -> tuple[str, str] | None:
    """`BTC = 61_000` as a feed and its value's text; a value alone is that of the only feed."""
    feeds = list(dict.fromkeys(walk.made.terms.feeds))
    name, equals, value = (each.strip() for each in part.partition("="))
    if equals:
        alike = [each for each in feeds if each.startswith(f"spot({name},")]
        return (alike[0] if len(alike) == 1 else name), value
    if _VALUE.fullmatch(name):
        return feeds[0] if len(feeds) == 1 else name, name
    return None


# --- telling -------------------------------------------------------------------------------------


def _answer(session: Session, before: Walk | None, walk: Walk) -> tuple[Session, Answer]:
    """What is new in a life, and what comes next."""
    life = walk.life
    new = told(life, walk.sources)[len(before.life.moments) if before is not None else 0 :]
    name = walk.made.definition.name
    begin = show_instant(walk.made.terms.start)
    head = [] if before is not None else [f"{name}  from {begin}"]
    ahead = list(_ahead(walk))
    lines = [*head, *story_lines(new), *(f"{label:<12}{text}" for label, text in ahead)]
    document = {
        "contract": name,
        "start": begin,
        "story": story_document(new),
        "ahead": dict(ahead),
        "ended": life.standing.ended,
    }
    return session, Answer("step", (said(*lines),), document)


def _ahead(walk: Walk) -> Iterator[tuple[str, str]]:
    """When the contract acts next, what it observes, and which choices there are."""
    life, program = walk.life, walk.made.program
    if life.standing.ended:
        return
    due = next_due(program, walk.made.terms, life.standing)
    yield "next", "at what is observed or chosen" if due is None else show_instant(due)
    if walk.made.terms.feeds:
        yield "observes", ", ".join(dict.fromkeys(walk.made.terms.feeds))
    choices = dict.fromkeys(
        f"{program.parties[clause.party]} {clause.name}"
        for clause in program.clauses
        if isinstance(clause, Choice)
    )
    if choices:
        yield "choices", ", ".join(choices)
