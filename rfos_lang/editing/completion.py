"""What may be written at a place.

    completions(workspace, name, offset) -> list[Completion]

`workspace` holds the text (`workspace.with_text(empty(finder), name, text)`), `name` is the
document's, `offset` a character of its text. Each completion replaces the word that begins at
`word_start(text, offset)` and ends at the offset; all are given whose names begin with that word,
whatever the case, those that fit the place best first. Nothing is offered inside of comments and
texts.
"""

from collections.abc import Iterable, Iterator

from rfos_lang.base.calendar import Calendar
from rfos_lang.base.day_count import DayCount
from rfos_lang.base.records import dataclass
from rfos_lang.editing.context import Context, Opened, context, is_name
from rfos_lang.editing.describing import (
    documentation,
    function_signatures,
    given_by_language,
    line,
)
from rfos_lang.editing.names import Declaration, Kind, find, parameters_of
from rfos_lang.editing.vocabulary import DECLARING, FUNCTIONS
from rfos_lang.editing.workspace import Workspace
from rfos_lang.semantics import functions
from rfos_lang.semantics.calendar import DATE_FIELDS, PERIOD_FIELDS, SCHEDULE_FIELDS
from rfos_lang.semantics.feeds import RULES
from rfos_lang.semantics.policy import AXES, KEYS, MEASURES
from rfos_lang.semantics.rules import COLLATERAL_KEYS, EXPOSURE_KEY, LIQUIDATION_KEYS, STEPS
from rfos_lang.semantics.types import NAMED_TYPES
from rfos_lang.syntax import tree


@dataclass(frozen=True, slots=True)
class Completion:
    """Something that may be written. `kind`: a word for what it is, one of `names.Kind`'s values
    or "keyword", "function", "type", "calendar", "day count", "word", "rule", "module", "field",
    "argument"; `detail`: its type, unit or signature; `insert`: what is written; `doc`: what its
    author says of it."""

    label: str
    kind: str
    detail: str = ""
    insert: str = ""
    doc: str = ""

    @property
    def text(self) -> str:
        """What is written."""
        return self.insert or self.label


def word_start(text: str, offset: int) -> int:
    """Where the word begins that a completion at an offset replaces."""
    return context(text, offset).start


