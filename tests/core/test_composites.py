"""The algebra of contracts: a contract made of others does what they do, side by side."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfos_lang.base import fixed
from rfos_lang.core.binding import Instance
from rfos_lang.core.meaning import Event, Posting, Standing, Status, fire, start
from rfos_lang.core.program import Choice, Program
from tests.core.lives import definitions, instance, life
from tests.generators.composites import SOURCES, Composite, Leaf, composites
from tests.generators.handmade import DAY, START

generated = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Flow = tuple[str, str, str, int, int | None]
"""payer, payee, asset, minor units, when it is owed."""

NONE: frozenset[int] = frozenset()
WHOLE = {"u": "BTC", "cash": "USD"}
PARTS = definitions(SOURCES)


@dataclass(slots=True)
class Track:
    """One instance on its way; its first party is `first` of the contract around it."""

    made: Instance
    first: str = "p"
    factor: int = 1
    standing: Standing | None = None

    def begin(self) -> None:
        self.standing = start(self.made.lowered.program, self.made.terms).standing

    def event(self, instant: int, price: int, moved: bool, taken: frozenset[int]) -> Event:
        feeds = len(self.made.terms.feeds)
        seen = frozenset(range(feeds)) if moved else frozenset()
        return Event(instant, (price,) * feeds, seen, taken)

    def live(self, event: Event) -> Counter[Flow] | None:
        """What is paid; None if the event is refused."""
        assert self.standing is not None
        if self.standing.ended:
            return None if event.taken else Counter()
        outcome = fire(self.made.lowered.program, self.made.terms, self.standing, event)
        if outcome.status is not Status.OK:
            return None
        self.standing = outcome.standing
        return Counter(map(self.flow, outcome.postings))

    def flow(self, posting: Posting) -> Flow:
        sides = ("p", "q") if self.first == "p" else ("q", "p")
        asset, units = self.made.terms.assets[posting.asset], posting.units * self.factor
        return sides[posting.payer], sides[posting.payee], asset, units, posting.due


def track(leaf: Leaf) -> Track:
    return Track(
        instance(PARTS[leaf.kind], **leaf.arguments), "q" if leaf.turned else "p", leaf.factor
    )


def choices(program: Program) -> list[int]:
    return [k for k, clause in enumerate(program.clauses) if isinstance(clause, Choice)]


def net(flows: Counter[Flow]) -> Counter[tuple[str, str, int | None]]:
    """What p pays in each asset at each date, less what it gets."""
    total: Counter[tuple[str, str, int | None]] = Counter()
    for (payer, _, asset, units, due), count in flows.items():
        total["p", asset, due] += units * count * (1 if payer == "p" else -1)
    return total


@st.composite
def days(draw: st.DrawFn) -> list[tuple[int, int, bool, int | None]]:
    """Instants with a price, whether it moved, and which choice is taken, counted over all
    parts."""
    return [
        (
            START + day * DAY,
            draw(st.integers(1, 10)) * fixed.ONE,
            draw(st.booleans()),
            draw(st.sampled_from((None, None, None, 0, 1, 2))),
        )
        for day in range(16)
    ]


@generated
@given(composites(), days())
def test_a_composite_does_what_its_parts_do(
    made: Composite, passed: list[tuple[int, int, bool, int | None]]
) -> None:
    whole = Track(instance(definitions(made.text)["Whole"], **WHOLE))
    parts = [track(leaf) for leaf in made.leaves]
    for each in (whole, *parts):
        each.begin()
    theirs = [(part, k) for part in parts for k in choices(part.made.lowered.program)]
    ours = choices(whole.made.lowered.program)
    assert len(theirs) == len(ours)
    for instant, price, moved, taken in passed:
        chosen = taken if taken is not None and taken < len(ours) else None
        for choice in (chosen, None) if chosen is not None else (None,):
            before = [part.standing for part in parts]
            flows: Counter[Flow] | None = Counter()
            for part in parts:
                mine = choice is not None and theirs[choice][0] is part
                asked = frozenset({theirs[choice][1]}) if mine and choice is not None else NONE
                paid = part.live(part.event(instant, price, moved, asked))
                flows = None if paid is None or flows is None else flows + paid
            own = NONE if choice is None else frozenset({ours[choice]})
            assert whole.live(whole.event(instant, price, moved, own)) == flows
            if flows is not None:
                break
            for part, standing in zip(parts, before, strict=True):
                part.standing = standing
        ended = [part.standing.ended for part in parts if part.standing is not None]
        assert whole.standing is not None and whole.standing.ended == all(ended)


@generated
@given(composites(depth=2), days())
def test_what_is_bought_and_sold_pays_nothing_net(
    made: Composite, passed: list[tuple[int, int, bool, int | None]]
) -> None:
    nothing = Composite(f"({made.expression} between p, q) - ({made.expression})", ())
    whole = Track(instance(definitions(nothing.text)["Whole"], **WHOLE))
    whole.begin()
    for instant, price, moved, _ in passed:
        flows = whole.live(whole.event(instant, price, moved, frozenset()))
        if flows is None:
            break  # a mean of nothing: the contract waits for ever on both sides
        assert not any(net(flows).values())


@generated
@given(composites(depth=2))
def test_minus_minus_is_the_same_contract(made: Composite) -> None:
    twice = Composite(f"-(-({made.expression}))", made.leaves)
    first, second = (unplaced(definitions(each.text)["Whole"]) for each in (made, twice))
    assert first == second


def unplaced(definition: object) -> Program:
    made = instance(definition, **WHOLE)  # type: ignore[arg-type]
    return replace(made.lowered.program, clauses=tuple(unsourced(made)))


def unsourced(made: Instance) -> Iterator[object]:
    for clause in made.lowered.program.clauses:
        yield replace(clause, source=None)


# --- told in words -------------------------------------------------------------------------------

STRANGLE = """
use std.options.{EuropeanCall, EuropeanPut}
contract Strangle(underlying, cash: Asset, low, high: cash/underlying, expiry: Date, size: Number)
between holder, writer = size * (EuropeanPut(underlying, cash, strike: low, expiry:)
    + EuropeanCall(underlying, cash, strike: high, expiry:)) { unsecured }
