"""Instants of schedules as WebAssembly: listed in the terms, or made by a rule that is there."""

from rfos_lang.artefact.assembly import I64, Value
from rfos_lang.artefact.blocks import BY_RULE


def instant_of(terms: Value, place: Value, occurrence: Value) -> Value:
    """An instant of a schedule whose place the terms tell: odd if a rule makes its instants."""
    function, address = terms.function, terms + (place & ~BY_RULE)
    instant = function.variable(I64)

    def ruled() -> Value:
        first, step = (function.load(I64, address, offset) for offset in (0, 8))
        return first + occurrence.unary("widen") * step

    function.branches(
        place & BY_RULE,
        lambda: function.set(instant, ruled()),
        lambda: function.set(instant, function.load(I64, address + (occurrence << 3))),
    )
    return instant
