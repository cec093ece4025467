"""What is stuck comes to its end on both kernels alike, whatever else is asked meanwhile."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.records import events
from rfos_runtime.records.block import Report
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    DAY,
    ONE,
    Bid,
    Command,
    Deposit,
    Lock,
    OpenAccount,
    Post,
    RegisterAsset,
    Stake,
    Trade,
)
from rfos_runtime.records.interventions import Halt, Payment, Resolve, Substitute
from tests.kernel.both import Both
from tests.kernel.openings import traded
from tests.kernel.test_ledger import signed_as_they_go
from tests.runtime.stage import CASH, HOUR, MINUTE, REPORTERS, SPOT, SPOT_FEED, listing

NAMES = ("ann", "bob", "carl")
LOCK = Lock(CASH, 5_000)
EXPIRY = 3 * HOUR
STUCK = (
    listing(strike=10_000, expiry=EXPIRY, locks=(None, LOCK), fails=True),
    listing(strike=10_000, expiry=EXPIRY, locks=(None, LOCK), aspect="fixing"),
    listing(strike=9_900, payoff="forward", rules=(True, True), locks=(LOCK, LOCK), fails=True),
    listing(strike=9_900, expiry=90 * DAY),
)
OPENING: tuple[Command, ...] = (
    RegisterAsset(CASH, 2),
    SPOT_FEED,
    *(OpenAccount(name) for name in NAMES),
    *(Deposit(name, CASH, 30_000) for name in NAMES),
    Stake("carl", CASH, 2_000),
    *(command for pair in STUCK for command in pair),
)
TRADES = (
    Trade(1, "ann", "bob", 3, 0, CASH, 0, 5_000),
    Trade(2, "ann", "bob", 2, 0, CASH, 0, 3_000),
    Trade(2, "carl", "bob", 1, 0, CASH, 0, 1_500),
    Trade(3, "bob", "ann", 2, 0, CASH, 4_000, 4_000),
    Trade(4, "carl", "ann", 1, 0, CASH, 0, 1_500),
)
names, handles = st.sampled_from(NAMES), st.sampled_from((1, 1, 2, 2, 3, 3, 4, 5))
reasons = st.sampled_from(("why", "why", "why", ""))
ats = st.sampled_from((None, 30 * HOUR, 33 * HOUR, 60 * HOUR))
sides = st.sampled_from((("writer", "holder"), ("holder", "writer"), ("x", "y")))
payments = st.builds(
    lambda parties, units: Payment(*parties, CASH, units), sides, st.sampled_from((1, 700, 5_000))
)
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(Resolve, handles, st.lists(payments, max_size=2).map(tuple), reasons, ats),
    st.builds(
        Substitute,
        st.sampled_from((SPOT, SPOT, "x")),
        st.sampled_from((EXPIRY, EXPIRY, DAY)),
        st.sampled_from((10_200, -1)),
        reasons,
        ats,
    ),
    st.builds(Bid, names, handles, st.just(ONE), st.just(2), st.just(CASH), st.just(900)),
    st.builds(Post, handles, names, st.sampled_from((1, 500))),
    st.builds(Halt, handles, st.just(""), reasons),
    st.builds(Trade, handles, names, names, st.sampled_from((1, 2)), st.just(0), st.just(CASH)),
)
Step = tuple[int, tuple[int, int | None] | None, list[Command]]
spots = st.sampled_from((None, None, (10_000, None), (10_700, None), (10_300, EXPIRY)))
lengths = st.sampled_from((1, MINUTE, 2 * HOUR, 25 * HOUR))
steps = st.tuples(lengths, spots, st.lists(commands, max_size=4))


def played(script: list[Step]) -> Both:
    """Both kernels after blocks: how long each lasts, what all reporters say in it."""
    both = traded(OPENING, TRADES)
    for length, said, batch in script:
        now = both.world.time + length
        words = () if said is None else [Report(SPOT, now, said[0], r, said[1]) for r in REPORTERS]
        both.apply(now, signed_as_they_go(both, now, batch), words)
    return both


@given(st.lists(steps, min_size=3, max_size=9))
@settings(max_examples=60, deadline=None)
def test_both_resolve_alike(script: list[Step]) -> None:
    played(script)


def test_resolving_reaches_what_it_is_about() -> None:
    """A frozen one that ends, a waiting one that goes on by a substitute, so that its resolution
    lapses, a bid that goes back."""
    pay = (Payment("writer", "holder", CASH, 5_000),)
    asked: list[Command] = [
        Bid("carl", 1, ONE, 2, CASH, 900),
        Resolve(1, pay, "why", 30 * HOUR),
        Resolve(2, pay, "why", 60 * HOUR),
        Substitute(SPOT, EXPIRY, 10_200, "why", 30 * HOUR),
        Resolve(4, pay, "why", 60 * HOUR),
    ]
    night: Step = (25 * HOUR, None, [])
    script: list[Step] = [(2 * HOUR, (10_000, None), []), (2 * HOUR, (10_000, None), asked)]
    both = played([*script, night, night, night])
    assert {code for codes in both.said for code in codes} == {Code.ACCEPTED, Code.GOES_ON}
    kinds = (events.Resolved, events.Substituted, events.Lapsed)
    assert all(any(isinstance(event, kind) for event in both.told) for kind in kinds)
    causes = {event.cause.kind for event in both.told if isinstance(event, events.Posted)}
    assert {"resolution", "return"} <= causes
