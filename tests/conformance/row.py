"""Rows of published values, and what their contracts and markets are made of."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from rfos_lang.base.instant import DAY, SECOND, parse_instant, show_instant
from rfos_lang.core.arguments import read_arguments, shape_of
from rfos_lang.core.binding import bind
from rfos_lang.core.lowering import lower
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import Definition
from rfos_lang.stdlib_path import standard_library
from rfos_lang.valuation.curve import YEAR, flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import PATHS, valued
from rfos_lang.valuation.result import Valuation

TODAY = parse_instant("2026-01-01")
OWN = Path(__file__).with_name("contracts")
YESTERDAY = TODAY - DAY
PAIR = ("BTC", "USD")
SPOT = "spot(BTC, USD)"

DEVIATIONS = 4
"""So many standard errors of a simulation are taken for its error."""

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One published value."""

    product: str
    test: str
    fields: Fields
    expected: float
    tolerance: float
    source: str
    citation: str

    @property
    def line(self) -> int:
        """The line of the source that holds the value."""
        return int(self.source.rsplit(":", 1)[1].split()[0])


@dataclass(frozen=True)
class Found:
    """What a case asks for, and how far off that may be by its own account."""

    value: float
    error: float
    method: str


@dataclass(frozen=True)
class Doubt:
    """How far a published value is itself from the exact one, at most, and why."""

    error: float
    reason: str


@dataclass(frozen=True)
class Case:
    """A contract with its arguments on a market, and the Greek that is published, if one is; the
    method if it is not the best one, and of how many paths if it is a simulation."""

    contract: str
    arguments: Mapping[str, str]
    market: Market
    greek: Callable[[Valuation], float] | None = None
    start: int = TODAY
    method: str = "auto"
    paths: int = PATHS


def rows(text: str) -> list[Row]:
    """The rows of a file of JSON lines."""
    found = []
    for line in filter(None, text.splitlines()):
        row = json.loads(line)
        found.append(
            Row(
                row["product"],
                row["test"],
                row["fields"],
                row["expected"],
                _tolerance(row),
                row["source"],
                row["citation"],
            )
        )
    return found


STATED = {
    "testMCDiscreteArithmeticAveragePrice": 2e-2,
    "testMCDiscreteArithmeticAverageStrike": 2e-2,
    "testHaugValues-twoassetbarrieroption": 4e-3,
}
"""Tolerances that a source states in the body of a test, not in its table."""
RELATIVE = 1e-4


def _tolerance(row: Mapping[str, Any]) -> float:
    """What the source allows; where it says nothing, one digit of what it prints, or a ten
    thousandth of the value if that is more."""
    fields, expected = row["fields"], row["expected"]
    of_table = STATED.get(f"{row['test']}-{row['product']}") or STATED.get(row["test"])
    said = row["tol"] or fields.get("tolerance") or of_table
    return float(said or max(last_digit(expected), RELATIVE * abs(expected)))


def last_digit(value: float) -> float:
    """One unit of the last digit that a value is printed with."""
    exponent = Decimal(str(value)).as_tuple().exponent
    assert isinstance(exponent, int)
    return float(10.0**exponent)


@cache
def definitions(source: str) -> Mapping[str, Definition]:
    """The contracts of `std.<module>`, or those of the folder `contracts` for the empty name."""
    if not source:
        return {name: each for file in OWN.glob("*.rfos") for name, each in _read(file).items()}
    return _read(standard_library() / f"{source.removeprefix('std.')}.rfos")


def _read(path: Path) -> Mapping[str, Definition]:
    def library(module: str) -> str:
        file = standard_library() / f"{module.removeprefix('std.')}.rfos"
        return file.read_text(encoding="utf-8")

    analysis = analyse(path.read_text(encoding="utf-8"), path.name, library)
    assert not analysis.diagnostics, [each.message for each in analysis.diagnostics]
    return analysis.definitions


def found(case: Case) -> float:
    """The number that a case asks for."""
    return valuation(case).value


def valuation(case: Case) -> Found:
    """What a case asks for."""
    told = in_full(case)
    value = told.value if case.greek is None else case.greek(told)
    error = max(told.bias_bound or 0.0, DEVIATIONS * (told.standard_error or 0.0))
    return Found(value, error, told.method)


def in_full(case: Case) -> Valuation:
    """All that is told of a case."""
    source, _, name = case.contract.rpartition(".")
    definition = definitions(source)[name]
    read, problems = read_arguments(definition, case.arguments)
    assert read is not None, [each.message for each in problems]
    lowered, problems = lower(definition, shape_of(definition, read))
    assert lowered is not None, [each.message for each in problems]
    terms, problems = bind(lowered, read, case.start)
    assert terms is not None, [each.message for each in problems]
    asked = case.greek is not None
    return valued(lowered.program, terms, case.market, case.method, case.paths, greeks=asked)


def market(fields: Fields) -> Market:
    """BTC with price `s`, volatility `v` and yield `q`, and the rate `r` of USD."""
    return Market(
        as_of=TODAY,
        spots={PAIR: fields["s"]},
        volatilities={PAIR: flat_volatility(fields["v"])},
        rates={"USD": flat_rate(fields["r"])},
        yields={"BTC": flat_rate(fields["q"])},
    )


def arguments(years: float, **numbers: float) -> dict[str, str]:
    """Arguments of a contract on BTC in USD that expires after a time."""
    fixed = {"underlying": "BTC", "cash": "USD", "expiry": instant_after(years)}
    units = {"payout": "USD", "rebate": "USD", "units": "BTC"}
    return fixed | {
        name: f"{Decimal(repr(number)):f} {units.get(name, 'USD/BTC')}"
        for name, number in numbers.items()
    }


def instant_after(years: float) -> str:
    """The instant after a time in years of 365 days, to the second."""
    return show_instant(TODAY + round(years * YEAR / SECOND) * SECOND)


OTHER = ("ETH", "USD")


def two_asset_market(fields: Fields) -> Market:
    """`s1`, `v1`, `q1` of BTC, `s2`, `v2`, `q2` of ETH, correlated by `rho`."""
    return Market(
        as_of=TODAY,
        spots={PAIR: fields["s1"], OTHER: fields["s2"]},
        volatilities={PAIR: flat_volatility(fields["v1"]), OTHER: flat_volatility(fields["v2"])},
        rates={"USD": flat_rate(fields["r"])},
        yields={"BTC": flat_rate(fields["q1"]), "ETH": flat_rate(fields["q2"])},
        correlations={frozenset((PAIR, OTHER)): fields["rho"]},
    )


def two_asset_case(contract: str, fields: Fields, **numbers: str) -> Case:
    """A contract on BTC and ETH with a strike in USD that expires after a time."""
    fixed = {"first": "BTC", "second": "ETH", "cash": "USD", "expiry": instant_after(fields["t"])}
    strike = f"{Decimal(repr(fields['strike'])):f} USD"
    return Case(contract, {**fixed, "strike": strike, **numbers}, two_asset_market(fields))
