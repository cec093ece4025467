"""The ACTUS cases through meaning, and through the compiled contracts to the bit.

The official cases have a licence of their own and lie beside the checkout, in `../shared`; where
they are not, the folder holds no files and the own cases run alone: every test has some.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.emission import compile
from rfos_lang.core.program import Program
from rfos_lang.driver.actus.loan import Loan, interest_dates
from rfos_lang.driver.actus.mapped import Mapped
from rfos_lang.driver.actus.mapping import CONTRACT_TYPES, mapped
from rfos_lang.driver.actus.terms import Unmapped, read
from tests.artefact.host import Host
from tests.conformance.actus import (
    Case,
    cases,
    happened,
    instance,
    judged,
    life,
    main,
    of_json,
)
from tests.conformance.own_actus_cases import CASES, LOAN

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "actus"
TOLERANCE = Decimal("1e-9")
OFFICIAL = [
    case
    for kind in CONTRACT_TYPES
    for path in FOLDER.glob(f"actus-tests-{kind.lower()}.json")
    for case in cases(path)
]
EVERY = [*OFFICIAL, *(of_json(name, case) for name, case in CASES.items())]


def name(case: Case) -> str:
    return case.name.replace(" ", "_")


@pytest.mark.parametrize("case", EVERY, ids=name)
def test_a_case_comes_out_as_it_must(case: Case) -> None:
    verdict = judged(case, TOLERANCE)
    assert verdict.outcome == "passed", verdict.problem


@pytest.fixture(scope="module")
def hosts() -> dict[str, Host]:
    """The modules that are made so far: one serves every case of a type."""
    return {}


def host_of(hosts: dict[str, Host], target: str, program: Program) -> Host:
    if target not in hosts:
        hosts[target] = Host(program, compile(program, None, target))
    assert hosts[target].program == program
    return hosts[target]


@pytest.mark.parametrize("case", EVERY, ids=name)
def test_the_compiled_contract_does_the_same_to_the_bit(case: Case, hosts: dict[str, Host]) -> None:
    made = mapped(case.terms, case.events)
    bound = instance(made)
    host = host_of(hosts, made.target, bound.lowered.program)
    for before, event, outcome in life(case, made, bound):
        assert host.fire(bound.terms, before, event) == outcome


# --- the comparison sees what is wrong -----------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("eventDate", "2020-02-02"),
        ("eventType", "PR"),
        ("payoff", "10.00000002"),
        ("currency", "EUR"),
        ("notionalPrincipal", "1000.000002"),
        ("nominalInterestRate", "0.120000002"),
        ("accruedInterest", "0.000000002"),
    ],
)
def test_every_field_of_every_event_is_compared(field: str, value: str) -> None:
    case = CASES["plain"]
    rows = [dict(row) for row in case["results"]]
    rows[1][field] = value
    verdict = judged(of_json("changed", {**case, "results": rows}), TOLERANCE)
    assert verdict.outcome == "failed"
    assert verdict.problem.count(";") == 0


def test_an_event_too_few_is_seen() -> None:
    case = CASES["plain"]
    verdict = judged(of_json("changed", {**case, "results": case["results"][:-1]}), TOLERANCE)
    assert verdict.problem == "5 events, not 4"


# --- equations -----------------------------------------------------------------------------------

MIRRORED = {"RPA": "RPL", "RPL": "RPA", "PF": "RF", "RF": "PF", "RFL": "PFL"}
TRADED = ("purchaseDate", "terminationDate")
CASES_WITH_TWO_SIDES = [
    case for case in EVERY if not case.events and not any(name in case.terms for name in TRADED)
]


@pytest.mark.parametrize("case", CASES_WITH_TWO_SIDES, ids=name)
def test_the_other_side_has_the_opposite_of_everything_but_the_rate(case: Case) -> None:
    role = MIRRORED[str(case.terms["contractRole"])]
    other = happened(replace(case, terms={**case.terms, "contractRole": role}))
    mirrored = [
        replace(each, payoff=-each.payoff, notional=-each.notional, accrued=-each.accrued)
        for each in happened(case)
    ]
    assert other == mirrored


days = st.dates(date(2019, 12, 1), date(2021, 6, 1)).map(lambda day: f"{day}T00:00:00")


@given(
    anchor=days,
    maturity=days,
    cycle=st.sampled_from(["P1ML0", "P1ML1", "P3ML0", "P29DL1", "P2WL0", "P1YL1", None]),
    shift=st.sampled_from([*(o + k for o in ("SC", "CS") for k in ("F", "MF", "P", "MP")), None]),
    month_end=st.sampled_from(["EOM", "SD"]),
    calendar=st.sampled_from(["MF", "NC"]),
)
@settings(max_examples=60, deadline=None)
def test_the_dates_that_the_mapper_knows_are_those_of_the_text_that_it_writes(
    anchor: str,
    maturity: str,
    cycle: str | None,
    shift: str | None,
    month_end: str,
    calendar: str,
) -> None:
    own = {
        "cycleAnchorDateOfInterestPayment": anchor,
        "maturityDate": maturity,
        "cycleOfInterestPayment": cycle,
        "businessDayConvention": shift,
        "endOfMonthConvention": month_end,
        "calendar": calendar,
    }
    assume(maturity > "2020-01-01")
    terms = read({**LOAN, **own})
    made = Loan(terms, (), terms.instant(maturity))
    dates = interest_dates(made)
    assert dates is not None
    expected = dates.after(made.begin).instants
    made_of_text = dict(schedules_of(mapped({**LOAN, **own})))
    assert made_of_text.get("IP", ()) == expected


def schedules_of(made: Mapped) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The schedules of an instance, by their names."""
    bound = instance(made)
    yield from zip(bound.lowered.program.schedules, bound.terms.schedules, strict=True)


