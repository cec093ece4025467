"""Risk arithmetic: WebAssembly ≡ Python, to the bit."""

import math
import struct
from collections.abc import Callable

import pytest
import wasmtime
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from rfos_lang.artefact.assembly import F64, I64, Writer
from rfos_lang.artefact.binary64 import RiskArithmetic
from rfos_lang.artefact.emission import compile
from rfos_lang.artefact.format import encode_inputs
from rfos_lang.artefact.metadata import TooManyPostings
from rfos_lang.artefact.settlement import Wide
from rfos_lang.artefact.webassembly import module
from rfos_lang.base.fixed import HIGHEST, LOWEST, ONE, from_decimal
from rfos_lang.core.elementary import ELEMENTARY
from rfos_lang.core.formula import RiskFormulas
from rfos_lang.core.meaning import Standing, start
from rfos_lang.core.risk import (
    Measures,
    RiskInputs,
    Trigger,
    evaluate_risk,
    evaluate_triggers,
    margin_assets,
)
from tests.artefact.host import Host
from tests.artefact.test_settlement import numbers, words
from tests.generators import handmade
from tests.generators.formulas import EXTREMES, black_scholes_call, floats, risk_formulas
from tests.generators.handmade import DAY, START, Instance
from tests.generators.programs import instances

Call = Callable[..., float]


@pytest.fixture(scope="module")
def call() -> Call:
    writer = Writer()
    arithmetic = RiskArithmetic(writer)
    for name in ("exp", "log", "normal"):
        made = writer.begin((F64,), (F64,), name)
        made.give(getattr(arithmetic, name)(*made.parameters()))
    made = writer.begin((I64, I64), (F64,), "real")
    made.give(arithmetic.real(Wide(*made.parameters())))
    store = wasmtime.Store()
    loaded = wasmtime.Module(store.engine, module(writer.definitions(), 0))
    exports = wasmtime.Instance(store, loaded, []).exports(store)
    return lambda name, *arguments: exports[name](store, *arguments)


def bits(value: float) -> bytes:
    """The bytes of a float; every nan is one."""
    return struct.pack("<d", math.nan if value != value else value)


arguments = st.one_of(floats, st.floats(-750, 750), st.floats(-40, 40), st.floats(0, 3))


@settings(max_examples=1000, deadline=None)
@given(x=arguments)
def test_elementary_functions(call: Call, x: float) -> None:
    for name in ("exp", "log", "normal"):
        assert bits(call(name, x)) == bits(getattr(ELEMENTARY, name)(x)), name


@pytest.mark.parametrize("x", [*EXTREMES, -math.inf, 709.782712893384, -745.1332191019411])
def test_elementary_functions_at_their_ends(call: Call, x: float) -> None:
    for name in ("exp", "log", "normal"):
        assert bits(call(name, x)) == bits(getattr(ELEMENTARY, name)(x)), name


@settings(max_examples=500, deadline=None)
@given(number=numbers)
@example(number=LOWEST)
@example(number=HIGHEST)
@example(number=(1 << 63) * 1)
@example(number=(1 << 64) - 1)
@example(number=(1 << 64))
@example(number=(2**53 + 1) * ONE)
@example(number=(2**53 + 1) * ONE + 1)
@example(number=(2**53 + 3) * ONE - 1)
def test_settlement_numbers_become_the_nearest_float(call: Call, number: int) -> None:
    assert bits(call("real", *words(number))) == bits(number / ONE)


# --- risk and trigger ----------------------------------------------------------------------------


class RiskHost(Host):
    """A host that asks for risk."""

    def __init__(self, instance: Instance, risk: RiskFormulas) -> None:
        super().__init__(
            instance.program, compile(instance.program, risk, "source"), len(risk.greeks)
        )
        self.instance = instance

    def measured(
        self, standing: Standing, inputs: RiskInputs
    ) -> tuple[Measures, tuple[Trigger, ...]]:
        """What both exports write, as the Python twin has it."""
        block = encode_inputs(
            self.shape,
            inputs.now,
            inputs.spot,
            inputs.volatility,
            inputs.rate,
            inputs.carry,
            inputs.equity,
        )
        return self.measures(self.instance.terms, standing, block)


def expected(
    instance: Instance, risk: RiskFormulas, standing: Standing, inputs: RiskInputs
) -> tuple[Measures, tuple[Trigger, ...]]:
    arguments = (instance.program, risk, instance.terms, standing, inputs)
    return evaluate_risk(*arguments), evaluate_triggers(*arguments)


