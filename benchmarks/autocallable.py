"""A worst-of-three autocallable with quarterly observations, beside ORE's scripted trade.

    python -m benchmarks.autocallable [PATHS] [ROUNDS]

The same script is told to both. ORE gives seven Greeks, by automatic differentiation or by moving
the market; ours are fourteen, gammas among them. Beside the times stands how far deltas are from a
reference: differences of ours by the spots on five million other paths, moved by 2 % of themselves.
"""

import sys
from dataclasses import replace
from functools import cache

from benchmarks import ore
from benchmarks.measured import Measured, Side, Target, in_turns, show
from rfos_lang.base.instant import DAY
from rfos_lang.core.program import Program, Terms
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.price import valued
from rfos_lang.valuation.result import Valuation
from tests.valuation.averages import TODAY
from tests.valuation.worst_of import begun

NAMES = ("BTC", "ETH", "SOL")
NOTE = ore.Note(
    names=("AAA", "BBB", "CCC"),
    observations=tuple(
        f"{year}-{month:02d}-01" for year in range(2026, 2030) for month in (1, 4, 7, 10)
    )[1:13],
    spot=100.0,
    volatilities=(0.25, 0.30, 0.35),
    rate=0.04,
    carry=0.01,
    correlation=0.5,
    numbers={
        "Coupon": 0.02,
        "CouponBarrier": 0.8,
        "Autocall": 1.0,
        "KnockIn": 0.6,
        "Notional": 1000.0,
    },
)
TEXT = """
contract Note(
    basket: [Asset],
    cash: Asset,
    notional: cash,
    observations: Schedule,
    autocall, coupon_barrier, knock_in, coupon: Number,
) between investor, issuer {
    let performance(a: Asset): Number = spot(a, cash) / (spot(a, cash) at start)
    let worst = min(performance(a) for a in basket)
    state unpaid: Number = 0

    at each t in observations {
        unpaid += coupon
        if worst >= coupon_barrier {
            issuer pays investor notional * unpaid as "coupon"
            unpaid = 0
        }
        if worst >= autocall { issuer pays investor notional as "redemption"; end }
    }
    at last(observations) {
        let paid = if worst <= knock_in then min(worst, 1) else 1
        issuer pays investor notional * paid as "redemption"
    }
    unsecured
}
"""
MOVED, REFERENCE_PATHS = 0.02, 5_000_000


@cache
def instance() -> tuple[Program, Terms]:
    """The note, begun a day before the market's date."""
    numbers = NOTE.numbers
    given = {
        "basket": f"[{', '.join(NAMES)}]",
        "cash": "USD",
        "notional": str(numbers["Notional"]),
        "observations": f"[{', '.join(NOTE.observations)}]",
        "autocall": str(numbers["Autocall"]),
        "coupon_barrier": str(numbers["CouponBarrier"]),
        "knock_in": str(numbers["KnockIn"]),
        "coupon": str(numbers["Coupon"]),
    }
    return begun(TEXT, given)


def market() -> Market:
    """The same market as ORE's, with the prices that the note began at."""
    pairs = [(name, "USD") for name in NAMES]
    return Market(
        as_of=TODAY,
        spots=dict.fromkeys(pairs, NOTE.spot),
        volatilities={
            pair: flat_volatility(volatility)
            for pair, volatility in zip(pairs, NOTE.volatilities, strict=True)
        },
        rates={"USD": flat_rate(NOTE.rate)},
        yields={name: flat_rate(NOTE.carry) for name in NAMES},
        correlations={
            frozenset((one, other)): NOTE.correlation
            for one in pairs
            for other in pairs
            if one < other
        },
        fixings={f"spot({name}, USD)": {TODAY - DAY: NOTE.spot} for name in NAMES},
    )


def ours(paths: int, greeks: bool) -> Valuation:
    """By our simulation."""
    program, terms = instance()
    return valued(program, terms, market(), "monte_carlo", paths, greeks=greeks)


