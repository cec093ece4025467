"""What the contracts on a principal have in common: exchange, interest, resets, fees, purchase."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from rfos_lang.base.records import dataclass
from rfos_lang.base.schedule import Stub
from rfos_lang.driver.actus import spelling
from rfos_lang.driver.actus.mapped import Events, Mapped
from rfos_lang.driver.actus.schedules import (
    DAY_COUNTS,
    NONE,
    Conventions,
    Dates,
    anchored,
    conventions,
    fixed,
    once,
)
from rfos_lang.driver.actus.terms import Terms, Unmapped

ROLES = {"RPA": 1, "RPL": -1, "RF": 1, "RFL": 1, "PF": -1, "PFL": -1}
"""The sign of the creator's role."""

PREPAYMENTS = "prepayments"
"""The code from which the amounts of prepayments are observed."""

Arguments = dict[str, str]


@dataclass(frozen=True, slots=True)
class Loan:
    """The terms, what was observed, and the instant at which all is paid back."""

    terms: Terms
    events: Events
    maturity: int

    @property
    def begin(self) -> int:
        return needed_time(self.terms, "statusDate")

    @property
    def days(self) -> Conventions:
        return conventions(self.terms)


def needed_time(terms: Terms, name: str) -> int:
    """A time that the contract cannot do without. Raises Unmapped."""
    value = terms.time(name)
    if value is None:
        raise Unmapped(f"{name} is missing")
    return value


def needed_number(terms: Terms, name: str) -> Decimal:
    """A number that the contract cannot do without. Raises Unmapped."""
    value = terms.number(name)
    if value is None:
        raise Unmapped(f"{name} is missing")
    return value


def arguments(loan: Loan, paid: Dates | None) -> Arguments:
    """The arguments that every contract on a principal takes, which pays interest on these dates.
    Raises Unmapped."""
    return {
        **parties(loan),
        **exchange(loan),
        **numbers(loan.terms, {"PDIED": "premiumDiscountAtIED"}),
        **interest(loan, paid),
        **resets(loan),
        **fees(loan),
        **_prepayments(loan),
        **_scaling(loan),
        **trades(loan),
    }


def mapped(loan: Loan, target: str, found: Arguments) -> Mapped:
    """The contract of that name with these arguments."""
    fixed_on: dict[int, int] = {}
    for dates in (*reset_dates(loan).values(), _scaling_dates(loan)):
        fixed_on |= {} if dates is None else dates.unmoved
    return Mapped(target, found, loan.begin, fixed_on, loan.terms.lateness)


def parties(loan: Loan) -> Arguments:
    """The currency, and the sign of the creator's role."""
    currency, role = loan.terms.text("currency"), loan.terms.text("contractRole")
    if currency is None:
        raise Unmapped("currency is missing")
    if role not in ROLES:
        raise Unmapped(f"contractRole: {role} is not known here")
    return {"currency": currency, "R": str(ROLES[role])}


def exchange(loan: Loan) -> Arguments:
    """The principal, the day count, and the dates at both ends."""
    terms = loan.terms
    return {
        "NT": spelling.number(needed_number(terms, "notionalPrincipal")),
        "DCC": terms.word("dayCountConvention", DAY_COUNTS),
        "IED": _single(loan, needed_time(terms, "initialExchangeDate")),
        "MD": once(loan.maturity, loan.days).text,
    }


def numbers(terms: Terms, names: dict[str, str]) -> Arguments:
    """The number terms that are there, by the parameters that they are."""
    found = {parameter: terms.number(name) for parameter, name in names.items()}
    return {key: spelling.number(value) for key, value in found.items() if value is not None}


def schedules(loan: Loan, found: dict[str, Dates | None]) -> Arguments:
    """The schedules that are there and have a date after the status date."""
    cut = {name: dates.after(loan.begin) for name, dates in found.items() if dates is not None}
    return {name: dates.text for name, dates in cut.items() if dates.instants}