def same(left: tuple[Measures, object], right: tuple[Measures, object]) -> bool:
    """Equal to the bit, which for floats is more than `==`."""
    return left == right and [*map(bits, left[0].greeks)] == [*map(bits, right[0].greeks)]


@st.composite
def risk_inputs(draw: st.DrawFn, instance: Instance) -> RiskInputs:
    program = instance.program

    def some(count: int) -> tuple[float, ...]:
        return tuple(draw(floats) for _ in range(count))

    return RiskInputs(
        now=START + draw(st.integers(-(10**18), 10**18)),
        spot=some(len(program.feeds)),
        volatility=some(len(program.feeds)),
        rate=some(len(program.assets)),
        carry=some(len(program.assets)),
        equity=some(len(program.parties)),
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), instance=instances())
def test_generated_formulas(data: st.DataObject, instance: Instance) -> None:
    risk = data.draw(risk_formulas(instance.program))
    try:
        host = RiskHost(instance, risk)
    except TooManyPostings:
        assume(False)
    begun = start(instance.program, instance.terms)
    assume(begun.status == 0)
    for _ in range(3):
        inputs = data.draw(risk_inputs(instance))
        wanted = expected(instance, risk, begun.standing, inputs)
        assert same(host.measured(begun.standing, inputs), wanted)


def market(spot: float, volatility: float, days: float = 0.0, equity: float = 0.0) -> RiskInputs:
    now = START + int(days * DAY)
    return RiskInputs(now, (spot,), (volatility,), (0.0, 0.04), (0.01, 0.0), (0.0, equity))


@pytest.fixture(scope="module")
def black_scholes() -> RiskHost:
    return RiskHost(handmade.european_call(), black_scholes_call())


@settings(max_examples=200, deadline=None)
@given(
    spot=st.floats(0, 1e6),
    volatility=st.floats(0, 5),
    days=st.floats(-1, 91),
    equity=st.floats(0, 1e5),
)
def test_black_scholes(
    black_scholes: RiskHost, spot: float, volatility: float, days: float, equity: float
) -> None:
    instance = black_scholes.instance
    standing = start(instance.program, instance.terms).standing
    inputs = market(spot, volatility, days, equity)
    wanted = expected(instance, black_scholes_call(), standing, inputs)
    assert same(black_scholes.measured(standing, inputs), wanted)


def test_black_scholes_has_its_value(black_scholes: RiskHost) -> None:
    """S 65000, K 65000, sigma 50 %, r 4 %, q 1 %, 90 days, against many digits."""
    years = mpf(90) / 365
    root = mp.sqrt(years) / 2
    d1 = (mpf("0.04") - mpf("0.01") + mpf("0.125")) * years / root
    worth = mp.exp(-mpf("0.01") * years) * mp.ncdf(d1) - mp.exp(-mpf("0.04") * years) * mp.ncdf(
        d1 - root
    )
    delta = mp.exp(-mpf("0.01") * years) * mp.ncdf(d1)
    vega = 65_000 * mp.exp(-mpf("0.01") * years) * mp.npdf(d1) * mp.sqrt(years)
    standing = start(black_scholes.instance.program, black_scholes.instance.terms).standing
    measures, triggers = black_scholes.measured(standing, market(65_000.0, 0.5, equity=1_000.0))
    writer = measures.parties[1]
    assert (measures.unsound, measures.unsound_greeks) == (False, False)
    assert measures.parties[0].exposure == -writer.exposure == -round(float(6_500_000 * worth))
    assert measures.greeks == pytest.approx((float(delta), float(vega)), rel=1e-14)
    assert writer.initial == pytest.approx(1.3 * writer.maintenance, abs=1)
    assert triggers == (Trigger(False, True), Trigger(True, False))


def test_what_is_no_number_is_flagged_and_stands_as_0(black_scholes: RiskHost) -> None:
    standing = start(black_scholes.instance.program, black_scholes.instance.terms).standing
    after_expiry = black_scholes.measured(standing, market(65_000.0, 0.5, days=91.0))[0]
    assert (after_expiry.unsound, after_expiry.unsound_greeks) == (True, True)
    assert after_expiry.greeks == (0.0, 0.0)
    assert {party.exposure for party in after_expiry.parties} == {0}
    huge = black_scholes.measured(standing, market(1e18, 0.5))[0]
    assert (huge.unsound, huge.unsound_greeks) == (True, False)


def test_the_margin_asset_is_that_of_the_collateral() -> None:
    assert margin_assets(handmade.european_call().program) == (1, 1)
    assert margin_assets(handmade.american_put().program) == (0, 0)
    assert from_decimal(1) == ONE
