"""What the page asks of the compiler, in the browser: `answer` takes and gives JSON.

Places are those of the editor, in units of UTF-16.
"""

import json
from collections.abc import Callable
from typing import Any

from market import Fields, date_of, market

from rfos_lang.artefact.format import decode
from rfos_lang.artefact.layout import encode_terms
from rfos_lang.base.diagnostic import Diagnostic, Edit, has_errors
from rfos_lang.base.rendering import render
from rfos_lang.base.wording import CATALOGUE
from rfos_lang.cli.check import contract_document, contract_lines
from rfos_lang.cli.files import library, library_modules
from rfos_lang.cli.value import greek_table, value_document, value_said
from rfos_lang.driver.compilation import compiled
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import Instance, instance
from rfos_lang.driver.marking import marking
from rfos_lang.driver.opening import Checked, Source, checked
from rfos_lang.driver.payoff import Axis, axis, payoff, today
from rfos_lang.driver.pricing import How, Priced, valuation_of
from rfos_lang.driver.summary import summary
from rfos_lang.editing import completion, hovering, layout
from rfos_lang.editing.workspace import Workspace, empty, with_text
from rfos_lang.semantics.definition import Definition
from rfos_lang.semantics.types import shown
from rfos_lang.valuation.market import Market

NAME = "contract.rfos"
START = 0
"""Instances begin in 1970, as those of `rfos payoff` do where neither a market nor a date says."""

BEYOND = "It has no closed form that is worked out without NumPy: `rfos price` values it."
"""Said of a value that needs more than the page has."""

Answer = dict[str, Any]


def _found(_: str, module: str) -> Source | None:
    text = library(module) if module.startswith("std.") else None
    return None if text is None else Source(module, text)


_workspace: Workspace = empty(_found, tuple(library_modules()))


def _open(text: str) -> Workspace:
    global _workspace
    _workspace = with_text(_workspace, NAME, text)
    return _workspace


# --- places ---------------------------------------------------------------------------------------


def _units(text: str, offset: int) -> int:
    """A place of the compiler as the editor counts."""
    return offset + sum(character > "\uffff" for character in text[:offset])


def _offset(text: str, units: int) -> int:
    """A place of the editor as the compiler counts."""
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore"))


def _edit(text: str, edit: Edit) -> Answer:
    first, last = edit.span.start, edit.span.end
    return {"from": _units(text, first), "to": _units(text, last), "insert": edit.text}


# --- what is asked --------------------------------------------------------------------------------


def problems(text: str) -> Answer:
    """All that is wrong, and the contracts of the text with their parameters."""
    analysis = _open(text).documents[NAME].analysis
    told = [each for each in analysis.diagnostics if each.span.source == NAME]
    sound = not has_errors(told)
    own = [each for each in analysis.definitions.values() if each.span.source == NAME]
    contracts = [_contract(each, text) for each in own] if sound else []
    return {"problems": [_problem(text, each) for each in told], "contracts": contracts}


def _problem(text: str, problem: Diagnostic) -> Answer:
    entry = CATALOGUE.get(problem.code)
    before = text[: problem.span.start]
    return {
        "code": problem.code,
        "title": entry.title if entry else "",
        "explanation": entry.explanation if entry else "",
        "message": problem.message,
        "help": problem.help,
        "severity": problem.severity.value,
        "from": _units(text, problem.span.start),
        "to": _units(text, problem.span.end),
        "line": before.count("\n") + 1,
        "rendered": render(problem, _sources(text, problem)),
        "fixes": [
            {"title": fix.title, "edits": [_edit(text, each) for each in fix.edits]}
            for fix in problem.fixes
        ],
    }


def _sources(text: str, problem: Diagnostic) -> dict[str, str]:
    others = {place.span.source for place in problem.related} - {NAME}
    return {NAME: text, **{each: library(each) or "" for each in others}}


def _contract(definition: Definition, text: str) -> Answer:
    return {
        "name": definition.name,
        "parameters": [
            {
                "name": each.name,
                "type": shown(each.type),
                "default": None
                if each.default is None
                else text[each.default.span.start : each.default.span.end],
            }
            for each in definition.parameters
        ],
    }


def format(text: str) -> Answer:
    """The edits that lay the text out as `rfos fmt` does."""
    return {"edits": [_edit(text, each) for each in layout.laid_out(_open(text), NAME)]}


def hover(text: str, at: int) -> Answer | None:
    """What is said of the word at a place."""
    found = hovering.hover(_open(text), NAME, _offset(text, at))
    if found is None:
        return None
    first, last = _units(text, found.span.start), _units(text, found.span.end)
    return {"lines": found.lines, "doc": found.doc, "from": first, "to": last}


