"""The path program executed on letters: what an instance is worth on any path, as one payoff of all
prices at all steps.

It is a printer beside NumPy. What has no place in the algebra, such as the chance
that a level is touched, or a rounding, is refused with its reason; or it is read by an assumption,
which makes another contract, close enough to this one to be its control variate.
"""

from collections.abc import Hashable, Mapping, Sequence
from math import isnan, nan, sqrt

import numpy as np

from rfos_lang.base.records import dataclass
from rfos_lang.path.program import EQUAL_WITHIN, Node, Operation, PathProgram, Region
from rfos_lang.valuation.closed_form.payoff import NoClosedForm
from rfos_lang.valuation.joint.amounts import (
    NONE,
    Amount,
    Payoff,
    above_zero,
    everywhere,
    exponential,
    logarithm,
    number,
    positive_part,
    price,
    raised,
)
from rfos_lang.valuation.model_lognormal import Lognormal, Rows
from rfos_lang.valuation.path.timeline import Timeline

ONE = number(1.0)


REMEMBERED_MOST, TERMS_MOST = 128, 5_000
_READ: dict[Hashable, Payoff | str] = {}
"""What was read in this process, if it has no more terms than that, or why it could not be: a
reading of many pieces fails late. That makes no difference but to time."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """How to read what the algebra cannot say: whether levels count as `touched`; a choice counts
    as made at its last chance alone, where it pays."""

    touched: bool


@dataclass(slots=True)
class _Place:
    """Where execution stands."""

    step: int
    region: int
    carried: list[Payoff]
    tables: list[list[Payoff]]
    decision: Payoff = NONE


@dataclass(frozen=True, slots=True)
class Reader:
    """An instance on its timeline, to be executed. Without an assumption everything is exact.

    `choosers` has, for the clause of each choice, the chooser's place among the valued parties.
    What moves with curves and is no price, an index, is a number only for who `reads_again` in each
    market.
    """

    program: PathProgram
    line: Timeline
    model: Lognormal
    rows: Rows
    choosers: Mapping[int, int]
    assumed: Assumption | None = None
    reads_again: bool = False

    def payoff(self) -> Payoff:
        """What the first party gets, in units of the reporting asset now. Raises NoClosedForm. What
        was read before is not read again, whatever the market has become."""
        asked = self.asked
        if (found := _READ.get(asked)) is None:
            found = self._read_or_reason()
            if isinstance(found, str) or found.size <= TERMS_MOST:
                if len(_READ) >= REMEMBERED_MOST:
                    _READ.clear()
                _READ[asked] = found
        if isinstance(found, str):
            raise NoClosedForm(found)
        return found

    def _read_or_reason(self) -> Payoff | str:
        try:
            return self._read()
        except NoClosedForm as problem:
            return str(problem)

    @property
    def asked(self) -> Hashable:
        """All that a reading depends on: nothing of the market but what is known of it."""
        line, model, numbers = self.line, self.model, self.model.numbers
        known = (
            *(line.gates, line.occurrences, line.falls_due, line.columns, line.moving),
            *(line.terms, line.initial, *line.tables),
            *(self.rows.still, numbers.still_slope != 0.0, numbers.still_loading != 0.0),
        )
        return (
            self.program,
            *(model.feeds, model.quotes, len(model.pairs), self.rows.worths.shape),
            *(tuple(sorted(self.choosers.items())), self.assumed, self.reads_again),
            *((each.shape, each.tobytes()) for each in map(np.asarray, known)),
        )

    def _read(self) -> Payoff:
        place = _Place(
            0,
            0,
            [number(float(value)) for value in self.line.initial],
            [[number(float(value)) for value in rows] for rows in self.line.tables],
        )
        setup = self._evaluated(self.program.setup, {}, place)
        for step in range(len(self.line)):
            for region in range(len(self.program.step)):
                if self.line.gates[step, region]:
                    place.step, place.region = step, region
                    self._perform(self.program.step[region], place, setup)
        return place.carried[self.program.values[0]]

    def _perform(self, region: Region, place: _Place, setup: Mapping[Node, Payoff]) -> None:
        if region.feasible is not None:
            place.decision = NONE
            if self.assumed is None:
                raise NoClosedForm("one of the parties chooses")
            if self._is_last(place):
                place.decision = self._taken(region, place, setup)
        values = self._evaluated(region.nodes, setup, place)
        for slot, payoff in [(slot, values[node]) for slot, node in region.carries]:
            place.carried[slot] = payoff
        at = int(self.line.occurrences[place.step, place.region])
        for table, node in region.stores:
            place.tables[table][at] = values[node]

    def _is_last(self, place: _Place) -> bool:
        return not self.line.gates[place.step + 1 :, place.region].any()

    def _taken(self, region: Region, place: _Place, setup: Mapping[Node, Payoff]) -> Payoff:
        """1 where taking a choice at its last chance is better than to let it pass."""
        slot = self.program.values[self.choosers[region.clause]]
        found = []
        for decision in (ONE, NONE):
            place.decision = decision
            values = self._evaluated(region.nodes, setup, place)
            after = {carried: values[node] for carried, node in region.carries}
            found.append(after.get(slot, place.carried[slot]))
        return above_zero(found[0].plus(found[1], -1.0))

    def _evaluated(
        self, nodes: Sequence[Node], known: Mapping[Node, Payoff], place: _Place
    ) -> dict[Node, Payoff]:
        values = dict(known)
        for node in nodes:
            if node not in values:
                values[node] = self._value(node, [values[each] for each in node.operands], place)
        return values

    # --- nodes

    def _value(self, node: Node, operands: list[Payoff], place: _Place) -> Payoff:
        if node.operation in _LEAVES:
            return self._leaf(node, place)
        return self._function(node, operands)

    def _leaf(self, node: Node, place: _Place) -> Payoff:
        if (known := self.line.number(node, place.step, place.region)) is not None:
            return number(known)
        match node.operation:
            case Operation.FEED:
                return self._price(dict(self.model.feeds).get(node.slot), node.slot, place)
            case Operation.QUOTE:
                return self._price(dict(self.model.quotes)[node.slot], node.slot, place)
            case Operation.CARRY:
                return place.carried[node.slot]
            case Operation.STORED:
                at = int(self.line.occurrences[place.step, place.region]) + node.offset
                return place.tables[node.slot][at]
            case Operation.WORTH:
                return everywhere(price(-1 - place.step * self.rows.worths.shape[1] - node.slot))
            case Operation.DECISION:
                return place.decision
            case _:
                raise AssertionError(f"{node.operation.value} is no leaf")

    def _price(self, pair: int | None, slot: int, place: _Place) -> Payoff:
        """A price at this step; or a feed that is known, if no derivative of it is asked for."""
        if pair is not None:
            return everywhere(price(place.step * len(self.model.pairs) + pair))
        told = self.reads_again or self.assumed is not None
        if not told and self.model.numbers.moves(place.step, slot):
            raise NoClosedForm("it observes an index as well")
        return number(float(self.rows.still[place.step, slot]))

    def _function(self, node: Node, operands: list[Payoff]) -> Payoff:
        match node.operation, operands:
            case Operation.ADD, [left, right]:
                return left.plus(right)
            case Operation.SUBTRACT, [left, right]:
                return left.plus(right, -1.0)
            case Operation.MULTIPLY, [left, right]:
                return left.times(right)
            case Operation.NEGATE, [operand]:
                return NONE.plus(operand, -1.0)
            case Operation.DIVIDE, [left, right]:
                return left.times(right.each(_inverse))
            case Operation.POWER, [base]:
                return base.each(lambda amount: raised(amount, float(node.slot)))
            case Operation.RAISE, [base, exponent]:
                return _raised(base, exponent)
            case Operation.SQUARE_ROOT, [operand]:
                return operand.each(_root)
            case Operation.LOGARITHM, [operand]:
                return operand.each(logarithm)
            case Operation.EXPONENTIAL, [operand]:
                return operand.each(exponential)
            case Operation.ABSOLUTE, [operand]:
                return positive_part(operand).plus(positive_part(NONE.plus(operand, -1.0)))
            case Operation.MAXIMUM, [left, right]:
                return _undefined(left, right) or right.plus(positive_part(left.plus(right, -1.0)))
            case Operation.MINIMUM, [left, right]:
                return _undefined(left, right) or left.plus(
                    positive_part(left.plus(right, -1.0)), -1.0
                )
            case Operation.LESS, [left, right]:
                return _less(left, right)
            case Operation.LESS_OR_EQUAL, [left, right]:
                return ONE.plus(_less(right, left), -1.0)
            case Operation.EQUAL, [left, right]:
                return _equal(left, right)
            case Operation.BLEND, [weight, chosen, otherwise]:
                return _blend(weight, chosen, otherwise)
            case Operation.FELL_TO | Operation.ROSE_TO, _:
                if self.assumed is None:
                    raise NoClosedForm("it watches for a level between its dates")
                return number(float(self.assumed.touched))
            case _:
                raise NoClosedForm("it rounds on its way")


_LEAVES = frozenset(
    {
        Operation.CONSTANT,
        Operation.TERM,
        Operation.COLUMN,
        Operation.FEED,
        Operation.QUOTE,
        Operation.CARRY,
        Operation.STORED,
        Operation.WORTH,
        Operation.FALLS_DUE,
        Operation.MOVING,
        Operation.DECISION,
    }
)


def _undefined(*operands: Payoff) -> Payoff | None:
    """No number, if one of the operands is none."""
    numbers = [each.number for each in operands]
    return number(nan) if any(known is not None and isnan(known) for known in numbers) else None


def _inverse(amount: Amount) -> Payoff:
    known = amount.number
    if known is not None:
        return number(1.0 / known if known else nan)
    amount.only_term("it divides by a sum of prices")
    return raised(amount, -1.0)


def _root(amount: Amount) -> Payoff:
    known = amount.number
    if known is not None:
        return number(sqrt(known) if known >= 0.0 else nan)
    return raised(amount, 0.5)


def _raised(base: Payoff, exponent: Payoff) -> Payoff:
    known = exponent.number
    if known is None:
        raise NoClosedForm("it takes a power whose exponent is a price")
    return base.each(lambda amount: raised(amount, known))


def _less(left: Payoff, right: Payoff) -> Payoff:
    one, other = left.number, right.number
    if one is not None and other is not None:
        return number(float(one - other < -EQUAL_WITHIN * abs(other)))
    return above_zero(right.plus(left, -1.0))


def _equal(left: Payoff, right: Payoff) -> Payoff:
    """Whether two amounts are equal; what is random hits a single level with probability zero."""

    def is_zero(amount: Amount) -> Payoff:
        known = amount.number
        scale = max(abs(left.number or 0.0), abs(right.number or 0.0))
        return number(float(known is not None and abs(known) <= EQUAL_WITHIN * scale))

    return left.plus(right, -1.0).each(is_zero)


def _blend(weight: Payoff, chosen: Payoff, otherwise: Payoff) -> Payoff:
    """weight × chosen + (1 - weight) × otherwise; what is not taken may be undefined."""
    if weight.number == 1.0:
        return chosen
    if weight.number == 0.0:
        return otherwise
    return otherwise.plus(weight.times(chosen.plus(otherwise, -1.0)))
