"""Bounds and the paths that attain them, on handmade programs and on standard contracts."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.analysis.interval import Interval
from rfos_lang.analysis.obligation import Obligation, can_be_unrolled, sharpest
from rfos_lang.analysis.paths import Path, Step, live, owed, shortened
from rfos_lang.analysis.smt import Unrolled
from rfos_lang.analysis.unrolling import endless, moments
from rfos_lang.analysis.worst_case import worst_case
from rfos_lang.base.fixed import from_decimal, to_minor_units
from rfos_lang.core.program import Choice, Program, Terms
from tests.core.lives import instance, only, standard
from tests.generators.handmade import EVERY, Instance

LOWEST, HIGHEST = from_decimal("0.01"), from_decimal(1_000_000)
OPTION = {"underlying": "BTC", "cash": "USD", "expiry": "2026-07-01"}
NOTE = {
    "basket": "[BTC, ETH]",
    "cash": "USD",
    "notional": "1_000_000 USD",
    "observations": "[2026-04-01, 2026-07-01, 2026-10-01, 2027-01-01]",
    "autocall": "1",
    "coupon_barrier": "0.8",
    "knock_in": "0.6",
    "coupon": "0.02",
}
LEG = "schedule(first: 2026-02-15, last: 2027-02-15, step: 3M)"

STANDARD: Mapping[str, tuple[Mapping[str, str], Mapping[tuple[int, int], int]]] = {
    # contract: arguments; what is owed at most, by (party, asset) in minor units
    "options.EuropeanCall": ({**OPTION, "strike": "100"}, {(1, 1): 99_990_000}),
    "options.EuropeanPut": ({**OPTION, "strike": "100"}, {(1, 1): 9_999}),
    "options.GapCall": (
        {**OPTION, "strike": "100", "trigger": "90"},
        {(0, 1): 1_000, (1, 1): 99_990_000},
    ),
    "options.CallSpread": ({**OPTION, "low": "100", "high": "120"}, {(1, 1): 2_000}),
    "barriers.DownAndOutPut": ({**OPTION, "strike": "100", "barrier": "80"}, {(1, 1): 2_000}),
    "barriers.UpAndOutCall": ({**OPTION, "strike": "100", "barrier": "120"}, {(1, 1): 2_000}),
    "strategies.PutSpread": (
        {**OPTION, "low": "100", "high": "120"},
        {(0, 1): 0, (1, 1): 2_000},
    ),
    "strategies.Butterfly": (
        {**OPTION, "middle": "100", "wing": "20"},
        {(0, 1): 0, (1, 1): 2_000},
    ),
    "notes.Autocallable": (NOTE, {(1, 2): 108_000_000}),
    "rates.Cap": (
        {"cash": "USD", "notional": "1_000", "strike": "5%", "index": "SOFR", "leg": LEG},
        {(1, 0): 96_320},
    ),
}
"""Worked out by hand: the highest price less the strike; the strike less the lowest; what lies
between strike and trigger, strike and strike, strike and barrier; the width of a spread and the
wing of a butterfly, whose options are netted; all coupons and the notional; a
cap's notional × 95% × days / 360, quarter by quarter (89, 92, 92, 92 days)."""


def _bounds(program: Program) -> dict[int, Interval]:
    one = from_decimal(1)
    return {
        slot: Interval(LOWEST, HIGHEST) if feed.kind == "spot" else Interval(-one, one)
        for slot, feed in enumerate(program.feeds)
    }


def _sharpest(program: Program, terms: Terms) -> list[Obligation]:
    bounds = _bounds(program)
    unrolled = Unrolled(program, terms, bounds=bounds) if can_be_unrolled(program, terms) else None
    return sharpest(program, terms, bounds, unrolled)


def _standard(name: str) -> tuple[Program, Terms]:
    made = instance(standard(name), **STANDARD[name][0])
    return made.lowered.program, made.terms


def _handmade(make: Callable[[], Instance]) -> tuple[Program, Terms]:
    made = make()
    return made.program, made.terms


CASES = [
    *(pytest.param(_standard, name, id=name) for name in STANDARD),
    *(pytest.param(_handmade, make, id=make.__name__) for make in EVERY),
]
MAKERS = pytest.mark.parametrize(("read", "what"), CASES)