def complete(text: str, at: int) -> Answer:
    """What may be written at a place, the likeliest first."""
    offset = _offset(text, at)
    options = completion.completions(_open(text), NAME, offset)
    return {
        "from": _units(text, completion.word_start(text, offset)),
        "options": [
            {"label": e.label, "kind": e.kind, "detail": e.detail, "insert": e.text, "doc": e.doc}
            for e in options
        ],
    }


def artefact(text: str, contract: str, settings: dict[str, str], fields: Fields) -> Answer:
    """The WebAssembly of a contract, the terms of one instance, where its blocks have their fields,
    the prices to look at, and the term sheet; if there are fields of a market, its value there."""
    opened, made = _made(text, contract, settings, fields)
    drawn = axis(made)
    there = market(fields, drawn.asset, drawn.cash) if fields else None
    if there is not None:
        drawn = axis(made, there)
    built = compiled(made.lowered, text)
    shape = decode(built.artefact).shape
    told, mark = summary(made.lowered, Source(NAME, text)), marking(made.lowered)
    return {
        "module": built.artefact.hex(),
        "hash": built.content_hash,
        "terms": encode_terms(made.program, made.terms).hex(),
        "start": str(made.terms.start),
        "event": {
            "size": shape.observation(shape.feeds),
            "moved": shape.moved(drawn.feed // 64),
            "known": shape.known(drawn.feed // 64),
            "bit": drawn.feed % 64,
            "observation": shape.observation(drawn.feed),
        },
        "assets": [
            {"name": name, "places": places}
            for name, places in zip(made.terms.assets, made.terms.places, strict=True)
        ],
        "contract": made.definition.name,
        "party": made.definition.parties[0],
        "asset": drawn.asset,
        "cash": drawn.cash,
        "prices": drawn.prices,
        "levels": {each.name: each.price for each in drawn.levels},
        "summary": [line.strip() for line in contract_lines(told, mark)][1:],
        "document": contract_document(told, mark),
        **({} if there is None else _valued(opened, made, there, drawn)),
    }


def _valued(opened: Checked, made: Instance, there: Market, over: Axis) -> Answer:
    """What an instance is worth, by closed form, at the market's price and at others; where it has
    none, why."""
    spot = there.spot(over.asset, over.cash)
    try:
        along = today(made, there, over)
        found = Priced(made, valuation_of(opened, made, there, How("closed_form"), greeks=True))
    except Failure as reason:
        told = [each.message for each in reason.diagnostics]
        return {"spot": spot, "today": None, "unvalued": told}
    except ModuleNotFoundError:
        return {"spot": spot, "today": None, "unvalued": [BEYOND]}
    curve = None if along is None else {"prices": along.prices, "amounts": along.amounts}
    table = greek_table(found.valuation.greeks)
    return {
        "spot": spot,
        "today": curve,
        "value": {
            "document": value_document(found, there, True),
            "said": list(value_said(found)),
            "greeks": [row[:3] for row in table.rows],
        },
    }


def refusal(text: str, contract: str, settings: dict[str, str], fields: Fields) -> Answer:
    """Why the compiler's own reading draws no payoff either. Raises Failure."""
    _, made = _made(text, contract, settings, fields)
    over = axis(made)
    payoff(made, market(fields, over.asset, over.cash) if fields else None)
    return {"failure": []}


def _made(
    text: str, contract: str, settings: dict[str, str], fields: Fields
) -> tuple[Checked, Instance]:
    """A contract, and an instance of it that begins at the market's date, if there is one."""

    def modules(module: str) -> str | None:
        return library(module) if module.startswith("std.") else None

    opened = checked(Source(NAME, text), contract, modules)
    return opened, instance(opened, settings, date_of(fields) if fields else START)


_ASKED: dict[str, Callable[..., Any]] = {
    "problems": problems,
    "format": format,
    "hover": hover,
    "complete": complete,
    "artefact": artefact,
    "refusal": refusal,
}


def answer(question: str) -> str:
    """The answer to `{"method": ..., "arguments": [...]}`; a refusal is `{"failure": [...]}`."""
    asked = json.loads(question)
    try:
        return json.dumps(_ASKED[asked["method"]](*asked["arguments"]))
    except Failure as failure:
        told = [
            {"code": each.code, "message": each.message, "source": each.span.source}
            for each in failure.diagnostics
        ]
        return json.dumps({"failure": told})
