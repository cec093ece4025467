"""Margin policies for tests, written and generated."""

from hypothesis import strategies as st

from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.policy import Policy
from tests.core.lives import library

GRID = "spot in [-10%, 0%, 20%], volatility in [-50%, 100%]"

_operands = st.sampled_from(
    [
        "worst_loss",
        "gross_notional",
        "net_notional",
        "standalone_loss",
        "standard_error",
        "250 USD",
    ]
)
_factors = st.sampled_from(
    ["concentration", "3%", "(1 + concentration)", "min(concentration, 40%)"]
)


def policy(maintenance: str, initial: str, grid: str = GRID, haircuts: str = "") -> Policy:
    """A policy of US dollars."""
    lines = f"scenarios: {grid}; maintenance: {maintenance}; initial: {initial}"
    lines += f"; haircuts: {haircuts}" if haircuts else ""
    analysis = analyse(f"margin Desk in USD {{ {lines} }}", "desk.rfos", library)
    assert analysis.diagnostics == ()
    return analysis.policies["Desk"]


@st.composite
def requirements(draw: st.DrawFn, depth: int = 2) -> str:
    """An amount, as a policy may have it."""
    if depth == 0:
        return draw(_operands)
    below = requirements(depth - 1)
    forms = ["{0} + {1}", "{0} - {1}", "max({0}, {1})", "abs({0})", "-{0}", ""]
    form = draw(st.sampled_from(forms))
    if form:
        return "(" + form.format(draw(below), draw(below)) + ")"
    return f"({draw(_factors)} * {draw(below)})"
