"""What a unit of each asset that a policy takes counts for: whenever time passes or a feed moves,
the newest price less the haircut is written into its row, and how good that price is.

Prices have 128 bits and haircuts are few, so this is Python.
"""

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.records.commands import ONE


def price(state: State) -> None:
    """Prices every haircut anew, at the world's time."""
    for policy in range(1, int(state.world.counts[Of.POLICIES]["lying"]) + 1):
        row = state.world.policies[policy]
        first = int(row["haircut"])
        for haircut in range(first, first + int(row["haircuts"])):
            _price(state, int(row["asset"]), haircut)


def _price(state: State, asset: int, haircut: int) -> None:
    row, assets = state.world.haircuts[haircut], state.world.assets
    feed = int(row["feed"])
    value = max(oracle.newest(state.world, feed) or 0, 0)
    unit, own = 10 ** int(assets[row["asset"]]["places"]), 10 ** int(assets[asset]["places"])
    whole, parts = divmod(value * int(row["kept"]) * own // (ONE * unit), ONE)
    found = (min(whole, MOST), parts, int(oracle.validity(state.world, feed)))
    if found != (int(row["whole"]), int(row["parts"]), int(row["validity"])):
        row = state.touched(Of.HAIRCUTS, haircut)
        row["whole"], row["parts"], row["validity"] = found
