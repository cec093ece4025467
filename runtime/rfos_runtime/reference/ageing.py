"""What a table of appraisers may say, and how it ages.

    worst     =  what a lot of the side owes at worst
    initial   =  the table's + (worst - exposure - the table's) x (age - fresh) / blend
    maintenance: the same, `grace` later

between nothing and all of it, rounded half-even. So a table that nobody renews makes margin dear,
never wrong, and its age alone liquidates nobody before `fresh + grace` is over.
"""

from collections.abc import Sequence

from rfos_runtime.records.appraisals import Ageing, Appraise, RegisterAppraisers, Scenarios
from rfos_runtime.records.commands import DAY, SECOND
from rfos_runtime.reference.arithmetic import half_even
from rfos_runtime.reference.bounds import MOST
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
    )


def aged(said: Appraisal, ageing: Ageing, age: int, worst: Sequence[int]) -> list[PartyRisk]:
    """The risk of one lot of each side by a table of an age; `worst`: what each owes at worst."""
    late, very_late = age - ageing.fresh, age - ageing.fresh - ageing.grace
    found = []
    for side, exposure in enumerate((said.exposure, -said.exposure)):
        maintenance, initial = said.maintenance[side], said.initial[side]
        to_worst = worst[side] - exposure
        maintenance += _part(to_worst - maintenance, very_late, ageing.blend)
        initial += _part(to_worst - initial, late, ageing.blend)
        found.append(PartyRisk(exposure, maintenance, initial))
    return found


def _part(whole: int, late: int, length: int) -> int:
    return half_even(whole * min(max(late, 0), length), length)


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
        and all(_bounded(said.exposure, each, worst) for each in said.tables)
    )


def _owed(exposure: int, worst: tuple[int, int]) -> bool:
    """Whether the first side can owe so much."""
    return -worst[1] <= exposure <= worst[0]


def _bounded(exposure: int, table: Scenarios, worst: tuple[int, int]) -> bool:
    steepest = SLOPE * sum(worst)
    return all(_owed(exposure + loss, worst) for loss in table.losses) and all(
        abs(units) <= min(steepest, MOST) for units in table.notionals
    )
