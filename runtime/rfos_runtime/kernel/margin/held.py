"""What Python asks of the margin of a position, or of all that it is margined together with."""

from rfos_runtime.kernel.contracts.rows import Is
from rfos_runtime.kernel.margin.measured import margin_of
from rfos_runtime.kernel.portfolio.measuring import Together, measure, told
from rfos_runtime.kernel.portfolio.pools import is_tabled, pool_of
from rfos_runtime.kernel.state import State


def pool_as(
    state: State, account: int, asset: int, at_worst: bool, handle: int = 0, lots: int = 0
) -> Together:
    """The margin of a pool; once a position has so many lots, if an instrument is named."""
    measure(state.world, account, asset, int(at_worst), handle, lots)
    return Together(*(int(each) for each in told(state.world)))


def has_initial(state: State, handle: int, account: int) -> bool:
    """Whether equity covers initial margin, at the worst of what is unknown."""
    asset = int(pool_of(state.world, handle, account))
    if asset:
        together = pool_as(state, account, asset, at_worst=True)
        return together.equity >= together.initial
    found = margin_of(state.world, handle, account)
    return bool(found.equity >= found.initial)


def is_known(state: State, handle: int, account: int) -> bool:
    """Whether the risk of a position under auction is known, in every scenario if it is margined
    together with others."""
    asset = int(pool_of(state.world, handle, account))
    if asset:
        return bool(is_tabled(state.world, handle, account, asset))
    return bool(int(state.world.instruments[handle]["flags"]) & Is.MARKED)
