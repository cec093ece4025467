"""Collateral that a portfolio file says is posted, as a margin policy counts it."""

from functools import partial
from math import isfinite

from rfos_lang.base import fixed
from rfos_lang.base.records import dataclass
from rfos_lang.base.toml_place import place_of
from rfos_lang.driver.book import told
from rfos_lang.driver.opening import Source
from rfos_lang.driver.positions import COLLATERAL, wrong
from rfos_lang.driver.toml_list import table
from rfos_lang.semantics.policy import Policy
from rfos_lang.valuation.market import Market


@dataclass(frozen=True, slots=True)
class Posted:
    """So many whole units of an asset, and what they count for, in the policy's asset."""

    asset: str
    units: float
    counts: float


def collateral_of(source: Source, policy: Policy, market: Market) -> tuple[Posted, ...] | None:
    """What a portfolio file says is posted, `[collateral]`: units by ticker; None if it does not
    say. Raises Failure, for what the policy does not take too."""
    if not source.name.endswith(".toml"):
        return None
    refused = partial(wrong, source)
    said = table(source, refused).get(COLLATERAL)
    if said is None:
        return None
    if not isinstance(said, dict):
        place = place_of(source.text, source.name, (COLLATERAL,))
        raise refused(place, "collateral is a table: [collateral], then lines like `USD = 10_000`")
    taken = {policy.asset: 0} | {each.asset: each.fraction for each in policy.haircuts}
    found = []
    for asset, units in said.items():
        place = place_of(source.text, source.name, (COLLATERAL, asset))
        if asset not in taken:
            raise refused(place, f"`{policy.name}` takes {_listed(list(taken))}, no {asset}")
        is_number = isinstance(units, int | float) and not isinstance(units, bool)
        if not is_number or not isfinite(units) or units < 0:
            raise refused(place, "what is posted is a number of units, 0 or more")
        kept = 1 - taken[asset] / fixed.ONE
        counts = units * told(market, asset, policy.asset) * kept
        found.append(Posted(asset, float(units), counts))
    return tuple(found)


def _listed(names: list[str]) -> str:
    """`USD, BTC and ETH`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
