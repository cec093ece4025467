"""The values of a market file: numbers, instants, spots, each checked with its own words."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from rfos_lang.base.calendar import Calendar
from rfos_lang.base.day_count import DayCount
from rfos_lang.base.duration import Duration, parse_duration
from rfos_lang.base.instant import SECOND, parse_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.valuation.dynamics.smile import DYNAMICS
from rfos_lang.valuation.market import Pair
from rfos_lang.valuation.market_figures import number_of, rate_of, spot_of, volatility_of

_SPOT = re.compile(r"spot\(\s*([^\s,()]+)\s*,\s*([^\s,()]+)\s*\)")
FASTEST_REVERSION = 4.0


def level_of(value: Any) -> float:
    """A number, a truth as 1 or 0, or a date as seconds since 1970. Raises Refused."""
    if isinstance(value, bool):
        return float(value)
    is_date = hasattr(value, "isoformat") or str(value)[4:5] == "-"
    return instant_of(value) / SECOND if is_date else number_of(value)


def _positive(value: Any) -> float:
    if (number := number_of(value)) <= 0:
        raise Refused("E0604", problem=f"{value} is not above zero")
    return number


def _not_negative(value: Any) -> float:
    if (number := number_of(value)) < 0:
        raise Refused("E0604", problem=f"{value} is below zero")
    return number


def _reversion(value: Any) -> float:
    if (number := _not_negative(value)) > FASTEST_REVERSION:
        raise Refused("E0615", value=value)
    return number


def _correlation(value: Any) -> float:
    if not -1 <= (number := number_of(value)) <= 1:
        raise Refused("E0612", value=value)
    return number


def _between(value: Any) -> float:
    if abs(number := _correlation(value)) == 1:
        raise Refused("E0604", problem=f"{value} does not lie between -1 and 1")
    return number


def _share(value: Any) -> float:
    if not 0 <= (number := number_of(value)) <= 1:
        raise Refused("E0604", problem=f"{value} does not lie from 0 to 1")
    return number


def _sticky(value: Any) -> str:
    if value not in DYNAMICS:
        raise Refused("E0604", problem=f"`{value}` is none of {', '.join(DYNAMICS)}")
    return str(value)


def instant_of(value: Any) -> int:
    """An instant, or the beginning of a day. Raises Refused."""
    text = value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)
    try:
        return parse_instant(text)
    except Refused as refused:
        raise Refused("E0613", text=text) if refused.code == "E0580" else refused from None


def _day(text: str) -> str:
    """The text of an instant, as it stands in the file."""
    instant_of(text)
    return text


def _pair(value: Any) -> Pair:
    match = _SPOT.fullmatch(str(value).strip())
    if match is None:
        raise Refused("E0614", text=value)
    return match[1], match[2]


def _curve(value: Any) -> Any:
    """One number stands for the same number at every date."""
    return value if isinstance(value, dict) else {None: value}


def _tenor(value: Any) -> Duration:
    return parse_duration(str(value))


def _named(kind: type[DayCount] | type[Calendar], what: str) -> Callable[[Any], Any]:
    def look_up(value: Any) -> Any:
        try:
            return kind(value)
        except ValueError:
            raise Refused("E0604", problem=f"there is no {what} `{value}`") from None

    return look_up


def _amounts(value: Any) -> tuple[float, ...]:
    """One amount, or a list of them for a choice that names several."""
    return tuple(_not_negative(each) for each in (value if isinstance(value, list) else [value]))


Amounts = Annotated[tuple[float, ...], BeforeValidator(_amounts)]
Number = Annotated[float, BeforeValidator(number_of)]
Spot = Annotated[float, BeforeValidator(spot_of)]
Volatility = Annotated[float, BeforeValidator(volatility_of)]
Positive = Annotated[float, BeforeValidator(_positive)]
NotNegative = Annotated[float, BeforeValidator(_not_negative)]
Rate = Annotated[float, BeforeValidator(rate_of)]
Reversion = Annotated[float, BeforeValidator(_reversion)]
Correlation = Annotated[float, BeforeValidator(_correlation)]
Between = Annotated[float, BeforeValidator(_between)]
Share = Annotated[float, BeforeValidator(_share)]
Sticky = Annotated[str, BeforeValidator(_sticky)]
Level = Annotated[float, BeforeValidator(level_of)]
Instant = Annotated[int, BeforeValidator(instant_of)]
Day = Annotated[str, AfterValidator(_day)]
PairName = Annotated[Pair, BeforeValidator(_pair)]
Volatilities = Annotated[dict[Instant | None, Volatility], BeforeValidator(_curve)]
Rates = Annotated[dict[Instant | None, Rate], BeforeValidator(_curve)]
Tenor = Annotated[Duration, BeforeValidator(_tenor)]
DayCountName = Annotated[DayCount, BeforeValidator(_named(DayCount, "day count"))]
CalendarName = Annotated[Calendar, BeforeValidator(_named(Calendar, "calendar"))]
