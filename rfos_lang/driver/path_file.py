"""A path to be traced: days with what is observed and chosen, from CSV or TOML."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from io import StringIO
from itertools import pairwise

from rfos_lang.base.fixed import SettlementError, from_decimal
from rfos_lang.base.instant import parse_instant, show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.toml_place import place_of
from rfos_lang.base.wording import report
from rfos_lang.core.program import Choice, Program, Terms
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.life import Taken, unbelieved
from rfos_lang.driver.opening import Source
from rfos_lang.driver.telling import bounds_words
from rfos_lang.driver.toml_list import tables
from rfos_lang.syntax.literals import number_value

_NUMBER = re.compile(r"(-?)(\d[\d_]*(?:\.\d+)?(?:%|bp)?)")
_TRUTHS = {"true": 1, "false": 0}


@dataclass(frozen=True, slots=True)
class Day:
    """One instant of a path."""

    instant: int
    observed: Mapping[str, int]
    taken: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A day as it is written, and where."""

    at: str
    observed: Mapping[str, str]
    chosen: Sequence[str]
    place: Span


@dataclass(frozen=True, slots=True)
class PathFile:
    """A path as it is written; what it names is looked at once there is an instance."""

    source: Source
    rows: tuple[tuple[int, Row], ...]

    @property
    def begin(self) -> int:
        """The first instant."""
        return self.rows[0][0]


def read_path(source: Source) -> PathFile:
    """A path file, its days in the order of time. Raises Failure.

    CSV has a column `instant`, a column for each feed, named as in `spot(BTC, USD)`, and perhaps a
    column `choose`; an empty cell observes nothing. TOML has a `[[day]]` with `at`, `observe` and
    `choose` for each of them. A choice is a party, its name, and what it is of: `owner draw 100`.
    """
    written = list(_toml(source) if source.name.endswith(".toml") else _csv(source))
    rows = [(_instant(row, source), row) for row in written]
    if not rows:
        raise _wrong(source, Span(source.name, 0, 0), "the path has no day")
    for (earlier, _), (later, row) in pairwise(rows):
        if later <= earlier:
            problem = f"{show_instant(later)} does not come after {show_instant(earlier)}"
            raise _wrong(source, row.place, problem)
    return PathFile(source, tuple(rows))


def days_of(path: PathFile, program: Program, terms: Terms) -> tuple[Day, ...]:
    """The days of a path of one instance. Raises Failure."""
    source = path.source
    if path.begin < terms.start:
        begin = show_instant(terms.start)
        raise _wrong(source, path.rows[0][1].place, f"the contract begins on {begin} only")
    return tuple(day_of(instant, row, source, program, terms) for instant, row in path.rows)


def _wrong(source: Source, place: Span, problem: str) -> Failure:
    return Failure([report("E0830", place, problem=problem)], source.sources)


# --- the two formats -----------------------------------------------------------------------------


def _csv(source: Source) -> Iterator[Row]:
    reader = csv.DictReader(StringIO(source.text), skipinitialspace=True)
    starts = _line_starts(source.text)
    try:
        names = [name.strip() for name in reader.fieldnames or ()]
        if "instant" not in names:
            raise _wrong(source, Span(source.name, 0, 0), "there is no column `instant`")
        for row in reader:
            start, end = starts[reader.line_num - 1]
            cells = {str(k).strip(): (v or "").strip() for k, v in row.items() if k is not None}
            if None in row:
                place = Span(source.name, start, end)
                problem = "there are more cells than columns; a name with a comma stands in quotes"
                raise _wrong(source, place, problem)
            at, chosen = cells.pop("instant"), cells.pop("choose", "")
            observed = {name: cell for name, cell in cells.items() if cell}
            taken = [each.strip() for each in chosen.split(";") if each.strip()]
            yield Row(at, observed, taken, Span(source.name, start, end))
    except csv.Error as error:
        raise _wrong(source, Span(source.name, 0, 0), str(error)) from None


def _line_starts(text: str) -> list[tuple[int, int]]:
    places, start = [], 0
    for line in text.splitlines(keepends=True):
        places.append((start, start + len(line.rstrip("\r\n"))))
        start += len(line)
    return places


def _toml(source: Source) -> Iterator[Row]:
    days = tables(source, "day", lambda place, problem: _wrong(source, place, problem))
    for number, day in enumerate(days):
        place = place_of(source.text, source.name, ["day", number])
        match day:
            case {"at": at, **rest} if set(rest) <= {"observe", "choose"}:
                observed, chosen = rest.get("observe", {}), rest.get("choose", [])
            case _:
                raise _wrong(source, place, "a day has `at`, `observe` and `choose`")
        if not isinstance(observed, dict) or not isinstance(chosen, list):
            raise _wrong(source, place, "`observe` is a table of feeds, `choose` a list")
        texts = {name: _text(value) for name, value in observed.items()}
        yield Row(_text(at), texts, [_text(each) for each in chosen], place)


def _text(value: object) -> str:
    """A TOML value as it would be spelled in the language."""
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            zoned = value.astimezone(UTC) if value.tzinfo else value
            return zoned.strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case _:
            return str(value)


# --- one day -------------------------------------------------------------------------------------


def _instant(row: Row, source: Source) -> int:
    try:
        return parse_instant(row.at)
    except Refused as refused:
        raise Failure([report(refused.code, row.place, **refused.names)], source.sources) from None


def day_of(instant: int, row: Row, source: Source, program: Program, terms: Terms) -> Day:
    """One day as it is written, of one instance. Raises Failure."""
    known = dict.fromkeys(terms.feeds)
    observed = {}
    for name, text in row.observed.items():
        if name not in known:
            listed = ", ".join(f"`{each}`" for each in known) or "nothing"
            problem = f"the contract does not observe `{name}`; it observes {listed}"
            raise _wrong(source, row.place, problem)
        observed[name] = _value(text, row, source)
        if (rules := unbelieved(program, terms, name, observed[name])) is not None:
            problem = f"the feed `{name}` refuses {text}: its bounds are {bounds_words(rules)}"
            raise _wrong(source, row.place, problem)
    return Day(instant, observed, tuple(_choice(text, row, source, program) for text in row.chosen))


def _value(text: str, row: Row, source: Source) -> int:
    if text in _TRUTHS:
        return _TRUTHS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        raise _wrong(source, row.place, f"`{text}` is no number, such as 65_000 or 4.3%")
    try:
        return from_decimal(number_value(number[2]) * (-1 if number[1] else 1))
    except SettlementError:
        raise _wrong(source, row.place, f"`{text}` is too large") from None


def _choice(text: str, row: Row, source: Source, program: Program) -> Taken:
    """A party, its choice, and the amounts that the choice is of."""
    choices = {
        (program.parties[clause.party], clause.name): [
            each.name.partition(" ")[0] for each in clause.amounts
        ]
        for clause in program.clauses
        if isinstance(clause, Choice)
    }
    party, name, *amounts = (*text.split(), "", "")[: max(2, len(text.split()))]
    if len(amounts) != len(choices.get((party, name), [*amounts, ""])):
        known = (" ".join((*key, *named)) for key, named in choices.items())
        listed = ", ".join(f"`{each}`" for each in known) or "none"
        raise _wrong(source, row.place, f"there is no choice `{text}`; there are {listed}")
    return Taken(party, name, tuple(_value(each, row, source) for each in amounts))
