"""What a trade costs each side: tiers, rebates, healthy accounts, and who reduces."""

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import DAY, ONE, Bid, Propose, Trade, Withdraw
from rfos_runtime.records.events import AuctionFilled
from rfos_runtime.records.holdings import FEES
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.reference.fees import PERIOD, turnover_of
from rfos_runtime.reference.ledger import balance
from tests.runtime.stage import CASH, HOUR, MINUTE, SECOND, Stage, listing, opened, trade

THOUSANDTH = ONE // 1_000
LISTED = 5 * DAY


def market(**values: int) -> Stage:
    """An exchange on which parameters have been set, with a call struck at 10 000."""
    stage = opened({"ann": 100_000, "bob": 100_000, "carl": 1_000_000})
    for day, (name, value) in enumerate(values.items()):
        at = MINUTE + 3 * DAY + day
        stage.accepted(SECOND * (day + 2), Propose(CASH, Parameter[name], value, at))
    expiry = 900 * DAY
    stage.play(LISTED - 1)
    stage.accepted(LISTED, *listing(strike=10_000, expiry=expiry, start=LISTED + 1), spot=10_000)
    return stage


def paid(stage: Stage, account: str, made: Trade) -> int:
    """What a trade costs an account beside premium and collateral."""
    before = stage.free(account) + stage.collateral(account)
    stage.accepted(stage.world.time + MINUTE, made, spot=10_000)
    premium = made.premium if account == made.first else -made.premium
    return before - premium - stage.free(account) - stage.collateral(account)


def with_premium(premium: int, lots: int = 1, collateral: int = 2_000) -> Trade:
    return trade("ann", "bob", lots, premium=premium, second_collateral=collateral)


def test_each_side_pays_its_rate_of_the_premium_to_the_fund() -> None:
    stage = market(FEE=THOUSANDTH)
    assert paid(stage, "ann", with_premium(5_999)) == 5
    assert paid(stage, "bob", with_premium(5_999)) == 5
    assert stage.fund() == 20


def test_without_a_premium_initial_margin_is_the_base() -> None:
    """The writer's initial margin is 1 300 a lot; the holder has none."""
    stage = market(FEE=THOUSANDTH)
    assert paid(stage, "bob", trade("ann", "bob", 10, second_collateral=20_000)) == 13
    assert stage.fund() == 13


def test_unless_it_is_set_a_trade_costs_nothing() -> None:
    assert paid(market(), "ann", with_premium(5_999)) == 0


def test_the_turnover_of_the_period_before_makes_the_tier() -> None:
    stage = market(FEE=THOUSANDTH, TURNOVER_2=6_000)
    assert paid(stage, "ann", with_premium(6_000)) == 6
    assert paid(stage, "ann", with_premium(1_000)) == 1
    assert turnover_of(stage.world, "ann", CASH).now == 7_000
    stage.play(PERIOD + HOUR)
    assert paid(stage, "ann", with_premium(1_000)) == 0
    stage.play(2 * PERIOD + HOUR)
    assert paid(stage, "ann", with_premium(2_000)) == 2


def test_rebates_are_paid_out_of_fees_and_no_further() -> None:
    stage = market(FEE=THOUSANDTH, FUND_SHARE=3 * ONE // 4, TURNOVER_2=6_000, FEE_2=-THOUSANDTH)
    paid(stage, "ann", with_premium(8_000))
    assert (stage.fund(), balance(stage.world, CASH, FEES)) == (12, 4)
    stage.play(PERIOD + HOUR)
    assert paid(stage, "ann", with_premium(3_000)) == -3
    assert paid(stage, "ann", with_premium(3_000)) == 0  # bob's rebate came first: nothing is left
    assert balance(stage.world, CASH, FEES) == 0


def test_a_healthy_account_pays_less() -> None:
    stage = market(FEE=THOUSANDTH, DISCOUNT=ONE // 4)
    assert paid(stage, "bob", with_premium(4_000, collateral=2_599)) == 4
    assert paid(stage, "bob", with_premium(4_000, collateral=2_601)) == 3


def test_a_fee_that_cannot_be_paid_refuses_a_trade_but_not_one_that_reduces() -> None:
    stage = market(FEE=THOUSANDTH)
    taken = trade("ann", "bob", 5, second_collateral=100_000 - 7)
    stage.accepted(LISTED + HOUR, taken, Withdraw("ann", CASH, 99_998), spot=10_000)
    assert (stage.free("bob"), stage.fund()) == (1, 6)
    assert stage.code(trade("ann", "bob", 5)) is Code.INSUFFICIENT_FREE
    stage.accepted(LISTED + 2 * HOUR, trade("bob", "ann", 5), spot=10_000)
    assert (stage.lots("ann"), stage.free("ann"), stage.fund()) == (0, 0, 8)


def test_who_takes_lots_over_is_rewarded_out_of_the_penalty() -> None:
    stage = market(REWARD=ONE // 10)
    stage.accepted(LISTED + HOUR, trade("ann", "bob", 10, second_collateral=13_000), spot=10_000)
    stage.accepted(LISTED + 2 * HOUR, Bid("carl", 1, ONE, 50), spot=10_500)
    stage.accepted(LISTED + 2 * HOUR + MINUTE, spot=10_500)
    ((lots, penalty),) = [(e.lots, e.penalty) for e in stage.told(AuctionFilled)]
    assert (lots, penalty, stage.fund()) == (5, 35, 32)
    assert stage.free("carl") + stage.collateral("carl") == 1_000_000 + 2_500 + 3
