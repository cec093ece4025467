"""The Greeks of a simulated market by name: what is moved, and in which unit the answer is."""

from rfos_lang.base.unit import TIME, base
from rfos_lang.valuation.market import spot_name
from rfos_lang.valuation.model_lognormal import Lognormal


def names(model: Lognormal, reporting: str) -> list[tuple[str, str, str]]:
    """Measure, subject and unit of each Greek of a value in an asset, in the order of `Shifts`:
    delta, gamma and vega by spot, rho and carry by curve, theta."""
    told_in = base(reporting)
    spots = [(spot_name(*pair), base(pair[1]) / base(pair[0])) for pair in model.pairs]
    return [
        *(("delta", name, str(told_in / unit)) for name, unit in spots),
        *(("gamma", name, str(told_in / unit / unit)) for name, unit in spots),
        *(("vega", name, str(told_in)) for name, _ in spots),
        *(
            ("carry" if kind == "carry" else "rho", name, str(told_in))
            for kind, name in model.curves
        ),
        ("theta", "", str(told_in / TIME)),
    ]
