"""Who holds how many lots of an instrument. Signed lots of all accounts add up to zero."""

from collections.abc import Mapping

from rfos_runtime.reference.world import Instrument, World

FIRST, SECOND = 0, 1
"""The two sides: the first parties of a definition. A lot is one of each."""

Members = tuple[dict[str, int], ...]
"""For each party the accounts that stand for it, with their lots."""


def lots_of(world: World, handle: int, account: str) -> int:
    """Signed lots: positive is the first party."""
    return world.positions.get((handle, account), 0)


def change(world: World, handle: int, account: str, lots: int) -> None:
    """Adds signed lots to a position. The caller keeps the sum at zero."""
    after = lots_of(world, handle, account) + lots
    world.positions[handle, account] = after
    if after == 0:
        del world.positions[handle, account]


def side_of(lots: int) -> int:
    """The party that signed lots stand for."""
    return FIRST if lots >= 0 else SECOND


def sign_of(side: int) -> int:
    """The sign of the lots of a side."""
    return 1 if side == FIRST else -1


def other(side: int) -> int:
    """The opposite side."""
    return SECOND if side == FIRST else FIRST


def shrinks(before: int, after: int) -> bool:
    """Whether a position gets no larger and stays on its side."""
    return abs(after) <= abs(before) and after * before >= 0


def holders(world: World, handle: int, side: int) -> dict[str, int]:
    """The accounts on a side with their lots as positive numbers, as they were opened."""
    sign = sign_of(side)
    held = {
        account: sign * lots for (each, account), lots in world.positions.items() if each == handle
    }
    return {account: held[account] for account in sorted(held, key=world.rank) if held[account] > 0}


def open_lots(world: World, handle: int) -> int:
    """How many lots there are."""
    return sum(lots for (each, _), lots in world.positions.items() if each == handle and lots > 0)


def members(world: World, handle: int) -> Members:
    """All parties of an instrument with all its lots."""
    sides = holders(world, handle, FIRST), holders(world, handle, SECOND)
    return parted(world.instruments[handle], *sides)


def parted(instrument: Instrument, first: Mapping[str, int], second: Mapping[str, int]) -> Members:
    """All parties, for some of the lots. The third and later parties stand behind every lot."""
    lots = sum(first.values())
    assert lots == sum(second.values()), "sides of different size"
    rest = tuple({name: lots} for name in instrument.others)
    return (dict(first), dict(second), *rest)


def close(world: World, handle: int, first: Mapping[str, int], second: Mapping[str, int]) -> None:
    """Takes lots off both sides."""
    for account, lots in first.items():
        change(world, handle, account, -lots)
    for account, lots in second.items():
        change(world, handle, account, lots)
