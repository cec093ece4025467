"""The figures of a market, as they are written: a number or a share of 100, within its bounds."""

from math import isfinite
from typing import Any

from rfos_lang.base.refusal import Refused

HIGHEST_VOLATILITY = 10.0
HIGHEST_RATE = 10.0


def number_of(value: Any) -> float:
    """A number, `5%` as 0.05. Raises Refused."""
    text = str(value).replace("_", "").strip()
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = float("nan")
    if isinstance(value, bool) or not isfinite(number):
        raise Refused("E0604", problem=f"`{value}` is not a number")
    return number


def spot_of(value: Any) -> float:
    """A price. Raises Refused."""
    if (number := number_of(value)) <= 0:
        raise Refused("E0610", value=value)
    return number


def volatility_of(value: Any) -> float:
    """A volatility, for a year. Raises Refused."""
    number = number_of(value)
    if number < 0:
        raise Refused("E0611", value=value)
    if number > HIGHEST_VOLATILITY:
        raise Refused("E0615", value=value)
    return number


def rate_of(value: Any) -> float:
    """A rate, for a year. Raises Refused."""
    if abs(number := number_of(value)) > HIGHEST_RATE:
        raise Refused("E0615", value=value)
    return number