"""

ARGUMENTS = {"underlying": "BTC", "cash": "USD", "expiry": "2026-06-26"}


def test_a_strangle_pays_on_both_sides() -> None:
    strangle = definitions(STRANGLE)["Strangle"]
    for price, paid in ((50_000, "20,000"), (65_000, None), (80_000, "20,000")):
        lived = life(strangle, **ARGUMENTS, low="60_000", high="70_000", size="2")
        told = lived.at("2026-06-26", BTC=str(price))
        assert told == ([] if paid is None else [f"writer pays holder {paid} USD"])
        assert lived.ended


def test_a_part_that_is_knocked_out_leaves_the_other_alive() -> None:
    text = """
use std.options.{EuropeanPut}
use std.barriers.{DownAndOutPut}
contract Pair(underlying, cash: Asset, strike, barrier: cash/underlying, expiry: Date)
between holder, writer
    = DownAndOutPut(
        underlying, cash, strike:, barrier:, expiry:, rebate: 5 cash, size: 1 underlying
    ) - EuropeanPut(underlying, cash, strike:, expiry:) { unsecured }
"""
    pair = life(definitions(text)["Pair"], **ARGUMENTS, strike="60_000", barrier="50_000")
    assert pair.at("2026-02-01", BTC="49_000") == ["writer pays holder 5 USD"]
    assert not pair.ended
    assert pair.at("2026-06-26", BTC="55_000") == ["holder pays writer 5,000 USD"]
    assert pair.ended


def test_choices_of_one_name_are_numbered() -> None:
    text = """
use std.options.{AmericanPut}
contract Two(underlying, cash: Asset, expiry: Date) between holder, writer
    = AmericanPut(underlying, cash, strike: 60_000 cash/underlying, expiry:)
    - AmericanPut(underlying, cash, strike: 50_000 cash/underlying, expiry:) { unsecured }
"""
    two = life(definitions(text)["Two"], **ARGUMENTS)
    assert two.at("2026-02-01", "exercise_2", BTC="49_000") == [
        "writer pays holder 1 BTC",
        "holder pays writer 50,000 USD",
    ]
    assert two.outcome("2026-02-02", "exercise_2").status is Status.NOT_AVAILABLE
    assert two.at("2026-02-02", "exercise") == [
        "holder pays writer 1 BTC",
        "writer pays holder 60,000 USD",
    ]
    assert two.ended


def test_what_a_part_requires_is_required() -> None:
    text = """
use std.barriers.{DownAndOutPut}
contract Out(u, cash: Asset, k: cash/u, n: Number, expiry: Date) between holder, writer
    = n * DownAndOutPut(u, cash, strike: k, barrier: 50_000 cash/u, expiry:,
        rebate: 0 cash, size: 1 u) { unsecured }
"""
    from tests.core.lives import complaints

    out, given_ = definitions(text)["Out"], {"u": "BTC", "cash": "USD", "expiry": "2026-06-26"}
    (low,) = complaints(out, **given_, k="40_000", n="1")
    assert "the barrier must lie below the strike" in low.message
    (negative,) = complaints(out, **given_, k="60_000", n="-1")
    assert "scaled by a negative number" in negative.message