def _single(loan: Loan, instant: int | None) -> str:
    """A date that is still to come, as a schedule."""
    if instant is None or instant <= loan.begin:
        return NONE.text
    return fixed(instant, loan.days).text


# --- interest ------------------------------------------------------------------------------------


def interest(loan: Loan, paid: Dates | None) -> Arguments:
    """The rate, the dates at which interest is paid or capitalised, and since when it accrues."""
    terms = loan.terms
    if terms.number("nominalInterestRate") is None:
        return {"accrues_from": spelling.date(loan.begin)}
    return {
        **numbers(terms, {"IPNR": "nominalInterestRate", "IPAC": "accruedInterest"}),
        "accrues_from": spelling.date(_accrues_from(loan, paid)),
        **schedules(loan, _capitalised(loan, paid)),
    }


def interest_dates(loan: Loan) -> Dates | None:
    """The dates of the interest cycle; without one, and where nothing is capitalised, maturity."""
    dates = anchored(loan.terms, "InterestPayment", loan.maturity)
    if dates is None and loan.terms.time("capitalizationEndDate") is None:
        return once(loan.maturity, loan.days)
    return dates


def _capitalised(loan: Loan, paid: Dates | None) -> dict[str, Dates | None]:
    """Until the end of capitalisation, and at it, interest is added to the principal."""
    terms = loan.terms
    end = terms.time("capitalizationEndDate")
    if end is None:
        return {"IP": paid}
    until = anchored(terms, "InterestPayment", end, stub=Stub.SHORT_LAST)
    return {
        "IPCI": once(end, loan.days) if until is None else until,
        "IP": None if paid is None else paid.after(loan.days.moved(end)),
    }


def _accrues_from(loan: Loan, paid: Dates | None) -> int:
    """Where the interest that is owed at the beginning has its own beginning: none is, if the term
    says how much is owed."""
    terms, begin = loan.terms, loan.begin
    exchange = needed_time(terms, "initialExchangeDate")
    anchor = terms.time("cycleAnchorDateOfInterestPayment")
    given = terms.number("accruedInterest") is not None
    if exchange > begin:
        early = not given and anchor is not None and anchor < exchange
        return anchor if early and anchor is not None else exchange
    passed = [] if given or paid is None else [each for each in paid.instants if each < begin]
    return passed[-1] if passed else begin


# --- resets --------------------------------------------------------------------------------------


def resets(loan: Loan) -> Arguments:
    """The index, the bounds, and the dates at which the rate is set anew."""
    terms = loan.terms
    limits = {
        "RRMLT": "rateMultiplier",
        "RRSP": "rateSpread",
        "RRLF": "lifeFloor",
        "RRLC": "lifeCap",
        "RRPF": "periodFloor",
        "RRPC": "periodCap",
        "RRNXT": "nextResetRate",
    }
    return {
        **codes(terms, {"RRMO": "marketObjectCodeOfRateReset"}),
        **numbers(terms, limits),
        **schedules(loan, reset_dates(loan)),
    }


def reset_dates(loan: Loan) -> dict[str, Dates | None]:
    """The first date to come has a rate already if the term says so."""
    terms = loan.terms
    dates = anchored(terms, "RateReset", loan.maturity, with_last=False)
    ahead = None if dates is None else dates.after(loan.begin)
    if ahead is None or not ahead.instants or terms.number("nextResetRate") is None:
        return {"RR": ahead}
    first = Dates(f"[first({ahead.text})]", ahead.instants[:1])
    rest = replace(ahead, text=f"tail({ahead.text})", instants=ahead.instants[1:])
    return {"RRF": first, "RR": rest}


def codes(terms: Terms, names: dict[str, str]) -> Arguments:
    """The codes of market objects that are there, by the parameters that they are."""
    found = {parameter: terms.text(name) for parameter, name in names.items()}
    return {key: spelling.text(code) for key, code in found.items() if code is not None}


