"""A chain of listed options as a CSV file tells it.

A quote that somebody could earn from without risk is dropped: one whose bid is above its ask, one
that costs more than a mixture of its neighbours, one that costs more than options that expire
later. It is told with its strike, its expiry and the gain. A price counts only if both its market
and its mark say so.

A row is one option. Columns that must be there: `ts_utc`, when it was quoted;
`expiry_utc`; `strike_usd`; `option_type`, call or put; `underlying_price`, the forward of its
expiry; `mark_iv_pct`, the implied volatility in percent. If they are there, `bid_price_btc` and
`ask_price_btc` (per unit of the forward) weigh it, `index_price` is the spot, and
`instrument_name` names the asset, as in BTC-25SEP20-9000-C. Other columns are left alone.
"""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from math import isfinite, log, sqrt
from statistics import median

import numpy as np

from rfos_lang.base.instant import parse_instant, show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.calibration.black import black
from rfos_lang.valuation.calibration.sound import Priced, bent, early
from rfos_lang.valuation.curve import years_between

NEEDED = ("ts_utc", "expiry_utc", "strike_usd", "option_type", "underlying_price", "mark_iv_pct")
CASH = "USD"
"""What strikes are in."""
NEAREST = 1.0 / 365.0
"""Options that expire within a day are left out: what is left of their life is no smile's."""
LEAST_QUOTES = 6
ROUNDED = 5e-5
"""How far a published volatility may be off by rounding."""


@dataclass(frozen=True, slots=True)
class Quote:
    """An option. `level` is the logarithm of strike over forward, `spread` the
    width of its market per unit of the forward; 0 where there is none."""

    strike: float
    level: float
    volatility: float
    spread: float


@dataclass(frozen=True, slots=True)
class Expiry:
    """The quotes of one expiry, by strike."""

    instant: int
    years: float
    forward: float
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A quote that cannot be right, and why."""

    instant: int
    strike: float
    why: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The options of one asset at one instant. `left_out` says for each expiry that is not used
    why, `dropped` for each quote."""

    asset: str
    as_of: int
    spot: float
    expiries: tuple[Expiry, ...]
    left_out: tuple[tuple[int, str], ...]
    dropped: tuple[Dropped, ...]


def read_chain(text: str) -> Chain:
    """The chain of a CSV text. Raises Refused E0633."""
    rows = _rows(text)
    as_of = max(row.published for row in rows)
    expiries, left_out, dropped = [], [], []
    known = {row.expiry: years_between(as_of, row.expiry) for row in rows}
    uncrossed, crossed = _uncrossed(rows)
    far = {instant: years for instant, years in sorted(known.items()) if years >= NEAREST}
    options = {
        instant: _by_strike([row for row in uncrossed if row.expiry == instant]) for instant in far
    }
    sound, wrong = _sound(options, far)
    dropped = sorted([*crossed, *wrong], key=lambda each: (each.instant, each.strike))
    for instant in sorted(known):
        if instant not in far:
            left_out.append((instant, "it expires within a day"))
        elif len(sound[instant]) < LEAST_QUOTES:
            left_out.append((instant, f"it has fewer than {LEAST_QUOTES} strikes"))
        else:
            expiries.append(_expiry(instant, far[instant], sound[instant], rows))
    if not expiries:
        count = f", without the {len(dropped)} that cannot be right" if dropped else ""
        problem = f"no expiry has {LEAST_QUOTES} strikes and a day to go{count}"
        raise Refused("E0633", problem=problem)
    indices = [row.spot for row in rows if row.spot is not None]
    spot = median(indices) if indices else expiries[0].forward
    return Chain(rows[0].asset, as_of, spot, tuple(expiries), tuple(left_out), tuple(dropped))


def _rows(text: str) -> list["_Row"]:
    """The rows of a CSV text, at least one. Raises Refused E0633."""
    try:
        reader = csv.DictReader(StringIO(text))
        if missing := [name for name in NEEDED if name not in (reader.fieldnames or ())]:
            raise Refused("E0633", problem=f"it has no column `{missing[0]}`")
        rows = [_row(row, line) for line, row in enumerate(reader, start=2)]
    except csv.Error as error:
        raise Refused("E0633", problem=f"it is no CSV: {error}") from None
    if not rows:
        raise Refused("E0633", problem="it has no row")
    if len(assets := {row.asset for row in rows}) > 1:
        raise Refused("E0633", problem=f"it has options of {' and '.join(sorted(assets))}")
    return rows


@dataclass(frozen=True, slots=True)
class _Row:
    asset: str
    published: int
    expiry: int
    is_call: bool
    strike: float
    forward: float
    spot: float | None
    bid: float
    ask: float
    quote: Quote


