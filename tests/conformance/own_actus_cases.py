"""Own cases in the form of the ACTUS tests, worked out by hand: they run where the others are not.

Interest is at 12 % by 30E/360, so that a month of 1000 is 10, or a case says otherwise.
"""

from collections.abc import Mapping
from typing import Any

Row = tuple[str, str, str, str, str, str]
"""Date, type, payoff, notional, rate, interest accrued."""

LOAN: Mapping[str, Any] = {
    "contractType": "PAM",
    "contractRole": "RPA",
    "currency": "USD",
    "statusDate": "2019-12-31T00:00:00",
    "initialExchangeDate": "2020-01-01T00:00:00",
    "maturityDate": "2020-04-01T00:00:00",
    "notionalPrincipal": "1000",
    "nominalInterestRate": "0.12",
    "cycleOfInterestPayment": "P1ML1",
    "cycleAnchorDateOfInterestPayment": "2020-02-01T00:00:00",
    "dayCountConvention": "30E360",
}


def case(
    terms: Mapping[str, Any],
    rows: list[Row],
    market: Mapping[str, list[tuple[str, str]]] | None = None,
    events: list[Mapping[str, Any]] | None = None,
    until: str = "",
) -> dict[str, Any]:
    """A case as a file of the ACTUS tests has it; a term that is None is taken out of the loan."""
    names = ("eventDate", "eventType", "payoff")
    states = ("notionalPrincipal", "nominalInterestRate", "accruedInterest")
    return {
        "terms": {k: v for k, v in {**LOAN, **terms}.items() if v is not None},
        "to": until,
        "dataObserved": {
            code: {"identifier": code, "data": [{"timestamp": t, "value": v} for t, v in points]}
            for code, points in (market or {}).items()
        },
        "eventsObserved": events or [],
        "results": [
            dict(zip((*names, *states), row, strict=True)) | {"currency": "USD"} for row in rows
        ],
    }


IED: Row = ("2020-01-01", "IED", "-1000", "1000", "0.12", "0")
FEBRUARY: Row = ("2020-02-01", "IP", "10", "1000", "0.12", "0")
MARCH: Row = ("2020-03-01", "IP", "10", "1000", "0.12", "0")
APRIL: Row = ("2020-04-01", "IP", "10", "1000", "0.12", "0")
MD: Row = ("2020-04-01", "MD", "1000", "0", "0.12", "0")

