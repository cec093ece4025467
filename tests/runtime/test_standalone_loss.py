"""The losses on each underlying alone, without the offset of one for the other, as a policy asks.

Forwards on two prices, both struck at 10 000 in minor units; the spots are 10 000 unless it is
said. The policy moves every price by a tenth either way.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.format import content_hash
from rfos_lang.artefact.policy import compile_policy
from rfos_runtime.records.commands import DefinePolicy, Elect, RegisterAsset, RegisterFeed, Trade
from rfos_runtime.reference.bounds import MOST
from rfos_runtime.reference.equity import Margin
from rfos_runtime.reference.margin import margin_of
from tests.core.policies import policy
from tests.runtime.stage import CASH, HOUR, REPORTERS, SECOND, Stage, agreed, listing, opened

GRID = "spot in [-10%, 0%, 10%]"
OTHER = f"spot(ETH, {CASH})"
LARGE = 2**39
BITCOIN, CALL, ETHER = 1, 2, 3
BOTH = (True, True)
PLENTY = 5 * 10**16


def desk(maintenance: str) -> Stage:
    """Two contracts on one price and one on another are listed, and bob has elected a policy."""
    made = compile_policy(policy(maintenance, "130% * maintenance", GRID), "")
    stage = opened({"ann": 4 * PLENTY, "bob": 4 * PLENTY})
    script = {"strike": 10_000, "expiry": 100 * HOUR}
    stage.accepted(
        2 * SECOND,
        RegisterAsset("ETH", 0),
        RegisterFeed(OTHER, REPORTERS, 3, HOUR, 0, 10**9),
        *listing(**script, name="Forward", payoff="forward", rules=BOTH),
        *listing(**script),
        *listing(**script, of="ETH", name="Other", payoff="forward", rules=BOTH),
        DefinePolicy(made),
        Elect("bob", CASH, bytes.fromhex(content_hash(made))),
    )
    return stage


def held(stage: Stage, *lots: int, spot: int = 10_000, other: int = 10_000) -> Margin:
    """The margin of bob once he holds so many lots of each."""
    now = 3 * SECOND
    reports = agreed(OTHER, now, other)
    stage.play(now, reports=reports, spot=spot)
    trades = []
    for handle, count in enumerate(lots, 1):
        first, second = ("bob", "ann") if count > 0 else ("ann", "bob")
        if count:
            first_posts = 0 if handle == CALL else PLENTY
            trades.append(Trade(handle, first, second, abs(count), 0, CASH, first_posts, PLENTY))
    stage.accepted(4 * SECOND, *trades)
    return margin_of(stage.world, BITCOIN, "bob")


def test_what_offsets_on_two_prices_is_lost_on_each_alone() -> None:
    """Ten forwards long on one and ten short on the other: a tenth of either is 10 000 a side."""
    assert held(desk("worst_loss"), 10, 0, -10).maintenance == 0
    assert held(desk("standalone_loss"), 10, 0, -10).maintenance == 20_000
    part = held(desk("worst_loss + 15% * (standalone_loss - worst_loss)"), 10, 0, -10)
    assert (part.maintenance, part.initial) == (3_000, 3_900)


def test_what_hedges_on_one_price_hedges_as_before() -> None:
    """The calls owe what the forwards gain; down a tenth costs 10 000, as together."""
    assert held(desk("standalone_loss"), 10, -10, 0).maintenance == 10_000


def test_what_no_word_holds_is_the_most_there_is() -> None:
    """A tenth of 10**9 for 2**39 lots of either has 66 bits."""
    stage = desk("standalone_loss")
    held(stage, LARGE, -LARGE, -LARGE)
    now = 5 * SECOND
    stage.play(now, reports=agreed(OTHER, now, 10**9), spot=10**9)
    assert margin_of(stage.world, BITCOIN, "bob").maintenance == MOST


few = st.integers(-(10**6), 10**6)
sizes = st.tuples(*[few | st.sampled_from([LARGE, -LARGE])] * 3).filter(any)
spots = st.integers(100, 20_000)


@settings(max_examples=25)
@given(sizes, spots, spots)
def test_alone_never_less_is_lost_than_together(
    lots: tuple[int, int, int], spot: int, other: int
) -> None:
    together = held(desk("worst_loss"), *lots, spot=spot, other=other).maintenance
    alone = held(desk("standalone_loss"), *lots, spot=spot, other=other).maintenance
    one = held(desk("standalone_loss"), *lots[:2], 0, spot=spot, other=other).maintenance
    rest = held(desk("standalone_loss"), 0, 0, lots[2], spot=spot, other=other).maintenance
    assert alone == one + rest >= together