# --- the mapper ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "value"),
    [
        ("contractType", "XYZ"),
        ("contractRole", "BUY"),
        ("dayCountConvention", "B252"),
        ("dayCountConvention", "28E336"),
        ("calendar", "MARS"),
        ("businessDayConvention", "SCX"),
        ("cycleOfInterestPayment", "monthly"),
        ("maturityDate", "2020-02-30"),
        ("maturityDate", "soon"),
        ("notionalPrincipal", "much"),
        ("maturityDate", None),
        ("currency", None),
        ("settlementCurrency", "EUR"),
        ("cycleOfOptionality", "P1ML1"),
    ],
)
def test_a_term_that_is_not_known_is_named(term: str, value: str | None) -> None:
    with pytest.raises(Unmapped) as unmapped:
        mapped({**LOAN, term: value})
    assert term in str(unmapped.value) or str(value) in str(unmapped.value)


def test_cycles_are_schedules_of_the_language() -> None:
    terms = {**LOAN, "calendar": "MF", "businessDayConvention": "CSMF"}
    assert mapped(terms).arguments["IP"] == (
        "schedule(first: 2020-02-01, last: 2020-04-01, step: 1M, stub: short_last, "
        "roll: modified_following, calendar: WEEKENDS, accrual: unadjusted)"
    )


def test_the_last_second_of_a_day_is_the_next_midnight() -> None:
    made = mapped({**LOAN, "terminationDate": "2020-02-29T23:59:59"})
    assert made.arguments["TD"] == "[2020-03-01]"
    assert made.arguments["IED"] == "[2020-01-01T00:00:01Z]"


# --- the command ---------------------------------------------------------------------------------


def test_the_command_counts_what_came_of_the_cases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {**CASES["plain"], "results": []}
    unknown = {**CASES["plain"], "terms": {**LOAN, "contractType": "XYZ"}}
    held = {"right": CASES["plain"], "wrong": wrong, "unknown": unknown}
    (tmp_path / "actus-tests-pam.json").write_text(json.dumps(held))
    assert main([str(tmp_path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"passed": 1, "failed": 1, "unsupported": 1}
    assert main([str(tmp_path), "--types", "ann"]) == 1
    (tmp_path / "actus-tests-pam.json").write_text(json.dumps({"right": CASES["plain"]}))
    assert main([str(tmp_path)]) == 0
