"""Formulas over the slots of a program, and a closed form to try them on."""

from hypothesis import strategies as st

from rfos_lang.core.formula import Call, Formula, Function, Input, Number, RiskFormulas, Source
from rfos_lang.core.program import Program, Sort

UNARY = (
    Function.NEGATE,
    Function.ABSOLUTE,
    Function.SQRT,
    Function.EXP,
    Function.LOG,
    Function.NORMAL,
)
BINARY = (
    Function.ADD,
    Function.SUBTRACT,
    Function.MULTIPLY,
    Function.DIVIDE,
    Function.MINIMUM,
    Function.MAXIMUM,
    Function.LESS,
    Function.LESS_OR_EQUAL,
)
EXTREMES = (0.0, -0.0, 1.0, -1.0, 5e-324, 1.7976931348623157e308, float("inf"), float("nan"))

floats = st.one_of(st.floats(-10, 10), st.floats(0, 1e6), st.floats(), st.sampled_from(EXTREMES))
"""Everyday numbers, and every float there is."""


def inputs_of(program: Program) -> list[Formula]:
    """Every input that a formula of the program may name."""
    feeds, assets = range(len(program.feeds)), range(len(program.assets))
    kinds = {
        Source.SPOT: feeds,
        Source.VOLATILITY: feeds,
        Source.RATE: assets,
        Source.YIELD: assets,
        Source.EQUITY: range(len(program.parties)),
        Source.YEARS_TO: range(len(program.schedules)),
        Source.TERM: [k for k, t in enumerate(program.terms) if t.sort is not Sort.INSTANT],
        Source.STATE: [k for k, s in enumerate(program.states) if s.sort is not Sort.INSTANT],
    }
    return [
        Input(kind, slot, f"{kind.name} {slot}") for kind, slots in kinds.items() for slot in slots
    ]


def formulas(program: Program) -> st.SearchStrategy[Formula]:
    """A formula of the program."""
    leaves = st.one_of(floats.map(Number), st.sampled_from(inputs_of(program)))

    def call(
        functions: tuple[Function, ...], *operands: st.SearchStrategy[Formula]
    ) -> st.SearchStrategy[Formula]:
        return st.builds(Call, st.sampled_from(functions), st.tuples(*operands))

    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            call(UNARY, inner), call(BINARY, inner, inner), call((Function.SELECT,), *[inner] * 3)
        ),
        max_leaves=12,
    )


@st.composite
def risk_formulas(draw: st.DrawFn, program: Program) -> RiskFormulas:
    """Formulas for everything that an artefact computes."""
    one = formulas(program)
    parties = st.dictionaries(st.integers(0, len(program.parties) - 1), one)
    names = st.sampled_from(("theta", "rho", "delta(S)", "gamma(S)", "vega(S)"))
    return RiskFormulas(
        marking="closed form",
        exposure=draw(one),
        greeks=draw(st.dictionaries(names, one)),
        maintenance=draw(parties),
        initial=draw(parties),
        trigger=draw(parties),
        restore=draw(parties),
    )


def black_scholes_call() -> RiskFormulas:
    """For `handmade.european_call`, with delta and vega, and margins on them."""
    spot, volatility = Input(Source.SPOT, 0, "S"), Input(Source.VOLATILITY, 0, "sigma")
    rate, carry = Input(Source.RATE, 1, "r"), Input(Source.YIELD, 0, "q")
    years = Input(Source.YEARS_TO, 0, "T")
    strike, size = Input(Source.TERM, 0, "strike"), Input(Source.TERM, 1, "size")

    def both(function: Function, left: Formula, right: Formula) -> Call:
        return Call(function, (left, right))

    def times(*factors: Formula) -> Formula:
        product = factors[0]
        for factor in factors[1:]:
            product = both(Function.MULTIPLY, product, factor)
        return product

    def discount(at: Formula) -> Formula:
        return Call(Function.EXP, (Call(Function.NEGATE, (times(at, years),)),))

    root = times(volatility, Call(Function.SQRT, (years,)))
    drift = both(Function.SUBTRACT, rate, carry)
    half_variance = times(Number(0.5), volatility, volatility)
    trend = times(both(Function.ADD, drift, half_variance), years)
    moneyness = Call(Function.LOG, (both(Function.DIVIDE, spot, strike),))
    d1 = both(Function.DIVIDE, both(Function.ADD, moneyness, trend), root)
    d2 = both(Function.SUBTRACT, d1, root)
    delta = times(size, discount(carry), Call(Function.NORMAL, (d1,)))
    paid = times(size, strike, discount(rate), Call(Function.NORMAL, (d2,)))
    bell = Call(Function.EXP, (times(Number(-0.5), d1, d1),))
    density = times(Number(0.3989422804014327), bell)
    vega = times(size, spot, discount(carry), density, Call(Function.SQRT, (years,)))
    maintenance = both(
        Function.ADD,
        times(Number(0.08), Call(Function.ABSOLUTE, (delta,)), spot),
        times(Number(0.15), Call(Function.ABSOLUTE, (vega,))),
    )
    equity = Input(Source.EQUITY, 1, "equity")
    initial = times(Number(1.3), maintenance)
    return RiskFormulas(
        marking="closed form",
        exposure=both(Function.SUBTRACT, times(delta, spot), paid),
        greeks={"delta(spot(BTC, USD))": delta, "vega(spot(BTC, USD))": vega},
        maintenance={1: maintenance},
        initial={1: initial},
        trigger={1: both(Function.LESS, equity, maintenance)},
        restore={1: both(Function.LESS_OR_EQUAL, initial, equity)},
    )
