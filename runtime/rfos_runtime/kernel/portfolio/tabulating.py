"""Tables: what one lot of an instrument does to a portfolio under a policy.

With each mark contract code is asked what a lot would be worth in each scenario, and a hundredth up
and down in each price. Many instruments of one definition are asked in one call, see `grids`.
"""

from collections.abc import Sequence

from rfos_runtime.kernel.arithmetic import MOST
from rfos_runtime.kernel.contracts import living
from rfos_runtime.kernel.contracts.bound import Bound
from rfos_runtime.kernel.contracts.rows import Is
from rfos_runtime.kernel.margin import appraising
from rfos_runtime.kernel.oracle import feeds as oracle
from rfos_runtime.kernel.places import place_of_table
from rfos_runtime.kernel.portfolio.losses import lines_of_pairs
from rfos_runtime.kernel.portfolio.pools import asset_together
from rfos_runtime.kernel.portfolio.rows import AGES
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import WORDS, one_more
from rfos_runtime.records.commands import ONE
from rfos_runtime.reference.ageing import Told
from rfos_runtime.reference.executor import DefinitionView, PolicyView
from rfos_runtime.reference.inputs import inputs_of

BUMP = ONE // 100
"""By which fraction a price moves up and down for a notional."""
NOTIONALS = ONE // (2 * BUMP)
"""A notional is so many times what lies between the two."""


def tabulate(state: State, handle: int) -> None:
    """Asks anew for what an instrument does to a portfolio, under every policy of an asset that its
    sides post."""
    if not state.policies.views:
        return
    bound = state.contracts.of(handle)
    forget(state, handle)
    for policy in range(1, len(state.policies.views) + 1):
        at = place_of(state, bound, policy)
        if at < 0 or not int(state.world.instruments[handle]["flags"]) & Is.MARKED:
            continue
        told = _told(state, bound, state.policies.views[policy - 1])
        if told is not None:
            _write(state, at, told)


def forget(state: State, handle: int) -> None:
    """Nothing is known of what an instrument does to portfolios any more."""
    for policy in range(1, len(state.policies.views) + 1):
        at = int(place_of_table(state.world.tables, handle, policy))
        if state.world.tables[at]["known"]:
            state.touched(Of.TABLES, at)["known"] = 0


# --- what is asked, and told -------------------------------------------------------------------


