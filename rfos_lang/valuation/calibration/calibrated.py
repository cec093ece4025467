"""A model fitted to a chain: how well, and the market file that says it."""

from collections.abc import Iterator
from math import log

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.valuation.calibration.chain import CASH, Chain, Expiry
from rfos_lang.valuation.calibration.fit import Fit, Fitted, levels
from rfos_lang.valuation.curve import years_between
from rfos_lang.valuation.path.timeline import Floats


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A chain with the model that was fitted to it, and the fit of each expiry."""

    chain: Chain
    model: Fitted
    fits: tuple[Fit, ...]

    def volatilities(self, expiry: Expiry, k: Floats) -> Floats:
        """Implied volatilities of the model at logarithms of strike over forward."""
        return self.model.volatilities(expiry, k)

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
        yield ""
        yield from self.model.tables(chain, name)


def calibrated(chain: Chain, model: str, beta: float = 1.0) -> Calibrated:
    """The fit of a model by its name on the command line, `beta` being SABR's."""
    found = _fitted(chain, model, beta)
    fits = (Fit(each, found.volatilities(each, levels(each))) for each in chain.expiries)
    return Calibrated(chain, found, tuple(fits))


def _fitted(chain: Chain, model: str, beta: float) -> Fitted:
    match model:
        case "heston":
            from rfos_lang.valuation.calibration.heston_fit import fitted_heston

            return fitted_heston(chain)
        case "lognormal":
            from rfos_lang.valuation.calibration.term_fit import fitted_term

            return fitted_term(chain)
        case "local_volatility":
            from rfos_lang.valuation.calibration.local_fit import fitted_local_volatility

            return fitted_local_volatility(chain)
        case "merton":
            from rfos_lang.valuation.calibration.merton_fit import fitted_merton

            return fitted_merton(chain)
        case "sabr":
            from rfos_lang.valuation.calibration.sabr_fit import fitted_sabr

            return fitted_sabr(chain, beta)
        case _:
            from rfos_lang.valuation.calibration.svi_fit import fitted_svi

            return fitted_svi(chain)


def _carry(chain: Chain, expiry: Expiry) -> float:
    return -log(expiry.forward / chain.spot) / years_between(chain.as_of, expiry.instant)
