"""Contracts as they are named in a session: `call`, `Put(BTC, USD, 60_000, 2026-12-25)`."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import Instance, instance
from rfos_lang.driver.opening import Checked, Source, checked
from rfos_lang.driver.target import Library
from rfos_lang.repl.session import INPUT, Session, Surroundings
from rfos_lang.syntax import tree
from rfos_lang.syntax.excerpt import contract_names
from rfos_lang.syntax.lexer import Token, scan
from rfos_lang.syntax.parser import parse

_PREFIX = "let it = "


@dataclass(frozen=True, slots=True)
class Reference:
    """A contract with the texts of the arguments that were given. `text` is how it was typed."""

    text: str
    checked: Checked
    arguments: Mapping[str, str]

    def made(self, start: int) -> Instance:
        """The instance that begins at an instant. Raises Failure."""
        return instance(self.checked, self.arguments, start)


def reference(text: str, session: Session, around: Surroundings) -> Reference:
    """The contract that a text names. Raises Failure, its places in the text."""
    name, arguments = _parsed(text)
    if name.text in session.named:
        if arguments:
            place = Span(INPUT, arguments[0].span.start - len(_PREFIX), len(text))
            raise Failure([report("E1205", place, name=name.text)], {INPUT: text})
        return reference(session.named[name.text], session, around)
    contract = _contract(name, text, session, around)
    return Reference(text, contract, _by_parameter(contract, arguments, text))


def taken(text: str) -> tuple[str, str]:
    """The first reference of a text, and the rest of it: what is typed behind a contract."""
    tokens = scan(text, "").tokens
    place = 0
    while _type(tokens, place) == "NAME" and _type(tokens, place + 1) == "DOT":
        place += 2
    if _type(tokens, place + 1) == "LPAR":
        place = _closing(tokens, place + 1)
    if place >= len(tokens) or tokens[place].type == "$END":
        return text.strip(), ""
    return text[: tokens[place].end].strip(), text[tokens[place].end :].strip(" ,")


def _type(tokens: list[Token], place: int) -> str:
    return tokens[place].type if place < len(tokens) else "$END"


def _closing(tokens: list[Token], place: int) -> int:
    """The bracket that closes the one at a place; the end if none does."""
    depth = 0
    for number in range(place, len(tokens)):
        depth += (tokens[number].type in ("LPAR", "LSQB")) - (
            tokens[number].type in ("RPAR", "RSQB")
        )
        if depth == 0:
            return number
    return len(tokens)


@dataclass(frozen=True, slots=True)
class _Name:
    """The dotted name of a contract."""

    text: str
    span: Span


def _parsed(text: str) -> tuple[_Name, tuple[tree.Argument, ...]]:
    module, complaints = parse(_PREFIX + text, INPUT)
    value = module.items[0].value if _is_let(module.items) else None  # type: ignore[union-attr]
    arguments: tuple[tree.Argument, ...] = ()
    name = value
    if isinstance(value, tree.Call):
        name, arguments = value.function, value.arguments
    parts = _dotted(name)
    if complaints or not parts:
        place = Span(INPUT, 0, len(text))
        words = " ".join(text.split())
        raise Failure([report("E1203", place, name=words, suggestion=None)], {INPUT: text})
    end = name.span.end - len(_PREFIX) if name is not None else 0
    return _Name(".".join(parts), Span(INPUT, 0, end)), arguments


def _is_let(items: tuple[tree.Item, ...]) -> bool:
    return len(items) == 1 and isinstance(items[0], tree.Let)


def _dotted(node: tree.Expression | None) -> list[str]:
    match node:
        case tree.Name(text=text):
            return [text]
        case tree.Field(subject=subject, name=tree.Name(text=text)) if before := _dotted(subject):
            return [*before, text]
        case _:
            return []


def _contract(name: _Name, text: str, session: Session, around: Surroundings) -> Checked:
    """The contract of a name: the session's own, or one of the library."""
    definitions = session.definitions
    known = definitions.known.definitions
    if name.text in known:
        return Checked(definitions.source, known[name.text], ())
    library = around.beside(session.folder)
    listed = library_contracts(around)
    module, _, last = name.text.rpartition(".")
    if not module and last in listed:
        module = listed[last]
    if module and library(module) is not None:
        return _of_library(module, library(module) or "", last, library)
    names = [*known, *session.named, *listed]
    meant = did_you_mean(name.text, names)
    problem = report("E1203", name.span, name=name.text, suggestion=meant)
    raise Failure([problem], {INPUT: text})


@lru_cache(64)
def _of_library(module: str, text: str, name: str, library: Library) -> Checked:
    return checked(Source(module, text), name, library, module.startswith("std."))


def library_contracts(around: Surroundings) -> dict[str, str]:
    """The contracts of the library by name, with the modules that they lie in."""
    return _library_contracts(around.modules, around.beside("."))


@lru_cache(4)
def _library_contracts(modules: Callable[[], Sequence[str]], library: Library) -> dict[str, str]:
    found = ((name, each) for each in modules() for name in contract_names(library(each) or ""))
    return dict(found)


def _by_parameter(
    contract: Checked, arguments: tuple[tree.Argument, ...], text: str
) -> Mapping[str, str]:
    """The texts of arguments by the names of their parameters."""
    names = [each.name for each in contract.definition.parameters]
    found: dict[str, str] = {}
    for number, each in enumerate(arguments):
        start, end = each.span.start - len(_PREFIX), each.span.end - len(_PREFIX)
        place = Span(INPUT, start, end)
        if each.name is None and number >= len(names):
            listed = ", ".join(names) or "none"
            name, count = contract.definition.name, len(names)
            problem = report("E1204", place, contract=name, count=count, names=listed)
            raise Failure([problem], {INPUT: text})
        key = names[number] if each.name is None else each.name.text
        if key in found:
            raise Failure([report("E1205", place, name=key)], {INPUT: text})
        value = each.value.span
        found[key] = text[value.start - len(_PREFIX) : value.end - len(_PREFIX)]
    return found