def _told(state: State, bound: Bound, view: PolicyView) -> tuple[Told, Told] | None:
    """At last and for openings; None if an answer is no number, or there is none."""
    if bound.is_appraised:
        return appraising.told_of(state, bound, view)
    seen = [oracle.fresh(state.world, feed) for feed in bound.risk_feeds]
    known = [value for value in seen if value is not None]
    assert len(known) == len(seen), "a mark without its inputs"
    now = int(state.world.marks[bound.handle]["exposure"])
    standing = living.standing_of(state, bound.handle)
    values = [
        tuple(v + v * move // ONE for v, move in zip(known, moves, strict=True))
        for moves in _asked(bound, view)
    ]
    risks = state.executor.risks(bound.view, bound.terms, standing, state.time, values)
    found = [_within(risk[0].exposure) for risk in risks if risk is not None]
    if len(found) < len(risks):
        return None
    then, bumped = found[: len(view.scenarios)], found[len(view.scenarios) :]
    losses = tuple(_within(each - now) for each in then)
    pairs = zip(bumped[::2], bumped[1::2], strict=True)
    told = Told(losses, tuple(_within((up - down) * NOTIONALS) for up, down in pairs))
    return told, told


def _asked(bound: Bound, view: PolicyView) -> list[list[int]]:
    """By which fraction each input moves: in each scenario, then for each price up and down."""
    here, elsewhere = (asked_of(bound.view, view, quoted) for quoted in (True, False))
    quotes = [quote == view.asset for _, quote in bound.pairs]
    return [
        [a if quoted else b for a, b, quoted in zip(one, other, quotes, strict=True)]
        for one, other in zip(here, elsewhere, strict=True)
    ]


def asked_of(view: DefinitionView, policy: PolicyView, quoted: bool) -> list[list[int]]:
    """The same for inputs that are `quoted` in the asset of the policy, or for such that are not:
    those move for notionals alone."""
    sources = [each.source for each in view.risk_inputs]
    moves = [{"spot": each.spot, "volatility": each.volatility} for each in policy.scenarios]
    asked = [[by.get(source, 0) if quoted else 0 for source in sources] for by in moves]
    for price in _prices(sources):
        for sign in (1, -1):
            asked.append([sign * BUMP * (place == price) for place in range(len(sources))])
    return asked


def _prices(sources: list[str]) -> list[int]:
    """Which inputs are prices."""
    return [at for at, source in enumerate(sources) if source == "spot"]


def _within(units: int) -> int:
    return max(-MOST, min(units, MOST))


# --- rows --------------------------------------------------------------------------------------


def place_of(state: State, bound: Bound, policy: int) -> int:
    """Where the table of an instrument lies, made if there is none; what it has room for never
    changes. -1 if no side posts in the policy's asset."""
    at = int(place_of_table(state.world.tables, bound.handle, policy))
    if state.world.tables[at]["instrument"]:
        return at
    sides = _sides(state, bound.handle, int(state.world.policies[policy]["asset"]))
    return _made(state, bound, policy, sides) if sides else -1


def _sides(state: State, handle: int, asset: int) -> int:
    """Which sides can be margined together in an asset: 1 the first, 2 the second."""
    flags, mark = int(state.world.instruments[handle]["flags"]), state.world.marks[handle]
    return sum(side + 1 for side in (0, 1) if asset_together(mark, flags, side) == asset)


def _made(state: State, bound: Bound, policy: int, sides: int) -> int:
    sources = [source for source, _, _ in inputs_of(bound.view, bound.command.assets)]
    pairs = [_pair(state, *bound.pairs[place]) for place in _prices(sources)]
    lines = int(state.world.policies[policy]["lines"])
    underlying = _underlying(state, bound)
    count = lines + int(lines_of_pairs(len(pairs)))
    if bound.is_appraised:
        count = 2 * (count + 1)  # and besides, at last and for openings
    state.make_room({Of.TABLES: 1, Of.NUMBERS: count})
    at = int(place_of_table(state.world.tables, bound.handle, policy))
    one_more(state.world, Of.TABLES)
    row, counts = state.touched(Of.TABLES, at), state.touched(Of.COUNTS, Of.NUMBERS)
    row["instrument"], row["policy"], row["sides"] = bound.handle, policy, sides
    row["at"], row["pairs"] = int(counts["lying"]) + 1, len(pairs)
    row["underlying"] = underlying
    counts["lying"] += count
    begins = (0, count // 2) if bound.is_appraised else (0,)
    for begin in begins:
        for place, pair in enumerate(pairs):
            _put(state, int(row["at"]) + begin, WORDS * lines + 2 * place, [pair])
    return at


def _write(state: State, at: int, told: tuple[Told, Told]) -> None:
    """Numbers as they count at last; where they age also as they do for openings, and behind each
    what is needed besides."""
    row = state.touched(Of.TABLES, at)
    ages = state.contracts.of(int(row["instrument"])).is_appraised
    lines = int(state.world.policies[row["policy"]]["lines"])
    row["known"] = AGES if ages else 1
    row["largest"] = max(abs(loss) for each in told for loss in each.losses)
    row["exposure"] = state.world.marks[row["instrument"]]["exposure"]
    begin, behind = int(row["at"]), lines + int(lines_of_pairs(int(row["pairs"])))
    for each in told if ages else told[:1]:
        _put(state, begin, 0, each.losses)
        for place, units in enumerate(each.notionals):
            _put(state, begin, WORDS * lines + 2 * place + 1, [units])
        if ages:
            _put(state, begin, WORDS * behind, [*each.besides, each.standard_error])
        begin += behind + 1


def _put(state: State, at: int, first: int, numbers: Sequence[int]) -> None:
    """Writes numbers from a word of a table on."""
    last = first + len(numbers) - 1
    for line in range(at + first // WORDS, at + last // WORDS + 1):
        state.touched(Of.NUMBERS, line)
    begin = WORDS * (int(state.world.begins[Of.NUMBERS]) + at) + first
    state.world.memory.reshape(-1)[begin : begin + len(numbers)] = numbers


def _pair(state: State, base: str, quote: str) -> int:
    """The handle of a pair of assets."""
    pair = state.assets.get(base, 0), state.assets.get(quote, 0)
    pairs = state.policies.pairs
    if pair not in pairs:
        state.make_room({Of.PAIRS: 1})
        pairs[pair] = int(one_more(state.world, Of.PAIRS))
        row = state.touched(Of.PAIRS, pairs[pair])
        row["base"], row["quote"] = pair
    return pairs[pair]


def _underlying(state: State, bound: Bound) -> int:
    """The handle of all the prices together that an instrument depends on."""
    prices = frozenset(pair for pair in bound.pairs if pair[0])
    known = state.policies.underlyings
    if prices not in known:
        state.make_room({Of.PAIRS: 1})
        known[prices] = int(one_more(state.world, Of.PAIRS))
    return known[prices]
