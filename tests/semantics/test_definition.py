"""What the checker hands on: names resolved, `let`s written out, sugar kept."""

from collections.abc import Iterator

from rfos_lang.base import fixed
from rfos_lang.base.clock import Clock
from rfos_lang.base.duration import Duration, DurationUnit
from rfos_lang.base.instant import FIRST_YEAR, HOUR, LAST_YEAR, parse_instant, show_instant
from rfos_lang.base.unit import TIME, base
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import (
    Assignment,
    AtEachClause,
    ChoiceClause,
    Clause,
    Comprehension,
    Definition,
    Expression,
    Fold,
    LetOnce,
    Literal,
    LocalRead,
    Observe,
    Operation,
    Parameter,
    Plain,
    Quantity,
    RiskRead,
    Sampled,
    StateRead,
    Variable,
    WhenClause,
)
from rfos_lang.semantics.walk import bodies_of, expressions_of, statements_within, within
from tests.semantics.rejected import library

PARAMETERS = "underlying, cash: Asset, strike: cash/underlying, expiry: Date"
CASH, UNDERLYING = base("cash"), base("underlying")


def defined(body: str, parameters: str = PARAMETERS) -> Definition:
    """The one contract with this body; `S` is the price of the underlying in cash."""
    text = f"""contract C({parameters}) between holder, writer {{
        let S = spot(underlying, cash)
        unsecured
        {body}
    }}"""
    analysis = analyse(text, "c.rfos", library)
    assert [d for d in analysis.diagnostics if d.code[0] == "E"] == []
    return analysis.definitions["C"]


def standard(module: str, name: str) -> Definition:
    return analyse(library(module), module, library).definitions[name]


def test_a_european_call() -> None:
    call = standard("std.options", "EuropeanCall")
    assert call.parties == ("holder", "writer") and not call.perpetual
    assert [(p.name, p.type) for p in call.parameters] == [
        ("underlying", Plain.ASSET),
        ("cash", Plain.ASSET),
        ("strike", Quantity(CASH / UNDERLYING)),
        ("expiry", Plain.DATE),
        ("size", Quantity(UNDERLYING)),
    ]
    assert call.parameters[4].default.value == fixed.ONE
    (clause,) = call.clauses
    assert isinstance(clause.instant, Parameter) and clause.instant.name == "expiry"
    (payment,) = clause.body
    assert (payment.payer, payment.payee, payment.asset.name) == ("writer", "holder", "cash")
    assert payment.amount.type == Quantity(CASH)


def test_nothing_may_be_paid_and_nothing_issued() -> None:
    (clause,) = defined("at expiry { writer pays holder 0 cash }").clauses
    assert clause.body[0].amount.value == 0
    analysis = analyse(
        "asset Coin in 2 decimals issued by Till\n"
        "perpetual contract Till(cash: Asset) between keeper, bank {\n"
        "    keeper may pay { keeper pays bank 0 cash }\n"
        "    keeper may visit { mint 0 Coin to keeper; burn 0 Coin from keeper }\n"
        "    unsecured\n"
        "}",
        "till.rfos",
        library,
    )
    assert analysis.diagnostics == ()


def test_what_a_stream_tells_is_believed_within_what_its_type_allows() -> None:
    text = """
feed told(u: Asset): (ratio: Number, day: Date, whole: Bool)
contract C(u, cash: Asset, due: Date) between holder, writer {
    state count: Number = 0
    when each s in told(u) { if s.whole { count += s.ratio; holder pays writer 1 cash on s.day } }
    at due { writer pays holder 1 cash * count }
    unsecured
}
"""
    definition = analyse(text, "c.rfos", library).definitions["C"]
    roots = [each for clause in definition.clauses for each in inside(clause)]
    rules = {each.field: each.rules for each in within(*roots) if isinstance(each, Observe)}
    assert (rules["whole"].lowest, rules["whole"].highest) == (0, 1)
    assert (rules["ratio"].lowest, rules["ratio"].highest) == (None, None)
    years = [show_instant(bound)[:10] for bound in (rules["day"].lowest, rules["day"].highest)]
    assert years == [f"{FIRST_YEAR}-01-01", f"{LAST_YEAR}-01-01"]


def inside(clause: Clause) -> Iterator[Expression]:
    """Every expression of a clause's blocks."""
    for body in bodies_of(clause):
        for statement in statements_within(body):
            yield from expressions_of(statement)


