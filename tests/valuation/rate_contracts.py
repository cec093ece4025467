"""Contracts on rates for the tests, and the markets that they are valued on."""

from dataclasses import replace

from rfos_lang.base.instant import parse_instant
from rfos_lang.core.arguments import read_arguments, shape_of
from rfos_lang.core.binding import bind
from rfos_lang.core.lowering import lower
from rfos_lang.core.program import Program, Terms
from rfos_lang.valuation.market import Market, parse_market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.rates.hull_white import HullWhite
from rfos_lang.valuation.result import Valuation
from tests.valuation.averages import definitions

TODAY = parse_instant("2026-01-01")

TEXT = """
contract Swap(
    cash: Asset,
    notional: cash,
    fixed: Number,
    index: Index,
    leg: Schedule,
) between payer, receiver {
    at each p in periods(leg) {
        payer pays receiver net notional * fixed * year_fraction(p, 30/360) on p.pay
    }
    at each p in periods(leg) {
        let rate = index at p.start
        receiver pays payer net notional * rate * year_fraction(p, act/360) on p.pay
    }
    unsecured
}

contract Swaption(
    cash: Asset,
    notional: cash,
    fixed: Number,
    index: Index,
    leg, dates: Schedule,
) between holder, writer {
    unsecured
    holder may exercise at each t in dates default false {
        become Swap(cash, notional, fixed, index, leg: leg.after(t))
    }
}

contract Caplets(
    cash: Asset,
    notional: cash,
    strike, sign: Number,
    index: Index,
    leg: Schedule,
) between holder, writer {
    at each p in periods(leg) {
        let rate = index at p.start
        let gain = max(sign * (rate - strike), 0)
        writer pays holder notional * gain * year_fraction(p, act/360) on p.pay
    }
    unsecured
}

contract InArrears(
    cash: Asset,
    notional: cash,
    index: Index,
    fixes: Date,
) between holder, writer {
    at fixes { writer pays holder net notional * index }
    unsecured
}

contract Digital(
    cash: Asset,
    notional: cash,
    strike: Number,
    index: Index,
    fixes, paid: Date,
) between holder, writer {
    at paid {
        if (index at fixes) > strike { writer pays holder notional }
    }
    unsecured
}

contract CallableFloater(
    cash: Asset,
    notional: cash,
    strike: Number,
    index: Index,
    leg, calls: Schedule,
) between investor, issuer {
    unsecured
    at each p in periods(leg) {
        let rate = max(index at p.start, strike)
        issuer pays investor net notional * rate * year_fraction(p, act/360)
        if p.is_last { issuer pays investor notional; end }
    }
    issuer may call at each t in calls default false {
        issuer pays investor notional
        end
    }
}
"""

MARKET_TEXT = """\
as_of = 2026-01-01

[rates]
USD = { 2027-01-01 = "4%", 2030-01-01 = "3%", 2040-01-01 = "3.5%" }

[curves]
LIBOR = { 2027-01-01 = "4.2%", 2030-01-01 = "3.3%", 2040-01-01 = "3.9%" }

[hull_white]
USD = { reversion = "3%", volatility = "1%" }

[indices]
USD_6M = { curve = "USD", tenor = "6M", day_count = "act/360" }
LIBOR_3M = { curve = "LIBOR", tenor = "3M", settles = "2bd", calendar = "TARGET" }
LIBOR_6M = { curve = "LIBOR", tenor = "6M", day_count = "act/360" }
OVERNIGHT = { curve = "USD", tenor = "1bd", calendar = "NYC" }
"""


def read_market(text: str = MARKET_TEXT) -> Market:
    """The market of a text."""
    found, problems = parse_market(text, "market.toml")
    assert found is not None, [each.message for each in problems]
    return found


HULL_WHITE = read_market()
CERTAIN = replace(HULL_WHITE, hull_white={})
NOTIONAL = 1_000_000.0


def with_factor(reversion: float, *volatility: tuple[float, float]) -> Market:
    """The market with another factor."""
    return replace(HULL_WHITE, hull_white={"USD": HullWhite(reversion, volatility)})


def bound(
    contract: str, start: int = TODAY, text: str = TEXT, **given: str
) -> tuple[Program, Terms]:
    """An instance of a contract of a text, or of `std.<module>`, in USD."""
    module, _, name = contract.rpartition(".")
    definition = definitions(module or text)[name]
    told = {"cash": "USD", "notional": "1_000_000 USD", **given}
    known = {parameter.name for parameter in definition.parameters}
    read, problems = read_arguments(definition, {k: v for k, v in told.items() if k in known})
    assert read is not None, [each.message for each in problems]
    lowered, problems = lower(definition, shape_of(definition, read))
    assert lowered is not None, [each.message for each in problems]
    terms, problems = bind(lowered, read, start)
    assert terms is not None, [each.message for each in problems]
    return lowered.program, terms


def worth(
    contract: str, market: Market = HULL_WHITE, method: str = "auto", **given: str
) -> Valuation:
    """The value of an instance, without Greeks."""
    return valued(*bound(contract, **given), market, method, 20_000, greeks=False)
