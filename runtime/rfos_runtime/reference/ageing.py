"""What a table of appraisers may say, how it moves with prices, and how it ages.

    exposure  =  the table's + notional x (price - price at the epoch) / price at the epoch

for each price, each rounded half-even. Nothing moves out of what the contract can owe: exposure is
held within that, and so is everything else that is said. A price that is not known now has not
moved.

    worst     =  what a lot of the side owes at worst
    initial   =  the table's + (worst - exposure - the table's) x (age - fresh) / blend
    maintenance: the same, `grace` later

between nothing and all of it, rounded half-even. So a table that nobody renews makes margin dear,
never wrong, and its age alone liquidates nobody before `fresh + grace` is over.

To a policy a table loses as much of what it says as it is late, and a lot of each side needs that
much of its worst case besides: openings and releases see it as late as initial margin is,
everything else as maintenance is. So at the end a pool holds what each would hold by itself.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rfos_runtime.records.appraisals import Ageing, Appraise, Price, RegisterAppraisers
from rfos_runtime.records.commands import DAY, SECOND
from rfos_runtime.reference.arithmetic import half_even
from rfos_runtime.reference.bounds import MOST, within
from rfos_runtime.reference.executor import PartyRisk
from rfos_runtime.reference.world import Appraisal

SLOPE = 50
"""A notional is so many times the difference of two exposures."""
LONGEST = 30 * DAY


def is_sound(command: RegisterAppraisers) -> bool:
    """Whether a panel can be as it is described: of several no two can be right at once."""
    names, ageing = command.appraisers, command.ageing
    return (
        len(set(names)) == len(names)
        and 2 * command.quorum > len(names) >= command.quorum
        and SECOND <= ageing.fresh <= LONGEST
        and SECOND <= ageing.blend <= LONGEST
        and 0 <= ageing.grace <= LONGEST
    )


def appraisal_of(command: Appraise) -> Appraisal:
    """What is said, whoever says it."""
    return Appraisal(
        command.version,
        command.epoch,
        command.exposure,
        command.maintenance,
        command.initial,
        command.tables,
        command.standard_error,
        command.prices,
    )


# --- moved ---------------------------------------------------------------------------------------


def moved(said: Appraisal, prices: Sequence[int | None], worst: tuple[int, int]) -> Appraisal:
    """A table at prices as they are now; None: not known."""
    pairs = zip(said.prices, prices, strict=False)
    by = sum(_by(each, now) for each, now in pairs if now is not None)
    exposure = min(max(said.exposure + by, -worst[1]), worst[0])
    first, second = worst[0] - exposure, worst[1] + exposure
    return said._replace(
        exposure=exposure,
        maintenance=(min(said.maintenance[0], first), min(said.maintenance[1], second)),
        initial=(min(said.initial[0], first), min(said.initial[1], second)),
        tables=tuple(
            each._replace(losses=tuple(min(max(loss, -second), first) for loss in each.losses))
            for each in said.tables
        ),
    )


def _by(price: Price, now: int) -> int:
    change = price.notional * (now - price.value)
    if price.value == 0:
        return 0
    return half_even(change if price.value > 0 else -change, abs(price.value))


# --- aged ----------------------------------------------------------------------------------------


def aged(said: Appraisal, ageing: Ageing, age: int, worst: Sequence[int]) -> list[PartyRisk]:
    """The risk of one lot of each side by a table of an age; `worst`: what each owes at worst."""
    late, very_late = _lateness(ageing, age)
    found = []
    for side, exposure in enumerate((said.exposure, -said.exposure)):
        maintenance, initial = said.maintenance[side], said.initial[side]
        to_worst = worst[side] - exposure
        maintenance += _part(to_worst - maintenance, very_late, ageing.blend)
        initial += _part(to_worst - initial, late, ageing.blend)
        found.append(PartyRisk(exposure, maintenance, initial))
    return found


class Told(NamedTuple):
    """What a policy is told of one lot, whose table is as late as it is: what it loses in each
    scenario, delta times price of each price, the standard error of its value; and what a lot of
    each side needs besides."""

    losses: tuple[int, ...]
    notionals: tuple[int, ...]
    standard_error: int = 0
    besides: tuple[int, int] = (0, 0)


def told_to(
    said: Appraisal, policy: str, ageing: Ageing, age: int, worst: Sequence[int]
) -> tuple[Told, Told] | None:
    """What a policy is told by a table of an age, at last and for openings; None if it says nothing
    of the policy."""
    losses = next((each.losses for each in said.tables if each.policy.hex() == policy), None)
    if losses is None:
        return None
    late, very_late = _lateness(ageing, age)
    first, second = (_late(said, losses, by, ageing.blend, worst) for by in (very_late, late))
    return first, second


def _late(
    said: Appraisal, losses: Sequence[int], late: int, length: int, worst: Sequence[int]
) -> Told:
    def left(whole: int) -> int:
        return whole - _part(whole, late, length)

    first, second = worst[0] - said.exposure, worst[1] + said.exposure
    return Told(
        tuple(map(left, losses)),
        tuple(left(each.notional) for each in said.prices),
        left(said.standard_error),
        (within(_part(first, late, length)), within(_part(second, late, length))),
    )


def _lateness(ageing: Ageing, age: int) -> tuple[int, int]:
    """How late a table is: for openings, and at last."""
    late, very_late = age - ageing.fresh, age - ageing.fresh - ageing.grace
    return late, very_late


def _part(whole: int, late: int, length: int) -> int:
    return half_even(whole * min(max(late, 0), length), length)


# --- within what can be owed ---------------------------------------------------------------------


def is_within(said: Appraisal, worst: tuple[int, int]) -> bool:
    """Whether a table asks nobody for more than the contract can owe at worst, and gives nobody
    more. Nor is an estimate in doubt by more than half of what lies between the two worst cases: no
    deviation is larger."""
    exposures = said.exposure, -said.exposure
    needs = zip(exposures, said.maintenance, said.initial, worst, strict=True)
    return (
        max(worst) < MOST
        and _owed(said.exposure, worst)
        and 0 <= 2 * said.standard_error <= sum(worst)
        and all(0 <= low <= high <= most - owed for owed, low, high, most in needs)
        and all(_owed(said.exposure + e, worst) for each in said.tables for e in each.losses)
        and all(abs(each.notional) <= min(SLOPE * sum(worst), MOST) for each in said.prices)
    )


def _owed(exposure: int, worst: tuple[int, int]) -> bool:
    """Whether the first side can owe so much."""
    return -worst[1] <= exposure <= worst[0]
