"""Contracts that gather what they observe along dates, as instances, for the properties that all
readings share."""

from functools import cache

from rfos_lang.base.instant import parse_instant
from rfos_lang.core.binding import instantiate
from rfos_lang.semantics.analyse import analyse
from tests.generators.handmade import START, Instance
from tests.semantics.rejected import library

BEGIN = "2026-01-01"
DAYS = "schedule(first: 2026-01-05, last: 2026-02-02, step: 1w)"
MONTHS = "schedule(first: 2026-01-05, last: 2026-05-05, step: 1M)"
assert parse_instant(BEGIN) == START

CLIQUET = """
contract Cliquet(share, cash: Asset, notional: cash, resets: Schedule, cap: Number)
between holder, writer {
    let S = spot(share, cash)
    let r(t: Date): Number = (S at t) / (S at t.previous) - 1
    let total = sum(clamp(r(t), -cap, cap) for t in tail(resets))
    at last(resets) { writer pays holder notional * max(total, 0) }
}
"""

GROWTH = """
contract Growth(share, cash: Asset, leg: Schedule) between payer, receiver {
    let S = spot(share, cash)
    at each p in periods(leg) {
        let days = business_days(p, TARGET)
        let g = product((S at d.end) / (S at d.start) for d in periods(days))
        let inside = count(S >= 65_000 cash/share and S < 90_000 cash/share on days)
        payer pays receiver net 10_000 cash * (g - 1) on p.end + 2bd(TARGET)
        payer pays receiver 100 cash * inside / size(days)
        payer pays receiver 1 share * (max(S at t for t in days) - min(S at t for t in days))
    }
}
"""

DAILY = """
contract Daily(share, cash: Asset, leg: Schedule) between payer, receiver {
    let S = spot(share, cash)
    at each p in periods(leg) {
        let open = count(S > 65_000 cash/share on business_days(p, WEEKENDS))
        payer pays receiver 10 cash * open
        payer pays receiver 1 cash * mean(if t < t then 1 else 2 for t in leg.after(p.start))
    }
}
"""

VARIANCE = """
contract VarianceSwap(share, cash: Asset, notional: cash, strike: Number, days: Schedule)
between long, short {
    let S = spot(share, cash)
    let returns = sum(log((S at t) / (S at t.previous)) ^ 2 for t in tail(days))
    let variance = 252 / (size(days) - 1) * returns
    let growth = exp(mean(log(S / (1_000 cash/share)) on days))
    at last(days) {
        short pays long net notional / (2 * strike) * (variance - strike ^ 2)
        short pays long net notional * (round(sqrt(variance), 0.0001) - strike)
        short pays long round(notional * growth ^ (1 / size(days)))
    }
}
"""

FUNDED = """
contract Funded(share, cash: Asset, expiry: Date) between long, short {
    let S = spot(share, cash)
    let low = count(S < 60_000 cash/share on every(12h))
    at each t in every(1d) { long pays short 0.01 share * S }
    at expiry { short pays long 100 cash * low }
}
"""

FUNDING = """
perpetual contract Funding(share, cash: Asset) between long, short {
    at each t in every(1d) { long pays short 0.01 share * spot(share, cash) }
}
"""


@cache
def made(text: str, **arguments: str) -> Instance:
    """An instance of the one contract of a text, which begins at the beginning of 2026."""
    (definition,) = analyse(text, "dated.rfos", library).definitions.values()
    pair = {"share": "BTC", "cash": "USD"}
    instance, problems = instantiate(definition, {**pair, **arguments}, START)
    assert instance is not None, problems
    return Instance(instance.lowered.program, instance.terms)


def cliquet() -> Instance:
    return made(CLIQUET, notional="10_000", resets=DAYS, cap="5%")


def growth() -> Instance:
    return made(GROWTH, leg=MONTHS)


def daily() -> Instance:
    """Periods of a day, some without any business day: the next begins as one is read."""
    return made(DAILY, leg="schedule(first: 2026-01-05, last: 2026-01-19, step: 1d)")


def variance_swap() -> Instance:
    return made(VARIANCE, notional="1_000", strike="20%", days=DAYS)


def funded() -> Instance:
    """Dates by a rule that ends with the contract."""
    return made(FUNDED, expiry="2026-01-12T06:00Z")


def funding() -> Instance:
    """Dates by a rule that never ends."""
    return made(FUNDING)


EVERY = (cliquet, growth, daily, variance_swap, funded)
