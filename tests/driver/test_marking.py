"""How a definition is margined: what its rules may read, and what a future is marked at."""

from rfos_lang.core.arguments import shape_of
from rfos_lang.core.lowering import lower
from rfos_lang.driver.marking import Marking, marking
from rfos_lang.semantics.definition import Definition
from tests.core.lives import only, standard


def _marking(definition: Definition) -> Marking:
    lowered, problems = lower(definition, shape_of(definition, {}))
    assert lowered is not None, problems
    return marking(lowered)


def test_a_rule_that_reads_no_price_is_not_compiled() -> None:
    text = """unit mps
feed wind(station: Text): mps
contract C(u, cash: Asset, size: u, last: Date) between a, b {
    at last { b pays a size * spot(u, cash) }
    collateral of b in cash {
        maintenance: 1 cash * (wind("KMIA") / (1 mps))
        initial: 2 * maintenance
    }
}"""
    marked = _marking(only(text))
    assert marked.risk is None and marked.why_not is not None
    assert "wind(KMIA)" in marked.why_not


def test_futures_are_marked_at_nothing_between_observations() -> None:
    for name in ("futures.Future", "futures.PerpetualFuture"):
        assert _marking(standard(name)).why_not is None
