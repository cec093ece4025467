"""What is stuck comes to an end: the operator says how, everybody sees it for a day, then it comes
to pass by itself.

bob is short ten lots of a call at 10 000 that expires after 5 hours; a lot owes 5 000 at worst.
"""

from dataclasses import replace

import pytest

from rfos_runtime.node.snapshot import restored, snapshot
from rfos_runtime.records.block import Report
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import DAY, ONE, Bid, Command, Lock, Trade
from rfos_runtime.records.events import (
    Announced,
    AuctionBegan,
    AuctionEnded,
    Frozen,
    Lapsed,
    Owed,
    Posted,
    Resolved,
    ShortPaid,
    Substituted,
)
from rfos_runtime.records.holdings import reserved
from rfos_runtime.records.interventions import Payment, Resolve, Substitute
from rfos_runtime.reference.executor import ESCROW, ISSUANCE, Posting, Status
from rfos_runtime.reference.ledger import balance
from rfos_runtime.reference.payouts import are_covered, postings_of
from rfos_runtime.reference.world import Phase, Resolution, Stand
from tests.core.test_parties import POT
from tests.runtime.from_text import Market, compiled
from tests.runtime.stage import (
    CASH,
    HOUR,
    REPORTERS,
    SECOND,
    SPOT,
    SPOT_FEED,
    Stage,
    listing,
    opened,
    trade,
)

EXPIRY = 5 * HOUR
TOLD = 6 * HOUR
AT = TOLD + DAY
WHY = "no venue trades it any more"
LOCKS = (None, Lock(CASH, 5_000))
LONG = replace(SPOT_FEED, staleness=100 * DAY)


def resolve(
    *units: int, at: int | None = AT, payer: str = "writer", payee: str = "holder"
) -> Resolve:
    payments = tuple(Payment(payer, payee, CASH, each) for each in units)
    return Resolve(1, payments, WHY, at)


def stuck(posted: int = 50_000, free: int = 0, stake: int = 0, **script: object) -> Stage:
    """An hour after its expiry: frozen by a division by zero, if nothing else is said."""
    funds = {"ann": 1_000, "bob": posted + free, "carl": 30_000}
    stage = opened(funds, stake, feed=LONG if script else SPOT_FEED)
    more = {"fails": True, **script} if script else {"fails": True}
    made = listing(strike=10_000, expiry=EXPIRY, locks=LOCKS, **more)
    stage.accepted(2 * SECOND, *made, spot=10_000)
    stage.accepted(3 * SECOND, trade("ann", "bob", 10, second_collateral=posted))
    stage.accepted(4 * SECOND, Bid("carl", 1, ONE, 5, CASH, 20_000), spot=10_000)
    stage.accepted(TOLD - 1, spot=10_200)
    return stage


def waiting(posted: int = 50_000, **more: int) -> Stage:
    """For the fixing of the first day, which nobody publishes, while the spot is known."""
    return stuck(posted, fails=False, aspect="fixing", **more)


@pytest.mark.parametrize("made", [stuck, waiting])
def test_each_lot_pays_what_everybody_has_seen_for_a_day(made) -> None:  # type: ignore[no-untyped-def]
    stage = made()
    stage.accepted(TOLD, resolve(300))
    assert stage.told(Announced) == [Announced(1, "", WHY, AT)]
    stage.accepted(AT - 1)
    assert stage.lots("ann") == 10
    stage.accepted(AT)
    assert stage.told(Resolved) == [Resolved(1)]
    assert [(each.units, each.clause) for each in stage.told(Owed)] == [(300, -1)]
    assert {e.cause.kind for e in stage.told(Posted)} == {"resolution", "release", "return"}
    assert (stage.free("ann"), stage.free("bob")) == (4_000, 47_000)
    assert (stage.lots("ann"), stage.lots("bob"), stage.collateral("bob")) == (0, 0, 0)
    assert stage.world.instruments[1].phase is Phase.ENDED
    assert stage.world.resolutions == {}


def test_bids_for_it_go_back_and_others_stay() -> None:
    stage = stuck()
    stage.accepted(TOLD, Bid("carl", None, ONE, 5, CASH, 1_000), resolve())
    stage.accepted(AT)
    assert balance(stage.world, CASH, reserved("carl")) == 1_000
    assert list(stage.world.bids) == [("carl", 0)]


