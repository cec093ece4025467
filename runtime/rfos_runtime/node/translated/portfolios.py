"""What the fast kernel margins together, in the words of the reference."""

from rfos_runtime.kernel.contracts import heap
from rfos_runtime.kernel.margin.kinds import Numbers
from rfos_runtime.kernel.portfolio.losses import lines_of_pairs
from rfos_runtime.kernel.portfolio.rows import AGES
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
        pairs, ages = int(row["pairs"]), row["known"] == AGES
        begin, size = int(state.world.begins[Of.NUMBERS]) + at, lines + int(lines_of_pairs(pairs))
        numbers = state.world.memory[begin : begin + 2 * (size + 1)].reshape(-1)
        shape = len(view.scenarios), WORDS * lines, pairs
        table = _table(state, numbers, *shape)
        if ages:
            table, opening = (
                _aged(_table(state, part, *shape), part[WORDS * size :])
                for part in (numbers, numbers[WORDS * (size + 1) :])
            )
            table = table if table == opening else table._replace(opening=opening)
        found[int(row["instrument"]), view.content_hash] = table
    return found


def _table(state: State, numbers: Numbers, scenarios: int, behind: int, pairs: int) -> Table:
    notionals = numbers[behind:][: 2 * pairs].tolist()
    priced = zip(notionals[::2], notionals[1::2], strict=True)
    told = tuple((*_pair(state, pair), units) for pair, units in priced)
    return Table(tuple(numbers[:scenarios].tolist()), told)


def _aged(table: Table, besides: Numbers) -> Table:
    first, second, error = besides[:3].tolist()
    return table._replace(standard_error=error, besides=(first, second))


def _pair(state: State, pair: int) -> tuple[str, str]:
    row = state.world.pairs[pair]
    return _asset(state, int(row["base"])), _asset(state, int(row["quote"]))


def _name(state: State, policy: int) -> str:
    return state.policies.views[policy - 1].content_hash


def _asset(state: State, handle: int) -> str:
    return list(state.assets)[handle - 1] if handle else ""