def completions(workspace: Workspace, name: str, offset: int) -> list[Completion]:
    """What may be written at an offset of a document, the likeliest first."""
    here = context(workspace.text(name), offset)
    if here.unread:
        return []
    place = _Place(workspace, name, offset, here)
    word, seen, found = here.word.lower(), set(), []
    for each in _offered(place):
        if each.label.lower().startswith(word) and each.label not in seen:
            seen.add(each.label)
            found.append(each)
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something is completed."""

    workspace: Workspace
    name: str
    offset: int
    here: Context

    def known(self) -> Iterator[Declaration]:
        """The names that are known here, the nearest first."""
        seen: set[str] = set()
        block = next(self.workspace.names(self.name).around(self.offset), None)
        while block is not None:
            for each in block.names.values():
                if each.name not in seen:
                    seen.add(each.name)
                    yield each
            block = block.outer

    def meant(self, name: str) -> Declaration | None:
        """What a name stands for here."""
        around = self.workspace.names(self.name).around(self.offset)
        return find(next(around, None), name)


def _offered(place: _Place) -> Iterator[Completion]:
    """All that may stand at a place, whatever has been typed of it."""
    here = place.here
    line_before, innermost = here.line, here.opened[-1] if here.opened else None
    if any(token.text == "use" for token in line_before) or (
        innermost is not None and innermost.begins == "use"
    ):
        yield from _used(place)
    elif here.last == "DOT":
        yield from _fields(place)
    elif here.last in ("NUMBER", "QUANTITY") or _in_unit(here):
        yield from _named(place, Kind.ASSET, Kind.UNIT, Kind.PARAMETER)
    elif innermost is None:
        yield from _at_top(place)
    elif innermost.bracket == "{":
        yield from _in_block(place, innermost)
    else:
        yield from _in_brackets(place, innermost)


def _in_unit(here: Context) -> bool:
    """`65_000 USD/`: behind the slash of a unit that follows a number."""
    return len(here.before) > 1 and here.last == "SLASH" and here.before[-2].type == "QUANTITY"


# --- use ------------------------------------------------------------------------------------------


def _used(place: _Place) -> Iterator[Completion]:
    """Modules up to the brace, then what a module declares."""
    words = [token.text for token in place.here.line if is_name(token)]
    if place.here.opened and place.here.opened[-1].begins == "use":
        module = _module_before(place)
        for each in (place.workspace.exports(place.name, module) or {}).values():
            if each.span.source == place.workspace.find(place.name, module):
                yield _of(place, each)
        return
    for module in place.workspace.modules:
        parts = module.split(".")
        if parts[: len(words)] == words and len(parts) > len(words):
            part = parts[len(words)]
            brace = ".{" if len(parts) == len(words) + 1 else "."
            yield Completion(part, "module", module, part + brace)


def _module_before(place: _Place) -> str:
    """The path between `use` and the brace."""
    text = place.workspace.text(place.name)[: place.here.start]
    path = text[text.rindex("use") + 3 : text.rindex("{")]
    return path.strip().rstrip(".")


def _fields(place: _Place) -> Iterator[Completion]:
    """Behind a dot: fields of periods, dates and schedules, and of the record of a stream."""
    tokens = place.here.before
    meant = place.meant(tokens[-2].text) if len(tokens) > 1 else None
    if meant is not None and isinstance(meant.node, tree.Binder):
        yield from _record(place, meant.node)
    for name, type in {**PERIOD_FIELDS, **DATE_FIELDS}.items():
        yield Completion(name, "field", getattr(type, "value", "Number"))
    for name in SCHEDULE_FIELDS:
        yield Completion(name, "field", "Date")
    yield Completion("after", "function", "after(date: Date)", "after(")


def _record(place: _Place, binder: tree.Binder) -> Iterator[Completion]:
    source = binder.source
    if isinstance(source, tree.Call) and isinstance(source.function, tree.Name):
        feed = place.meant(source.function.text)
        if feed is not None and isinstance(feed.node, tree.Feed):
            record = feed.node.type
            for each in record.fields if isinstance(record, tree.RecordType) else ():
                own = Declaration(each.name.text, Kind.FIELD, each.name.span, each)
                yield _of(place, own)


# --- blocks ---------------------------------------------------------------------------------------

_STATEMENTS = (
    *("let", "state", "require", "style", "cut", "unsecured", "at", "when", "collateral"),
    "liquidation",
)
_ACTIONS = ("let", "if", "end", "become", "mint", "burn", "require")
_STEPS_OF_TEST = ("contract", "on", "expect", "market")
_EXPECTED = ("ended", "no", "refused", "valued", "mint", "burn")
_KEYS: dict[str, dict[str, str]] = {
    "collateral": COLLATERAL_KEYS | EXPOSURE_KEY,
    "liquidation": LIQUIDATION_KEYS,
    "margin": KEYS,
    "feed": RULES,
}


def _at_top(place: _Place) -> Iterator[Completion]:
    if not place.here.line:
        yield from _keywords(DECLARING)
    elif place.here.last == "COLON":
        yield from _types(place)
    elif place.here.line[0].text in ("let", "contract", "perpetual"):
        yield from _expression(place)
        yield from _keywords(("between", "contract"))
    elif place.here.line[0].text == "asset":
        yield from _keywords(("in", "decimals", "issued", "by"))
        yield from _named(place, Kind.CONTRACT)
    elif place.here.line[0].text == "margin":
        yield from _keywords(("in",))
        yield from _named(place, Kind.ASSET)


def _in_block(place: _Place, opened: Opened) -> Iterator[Completion]:
    """A line of a block: how it begins, or what an expression in it may name."""
    words = place.here.line
    if opened.begins in _KEYS:
        yield from _in_rules(place, opened)
    elif not words:
        yield from _named(place, Kind.PARTY, Kind.STATE)
        top = opened.begins in ("contract", "perpetual")
        in_test = opened.begins == "test"
        yield from _keywords(_STEPS_OF_TEST if in_test else _STATEMENTS if top else _ACTIONS)
        if opened.begins == "on":
            yield from _expression(place)
    elif words[0].text == "expect" and len(words) == 1:
        yield from _named(place, Kind.PARTY)
        yield from _keywords(_EXPECTED)
        yield from _expression(place)
    elif words[0].text in ("let", "state") and place.here.last == "COLON":
        yield from _types(place)
    elif words[-1].text in ("pays", "of", "to") or words[0].text in ("collateral", "liquidation"):
        yield from _named(place, Kind.PARTY, Kind.ASSET, Kind.PARAMETER)
        yield from _keywords(("escrow", "in", "valued"))
        yield from _expression(place)
    else:
        yield from _expression(place)
        yield from _keywords(("pays", "may", "on", "as", "net", "until", "default", "otherwise"))


def _in_rules(place: _Place, opened: Opened) -> Iterator[Completion]:
    """The lines of collateral, liquidation, margin and feeds: keys first, then values."""
    words = place.here.line
    if not words:
        for key, example in _KEYS[opened.begins].items():
            if key not in opened.labels:
                yield Completion(key, "rule", example, f"{key}: ")
        return
    if words[0].text == "shortfall":
        yield from _words(STEPS)
        yield from _keywords(("then",))
    elif words[0].text == "penalty":
        yield from _keywords(("to",))
        yield from _words(STEPS[:1])
    elif words[0].text == "auction":
        yield from _words(("dutch",))
        yield from _keywords(("from", "to", "over"))
    elif words[0].text == "scenarios":
        yield from _words(AXES)
        yield from _keywords(("in",))
    elif words[0].text == "fallback":
        yield from _words(("last",))
    elif opened.begins == "margin":
        yield from _words(MEASURES)
    else:
        yield from _words(sorted(functions.MEASURES))
    yield from _expression(place)


# --- brackets -------------------------------------------------------------------------------------


def _in_brackets(place: _Place, opened: Opened) -> Iterator[Completion]:
    """Arguments of a call with their names, the parameters of what is being declared, or what any
    expression may name."""
    if _declares(place, opened):
        if place.here.last != "COMMA" and opened.inside:
            yield from _types(place)
        return
    callee = place.meant(opened.before)
    signatures = () if callee else function_signatures(opened.before)
    if place.here.last == "COLON" and len(place.here.before) > 1:
        label = place.here.before[-2].text
        words = [
            known.words[label]
            for known in functions.signatures(opened.before)
            if label in known.words
        ]
        yield from _words(str(word.value) for each in words for word in each)
    elif place.here.last in ("COMMA", "NEWLINE") or not opened.inside:
        told = (
            {each.name: line(place.workspace, each) for each in parameters_of(callee)}
            if callee
            else {}
        )
        for each in signatures:
            told |= dict(zip(each.given, each.parameters, strict=False))
        for name, detail in told.items():
            if name not in opened.labels:
                yield Completion(f"{name}:", "argument", detail, f"{name}: ")
    yield from _expression(place)


def _declares(place: _Place, opened: Opened) -> bool:
    """Whether a bracket holds the parameters of what is being declared."""
    in_test = any(each.begins == "test" for each in place.here.opened)
    return opened.bracket == "(" and opened.word in ("contract", "feed", "let") and not in_test


# --- names ----------------------------------------------------------------------------------------


def _expression(place: _Place) -> Iterator[Completion]:
    """What an expression may name."""
    for each in place.known():
        if each.kind is not Kind.PARTY and each.span.source != "std.assets":
            yield _of(place, each)
    for name in FUNCTIONS:
        found = function_signatures(name)
        yield Completion(name, "function", found[0].text if found else name, f"{name}(")
    yield from _named(place, Kind.ASSET)
    yield from _keywords(("if", "then", "else", "and", "or", "not", "for", "in", "true", "false"))
    for name in ("start", "now"):
        yield Completion(name, "keyword", given_by_language(name) or "")
    yield from (Completion(each.value, "calendar") for each in Calendar)
    yield from (Completion(each.value, "day count") for each in DayCount)


def _types(place: _Place) -> Iterator[Completion]:
    for name in NAMED_TYPES:
        yield Completion(name, "type")
    yield from _named(place, Kind.PARAMETER, Kind.ASSET, Kind.UNIT)


def _named(place: _Place, *kinds: Kind) -> Iterator[Completion]:
    """The names of these kinds that are known here; of parameters those that are assets come
    first, for they are units too."""
    found = [each for each in place.known() if each.kind in kinds]
    found.sort(key=lambda each: kinds.index(each.kind))
    for each in found:
        yield _of(place, each)


def _of(place: _Place, each: Declaration) -> Completion:
    detail = line(place.workspace, each)
    insert = f"{each.name}(" if parameters_of(each) and each.kind is not Kind.CHOICE else ""
    return Completion(each.name, each.kind.value, detail, insert, documentation(each) or "")


def _keywords(words: Iterable[str]) -> Iterator[Completion]:
    yield from (Completion(word, "keyword") for word in words)


def _words(words: Iterable[str]) -> Iterator[Completion]:
    yield from (Completion(word, "word") for word in words)
