"""What people read is what is computed, in their own names."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sympy
from scipy.stats import norm

from rfos_lang.core.formula import Call, Formula, Function, Input, Source
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.program import Binary, Require, Term, Timed, Transfer
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form.recognise import ClosedForm, closed_form
from rfos_lang.valuation.evaluation import evaluated
from rfos_lang.valuation.formula_text import Page, formula_page, page
from tests.generators import handmade
from tests.generators.handmade import S, combine, positive_part

NUMBERS = {
    "S": 100.0,
    "sigma": 0.3,
    "r": 0.05,
    "q": 0.02,
    "tau": 0.7,
    "strike": 105.0,
    "barrier": 80.0,
    "rebate": 3.0,
    "size": 1.5,
    "payout": 10.0,
    "spot(underlying, cash) at start": 98.0,
}
MAKERS = (
    handmade.european_call,
    handmade.digital_put,
    handmade.down_and_out_put,
    handmade.absolute_move,
)


def recognised(make: Callable[..., handmade.Instance]) -> ClosedForm:
    form = closed_form(make().program)
    assert isinstance(form, ClosedForm)
    return form


def read_back(shown: Page, numbers: dict[Any, float]) -> dict[str, float]:
    """The numbers that a reader finds who computes each line of a page: parts as soon as all that
    they use is known."""
    known = dict(numbers)
    waiting = [*shown.parts, *shown.results]
    while waiting:
        ready = [line for line in waiting if line.expression.free_symbols <= set(known)]
        assert ready, "a line uses what no line defines"
        for line in ready:
            function = sympy.lambdify(
                list(known), line.expression, modules=[{"N": norm.cdf, "n": norm.pdf}, "math"]
            )
            known[line.name] = float(function(*known.values()))
            waiting.remove(line)
    return {str(symbol): value for symbol, value in known.items()}


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_page_computes_to_the_same_numbers(make: Callable[..., handmade.Instance]) -> None:
    form = recognised(make)
    formulas = greeks.shown(form)
    known = {each: NUMBERS[each.name] for each in inputs_of(*formulas.values())}
    shown = page(form)
    symbols = {str(symbol): symbol for symbol, _ in shown.inputs}
    values = dict(zip(symbols.values(), known.values(), strict=True))
    found = read_back(shown, values)
    for name, formula in formulas.items():
        expected = evaluated([formula], known)[0]
        title = "V" if name == "value" else name.split("(")[0]
        assert found[title] == pytest.approx(expected, rel=1e-9, abs=1e-12), name


CALL = """\
V = S*size*N(d1)*exp(-q*tau) - size*strike*N(d2)*exp(-r*tau)
delta = size*N(d1)*exp(-q*tau)
gamma = size*strike*x1/S**2
vega = S**2*gamma*sigma*tau
vanna = size*(sqrt(tau) - d1/sigma)*n(d1)*exp(-q*tau)
volga = tau*(S**2*gamma - sigma*size*strike*(d2*x2*n(d2)*exp(-r*tau)/(sigma*sqrt(tau)) + x1/sigma))
theta = V*r - S**2*gamma*sigma**2/2 - S*delta*(r - q)
rho = tau*(S*delta - V)

d1 = (tau*(r + sigma**2/2 - q) + log(S/strike))/(sigma*sqrt(tau))
d2 = d1 - sigma*sqrt(tau)
x1 = n(d2)*exp(-r*tau)/(sigma*sqrt(tau))
x2 = -d1/sigma

size: as in the contract
S: spot(underlying, cash) now
q: the yield of underlying
tau: years to expiry
strike: as in the contract
r: the interest rate of cash
sigma: the volatility of spot(underlying, cash)
N: the standard normal distribution function, n: its density"""


def test_a_call_reads_as_in_a_textbook() -> None:
    assert page(recognised(handmade.european_call)).text() == CALL


def test_latex_has_the_usual_letters() -> None:
    shown = page(recognised(handmade.european_call)).latex()
    assert shown.startswith("\\begin{aligned}\nV &= S\\,\\mathrm{size}\\,N{\\left(d_{1} \\right)}")
    assert r"\Delta &=" in shown and r"\log{\left(\frac{S}{\mathrm{strike}} \right)}" in shown
    assert shown.count(r"\\") == 11 and shown.endswith(r"\end{aligned}")


def test_names_never_collide() -> None:
    """A parameter that is called like a Greek, and names that are no identifiers."""
    program = handmade.european_call().program
    inputs: list[Formula] = [
        Input(Source.TERM, 0, "delta"),
        Input(Source.TERM, 1, "a b"),
        Input(Source.STATE, 0, "a_b"),
    ]
    total = Call(Function.ADD, (Call(Function.ADD, (inputs[0], inputs[1])), inputs[1]))
    shown = formula_page(program, {"value": total, "delta": inputs[0]})
    assert [str(symbol) for symbol, _ in shown.inputs] == ["delta_", "a_b"]
    assert shown.results[1].text == "delta = delta_"


def test_what_the_contract_requires_shortens_a_formula() -> None:
    """With low < high a spread has no maximum of the two in it, and its delta no jump."""
    base = handmade._program("Spread", ("low", "high"))
    pays = combine(
        Binary.SUBTRACT,
        positive_part(combine(Binary.SUBTRACT, S, Term(0))),
        positive_part(combine(Binary.SUBTRACT, S, Term(1))),
    )
    capped = combine(Binary.MINIMUM, pays, combine(Binary.SUBTRACT, Term(1), Term(0)))
    rule = Require(combine(Binary.LESS, Term(0), Term(1)), "the low strike must lie below")
    clause = Timed(0, (Transfer(1, 0, 1, capped),))
    form = closed_form(replace(base, clauses=(clause,), requires=(rule,)))
    assert isinstance(form, ClosedForm)
    delta = page(form).results[1]
    assert delta.text == "delta = (N(d3) - N(d1))*exp(-q*tau)"
    assert "Max" not in page(form).text()
