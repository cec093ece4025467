"""A process that answers one question and ends: a price, a payoff, a proof, the tests of a file.

The question comes as JSON on standard input, the answer goes as JSON to standard output: what the
command of that name prints with `--json`, and `text`, what it prints without. A process, so that
whoever asked may end it.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.rendering import render_all
from rfos_lang.cli.console import as_text, diagnostics_json
from rfos_lang.cli.files import read_text
from rfos_lang.core.typical import BEGIN, NO_SPOTS
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Checked, Source, analysed, checked
from rfos_lang.driver.target import Library
from rfos_lang.driver.typical import typical
from rfos_lang.lsp.files import found_among
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.right_part import right_part
from rfos_lang.valuation.market import Market

PATHS = 20_000
"""Of a simulation: an editor waits for it."""

Answer = dict[str, Any]


class Question:
    """What is asked: a document with all that is open, its contract or test, and the market."""

    def __init__(self, written: Mapping[str, Any]) -> None:
        self.command: str = written["command"]
        self.subject: str = written["subject"]
        self.source = Source(written["name"], written["texts"][written["name"]])
        self.market_file: str | None = written["market"]
        find = found_among(written["texts"])

        def library(module: str) -> str | None:
            found = find(self.source.name, module)
            return None if found is None else found.text

        self.library: Library = library

    def contract(self) -> Checked:
        """The contract that is asked about, whatever is wrong elsewhere in its text. Raises
        Failure."""
        try:
            return checked(self.source, self.subject, self.library)
        except Failure:
            said = analyse(self.source.text, self.source.name, self.library)
            right = right_part(self.source.text, said, self.library)
            if self.subject not in right.analysis.definitions:
                raise
            return checked(replace(self.source, text=right.text), self.subject, self.library)

    def market(self) -> Market | None:
        """The market of the workspace, if there is one. Raises Failure."""
        from rfos_lang.driver.pricing import market_of

        if self.market_file is None:
            return None
        return market_of(Source(self.market_file, read_text(Path(self.market_file))))


def answered(written: Mapping[str, Any]) -> Answer:
    """The answer to a question; a refusal is one too."""
    question = Question(written)
    try:
        return _ANSWERS[question.command](question)
    except Failure as failure:
        return refusal(failure.diagnostics, failure.sources)


def refusal(diagnostics: tuple[Diagnostic, ...], sources: Mapping[str, str]) -> Answer:
    """What is wrong, in place of an answer."""
    text = render_all(diagnostics, sources)
    return {**diagnostics_json(diagnostics, sources), "text": text}


def _document(contract: Checked, said: Mapping[str, Any], lines: list[str]) -> Answer:
    problems = diagnostics_json(contract.warnings, contract.source.sources)
    return {**problems, **said, "text": "\n".join(lines)}


def _price(question: Question) -> Answer:
    from rfos_lang.cli.price import priced_lines
    from rfos_lang.cli.value import value_document
    from rfos_lang.driver.pricing import How, Priced, valuation_of

    contract, market = question.contract(), question.market()
    if market is None:
        told = "no market is set: name a market file in the setting rfos.market"
        return {"ok": False, "diagnostics": [], "text": told}
    made, arguments = typical(contract, {}, market.as_of, market.spots)
    how = How(paths=PATHS)
    found = Priced(made, valuation_of(contract, made, market, how, greeks=True))
    said = {**value_document(found, market, True), "arguments": arguments}
    return _document(contract, said, [*priced_lines(found, True), *_assumed(arguments)])


def _assumed(arguments: Mapping[str, str]) -> list[str]:
    """The arguments that nobody gave."""
    told = ", ".join(f"{name} = {value}" for name, value in arguments.items())
    return ["", f"  with {told}"] if told else []


def _payoff(question: Question) -> Answer:
    from rfos_lang.cli.payoff import payoff_document
    from rfos_lang.cli.payoff_terminal import payoff_lines
    from rfos_lang.driver.payoff import payoff

    contract, market = question.contract(), question.market()
    begin, spots = (BEGIN, NO_SPOTS) if market is None else (market.as_of, market.spots)
    made, arguments = typical(contract, {}, begin, spots)
    picture = payoff(made, market, None, None, None)
    names = (made.definition.name, made.definition.parties[0])
    said = {**payoff_document(made.definition, picture), "arguments": arguments}
    return _document(contract, said, [*payoff_lines(*names, picture), *_assumed(arguments)])


def _verify(question: Question) -> Answer:
    from rfos_lang.cli.verify import verified_document, verified_lines
    from rfos_lang.driver.verifying import verify

    contract = question.contract()
    found = verify(contract, {}, BEGIN, {})
    document = {
        "ok": found.verification.passes,
        "diagnostics": [],
        "contracts": [verified_document(found)],
    }
    return {**document, "text": "\n".join(verified_lines(found, True))}


def _test(question: Question) -> Answer:
    from rfos_lang.cli.test import ran, tested_document, tested_lines

    analysed(question.source, question.library)
    file = ran(question.source, question.library, question.subject)
    return {**tested_document([file]), "text": "\n".join(tested_lines([file]))}


_ANSWERS: dict[str, Callable[[Question], Answer]] = {
    "price": _price,
    "payoff": _payoff,
    "verify": _verify,
    "test": _test,
}


def main() -> None:
    """Answers the question on standard input."""
    out, sys.stdout = sys.stdout, sys.stderr
    answer = answered(json.load(sys.stdin))
    out.write(as_text(answer))


if __name__ == "__main__":
    main()
