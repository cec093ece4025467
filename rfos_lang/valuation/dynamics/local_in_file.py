"""Local volatilities as a market file tells them, and what can be wrong with them."""

from collections.abc import Iterator
from itertools import pairwise
from math import log
from typing import Any

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.wording import report
from rfos_lang.valuation.dynamics.in_file import File, Place, dated
from rfos_lang.valuation.dynamics.local_grid import LocalGrid, Row
from rfos_lang.valuation.market import Pair, spot_name


def local_of(file: File) -> dict[Pair, LocalGrid]:
    """Local volatilities by spot."""
    return {pair: _grid(file, pair) for pair in file.local_volatility}


def _grid(file: File, pair: Pair) -> LocalGrid:
    days, told = dated(file, file.local_volatility[pair]), file.local_volatility[pair]
    return LocalGrid(
        tuple(
            Row(days[day], tuple(log(each) for each in told[day].at), told[day].volatility)
            for day in sorted(days, key=lambda day: days[day])
        )
    )


def wrong_local(file: File, place: Place) -> Iterator[Diagnostic]:
    """Local volatilities that cannot be read."""
    for pair, told in file.local_volatility.items():
        name = spot_name(*pair)
        path = ("local_volatility", name)
        if not told:
            yield report("E0604", place(path), key=name, problem="there is no date in it")
        elif early := [years for years in dated(file, told).values() if years <= 0]:
            yield report("E0617", place(path), key=name, count=len(early))
        for day, row in told.items():
            if problem := _problem(row):
                yield report("E0604", place((*path, day)), key=name, problem=problem)


def _problem(row: Any) -> str:
    if not row.at or len(row.at) != len(row.volatility):
        return f"there are {len(row.volatility)} volatilities at {len(row.at)} prices"
    if any(after <= before for before, after in pairwise(row.at)):
        return "prices do not ascend"
    return ""