def _row(row: Mapping[str, str], line: int) -> _Row:
    def number(name: str) -> float:
        try:
            found = float(row[name])
        except (TypeError, ValueError):
            found = float("nan")
        if not isfinite(found) or found <= 0:
            problem = f"line {line}: `{name}` is {row[name]!r}, not a number above zero"
            raise Refused("E0633", problem=problem)
        return found

    def instant(name: str) -> int:
        try:
            return parse_instant(row[name] or "")
        except Refused:
            problem = f"line {line}: `{name}` is {row[name]!r}, not an instant"
            raise Refused("E0633", problem=problem) from None

    if row["option_type"] not in ("call", "put"):
        problem = f"line {line}: `option_type` is {row['option_type']!r}, neither call nor put"
        raise Refused("E0633", problem=problem)
    strike, forward = number("strike_usd"), number("underlying_price")
    bid, ask = (_amount(row.get(f"{side}_price_btc")) for side in ("bid", "ask"))
    quoted = bid > 0 and ask > bid
    level, volatility = log(strike / forward), number("mark_iv_pct") / 100
    return _Row(
        (row.get("instrument_name") or "BTC").partition("-")[0],
        instant("ts_utc"),
        instant("expiry_utc"),
        row["option_type"] == "call",
        strike,
        forward,
        _amount(row.get("index_price")) or None,
        bid,
        ask,
        Quote(strike, level, volatility, ask - bid if quoted else 0.0),
    )


def _amount(text: str | None) -> float:
    """A number that may be missing, then 0."""
    try:
        found = float(text or 0)
    except ValueError:
        return 0.0
    return found if isfinite(found) else 0.0


def _by_strike(rows: Sequence[_Row]) -> list[_Row]:
    """One option a strike: of a call and a put the one out of the money, which tells more."""
    ordered = sorted(rows, key=lambda row: (row.strike, row.is_call == (row.strike >= row.forward)))
    return list({row.strike: row for row in ordered}.values())


def _expiry(instant: int, years: float, options: Sequence[_Row], rows: Sequence[_Row]) -> Expiry:
    forward = median(row.forward for row in rows if row.expiry == instant)
    return Expiry(instant, years, forward, tuple(row.quote for row in options))


# --- quotes that cannot be right -----------------------------------------------------------------


def _uncrossed(rows: Sequence[_Row]) -> tuple[list[_Row], list[Dropped]]:
    """Options whose market is one, and those whose bid is above their ask."""
    crossed = [row for row in rows if row.bid > row.ask > 0]
    why = "its bid is above its ask"
    dropped = [Dropped(row.expiry, row.strike, why) for row in crossed]
    return [row for row in rows if row not in crossed], dropped


def _sound(
    options: Mapping[int, list[_Row]], years: Mapping[int, float]
) -> tuple[dict[int, list[_Row]], list[Dropped]]:
    """The options by expiry without those that somebody could earn from without risk: first the
    worst of those that cost more than their neighbours, then those that cost more than later ones.
    """
    left, dropped = {instant: list(rows) for instant, rows in options.items()}, []
    for instant, rows in left.items():
        while found := bent([_priced(row, years[instant]) for row in rows]):
            row = rows.pop(found[0])
            why = f"options on both sides of it cost {_money(found[1], row)} less"
            dropped.append(Dropped(instant, row.strike, why))
    instants = list(left)
    while found_early := early([[_priced(r, years[at]) for r in left[at]] for at in instants]):
        for number, at, gap in reversed(found_early):
            row = left[instants[number]].pop(at)
            day = show_instant(instants[number + 1]).partition("T")[0]
            why = f"calls that expire on {day} cost {_money(gap, row)} less"
            dropped.append(Dropped(instants[number], row.strike, why))
    return left, dropped


def _money(gap: float, row: _Row) -> str:
    return f"{gap * row.forward:.3g} {CASH}"


def _priced(row: _Row, years: float) -> Priced:
    """An option as a call: what it is sold and bought for, and its mark, which is rounded."""
    quote, parity = row.quote, 0.0 if row.is_call else 1 - row.strike / row.forward
    k = np.array([quote.level])
    low, high = (
        float(black(k, np.array([max(quote.volatility + by, 1e-6) * sqrt(years)]))[0])
        for by in (-ROUNDED, ROUNDED)
    )
    bid, ask = (
        side + parity if side > 0 else mark for side, mark in ((row.bid, low), (row.ask, high))
    )
    return Priced(quote.level, min(low, bid), max(high, ask))
