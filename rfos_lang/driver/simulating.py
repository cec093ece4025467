"""What the simulator's worlds are made of: contracts of the standard library with terms around a
price of 100, compiled and ready to be listed.
"""

from typing import Any

from rfos_lang.driver.blocks import FeedPlan, Listing
from rfos_lang.driver.compilation import compiled_policy
from rfos_lang.driver.opening import Source, analysed
from rfos_lang.driver.plan import Context, Open, plan
from rfos_lang.driver.scenario import Scenario
from rfos_lang.semantics.policy import Policy
from rfos_runtime.records.commands import DefinePolicy, RegisterFeed
from rfos_runtime.simulation.recipe import Offer
from rfos_runtime.simulation.worlds import Supply

BEGIN, END = "2030-01-01T00:00Z", "2030-03-01T00:00Z"

_PAIR = {"underlying": "BTC", "cash": "USD"}
_CASH = {"cash": "USD"}
_DAYS = "[2030-01-02, 2030-01-03, 2030-01-05]"
_NOTE = {
    "basket": "[BTC]",
    "notional": "200 USD",
    "observations": _DAYS,
    "autocall": "100%",
    "coupon_barrier": "80%",
    "knock_in": "60%",
    "coupon": "5%",
}
_LEG = {"notional": "150 USD", "rate": "6%", "leg": "[2030-01-01, 2030-01-03, 2030-01-05]"}
_BARRIER = {"strike": "100", "barrier": "80", "rebate": "3 USD", "expiry": "2030-01-03"}
_DELIVERY = {"bond": "BTC", "face": "0.5 BTC", "price": "60 USD", "deadline": "2030-01-02"}
_FIXED = {"ccy": "BTC", "notional": "100 USD", "price": "100", "fixing_date": "2030-01-01T04:00Z"}

_NARROW = {"low": "265", "high": "265.000000000000000001"}
_ETHER = {"underlying": "ETH", "cash": "USD"}

INSTRUMENTS: dict[str, tuple[str, dict[str, str]]] = {
    "call 100": (
        "options.EuropeanCall",
        {**_PAIR, "strike": "100", "expiry": "2030-01-01T10:00Z"},
    ),
    "call 90": ("options.EuropeanCall", {**_PAIR, "strike": "90", "expiry": "2030-01-04"}),
    "put 100": ("options.EuropeanPut", {**_PAIR, "strike": "100", "expiry": "2030-01-02"}),
    "put 120": ("options.EuropeanPut", {**_PAIR, "strike": "120", "expiry": "2030-01-01T06:00Z"}),
    "digital": (
        "options.CashOrNothingCall",
        {**_PAIR, "strike": "101", "payout": "50 USD", "expiry": "2030-01-02"},
    ),
    "american put": ("options.AmericanPut", {**_PAIR, "strike": "100", "expiry": "2030-01-03"}),
    "asian call": ("options.AsianCall", {**_PAIR, "strike": "100", "fixings": _DAYS}),
    "asian put": ("options.AsianPut", {**_PAIR, "strike": "100", "fixings": _DAYS}),
    "bermudan put": ("early_exercise.BermudanPut", {**_PAIR, "strike": "100", "dates": _DAYS}),
    "knock-out put": ("barriers.DownAndOutPut", {**_PAIR, **_BARRIER}),
    "forward": ("forwards.Forward", {**_PAIR, "price": "100", "expiry": "2030-01-02"}),
    "fixed forward": ("fx.NonDeliverableForward", {**_CASH, **_FIXED}),
    "future": ("futures.Future", {**_PAIR, "expiry": "2030-01-03"}),
    "short future": ("futures.Future", {**_PAIR, "expiry": "2030-01-01T05:00Z"}),
    "perpetual": ("futures.PerpetualFuture", {**_PAIR, "size": "1 BTC"}),
    "note": ("notes.Autocallable", {**_CASH, **_NOTE}),
    "loan": ("loans.BulletLoan", {**_CASH, **_LEG}),
    "escrow": ("delivery.Escrow", {**_CASH, "amount": "120 USD", "deadline": "2030-01-02"}),
    "delivery": ("delivery.DeliveryVersusPayment", {**_CASH, **_DELIVERY}),
    "prediction": (
        "events.PredictionMarket",
        {**_CASH, "event": "rain", "stake": "40 USD", "deadline": "2030-01-03"},
    ),
    "ether call": (
        "options.EuropeanCall",
        {**_ETHER, "strike": "100", "expiry": "2030-01-02"},
    ),
    "ether put": ("options.EuropeanPut", {**_ETHER, "strike": "95", "expiry": "2030-01-03"}),
    "ether future": ("futures.Future", {**_ETHER, "expiry": "2030-01-02"}),
    "worst of two": ("notes.Autocallable", {**_CASH, **_NOTE, "basket": "[BTC, ETH]"}),
    "vault": ("vaults.Vault", {"coll": "BTC", "cash": "USD"}),
    "freezing call": (
        "windows.SoftDownAndOutCall",
        {**_PAIR, **_NARROW, "strike": "999999900", "expiry": "2030-01-01T03:00Z"},
    ),
}
"""By the name of an instrument its contract and terms. The freezing call overflows at its expiry
if the price was ever below 95; its writer locks 100 USD."""

