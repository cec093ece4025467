"""A session as files: definitions that check, and a market."""

from collections.abc import Iterator

from rfos_lang.base.diagnostic import has_errors
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import Instance
from rfos_lang.driver.opening import Source
from rfos_lang.repl.definitions import defined
from rfos_lang.repl.references import Reference, library_contracts, reference
from rfos_lang.repl.session import Session, Surroundings
from rfos_lang.repl.toml import toml_text
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import ParameterDeclaration, Quantity
from rfos_lang.syntax.formatter import format_module


def saved(session: Session, path: str, around: Surroundings) -> tuple[tuple[str, str], ...]:
    """The file of definitions and, beside it, that of the market. An instance that a `let` names is
    a contract of its own there. Raises Failure."""
    definitions = session.definitions
    library, contracts = around.beside(session.folder), library_contracts(around)
    for name in session.named:
        found = reference(name, session, around)
        text = "\n".join(_contract(name, found, found.made(session.market.as_of)))
        definitions = defined(definitions, Source(path, text), library, contracts).definitions
    text = format_module(definitions.text, path)
    analysis = analyse(text, path, library)
    if has_errors(analysis.diagnostics):
        raise Failure(analysis.diagnostics, {path: text})
    market = path.removesuffix(".rfos") + ".toml"
    return (path, text), (market, toml_text(session.quotes))


def _contract(name: str, found: Reference, made: Instance) -> Iterator[str]:
    """An instance as a contract without parameters."""
    module = found.checked.definition.span.source
    whole = found.checked.definition
    if module.startswith("std."):
        yield f"use {module}.{{{whole.name}}}"
    tickers = {p.name: found.arguments.get(p.name, "") for p in whole.parameters}
    told = [
        f"{each.name}: {_with_unit(found.arguments[each.name], each, tickers)}"
        for each in whole.parameters
        if each.name in found.arguments
    ]
    parties = ", ".join(whole.parties)
    yield f"contract {name}() between {parties} = {whole.name}({', '.join(told)})"


def _with_unit(text: str, parameter: ParameterDeclaration, tickers: dict[str, str]) -> str:
    """A number alone is in the parameter's unit; in a text of the language the unit is told."""
    bare = text.lstrip("-").replace("_", "").replace(".", "", 1).isdigit()
    if not bare or not isinstance(parameter.type, Quantity) or not parameter.type.unit.factors:
        return text
    words = "/".join(tickers.get(word, word) for word in str(parameter.type.unit).split("/"))
    return f"{text} {words}"
