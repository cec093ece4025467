"""What the fast kernel margins together, in the words of the reference."""

from rfos_runtime.kernel.contracts import heap
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import WORDS
from rfos_runtime.records.holdings import Holding, pledged
from rfos_runtime.reference.pools import pool
from rfos_runtime.reference.world import Policy, Table


def policies(state: State) -> dict[str, Policy]:
    """All policies, with their artefacts."""
    found = {}
    for handle, view in enumerate(state.policies.views, 1):
        row = state.world.policies[handle]
        artefact = heap.read(state, int(row["at"]), int(row["size"]))
        first, count = int(row["haircut"]), int(row["haircuts"])
        handles = state.world.haircuts["feed"][first : first + count].tolist()
        feeds = tuple(state.feeds.registered[handle - 1].feed for handle in handles)
        found[view.content_hash] = Policy(artefact, view, feeds)
    return found


def elections(state: State) -> dict[tuple[str, str], str]:
    """Which policies accounts have elected, by account and asset."""
    rows = state.world.elections
    return {
        (state.name(int(row["account"])), _asset(state, int(row["asset"]))): _name(
            state, int(row["policy"])
        )
        for row in rows[rows["policy"] != 0]
    }


def pools(state: State) -> dict[tuple[str, Holding], int]:
    """What is posted for all that is margined together."""
    rows = state.world.elections
    return {
        (_asset(state, int(row["asset"])), pool(state.name(int(row["account"])))): int(row["pool"])
        for row in rows[rows["pool"] != 0]
    }


def pledges(state: State) -> dict[tuple[str, Holding], int]:
    """What is pledged to pools besides."""
    rows, found = state.world.pledges, {}
    for row in rows[rows["units"] != 0]:
        holding = pledged(state.name(int(row["account"])), _asset(state, int(row["asset"])))
        found[_asset(state, int(row["pledged"])), holding] = int(row["units"])
    return found


def tables(state: State) -> dict[tuple[int, str], Table]:
    """What instruments do to portfolios, where it is known."""
    rows, found = state.world.tables, {}
    for row in rows[rows["known"] != 0]:
        policy, at = int(row["policy"]), int(row["at"])
        view, lines = state.policies.views[policy - 1], int(state.world.policies[policy]["lines"])
        begin = WORDS * (int(state.world.begins[Of.NUMBERS]) + at)
        numbers = state.world.memory.reshape(-1)[begin:]
        losses = tuple(numbers[: len(view.scenarios)].tolist())
        notionals = numbers[WORDS * lines :][: 2 * int(row["pairs"])].tolist()
        pairs = zip(notionals[::2], notionals[1::2], strict=True)
        told = tuple((*_pair(state, pair), units) for pair, units in pairs)
        error = int(row["error"])
        found[int(row["instrument"]), view.content_hash] = Table(losses, told, error)
    return found


def _pair(state: State, pair: int) -> tuple[str, str]:
    row = state.world.pairs[pair]
    return _asset(state, int(row["base"])), _asset(state, int(row["quote"]))


def _name(state: State, policy: int) -> str:
    return state.policies.views[policy - 1].content_hash


def _asset(state: State, handle: int) -> str:
    return list(state.assets)[handle - 1] if handle else ""
