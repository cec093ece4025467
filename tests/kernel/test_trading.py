"""Trades, collateral and marks on both kernels: whoever agrees to what, both say and do the
same."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.kernel.places import place_of_setting
from rfos_runtime.kernel.tables import Of
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    DAY,
    ONE,
    SUPPLY_MAX,
    Command,
    Deposit,
    Limit,
    Lock,
    OpenAccount,
    Post,
    RegisterAsset,
    Release,
    Stake,
    Trade,
    Transfer,
)
from rfos_runtime.records.holdings import FEES, FUND
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.reference.world import Setting
from tests.kernel.both import Both
from tests.kernel.openings import priced
from tests.kernel.test_ledger import signed_as_they_go
from tests.runtime.stage import (
    CASH,
    HOUR,
    MINUTE,
    SECOND,
    SPOT,
    SPOT_FEED,
    agreed,
    listing,
    trade,
)

NAMES = ("ann", "bob", "carl", "dan")
LOCKS = (Lock("BTC", 40), Lock(CASH, 3_000))
INSTRUMENTS = (
    listing(strike=10_000, expiry=2_000 * HOUR, lag=HOUR),
    listing(strike=10_000, expiry=6 * HOUR, payoff="forward", lag=2 * HOUR),
    listing(strike=9_500, expiry=5 * HOUR, rules=(False, False), locks=LOCKS),
    listing(strike=9_500, expiry=3 * HOUR, rules=(False, False), locks=(None, Lock(CASH, 900))),
)
OPENING: tuple[Command, ...] = (
    RegisterAsset(CASH, 2),
    RegisterAsset("BTC", 4),
    SPOT_FEED,
    *(OpenAccount(name) for name in NAMES),
    *(Deposit(name, asset, 40_000) for name in NAMES for asset in (CASH, "BTC")),
    Stake("dan", CASH, 2_000),
    *(command for pair in INSTRUMENTS for command in pair),
)


def opened() -> Both:
    """Both kernels with instruments that nobody holds, a minute after the first price."""
    return priced(OPENING)


names = st.sampled_from(NAMES)
handles = st.sampled_from((1, 1, 1, 2, 2, 3, 3, 4, 4, 5))
sizes = st.sampled_from((0, 1, 1, 2, 3, 2**40, 2**41))
amounts = st.sampled_from((0, 0, 1, 300, 3_000, 9_000, 9_000, 30_000, 30_000, -1, 2**62))
premiums = st.sampled_from((0, 0, 0, 500, -500, 39_000, SUPPLY_MAX, -(2**63)))
assets = st.sampled_from((CASH, CASH, CASH, "BTC", "nothing"))
wild = st.builds(Trade, handles, names, names, sizes, premiums, assets, amounts, amounts)


@st.composite
def sound(draw: st.DrawFn) -> Trade:
    """A trade that may well be accepted."""
    first, second = draw(st.permutations(NAMES))[:2]
    handle, lots = draw(st.sampled_from((1, 1, 1, 2, 3, 4))), draw(st.sampled_from((1, 1, 2, 3)))
    premium, asset = draw(st.sampled_from((0, 0, 500, -500))), draw(st.sampled_from((CASH, "BTC")))
    posted = [draw(st.sampled_from((0, 4_000, 9_000))) if handle != 1 else 0, 0]
    posted[1] = draw(st.sampled_from((0, 2_000, 9_000)))
    return Trade(handle, first, second, lots, premium, asset, *posted)


trades = sound() | sound() | wild
commands: st.SearchStrategy[Command] = st.one_of(
    trades,
    trades,
    trades,
    st.builds(Post, handles, names, amounts),
    st.builds(Release, handles, names, amounts),
    st.builds(Limit, names, assets, st.sampled_from((0, 0, 1_000, 30_000))),
    st.builds(Transfer, names, names, assets, amounts),
)
steps = st.tuples(
    st.sampled_from((SECOND, MINUTE, MINUTE, 20 * MINUTE, HOUR, 30 * DAY)),
    st.sampled_from((None, 9_800, 9_950, 10_000, 10_000, 10_000, 10_050, 10_200, 13_000)),
    st.lists(commands, max_size=8),
    st.lists(st.booleans(), min_size=8, max_size=8),
)
Step = tuple[int, int | None, list[Command], list[bool]]


RATED = (
    Setting(CASH, Parameter.FEE),
    Setting("BTC", Parameter.FEE_2),
    Setting(CASH, Parameter.FEE_3),
)
RATES = st.dictionaries(st.sampled_from(RATED), st.sampled_from((ONE // 100, -ONE // 1_000)))
SHARES = st.fixed_dictionaries(
    {
        Setting(CASH, Parameter.TURNOVER_3): st.sampled_from((1, 5_000)),
        Setting("BTC", Parameter.TURNOVER_2): st.sampled_from((1, 5_000)),
        Setting(CASH, Parameter.FUND_SHARE): st.sampled_from((0, ONE // 3, ONE)),
        Setting(CASH, Parameter.DISCOUNT): st.sampled_from((0, ONE // 3, ONE)),
    }
)


def set_in(both: Both, values: dict[Setting, int]) -> None:
    """As if parameters had been proposed long ago."""
    both.world = both.world.copy()
    both.world.parameters |= values
    both.kernel.make_room({Of.SETTINGS: len(values)})
    world = both.kernel.world
    for (asset, parameter), value in values.items():
        handle = both.kernel.assets[asset]
        at = place_of_setting(world.settings, handle, parameter)
        row = both.kernel.touched(Of.SETTINGS, at)
        row["asset"], row["parameter"], row["value"] = handle, parameter, value
        row["is_set"] = 1
        both.kernel.touched(Of.COUNTS, Of.SETTINGS)["lying"] += 1


def played(script: list[Step], values: dict[Setting, int]) -> Both:
    """Both kernels after blocks."""
    both = opened()
    set_in(both, values)
    for length, spot, batch, links in script:
        now = both.world.time + length
        reports = () if spot is None else agreed(SPOT, now, spot)
        signed = signed_as_they_go(both, now, batch)
        signed = [
            replace(each, linked=link and each is not signed[-1])
            for each, link in zip(signed, links, strict=False)
        ]
        both.apply(now, signed, reports)
    return both


@given(st.lists(steps, max_size=8), RATES, SHARES)
@settings(max_examples=80, deadline=None)
def test_both_agree_on_trades(
    script: list[Step], rates: dict[Setting, int], shares: dict[Setting, int]
) -> None:
    played(script, rates | shares)


STORY: tuple[tuple[Command, Code], ...] = (
    (trade("ann", "bob", 1, second_collateral=20_000), Code.ACCEPTED),
    (trade("ann", "ann", 1), Code.MALFORMED),
    (trade("ann", "bob", 0), Code.MALFORMED),
    (replace(trade("ann", "bob", 1), instrument=9), Code.UNKNOWN_INSTRUMENT),
    (trade("ann", "carl", 1, second_collateral=1), Code.BELOW_INITIAL),
    (trade("ann", "carl", 1, second_collateral=40_001), Code.INSUFFICIENT_FREE),
    (trade("ann", "carl", 1, second_collateral=-1), Code.MALFORMED),
    (trade("ann", "carl", 1, premium=40_001), Code.INSUFFICIENT_FREE),
    (Release(1, "bob", 20_001), Code.INSUFFICIENT_COLLATERAL),
    (Release(1, "bob", 19_999), Code.BELOW_INITIAL),
    (Release(1, "carl", 1), Code.NO_COLLATERAL_RULE),
    (Post(1, "carl", 1), Code.NO_POSITION),
    (Post(1, "bob", 1), Code.ACCEPTED),
    (Release(1, "bob", 1), Code.ACCEPTED),
    (trade("bob", "ann", 1, premium=-10), Code.ACCEPTED),
    (Release(1, "bob", 1), Code.NO_COLLATERAL_RULE),
    (Trade(3, "ann", "bob", 2, 7, "BTC", 80, 6_000), Code.ACCEPTED),
    (Trade(3, "bob", "ann", 3, 0, "", 40, 3_000), Code.ACCEPTED),
    (Limit("ann", CASH, 39_000), Code.ACCEPTED),
    (Trade(3, "bob", "ann", 1, 1, CASH, 40, 0), Code.BELOW_FLOOR),
)


def test_both_refuse_trades_for_the_same_reasons() -> None:
    both = opened()
    for command, code in STORY:
        now = both.world.time + 1
        assert both.apply(now, signed_as_they_go(both, now, [command])) == (code,), command


def test_tiers_and_rebates_are_those_of_the_reference() -> None:
    """Who traded 6 000 in the month before has a rebate of a thousandth, rounded down."""
    both = opened()
    rates = {Parameter.FEE: ONE // 100, Parameter.FEE_3: -ONE // 1_000, Parameter.TURNOVER_3: 6_000}
    values = {Setting(CASH, parameter): value for parameter, value in rates.items()}
    set_in(both, values | {Setting(CASH, Parameter.FUND_SHARE): ONE // 2})
    for now, premium in ((MINUTE + 1, 6_001), (30 * DAY + 1, 999), (30 * DAY + 2, 7_000)):
        made = trade("ann", "bob", 1, premium=premium, second_collateral=9_000)
        signed = signed_as_they_go(both, now, [made])
        assert both.apply(now, signed, agreed(SPOT, now, 10_000)) == (Code.ACCEPTED,)
    assert both.world.balances[CASH, FUND] == 2_000 + 60
    assert both.world.balances[CASH, FEES] == 60 - 2 * 7
