"""A model fitted to a chain: how well, and the market file that says it."""

from collections.abc import Iterator
from math import log

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.chain import Chain, Expiry
from rfos_lang.valuation.calibration.fit import Fit, fitted_heston, fitted_smile, implied
from rfos_lang.valuation.curve import years_between
from rfos_lang.valuation.dynamics.fourier import call_values
from rfos_lang.valuation.dynamics.heston import Heston
from rfos_lang.valuation.dynamics.smile import Smile
from rfos_lang.valuation.path.timeline import Floats

CASH = "USD"


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A chain with the model that was fitted to it, and the fit of each expiry."""

    chain: Chain
    model: Heston | Smile
    fits: tuple[Fit, ...]

    def volatilities(self, expiry: Expiry, levels: Floats) -> Floats:
        """Implied volatilities of the model at logarithms of strike over forward."""
        match self.model:
            case Heston():
                calls = call_values(self.model, expiry.years, levels)
                return implied(calls, levels, expiry.years)
            case Smile():
                shape = self.model.shape(levels, expiry.years)
                return (shape.w / expiry.years) ** 0.5

    def market(self) -> str:
        """The text of a market file: the spot, forwards as yields, the model."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        chain = self.chain
        name = f'"spot({chain.asset}, {CASH})"'
        yield f'as_of = "{show_instant(chain.as_of)}"'
        yield from ("", "[spots]", f"{name} = {chain.spot!r}")
        yield from ("", "[rates]", f"{CASH} = 0.0")
        yield from ("", "[yields]  # such that forwards are those of the chain")
        carries = [
            f'"{show_instant(each.instant)}" = {_carry(chain, each):.12g}'
            for each in chain.expiries
        ]
        yield f"{chain.asset} = {{ {', '.join(carries)} }}"
        match self.model:
            case Heston(v0, kappa, theta, xi, rho):
                numbers = {"v0": v0, "kappa": kappa, "theta": theta, "xi": xi, "rho": rho}
                yield from ("", "[heston]", f"{name} = {_table(numbers)}")
            case Smile(slices):
                yield from ("", f"[smiles.{name}]")
                for each, (_, part) in zip(chain.expiries, slices, strict=True):
                    numbers = {key: getattr(part, key) for key in ("a", "b", "rho", "m", "sigma")}
                    yield f'"{show_instant(each.instant)}" = {_table(numbers)}'


def calibrated(chain: Chain, model: str) -> Calibrated:
    """The fit of `heston` to all expiries, or of `svi` to each."""
    if model == "heston":
        return Calibrated(chain, *fitted_heston(chain))
    return Calibrated(chain, *fitted_smile(chain))


def _carry(chain: Chain, expiry: Expiry) -> float:
    return -log(expiry.forward / chain.spot) / years_between(chain.as_of, expiry.instant)


def _table(numbers: dict[str, float]) -> str:
    return "{ " + ", ".join(f"{key} = {number!r}" for key, number in numbers.items()) + " }"
