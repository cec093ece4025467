"""Published values of options, each against the contract that it is a value of.

    python -m tests.conformance.pricing FILE.jsonl [--json]

A row names a product, inputs and a value with its tolerance. `case_for` says which contract, of the
standard library or of `contracts.rfos`, on which market a row is about; a row that it does not know
is unsupported, never passed.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from rfos_lang.base.instant import DAY, parse_instant, show_instant
from rfos_lang.core.arguments import read_arguments, shape_of
from rfos_lang.core.binding import bind
from rfos_lang.core.lowering import lower
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import Definition
from rfos_lang.stdlib_path import standard_library
from rfos_lang.valuation.curve import YEAR, flat_rate, flat_volatility
from rfos_lang.valuation.jumps import Jumps
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation

TODAY = parse_instant("2026-01-01")
OWN = Path(__file__).with_name("contracts.rfos")
YESTERDAY = TODAY - DAY
PAIR = ("BTC", "USD")
SPOT = "spot(BTC, USD)"

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
    def is_approximation(self) -> bool:
        """Whether the value is that of an approximation, which an exact method misses."""
        return "approx" in self.citation

    @property
    def line(self) -> int:
        """The line of the source that holds the value."""
        return int(self.source.rsplit(":", 1)[1].split()[0])


@dataclass(frozen=True)
class Case:
    """A contract with its arguments on a market, and the Greek that is published, if one is."""

    contract: str
    arguments: Mapping[str, str]
    market: Market
    greek: Callable[[Valuation], float] | None = None
    start: int = TODAY


@dataclass(frozen=True)
class Verdict:
    """What came of a row: the value found (None: unsupported) and whether it is close enough."""

    row: Row
    found: float | None
    problem: str = ""

    @property
    def outcome(self) -> str:
        if self.found is None:
            return "failed" if self.problem else "unsupported"
        close = abs(self.found - self.row.expected) <= self.row.tolerance
        return "passed" if close else "failed"


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
                row["tol"] or last_digit(row["expected"]),
                row["source"],
                row["citation"],
            )
        )
    return found


def last_digit(value: float) -> float:
    """One unit of the last digit that a value is printed with: the tolerance if none is stated."""
    exponent = Decimal(str(value)).as_tuple().exponent
    assert isinstance(exponent, int)
    return float(10.0**exponent)


# --- contracts -----------------------------------------------------------------------------------


@cache
def definitions(source: str) -> Mapping[str, Definition]:
    """The contracts of `std.<module>`, or of `contracts.rfos` for the empty name."""
    folder = standard_library()
    path = folder / f"{source.removeprefix('std.')}.rfos" if source else OWN

    def library(module: str) -> str:
        return (folder / f"{module.removeprefix('std.')}.rfos").read_text(encoding="utf-8")

    analysis = analyse(path.read_text(encoding="utf-8"), path.name, library)
    assert not analysis.diagnostics, [each.message for each in analysis.diagnostics]
    return analysis.definitions


def found(case: Case) -> float:
    """What a case asks for, by the method that is best for it."""
    source, _, name = case.contract.rpartition(".")
    definition = definitions(source)[name]
    read, problems = read_arguments(definition, case.arguments)
    assert read is not None, [each.message for each in problems]
    lowered, problems = lower(definition, shape_of(definition, read))
    assert lowered is not None, [each.message for each in problems]
    terms, problems = bind(lowered, read, case.start)
    assert terms is not None, [each.message for each in problems]
    asked = case.greek is not None
    valuation = valued(lowered.program, terms, case.market, greeks=asked)
    return valuation.value if case.greek is None else case.greek(valuation)


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
    """Arguments of a contract on BTC in USD that expires after a time, exact to the nanosecond."""
    fixed = {"underlying": "BTC", "cash": "USD", "expiry": instant_after(years)}
    units = {"payout": "USD", "rebate": "USD", "units": "BTC"}
    return fixed | {
        name: f"{Decimal(repr(number)):f} {units.get(name, 'USD/BTC')}"
        for name, number in numbers.items()
    }


def instant_after(years: float) -> str:
    """The instant after a time in years of 365 days."""
    return show_instant(TODAY + round(years * YEAR))


# --- rows ----------------------------------------------------------------------------------------


def case_for(row: Row) -> Case | None:
    """The case that a row is a value of; None if it is not supported."""
    match row.product, row.test:
        case ("europeanoption", "testValues") | ("european_put", _):
            return _european(row.fields)
        case "europeanoption", "testGreekValues":
            return _greek(row)
        case "barrieroption", "testHaugValues":
            return _barrier(row.fields)
        case "barrieroption", "testBabsiriValues":
            return _babsiri(row.fields)
        case "softbarrieroption", _ if row.fields["L"] == row.fields["U"]:
            return _barrier({**row.fields, "barrier": row.fields["L"], "rebate": 0.0})
        case "softbarrieroption", _:
            return _soft_barrier(row.fields)
        case "lookbackoptions", "testAnalyticContinuousFloatingLookback":
            return _lookback("Floating", row.fields)
        case "lookbackoptions", "testAnalyticContinuousFixedLookback":
            return _lookback("Fixed", row.fields)
        case "digitaloption", "testGapEuropeanValues":
            return _gap(row.fields)
        case "digitaloption", test:
            return _touch(row.fields, test)
        case "binaryoption", _:
            return _binary(row.fields)
        case "jumpdiffusion", "testMerton76":
            return _merton(row.fields)
        case "basketoption", "testEuroTwoValues":
            return _two_assets(row.fields)
        case "margrabeoption", "testEuroExchangeTwoAssets":
            return _exchange(row.fields)
        case "basket_spread_european", _ if len(row.fields["underlyings"]) == 2:
            return _spread(row.fields)
        case "doublebarrieroption", "testEuropeanHaugValues":
            return _double_barrier(row.fields)
        case "doublebinaryoption", _:
            return _double_binary(row.fields)
        case _:
            return None


def _european(fields: Fields) -> Case:
    contract = f"std.options.European{fields['type']}"
    return Case(contract, arguments(fields["t"], strike=fields["strike"]), market(fields))


MEASURED: Mapping[int, Callable[[Valuation, Fields], float]] = {
    404: lambda found, _: found.greek("delta").value,
    405: lambda found, _: found.greek("delta").value,
    407: lambda found, fields: found.greek("delta").value * fields["s"] / found.value,
    409: lambda found, _: found.greek("gamma").value,
    410: lambda found, _: found.greek("gamma").value,
    412: lambda found, _: found.greek("vega").value,
    413: lambda found, _: found.greek("vega").value,
    415: lambda found, _: found.greek("theta").value,
    417: lambda found, _: found.greek("theta").value / 365,
    419: lambda found, _: found.greek("rho").value,
    421: lambda found, _: found.greek("carry").value,
}
"""Which Greek stands in which line of the table; the file itself does not say."""


def _greek(row: Row) -> Case | None:
    case = _european(row.fields)
    measure = MEASURED.get(row.line)
    if measure is None:
        return None
    return Case(
        case.contract, case.arguments, case.market, lambda found: measure(found, row.fields)
    )


_BARRIERS = {"DownOut": "DownAndOut", "DownIn": "DownAndIn", "UpOut": "UpAndOut", "UpIn": "UpAndIn"}


def _barrier(fields: Fields) -> Case | None:
    """Out: the rebate at the touch; in: the rebate at expiry."""
    if fields.get("exType", "european") != "european":
        return None
    kind, wing = fields["barrierType"], fields["type"]
    numbers = {name: fields[name] for name in ("strike", "barrier", "rebate")}
    name = f"{_BARRIERS[kind]}{wing}"
    contract = name if name in definitions("") else f"std.barriers.{name}"
    return Case(contract, arguments(fields["t"], **numbers), market(fields))


def _babsiri(fields: Fields) -> Case:
    """Spot 100, rate 5 %, yield 2 %, one year, no rebate: stated in the paper, not in the row."""
    numbers = {"s": 100.0, "r": 0.05, "q": 0.02, "v": fields["volatility"], "t": 1.0, "rebate": 0.0}
    row = {**numbers, "strike": fields["strike"], "barrier": fields["barrier"]}
    case = _barrier({**row, "barrierType": fields["type"], "type": "Call"})
    assert case is not None
    return case


def _gap(fields: Fields) -> Case:
    """The row's strike is the trigger; the amount paid is S - 57 (Haug's example)."""
    numbers = arguments(fields["t"], strike=57.0, trigger=fields["strike"])
    return Case(f"std.options.Gap{fields['type']}", numbers, market(fields))


def _touch(fields: Fields, test: str) -> Case:
    """A digital of 15 in cash, or of one unit of the asset, on touching the strike."""
    side = "Up" if fields["type"] == "Call" else "Down"
    paid = {"payout": 15.0, "units": 0.0} if "Cash" in test else {"payout": 0.0, "units": 1.0}
    if fields["knockin"] == "false":
        contract = f"NoTouch{side}"
    else:
        contract = f"OneTouch{side}" if "AtHit" in test else f"Touch{side}AtExpiry"
    contract = f"std.touches.{contract}"
    return Case(contract, arguments(fields["t"], level=fields["strike"], **paid), market(fields))


def _binary(fields: Fields) -> Case:
    """Cash, or for no cash one unit of the asset, if S ends beyond the strike and the barrier was
    touched (or was not)."""
    paid = {"payout": fields["cash"], "units": 0.0 if fields["cash"] else 1.0}
    contract = f"std.barrier_binaries.{_BARRIERS[fields['barrierType']]}Binary{fields['type']}"
    levels = {"level": fields["barrier"], "strike": fields["strike"]}
    return Case(contract, arguments(fields["t"], **levels, **paid), market(fields))


def _soft_barrier(fields: Fields) -> Case | None:
    if (fields["barrierType"], fields["type"]) != ("DownOut", "Call"):
        return None
    levels = {"low": fields["L"], "high": fields["U"], "strike": fields["strike"]}
    return Case("std.windows.SoftDownAndOutCall", arguments(fields["t"], **levels), market(fields))


def _lookback(kind: str, fields: Fields) -> Case:
    """`minmax` is the extreme so far: what was observed a day ago, when the contract began."""
    strike = {"strike": fields["strike"]} if kind == "Fixed" else {}
    seen = replace(market(fields), fixings={SPOT: {YESTERDAY: float(fields["minmax"])}})
    contract = f"std.lookbacks.{kind}Lookback{fields['type']}"
    return Case(contract, arguments(fields["t"], **strike), seen, start=YESTERDAY)


def _merton(fields: Fields) -> Case:
    """`v` is the volatility with jumps, of which `gamma` is the jumps' share of variance; a jump
    leaves the price as it is on average."""
    variance, share, intensity = fields["v"] ** 2, fields["gamma"], fields["jumpIntensity"]
    jump_variance = variance * share / intensity
    case = _european({**fields, "v": (variance * (1 - share)) ** 0.5})
    jumps = {PAIR: Jumps(intensity, -jump_variance / 2, jump_variance**0.5)}
    return replace(case, market=replace(case.market, jumps=jumps))


def _double_barrier(fields: Fields) -> Case | None:
    if fields["exType"] != "european":
        return None
    kind = fields["barrierType"].removeprefix("Knock")
    contract = f"std.double_barriers.Double{kind}{fields['type']}"
    levels = {"low": fields["barrierlo"], "high": fields["barrierhi"], "strike": fields["strike"]}
    return Case(contract, arguments(fields["t"], **levels), market(fields))


_DOUBLE_BINARIES = {
    "KnockOut": "DoubleNoTouch",
    "KnockIn": "DoubleTouch",
    "KIKO": "TouchLowBeforeHigh",
    "KOKI": "TouchHighBeforeLow",
}


def _double_binary(fields: Fields) -> Case:
    """Cash at expiry if none (or any) was touched; cash at the touch of one before the other."""
    contract = f"std.touches.{_DOUBLE_BINARIES[fields['barrierType']]}"
    numbers = {"low": fields["barrier_lo"], "high": fields["barrier_hi"], "payout": fields["cash"]}
    return Case(contract, arguments(fields["t"], **numbers), market(fields))


OTHER = ("ETH", "USD")


def _two_asset_market(fields: Fields) -> Market:
    """`s1`, `v1`, `q1` of BTC, `s2`, `v2`, `q2` of ETH, correlated by `rho`."""
    return Market(
        as_of=TODAY,
        spots={PAIR: fields["s1"], OTHER: fields["s2"]},
        volatilities={PAIR: flat_volatility(fields["v1"]), OTHER: flat_volatility(fields["v2"])},
        rates={"USD": flat_rate(fields["r"])},
        yields={"BTC": flat_rate(fields["q1"]), "ETH": flat_rate(fields["q2"])},
        correlations={frozenset((PAIR, OTHER)): fields["rho"]},
    )


def _two_asset_case(contract: str, fields: Fields, **numbers: str) -> Case:
    fixed = {"first": "BTC", "second": "ETH", "cash": "USD", "expiry": instant_after(fields["t"])}
    strike = f"{Decimal(repr(fields['strike'])):f} USD"
    return Case(contract, {**fixed, "strike": strike, **numbers}, _two_asset_market(fields))


def _two_assets(fields: Fields) -> Case | None:
    match fields["basketType"]:
        case "MaxBasket":
            return _two_asset_case(f"std.rainbows.BestOf{fields['type']}", fields)
        case "MinBasket":
            return _two_asset_case(f"std.rainbows.WorstOf{fields['type']}", fields)
        case "SpreadBasket":
            # The table is of options on futures, whose forwards are what they cost now.
            futures = {**fields, "q1": fields["r"], "q2": fields["r"]}
            contract = f"std.rainbows.Basket{fields['type']}"
            return _two_asset_case(contract, futures, much="1 BTC", more="-1 ETH")
        case _:
            return None


def _exchange(fields: Fields) -> Case:
    """So much of the first asset for so much of the second."""
    much, more = f"{fields['Q1']} BTC", f"-{fields['Q2']} ETH"
    return _two_asset_case("std.rainbows.BasketCall", {**fields, "strike": 0}, much=much, more=more)


def _spread(fields: Fields) -> Case:
    much, more = (f"{Decimal(repr(weight)):f}" for weight in fields["weights"])
    ((correlation,),) = fields["rho"]
    row = {**fields, "rho": correlation}
    for k in (0, 1):
        row |= {f"s{k + 1}": fields["underlyings"][k], f"v{k + 1}": fields["vols"][k]}
        row |= {f"q{k + 1}": fields["q"][k]}
    contract = f"std.rainbows.Basket{fields['type']}"
    return _two_asset_case(contract, row, much=f"{much} BTC", more=f"{more} ETH")


# --- the report ----------------------------------------------------------------------------------


def judged(row: Row) -> Verdict:
    """The verdict on a row."""
    case = case_for(row)
    if case is None:
        return Verdict(row, None)
    try:
        return Verdict(row, found(case))
    except Exception as problem:
        return Verdict(row, None, repr(problem))


def counted(verdicts: Iterable[Verdict]) -> dict[str, Counter[str]]:
    """How many rows of each product passed, failed, or are unsupported."""
    found: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.row.product, Counter())[verdict.outcome] += 1
    return found


def main(file: str, as_json: bool) -> int:
    """Prints the report; 1 if a row failed."""
    verdicts = [judged(row) for row in rows(Path(file).read_text(encoding="utf-8"))]
    products = counted(verdicts)
    failed = [verdict for verdict in verdicts if verdict.outcome == "failed"]
    if as_json:
        shown = [
            {"product": v.row.product, "source": v.row.source, "expected": v.row.expected}
            | {"found": v.found, "tolerance": v.row.tolerance, "problem": v.problem}
            for v in failed
        ]
        print(json.dumps({"products": products, "failed": shown}, indent=2))
        return bool(failed)
    print(f"{'product':28} passed failed unsupported")
    for product, counts in products.items():
        print(f"{product:28} {counts['passed']:6} {counts['failed']:6} {counts['unsupported']:11}")
    for verdict in failed:
        row = verdict.row
        print(
            f"{row.product} {row.source}: {row.expected}, found {verdict.found} {verdict.problem}"
        )
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--json" in sys.argv))
