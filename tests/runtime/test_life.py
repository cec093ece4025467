"""An instrument from its definition to its end: listed, traded, fired, settled."""

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Choose, Release
from rfos_runtime.records.events import ChoiceDropped, Ended, Observed, ShortPaid
from rfos_runtime.reference.executor import Status
from rfos_runtime.reference.world import Phase
from tests.runtime.stage import HOUR, MINUTE, SECOND, SPOT, agreed, listing, opened, trade


def test_a_call_in_the_money_pays_its_payoff_at_expiry() -> None:
    stage = opened({"ann": 1000, "bob": 1000})
    stage.accepted(2 * SECOND, *listing(), spot=110)
    stage.accepted(3 * SECOND, trade("ann", "bob", 4, premium=60, second_collateral=200))
    assert (stage.free("ann"), stage.free("bob"), stage.collateral("bob")) == (940, 860, 200)

    stage.accepted(10 * HOUR, spot=125)
    assert stage.told(Observed)
    assert stage.told(Ended)
    assert (stage.free("ann"), stage.free("bob")) == (940 + 4 * 25, 860 - 4 * 25 + 200)
    assert stage.world.positions == {}
    assert stage.world.instruments[1].phase is Phase.ENDED


def test_a_payer_pays_from_free_then_from_collateral_and_never_beyond() -> None:
    stage = opened({"ann": 0, "bob": 100})
    stage.accepted(2 * SECOND, *listing(shortfall=()), spot=100)
    stage.accepted(3 * SECOND, trade("ann", "bob", 1, second_collateral=60))
    stage.accepted(10 * HOUR, spot=230)
    assert stage.told(ShortPaid)
    assert (stage.free("ann"), stage.free("bob"), stage.collateral("bob")) == (100, 0, 0)


def test_a_contract_waits_alone_for_a_fresh_observation() -> None:
    stage = opened({"ann": 1000, "bob": 1000})
    stage.accepted(2 * SECOND, *listing(expiry=3 * HOUR), spot=110)
    stage.accepted(3 * SECOND, trade("ann", "bob", 1, second_collateral=100))
    stage.accepted(5 * HOUR)  # the observation is three hours old, good for one
    assert stage.world.instruments[1].phase is Phase.WAITING
    assert stage.free("ann") == 1000
    stage.accepted(6 * HOUR, spot=130)
    assert stage.world.instruments[1].phase is Phase.ENDED
    assert stage.free("ann") == 1030


def test_a_refused_event_freezes_its_instrument_and_no_other() -> None:
    stage = opened({"ann": 1000, "bob": 1000})
    stage.accepted(2 * SECOND, *listing(expiry=HOUR, fails=True), *listing(expiry=HOUR), spot=110)
    stage.accepted(
        3 * SECOND,
        trade("ann", "bob", 1, second_collateral=100),
        trade("ann", "bob", 1, second_collateral=100, instrument=2),
    )
    stage.accepted(HOUR, spot=120)
    assert stage.world.instruments[1].phase is Phase.FROZEN
    assert stage.world.instruments[2].phase is Phase.ENDED
    assert stage.code(trade("ann", "bob", 1)) is Code.INSTRUMENT_CLOSED
    assert stage.code(Release(1, "bob", 1)) is Code.BELOW_INITIAL


def test_a_dated_payment_is_paid_when_due_after_everything_has_ended() -> None:
    stage = opened({"ann": 0, "bob": 1000})
    stage.accepted(2 * SECOND, *listing(expiry=HOUR, lag=2 * HOUR), spot=110)
    stage.accepted(3 * SECOND, trade("ann", "bob", 3, second_collateral=200))
    stage.accepted(HOUR, spot=120)
    assert stage.world.instruments[1].phase is Phase.ENDED
    assert (stage.free("ann"), stage.collateral("bob")) == (0, 200)
    assert stage.code(Release(1, "bob", 141)) is Code.BELOW_INITIAL
    assert stage.code(Release(1, "bob", 140)) is Code.ACCEPTED
    stage.accepted(3 * HOUR - 1)
    assert stage.free("ann") == 0
    stage.accepted(3 * HOUR)
    assert (stage.free("ann"), stage.free("bob"), stage.collateral("bob")) == (60, 940, 0)


