"""What of a smile stays when forwards move, as the market file says, where these are known."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.refusal import Refused
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import report
from rfos_lang.valuation.dynamics.in_file import File, Place
from rfos_lang.valuation.dynamics.local_grid import LocalGrid
from rfos_lang.valuation.dynamics.smile import MONEYNESS, PARAMETERS, STRIKE, Smile
from rfos_lang.valuation.market import Market, Pair, spot_name


def anchored(
    file: File, market: Market, place: Place
) -> tuple[Market | None, tuple[Diagnostic, ...]]:
    """The market with the models that need its forwards, or what is wrong with them."""
    if wrong := tuple(_wrong_sticky(file, place)):
        return None, wrong
    smiles = dict(market.smiles)
    if file.sabr:
        from rfos_lang.valuation.dynamics.sabr_in_file import sabr_of, wrong_sabr

        if wrong := tuple(wrong_sabr(file, market, place)):
            return None, wrong
        smiles |= sabr_of(file, market)
    try:
        return replace(
            market,
            smiles={pair: _smile(file, market, pair, each) for pair, each in smiles.items()},
            local_volatilities={
                pair: _grid(file, market, pair, each)
                for pair, each in market.local_volatilities.items()
            },
        ), ()
    except Refused as refused:
        return None, (report(refused.code, place(("sticky",)), **refused.names),)


def _smile(file: File, market: Market, pair: Pair, smile: Smile) -> Smile:
    dynamics = file.sticky.get(pair, PARAMETERS)
    if dynamics == MONEYNESS or (dynamics == PARAMETERS and not smile.follows):
        return replace(smile, dynamics=dynamics)
    forwards = tuple(market.forward(*pair, years) for years, _ in smile.slices)
    return replace(smile, dynamics=dynamics, forwards=forwards)


def _grid(file: File, market: Market, pair: Pair, grid: LocalGrid) -> LocalGrid:
    dynamics = file.sticky.get(pair, PARAMETERS)
    if dynamics != STRIKE:
        return replace(grid, dynamics=dynamics)
    forwards = tuple(market.forward(*pair, row.until) for row in grid.rows)
    return replace(grid, dynamics=dynamics, forwards=forwards)


def _wrong_sticky(file: File, place: Place) -> Iterator[Diagnostic]:
    """Spots that have no smile that could stay."""
    tables: tuple[Mapping[Pair, object], ...] = (file.smiles, file.sabr, file.local_volatility)
    known = {spot_name(*pair) for table in tables for pair in table}
    for pair in file.sticky:
        if (name := spot_name(*pair)) not in known:
            at = place(("sticky", name))
            yield report("E0606", at, name=name, suggestion=did_you_mean(name, known))