def test_rules_of_a_european_call() -> None:
    call = standard("std.options", "EuropeanCall")
    (collateral,), (liquidation,) = call.collateral, call.liquidation
    greeks = {r.measure: r for r in within(collateral.maintenance) if isinstance(r, RiskRead)}
    assert greeks["delta"].type == Quantity(UNDERLYING) and greeks["delta"].of.feed == "spot"
    assert greeks["vega"].type == Quantity(CASH)
    assert (liquidation.auction_from, liquidation.auction_to) == (
        fixed.from_decimal("1.01"),
        fixed.from_decimal("0.85"),
    )
    assert liquidation.auction_nanoseconds == 15 * 60 * 10**9
    assert liquidation.penalty == fixed.from_decimal("0.015")
    assert liquidation.shortfall == ("insurance_fund", "deleverage")


def test_greeks_carry_units() -> None:
    rules = "collateral of writer in cash { maintenance: gamma(S) * S * S + rho; initial: 0 }"
    call = defined(f"at expiry {{ writer pays holder S * 1 underlying }}; {rules}")
    reads = [r for r in within(call.collateral[0].maintenance) if isinstance(r, RiskRead)]
    units = {r.measure: r.type.unit for r in reads}
    assert units == {"gamma": UNDERLYING**2 / CASH, "rho": CASH}


def test_theta_is_per_year() -> None:
    rule = "collateral of writer in cash { maintenance: 0; initial: -theta * 0.1 * year }"
    call = defined(f"let year = 1 y; at expiry {{ writer pays holder S * 1 underlying }}; {rule}")
    (theta,) = [r for r in within(call.collateral[0].initial) if isinstance(r, RiskRead)]
    assert theta.type == Quantity(CASH / TIME)


def test_a_let_is_one_object_at_each_use() -> None:
    call = defined("at expiry { writer pays holder max(S - strike, S) * 1 underlying }")
    observed = [e for e in within(call.clauses[0].body[0].amount) if isinstance(e, Observe)]
    assert len(observed) == 1


def test_a_function_is_written_out_once_for_equal_arguments() -> None:
    body = """let twice(x: cash/underlying): cash/underlying = x + x
        at expiry { writer pays holder (twice(S) + twice(S)) * 1 underlying }"""
    sums = [
        e
        for e in within(defined(body).clauses[0].body[0].amount)
        if isinstance(e, Operation) and e.name == "+"
    ]
    assert len(sums) == 2


def test_a_function_keeps_the_units_of_its_arguments() -> None:
    note = standard("std.notes", "Autocallable")
    clause = note.clauses[0]
    assert isinstance(clause, AtEachClause) and clause.variable.type is Plain.DATE
    added, first, second = clause.body
    assert isinstance(added, Assignment) and added.state == "unpaid"
    assert isinstance(added.value.arguments[0], StateRead)
    worst = first.condition.arguments[0]
    assert isinstance(worst, Comprehension) and worst.type == Quantity(base("x") / base("x"))
    (asset,) = worst.variables
    assert asset.type is Plain.ASSET
    assert isinstance(worst.body.arguments[1], Sampled)
    assert second.condition.arguments[0] is worst


def test_variables_of_nested_comprehensions_are_told_apart() -> None:
    parameters = "basket: [Asset], underlying, cash: Asset, strike: cash/underlying, expiry: Date"
    body = """let total(x: Asset): Number = sum(spot(a, cash) / spot(a, cash) for a in basket)
        let both = sum(total(b) * total(b) for b in basket) + sum(total(a) for a in basket)
        at expiry { writer pays holder strike * 1 underlying * both }"""
    call = defined(body, parameters)
    names = {
        id(v): v.name
        for e in within(call.clauses[0].body[0].amount)
        if isinstance(e, Comprehension)
        for v in e.variables
    }
    assert len(set(names.values())) == len(names)


def test_zero_takes_the_unit_it_is_compared_with() -> None:
    call = defined("at expiry { writer pays holder max(0, S - strike) * 1 underlying }")
    zero = call.clauses[0].body[0].amount.arguments[0].arguments[0]
    assert isinstance(zero, Literal) and zero.type == Quantity(CASH / UNDERLYING)


def test_the_amount_says_which_asset_moves() -> None:
    put = standard("std.options", "AmericanPut")
    (choice,) = put.clauses
    assert isinstance(choice, ChoiceClause) and choice.until.name == "expiry"
    given, paid, _ = choice.body
    assert (given.asset.name, paid.asset.name) == ("underlying", "cash")


def test_an_asset_by_ticker_moves_too() -> None:
    call = defined("at expiry { writer pays holder 5 USD }")
    assert call.clauses[0].body[0].asset.value == "USD"