@pytest.mark.parametrize("name", STANDARD)
def test_what_is_owed_at_most(name: str) -> None:
    program, terms = _standard(name)
    found = {(each.party, each.asset): each for each in _sharpest(program, terms)}
    assert {key: each.least for key, each in found.items()} == STANDARD[name][1]
    assert all(each.attained for each in found.values())


@MAKERS
def test_the_path_pays_what_is_said(
    read: Callable[[object], tuple[Program, Terms]], what: object
) -> None:
    program, terms = read(what)
    for each in _sharpest(program, terms):
        again = live(program, terms, each.life.steps)
        assert owed(program, again)[each.party, each.asset] == each.least
        assert again.refused is None
        brief = shortened(program, terms, each.life)
        assert owed(program, live(program, terms, brief.steps)) == owed(program, again)


@MAKERS
def test_the_bound_is_at_most_that_of_intervals(
    read: Callable[[object], tuple[Program, Terms]], what: object
) -> None:
    program, terms = read(what)
    interval = worst_case(program, terms, _bounds(program))
    for each in _sharpest(program, terms):
        most = interval.of(each.party, each.asset)
        assert most is not None and each.most is not None
        assert each.least <= each.most <= to_minor_units(most, terms.places[each.asset])


@st.composite
def _paths(draw: st.DrawFn, program: Program, terms: Terms) -> Path:
    """Every dated instant and some between, at prices that often lie at levels of the contract."""
    levels = [each for each in terms.terms if LOWEST <= each <= HIGHEST]
    near = [level + shift for level in levels for shift in (-1, 0, 1)]
    prices = st.one_of(st.integers(LOWEST, HIGHEST), st.sampled_from([LOWEST, HIGHEST, *near]))
    steps = []
    for moment in moments(program, terms):
        if not moment.dated and draw(st.booleans()):
            continue
        taken = frozenset(
            index
            for index, clause in enumerate(program.clauses)
            if isinstance(clause, Choice) and draw(st.booleans())
        )
        seen = tuple(
            draw(prices) if feed.kind == "spot" else draw(st.integers(-(10**18), 10**18))
            for feed in program.feeds
        )
        steps.append(Step(moment.instant, seen, taken))
    return tuple(steps)


_KNOWN: dict[object, tuple[Program, Terms, list[Obligation]]] = {}


@MAKERS
@settings(max_examples=10)
@given(data=st.data())
def test_no_path_pays_more(
    read: Callable[[object], tuple[Program, Terms]], what: object, data: st.DataObject
) -> None:
    if what not in _KNOWN:
        program, terms = read(what)
        _KNOWN[what] = (program, terms, _sharpest(program, terms))
    program, terms, found = _KNOWN[what]
    paid = owed(program, live(program, terms, data.draw(_paths(program, terms))))
    for each in found:
        assert each.most is not None
        assert paid[each.party, each.asset] <= each.most


def test_a_bound_that_a_knock_out_holds_does_not_grow() -> None:
    program, terms = _standard("barriers.UpAndOutCall")
    (owes,) = _sharpest(program, terms)
    assert owes.growth is not None and owes.growth.closed


def test_a_call_grows_with_its_price() -> None:
    program, terms = _standard("options.EuropeanCall")
    (owes,) = _sharpest(program, terms)
    assert owes.growth is not None
    assert owes.growth.slopes == {0: from_decimal(1)}


OVER_TICKS = """\
contract OverTicks(underlying, cash: Asset, expiry: Date) between holder, writer {
    let S = spot(underlying, cash)
    at expiry { writer pays holder 1 underlying * REMEMBERED }
}
"""


@pytest.mark.parametrize(
    ("remembered", "reason"),
    [
        ("mean(S)", "sum(spot(underlying, cash)) moves at every observation"),
        ("highest(S)", None),
        ("lowest(S)", None),
        ("(if ever(S <= 1 cash/underlying) then S else 0)", None),
    ],
)
def test_a_running_sum_cannot_be_unrolled_and_an_extreme_can(
    remembered: str, reason: str | None
) -> None:
    definition = only(OVER_TICKS.replace("REMEMBERED", remembered))
    made = instance(definition, underlying="BTC", cash="USD", expiry="2026-07-01")
    assert endless(made.lowered.program) == reason