def test_its_auctions_end() -> None:
    stage = waiting(14_000)
    stage.accepted(TOLD, Bid("carl", 1, 1, 1), resolve(300), spot=10_300)
    stage.accepted(AT - HOUR // 10, spot=10_480)
    assert stage.told(AuctionBegan)
    stage.accepted(AT)
    assert stage.told(AuctionEnded) == [AuctionEnded(1, "bob", "position closed")]


@pytest.mark.parametrize("stake", [0, 1_000])
def test_who_cannot_pay_follows_the_waterfall(stake: int) -> None:
    """bob has 14 000 for 50 000; the fund advances what it has, and ann bears the rest exactly."""
    stage = stuck(14_000, stake=stake)
    stage.accepted(TOLD, resolve(5_000))
    stage.accepted(AT)
    assert stage.told(ShortPaid) == [ShortPaid(1, "ann", CASH, 36_000 - stake)]
    assert stage.free("ann") == 15_000 + stake


def test_what_goes_on_by_itself_is_left_alone() -> None:
    stage = waiting()
    stage.accepted(TOLD, resolve(300))
    fixing = tuple(Report(SPOT, TOLD + HOUR, 10_100, name, EXPIRY) for name in REPORTERS)
    stage.play(TOLD + HOUR, reports=fixing)
    assert stage.free("ann") == 2_000
    stage.accepted(AT)
    assert (stage.told(Resolved), stage.told(Lapsed)) == ([], [Lapsed(1, "")])


def test_it_can_be_said_anew_and_taken_back() -> None:
    stage = stuck()
    stage.accepted(TOLD, resolve(300), resolve(400, at=AT + 1))
    assert stage.world.resolutions[1] == Resolution(AT + 1, resolve(400).payments, WHY)
    stage.accepted(TOLD + 1, resolve(at=None))
    assert stage.told(Lapsed) == [Lapsed(1, "")]
    assert stage.code(resolve(at=None)) is Code.UNKNOWN_PROPOSAL
    stage.accepted(AT + 2)
    assert stage.lots("ann") == 10


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (resolve(5_000), Code.ACCEPTED),
        (resolve(5_001), Code.BEYOND_LOCK),
        (resolve(2_500, 2_501), Code.BEYOND_LOCK),
        (resolve(1, payer="holder", payee="writer"), Code.BEYOND_LOCK),
        (resolve(0), Code.MALFORMED),
        (resolve(1, payee="writer"), Code.MALFORMED),
        (resolve(1, payee="nobody"), Code.MALFORMED),
        (replace(resolve(), payments=(Payment("writer", "holder", "EUR", 1),)), Code.MALFORMED),
        (replace(resolve(), reason=" "), Code.MALFORMED),
        (replace(resolve(), instrument=2), Code.UNKNOWN_INSTRUMENT),
        (resolve(at=TOLD + DAY - 1), Code.TOO_SOON),
        (resolve(at=2**63 - 1), Code.TOO_SOON),
    ],
)
def test_what_is_refused(command: Command, code: Code) -> None:
    assert stuck().code(command) is code


def test_what_lives_or_has_ended_is_not_resolved() -> None:
    stage = stuck(fails=False)
    assert stage.world.instruments[1].phase is Phase.ENDED
    assert stage.code(resolve()) is Code.INSTRUMENT_CLOSED
    stage.accepted(TOLD + 1, *listing(expiry=100 * DAY, start=TOLD + 1), spot=10_000)
    assert stage.code(replace(resolve(at=AT + 9), instrument=2)) is Code.GOES_ON


# --- a fixing that never came -------------------------------------------------------------------


def stand(value: int = 10_300, at: int | None = AT) -> Substitute:
    return Substitute(SPOT, EXPIRY, value, WHY, at)


def test_a_value_stands_for_a_fixing_and_what_waits_goes_on() -> None:
    stage = waiting()
    stage.accepted(TOLD, stand())
    assert stage.told(Announced) == [Announced(0, SPOT, WHY, AT)]
    stage.accepted(AT)
    assert stage.told(Substituted) == [Substituted(SPOT, 0, 10_300)]
    assert (stage.free("ann"), stage.lots("ann")) == (4_000, 0)
    assert stage.world.feeds[SPOT].newest.value == 10_200  # no price of now
    assert stage.code(stand(at=AT + 2 * DAY)) is Code.FIXED_BEFORE


def test_a_fixing_that_comes_stands() -> None:
    stage = waiting()
    stage.accepted(TOLD, stand())
    said = tuple(Report(SPOT, AT, 10_100, name, EXPIRY) for name in REPORTERS)
    stage.play(AT, reports=said)
    assert (stage.told(Substituted), stage.told(Lapsed)) == ([], [Lapsed(0, SPOT)])
    assert stage.free("ann") == 2_000


