"""How results of `rfos_lang.api` look in a notebook."""

from typing import Any

from rfos_lang.base.instant import show_instant
from rfos_lang.cli.check import contract_lines
from rfos_lang.cli.figures import significant
from rfos_lang.cli.tables import Table
from rfos_lang.cli.value import greek_table
from rfos_lang.driver.instance import definition_alone
from rfos_lang.driver.marking import marking
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.summary import summary
from rfos_lang.notebook.html import block_html, table_html
from rfos_lang.repl.answer import said
from rfos_lang.semantics.definition import ParameterDeclaration
from rfos_lang.semantics.types import shown
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import Valuation


def register(formatter: Any) -> None:
    """Tells a notebook's formatter how contracts, markets and values look."""
    html = formatter.formatters["text/html"]
    html.for_type(Checked, term_sheet)
    html.for_type(Valuation, valuation)
    html.for_type(Market, market)
    plain = formatter.formatters["text/plain"]
    plain.for_type(Checked, lambda found, page, _: page.text(f"contract {found.definition.name}"))
    plain.for_type(
        Market, lambda found, page, _: page.text(f"market of {show_instant(found.as_of)}")
    )


def term_sheet(contract: Checked) -> str:
    """A contract in short, and a row for each of its parameters."""
    definition = contract.definition
    lowered = definition_alone(contract, {})
    told = summary(lowered, Source(definition.span.source, contract.text))
    rows = tuple(
        (each.name, shown(each.type), _default(each, contract.text))
        for each in definition.parameters
    )
    terms = table_html(Table(("term", "is", "unless told"), rows)) if rows else ""
    return block_html(said(*contract_lines(told, marking(lowered)))) + terms


def _default(parameter: ParameterDeclaration, text: str) -> str:
    span = None if parameter.default is None else parameter.default.span
    return "" if span is None else text[span.start : span.end]


def valuation(found: Valuation) -> str:
    """A value, and a row for each Greek."""
    rows = [("value", f"{significant(found.value)} {found.asset}"), ("method", found.method)]
    if found.standard_error is not None:
        rows.insert(1, ("standard error", f"{significant(found.standard_error, 2)} {found.asset}"))
    value = table_html(Table(("", ""), tuple(rows)))
    return value + (table_html(greek_table(found.greeks)) if found.greeks else "")


def market(found: Market) -> str:
    """The date of a market and its prices."""
    rows = [("date", show_instant(found.as_of))]
    rows += [(f"spot({a}, {b})", significant(price)) for (a, b), price in found.spots.items()]
    return table_html(Table(("", ""), tuple(rows), frozenset({1})))
