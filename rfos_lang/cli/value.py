"""A value and its Greeks as they are told: in words, as a table, as a document."""

from collections.abc import Iterator, Sequence

from rfos_lang.base.instant import show_instant
from rfos_lang.cli.console import bold
from rfos_lang.cli.figures import amount, significant, with_error
from rfos_lang.cli.tables import Table
from rfos_lang.driver.pricing import Priced
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.result import Bound, Greek, Valuation

GREEKS_NOTE = "vega, rho and carry are for a change by 1.00, theta is for a year"


def value_said(found: Priced) -> Iterator[tuple[str, str]]:
    """The value, how far it may be off, and where it comes from: labels and texts."""
    value = found.valuation
    places = found.instance.definition.assets[value.asset].places
    if value.standard_error:
        number, error = with_error(value.value, value.standard_error)
        yield "value", bold(f"{number} {value.asset}")
        yield "standard error", f"{error} {value.asset}"
    else:
        yield "value", bold(f"{amount(value.value, places)} {value.asset}")
    if value.dual is not None:
        number, error = with_error(value.dual.value, value.dual.standard_error)
        side = "most" if value.dual.is_upper else "least"
        yield f"at {side}", f"{number} {value.asset}, standard error {error} {value.asset}"
    if value.bias_bound is not None:
        yield "bias, at most", f"{significant(value.bias_bound, 2)} {value.asset}"
    yield "method", value.method
    yield "model", value.model
    if value.monitoring is not None:
        yield "monitoring", value.monitoring


def greek_table(greeks: Sequence[Greek]) -> Table:
    """A row for each Greek; the columns of errors only if there are any."""
    told = any(greek.standard_error is not None for greek in greeks)
    biased = any(greek.bias_bound is not None for greek in greeks)
    kinds = [*(["std. error"] if told else []), *(["bias below"] if biased else [])]
    rows = []
    for greek in greeks:
        number, error = significant(greek.value), ""
        if greek.standard_error is not None:
            number, error = with_error(greek.value, greek.standard_error)
        bias = "" if greek.bias_bound is None else significant(greek.bias_bound, 2)
        errors = [*([error] if told else []), *([bias] if biased else [])]
        rows.append((greek.measure, greek.subject, number, *errors, greek.unit, greek.estimator))
    heading = ("Greek", "by", "value", *kinds, "unit", "estimator")
    return Table(heading, tuple(rows), frozenset(range(2, 3 + len(kinds))))


def value_document(found: Priced, market: Market, greeks: bool) -> dict[str, object]:
    """The value as JSON values, with its Greeks if they are asked for."""
    made, valuation = found.instance, found.valuation
    document: dict[str, object] = {
        "contract": made.definition.name,
        "party": made.definition.parties[0],
        "as_of": show_instant(market.as_of),
        "start": show_instant(made.terms.start),
        **_plain_value(valuation),
    }
    if greeks:
        document["greeks"] = [
            {
                "measure": each.measure,
                "subject": each.subject,
                "value": each.value,
                "unit": each.unit,
                "estimator": each.estimator,
                "standard_error": each.standard_error,
                "bias_bound": each.bias_bound,
            }
            for each in valuation.greeks
        ]
    return document


def _plain_value(valuation: Valuation) -> dict[str, object]:
    return {
        "value": valuation.value,
        "asset": valuation.asset,
        "method": valuation.method,
        "model": valuation.model,
        "standard_error": valuation.standard_error,
        "bias_bound": valuation.bias_bound,
        "dual_bound": _bound_document(valuation.dual),
        "monitoring": valuation.monitoring,
        "notes": valuation.notes,
    }


def _bound_document(bound: Bound | None) -> dict[str, object] | None:
    if bound is None:
        return None
    side = "upper" if bound.is_upper else "lower"
    return {"side": side, "value": bound.value, "standard_error": bound.standard_error}
