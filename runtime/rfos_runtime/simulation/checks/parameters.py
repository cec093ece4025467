"""Invariant 15 for parameters: one moves only by a proposal that was seen for its whole delay, at
its instant, within its bounds and by a step at most. Followed with a memory of its own of what was
proposed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rfos_runtime.records.parameters import RULES, Parameter
from rfos_runtime.reference.parameters import value_of
from rfos_runtime.reference.world import Proposal, Setting, World
from rfos_runtime.simulation.checks.invariants import Violation


@dataclass(slots=True)
class Parameters:
    """Remembers what was proposed, and when."""

    proposed: dict[Setting, tuple[Proposal, int]] = field(default_factory=dict)

    def commanded(self, before: World, after: World) -> Iterator[Violation]:
        """Looks at commands that went well: none moves a parameter at once."""
        if after.parameters != before.parameters:
            yield Violation(15, "a command moved a parameter")
        for setting, proposal in after.proposals.items():
            if before.proposals.get(setting) != proposal:
                self.proposed[setting] = proposal, after.time

    def ticked(self, before: World, after: World) -> Iterator[Violation]:
        """Looks at what time has done."""
        for setting, value in after.parameters.items():
            if value != before.parameters.get(setting):
                yield from self._moved(before, setting, value, after.time)
        for setting, proposal in before.proposals.items():
            if setting not in after.proposals and proposal.at > after.time:
                yield Violation(15, f"a proposal for {_named(setting)} went before its time")
        for setting in after.proposals.keys() - before.proposals.keys():
            yield Violation(15, f"nobody has proposed {_named(setting)}")

    def _moved(self, before: World, setting: Setting, value: int, time: int) -> Iterator[Violation]:
        rule, was = RULES[setting.parameter], value_of(before, *setting)
        if not rule.lowest <= value <= rule.highest or abs(value - was) > rule.step:
            yield Violation(15, f"{_named(setting)} moved from {was} to {value}")
        proposal, seen = self.proposed.get(setting, (None, 0))
        if proposal is None or before.proposals.get(setting) != proposal:
            yield Violation(15, f"{_named(setting)} moved and nobody had proposed it")
        elif proposal.value != value or not before.time < proposal.at <= time:
            yield Violation(15, f"{_named(setting)} moved otherwise than was proposed")
        elif proposal.at - seen < rule.delay:
            yield Violation(15, f"{_named(setting)} moved before its delay had run out")


def _named(setting: Setting) -> str:
    return f"{Parameter(setting.parameter).name} of {setting.asset}"
