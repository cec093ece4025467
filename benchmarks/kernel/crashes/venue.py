"""What is traded in a crash hour: perpetual futures, options and notes of the standard library, all
of about a thousand dollars a lot, and the feeds that they hang on with the rules of a venue."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.kernel.crashes.hours import AFTER, HOUR, LEADS, MINUTE, Hour
from rfos_lang.base.instant import DAY, show_instant
from rfos_lang.cli.files import opened, opened_policy
from rfos_lang.driver.blocks import Plan
from rfos_lang.driver.opening import Source
from rfos_lang.driver.plan import Context, plan
from rfos_lang.driver.scenario import Scenario
from rfos_runtime.records.block import Report
from rfos_runtime.records.commands import (
    ONE,
    OPERATOR,
    Breaker,
    Command,
    Define,
    DefinePolicy,
    RegisterAsset,
    RegisterFeed,
)

CASH = "USD"
REPORTERS, QUORUM = ("r1", "r2", "r3", "r4"), 3
POLICY = Path(__file__).resolve().parents[3] / "examples" / "portfolio" / "policy.rfos"
BREAKER = Breaker(move=ONE // 10, window=5 * MINUTE, pause=2 * MINUTE)
"""A tenth in five minutes stops openings and auctions for two."""
CALM = 80 * ONE // 100
"""A volatility of 80 % before the fall, and three points more for each point of it: what options
were priced at in these hours is not among the data."""


@dataclass(frozen=True)
class Venue:
    """What is listed for an hour, compiled."""

    hour: Hour

    @cached_property
    def plan(self) -> Plan:
        """The contracts, and the policy that accounts may elect."""
        begin = self.hour.begin
        scenario = Scenario.model_validate(
            {
                "title": f"the crash hour {self.hour.name}",
                "from": self.hour.name,
                "to": show_instant(begin + HOUR + AFTER * MINUTE),
                "feeds": {
                    name: _rules(name, value) for name, value in self.values(self.hour.begin)
                },
                "accounts": {},
                "instruments": dict(_instruments(self.hour)),
                "margin": [{"policy": str(POLICY), "accounts": []}],
            }
        )
        return plan(Context(scenario, Source("crash", ""), opened, lambda name: "", opened_policy))

    @property
    def policy(self) -> bytes:
        """The artefact of the policy."""
        return self.plan.elections[0].artefact

    def opening(self) -> Iterator[Command]:
        """Registers, defines and lists everything."""
        made = self.plan
        for asset, places in made.places.items():
            yield RegisterAsset(asset, places)
        for feed in made.feeds:
            stops = BREAKER if feed.name.startswith("spot") else None
            bounds = feed.staleness, feed.lowest, feed.highest
            yield RegisterFeed(feed.name, REPORTERS, QUORUM, *bounds, breaker=stops)
        yield DefinePolicy(self.policy)
        for artefact in dict.fromkeys(each.artefact for each in made.listings):
            yield Define(OPERATOR, artefact)
        for each in made.listings:
            yield each.command

    def reports(self, minute: int) -> Iterator[Report]:
        """What every reporter has said since the minute before, up to a minute of the hour."""
        until = self.hour.begin + minute * MINUTE
        said = [
            (at, _spot(underlying), price)
            for underlying, path in self.hour.prices.items()
            for at, price in path.items()
            if until - MINUTE < at < until
        ]
        for at, name, value in (*said, *((until, *each) for each in self.values(until))):
            date = at if at % DAY == 0 or at == self.hour.begin else None
            for reporter in REPORTERS:
                yield Report(name, at, value, reporter, date)

    def values(self, at: int) -> Iterator[tuple[str, int]]:
        """The value of each feed at a whole minute."""
        yield f"rate({CASH})", 2 * ONE // 100
        for underlying, path in self.hour.prices.items():
            price = path[at]
            fallen = max(0, ONE - price * ONE // path[self.hour.begin])
            yield _spot(underlying), price
            yield f"quote({underlying.lower()}_perpetual)", price - price * fallen // (10 * ONE)
            yield f"volatility({underlying}, {CASH})", CALM + 3 * fallen
            yield f"yield({underlying})", 0


def _spot(underlying: str) -> str:
    return f"spot({underlying}, {CASH})"


def _rules(name: str, value: int) -> dict[str, Any]:
    """A feed: prices are good for five minutes, and believed from a twentieth to five times."""
    if name.startswith(("spot", "quote")):
        low, high = _decimal(value // 20), _decimal(5 * value)
        return {"value": _decimal(value), "staleness": "5min", "lowest": low, "highest": high}
    return {"value": _decimal(value), "staleness": "5min"}


def _instruments(hour: Hour) -> Iterator[tuple[str, dict[str, Any]]]:
    soon, later = hour.begin + HOUR // 2, _day_after(hour.begin, 1)
    for underlying, path in hour.prices.items():
        name, price = underlying.lower(), path[hour.begin]
        size = f"{_decimal(1_000 * ONE * ONE // price)} {underlying}"
        pair = {"underlying": underlying, "cash": CASH, "size": size}
        yield f"{name}_perpetual", _instrument("futures.PerpetualFuture", pair)
        for contract, part, expiry in (
            ("EuropeanCall", 95, later),
            ("EuropeanCall", 105, later),
            ("EuropeanPut", 95, later),
            ("EuropeanPut", 105, later),
            ("EuropeanPut", 98, soon),
        ):
            terms = {"strike": _decimal(price * part // 100), "expiry": show_instant(expiry)}
            kind = contract.removeprefix("European").lower()
            listed = f"{name}_{kind}_{part}"
            yield listed, _instrument(f"options.{contract}", pair | terms)
    days = ", ".join(show_instant(_day_after(hour.begin, n))[:10] for n in (1, 2, 3))
    for basket in (LEADS, ", ".join(hour.prices)):
        terms = {
            "basket": f"[{basket}]",
            "cash": CASH,
            "notional": f"1_000 {CASH}",
            "observations": f"[{days}]",
            "autocall": "100%",
            "coupon_barrier": "80%",
            "knock_in": "60%",
            "coupon": "1%",
        }
        words = basket.lower().replace(", ", "_")
        yield f"note_on_{words}", _instrument("notes.Autocallable", terms)


def _instrument(contract: str, terms: dict[str, str]) -> dict[str, Any]:
    return {"contract": f"std.{contract}", "with": terms}


def _day_after(instant: int, days: int) -> int:
    return instant - instant % DAY + days * DAY


def _decimal(value: int) -> str:
    """A number with 18 decimals, to four of them."""
    whole, rest = divmod(value * 10**4 // ONE, 10**4)
    return f"{whole}.{rest:04}"
