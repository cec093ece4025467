"""Choices on both kernels: whoever takes or lodges one, both assign, pay, refuse and drop alike."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.records import events
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    Choose,
    Command,
    Deposit,
    Lock,
    OpenAccount,
    RegisterAsset,
    Stake,
    Trade,
    Withdraw,
)
from tests.kernel.both import Both
from tests.kernel.openings import traded
from tests.kernel.test_ledger import signed_as_they_go
from tests.runtime.stage import CASH, HOUR, MINUTE, SECOND, SPOT, SPOT_FEED, agreed, listing

NAMES = ("ann", "bob", "carl", "dan")
BARE = {"rules": (False, False), "locks": (None, Lock(CASH, 6_000))}
RULED = {"rules": (True, True), "payoff": "forward"}
INSTRUMENTS = (
    listing(strike=10_000, expiry=6 * HOUR, choice="any_time", **BARE),
    listing(strike=10_000, expiry=3 * HOUR, choice="deadline", lag=HOUR, **BARE),
    listing(strike=10_000, expiry=9 * HOUR, choice="any_time", **RULED),
    listing(strike=10_000, expiry=5 * HOUR, choice="deadline", **RULED),
    listing(strike=9_500, expiry=8 * HOUR, choice="any_time", run_on=True, lag=HOUR, **BARE),
    listing(strike=9_500, expiry=4 * HOUR, choice="deadline", run_on=True, **BARE),
    listing(strike=9_000, expiry=7 * HOUR, choice="any_time", run_on=True, **RULED),
    listing(strike=9_000, expiry=2 * HOUR, choice="deadline", refuses_choice=True, **BARE),
)
OPENING: tuple[Command, ...] = (
    RegisterAsset(CASH, 2),
    SPOT_FEED,
    *(OpenAccount(name) for name in NAMES),
    *(Deposit(name, CASH, 90_000) for name in NAMES),
    Stake("dan", CASH, 2_000),
    *(command for pair in INSTRUMENTS for command in pair),
)
TRADES = (
    Trade(1, "ann", "bob", 3, 0, CASH, 0, 18_000),
    Trade(1, "ann", "carl", 2, 0, CASH, 0, 12_000),
    Trade(2, "bob", "carl", 2, 0, CASH, 0, 12_000),
    Trade(2, "dan", "ann", 1, 0, CASH, 0, 6_000),
    Trade(3, "carl", "ann", 3, 0, CASH, 6_000, 6_000),
    Trade(3, "bob", "ann", 1, 0, CASH, 2_000, 2_000),
    Trade(4, "dan", "bob", 2, 0, CASH, 4_000, 4_000),
    Trade(5, "ann", "dan", 2, 0, CASH, 0, 12_000),
    Trade(6, "bob", "dan", 2, 0, CASH, 0, 12_000),
    Trade(7, "carl", "bob", 2, 0, CASH, 5_000, 5_000),
    Trade(8, "ann", "carl", 2, 0, CASH, 0, 12_000),
)


def opened() -> Both:
    """Both kernels with positions in contracts that have choices."""
    return traded(OPENING, TRADES)


HOLDERS = {1: "ann", 2: "bob", 3: "carl", 4: "dan", 5: "ann", 6: "bob", 7: "carl", 8: "ann"}
names = st.sampled_from(NAMES)
wild = st.builds(
    Choose,
    st.integers(0, 9),
    names,
    st.sampled_from((0, 0, 0, 0, 1, -1)),
    st.sampled_from((-1, 0, 1, 1, 2, 3, 9)),
    st.sampled_from(((), (), (), (1,))),
)
sound = st.sampled_from(sorted(HOLDERS)).flatmap(
    lambda handle: st.builds(
        Choose, st.just(handle), st.just(HOLDERS[handle]), st.just(0), st.sampled_from((1, 2, 2))
    )
)
commands: st.SearchStrategy[Command] = st.one_of(
    sound,
    sound,
    wild,
    st.builds(Withdraw, names, st.just(CASH), st.sampled_from((10_000, 60_000, 84_000))),
    st.builds(Trade, st.integers(1, 8), names, names, st.just(1), st.just(0), st.just(CASH)),
)
steps = st.tuples(
    st.sampled_from((SECOND, MINUTE, 20 * MINUTE, HOUR, HOUR, 2 * HOUR)),
    st.sampled_from((None, 0, 7_000, 9_000, 9_800, 10_000, 10_300, 11_000, 14_000)),
    st.lists(commands, max_size=4),
)
Step = tuple[int, int | None, list[Command]]


def played(script: list[Step]) -> Both:
    """Both kernels after blocks."""
    both = opened()
    for length, spot, batch in script:
        now = both.world.time + length
        reports = () if spot is None else agreed(SPOT, now, spot)
        both.apply(now, signed_as_they_go(both, now, batch), reports)
    return both


@given(st.lists(steps, min_size=2, max_size=10))
@settings(max_examples=60, deadline=None)
def test_both_choose_alike(script: list[Step]) -> None:
    played(script)


STORY: tuple[tuple[int, int | None, Command, Code], ...] = (
    (SECOND, 10_000, Withdraw("carl", CASH, 42_990), Code.ACCEPTED),
    (SECOND, None, Choose(1, "ann", 0, 2), Code.ACCEPTED),
    (SECOND, None, Choose(1, "ann", 0, 4), Code.NOT_THE_CHOOSER),
    (SECOND, None, Choose(1, "bob", 0, 1), Code.NOT_THE_CHOOSER),
    (SECOND, None, Choose(1, "ann", 0, 1, (5,)), Code.MALFORMED),
    (SECOND, None, Choose(2, "bob", 0, 2), Code.ACCEPTED),
    (SECOND, None, Choose(2, "bob", 0, 1), Code.ACCEPTED),
    (SECOND, None, Choose(5, "ann", 0, 1), Code.CHOICE_NOT_SEPARABLE),
    (SECOND, None, Choose(6, "bob", 0, 1), Code.CHOICE_NOT_SEPARABLE),
    (SECOND, None, Choose(6, "bob", 0, 2), Code.ACCEPTED),
    (SECOND, None, Choose(8, "ann", 0, 1), Code.ACCEPTED),
    (MINUTE, 7_000, Choose(3, "carl", 0, 3), Code.CANNOT_PAY),
    (MINUTE, 8_700, Choose(3, "carl", 0, 1), Code.BELOW_INITIAL),
    (MINUTE, 11_000, Choose(3, "carl", 0, 1), Code.ACCEPTED),
    (MINUTE, 0, Choose(3, "carl", 0, 1), Code.CANNOT_PAY),
    (MINUTE, 11_000, Choose(5, "ann", 0, 2), Code.ACCEPTED),
    (2 * HOUR, 12_000, Choose(9, "ann", 0, 1), Code.UNKNOWN_INSTRUMENT),
    (2 * HOUR, 12_000, Choose(1, "ann", 0, 1), Code.ACCEPTED),
    (5 * HOUR, 12_000, Choose(1, "ann", 0, 1), Code.INSTRUMENT_CLOSED),
)


def test_choices_reach_what_they_are_about() -> None:
    """Each refusal leaves nothing behind, also one that shows when everything is done."""
    both = opened()
    for length, spot, command, code in STORY:
        now = both.world.time + length
        reports = () if spot is None else agreed(SPOT, now, spot)
        found = both.apply(now, signed_as_they_go(both, now, [command]), reports)
        assert found == (code,), (command, found)
    told = {type(event) for event in both.told}
    assert {events.ChoiceTaken, events.Assigned, events.ChoiceDropped, events.Owed} <= told
