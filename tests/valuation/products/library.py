"""Every contract of the standard library as one instance, with arguments that make it live.

The arguments are those that the compiler itself takes for typical (`driver/typical.py`); where such
a contract would be dead or certain at the prices of `markets.py`, those that matter are given here.
A name that the library no longer has, or an argument that does not bind, fails.
"""

from collections.abc import Iterator
from functools import cache

from rfos_lang.cli.files import library
from rfos_lang.core.program import Choice, Watch
from rfos_lang.core.typical import BEGIN
from rfos_lang.driver.instance import Instance
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.typical import typical
from rfos_lang.semantics.analyse import analyse
from rfos_lang.stdlib_path import standard_library

LAST = "2027-01-15"
"""The last date of a typical schedule: what an average or a window needs as its expiry."""

_UP, _DOWN = {"barrier": "125", "rebate": "3"}, {"barrier": "85", "rebate": "3"}
_LEVEL_UP, _LEVEL_DOWN = {"level": "120", "strike": "100"}, {"level": "85", "strike": "100"}
_BETWEEN = {"low": "80", "high": "130"}
_DOUBLE = _BETWEEN | {"strike": "100"}
_WAYS = [(way, side) for way in ("In", "Out") for side in ("Call", "Put")]
_SPREAD = {"low": "90", "high": "110"}
_PAIR = {"strike": "98"}
_BASKET = {"much": "1", "more": "1", "strike": "195"}
_ABROAD = {"local": "EUR", "strike": "90"}
_FLOATER = {"margin_rate": "1%"}

_LOAN = {
    "accrues_from": "2026-01-15",
    "IPNR": "6%",
    "IED": "[2026-01-15]",
    "IP": "[2026-04-15, 2026-07-15]",
}
_REPAID = _LOAN | {"MD": "[2026-07-15]"}
_INSTALMENTS = _REPAID | {"PR": "[2026-04-15]"}

