"""Tables of risk on which two of three appraisers agree, for a call whose code does not say it.

bob writes calls at 10 000; a lot owes 4 000 at worst. The table says 500 a lot, 300 as maintenance,
600 as initial margin. It is fresh for a minute, blends for ten, its maintenance an hour later.
"""

from dataclasses import replace

import pytest

from rfos_lang.artefact.format import content_hash
from rfos_lang.artefact.policy import compile_policy
from rfos_runtime.node.snapshot import restored, snapshot
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
    Elect,
    Lock,
    Release,
)
from rfos_runtime.records.events import Appraised, AuctionBegan, AuctionFilled, Paused
from rfos_runtime.reference import portfolio
from rfos_runtime.reference.margin import margin_of
from rfos_runtime.reference.pools import pool_asset
from rfos_runtime.reference.world import Panel, Table
from tests.core.policies import policy
from tests.runtime.stage import (
    CASH,
    HOUR,
    MINUTE,
    SECOND,
    SPOT_FEED,
    Stage,
    listing,
    opened,
    trade,
)

PANEL = ("a1", "a2", "a3")
AGEING = Ageing(MINUTE, 10 * MINUTE, HOUR)
DEFINE, LIST = listing(
    strike=10_000, expiry=90 * DAY, locks=(None, Lock(CASH, 4_000)), has_risk=False
)
VERSION = bytes.fromhex(LIST.definition)  # a script stands as it is written until it ends
REGISTER = RegisterAppraisers(LIST.definition, PANEL, 2, AGEING)
DESK = compile_policy(policy("worst_loss", "2 * maintenance", "spot in [-10%, 0%, 10%]"), "")
NAME = bytes.fromhex(content_hash(DESK))
BEGAN = 5 * MINUTE


def said(name: str, epoch: int = BEGAN, **other: object) -> Appraise:
    """What all of them say, if one says nothing else."""
    made = Appraise(name, 1, VERSION, epoch, -500, (0, 300), (0, 600))
    return replace(made, **other)


def at(notional: int, price: int = 10_000) -> tuple[Price, ...]:
    """What the price was, and delta times it."""
    return (Price(price, notional),)


def registered(
    *more: Command,
    lots: int = 0,
    posted: int = 0,
    breaker: Breaker | None = None,
    staleness: int = 100 * DAY,
) -> Stage:
    funds = {"ann": 100_000, "bob": 100_000, "carl": 100_000, "a1": 0, "a2": 0, "a3": 0, "x": 0}
    stage = opened(funds, feed=replace(SPOT_FEED, staleness=staleness, breaker=breaker))
    stage.accepted(2 * SECOND, DEFINE, REGISTER, LIST, DefinePolicy(DESK), *more, spot=10_000)
    if lots:
        stage.accepted(3 * SECOND, trade("ann", "bob", lots, second_collateral=posted))
    stage.accepted(BEGAN, spot=10_000)
    return stage


def agreed(stage: Stage, time: int = BEGAN + 1, **other: object) -> Stage:
    """Two say the same, and time goes on by a nanosecond."""
    stage.accepted(time, *(said(name, time - 1, **other) for name in PANEL[:2]))
    stage.accepted(time + 1)
    return stage


def needs(stage: Stage, time: int, account: str = "bob") -> tuple[int, int, int]:
    stage.accepted(time)
    found = margin_of(stage.world, 1, account)
    return found.exposure, found.maintenance, found.initial


# --- what counts -------------------------------------------------------------------------------


def test_without_a_table_a_lot_needs_its_worst_case() -> None:
    stage = registered()
    assert stage.code(trade("ann", "bob", 1, second_collateral=3_999)) is Code.BELOW_INITIAL
    assert stage.code(trade("ann", "bob", 1, second_collateral=4_000)) is Code.ACCEPTED


def test_one_word_is_not_enough_and_neither_are_two_that_differ_in_a_bit() -> None:
    stage = registered()
    stage.accepted(BEGAN + 1, said("a1"), said("a2", exposure=-501), said("a3", initial=(1, 600)))
    assert stage.told(Appraised) == []
    stage.accepted(BEGAN + 2)
    assert stage.code(trade("ann", "bob", 1, second_collateral=3_999)) is Code.BELOW_INITIAL
    later = BEGAN + 2
    stage.accepted(BEGAN + 9, *(said(name, later, exposure=-501) for name in PANEL))
    assert stage.told(Appraised) == [Appraised(1, later)]