def test_a_substitute_of_a_feed_that_nobody_reads_comes_to_pass_too() -> None:
    stage = opened({"ann": 1})
    stage.accepted(HOUR, replace(stand(), at=HOUR + DAY))
    assert stage.world.substitutes == {(SPOT, 0): Stand(HOUR + DAY, 10_300, WHY)}
    stage.accepted(3 * DAY)
    assert stage.world.fixings == {(SPOT, 0): 10_300}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (replace(stand(), feed="x"), Code.UNKNOWN_FEED),
        (replace(stand(), reason=""), Code.MALFORMED),
        (replace(stand(), date=DAY), Code.DATE_AHEAD),
        (stand(-1), Code.OUT_OF_BOUNDS),
        (stand(at=TOLD + DAY - 1), Code.TOO_SOON),
        (stand(at=None), Code.UNKNOWN_PROPOSAL),
    ],
)
def test_which_substitutes_are_refused(command: Command, code: Code) -> None:
    assert waiting().code(command) is code


def test_a_substitute_can_be_taken_back() -> None:
    stage = waiting()
    stage.accepted(TOLD, stand(), stand(at=None))
    stage.accepted(AT)
    assert stage.told(Substituted) == []


def test_a_snapshot_keeps_what_is_announced() -> None:
    stage = waiting()
    stage.accepted(TOLD, stand(), resolve(300))
    again = restored(snapshot(stage.world), stage.executor)
    assert again is not None
    assert replace(again, events=stage.world.events) == stage.world


# --- escrow, third parties, what was paid before ------------------------------------------------


@pytest.mark.parametrize("kind", ["wasm", "meaning"])
def test_escrow_pays_out_all_that_it_holds(kind: str) -> None:
    contract = compiled(POT, cash="USD", paid_in="100", paid_out="99", due="2026-02-01")
    market = Market(contract, kind, {"ann": {"USD": 50_000}, "bob": {}})
    stage, start = market.stage, contract.instance.terms.start
    stage.accepted(start - DAY, Trade(1, "ann", "bob", 3))
    stage.play(start + 31 * DAY)
    assert stage.told(Frozen) == [Frozen(1, Status.ESCROW_LEFT)]
    at = stage.world.time + 2 * DAY
    first, second = contract.instance.lowered.program.parties[:2]
    for units, code in ((9_999, Code.BEYOND_LOCK), (10_001, Code.BEYOND_LOCK)):
        assert stage.code(Resolve(1, (Payment(ESCROW, first, "USD", units),), WHY, at)) is code
    halves = tuple(Payment(ESCROW, party, "USD", 5_000) for party in (first, second))
    assert stage.code(Resolve(1, halves, WHY, at)) is Code.ACCEPTED
    stage.play(at)
    found = tuple(market.has(name, "USD") for name in ("ann", "bob", "escrow"))
    assert found == (35_000, 15_000, 0)


PARTIES = ("buyer", "seller", ESCROW, "agent", ISSUANCE)


def pays(payer: str, payee: str, units: int, asset: str = "USD") -> Payment:
    return Payment(payer, payee, asset, units)


@pytest.mark.parametrize(
    ("payments", "held", "covered"),
    [
        ((), (0, 0), True),
        ((pays("buyer", "seller", 70), pays("buyer", "agent", 30)), (0, 0), True),
        ((pays("buyer", "seller", 70), pays("buyer", "agent", 31)), (0, 0), False),
        ((pays("buyer", "seller", 1, "BTC"),), (0, 0), False),
        ((pays("seller", "buyer", 1),), (0, 0), False),
        ((pays("agent", "buyer", 1),), (0, 0), False),
        ((pays(ISSUANCE, "buyer", 1),), (0, 0), False),
        ((pays("buyer", ISSUANCE, 1),), (0, 0), False),
        ((pays("buyer", ESCROW, 1),), (0, 0), False),
        ((), (5, 0), False),
        ((pays(ESCROW, "agent", 5), pays(ESCROW, "buyer", 2, "BTC")), (5, 2), True),
        ((pays(ESCROW, "agent", 5), pays(ESCROW, "buyer", 3, "BTC")), (5, 2), False),
    ],
)
def test_who_may_pay_what(
    payments: tuple[Payment, ...], held: tuple[int, ...], covered: bool
) -> None:
    """The buyer posts dollars, of which 100 are left of its lock; the seller posts nothing."""
    postings = postings_of(PARTIES, ("USD", "BTC"), payments)
    assert all(isinstance(each, Posting) for each in postings)
    assert are_covered(PARTIES, postings, ((0, 100), (None, 0)), held) is covered