GIVEN: dict[str, dict[str, str]] = {
    "ANN": _INSTALMENTS | {"amortised": "[2026-04-15, 2026-07-15]", "PRF": "[2026-01-16]"},
    "CLM": _LOAN | {"STD": "[2026-07-15]"},
    "LAM": _INSTALMENTS | {"PRNXT": "400"},
    "NAM": _INSTALMENTS | {"PRNXT": "400"},
    "PAM": _REPAID,
    "SWPPV": _REPAID | {"IPNR2": "4%"},
    "Accumulator": {"strike": "95", "barrier": "115", "daily": "10"},
    "Decumulator": {"strike": "105", "barrier": "85", "daily": "10"},
    "AverageStrikeCall": {"expiry": LAST},
    "AverageStrikePut": {"expiry": LAST},
    "GeometricAverageStrikeCall": {"expiry": LAST},
    "GeometricAverageStrikePut": {"expiry": LAST},
    **{
        f"DownAnd{way}Binary{side}": _LEVEL_DOWN
        for way in ("In", "Out")
        for side in ("Call", "Put")
    },
    **{f"UpAnd{way}Binary{side}": _LEVEL_UP for way, side in _WAYS},
    **{f"DownAnd{way}{side}": _DOWN for way, side in _WAYS},
    **{f"UpAnd{way}{side}": _UP for way, side in _WAYS},
    "WindowUpAndOutCall": {"barrier": "125", "expiry": LAST},
    "CompositeBasketCall": {"weights": "[50%, 50%]"},
    "FloatingRateNote": _FLOATER,
    "CappedFloater": _FLOATER | {"cap": "5%"},
    "CollaredFloater": _FLOATER | {"floor": "3%", "cap": "6%"},
    "InverseFloater": {"fixed": "10%", "leverage": "100%"},
    "StepUpBond": {"step": "1%"},
    "ConvertibleBond": {"face": "100", "call_price": "110", "ratio": "1", "maturity": LAST},
    "CallOnCall": {"premium": "8"},
    "CallOnPut": {"premium": "8"},
    "PutOnCall": {"premium": "12"},
    "ExtendibleCall": {"fee": "2", "later_strike": "105"},
    **{f"Double{way}{side}": _DOUBLE for way, side in _WAYS},
    "TotalReturnSwap": {"units": "10", "spread": "1%"},
    "EquitySwap": {"shares": "10"},
    "WindInsurance": {"trigger": "30"},
    "CatastropheBond": {"attach": "30", "exhaust": "60"},
    "NonDeliverableForward": {"price": "0.01"},
    "TargetRedemptionForward": {"size": "10", "target": "20"},
    "ZeroCouponInflationSwap": {"cpi": "CPI", "base": "100", "fixed": "2%", "years": "0.5"},
    "YearOnYearInflationSwap": {"cpi": "CPI", "fixed": "2%"},
    "InflationLinkedBond": {"cpi": "CPI", "base": "100"},
    "LadderCall": {"step": "10"},
    "LinearLoan": {"instalment": "250"},
    "AsianTailLookback": {"expiry": LAST},
    "PartialLookbackCall": {"expiry": LAST},
    "PartialLookbackPut": {"expiry": LAST},
    "Autocallable": {"knock_in": "70%", "coupon_barrier": "80%", "coupon": "3%"},
    "GapCall": {"trigger": "110"},
    "GapPut": {"trigger": "90"},
    "SquaredCall": {"notional": "1"},
    "SquaredPut": {"notional": "1"},
    "PoweredCall": {"power": "2"},
    "Supershare": _SPREAD,
    "QuantoCall": _ABROAD | {"rate": "1.1"},
    "QuantoPut": _ABROAD | {"rate": "1.1"},
    "CompositeCall": {"local": "EUR", "strike": "100"},
    **{f"{which}Of{side}": _PAIR for which in ("Best", "Worst") for side in ("Call", "Put")},
    "BasketCall": _BASKET,
    "BasketPut": _BASKET,
    "ExchangeOption": {"much": "1", "more": "1"},
    "CorrelationCall": {"trigger": "98", "strike": "95"},
    "ForwardRateAgreement": {"rate": "4%"},
    "Cap": {"strike": "4%"},
    "Floor": {"strike": "4.1%"},
    "RateCollar": {"low": "3%", "high": "4%"},
    "BasisSwap": {"spread": "0.5%"},
    "CrossCurrencySwap": {"domestic_notional": "1_100", "spread": "1%"},
    "RangeAccrual": {"low": "2%", "high": "5%"},
    "Cliquet": {
        "local_floor": "-10%",
        "local_cap": "15%",
        "global_floor": "0%",
        "global_cap": "30%",
    },
    "ReverseCliquet": {"coupon": "30%"},
    **dict.fromkeys(("CallSpread", "PutSpread", "Strangle", "RiskReversal"), _SPREAD),
    **dict.fromkeys(("OptionCollar", "BoxSpread"), _SPREAD),
    "Butterfly": {"wing": "20"},
    "Condor": {"first": "80", "second": "90", "third": "110", "fourth": "120"},
    "BarrierReverseConvertible": {"barrier": "80"},
    "CapitalProtectedNote": {"protection": "95%", "participation": "80%"},
    "DualCurrencyDeposit": {"strike": "105"},
    "InterestRateSwap": {"fixed": "4%"},
    "AmortisingSwap": {"fixed": "4%"},
    "ZeroCouponSwap": {"fixed": "4%", "years": "1"},
    "PayerSwaption": {"fixed": "4%"},
    "ReceiverSwaption": {"fixed": "4.1%"},
    "BermudanSwaption": {"fixed": "4%"},
    **{name: {"level": "120"} for name in ("OneTouchUp", "TouchUpAtExpiry", "NoTouchUp")},
    **{name: {"level": "85"} for name in ("OneTouchDown", "TouchDownAtExpiry", "NoTouchDown")},
    **dict.fromkeys(("DoubleNoTouch", "DoubleTouch"), _BETWEEN),
    **dict.fromkeys(("TouchLowBeforeHigh", "TouchHighBeforeLow"), _BETWEEN),
    "VarianceSwap": {"strike": "40%"},
    "CappedVarianceSwap": {"strike": "40%", "cap": "80%"},
    "VolatilitySwap": {"strike": "40%"},
    "UpAndOutWindowCall": {"barrier": "125", "expiry": LAST},
    "DownAndOutWindowCall": {"barrier": "85", "expiry": LAST},
    "UpAndOutEarlyCall": {"barrier": "125"},
    "DownAndOutEarlyCall": {"barrier": "85"},
    "SoftDownAndOutCall": {"low": "70", "high": "90", "strike": "100"},
}


@cache
def definitions() -> dict[str, Checked]:
    """Every contract of the library by its name, as it stands in its own file."""
    return {checked.definition.name: checked for checked in _definitions()}


def _definitions() -> Iterator[Checked]:
    for file in sorted(standard_library().rglob("*.rfos")):
        text = file.read_text(encoding="utf-8")
        analysis = analyse(text, file.name, library)
        for definition in analysis.definitions.values():
            if definition.span.source == file.name:
                yield Checked(Source(file.name, text), definition, ())


@cache
def product(name: str, **given: str) -> Instance:
    """A contract that begins at BEGIN, with its arguments, some of them given here."""
    arguments = GIVEN.get(name, {}) | given
    return typical(definitions()[name], arguments, BEGIN)[0]


def is_chosen_in(name: str) -> bool:
    """Whether a party of a contract has a choice."""
    return any(isinstance(clause, Choice) for clause in product(name).program.clauses)


def is_watched(name: str) -> bool:
    """Whether a contract sees prices at any time."""
    clauses = product(name).program.clauses
    return any(isinstance(clause, Watch) and clause.feeds for clause in clauses)
