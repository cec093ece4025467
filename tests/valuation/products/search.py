"""A search for values on which two methods differ: contracts of the library with arguments and on
markets that are drawn.

`python -m tests.valuation.products.search SECONDS [SEED]` goes on for so long and tells what it
finds; `pytest -m slow` runs the first part of it.
"""

import re
import sys
import time
from dataclasses import replace
from math import log
from random import Random

from rfos_lang.base.fixed import ONE
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.core.typical import BEGIN
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import Instance
from rfos_lang.driver.typical import typical
from rfos_lang.valuation.curve import RateCurve, VolatilityCurve
from rfos_lang.valuation.market import Market
from tests.valuation.products.agreement import Found, by_each_method, disagreements
from tests.valuation.products.exceptions import valued_names
from tests.valuation.products.library import GIVEN, definitions
from tests.valuation.products.markets import BTC, FLAT
from tests.valuation.products.printers import printed_apart

PATHS = 4_000
PAIRS = 32
"""Of paths that are compared one by one."""
SCALES = (0.7, 0.85, 0.95, 1.0, 1.05, 1.2, 1.5)
SHIFTS = (-2, -1, 0, 0, 1, 4)
KEPT = 0.5
"""How many of the arguments stay as they are."""


@dataclass(frozen=True, slots=True)
class Case:
    """A contract and a market, with what was drawn, in words."""

    name: str
    arguments: dict[str, str]
    instance: Instance
    market: Market

    def __str__(self) -> str:
        market = self.market
        curves = market.volatilities[BTC], market.rates["USD"], market.yields["BTC"]
        return f"{self.name} {self.arguments} at {market.spots} on {curves}"


def drawn(seed: int) -> Case | None:
    """The case of a seed; None if the contract does not admit such arguments."""
    chance = Random(seed)
    name = chance.choice(sorted(valued_names(list(definitions()))))
    definition = definitions()[name]
    arguments = typical(definition, GIVEN.get(name, {}), BEGIN)[1]
    given = {
        each: text if chance.random() < KEPT else _moved(text, chance)
        for each, text in arguments.items()
    }
    market = _market(chance)
    try:
        return Case(name, given, typical(definition, given, BEGIN)[0], market)
    except Failure:
        return None


def _moved(text: str, chance: Random) -> str:
    """An argument with each of its numbers scaled and each of its dates some months later."""
    if re.search(r"\d{4}-\d{2}-\d{2}", text):
        months = chance.choice(SHIFTS)
        return re.sub(r"(\d{4})-(\d{2})-(\d{2})", lambda m: _later(m, months), text)
    if re.fullmatch(r"-?[\d_.]+%?", text):
        scale = chance.choice(SCALES)
        number = float(text.removesuffix("%").replace("_", "")) * scale
        return f"{number:.6g}" + ("%" if text.endswith("%") else "")
    return text


def _later(found: re.Match[str], months: int) -> str:
    year, month, day = (int(part) for part in found.groups())
    total = 12 * year + month - 1 + months
    return f"{total // 12:04}-{total % 12 + 1:02}-{day:02}"


def _market(chance: Random) -> Market:
    """A lognormal market, its curves flat or bent."""
    bent = chance.random() < 0.3
    volatility = chance.choice((0.08, 0.2, 0.4, 0.8, 1.5))
    rate, carry = chance.choice((-0.02, 0.0, 0.03, 0.12)), chance.choice((-0.01, 0.0, 0.02, 0.09))

    def curve(level: float) -> RateCurve:
        other = level + (chance.choice((-0.01, 0.01)) if bent else 0.0)
        return RateCurve(((0.4, level), (1.2, other)))

    def volatilities(level: float) -> VolatilityCurve:
        other = level * (chance.choice((0.9, 1.2)) if bent else 1.0)
        return VolatilityCurve(((0.4, level), (1.2, other)))

    spots = {pair: spot * chance.choice(SCALES) for pair, spot in FLAT.spots.items()}
    return replace(
        FLAT,
        spots=spots,
        volatilities={
            pair: volatilities(volatility * chance.choice((1.0, 1.0, 0.6, 1.3)))
            for pair in FLAT.volatilities
        },
        rates={each: curve(rate + chance.choice((0.0, 0.02))) for each in FLAT.rates},
        yields={each: curve(carry + chance.choice((0.0, 0.02))) for each in FLAT.yields},
        correlations={pair: chance.choice((-0.8, 0.0, 0.5, 0.95)) for pair in FLAT.correlations},
    )


MANY = 200_000
MISSED = 1e-4
"""Paths miss what few of them show, and their error does not tell. Where methods differ so many are
taken; what all of these miss by more than this chance is allowed for, of simulated methods alone:
some 5e-5 of the largest amount."""
SIMULATED = ("paths", "meaning")


def told(case: Case) -> list[str]:
    """In words where two methods differ on a case, or two printers of its paths."""
    apart = disagreements(by_each_method(case.name, case.instance, case.market, PATHS))
    if apart:
        found = by_each_method(case.name, case.instance, case.market, MANY)
        apart = disagreements([missing_some(each, case.instance, MANY) for each in found])
    return [*apart, *printed_apart(case.instance, case.market, PAIRS)]


def missing_some(found: Found, instance: Instance, paths: int) -> Found:
    """A value with what its paths may have missed: an event that moves the largest amount, and that
    is not on a single one of them."""
    if found.family not in SIMULATED:
        return found
    amounts = [abs(number) / ONE for number in instance.terms.terms]
    return replace(found, bias=found.bias - log(MISSED) / paths * max(amounts, default=0.0))


def main(seconds: float, seed: int) -> None:
    begin, tried = time.monotonic(), 0
    while time.monotonic() - begin < seconds:
        seed += 1
        started = time.monotonic()
        if (case := drawn(seed)) is None:
            continue
        tried += 1
        try:
            apart = told(case)
        except Refused as refused:
            apart = [f"refused {refused.code}"]
        except Exception as problem:
            apart = [f"{type(problem).__name__}: {problem}"]
        if apart:
            print(seed, case, *apart, sep="\n    ", flush=True)
        if (took := time.monotonic() - started) > 30:
            print(seed, case, f"took {took:.0f} s", sep="\n    ", flush=True)
    print(f"{tried} cases")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