def reference() -> tuple[float, ...]:
    """Deltas by differences on the same paths, of another seed."""
    program, terms = instance()
    at, found = market(), []
    for name in NAMES:
        pair, values = (name, "USD"), []
        for part in (1 + MOVED, 1 - MOVED):
            moved = replace(at, spots={**at.spots, pair: NOTE.spot * part})
            how = ("monte_carlo", REFERENCE_PATHS, 2, False)
            values.append(valued(program, terms, moved, *how).value)
        found.append((values[0] - values[1]) / (2 * MOVED * NOTE.spot))
    return tuple(found)


def measured(paths: int = 100_000, rounds: int = 3) -> Measured:
    """Seconds of a valuation with its Greeks, and how far deltas are off."""
    ours(paths, True)  # what is compiled once is not told
    found = in_turns(
        {
            "value": lambda: ours(paths, False),
            "greeks": lambda: ours(paths, True),
            "ore value": lambda: ore.run(NOTE, paths, False, False),
            "ore moves": lambda: ore.run(NOTE, paths, False, True),
            "ore adjoint": lambda: ore.run(NOTE, paths, True, True),
        },
        rounds,
    )
    value, greeks = found["value"].found, found["greeks"].found
    peer: ore.Run = found["ore value"].found
    error = value.standard_error or 0.0
    assert abs(value.value - peer.value) <= 4 * 2 * error, (value.value, peer.value)
    known = reference()
    told = {greek.subject: greek.value for greek in greeks.greeks if greek.measure == "delta"}
    off = {
        "rfos": _off(tuple(told[f"spot({name}, USD)"] for name in NAMES), known),
        "moves": _off(_deltas(found["ore moves"].found), known),
        "adjoint": _off(_deltas(found["ore adjoint"].found), known),
    }
    adjoint: ore.Run = found["ore adjoint"].found
    moves: ore.Run = found["ore moves"].found
    return Measured(
        "Worst-of-three autocallable, simulated",
        f"{paths:,} paths of {len(NOTE.observations)} quarterly observations on three prices.",
        (
            Side("rfos, value", found["value"].seconds, f"{value.value:.2f} ± {error:.2f}"),
            Side(
                "rfos, value and all Greeks",
                found["greeks"].seconds,
                f"{len(greeks.greeks)} Greeks, deltas off by {off['rfos']:.1%} at most",
            ),
            Side("ORE, value", peer.seconds, f"{peer.value:.2f}"),
            Side(
                "ORE, value and Greeks by moves",
                moves.seconds,
                f"{len(moves.moved)} Greeks, deltas off by {off['moves']:.1%} at most",
            ),
            Side(
                "ORE, value and Greeks by adjoint",
                adjoint.seconds,
                f"{len(adjoint.moved)} Greeks, deltas off by {off['adjoint']:.1%} at most",
            ),
        ),
        (
            Target(
                "value and all Greeks, time as a part of ORE's by adjoint",
                found["greeks"].seconds / adjoint.seconds,
                1 / 40,
            ),
            Target("largest relative distance of a delta", off["rfos"], 0.02),
        ),
        "compiling the contract, and for ORE reading its files and building its market (its own"
        f" clock of pricings is told). The reference are differences by {MOVED:.0%} of the spots on"
        f" {REFERENCE_PATHS:,} other paths. ORE runs on one thread.",
    )


def _deltas(run: ore.Run) -> tuple[float, ...]:
    """ORE tells what a move of the spot by 1 % changes."""
    return tuple(run.moved[f"EquitySpot/{name}/0/spot"] / (0.01 * NOTE.spot) for name in NOTE.names)


def _off(deltas: tuple[float, ...], known: tuple[float, ...]) -> float:
    return max(abs(a - b) / abs(b) for a, b in zip(deltas, known, strict=True))


if __name__ == "__main__":
    show(
        measured(
            int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
            int(sys.argv[2]) if len(sys.argv) > 2 else 3,
        )
    )
