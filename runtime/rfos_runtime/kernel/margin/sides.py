"""The two sides of an instrument, and what each posts."""

from typing import Any

from rfos_runtime.kernel.machine import within


@within
def side_of(lots: int) -> int:
    """The party that signed lots stand for."""
    return 0 if lots >= 0 else 1


@within
def asset_of_side(mark: Any, side: int) -> int:
    """What a side posts; 0: nothing."""
    return mark["asset"] if side == 0 else mark["asset2"]


@within
def collateral_in(mark: Any, position: Any, asset: int) -> int:
    """What a position has posted by itself in an asset that one of the sides posts."""
    return position["collateral"] if asset == mark["asset"] else position["collateral2"]