FEEDS = {
    "spot(BTC, USD)": "100",
    "spot(ETH, USD)": "100",
    "volatility(BTC, USD)": "80%",
    "volatility(ETH, USD)": "90%",
    "rate(USD)": "2%",
    "yield(BTC)": "1%",
    "yield(ETH)": "3%",
    "quote(perpetual)": "100",
    "official_rate(BTC, USD)": "100",
    "outcome(rain)": "1",
}

POLICIES = """
asset USD in 2 decimals
asset BTC in 8 decimals
asset ETH in 18 decimals

margin Grid in USD {
    scenarios: spot in [-20%, 0%, 20%], volatility in [-25%, 25%]
    maintenance: worst_loss + 1% * gross_notional * concentration
    initial: 130% * maintenance
}

margin Alone in USD {
    scenarios: spot in [-10%, -5%, 5%, 10%], volatility in [0%]
    maintenance: max(worst_loss + 15% * (standalone_loss - worst_loss), 2% * net_notional)
    initial: 125% * maintenance
}

margin Secured in USD {
    scenarios: spot in [-10%, 0%, 10%], volatility in [0%]
    haircuts: 20% of BTC
    maintenance: worst_loss
    initial: 120% * maintenance
}

margin Mixed in USD {
    scenarios: spot in [-15%, 15%], volatility in [0%]
    haircuts: 25% of ETH, 7.5% of BTC
    maintenance: worst_loss + 1% * net_notional
    initial: 120% * maintenance
}
"""
"""Margin policies that accounts may elect."""


def _policies() -> tuple[DefinePolicy, ...]:
    source = Source("simulation", POLICIES)
    found = analysed(source, lambda module: None).policies.values()
    return tuple(
        DefinePolicy(
            compiled_policy(policy, source.text),
            tuple(f"spot({each.asset}, {policy.asset})" for each in policy.haircuts),
        )
        for policy in found
    )


def _no_policy(target: str) -> tuple[Policy, Source]:
    raise AssertionError("policies of worlds stand in no file")


def supply(open_: Open) -> Supply:
    """Compiles what worlds are made of."""
    scenario = Scenario.model_validate(
        {
            "title": "what worlds are made of",
            "from": BEGIN,
            "to": END,
            "feeds": {name: {"value": value} for name, value in FEEDS.items()},
            "accounts": {"ann": {}},
            "instruments": {name: instrument(name) for name in INSTRUMENTS},
        }
    )
    source = Source("simulation", "")
    made = plan(Context(scenario, source, open_, lambda name: "", _no_policy))
    return Supply(
        scenario.begin,
        tuple(map(offer, made.listings)),
        tuple(map(registration, made.feeds)),
        made.places,
        made.issuers,
        _policies(),
    )


def offer(listing: Listing) -> Offer:
    """A listing as the simulator has it."""
    return Offer(
        listing.name,
        listing.artefact,
        listing.command,
        listing.premium_asset,
        listing.choices,
        listing.amounts,
    )


def registration(feed: FeedPlan) -> RegisterFeed:
    """A feed of one reporter."""
    return RegisterFeed(feed.name, ("r1",), 1, feed.staleness, feed.lowest, feed.highest)


def instrument(name: str) -> dict[str, Any]:
    """An instrument of worlds as a scenario names it."""
    contract, terms = INSTRUMENTS[name]
    parties = {"parties": {"arbiter": "ann"}} if name == "escrow" else {}
    return {"contract": f"std.{contract}", "with": terms, **parties}
