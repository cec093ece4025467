"""Risk arithmetic in WebAssembly: `core.elementary` on a machine that writes code, and the border
from settlement numbers to floats and from floats to minor units.
"""

from collections.abc import Callable
from dataclasses import field

from rfos_lang.artefact.assembly import F64, I64, Function, Operand, Value, Writer
from rfos_lang.artefact.settlement import (
    ONE_SHIFT,
    Wide,
    magnitude,
    over_shifted_one,
    shifted_in,
)
from rfos_lang.base.records import dataclass
from rfos_lang.core import elementary

_BIAS = 1023
_FRACTION_BITS = 52
UNITS_LIMIT = 2.0**63


@dataclass(frozen=True, slots=True)
class Written:
    """The machine whose reals are variables of a function that is being written."""

    function: Function

    def choose(
        self, condition: Value, chosen: Callable[[], Operand], otherwise: Callable[[], Operand]
    ) -> Value:
        result = self.function.variable(F64)
        keep = self.function.set
        self.function.branches(
            condition, lambda: keep(result, chosen()), lambda: keep(result, otherwise())
        )
        return result

    def exponent(self, x: Value) -> Value:
        biased = (x.unary("bits") >> _FRACTION_BITS) & 0x7FF
        return (biased - _BIAS).unary("convert signed")

    def root(self, x: Value) -> Value:
        return x.unary("sqrt")

    def scaled(self, x: Value, exponent: Value) -> Value:
        whole = exponent.unary("truncate")
        half = whole.sign_filled(1)
        return x * _power_of_two(half) * _power_of_two(whole - half)


def _power_of_two(exponent: Value) -> Value:
    return ((exponent + _BIAS) << _FRACTION_BITS).unary("from bits")


@dataclass(slots=True)
class RiskArithmetic:
    """The functions of the risk arithmetic in one module, each written when first needed."""

    writer: Writer
    _written: dict[str, Function] = field(default_factory=dict)

    def exp(self, x: Value) -> Value:
        """e^x."""
        return self._called("exp", x)

    def log(self, x: Value) -> Value:
        """The natural logarithm."""
        return self._called("log", x)

    def normal(self, x: Value) -> Value:
        """The standard normal distribution function."""
        return self._called("normal", x)

    def quantile(self, probability: Value) -> Value:
        """The inverse of `normal`."""
        return self._called("quantile", probability)

    def real(self, number: Wide) -> Value:
        """The float nearest to a settlement number."""
        return self._called("real", number.low, number.high)

    def _called(self, name: str, *arguments: Value) -> Value:
        if name not in self._written:
            write = _write_real if name == "real" else _write_elementary
            self._written[name] = write(self, name)
        (result,) = arguments[0].function.call(self._written[name], *arguments)
        return result


def minor_units(amount: Value, scale: Value) -> tuple[Value, Value]:
    """amount × scale as I64, rounded half-even, and whether it is no number of 63 bits; then 0."""
    function = amount.function
    scaled = amount * scale
    unsound = (abs(scaled) < UNITS_LIMIT).equals(0)
    zero = function.constant(F64, 0.0)
    sound = function.select(unsound, zero, scaled)
    return sound.unary("nearest").unary("truncate"), unsound


_ALGORITHMS = {
    "exp": elementary.exp,
    "log": elementary.log,
    "normal": elementary.normal,
    "quantile": elementary.quantile,
}


def _write_elementary(arithmetic: RiskArithmetic, name: str) -> Function:
    made = arithmetic.writer.begin((F64,), (F64,))
    (x,) = made.parameters()
    made.give(_ALGORITHMS[name](Written(made), x))
    return made


def _write_real(arithmetic: RiskArithmetic, _: str) -> Function:
    """The magnitude is shifted up to 2^126 ... 2^127, so that its quotient by 10^18 has more bits
    than a float; a remainder is told by the last of them, and the conversion rounds once."""
    made = arithmetic.writer.begin((I64, I64), (F64,))
    number = Wide(*made.parameters())
    size = magnitude(number)
    word = size.high.equals(0)
    top = made.select(word, size.low, size.high)
    rest = made.select(word, made.constant(I64, 0), size.low)
    places = top.unary("count leading zeros") - 1
    full = places < 0  # then the rest is 0, and one place down loses nothing
    high = made.select(full, top >> 1, shifted_in(top, rest, places))
    low = made.select(full, top << 63, rest << places)
    quotient, remainder = over_shifted_one(high, low)
    sticky = quotient | remainder.differs(0).unary("widen")
    shift = places + (word.unary("widen") << 6)
    real = sticky.unary("convert unsigned") * _power_of_two(ONE_SHIFT - shift)
    real = made.select((size.low | size.high).equals(0), made.constant(F64, 0.0), real)
    made.give(made.select(number.high < 0, -real, real))
    return made
