"""The definitions of a session: the items of one file that is always right."""

from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import pairwise

from rfos_lang.base.diagnostic import Diagnostic, has_errors, relocated
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.driver.target import Library
from rfos_lang.semantics.analyse import Analysis, analyse
from rfos_lang.syntax import tree
from rfos_lang.syntax.excerpt import excerpt
from rfos_lang.syntax.lexer import scan
from rfos_lang.syntax.parser import parse

SESSION = "session"
"""The name of the file that the definitions are."""

NAMED = tree.Contract | tree.Composite | tree.Let | tree.Asset | tree.Unit | tree.Feed | tree.Margin


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the file with the comments before it. `key`: what it is replaced by; `typed`:
    where it began in the text that was typed."""

    key: str
    word: str
    text: str
    typed: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Definitions:
    """The items, the library's first, and what the checker says of them. `modules` are the texts
    that they use."""

    items: tuple[Item, ...] = ()
    analysis: Analysis | None = field(default=None, compare=False, repr=False)
    modules: tuple[Source, ...] = field(default=(), compare=False, repr=False)

    @property
    def text(self) -> str:
        """The file."""
        return "".join(f"{each.text}\n\n" for each in self.items)

    @property
    def source(self) -> Source:
        """The file with the modules that it uses."""
        return Source(SESSION, self.text, self.modules)

    @property
    def known(self) -> Analysis:
        """What the checker says of the file; without an error."""
        return self.analysis or analyse("", SESSION, _nothing)

    def item(self, name: str) -> Item | None:
        """The item of a name."""
        return next((each for each in self.items if each.key == name), None)


@dataclass(frozen=True, slots=True)
class Change:
    """Definitions after some more; the keys of these, the modules that they use unasked, and
    warnings at places of what was typed."""

    definitions: Definitions
    keys: tuple[str, ...]
    uses: tuple[str, ...]
    warnings: tuple[Diagnostic, ...]
    sources: dict[str, str]


def defined(
    before: Definitions, typed: Source, library: Library, contracts: dict[str, str]
) -> Change:
    """The definitions after those of a text, which replace earlier ones of their names. `contracts`
    are those of the library, by module: what is called and not known is used. Raises Failure, its
    places in the text."""
    module, complaints = parse(typed.text, typed.name)
    if has_errors(complaints):
        raise Failure(complaints, typed.sources)
    new = list(_items(typed, module))
    keys = [each.key for each in new]
    kept = [each for each in before.items if each.key not in keys]
    uses = list(missing_uses(typed.text, [*kept, *new], contracts))
    texts: dict[str, str] = {each.name: each.text for each in before.modules}

    def noting(name: str) -> str | None:
        text = library(name)
        if text is not None:
            texts[name] = text
        return excerpt(text) if text and name.startswith("std.") else text

    items = sorted([*kept, *uses, *new], key=lambda each: each.word != "use")
    after = Definitions(tuple(items))
    analysis = analyse(after.text, SESSION, noting, before.analysis)
    told = _told(analysis.diagnostics, after, new, typed)
    sources = {**texts, SESSION: after.text, **typed.sources}
    if has_errors(analysis.diagnostics):
        raise Failure(told, sources)
    modules = tuple(Source(name, text) for name, text in texts.items())
    whole = Definitions(after.items, analysis, modules)
    own = tuple(each for each in told if each.span.source == typed.name)
    return Change(whole, tuple(keys), tuple(each.text for each in uses), own, sources)


def _items(typed: Source, module: tree.Module) -> Iterator[Item]:
    """The items of a text, each with what stands before it; the last with what follows it."""
    begin = 0
    for number, item in enumerate(module.items):
        last = number == len(module.items) - 1
        end = len(typed.text) if last else item.span.end
        text = typed.text[begin:end]
        left = len(text) - len(text.lstrip(" \t\r\n;"))
        word = type(item).__name__.lower().replace("composite", "contract")
        yield Item(_key(item, text), word, text.strip(" \t\r\n;"), begin + left)
        begin = end


def _key(item: tree.Item, text: str) -> str:
    match item:
        case tree.Test(title=title):
            return f'test "{title.value}"'
        case tree.Use():
            return " ".join(text.split())
        case _:
            assert isinstance(item, NAMED)
            return item.name.text


def missing_uses(text: str, items: Sequence[Item], contracts: dict[str, str]) -> Iterator[Item]:
    """A `use` for each contract of the library that a text calls and no item brings in."""
    known = {each.key for each in items if each.word != "use"}
    used = " ".join(each.key for each in items if each.word == "use")
    known |= {token.text for token in scan(used, "").tokens if token.type == "NAME"}
    tokens = scan(text, "").tokens
    called = [a.text for a, b in pairwise(tokens) if (a.type, b.type) == _CALL]
    for name in dict.fromkeys(called):
        if name in contracts and name not in known:
            use = f"use {contracts[name]}.{{{name}}}"
            yield Item(use, "use", use)


_CALL = ("NAME", "LPAR")


def _told(
    found: Sequence[Diagnostic], after: Definitions, new: Sequence[Item], typed: Source
) -> list[Diagnostic]:
    """Diagnostics of the whole file, those of new items at their places in what was typed."""
    places: list[tuple[int, int, int]] = []
    at = 0
    for item in after.items:
        if any(item is each for each in new):
            places.append((at, at + len(item.text), item.typed))
        at += len(item.text) + 2

    def moved(span: Span) -> Span:
        if span.source == SESSION:
            for start, end, begun in places:
                if start <= span.start <= end:
                    shift = begun - start
                    return Span(typed.name, span.start + shift, min(span.end, end) + shift)
        return span

    return [relocated(each, moved) for each in found]


def _nothing(module: str) -> None:
    """The library of a file that uses nothing."""
