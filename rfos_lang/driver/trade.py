"""Positions as trades: each with its contract and its instance.

Positions of one contract and one shape share a program and its closed form, so that a further trade
costs its arguments and its numbers alone.
"""

from collections.abc import Callable
from dataclasses import field

from rfos_lang.base.records import dataclass
from rfos_lang.core.lowered import Lowered, Shape
from rfos_lang.driver.instance import Instance, instance, lowered_at
from rfos_lang.driver.opening import Checked
from rfos_lang.driver.positions import Position
from rfos_lang.valuation.market import Market, Pair

Opened = Callable[[str], Checked]
"""The contract that a target names. Raises Failure."""


Lengths = tuple[tuple[str, int], ...]
"""A shape: the length of each list."""


@dataclass(frozen=True, slots=True)
class Trade:
    """A position with its contract and its instance."""

    position: Position
    checked: Checked
    instance: Instance

    @property
    def spots(self) -> dict[str, Pair]:
        """The spots that it observes, by name."""
        terms = self.instance.terms
        slots = zip(self.instance.program.feeds, terms.feeds, strict=True)
        return {
            name: (terms.assets[slot.assets[0]], terms.assets[slot.assets[1]])
            for slot, name in slots
            if len(slot.assets) == 2
        }


@dataclass(slots=True)
class Shelf:
    """What positions share: each contract opened once, and lowered once a shape."""

    opened: Opened
    contracts: dict[str, Checked] = field(default_factory=dict)
    programs: dict[tuple[str, Lengths], Lowered] = field(default_factory=dict)

    def trade(self, position: Position, market: Market) -> Trade:
        """A position as a trade that begins, if it does not say when, at the market's date.
        Raises Failure."""
        name = position.contract
        if name not in self.contracts:
            self.contracts[name] = self.opened(name)
        start = market.as_of if position.start is None else position.start
        checked = self.contracts[name]

        def program(checked: Checked, shape: Shape) -> Lowered:
            key = name, tuple(sorted(shape.lengths.items()))
            if key not in self.programs:
                self.programs[key] = lowered_at(checked, shape)
            return self.programs[key]

        return Trade(position, checked, instance(checked, position.arguments, start, program))
