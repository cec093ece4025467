"""What a policy requires: the kernel's steps against the meaning of its formulas, to the unit."""

from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.artefact.policy import compile_policy
from rfos_lang.core import policy as meaning
from rfos_runtime.executor.policies import policy_view
from rfos_runtime.reference.bounds import MOST
from rfos_runtime.reference.executor import Scenario
from rfos_runtime.reference.policies import Measured, required
from tests.core.policies import policy, requirements

amounts = st.integers(0, 2**60)
measures = st.tuples(amounts, amounts, amounts, amounts, amounts, amounts)


@given(requirements(), requirements(), st.lists(measures, max_size=5), st.integers(0, 8))
def test_the_kernel_requires_what_the_policy_means(
    maintenance: str, more: str, rows: list[tuple[int, ...]], places: int
) -> None:
    desk = policy(maintenance, f"max(130% * maintenance, {more})")
    view = policy_view(compile_policy(desk, ""))
    assert view is not None
    steps = meaning.requirements_of(desk)
    for worst, gross, net, each, alone, error in rows:
        measured = (worst, gross, net, min(each, net), alone, error)
        meant = meaning.required(steps, meaning.Measured(*measured), places)
        found = required(view, Measured(*measured), places)
        if meant is not None:
            assert found == (min(meant.maintenance, MOST), min(meant.initial, MOST))
        else:
            assert found == (MOST, MOST)


def test_by_hand() -> None:
    """80.00 lost of 1,000.00 that hang on one price by three quarters: 80 + 6 per mille of 750."""
    desk = policy("worst_loss + 0.6% * gross_notional * concentration", "130% * maintenance")
    view = policy_view(compile_policy(desk, ""))
    assert view is not None
    assert required(view, Measured(80_00, 1_000_00, 800_00, 600_00, 0, 0), 2) == (84_50, 109_85)


def test_what_underlyings_lose_alone_by_hand() -> None:
    """80.00 lost together and 120.00 one by one: 80 + 15 % of 40."""
    desk = policy("worst_loss + 15% * (standalone_loss - worst_loss)", "maintenance")
    view = policy_view(compile_policy(desk, ""))
    assert view is not None and view.separates
    assert required(view, Measured(80_00, 0, 0, 0, 120_00, 0), 2) == (86_00, 86_00)
    other = policy_view(compile_policy(policy("worst_loss", "maintenance"), ""))
    assert other is not None and not other.separates


def test_what_estimates_are_in_doubt_by_by_hand() -> None:
    """80.00 lost, and 7.00 of standard errors, of which twice is added."""
    view = policy_view(compile_policy(policy("worst_loss + 2 * standard_error", "maintenance"), ""))
    assert view is not None
    assert required(view, Measured(80_00, 0, 0, 0, 0, 7_00), 2) == (94_00, 94_00)


def test_what_cannot_be_said_is_more_than_anybody_has() -> None:
    view = policy_view(compile_policy(policy("worst_loss / (1 - 1)", "5 USD"), ""))
    assert view is not None
    assert required(view, Measured(0, 0, 0, 0, 0, 0), 2) == (MOST, MOST)


def test_scenarios_are_all_points_of_the_grid() -> None:
    view = policy_view(compile_policy(policy("worst_loss", "maintenance"), ""))
    assert view is not None
    tenth = 10**17
    spots, volatilities = (-tenth, 0, 2 * tenth), (-5 * tenth, 10 * tenth)
    assert view.scenarios == tuple(Scenario(s, v) for s in spots for v in volatilities)
