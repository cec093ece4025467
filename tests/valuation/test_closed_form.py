"""Closed forms against quadrature, against each other, and at their limits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp, inf, log, pi, sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad

from rfos_lang.core.formula import Formula, Input, Source
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.program import (
    TRUE,
    Apply,
    Assign,
    Binary,
    Choice,
    Combine,
    Constant,
    End,
    Expression,
    Group,
    Power,
    Program,
    Select,
    Sort,
    State,
    StateSlot,
    Term,
    Timed,
    Transfer,
    Unary,
    Watch,
)
from rfos_lang.core.walk import within
from rfos_lang.valuation import greeks
from rfos_lang.valuation.closed_form.recognise import ClosedForm, Unrecognised, closed_form
from rfos_lang.valuation.evaluation import evaluated
from tests.generators import handmade
from tests.generators.handmade import S, combine, number, positive_part
from tests.generators.payoffs import PAYOFFS, in_floats, paying

YEARS = 182 / 365


@dataclass(frozen=True)
class World:
    """The numbers of a lognormal model."""

    spot: float = 100.0
    volatility: float = 0.25
    rate: float = 0.05
    carry: float = 0.02
    years: float = YEARS

    @property
    def discount(self) -> float:
        return exp(-self.rate * self.years)

    def expectation(self, payoff: Expression, cuts: list[float], weight: str = "value") -> float:
        """E[payoff] by quadrature between cut points; `weight` "size" takes absolute values."""
        deviation = self.volatility * sqrt(self.years)
        drift = (self.rate - self.carry - self.volatility**2 / 2) * self.years

        def integrand(z: float) -> float:
            value = in_floats(payoff, self.spot * exp(drift + deviation * z))
            value = abs(value) if weight == "size" else value
            return value * exp(-z * z / 2) / sqrt(2 * pi)

        ends = [(log(cut / self.spot) - drift) / deviation for cut in cuts if 0 < cut < inf]
        ends = [-12.0, *sorted(z for z in set(ends) if -12 < z < 12), 12.0]
        parts = (quad(integrand, *both, epsabs=1e-14, epsrel=1e-12) for both in pairwise(ends))
        return sum(part for part, _ in parts)


WORLDS = st.builds(
    World,
    spot=st.floats(50, 200),
    volatility=st.floats(0.1, 0.8),
    rate=st.floats(-0.02, 0.12),
    carry=st.floats(-0.02, 0.12),
)
TERMS = {"K1": 80.0, "K2": 95.5, "K3": 100.0, "K4": 120.0}


def number_of(known: Input, world: World, terms: dict[str, float]) -> float:
    """An input in a world."""
    match known.source:
        case Source.SPOT:
            return world.spot
        case Source.VOLATILITY:
            return world.volatility
        case Source.RATE:
            return world.rate
        case Source.YIELD:
            return world.carry
        case Source.YEARS_TO:
            return world.years
        case _:
            return terms[known.name]


def computed(formula: Formula, world: World, **terms: float) -> float:
    """A formula's value in a world."""
    known = {each: number_of(each, world, terms) for each in inputs_of(formula)}
    return evaluated([formula], known)[0]


def recognised(program: Program) -> ClosedForm:
    """The closed form, which must exist."""
    form = closed_form(program)
    assert isinstance(form, ClosedForm), form
    return form


def value(program: Program, world: World, **terms: float) -> float:
    """The closed-form value in a world."""
    return computed(greeks.measures(recognised(program)).value, world, **terms)


def refused(program: Program) -> str:
    """Why there is no closed form."""
    form = closed_form(program)
    assert isinstance(form, Unrecognised)
    return form.reason


# --- payments at one date ------------------------------------------------------------------------


GRID = [0.1 + 0.73 * k for k in range(1400)]


def cut_points(payoff: Expression) -> list[float]:
    """Where a maximum, a minimum, a size or a comparison changes sides, found by bisection."""
    found = []
    for difference in differences(payoff):
        signs = [sign(difference, price) for price in GRID]
        for k, (before, after) in enumerate(pairwise(signs)):
            if before != after:
                found.append(crossing(difference, GRID[k], GRID[k + 1]))
    return found


def differences(payoff: Expression) -> Iterator[Expression]:
    """What is compared with zero somewhere in a payoff."""
    for node in within(payoff):
        match node:
            case Apply(operator=Unary.ABSOLUTE, operand=operand):
                yield operand
            case Combine(operator=operator, left=left, right=right) if operator in COMPARING:
                yield combine(Binary.SUBTRACT, left, right)
            case _:
                pass


COMPARING = (Binary.MAXIMUM, Binary.MINIMUM, Binary.LESS, Binary.LESS_OR_EQUAL)


def sign(difference: Expression, price: float) -> int:
    value = in_floats(difference, price)
    return 0 if abs(value) < 1e-11 else int(value > 0) - int(value < 0)


