"""Units of amounts: the free abelian group over assets, declared units and time.

Two amounts add up only if their units are equal; multiplying amounts multiplies their units. The
neutral element `ONE` is the unit of pure numbers.
"""

from collections import Counter

from rfos_lang.base.records import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of base units to whole powers.

    `factors` holds (base name, exponent) in the order of names, no exponent being 0, so that equal
    units are equal values. Make one with `base`, `*`, `/` and `**`.
    """

    factors: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        names = [name for name, _ in self.factors]
        assert names == sorted(set(names)) and all(exponent for _, exponent in self.factors)

    def __mul__(self, other: "Unit") -> "Unit":
        return _from_exponents(self, other, 1)

    def __truediv__(self, other: "Unit") -> "Unit":
        return _from_exponents(self, other, -1)

    def __pow__(self, exponent: int) -> "Unit":
        if exponent == 0:
            return ONE
        return Unit(tuple((name, power * exponent) for name, power in self.factors))

    def __str__(self) -> str:
        """As it is written in the language: `USD/BTC`, `1/y`, `USD^2`; `Number` for `ONE`."""
        over = [_shown(name, power) for name, power in self.factors if power > 0]
        under = [_shown(name, -power) for name, power in self.factors if power < 0]
        if not over and not under:
            return "Number"
        return "/".join(["*".join(over) or "1", *under])


def base(name: str) -> Unit:
    """The unit of one asset, or one declared unit."""
    return Unit(((name, 1),))


def _from_exponents(left: Unit, right: Unit, sign: int) -> Unit:
    exponents = Counter(dict(left.factors))
    for name, power in right.factors:
        exponents[name] += sign * power
    return Unit(tuple(sorted((name, power) for name, power in exponents.items() if power)))


def _shown(name: str, power: int) -> str:
    """What stands behind a space tells variables of one name apart and is not said."""
    name = name.partition(" ")[0]
    return name if power == 1 else f"{name}^{power}"


ONE = Unit()
TIME = base("y")
"""The unit of time, one year: what theta is divided by."""
