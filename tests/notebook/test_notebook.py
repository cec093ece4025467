"""The example notebook runs and shows what it stores; how answers and results look as HTML."""

import re

import nbformat

import rfos_lang
from rfos_lang.notebook.html import answer_html
from rfos_lang.notebook.looks import market, term_sheet, valuation
from tests.cli.running import MARKET
from tests.notebook.first_note import NOTEBOOK, run
from tests.repl.sessions import CALL, told, wrong
from tests.repl.sessions import MARKET as FIGURES


def htmls(notebook: nbformat.NotebookNode) -> list[str]:
    """What cells show, but for pictures."""
    found = [
        "".join(output.data.get("text/html", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    return [re.sub(r"<svg.*?</svg>", "<svg/>", each, flags=re.DOTALL) for each in found]


def test_the_example_shows_what_it_stores() -> None:
    stored = htmls(nbformat.read(NOTEBOOK, as_version=4))
    assert stored and htmls(run()) == stored
    assert any("<svg/>" in each for each in stored)


def test_answers_are_html() -> None:
    assert "<td" in answer_html(told(*FIGURES, f"price {CALL}")[1])
    assert "<svg" in answer_html(told(*FIGURES, f"payoff {CALL}")[1])
    assert "E0301" in answer_html(wrong("nobody"))
    assert "&lt;" in answer_html(wrong("price a<b"))
    assert "<span" in answer_html(told("let x = 1", "show x")[1])


def test_results_of_the_api_are_html() -> None:
    call = rfos_lang.contract("std.options.EuropeanCall")
    told_in = rfos_lang.market(MARKET)
    arguments = {"underlying": "BTC", "cash": "USD", "strike": 65_000, "expiry": "2026-12-25"}
    found = rfos_lang.price(call, told_in, **arguments)
    assert "strike" in term_sheet(call) and "1 underlying" in term_sheet(call)
    assert "delta" in valuation(found) and "closed form" in valuation(found)
    assert "65,000" in market(told_in)