def crossing(difference: Expression, low: float, high: float) -> float:
    """The price between two at which a difference leaves the sign it has at the first."""
    first = sign(difference, low)
    for _ in range(80):
        middle = (low + high) / 2
        if sign(difference, middle) == first:
            low = middle
        else:
            high = middle
    return high


@given(PAYOFFS, WORLDS)
def test_random_payoffs_are_worth_their_quadrature(payoff: Expression, world: World) -> None:
    form = closed_form(paying(payoff).program)
    if isinstance(form, Unrecognised):
        assert "curved" in form.reason or "kink" in form.reason
        return
    found = computed(greeks.measures(form).value, world, **TERMS)
    cuts = cut_points(payoff)
    expected = world.discount * world.expectation(payoff, cuts)
    scale = world.discount * world.expectation(payoff, cuts, "size") + 1e-3
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)


def test_most_random_payoffs_have_a_closed_form() -> None:
    """So that the test above is about something."""
    tried: list[bool] = []

    @given(PAYOFFS)
    def each(payoff: Expression) -> None:
        tried.append(isinstance(closed_form(paying(payoff).program), ClosedForm))

    each()
    assert sum(tried) > 0.8 * len(tried)


def call(strike: float, world: World) -> float:
    """A European call of the library of hand-made programs."""
    program = handmade.european_call().program
    return value(program, world, strike=strike, size=1.0)


def put(strike: float, world: World) -> float:
    """The same as a put."""
    payoff = positive_part(combine(Binary.SUBTRACT, Term(0), S))
    return value(replace_amount(handmade.european_call().program, payoff), world, strike=strike)


def replace_amount(program: Program, amount: Expression) -> Program:
    """The program with another amount paid at its only date."""
    (clause,) = program.clauses
    assert isinstance(clause, Timed)
    (transfer,) = clause.actions
    assert isinstance(transfer, Transfer)
    changed = replace(clause, actions=(replace(transfer, amount=amount),))
    return replace(program, clauses=(changed,))


@given(WORLDS, st.floats(20, 400))
def test_put_call_parity(world: World, strike: float) -> None:
    forward = world.spot * exp(-world.carry * world.years) - strike * world.discount
    assert call(strike, world) - put(strike, world) == pytest.approx(forward, abs=1e-11 * strike)


@given(WORLDS, st.floats(20, 400))
def test_without_volatility_an_option_is_worth_what_its_forward_is(
    world: World, strike: float
) -> None:
    certain = replace(world, volatility=0.0)
    forward = world.spot * exp(-world.carry * world.years) - strike * world.discount
    assert call(strike, certain) == pytest.approx(max(forward, 0.0), abs=1e-5)


@given(WORLDS, st.floats(20, 400))
def test_at_expiry_an_option_is_worth_what_it_pays(world: World, strike: float) -> None:
    now = replace(world, years=0.0)
    assert call(strike, now) == pytest.approx(max(world.spot - strike, 0.0), abs=2e-2)


@given(WORLDS)
def test_a_call_struck_at_nothing_is_the_asset(world: World) -> None:
    assert call(0.0, world) == pytest.approx(world.spot * exp(-world.carry * world.years))
    assert call(1e9, world) == pytest.approx(0.0, abs=1e-12)


# --- barriers ------------------------------------------------------------------------------------


def with_barrier(payoff: Expression, condition: Expression, kind: str) -> Program:
    """`out`: when the condition holds the contract ends; `in`: it pays only if it ever held."""
    base = handmade._program("Barrier", ("strike", "barrier"))
    if kind == "out":
        watch = Watch((0,), condition, (End(),))
        return replace(base, clauses=(watch, Timed(0, (Transfer(1, 0, 1, payoff),))))
    seen = combine(Binary.OR, State(0), condition)
    watch = Watch((0,), TRUE, (Assign(0, seen),), repeats=True, group=Group.OBSERVATION)
    pays = Timed(0, (Transfer(1, 0, 1, payoff, guard=State(0)),))
    state = StateSlot("ever(S)", Sort.TRUTH, Constant(0, Sort.TRUTH))
    return replace(base, clauses=(watch, pays), states=(state,))


BELOW = combine(Binary.LESS_OR_EQUAL, S, Term(1))
ABOVE = combine(Binary.LESS_OR_EQUAL, Term(1), S)
CALL = positive_part(combine(Binary.SUBTRACT, S, Term(0)))
PUT = positive_part(combine(Binary.SUBTRACT, Term(0), S))
UNTOUCHED = {"ever(S)": 0.0}


@given(WORLDS, st.floats(60, 150), st.floats(0.5, 1.8), st.sampled_from([CALL, PUT]))
def test_in_and_out_make_the_whole(
    world: World, strike: float, ratio: float, payoff: Expression
) -> None:
    assume(abs(ratio - 1) > 0.02)
    condition = BELOW if ratio < 1 else ABOVE
    terms = {"strike": strike, "barrier": ratio * world.spot}
    out = value(with_barrier(payoff, condition, "out"), world, **terms)
    knocked_in = value(with_barrier(payoff, condition, "in"), world, **terms, **UNTOUCHED)
    whole = value(replace_amount(handmade.european_call().program, payoff), world, strike=strike)
    assert out + knocked_in == pytest.approx(whole, rel=1e-10, abs=1e-9)
    assert -1e-7 <= out <= whole + 1e-7