def test_a_watch_fires_at_the_observation_that_meets_it() -> None:
    stage = opened({"ann": 1000, "bob": 1000})
    stage.accepted(2 * SECOND, *listing(barrier=80), spot=110)
    stage.accepted(3 * SECOND, trade("ann", "bob", 1, second_collateral=100))
    stage.accepted(2 * MINUTE, spot=81)
    assert stage.world.instruments[1].phase is Phase.ACTIVE
    stage.accepted(3 * MINUTE, spot=80)
    assert stage.world.instruments[1].phase is Phase.ENDED


def test_one_block_does_what_many_do() -> None:
    """Instants between blocks are not lost: only what commands see depends on where blocks end."""
    worlds = []
    for cuts in ([4 * HOUR], [HOUR, 2 * HOUR, 4 * HOUR], [HOUR + 1, 3 * HOUR, 4 * HOUR]):
        stage = opened({"ann": 1000, "bob": 1000})
        stage.accepted(2 * SECOND, *listing(expiry=3 * HOUR, lag=30 * MINUTE), spot=110)
        stage.accepted(3 * SECOND, trade("ann", "bob", 3, second_collateral=200))
        ticks = [(HOUR, 120), (2 * HOUR, 90), (3 * HOUR, 140)]
        last = stage.world.time
        for cut in cuts:
            inside = [tick for tick in ticks if last < tick[0] <= cut]
            reports = sum((agreed(SPOT, at, value) for at, value in inside), ())
            stage.play(cut, reports=reports)
            last = cut
        worlds.append((stage.world.balances, stage.world.feeds, stage.world.instruments[1].phase))
    assert worlds[0] == worlds[1] == worlds[2]


def test_exercise_closes_the_chooser_s_lots_and_assigns_the_other_side() -> None:
    stage = opened({"ann": 1000, "amy": 1000, "bob": 1000, "ben": 1000})
    stage.accepted(2 * SECOND, *listing(choice="any_time"), spot=110)
    stage.accepted(
        3 * SECOND,
        trade("ann", "bob", 6, second_collateral=300),
        trade("amy", "ben", 3, second_collateral=300),
    )
    assert stage.code(Choose(1, "ann", 0, 3)) is Code.CHOICE_WAITS  # not begun yet
    stage.accepted(2 * MINUTE, spot=115)
    stage.accepted(3 * MINUTE, Choose(1, "ann", 0, 3))
    assert stage.free("ann") == 1000 + 3 * 15
    assert (stage.lots("ann"), stage.lots("amy")) == (3, 3)
    assert (stage.lots("bob"), stage.lots("ben")) == (-4, -2)  # pro rata: 2 of 6, 1 of 3
    assert (stage.free("bob"), stage.free("ben")) == (700 - 2 * 15, 700 - 15)
    assert stage.code(Choose(1, "ann", 0, 4)) is Code.NOT_THE_CHOOSER
    assert stage.code(Choose(1, "bob", 0, 1)) is Code.NOT_THE_CHOOSER
    assert stage.code(Choose(1, "ann", 1, 1)) is Code.UNKNOWN_CHOICE


def test_a_lodged_choice_is_taken_at_its_deadline_by_the_lots_that_lodged_it() -> None:
    stage = opened({"ann": 1000, "amy": 1000, "bob": 2000})
    stage.accepted(2 * SECOND, *listing(choice="deadline", expiry=HOUR), spot=110)
    stage.accepted(
        3 * SECOND,
        trade("ann", "bob", 5, second_collateral=200),
        trade("amy", "bob", 5, second_collateral=200),
    )
    stage.accepted(4 * SECOND, Choose(1, "ann", 0, 4))
    stage.accepted(HOUR, spot=120)
    assert stage.free("ann") == 1000 + 4 * 20  # her fifth lot lets the deadline pass
    assert stage.free("amy") == 1000
    assert stage.free("bob") == 2000 - 4 * 20
    assert stage.world.instruments[1].phase is Phase.ENDED
    assert stage.world.lodged == {}


