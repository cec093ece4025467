"""Arguments for a contract that none were given for: what such a one is typically written on."""

from collections.abc import Mapping
from itertools import islice

from rfos_lang.core.typical import NO_SPOTS, Spots, typical_arguments
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import Instance, instance
from rfos_lang.driver.opening import Checked

TRIES = 400
"""How many sets of arguments are tried against the requirements of a contract."""


def typical(
    checked: Checked, given: Mapping[str, str], start: int, spots: Spots = NO_SPOTS
) -> tuple[Instance, dict[str, str]]:
    """An instance from the arguments that are given and typical ones for the others, and all of
    them: on assets that have a spot, at prices near it. Raises Failure, with what is wrong with the
    first attempt, if no attempt binds."""
    assets = checked.definition.assets
    spots = {pair: spot for pair, spot in spots.items() if set(pair) <= assets.keys()}
    parameters = [
        each
        for each in checked.definition.parameters
        if each.name not in given and each.default is None
    ]
    first: Failure | None = None
    for chosen in islice(typical_arguments(parameters, given, start, spots), TRIES):
        arguments = {**chosen, **given}
        try:
            return instance(checked, arguments, start), arguments
        except Failure as failure:
            first = first or failure
    assert first is not None, "there is at least one attempt"
    raise first
