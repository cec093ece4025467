"""Both kernels take the same words of appraisers, and margin, liquidate and margin together by the
same tables at every age, whatever else is asked."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.format import content_hash
from rfos_lang.artefact.policy import compile_policy
from rfos_runtime.kernel.margin.held import pool_as
from rfos_runtime.records import events
from rfos_runtime.records.appraisals import Ageing, Appraise, Price, RegisterAppraisers, Scenarios
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    DAY,
    ONE,
    Bid,
    Breaker,
    Choose,
    Command,
    DefinePolicy,
    Deposit,
    Elect,
    Lock,
    OpenAccount,
    Post,
    RegisterAsset,
    RegisterFeed,
    Release,
    Stake,
    Trade,
)
from rfos_runtime.reference import portfolio
from rfos_runtime.reference.margin import margin_of
from tests.core.policies import policy
from tests.kernel.both import Both
from tests.kernel.openings import traded
from tests.kernel.test_ledger import signed_as_they_go
from tests.runtime.stage import CASH, HOUR, MINUTE, SECOND, SPOT, SPOT_FEED, agreed, listing

NAMES, PANEL = ("ann", "bob", "carl"), ("x", "y", "z")
GRID = "spot in [-10%, 10%]"
DESK = compile_policy(policy("worst_loss + 2 * standard_error", "130% * maintenance", GRID), "")
NAME = bytes.fromhex(content_hash(DESK))
LOCK = Lock(CASH, 4_000)
BOTH = {"payoff": "forward", "rules": (True, True), "locks": (LOCK, LOCK)}
RUNS = {"choice": "any_time", "run_on": True, "remembers": True, "locks": (None, LOCK)}
SILENT = (
    listing(strike=10_000, expiry=9 * DAY, has_risk=False, locks=(None, LOCK)),
    listing(strike=10_000, expiry=9 * HOUR, has_risk=False, **BOTH),
    listing(strike=10_000, expiry=9 * DAY, has_risk=False, **RUNS),
)
VERSIONS = tuple(bytes.fromhex(listed.definition) for _, listed in SILENT)
OPENING: tuple[Command, ...] = (
    RegisterAsset(CASH, 2),
    replace(SPOT_FEED, staleness=DAY),
    *(OpenAccount(name) for name in (*NAMES, *PANEL)),
    *(Deposit(name, CASH, 40_000) for name in NAMES),
    Stake("carl", CASH, 3_000),
    *(define for define, _ in SILENT),
    *(
        RegisterAppraisers(listed.definition, PANEL, 2, Ageing(MINUTE, 9 * MINUTE, 20 * MINUTE))
        for _, listed in SILENT
    ),
    *(listed for _, listed in SILENT),
    DefinePolicy(DESK),
)
TRADES = (
    Trade(1, "ann", "bob", 3, 0, CASH, 0, 12_000),
    Trade(2, "bob", "carl", 2, 0, CASH, 8_000, 8_000),
    Trade(3, "ann", "carl", 1, 0, CASH, 0, 4_000),
)
names, handles = st.sampled_from(NAMES), st.sampled_from((1, 1, 2, 2, 3))
one, amounts = st.just(1), st.sampled_from((1, 700, 2_500, 7_000))
tables = st.sampled_from(
    (
        (),
        (Scenarios(NAME, (-300, 400)),),
        (Scenarios(NAME, (-500, 900)),),
        (Scenarios(NAME, (-500,)),),
    )
)

prices = st.builds(
    Price,
    st.sampled_from((10_000,) * 3 + (9_800, 10_301, 0, -(2**90))),
    st.sampled_from((3_000, 3_000, -60_000, 0)),
)


@st.composite
def words(draw: st.DrawFn) -> list[Command]:
    """What some appraisers say of an instrument, mostly the same; of a minute that is full."""
    handle, minute = draw(handles), draw(st.integers(1, 90))
    first = draw(st.sampled_from((0, 0, 200)))
    word = Appraise(
        "x",
        handle,
        draw(st.sampled_from((VERSIONS[handle - 1],) * 5 + (bytes(32),))),
        minute * MINUTE,
        draw(st.sampled_from((-900, -300, 0, 500, -4_001)))
        if handle == 2
        else draw(st.sampled_from((-900, -300, -1_900))),
        (first * (handle == 2), 300),
        (2 * first * (handle == 2), 700),
        draw(tables),
        draw(st.sampled_from((0, 0, 90, 1_500, 2_001, 4_001, -1))),
        tuple(draw(st.lists(prices, min_size=1, max_size=1) | st.just([]))),
    )
    speak = draw(st.lists(st.sampled_from((*PANEL, "ann")), unique=True, min_size=1))
    return [replace(word, account=name) for name in speak]


commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        Trade, handles, names, names, st.just(1), st.just(0), st.just(CASH), amounts, amounts
    ),
    st.builds(Release, handles, names, amounts),
    st.builds(Release, handles, names, amounts),
    st.builds(Post, handles, names, amounts),
    st.builds(Bid, names, handles, st.sampled_from((ONE * 9 // 10, ONE)), st.just(4)),
    st.builds(Elect, names, st.just(CASH), st.sampled_from((NAME, NAME, b""))),
    st.builds(Choose, st.just(3), names, st.just(0), st.just(1)),
)
steps = st.tuples(
    st.sampled_from((SECOND, MINUTE, 3 * MINUTE, 12 * MINUTE, HOUR)),
    st.sampled_from((None, None, 9_800, 10_300)),
    st.lists(words(), max_size=2),
    st.lists(commands, max_size=4),
)
Step = tuple[int, int | None, list[list[Command]], list[Command]]


STOPPING = replace(SPOT_FEED, staleness=DAY, breaker=Breaker(ONE // 25, HOUR, 5 * MINUTE))


def played(script: list[Step], stops: bool = False) -> Both:
    """Both kernels after blocks: words first, then what else is asked. `stops`: a breaker."""
    opening = [STOPPING if stops and isinstance(each, RegisterFeed) else each for each in OPENING]
    both = traded(opening, TRADES)
    for length, spot, said, asked in script:
        now = both.world.time + length
        batch = [*(word for each in said for word in each), *asked]
        reports = () if spot is None else agreed(SPOT, now, spot)
        both.apply(now, signed_as_they_go(both, now, batch), reports)
    return both


PRICED = (Price(10_000, 3_000),)


@given(st.lists(steps, min_size=4, max_size=10), st.booleans())
@settings(max_examples=60, deadline=None)
def test_both_margin_by_the_same_tables(script: list[Step], stops: bool) -> None:
    played(script, stops)


def test_a_breaker_stops_what_appraisers_value_in_both() -> None:
    opening: list[Command] = [Trade(1, "ann", "bob", 1, 0, CASH, 0, 4_000)]
    both = played([(MINUTE, 10_500, [], opening), (HOUR, None, [], opening)], stops=True)
    assert both.said[-2:] == [(Code.OPENING_STOPPED,), (Code.ACCEPTED,)]


def test_what_values_are_in_doubt_by_counts_in_both() -> None:
    """A tenth down costs a lot of carl 300, and twice 90 are added."""
    table = Scenarios(NAME, (-300, 200))
    made = Appraise("x", 3, VERSIONS[2], 2 * MINUTE, -300, (0, 300), (0, 700), (table,), 90, PRICED)
    words: list[Command] = [made, replace(made, account="z")]
    both = played([(MINUTE, None, [words], []), (SECOND, None, [], [Elect("carl", CASH, NAME)])])
    account, asset = both.kernel.account("carl"), both.kernel.assets[CASH]
    assert pool_as(both.kernel, account, asset, at_worst=False).maintenance == 480
    assert margin_of(both.world, 3, "carl").maintenance == 480


def test_a_table_moves_with_prices_and_ages_for_pools_in_both() -> None:
    """A twentieth up is 150 of a value, and of 4 000 at worst 3 850 are left. Five ninths late, a
    lot needs so much of that besides four ninths of 300; openings see all of it, and 8 000 of what
    is unknown."""
    table = Scenarios(NAME, (-300, 200))
    made = Appraise("x", 3, VERSIONS[2], 2 * MINUTE, -300, (0, 300), (0, 700), (table,), 0, PRICED)
    words: list[Command] = [made, replace(made, account="z")]
    script: list[Step] = [
        (MINUTE, None, [words], []),
        (SECOND, 10_500, [], [Elect("carl", CASH, NAME)]),
        (26 * MINUTE - SECOND - 2, None, [], []),
    ]
    both = played(script)
    account, asset = both.kernel.account("carl"), both.kernel.assets[CASH]
    found = margin_of(both.world, 3, "carl")
    fast = pool_as(both.kernel, account, asset, at_worst=False)
    assert (fast.exposure, fast.maintenance) == (found.exposure, found.maintenance)
    assert found.exposure == 150
    opening = pool_as(both.kernel, account, asset, at_worst=True)
    assert opening.initial == portfolio.margin_of(both.world, "carl", CASH, at_worst=True).initial
    assert (found.maintenance, opening.initial) == (133 + 2_139, 3_850 + 8_000)


def test_tables_reach_what_they_are_about() -> None:
    """One that counts, margin released by it, a portfolio that uses it, an auction that age begins,
    one of a version before."""

    def word(handle: int, minute: int, *tables: Scenarios) -> list[Command]:
        made = Appraise(
            "x",
            handle,
            VERSIONS[handle - 1],
            minute * MINUTE,
            -300,
            (0, 300),
            (0, 700),
            tables,
            prices=PRICED,
        )
        return [made, replace(made, account="z")]

    table = Scenarios(NAME, (-300, 200))
    both = played(
        [
            (MINUTE, None, [word(1, 2), word(3, 2, table)], []),
            (SECOND, None, [], [Release(1, "bob", 9_000), Elect("carl", CASH, NAME)]),
            (20 * MINUTE, None, [word(3, 22, table)], []),
            (SECOND, None, [], [Choose(3, "ann", 0, 1)]),
            (MINUTE, None, [word(3, 23, table)], []),
            (20 * MINUTE, None, [], []),
        ]
    )
    said = {code for codes in both.said for code in codes}
    assert said == {Code.ACCEPTED, Code.ANOTHER_VERSION}
    counted = [event for event in both.told if isinstance(event, events.Appraised)]
    assert [event.instrument for event in counted] == [1, 3, 3]
    began = [event for event in both.told if isinstance(event, events.AuctionBegan)]
    assert (1, "bob") in {(event.instrument, event.account) for event in began}