def test_dates_mean_the_cut_of_the_contract() -> None:
    call = defined("cut 08:00 UTC; at 2026-12-25 { writer pays holder strike * 1 underlying }")
    assert call.clock == Clock(8 * HOUR)
    assert call.clauses[0].instant.value == parse_instant("2026-12-25T08:00Z")


def test_instants_are_what_they_say_whatever_the_cut() -> None:
    call = defined(
        "cut 08:00 UTC; at 2026-12-25T10:30Z { writer pays holder strike * 1 underlying }"
    )
    assert call.clauses[0].instant.value == parse_instant("2026-12-25T10:30Z")


def test_durations_are_added_with_their_sign() -> None:
    call = defined(
        "at expiry - 2bd(NYC) { writer pays holder strike * 1 underlying on expiry + 3M }"
    )
    clause = call.clauses[0]
    assert clause.instant.name == clause.body[0].on.name == "add_duration"
    assert clause.instant.arguments[1].value.count == -2
    assert clause.body[0].on.arguments[1].value == Duration(3, DurationUnit.MONTH)


def test_the_year_fraction_of_a_period_keeps_the_period() -> None:
    swap = standard("std.swaps", "InterestRateSwap")
    (fraction,) = [
        e
        for e in within(swap.clauses[0].body[0].amount)
        if isinstance(e, Operation) and e.name == "year_fraction"
    ]
    period, basis = fraction.arguments
    assert period.type is Plain.PERIOD and basis.value == "30/360"


def test_an_index_in_arithmetic_is_its_observation() -> None:
    swap = standard("std.swaps", "InterestRateSwap")
    (rate, _) = swap.clauses[1].body
    assert isinstance(rate, LetOnce) and isinstance(rate.value, Sampled)
    assert isinstance(rate.value.value, Observe) and rate.value.value.feed == "index"


def test_a_let_of_a_block_binds_once() -> None:
    call = defined("at expiry { let gain = S - strike; writer pays holder gain * 1 underlying }")
    bound, payment = call.clauses[0].body
    assert isinstance(bound, LetOnce)
    read = payment.amount.arguments[0]
    assert isinstance(read, LocalRead) and read.name == bound.name


def test_blocks_beside_each_other_may_bind_one_name() -> None:
    call = defined("""at expiry {
        if S > strike { let gain = S - strike; writer pays holder gain * 1 underlying }
        else { let gain = strike - S; holder pays writer gain * 1 underlying }
    }""")
    (branch,) = call.clauses[0].body
    assert branch.chosen[0].name != branch.otherwise[0].name


def test_path_functions_keep_their_schedule() -> None:
    asian = standard("std.options", "AsianCall")
    (fold,) = [e for e in within(asian.clauses[0].body[0].amount) if isinstance(e, Fold)]
    assert fold.function == "mean" and fold.schedule.name == "fixings"


def test_without_a_schedule_a_path_function_follows_every_observation() -> None:
    option = standard("std.barriers", "DownAndInCall")
    condition = option.clauses[0].body[0].condition
    assert isinstance(condition, Fold) and condition.function == "ever"
    assert condition.schedule is None


def test_when_waits_for_an_observation() -> None:
    option = standard("std.barriers", "UpAndOutPut")
    assert isinstance(option.clauses[0], WhenClause) and option.clauses[0].schedule is None


def test_schedules_are_written_out_with_their_defaults() -> None:
    call = defined(
        """at each t in schedule(first: 2026-01-15, last: 2027-01-15, step: 3M, calendar: TARGET) {
            writer pays holder strike * 1 underlying on t + 2bd(NYC)
        }"""
    )
    clause = call.clauses[0]
    assert isinstance(clause.variable, Variable)
    assert [argument.value for argument in clause.schedule.arguments[3:]] == [
        "TARGET",
        "unadjusted",
        "none",
        False,
        True,
        "adjusted",
    ]


def test_a_list_of_dates_is_a_schedule() -> None:
    call = defined("at each t in [2026-01-15, expiry] { writer pays holder strike * 1 underlying }")
    assert call.clauses[0].schedule.name == "list"
    assert call.clauses[0].schedule.type is Plain.SCHEDULE


def test_a_wait_of_two_business_days_after_exercise_is_expressible() -> None:
    choice = "holder may exercise until expiry default S > strike"
    call = defined(f"{choice} {{ writer pays holder strike * 1 underlying on expiry + 2bd(NYC) }}")
    assert call.clauses[0].body[0].on.type is Plain.DATE