CASES = {
    "plain": case({}, [IED, FEBRUARY, MARCH, APRIL, MD]),
    "no cycle": case(
        {"cycleOfInterestPayment": None, "cycleAnchorDateOfInterestPayment": None},
        [IED, ("2020-04-01", "IP", "30", "1000", "0.12", "0"), MD],
    ),
    "borrowed at a discount": case(
        {"contractRole": "RPL", "premiumDiscountAtIED": "-50", "nominalInterestRate": None},
        [
            ("2020-01-01", "IED", "950", "-1000", "0", "0"),
            ("2020-04-01", "MD", "-1000", "0", "0", "0"),
        ],
    ),
    "every month has thirty days": case(
        {
            "dayCountConvention": "30E360ISDA",
            "endOfMonthConvention": "EOM",
            "initialExchangeDate": "2020-01-31T00:00:00",
            "cycleAnchorDateOfInterestPayment": "2020-02-29T00:00:00",
            "maturityDate": "2020-04-30T00:00:00",
        },
        [
            ("2020-01-31", "IED", "-1000", "1000", "0.12", "0"),
            ("2020-02-29", "IP", "10", "1000", "0.12", "0"),
            ("2020-03-31", "IP", "10", "1000", "0.12", "0"),
            ("2020-04-30", "IP", "10", "1000", "0.12", "0"),
            ("2020-04-30", "MD", "1000", "0", "0.12", "0"),
        ],
    ),
    "a maturity on the last of February is no thirtieth": case(
        {
            "dayCountConvention": "30E360ISDA",
            "initialExchangeDate": "2020-11-30T00:00:00",
            "cycleOfInterestPayment": None,
            "cycleAnchorDateOfInterestPayment": None,
            "maturityDate": "2021-02-28T00:00:00",
        },
        [
            ("2020-11-30", "IED", "-1000", "1000", "0.12", "0"),
            ("2021-02-28", "IP", "29.3333333333", "1000", "0.12", "0"),
            ("2021-02-28", "MD", "1000", "0", "0.12", "0"),
        ],
    ),
    "capitalised": case(
        {"capitalizationEndDate": "2020-03-01T00:00:00"},
        [
            IED,
            ("2020-02-01", "IPCI", "0", "1010", "0.12", "0"),
            ("2020-03-01", "IPCI", "0", "1020.1", "0.12", "0"),
            ("2020-04-01", "IP", "10.201", "1020.1", "0.12", "0"),
            ("2020-04-01", "MD", "1020.1", "0", "0.12", "0"),
        ],
    ),
    "seasoned": case(
        {"statusDate": "2020-02-16T00:00:00"},
        [("2020-03-01", "IP", "10", "1000", "0.12", "0"), APRIL, MD],
    ),
    "seasoned, what has accrued is given": case(
        {"statusDate": "2020-02-16T00:00:00", "accruedInterest": "7"},
        [("2020-03-01", "IP", "12", "1000", "0.12", "0"), APRIL, MD],
    ),
    "reset within bounds, the first rate known": case(
        {
            "cycleOfRateReset": "P1ML1",
            "cycleAnchorDateOfRateReset": "2020-02-01T00:00:00",
            "nextResetRate": "0.06",
            "marketObjectCodeOfRateReset": "USD.SWP",
            "rateMultiplier": "2",
            "rateSpread": "0.01",
            "periodCap": "0.05",
            "lifeCap": "0.10",
        },
        [
            IED,
            FEBRUARY,
            ("2020-02-01", "RRF", "0", "1000", "0.06", "0"),
            ("2020-03-01", "IP", "5", "1000", "0.06", "0"),
            ("2020-03-01", "RR", "0", "1000", "0.10", "0"),
            ("2020-04-01", "IP", "8.3333333333", "1000", "0.10", "0"),
            ("2020-04-01", "MD", "1000", "0", "0.10", "0"),
        ],
        {"USD.SWP": [("2020-02-15T00:00:00", "0.2")]},
    ),
    "fees on the principal": case(
        {"feeRate": "0.06", "feeBasis": "N", "cycleOfFee": "P2ML1"},
        [
            IED,
            FEBRUARY,
            ("2020-03-01", "FP", "10", "1000", "0.12", "10"),
            MARCH,
            ("2020-04-01", "FP", "5", "1000", "0.12", "10"),
            APRIL,
            MD,
        ],
    ),
    "fees of an amount": case(
        {"contractRole": "RPL", "feeRate": "3", "feeBasis": "A", "cycleOfFee": "P3ML1"},
        [
            ("2020-01-01", "IED", "1000", "-1000", "0.12", "0"),
            ("2020-02-01", "IP", "-10", "-1000", "0.12", "0"),
            ("2020-03-01", "IP", "-10", "-1000", "0.12", "0"),
            ("2020-04-01", "FP", "-3", "-1000", "0.12", "-10"),
            ("2020-04-01", "IP", "-10", "-1000", "0.12", "0"),
            ("2020-04-01", "MD", "-1000", "0", "0.12", "0"),
        ],
    ),
    "prepaid with a penalty": case(
        {"penaltyType": "A", "penaltyRate": "20", "prepaymentEffect": "A"},
        [
            IED,
            FEBRUARY,
            ("2020-02-16", "PY", "20", "1000", "0.12", "5"),
            ("2020-02-16", "PP", "400", "600", "0.12", "5"),
            ("2020-03-01", "IP", "8", "600", "0.12", "0"),
            ("2020-04-01", "IP", "6", "600", "0.12", "0"),
            ("2020-04-01", "MD", "600", "0", "0.12", "0"),
        ],
        events=[{"time": "2020-02-16T00:00:00", "type": "PP", "value": 400}],
    ),
    "scaled": case(
        {
            "scalingEffect": "IN0",
            "scalingIndexAtContractDealDate": "100",
            "marketObjectCodeOfScalingIndex": "CPI",
            "cycleAnchorDateOfScalingIndex": "2020-02-01T00:00:00",
            "cycleOfScalingIndex": "P1ML1",
        },
        [
            IED,
            FEBRUARY,
            ("2020-02-01", "SC", "0", "1000", "0.12", "0"),
            ("2020-03-01", "IP", "11", "1000", "0.12", "0"),
            ("2020-03-01", "SC", "0", "1000", "0.12", "0"),
            ("2020-04-01", "IP", "12", "1000", "0.12", "0"),
            ("2020-04-01", "MD", "1200", "0", "0.12", "0"),
        ],
        {"CPI": [("2020-02-01T00:00:00", "110"), ("2020-03-01T00:00:00", "120")]},
    ),
    "bought and ended early at the last second of a day": case(
        {
            "purchaseDate": "2020-02-15T23:59:59",
            "priceAtPurchaseDate": "990",
            "terminationDate": "2020-03-16T00:00:00",
            "priceAtTerminationDate": "995",
        },
        [
            ("2020-02-15T23:59:59", "PRD", "-995", "1000", "0.12", "5"),
            MARCH,
            ("2020-03-16", "TD", "1000", "0", "0.12", "0"),
        ],
    ),
    # 1 February and 1 March 2020 are a Saturday and a Sunday.
    "shifted, then counted": case(
        {"calendar": "MF", "businessDayConvention": "SCF"},
        [
            IED,
            ("2020-02-03", "IP", "10.6666666667", "1000", "0.12", "0"),
            ("2020-03-02", "IP", "9.6666666667", "1000", "0.12", "0"),
            ("2020-04-01", "IP", "9.6666666667", "1000", "0.12", "0"),
            MD,
        ],
    ),
    "counted, then shifted": case(
        {"calendar": "MF", "businessDayConvention": "CSP"},
        [
            IED,
            ("2020-01-31", "IP", "10", "1000", "0.12", "0"),
            ("2020-02-28", "IP", "10", "1000", "0.12", "0"),
            APRIL,
            MD,
        ],
    ),
    "annuity, its payment worked out": case(
        # 1010 / (1 + 1/1.01 + 1/1.01^2) = 340.0221114815; after the reset to 24 % the rest, with a
        # month's interest, over 1 + 1/1.02: 345.0717798092.
        {
            "contractType": "ANN",
            "maturityDate": None,
            "amortizationDate": "2020-04-01T00:00:00",
            "cycleOfPrincipalRedemption": "P1ML1",
            "cycleAnchorDateOfPrincipalRedemption": "2020-02-01T00:00:00",
            "cycleAnchorDateOfRateReset": "2020-02-01T00:00:00",
            "cycleOfRateReset": "P3ML1",
            "marketObjectCodeOfRateReset": "USD.SWP",
        },
        [
            IED,
            ("2020-01-31", "PRF", "0", "1000", "0.12", "9.6666666667"),
            ("2020-02-01", "PR", "330.0221114815", "669.9778885185", "0.12", "10"),
            ("2020-02-01", "IP", "10", "669.9778885185", "0.12", "0"),
            ("2020-02-01", "RR", "0", "669.9778885185", "0.24", "0"),
            ("2020-02-01", "PRF", "0", "669.9778885185", "0.24", "0"),
            ("2020-03-01", "PR", "331.6722220389", "338.3056664797", "0.24", "13.3995577704"),
            ("2020-03-01", "IP", "13.3995577704", "338.3056664797", "0.24", "0"),
            ("2020-04-01", "IP", "6.7661133296", "338.3056664797", "0.24", "0"),
            ("2020-04-01", "MD", "338.3056664797", "0", "0.24", "0"),
        ],
        {"USD.SWP": [("2020-02-01T00:00:00", "0.24")]},
    ),
    "equal parts, interest on what was owed before": case(
        {
            "contractType": "LAM",
            "notionalPrincipal": "900",
            "cycleOfPrincipalRedemption": "P1ML1",
            "cycleAnchorDateOfPrincipalRedemption": "2020-02-01T00:00:00",
            "interestCalculationBase": "NTL",
            "interestCalculationBaseAmount": "900",
            "cycleAnchorDateOfInterestCalculationBase": "2020-03-01T00:00:00",
            "cycleOfInterestCalculationBase": "P1ML1",
        },
        [
            ("2020-01-01", "IED", "-900", "900", "0.12", "0"),
            ("2020-02-01", "PR", "300", "600", "0.12", "9"),
            ("2020-02-01", "IP", "9", "600", "0.12", "0"),
            ("2020-03-01", "PR", "300", "300", "0.12", "9"),
            ("2020-03-01", "IP", "9", "300", "0.12", "0"),
            ("2020-03-01", "IPCB", "0", "300", "0.12", "0"),
            ("2020-04-01", "IP", "3", "300", "0.12", "0"),
            ("2020-04-01", "MD", "300", "0", "0.12", "0"),
        ],
    ),
    "a part that is larger than the rest": case(
        {
            "contractType": "LAM",
            "nextPrincipalRedemptionPayment": "700",
            "cycleOfPrincipalRedemption": "P1ML1",
            "cycleAnchorDateOfPrincipalRedemption": "2020-02-01T00:00:00",
        },
        [
            IED,
            ("2020-02-01", "PR", "700", "300", "0.12", "10"),
            ("2020-02-01", "IP", "10", "300", "0.12", "0"),
            ("2020-03-01", "PR", "300", "0", "0.12", "3"),
            ("2020-03-01", "IP", "3", "0", "0.12", "0"),
            ("2020-04-01", "IP", "0", "0", "0.12", "0"),
            ("2020-04-01", "MD", "0", "0", "0.12", "0"),
        ],
    ),
    "a payment that does not cover the interest": case(
        {
            "contractType": "NAM",
            "contractRole": "RPL",
            "nextPrincipalRedemptionPayment": "5",
            "cycleOfPrincipalRedemption": "P1ML1",
            "cycleAnchorDateOfPrincipalRedemption": "2020-02-01T00:00:00",
        },
        [
            ("2020-01-01", "IED", "1000", "-1000", "0.12", "0"),
            ("2020-02-01", "PR", "5", "-1005", "0.12", "-10"),
            ("2020-02-01", "IP", "-10", "-1005", "0.12", "0"),
            ("2020-03-01", "PR", "5.05", "-1010.05", "0.12", "-10.05"),
            ("2020-03-01", "IP", "-10.05", "-1010.05", "0.12", "0"),
            ("2020-04-01", "IP", "-10.1005", "-1010.05", "0.12", "0"),
            ("2020-04-01", "MD", "-1010.05", "0", "0.12", "0"),
        ],
    ),
    "paid back in equal amounts until nothing is left": case(
        # 1000 over 400 less the first interest of 10: three payments, the last at maturity.
        {
            "contractType": "ANN",
            "maturityDate": None,
            "nextPrincipalRedemptionPayment": "400",
            "cycleOfPrincipalRedemption": "P1ML1",
            "cycleAnchorDateOfPrincipalRedemption": "2020-02-01T00:00:00",
        },
        [
            IED,
            ("2020-02-01", "PR", "390", "610", "0.12", "10"),
            ("2020-02-01", "IP", "10", "610", "0.12", "0"),
            ("2020-03-01", "PR", "393.9", "216.1", "0.12", "6.1"),
            ("2020-03-01", "IP", "6.1", "216.1", "0.12", "0"),
            ("2020-04-01", "IP", "2.161", "216.1", "0.12", "0"),
            ("2020-04-01", "MD", "216.1", "0", "0.12", "0"),
        ],
    ),
    "called with notice": case(
        {
            "contractType": "CLM",
            "maturityDate": None,
            "xDayNotice": "P14D",
            "cycleAnchorDateOfInterestPayment": "2020-02-01T00:00:00",
        },
        [
            IED,
            ("2020-02-01", "IPCI", "0", "1010", "0.12", "0"),
            ("2020-02-16", "XD", "0", "1010", "0.12", "5.05"),
            ("2020-03-01", "IP", "10.1", "1010", "0.12", "0"),
            ("2020-03-01", "STD", "1010", "0", "0.12", "0"),
        ],
        events=[{"time": "2020-02-16T00:00:00", "type": "XD", "value": 0}],
    ),
    "ended on a Sunday, counted to the Monday": case(
        # 1 March 2020 is a Sunday.
        {
            "calendar": "MF",
            "businessDayConvention": "SCF",
            "terminationDate": "2020-03-01T00:00:00",
            "priceAtTerminationDate": "1000",
            "cycleOfInterestPayment": None,
            "cycleAnchorDateOfInterestPayment": None,
        },
        [IED, ("2020-03-01", "TD", "1020.3333333333", "0", "0.12", "0")],
    ),
    "prepaid at the last second of a day": case(
        {},
        [
            IED,
            FEBRUARY,
            ("2020-02-15T23:59:59", "PP", "400", "600", "0.12", "5"),
            ("2020-03-01", "IP", "8", "600", "0.12", "0"),
            ("2020-04-01", "IP", "6", "600", "0.12", "0"),
            ("2020-04-01", "MD", "600", "0", "0.12", "0"),
        ],
        events=[{"time": "2020-02-15T23:59:59", "type": "PP", "value": 400}],
    ),
    "told until a date, with no observation after it": case(
        {
            "cycleOfRateReset": "P1ML1",
            "cycleAnchorDateOfRateReset": "2020-03-01T00:00:00",
            "marketObjectCodeOfRateReset": "USD.SWP",
        },
        [IED, FEBRUARY],
        until="2020-02-01T00:00:00",
    ),
    # 16 February 2020 is a Sunday: the rate is reset on the Monday, at what was observed on Friday.
    "reset on the Monday at the rate of the Sunday, and prepaid": case(
        {
            "calendar": "MF",
            "businessDayConvention": "SCF",
            "cycleAnchorDateOfInterestPayment": "2020-04-01T00:00:00",
            "cycleAnchorDateOfRateReset": "2020-02-16T00:00:00",
            "cycleOfRateReset": "P3ML1",
            "marketObjectCodeOfRateReset": "USD.SWP",
        },
        [
            IED,
            ("2020-02-17", "PP", "400", "600", "0.12", "15.3333333333"),
            ("2020-02-17", "RR", "0", "600", "0.24", "15.3333333333"),
            ("2020-04-01", "IP", "32.9333333333", "600", "0.24", "0"),
            ("2020-04-01", "MD", "600", "0", "0.24", "0"),
        ],
        {"USD.SWP": [("2020-02-14T00:00:00", "0.24"), ("2020-02-17T00:00:00", "0.36")]},
        [{"time": "2020-02-17T00:00:00", "type": "PP", "value": 400}],
    ),
    "swap, netted": case(
        {
            "contractType": "SWPPV",
            "contractRole": "RFL",
            "nominalInterestRate2": "0.06",
            "deliverySettlement": "S",
            "marketObjectCodeOfRateReset": "USD.SWP",
            "cycleAnchorDateOfRateReset": "2020-02-16T00:00:00",
            "cycleOfRateReset": "P2ML1",
        },
        [
            ("2020-01-01", "IED", "0", "1000", "0.06", "0"),
            ("2020-02-01", "IP", "5", "1000", "0.06", "0"),
            ("2020-02-16", "RR", "0", "1000", "0.24", "5"),
            ("2020-03-01", "IP", "-2.5", "1000", "0.24", "0"),
            ("2020-04-01", "IP", "-10", "1000", "0.24", "0"),
            ("2020-04-01", "MD", "0", "0", "0.24", "0"),
        ],
        {"USD.SWP": [("2020-01-01T00:00:00", "0.24")]},
    ),
}
