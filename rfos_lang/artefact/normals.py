"""Independent normals in WebAssembly, each by its place alone: Philox, then the quantile.

The counter of Philox is the number of the path and that of the draw, its key the seed; so no path
waits for another one.
"""

from rfos_lang.artefact.assembly import F64, I32, I64, Function, Value, Writer
from rfos_lang.artefact.binary64 import RiskArithmetic
from rfos_lang.core.philox import KEY_STEPS, LOW_WORD, MULTIPLIERS, ROUNDS

UNUSED_BITS = 12
FINEST = 2.0**-52


def write_draw(writer: Writer, arithmetic: RiskArithmetic) -> Function:
    """`draw(seed, first, paths, count, address)`: `count` normals for each of the paths from
    `first` on, one path after the other."""
    philox = _write_philox(writer)
    made = writer.begin((I64, I64, I32, I32, I32), export="draw")
    seed, first, paths, count, address = made.parameters()
    path = made.variable(I32)
    with made.block() as done, made.loop() as again:
        made.branch_if(paths <= path, done)
        counter = first + path.unary("widen")
        row = address + _times(path, count) * 8
        _write_row(made, philox, arithmetic, (seed, counter, count, row))
        made.set(path, path + 1)
        made.branch(again)
    return made


def _times(left: Value, right: Value) -> Value:
    return left * right


def _write_row(
    made: Function,
    philox: Function,
    arithmetic: RiskArithmetic,
    place: tuple[Value, Value, Value, Value],
) -> None:
    """Two normals a call; the last one may have none to stand beside."""
    seed, counter, count, row = place
    at = made.variable(I32)
    with made.block() as full, made.loop() as again:
        made.branch_if(count <= at, full)
        draw = (at >> 1).unary("widen")
        words = made.call(
            philox,
            counter & LOW_WORD,
            counter >> 32,
            draw,
            made.constant(I64, 0),
            seed & LOW_WORD,
            seed >> 32,
        )
        made.store(row + at * 8, 0, F64, _normal(arithmetic, words[0], words[1]))
        following = at + 1
        with made.when(following < count):
            made.store(row + following * 8, 0, F64, _normal(arithmetic, words[2], words[3]))
        made.set(at, at + 2)
        made.branch(again)


def _normal(arithmetic: RiskArithmetic, low: Value, high: Value) -> Value:
    """Of 52 bits, in the middle of an interval of probability, so that it is never 0 or 1."""
    whole = ((low | (high << 32)) >> UNUSED_BITS).unary("convert unsigned")
    return arithmetic.quantile((whole + 0.5) * FINEST)


def _write_philox(writer: Writer) -> Function:
    made = writer.begin((I64,) * 6, (I64,) * 4)
    *start, key, other_key = made.parameters()
    words = tuple(start)
    for _ in range(ROUNDS):
        first, third = words[0] * MULTIPLIERS[0], words[2] * MULTIPLIERS[1]
        words = (
            (third >> 32) ^ words[1] ^ key,
            third & LOW_WORD,
            (first >> 32) ^ words[3] ^ other_key,
            first & LOW_WORD,
        )
        key = (key + KEY_STEPS[0]) & LOW_WORD
        other_key = (other_key + KEY_STEPS[1]) & LOW_WORD
    made.give(*words)
    return made