def test_a_table_counts_with_the_next_mark_and_no_command_moves_one() -> None:
    stage = registered()
    thin = trade("ann", "bob", 1, second_collateral=1_100)
    applied = stage.play(BEGAN + 1, said("a1"), said("a3"), thin)
    assert applied.results == (Code.ACCEPTED, Code.ACCEPTED, Code.BELOW_INITIAL)
    less = replace(thin, second_collateral=1_099)
    assert stage.code(less) is Code.BELOW_INITIAL
    assert stage.code(thin) is Code.ACCEPTED


def test_a_table_liquidates_as_a_mark_does() -> None:
    stage = agreed(registered(Bid("carl", 1, ONE * 101 // 100, 50), lots=10, posted=40_000))
    stage.accepted(BEGAN + 9, Release(1, "bob", 29_000))
    agreed(stage, BEGAN + MINUTE, exposure=-900)
    assert stage.told(AuctionBegan)
    assert stage.told(AuctionFilled)


# --- age ---------------------------------------------------------------------------------------


def test_it_blends_into_the_worst_case_and_its_maintenance_later() -> None:
    stage = agreed(registered(lots=1, posted=4_000))
    aged = {
        MINUTE: (500, 300, 600),
        MINUTE + 6 * SECOND: (500, 300, 600 + 29),
        6 * MINUTE: (500, 300, 600 + 1_450),
        11 * MINUTE: (500, 300, 3_500),
        HOUR + MINUTE: (500, 300, 3_500),
        HOUR + 6 * MINUTE: (500, 300 + 1_600, 3_500),
        HOUR + 11 * MINUTE: (500, 3_500, 3_500),
        DAY: (500, 3_500, 3_500),
    }
    assert {age: needs(stage, BEGAN + age) for age in aged} == aged


def test_it_is_rounded_half_even() -> None:
    """2 900 missing over ten minutes: a unit in 206.9 ms."""
    stage = agreed(registered(lots=1, posted=4_000))
    tick = 10 * MINUTE // 2_900 // 2
    assert [needs(stage, BEGAN + MINUTE + n * tick)[2] for n in (1, 2, 4)] == [600, 601, 602]


def test_age_alone_liquidates_nobody_within_the_grace() -> None:
    stage = agreed(registered(lots=10, posted=40_000))
    stage.accepted(BEGAN + 9, Release(1, "bob", 29_000))
    for age in (2 * MINUTE, 11 * MINUTE, HOUR, HOUR + MINUTE):
        stage.accepted(BEGAN + age, spot=10_000)
        assert stage.told(AuctionBegan) == []
    assert stage.code(Release(1, "bob", 1)) is Code.BELOW_INITIAL
    stage.accepted(BEGAN + HOUR + 3 * MINUTE)
    assert stage.told(AuctionBegan)


def test_a_new_one_is_fresh_again() -> None:
    stage = agreed(registered(lots=1, posted=4_000))
    assert needs(stage, BEGAN + 11 * MINUTE)[2] == 3_500
    agreed(stage, BEGAN + 12 * MINUTE)
    assert needs(stage, BEGAN + 13 * MINUTE - 1)[2] == 600


def test_one_of_a_version_before_is_of_nothing() -> None:
    """ann takes a choice after which the contract goes on as another."""
    script = {"has_risk": False, "choice": "any_time", "run_on": True, "remembers": True}
    lock = (None, Lock(CASH, 4_000))
    define, listed = listing(strike=9_900, expiry=90 * DAY, locks=lock, **script)
    stage = opened({"ann": 9_000, "bob": 9_000, "a1": 0, "a2": 0, "a3": 0})
    panel = replace(REGISTER, definition=listed.definition)
    stage.accepted(2 * SECOND, define, panel, listed, spot=10_000)
    stage.accepted(3 * SECOND, trade("ann", "bob", 1, second_collateral=4_000))
    version = bytes.fromhex(listed.definition)
    agreed(stage, 4 * SECOND, version=version)
    assert stage.world.instruments[1].mark is not None
    stage.accepted(BEGAN, Choose(1, "ann", 0, 1), spot=10_000)
    assert stage.world.instruments[1].mark is None
    assert stage.code(Release(1, "bob", 1)) is Code.BELOW_INITIAL
    assert stage.code(said("a1", version=version)) is Code.ANOTHER_VERSION


# --- prices ------------------------------------------------------------------------------------


def test_between_two_tables_it_moves_with_prices() -> None:
    """Delta times price is -4 000: a hundredth up costs bob 40 more, and down 40 less."""
    stage = agreed(registered(lots=1, posted=4_000), prices=at(-4_000))
    for spot, exposure in (
        (10_000, 500),
        (10_100, 540),
        (9_900, 460),
        (10_001, 500),
        (10_002, 501),
    ):
        stage.accepted(stage.world.time + 1, spot=spot)
        assert needs(stage, stage.world.time + 1) == (exposure, 300, 600)
    agreed(stage, stage.world.time + SECOND, prices=at(-4_000, 10_002))
    assert needs(stage, stage.world.time + 1) == (500, 300, 600)


def test_it_moves_from_its_epoch_on_not_from_when_it_was_accepted() -> None:
    stage = registered(lots=1, posted=4_000)
    stage.accepted(BEGAN + SECOND, spot=10_500)
    words = (said(name, BEGAN, prices=at(-4_000)) for name in PANEL[:2])
    stage.accepted(BEGAN + 2 * SECOND, *words)
    assert needs(stage, BEGAN + 3 * SECOND) == (700, 300, 600)


def test_nothing_moves_out_of_what_can_be_owed() -> None:
    """Once a lot is worth 3 700 only 300 are left of the worst case."""
    losses = Scenarios(NAME, (500, 0, -3_500))
    stage = agreed(registered(lots=1, posted=4_000), tables=(losses,), prices=at(-200_000))
    stage.accepted(BEGAN + 3, spot=10_160)
    assert needs(stage, BEGAN + 4) == (3_700, 300, 300)
    assert stage.world.tables[1, NAME.hex()].losses == (500, 0, -300)
    stage.accepted(BEGAN + 5, spot=12_000)
    assert needs(stage, BEGAN + 6) == (4_000, 0, 0)
    stage.accepted(BEGAN + 7, spot=1)
    assert needs(stage, BEGAN + 8) == (0, 300, 600)


def test_a_price_that_is_not_known_has_not_moved() -> None:
    stage = registered(lots=1, posted=4_000, staleness=HOUR)
    agreed(stage, prices=at(-4_000))
    stage.accepted(BEGAN + SECOND, spot=10_500)
    assert needs(stage, BEGAN + HOUR)[0] == 700
    assert needs(stage, BEGAN + HOUR + SECOND + 1)[0] == 500


# --- breakers ----------------------------------------------------------------------------------


def test_a_breaker_of_what_it_reads_pauses_it() -> None:
    """A tenth within a minute pauses for five: nothing opens, and an auction stands still."""
    breaker = Breaker(ONE // 10, MINUTE, 5 * MINUTE)
    stage = registered(
        Bid("carl", 1, ONE * 101 // 100, 50), lots=10, posted=40_000, breaker=breaker
    )
    agreed(stage)
    stage.accepted(BEGAN + 9, Release(1, "bob", 29_000))
    agreed(stage, BEGAN + MINUTE, exposure=-900)
    assert stage.told(AuctionFilled)
    stage.accepted(BEGAN + 2 * MINUTE, spot=10_000)
    stage.accepted(BEGAN + 2 * MINUTE + SECOND, spot=11_200)
    assert stage.told(Paused)
    opening = trade("ann", "bob", 1, second_collateral=4_000)
    assert stage.code(opening) is Code.OPENING_STOPPED
    assert stage.code(trade("bob", "ann", 1)) is Code.ACCEPTED
    agreed(stage, BEGAN + 4 * MINUTE, exposure=-2_900)
    assert stage.world.auctions[1, "bob"].began == BEGAN + 2 * MINUTE + SECOND + 5 * MINUTE
    assert stage.told(AuctionFilled) == []
    stage.accepted(BEGAN + 8 * MINUTE)
    assert stage.told(AuctionFilled)


# --- with others -------------------------------------------------------------------------------


def test_policies_use_it() -> None:
    """A tenth up costs a lot of bob 700: maintenance 700, initial twice that."""
    losses = Scenarios(NAME, (500, 0, -700))
    stage = agreed(registered(Elect("bob", CASH, NAME)), tables=(losses,), prices=at(-4_000))
    assert stage.world.tables[1, NAME.hex()] == Table((500, 0, -700), ((CASH, CASH, -4_000),))
    assert stage.code(trade("ann", "bob", 2, second_collateral=3_799)) is Code.BELOW_INITIAL
    assert stage.code(trade("ann", "bob", 2, second_collateral=3_800)) is Code.ACCEPTED
    assert pool_asset(stage.world, 1, "bob") == CASH
    assert needs(stage, BEGAN + MINUTE) == (1_000, 1_400, 2_800)


def together(lots: int) -> Stage:
    """ann and bob margin together, with 4 000 a lot each."""
    stage = registered(Elect("ann", CASH, NAME), Elect("bob", CASH, NAME))
    agreed(stage, tables=(Scenarios(NAME, (500, 0, -700)),), prices=at(-4_000))
    posted = {"first_collateral": 4_000 * lots, "second_collateral": 4_000 * lots}
    stage.accepted(BEGAN + 9, trade("ann", "bob", lots, **posted))
    return stage


def test_to_policies_it_blends_into_the_worst_case_as_it_does_for_one_position() -> None:
    """bob's lot needs 700 at last, twice that to open, and 3 500 of its worst case besides its
    value: of the first as much less, and of the second as much more, as the table is late."""
    stage = together(1)

    def opening(time: int) -> int:
        stage.accepted(time)
        found = portfolio.margin_of(stage.world, "bob", CASH, at_worst=True)
        assert found.exposure == 500
        return found.initial

    ages = (MINUTE, 3 * MINUTE, 6 * MINUTE, 11 * MINUTE)
    assert [opening(BEGAN + age) for age in ages] == [1_400, 1_120 + 700, 700 + 1_750, 3_500]
    assert needs(stage, BEGAN + HOUR + MINUTE) == (500, 700, 1_400)
    assert needs(stage, BEGAN + HOUR + 6 * MINUTE) == (500, 350 + 1_750, 700 + 1_750)
    assert needs(stage, BEGAN + HOUR + 11 * MINUTE) == (500, 3_500, 3_500)
    assert needs(stage, BEGAN + DAY) == (500, 3_500, 3_500)


def test_the_two_sides_of_what_is_old_need_their_own_worst_cases() -> None:
    """ann's lot is worth 500 and can be worth nothing."""
    stage = together(1)
    assert needs(stage, BEGAN + MINUTE, "ann") == (-500, 500, 1_000)
    assert needs(stage, BEGAN + HOUR + 11 * MINUTE, "ann") == (-500, 500, 500)


def test_a_hedge_that_is_old_is_none() -> None:
    """At the end what one side of it loses is no gain of anything else."""
    stage = together(3)
    age = BEGAN + HOUR + 11 * MINUTE
    assert needs(stage, age) == (1_500, 10_500, 10_500)
    table = stage.world.tables[1, NAME.hex()]
    assert (table.losses, table.notionals) == ((0, 0, 0), ((CASH, CASH, 0),))
    assert table.besides == (500, 3_500)


def test_age_alone_liquidates_no_pool_within_the_grace() -> None:
    stage = together(10)
    stage.accepted(BEGAN + 10, Release(1, "bob", 20_000))
    for age in (2 * MINUTE, 11 * MINUTE, HOUR + MINUTE):
        stage.accepted(BEGAN + age, spot=10_000)
        assert stage.told(AuctionBegan) == []
    assert stage.code(Release(1, "bob", 1)) is Code.BELOW_INITIAL
    stage.accepted(BEGAN + HOUR + 10 * MINUTE)
    assert stage.told(AuctionBegan)


def test_policies_ask_for_what_a_value_is_in_doubt_by() -> None:
    """50 a lot, of which twice is added, whichever side one has; nothing where it is exact."""
    made = compile_policy(policy("2 * standard_error", "maintenance", "spot in [0%]"), "")
    name = bytes.fromhex(content_hash(made))
    chosen = (DefinePolicy(made), Elect("bob", CASH, name), Elect("ann", CASH, name))
    for error in (50, 0):
        stage = registered(*chosen)
        agreed(stage, tables=(Scenarios(name, (0,)),), prices=at(0), standard_error=error)
        stage.accepted(BEGAN + 9, trade("ann", "bob", 3, second_collateral=9_000))
        for account in ("ann", "bob"):
            assert margin_of(stage.world, 1, account).maintenance == 6 * error


def test_a_policy_of_which_it_says_nothing_does_not_know_it() -> None:
    stage = agreed(registered(Elect("bob", CASH, NAME)))
    assert stage.world.tables == {}
    assert stage.code(trade("ann", "bob", 1, second_collateral=4_000)) is Code.OPENING_STOPPED


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "code"),
    [
        (said("a1", exposure=-4_000, maintenance=(0, 0), initial=(4_000, 0)), Code.ACCEPTED),
        (said("a1", exposure=-4_001, maintenance=(0, 0), initial=(0, 0)), Code.BEYOND_ENVELOPE),
        (said("a1", exposure=1), Code.BEYOND_ENVELOPE),
        (said("a1", initial=(0, 3_500)), Code.ACCEPTED),
        (said("a1", initial=(0, 3_501)), Code.BEYOND_ENVELOPE),
        (said("a1", initial=(501, 600)), Code.BEYOND_ENVELOPE),
        (said("a1", maintenance=(0, 601)), Code.BEYOND_ENVELOPE),
        (said("a1", maintenance=(0, -1)), Code.BEYOND_ENVELOPE),
        (
            said("a1", tables=(Scenarios(NAME, (500, 0, -3_500)),), prices=at(200_000)),
            Code.ACCEPTED,
        ),
        (said("a1", tables=(Scenarios(NAME, (501, 0, 0)),), prices=at(0)), Code.BEYOND_ENVELOPE),
        (said("a1", tables=(Scenarios(NAME, (0, 0, -3_501)),), prices=at(0)), Code.BEYOND_ENVELOPE),
        (said("a1", prices=at(200_001)), Code.BEYOND_ENVELOPE),
        (said("a1", standard_error=2_000), Code.ACCEPTED),
        (said("a1", standard_error=2_001), Code.BEYOND_ENVELOPE),
        (said("a1", standard_error=-1), Code.BEYOND_ENVELOPE),
        (said("a1", prices=at(-200_000)), Code.ACCEPTED),
        (said("a1", prices=at(-200_001)), Code.BEYOND_ENVELOPE),
        (said("a1", prices=at(0, 10_001)), Code.ANOTHER_PRICE),
        (said("a1", BEGAN - 1, prices=at(0, 10_001)), Code.ACCEPTED),
        (said("a1", BEGAN - 1, prices=(Price(SPOT_FEED.lowest - 1, 0),)), Code.ANOTHER_PRICE),
        (said("a1", BEGAN - 1, prices=(Price(SPOT_FEED.highest + 1, 0),)), Code.ANOTHER_PRICE),
        (said("a1", prices=at(0) * 2), Code.MALFORMED),
        (said("a1", tables=(Scenarios(NAME, (0, 0)),), prices=at(0)), Code.MALFORMED),
        (said("a1", tables=(Scenarios(NAME, (0, 0, 0)),)), Code.MALFORMED),
        (said("a1", tables=(Scenarios(bytes(32), (0, 0, 0)),), prices=at(0)), Code.MALFORMED),
        (said("a1", tables=(Scenarios(NAME, (0, 0, 0)),) * 2, prices=at(0)), Code.MALFORMED),
        (said("a1", version=bytes(32)), Code.ANOTHER_VERSION),
        (said("a1", epoch=BEGAN + 2), Code.REPORT_EARLY),
        (said("x"), Code.NOT_AN_APPRAISER),
        (said("a1", instrument=2), Code.UNKNOWN_INSTRUMENT),
    ],
)
def test_which_words_are_refused(word: Appraise, code: Code) -> None:
    assert registered().code(word) is code


def test_the_first_word_of_an_instant_stands_and_none_comes_after_a_later_table() -> None:
    stage = registered()
    stage.accepted(BEGAN + 1, said("a1"))
    assert stage.code(said("a1", exposure=-501)) is Code.DUPLICATE_REPORT
    assert stage.code(said("a1", BEGAN - 1)) is Code.DUPLICATE_REPORT
    stage.accepted(BEGAN + 9, said("a1", BEGAN + 1), said("a2", BEGAN + 1))
    assert stage.code(said("a3")) is Code.REPORT_LATE
    assert stage.code(said("a3", BEGAN + 1, exposure=-7)) is Code.ACCEPTED  # and changes nothing
    assert stage.world.appraised[1].exposure == -500


def test_a_contract_without_a_bound_is_not_appraised() -> None:
    stage = opened({"a1": 0, "a2": 0, "a3": 0})
    listed = replace(LIST, locks=(None, Lock(CASH, None)))
    stage.accepted(2 * SECOND, DEFINE, REGISTER, listed)
    stage.accepted(BEGAN)
    assert stage.code(said("a1")) is Code.BEYOND_ENVELOPE


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (replace(REGISTER, definition="x"), Code.UNKNOWN_DEFINITION),
        (replace(REGISTER, appraisers=("a1", "nobody")), Code.UNKNOWN_ACCOUNT),
        (replace(REGISTER, appraisers=("a1", "a1", "a2")), Code.MALFORMED),
        (replace(REGISTER, appraisers=()), Code.MALFORMED),
        (replace(REGISTER, quorum=1), Code.MALFORMED),
        (replace(REGISTER, quorum=4), Code.MALFORMED),
        (replace(REGISTER, ageing=Ageing(SECOND - 1, SECOND, 0)), Code.MALFORMED),
        (replace(REGISTER, ageing=Ageing(SECOND, 30 * DAY + 1, 0)), Code.MALFORMED),
        (replace(REGISTER, ageing=Ageing(SECOND, SECOND, -1)), Code.MALFORMED),
        (replace(REGISTER, ageing=Ageing(SECOND, 30 * DAY, 0)), Code.ACCEPTED),
    ],
)
def test_which_panels_are_refused(command: Command, code: Code) -> None:
    stage = opened({"a1": 0, "a2": 0, "a3": 0})
    stage.accepted(2 * SECOND, DEFINE)
    assert stage.code(command) is code


def test_a_panel_stands_and_comes_before_the_first_listing() -> None:
    stage = registered()
    assert stage.world.panels == {LIST.definition: Panel(PANEL, 2, AGEING)}
    assert stage.code(REGISTER) is Code.APPRAISERS_STAND
    define, listed = listing(name="other", has_risk=False)
    says, _ = listing(name="says")
    stage.accepted(BEGAN + 9, define, replace(listed, start=BEGAN + 9), says)
    late = replace(REGISTER, definition=listed.definition)
    assert stage.code(late) is Code.APPRAISERS_STAND
    _, speaking = listing(name="says")
    code = stage.code(replace(REGISTER, definition=speaking.definition))
    assert code is Code.SAYS_ITS_RISK


def test_what_was_said_of_what_has_ended_is_forgotten() -> None:
    stage = agreed(registered(lots=1, posted=4_000))
    stage.accepted(90 * DAY, spot=10_100)
    assert (stage.world.words, stage.world.appraised) == ({}, {})
    assert stage.code(said("a1")) is Code.INSTRUMENT_CLOSED


def test_a_snapshot_keeps_what_is_said() -> None:
    stage = agreed(registered(), tables=(Scenarios(NAME, (0, 0, 0)),), prices=at(0))
    again = restored(snapshot(stage.world), stage.executor)
    assert again is not None
    assert replace(again, events=stage.world.events) == stage.world