def test_a_lodged_choice_ends_with_its_instrument() -> None:
    stage = opened({"ann": 1000, "bob": 2000})
    stage.accepted(2 * SECOND, *listing(choice="deadline", expiry=HOUR, barrier=80), spot=110)
    stage.accepted(3 * SECOND, trade("ann", "bob", 5, second_collateral=200))
    stage.accepted(4 * SECOND, Choose(1, "ann", 0, 4))
    stage.accepted(2 * MINUTE, spot=110)
    assert len(stage.world.lodged) == 1
    stage.accepted(3 * MINUTE, spot=80)
    assert stage.world.lodged == {}


def test_nobody_lodges_with_hindsight_while_the_deadline_waits_for_a_price() -> None:
    stage = opened({"ann": 1000, "amy": 1000, "bob": 2000})
    stage.accepted(2 * SECOND, *listing(choice="deadline", expiry=3 * HOUR), spot=110)
    stage.accepted(3 * SECOND, trade("ann", "bob", 5, second_collateral=200))
    stage.accepted(4 * SECOND, trade("amy", "bob", 5, second_collateral=200))
    stage.accepted(5 * SECOND, Choose(1, "ann", 0, 4))
    stage.accepted(3 * HOUR)
    assert stage.world.instruments[1].phase is Phase.WAITING
    assert stage.code(Choose(1, "amy", 0, 5)) is Code.CHOICE_WAITS
    stage.accepted(4 * HOUR, spot=120)
    assert stage.free("ann") == 1000 + 4 * 20
    assert stage.free("amy") == 1000


def test_a_choice_must_leave_its_chooser_at_initial_margin() -> None:
    """Ten long forwards with 13 000 posted; at 9 800 the tenth costs 200 and frees too little."""
    stage = opened({"ann": 14_000, "bob": 20_000})
    both = listing(strike=10_000, payoff="forward", rules=(True, True), choice="any_time")
    stage.accepted(2 * SECOND, *both, spot=10_000)
    sides = {"first_collateral": 13_000, "second_collateral": 20_000}
    stage.accepted(3 * SECOND, trade("ann", "bob", 10, **sides))
    stage.accepted(2 * MINUTE, spot=9_800)
    assert stage.code(Choose(1, "ann", 0, 1)) is Code.BELOW_INITIAL
    assert stage.code(Choose(1, "ann", 0, 5)) is Code.ACCEPTED


def test_a_lodged_choice_that_is_refused_at_its_deadline_is_dropped() -> None:
    stage = opened({"ann": 1000, "bob": 2000})
    pair = listing(choice="deadline", expiry=HOUR, refuses_choice=True)
    stage.accepted(2 * SECOND, *pair, spot=110)
    stage.accepted(3 * SECOND, trade("ann", "bob", 5, second_collateral=200))
    stage.accepted(4 * SECOND, Choose(1, "ann", 0, 4))
    stage.accepted(HOUR, spot=120)
    assert stage.told(ChoiceDropped) == [ChoiceDropped(1, "exercise", "ann", Status.REQUIREMENT)]
    assert stage.free("ann") == 1000
    assert stage.world.instruments[1].phase is Phase.ENDED


def test_a_choice_that_goes_on_belongs_to_the_holder_of_a_whole_side() -> None:
    stage = opened({"ann": 1000, "amy": 1000, "bob": 1000})
    stage.accepted(2 * SECOND, *listing(choice="any_time", run_on=True), spot=110)
    stage.accepted(3 * SECOND, trade("ann", "bob", 2, second_collateral=300))
    assert stage.code(trade("amy", "bob", 1, second_collateral=50)) is Code.ONE_HOLDER_A_SIDE
    stage.accepted(2 * MINUTE, spot=115)
    assert stage.code(Choose(1, "ann", 0, 1)) is Code.CHOICE_NOT_SEPARABLE
    assert stage.code(Choose(1, "ann", 0, 2)) is Code.ACCEPTED
    assert stage.free("ann") == 1000 + 2 * 15
    assert stage.lots("ann") == 2
