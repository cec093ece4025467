"""The steps of `heston_paths` as machine code: all parts of a step in one call.

Each vector goes by itself, so that threads and blocks make no difference.
"""

from functools import cache
from math import inf

from rfos_lang.valuation.path.arithmetic import greatest
from rfos_lang.valuation.path.code import Code, Lines, module
from rfos_lang.valuation.rows.elementary import log, normal
from rfos_lang.valuation.rows.vectors import WIDTH, Reals

CONSTANTS = (
    "fading",
    "attracted",
    "noise_by_v",
    "noise_still",
    "a",
    "a2",
    "k2",
    "k3",
    "half_k3",
    "half_length",
)
"""Of one part, see `heston_paths.constants`."""
SWITCH = 1.5
"""The ratio of variance to squared mean at which both variances take turns."""
WHOLE = ("parts", "paths", "driver_wide", "own_wide")
ARGUMENTS = ("driver", "own", "constants", "v", "change", "variance", *WHOLE)
"""`driver[parts, driver_wide]` and `own[parts, own_wide]` normals; `v`, `change` and `variance` are
taken on, `[paths]`, a multiple of a vector."""


@cache
def heston_text() -> str:
    """The module whose function takes Heston's price through some parts of a step."""
    code = Code()
    with code.loop("%parts") as part:
        before = code.texts()
        row = before.put(f"mul i64 {part}, {len(CONSTANTS)}")
        base = before.address("%constants", row)
        constants = {name: before.alike(base, at) for at, name in enumerate(CONSTANTS)}
        driver, own = (
            before.address(f"%{each}", before.put(f"mul i64 {part}, %{each}_wide"))
            for each in ("driver", "own")
        )
        code.spliced(before)
        with code.loop("%paths", WIDTH) as p:
            text = code.texts()
            known = {name: Reals(text, each.name) for name, each in constants.items()}
            v, change, variance = (text.vector(f"%{each}", p) for each in _TAKEN_ON)
            drawn = (text.vector(driver, p), text.vector(own, p))
            after, by = _moved(text, known, v, *drawn)
            stores = (after, change + by, variance + known["half_length"] * (v + after))
            code.spliced(text)
            for name, value in zip(_TAKEN_ON, stores, strict=True):
                code.stored(value, f"%{name}", p)
    return module("heston", ARGUMENTS, frozenset(WHOLE), code)


_TAKEN_ON = ("v", "change", "variance")


def _moved(
    text: Lines, known: dict[str, Reals], v: Reals, driver: Reals, own: Reals
) -> tuple[Reals, Reals]:
    """The variance after a part, and by how much the logarithm of price over forward changes."""
    a = known["a"]
    mean = greatest(v * known["fading"] + known["attracted"], text.constant(1e-150))
    noise = v * known["noise_by_v"] + known["noise_still"]
    ratio = greatest(noise / (mean * mean), text.constant(1e-300))
    is_smooth = ratio <= SWITCH

    inverse = 2.0 / ratio
    b2 = inverse - 1.0 + inverse.root() * greatest(inverse - 1.0, text.constant(0.0)).root()
    scale = mean / (1.0 + b2)
    root = b2.root() + own
    room = 1.0 - 2.0 * (a * scale)

    mass = (ratio - 1.0) / (ratio + 1.0)
    rate = (1.0 - mass) / mean
    above = (1.0 - mass) / normal(own, -1)
    tail = (above > 1.0).choose(log(above) / rate, 0.0)
    after = is_smooth.choose(scale * root * root, tail)

    logarithm = log(is_smooth.choose(room, mass + rate * (1.0 - mass) / (rate - a)))
    grown = is_smooth.choose(a * b2 * scale / room - 0.5 * logarithm, logarithm)
    grown = (abs(grown) < inf).choose(grown, a * mean + known["a2"] * noise)
    spread = (known["k3"] * (v + after)).root()
    return after, known["k2"] * after - known["half_k3"] * v - grown + spread * driver
