"""Generated contracts on both kernels, run as WebAssembly: several instances of each, so that they
are asked in batches; with escrow, third parties, event streams, fixings and patience."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rfos_lang.artefact.emission import compile
from rfos_lang.artefact.format import content_hash
from rfos_lang.artefact.layout import encode_terms
from rfos_lang.artefact.metadata import TooManyPostings
from rfos_lang.core.program import Choice, Program
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.records.block import Report
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    OPERATOR,
    Choose,
    Command,
    Define,
    Deposit,
    List,
    OpenAccount,
    PastEvent,
    RegisterAsset,
    RegisterFeed,
    Stake,
)
from rfos_runtime.records.reports import VALUE_BELOW
from rfos_runtime.reference.executor import ESCROW, ISSUANCE, Aspect, ChoiceView, DefinitionView
from tests.generators import dated, handmade
from tests.generators.handmade import DAY, START, Instance
from tests.generators.markets import LENGTH_MAX
from tests.generators.programs import instances, values
from tests.kernel.both import Both
from tests.kernel.test_ledger import signed_as_they_go

NAMES = ("ann", "bob", "carl", "dan")
COPIES, SHARED = 5, 3
"""Instances, and how many of them several accounts hold."""
FOREVER = 400 * DAY
Step = tuple[int, dict[int, int], bool, list[Command]]
"""When, what feed slots report, whether that is of the day itself, what is chosen."""


def setup(instance: Instance, artefact: bytes, view: DefinitionView) -> list[Command]:
    """What has to be there before the contract is listed."""
    terms, program = instance.terms, instance.program
    issued = {program.assets[slot] for slot in view.issues}
    name = content_hash(artefact)
    assets = dict(zip(program.assets, terms.places, strict=True))
    return [
        *(RegisterAsset(a, places, name if a in issued else "") for a, places in assets.items()),
        *(OpenAccount(each) for each in NAMES),
        *(Deposit(n, a, 10**9) for n in NAMES for a in assets if a not in issued),
        *(Stake("dan", a, 10**6) for a in assets if a not in issued),
        *(feed(view, slot) for slot in range(len(view.feeds))),
        Define(OPERATOR, artefact),
    ]


def feed(view: DefinitionView, slot: int) -> RegisterFeed:
    """A feed that is as strict as its slot demands."""
    of = view.feeds[slot]
    lowest = -VALUE_BELOW + 1 if of.lowest is None else of.lowest
    highest = VALUE_BELOW - 1 if of.highest is None else of.highest
    staleness = FOREVER if of.staleness is None else of.staleness
    return RegisterFeed(f"f{slot}", ("r",), 1, staleness, lowest, highest)


def listing(
    instance: Instance, name: str, view: DefinitionView, history: tuple[PastEvent, ...] = ()
) -> List:
    """The command that lists one instance."""
    program, terms = instance.program, instance.terms
    own = (ESCROW, ISSUANCE)
    return List(
        name,
        encode_terms(program, terms),
        terms.start,
        program.assets,
        terms.places,
        tuple("" if of.aspect is Aspect.NOW else f"f{k}" for k, of in enumerate(view.feeds)),
        others=tuple("" if each in own else "dan" for each in program.parties[2:]),
        history=history,
    )


def opened(instance: Instance) -> Both | None:
    """Both kernels with several instances that accounts hold; None if the contract is refused."""
    try:
        artefact = compile(instance.program, None, "source")
    except TooManyPostings:
        return None
    executor = WasmExecutor()
    view = executor.load(artefact)
    assert view is not None
    both = Both(executor)
    before = START - DAY
    codes = both.apply(before, signed_as_they_go(both, before, setup(instance, artefact, view)))
    if codes[-1] is not Code.ACCEPTED:
        return None
    listed = [listing(instance, content_hash(artefact), view)] * COPIES
    if set(both.apply(before + 1, signed_as_they_go(both, before + 1, listed))) != {Code.ACCEPTED}:
        return None
    for handle in range(1, COPIES + 1):
        both.give(handle, {"ann": handle, "carl": -handle})
        if handle <= SHARED:
            both.give(handle, {"bob": 1, "dan": -1})
    return both


@st.composite
def chosen(draw: st.DrawFn, choices: Sequence[ChoiceView]) -> Command:
    """A choice of a holder for some of its lots, or all."""
    number = draw(st.sampled_from(range(len(choices))))
    handle = draw(st.sampled_from(range(1, COPIES + 1)))
    account = draw(
        st.sampled_from((("ann", "bob"), ("carl", "dan"), NAMES[3:])[min(choices[number].party, 2)])
    )
    lots = draw(st.sampled_from((0, 1, handle, handle, handle, handle + 1)))
    asked = len(choices[number].amounts) if lots else 0
    amounts = st.lists(st.sampled_from((0, 1, 500, 10**6)), min_size=asked, max_size=asked)
    return Choose(handle, account, number, lots, tuple(draw(amounts)))


@st.composite
def lives(draw: st.DrawFn, program: Program, choices: Sequence[ChoiceView]) -> list[Step]:
    """Reports on a coarse grid of days, and choices."""
    passed = draw(st.sets(st.integers(0, 40), min_size=2, max_size=LENGTH_MAX))
    slots = st.sets(st.sampled_from(range(len(program.feeds)))) if program.feeds else st.just(set())
    return [
        (
            START + half_days * DAY // 2,
            {slot: draw(values(program.feeds[slot].sort)) for slot in sorted(draw(slots))},
            draw(st.booleans()),
            draw(st.lists(chosen(choices), min_size=1, max_size=4)) if choices else [],
        )
        for half_days in sorted(passed)
    ]


def live(both: Both, life: list[Step]) -> None:
    """Plays a life on both."""
    for now, moved, of_the_day, batch in life:
        date = now if of_the_day else None
        reports = [Report(f"f{k}", now, v, "r", date) for k, v in moved.items()]
        both.apply(now, signed_as_they_go(both, now, batch), reports)


generated = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@generated
@given(st.data(), instances())
def test_generated_contracts_live_alike(data: st.DataObject, instance: Instance) -> None:
    both = opened(instance)
    assume(both is not None)
    assert both is not None
    choices = both.kernel.contracts.definitions[0].choices
    live(both, data.draw(lives(instance.program, choices)))


def has_choice(instance: Instance) -> bool:
    """Whether there is something to choose."""
    return any(isinstance(clause, Choice) for clause in instance.program.clauses)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), instances().filter(has_choice))
def test_generated_choices_are_taken_alike(data: st.DataObject, instance: Instance) -> None:
    test_generated_contracts_live_alike.hypothesis.inner_test(data, instance)


@pytest.mark.parametrize("make", (*handmade.EVERY, *dated.EVERY), ids=lambda make: make.__name__)
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_handmade_contracts_live_alike(make: type[Instance], data: st.DataObject) -> None:
    instance = make()
    both = opened(instance)
    if both is not None:
        choices = both.kernel.contracts.definitions[0].choices
        live(both, data.draw(lives(instance.program, choices)))


def test_an_instance_that_began_before_comes_with_what_it_has_lived_through() -> None:
    instance = handmade.european_call()
    both = opened(instance)
    assert both is not None
    view, now = both.kernel.contracts.definitions[0], START + 5 * DAY
    name, count = view.content_hash, len(view.feeds)
    past = (PastEvent(START, (65_000 * 10**18,) * count, tuple(range(count))),)
    late = (PastEvent(now + DAY, (None,) * count, ()),)
    short = (PastEvent(START, (), ()),)
    commands = [listing(instance, name, view, each) for each in (past, late, short, ())]
    codes = both.apply(now, signed_as_they_go(both, now, commands))
    assert codes[:3] == (Code.ACCEPTED, Code.BAD_BINDING, Code.BAD_BINDING)
    assert codes[3] is Code.START_HAS_PASSED
    both.apply(now + 100 * DAY, (), [Report("f0", now + 80 * DAY, 70_000 * 10**18, "r")])