def calculation_base(loan: Loan) -> Arguments:
    """What interest is counted on: the principal as it is, as it was at the exchange (NTIED), or
    as it was at the last of certain dates (NTL)."""
    terms = loan.terms
    base = terms.word("interestCalculationBase", _BASES)
    if base == "NT":
        return {}
    dates = None
    if base == "NTL":
        dates = anchored(terms, "InterestCalculationBase", loan.maturity, with_last=False)
    given = numbers(terms, {"IPCBA": "interestCalculationBaseAmount"})
    amount = {"IPCBA": spelling.number(needed_number(terms, "notionalPrincipal"))} | given
    return {"lagged": "true", **amount, **schedules(loan, {"IPCB": dates})}


_BASES: Mapping[str | None, str] = {None: "NT", "NT": "NT", "NTIED": "NTIED", "NTL": "NTL"}


# --- fees, prepayments, scaling, trades ----------------------------------------------------------


def fees(loan: Loan) -> Arguments:
    """A rate on the principal, or an amount each time."""
    terms = loan.terms
    if not terms.number("feeRate"):
        return {}
    basis = terms.word("feeBasis", {None: "FER", "N": "FER", "A": "fee"})
    dates = anchored(terms, "Fee", loan.maturity)
    return {
        **numbers(terms, {basis: "feeRate", "FEAC": "feeAccrued"}),
        **schedules(loan, {"FP": dates}),
    }


def _prepayments(loan: Loan) -> Arguments:
    """Prepayments were observed; a penalty may go with each."""
    terms = loan.terms
    dates = _observed(loan, "PP")
    if terms.text("prepaymentEffect") == "N" or not dates.instants:
        return {}
    found = {"PPMO": spelling.text(PREPAYMENTS), "PP": dates.text}
    kind = terms.text("penaltyType")
    if kind in (None, "O"):
        return found
    found["PY"] = dates.text
    match kind:
        case "A":
            return {**found, **numbers(terms, {"penalty": "penaltyRate"})}
        case "N":
            return {**found, **numbers(terms, {"PYRT": "penaltyRate"})}
        case "I":
            return {**found, "loses_interest": "true"}
        case _:
            raise Unmapped(f"penaltyType: {kind} is not known here")


def _observed(loan: Loan, kind: str) -> Dates:
    """The dates at which an event of that kind was observed, after the status date."""
    instants = sorted({loan.terms.instant(e.time) for e in loan.events if e.type == kind})
    ahead = tuple(instant for instant in instants if instant > loan.begin)
    return Dates(spelling.dates(*ahead), ahead)


def _scaling(loan: Loan) -> Arguments:
    """What an index scales: I interest, N the principal that is paid back."""
    terms = loan.terms
    effect = (terms.text("scalingEffect") or "000").upper()
    interest, notional = effect.startswith("I"), effect[1:2] == "N"
    if not (interest or notional):
        return {}
    at_deal = "scalingIndexAtContractDealDate"
    base = at_deal if terms.text(at_deal) else "scalingIndexAtStatusDate"
    initial = {"SCIP": "interestScalingMultiplier"} if interest else {}
    initial |= {"SCNT": "notionalScalingMultiplier"} if notional else {}
    return {
        **codes(terms, {"SCMO": "marketObjectCodeOfScalingIndex"}),
        **numbers(terms, {"SCCDD": base, **initial}),
        "scales_interest": spelling.truth(interest),
        "scales_notional": spelling.truth(notional),
        **schedules(loan, {"SC": _scaling_dates(loan)}),
    }


def _scaling_dates(loan: Loan) -> Dates | None:
    return anchored(loan.terms, "ScalingIndex", loan.maturity, with_last=False)


def trades(loan: Loan) -> Arguments:
    """Purchase and termination, and credit events that were observed."""
    terms = loan.terms
    found = {
        "PRD": _single(loan, terms.time("purchaseDate")),
        "TD": _single(loan, terms.time("terminationDate")),
        "CE": _observed(loan, "CE").text,
    }
    prices = {"PPRD": "priceAtPurchaseDate", "PTD": "priceAtTerminationDate"}
    used = {name: text for name, text in found.items() if text != NONE.text}
    return {**used, **numbers(terms, prices)}
