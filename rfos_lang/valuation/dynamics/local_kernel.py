"""The steps of `local_volatility` as machine code: all parts of a step in one call, each by a table
of its own.

A price is found among places x = scale · sinh(w), evenly in w; y, in which volatility is 1, has
even places too, so that nothing is searched for.
"""

from functools import cache

from rfos_lang.valuation.path.arithmetic import greatest, least
from rfos_lang.valuation.path.code import Code, Lines, module
from rfos_lang.valuation.rows.elementary import TO_WHOLE, log_within
from rfos_lang.valuation.rows.vectors import REALS, WIDTH, Bits, Reals

CELLS, EVEN = 512, 2_048
"""Of places, and of places even in y."""
BEYOND = ("low", "high", "low_slope", "high_slope")
NUMBERS = ("scale", "first", "rate", "y_first", "y_rate", *BEYOND)
"""What a table begins with: the scale of places, the first w, cells to a unit of w; the first even
place in y, cells to a unit of it; the first and the last place, and the slopes of y beyond."""
CUBIC = len(NUMBERS)
GROWTH = CUBIC + 4 * CELLS
DRIFT = GROWTH + CELLS + 1
PLACE = DRIFT + EVEN + 1
SIZE = PLACE + EVEN + 1
"""Where in a table the cubics of y begin, one after the other, and growth at places, drift and the
place itself at places even in y; and how long it is."""
WHOLE = ("parts", "paths", "driver_wide")
ARGUMENTS = ("driver", "tables", "x", *WHOLE)
"""`driver[parts, driver_wide]` normals, `tables[parts]` addresses; `x` is taken on, `[paths]`, a
multiple of a vector."""
EVEN_ARGUMENTS = ("table", "x", "y", "paths")


@cache
def local_text() -> str:
    """The module whose function takes a price under local volatility through parts of a step."""
    code = Code()
    with code.loop("%parts") as part:
        before = code.texts()
        at = before.put(f"getelementptr i64, ptr %tables, i64 {part}")
        table = before.put(f"inttoptr i64 {before.put(f'load i64, ptr {at}')} to ptr")
        numbers = {name: before.alike(table, at) for at, name in enumerate(NUMBERS)}
        driver = before.address("%driver", before.put(f"mul i64 {part}, %driver_wide"))
        code.spliced(before)
        with code.loop("%paths", WIDTH) as p:
            text = code.texts()
            known = {name: Reals(text, each.name) for name, each in numbers.items()}
            x, normal = text.vector("%x", p), text.vector(driver, p)
            after = _moved(text, table, known, x, normal)
            code.spliced(text)
            code.stored(after, "%x", p)
    return module("local", ARGUMENTS, frozenset(WHOLE), code)


@cache
def even_text() -> str:
    """The module whose function tells y at places x, by one table."""
    code = Code()
    before = code.texts()
    numbers = {name: before.alike("%table", at) for at, name in enumerate(NUMBERS)}
    code.spliced(before)
    with code.loop("%paths", WIDTH) as p:
        text = code.texts()
        known = {name: Reals(text, each.name) for name, each in numbers.items()}
        x = text.vector("%x", p)
        y = _coordinate(text, "%table", *_place(text, known, x))
        below, above = least(x - known["low"], text.constant(0.0)), x - known["high"]
        above = greatest(above, text.constant(0.0))
        y = y + below * known["low_slope"] + above * known["high_slope"]
        code.spliced(text)
        code.stored(y, "%y", p)
    return module("even", EVEN_ARGUMENTS, frozenset({"paths"}), code)


def _moved(text: Lines, table: str, known: dict[str, Reals], x: Reals, normal: Reals) -> Reals:
    """Heun's step in y, less the growth."""
    at, t = _place(text, known, x)
    y = _coordinate(text, table, at, t)
    growth = _between(text, table, GROWTH, at, t)

    def of(first: int, where: Reals) -> Reals:
        cell, within = _cell(text, (where - known["y_first"]) * known["y_rate"], EVEN)
        return _between(text, table, first, cell, within)

    here = of(DRIFT, y)
    there = of(DRIFT, y + here + normal)
    return of(PLACE, y + 0.5 * (here + there) + normal) - growth


def _place(text: Lines, known: dict[str, Reals], x: Reals) -> tuple[Bits, Reals]:
    """The cell between places that a price lies in, and how far along."""
    far = abs(x) / known["scale"]
    w = log_within(far + (far * far + 1.0).root())
    w = (x < 0.0).choose(-w, w)
    return _cell(text, (w - known["first"]) * known["rate"], CELLS)


def _coordinate(text: Lines, table: str, at: Bits, t: Reals) -> Reals:
    """The y of a place in a cell."""
    cubic = [_taken(text, table, CUBIC + power * CELLS, at) for power in range(4)]
    return cubic[0] + t * (cubic[1] + t * (cubic[2] + t * cubic[3]))


def _cell(text: Lines, along: Reals, cells: int) -> tuple[Bits, Reals]:
    """The cell that a place lies in, and how far along; the first one or the last one beyond."""
    inside = least(greatest(along, text.constant(0.0)), text.constant(float(cells)))
    whole = (inside - 0.5) + TO_WHOLE
    at = least(whole - TO_WHOLE, text.constant(cells - 1.0))
    at = greatest(at, text.constant(0.0))
    return (at + TO_WHOLE).bits() & 0xFFFFFFFF, inside - at


def _between(text: Lines, table: str, first: int, at: Bits, along: Reals) -> Reals:
    """On a straight line between a place and the next."""
    low, high = (_taken(text, table, each, at) for each in (first, first + 1))
    return low + along * (high - low)


def _taken(text: Lines, table: str, first: int, at: Bits) -> Reals:
    """Numbers of a table, for each path another one."""
    base, found = text.address(table, first), "poison"
    for lane in range(WIDTH):
        index = text.put(f"extractelement <{WIDTH} x i64> {at.name}, i64 {lane}")
        number = text.put(f"load double, ptr {text.address(base, index)}")
        found = text.put(f"insertelement {REALS} {found}, double {number}, i64 {lane}")
    return Reals(text, found)
