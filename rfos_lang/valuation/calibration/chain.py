"""A chain of listed options as a CSV file tells it.

A row is one option. Columns that must be there: `ts_utc`, when it was quoted;
`expiry_utc`; `strike_usd`; `option_type`, call or put; `underlying_price`, the forward of its
expiry; `mark_iv_pct`, the implied volatility in percent. If they are there, `bid_price_btc` and
`ask_price_btc` (per unit of the forward) weigh it, `index_price` is the spot, and
`instrument_name` names the asset, as in BTC-25SEP20-9000-C. Other columns are left alone.
"""

import csv
from collections.abc import Mapping
from io import StringIO
from math import isfinite, log
from statistics import median

from rfos_lang.base.instant import parse_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.curve import years_between

NEEDED = ("ts_utc", "expiry_utc", "strike_usd", "option_type", "underlying_price", "mark_iv_pct")
NEAREST = 1.0 / 365.0
"""Options that expire within a day are left out: what is left of their life is no smile's."""
LEAST_QUOTES = 6


@dataclass(frozen=True, slots=True)
class Quote:
    """An option. `level` is the logarithm of strike over forward, `spread` the
    width of its market per unit of the forward; 0 where there is none."""

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
class Chain:
    """The options of one asset at one instant. `left_out` says for each expiry that is not used
    why."""

    asset: str
    as_of: int
    spot: float
    expiries: tuple[Expiry, ...]
    left_out: tuple[tuple[int, str], ...]


def read_chain(text: str) -> Chain:
    """The chain of a CSV text. Raises Refused E0633."""
    rows = _rows(text)
    as_of = max(row.published for row in rows)
    expiries, left_out = [], []
    for instant in sorted({row.expiry for row in rows}):
        of = [row for row in rows if row.expiry == instant]
        years = years_between(as_of, instant)
        found = _expiry(instant, years, of)
        if years < NEAREST:
            left_out.append((instant, "it expires within a day"))
        elif len(found.quotes) < LEAST_QUOTES:
            left_out.append((instant, f"it has fewer than {LEAST_QUOTES} strikes"))
        else:
            expiries.append(found)
    if not expiries:
        raise Refused("E0633", problem=f"no expiry has {LEAST_QUOTES} strikes and a day to go")
    known = [row.spot for row in rows if row.spot is not None]
    spot = median(known) if known else expiries[0].forward
    return Chain(rows[0].asset, as_of, spot, tuple(expiries), tuple(left_out))


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
    spread = _amount(row.get("ask_price_btc")) - _amount(row.get("bid_price_btc"))
    quoted = _amount(row.get("bid_price_btc")) > 0 and spread > 0
    return _Row(
        (row.get("instrument_name") or "BTC").partition("-")[0],
        instant("ts_utc"),
        instant("expiry_utc"),
        row["option_type"] == "call",
        strike,
        forward,
        _amount(row.get("index_price")) or None,
        Quote(log(strike / forward), number("mark_iv_pct") / 100, spread if quoted else 0.0),
    )


def _amount(text: str | None) -> float:
    """A number that may be missing, then 0."""
    try:
        found = float(text or 0)
    except ValueError:
        return 0.0
    return found if isfinite(found) else 0.0


def _expiry(instant: int, years: float, rows: list[_Row]) -> Expiry:
    """One option a strike: of a call and a put the one out of the money, which tells more."""
    ordered = sorted(rows, key=lambda row: (row.strike, row.is_call == (row.strike >= row.forward)))
    quotes = {row.strike: row.quote for row in ordered}
    return Expiry(instant, years, median(row.forward for row in rows), tuple(quotes.values()))