@given(WORLDS, st.floats(60, 150))
def test_a_barrier_far_away_is_none(world: World, strike: float) -> None:
    far = {"strike": strike, "barrier": world.spot * 1e-4}
    out = value(with_barrier(CALL, BELOW, "out"), world, **far)
    assert out == pytest.approx(call(strike, world), rel=1e-9, abs=1e-9)


@given(WORLDS, st.floats(60, 150), st.floats(1.0, 1.5))
def test_beyond_the_barrier_it_is_over(world: World, strike: float, ratio: float) -> None:
    terms = {"strike": strike, "barrier": ratio * world.spot}
    assert value(with_barrier(CALL, BELOW, "out"), world, **terms) == 0.0
    knocked_in = value(with_barrier(CALL, BELOW, "in"), world, **terms, **UNTOUCHED)
    assert knocked_in == pytest.approx(call(strike, world), rel=1e-12)


@given(WORLDS, st.floats(60, 150), st.floats(0.5, 0.95))
def test_what_was_touched_stays_touched(world: World, strike: float, ratio: float) -> None:
    terms = {"strike": strike, "barrier": ratio * world.spot, "ever(S)": 1.0}
    found = value(with_barrier(CALL, BELOW, "in"), world, **terms)
    assert found == pytest.approx(call(strike, world), rel=1e-12)


@given(WORLDS, st.floats(0.6, 0.95))
def test_a_rebate_for_sure_grows_with_the_chance_of_the_touch(world: World, ratio: float) -> None:
    """With no interest, 1 at the touch and 1 at the end without one is 1 now."""
    free = replace(world, rate=0.0)
    terms = {"strike": 0.0, "barrier": ratio * world.spot, "rebate": 1.0, "size": 0.0}
    rebate = value(handmade.down_and_out_put().program, free, **terms)
    survived = value(with_barrier(number(1), BELOW, "out"), free, **terms)
    assert rebate + survived == pytest.approx(1.0, abs=1e-12)


def test_two_levels_have_no_closed_form_for_a_definition() -> None:
    base = with_barrier(CALL, BELOW, "out")
    second = Watch((0,), combine(Binary.LESS_OR_EQUAL, Term(0), S), (End(),))
    assert "two barriers" in refused(replace(base, clauses=(second, *base.clauses)))


# --- what else is read ---------------------------------------------------------------------------


@given(WORLDS, st.floats(60, 150))
def test_a_choice_at_expiry_is_the_better_of_its_arms(world: World, strike: float) -> None:
    """Delivery against the strike at the holder's choice is a call."""
    actions = (
        Transfer(0, 1, 1, Term(0)),
        Transfer(1, 0, 0, number(1)),
        End(),
    )
    default = combine(Binary.LESS, Term(0), S)
    choice = Choice(0, "exercise", 0, any_time=False, default=default, actions=actions)
    program = replace(handmade.european_call().program, clauses=(choice,))
    assert value(program, world, strike=strike) == pytest.approx(call(strike, world), abs=1e-10)


def test_a_choice_before_expiry_is_refused_by_name() -> None:
    assert refused(handmade.american_put().program) == "holder may exercise early"


@given(WORLDS, st.floats(60, 150))
def test_a_price_at_the_start_is_known_after_it(world: World, observed: float) -> None:
    name = "spot(underlying, cash) at start"
    found = value(handmade.absolute_move().program, world, **{name: observed})
    assert found == pytest.approx(call(observed, world) + put(observed, world), rel=1e-12)
    assert recognised(handmade.absolute_move().program).captured == {1}


def test_reasons_speak_of_the_contract() -> None:
    assert "`sum(S on fixings)`" in refused(handmade.asian_call().program)
    assert "several assets" in refused(handmade.autocallable().program)
    curved = combine(Binary.MULTIPLY, S, combine(Binary.SUBTRACT, S, Term(0)))
    amount = positive_part(combine(Binary.ADD, curved, Term(0)))
    assert "curved" in refused(replace_amount(handmade.european_call().program, amount))


@given(WORLDS, st.floats(60, 150))
def test_a_whole_power_is_solved_for(world: World, strike: float) -> None:
    """max(S² - K², 0) is S² beyond K less K² times the chance of it."""
    square = Power(S, 2)
    gap = combine(Binary.SUBTRACT, square, Power(Term(0), 2))
    program = replace_amount(handmade.european_call().program, positive_part(gap))
    payoff = replace_amount(
        handmade.european_call().program,
        Select(combine(Binary.LESS, Term(0), S), gap, number(0)),
    )
    found = value(program, world, strike=strike)
    assert found == pytest.approx(value(payoff, world, strike=strike), rel=1e-9, abs=1e-7)
