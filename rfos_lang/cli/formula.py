"""`rfos greeks --formula`: the closed form of a contract's value and Greeks, to be read."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.console import OK, bold, diagnostics_json, print_json
from rfos_lang.cli.files import opened
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import definition_alone
from rfos_lang.driver.opening import Checked, settings
from rfos_lang.semantics.definition import Definition
from rfos_lang.valuation.closed_form.recognise import Unrecognised, closed_form

if TYPE_CHECKING:
    from rfos_lang.valuation.formula_text import Page


def run(target: str, set_: tuple[str, ...], as_latex: bool, as_json: bool) -> int:
    """Prints the formulas of a definition; the exit code. Raises Failure."""
    checked = opened(target)
    made = formula_page(checked, settings(set_))
    definition = checked.definition
    if as_json:
        problems = diagnostics_json(checked.warnings, checked.source.sources)
        print_json({**problems, **formula_document(definition, made)})
    elif as_latex:
        print(made.latex())
    else:
        print(f"{bold(definition.name)}  value to {definition.parties[0]}\n\n{made.text()}")
    return OK


def formula_page(checked: Checked, arguments: Mapping[str, str]) -> "Page":
    """The closed form of a contract and its Greeks. Raises Failure if there is none."""
    form = closed_form(definition_alone(checked, arguments).program)
    if isinstance(form, Unrecognised):
        name, place = checked.definition.name, Span(checked.source.name, 0, 0)
        raise Failure([report("E1010", place, contract=name, reason=form.reason)], {})
    from rfos_lang.valuation.formula_text import page

    return page(form)


def formula_document(definition: Definition, made: "Page") -> dict[str, object]:
    """The formulas as JSON values."""
    return {
        "contract": definition.name,
        "party": definition.parties[0],
        "formulas": {str(line.name): line.text.partition(" = ")[2] for line in made.results},
        "where": {str(line.name): line.text.partition(" = ")[2] for line in made.parts},
        "inputs": {str(symbol): meaning for symbol, meaning in made.inputs},
        "latex": made.latex(),
    }
