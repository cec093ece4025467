"""Every scene that is played on a stage is played again on the fast kernel, which must say and do
the same."""

from collections.abc import Iterator

import pytest

from tests.kernel.both import Both
from tests.runtime.stage import Stage

BY_HAND = frozenset(
    {
        "test_what_became_too_far_is_not_enacted",
        "test_what_the_fund_gains_belongs_to_the_shares",
        "test_until_the_notice_has_run_out_shares_bear_losses",
        "test_what_came_in_before_anybody_staked_is_nobodys",
        "test_a_stake_costs_whole_shares_and_no_more",
        "test_an_empty_fund_begins_anew",
        "test_shares_of_an_empty_fund_are_paid_nothing",
        "test_what_one_does_takes_nothing_from_the_others",
        "test_a_receipt_counts_once",
    }
)
"""Tests that change the world by themselves, so that no blocks lead to it; the last asks what has
no record."""


@pytest.fixture(autouse=True)
def on_both_kernels(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Plays the blocks of a test's stages again once it is over."""
    stages: list[Stage] = []
    monkeypatch.setattr(Stage, "set_up", lambda stage: stages.append(stage))
    yield
    if request.node.originalname in BY_HAND:
        return
    for stage in stages:
        both = Both(stage.executor)
        for block, applied in zip(stage.blocks, stage.applied, strict=True):
            both.apply(block.time, block.commands, block.reports)
            assert both.world.root == applied.root, "the test has changed the world by itself"
