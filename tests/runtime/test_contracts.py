"""Real contracts in the kernel: run as WebAssembly and by `meaning`, the world has one root."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.artefact import emission
from rfos_lang.artefact.format import content_hash
from rfos_lang.artefact.layout import encode_terms
from rfos_lang.base.fixed import ONE
from rfos_lang.core import meaning
from rfos_lang.core.program import (
    Apply,
    Binary,
    Combine,
    Expression,
    Feed,
    FeedSlot,
    Timed,
    Transfer,
    Unary,
    Watch,
)
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
    Lock,
    OpenAccount,
    RegisterAsset,
    RegisterFeed,
    Trade,
    Withdraw,
)
from rfos_runtime.records.events import Owed, Posted
from rfos_runtime.records.holdings import Purpose, free, own_account
from rfos_runtime.reference.executor import Status
from rfos_runtime.reference.ledger import balance
from rfos_runtime.reference.world import Phase
from tests.executors.meaning_executor import MeaningExecutor
from tests.generators import dated
from tests.generators.handmade import (
    DAY,
    EVERY,
    START,
    Instance,
    american_put,
    european_call,
    number,
)
from tests.runtime.stage import Stage

WHOLE = 10**14
"""Of every asset, in minor units, for each account: nobody ever lacks anything."""

LOCK = Lock("USD", 10**12)


@dataclass(frozen=True)
class Listed:
    """An instance as the kernel takes it."""

    instance: Instance
    artefact: bytes
    terms: bytes

    @property
    def name(self) -> str:
        return content_hash(self.artefact)

    def meaning(self) -> MeaningExecutor:
        terms = {self.terms: self.instance.terms}
        return MeaningExecutor({self.name: self.instance.program}, {}, terms)


def listed(instance: Instance) -> Listed:
    artefact = emission.compile(instance.program, None, "0" * 64)
    return Listed(instance, artefact, encode_terms(instance.program, instance.terms))


def opened(contract: Listed, executor: object) -> Stage:
    """The contract listed and traded: ann holds three lots against bob, amy two against ben."""
    terms = contract.instance.terms
    stage = Stage(executor=executor)  # type: ignore[arg-type]
    accounts = ("ann", "amy", "bob", "ben")
    setup: list[Command] = [
        *(RegisterAsset(*each) for each in zip(terms.assets, terms.places, strict=True)),
        *(RegisterFeed(name, ("r",), 1, 40 * DAY, 0, 10**9 * ONE) for name in terms.feeds),
        *(OpenAccount(account) for account in accounts),
        *(Deposit(account, asset, WHOLE) for account in accounts for asset in terms.assets),
        Define(OPERATOR, contract.artefact),
        List(
            contract.name,
            contract.terms,
            START,
            terms.assets,
            terms.places,
            terms.feeds,
            locks=(None, LOCK),
            others=("",) * (len(contract.instance.program.parties) - 2),
        ),
    ]
    stage.accepted(START - 2, *setup)
    stage.accepted(
        START - 1,
        Trade(1, "ann", "bob", 3, second_collateral=3 * LOCK.units),  # type: ignore[operator]
        Trade(1, "amy", "ben", 2, second_collateral=2 * LOCK.units),  # type: ignore[operator]
    )
    return stage


def observed(stage: Stage, instant: int, prices: list[int]) -> tuple[Report, ...]:
    feeds = stage.world.instruments[1].feeds
    pairs = zip(feeds, prices, strict=False)
    return tuple(Report(feed, instant, price * ONE, "r") for feed, price in pairs)


@pytest.mark.parametrize("make", (*EVERY, *dated.EVERY, dated.funding))
@given(data=st.data())
@settings(max_examples=10)
def test_webassembly_and_meaning_lead_to_the_same_root(
    make: Callable[[], Instance], data: st.DataObject
) -> None:
    contract = listed(make())
    stages = [opened(contract, executor) for executor in (WasmExecutor(), contract.meaning())]
    days = data.draw(st.lists(st.integers(0, 400), max_size=8).map(sorted))
    for day in [0, *days]:
        time = max(START + day * DAY, stages[0].world.time + 1)
        prices = [data.draw(st.integers(30_000, 100_000)) for _ in contract.instance.terms.feeds]
        choice = data.draw(st.integers(0, 9)) == 0 and bool(contract.instance.program.clauses)
        commands = (Choose(1, "ann", 0, 1),) if choice else ()
        for stage in stages:
            stage.play(time, *commands, reports=observed(stage, time, prices))
        assert stages[0].applied[-1] == stages[1].applied[-1]


@pytest.mark.parametrize("make", EVERY)
@given(data=st.data())
@settings(max_examples=10)
def test_the_kernel_calls_a_contract_at_the_instants_at_which_it_lives(
    make: Callable[[], Instance], data: st.DataObject
) -> None:
    """What a contract owes in the kernel is what it owes by `meaning`, fired at each instant."""
    contract = listed(make())
    feeds = len(contract.instance.terms.feeds)
    days = data.draw(st.lists(st.integers(0, 400), max_size=12).map(sorted))
    prices = {
        START + day * DAY: [data.draw(st.integers(30_000, 100_000)) for _ in range(feeds)]
        for day in days
    }
    end = START + 401 * DAY
    stage = opened(contract, contract.meaning())
    reports = tuple(r for at, values in prices.items() for r in observed(stage, at, values))
    owed = [
        (event.payer, event.payee, event.asset, event.units, event.clause, event.action)
        for event in stage.play(end, reports=reports).events
        if isinstance(event, Owed)
    ]
    assert owed == life(contract.instance, prices)


def life(instance: Instance, prices: dict[int, list[int]]) -> list[tuple[object, ...]]:
    """What an instance owes per lot, fired at every instant at which anything may happen."""
    program, terms = instance.program, instance.terms
    dues = {instant for schedule in terms.schedules for instant in schedule}
    standing, owed = meaning.start(program, terms).standing, []
    newest: tuple[int, list[int]] | None = None
    waiting, unseen = False, frozenset[int]()
    for now in sorted({START} | dues | set(prices)):
        moved = frozenset(range(len(terms.feeds))) if now in prices else frozenset[int]()
        newest = (now, prices[now]) if now in prices else newest
        if waiting and not moved:
            continue
        is_fresh = newest is not None and now - newest[0] <= 40 * DAY
        known = (
            [price * ONE for price in newest[1]]
            if newest and is_fresh
            else [None] * len(terms.feeds)
        )
        event = meaning.Event(now, tuple(known), moved | unseen)
        outcome = meaning.fire(program, terms, standing, event)
        waiting = outcome.status is meaning.Status.WAITING
        unseen = moved | unseen if waiting else frozenset()
        standing = outcome.standing
        owed += [
            (
                program.parties[each.payer],
                program.parties[each.payee],
                terms.assets[each.asset],
                each.units,
                each.clause,
                each.action,
            )
            for each in outcome.postings
        ]
    return owed


@pytest.fixture(params=["wasm", "meaning"])
def play(request: pytest.FixtureRequest) -> Callable[[Listed], Stage]:
    def begin(contract: Listed) -> Stage:
        executor = WasmExecutor() if request.param == "wasm" else contract.meaning()
        return opened(contract, executor)

    return begin


def test_a_european_call_pays_every_holder_its_lots(play: Callable[[Listed], Stage]) -> None:
    stage = play(listed(european_call()))
    expiry = START + 90 * DAY
    stage.play(expiry, reports=observed(stage, expiry, [66_000]))
    assert stage.world.instruments[1].phase is Phase.ENDED
    gains = {
        name: balance(stage.world, "USD", free(name)) - WHOLE
        for name in ("ann", "amy", "bob", "ben")
    }
    assert gains == {"ann": 300_000, "amy": 200_000, "bob": -300_000, "ben": -200_000}


def test_an_american_put_is_exercised_by_delivery(play: Callable[[Listed], Stage]) -> None:
    stage = play(listed(american_put()))
    now = START + 10 * DAY
    stage.play(now, reports=observed(stage, now, [60_000]))
    assert stage.code(Choose(1, "ann", 0, 2)) is Code.ACCEPTED
    assert balance(stage.world, "BTC", free("ann")) == WHOLE - 2 * 10**8
    assert balance(stage.world, "USD", free("ann")) == WHOLE + 2 * 6_500_000
    assert (stage.lots("ann"), stage.lots("amy")) == (1, 2)
    assert stage.lots("bob") + stage.lots("ben") == -3
    at_expiry = START + 90 * DAY
    stage.play(at_expiry, reports=observed(stage, at_expiry, [64_000]))  # the rest by default
    assert balance(stage.world, "BTC", free("ann")) == WHOLE - 3 * 10**8
    assert stage.world.positions == {}


def test_a_choice_that_the_chooser_cannot_pay_is_refused(play: Callable[[Listed], Stage]) -> None:
    stage = play(listed(american_put()))
    now = START + 10 * DAY
    stage.accepted(now, Withdraw("ann", "BTC", WHOLE - 2 * 10**8 + 1))
    assert stage.code(Choose(1, "ann", 0, 2)) is Code.CANNOT_PAY
    assert stage.code(Choose(1, "ann", 0, 1)) is Code.ACCEPTED


def test_postings_name_the_clause_and_action_that_caused_them(
    play: Callable[[Listed], Stage],
) -> None:
    stage = play(listed(american_put()))
    stage.play(START + DAY, reports=observed(stage, START + DAY, [60_000]))
    stage.accepted(START + 2 * DAY, Choose(1, "ann", 0, 1))
    causes = {
        (event.asset, event.cause.clause, event.cause.action)
        for event in stage.applied[-1].events
        if isinstance(event, Posted) and event.debit.purpose == Purpose.CLEARING
    }
    assert causes == {("BTC", 0, 0), ("USD", 0, 1)}


def wager() -> Instance:
    """Two sides stake 100 with the contract's own account, which pays the winner at expiry."""
    stake, twice = number(100), number(200)
    high = Combine(Binary.LESS, number(65_000), Feed(0))
    clauses = (
        Timed(1, (Transfer(0, 2, 1, stake), Transfer(1, 2, 1, stake))),
        Timed(
            0,
            (Transfer(2, 0, 1, twice, guard=high), Transfer(2, 1, 1, twice, guard=not_(high))),
        ),
    )
    made = european_call()
    program = replace(
        made.program,
        name="Wager",
        parties=("yes", "no", "escrow"),
        schedules=("expiry", "start"),
        clauses=clauses,
    )
    expiry = made.terms.schedules[0]
    return Instance(program, replace(made.terms, schedules=(expiry, (START,))))


@pytest.mark.parametrize(("price", "gain"), [(66_000, 10_000), (64_000, -10_000)])
def test_a_third_party_stands_behind_every_lot(
    play: Callable[[Listed], Stage], price: int, gain: int
) -> None:
    stage = play(listed(wager()))
    stage.play(START, reports=observed(stage, START, [65_000]))
    escrow = free(own_account(1))
    assert balance(stage.world, "USD", escrow) == 5 * 20_000
    expiry = START + 90 * DAY
    stage.play(expiry, reports=observed(stage, expiry, [price]))
    assert balance(stage.world, "USD", escrow) == 0
    assert balance(stage.world, "USD", free("ann")) == WHOLE + 3 * gain
    assert balance(stage.world, "USD", free("ben")) == WHOLE - 2 * gain


def test_what_moved_while_an_instrument_waited_is_not_forgotten(
    play: Callable[[Listed], Stage],
) -> None:
    """A clause waits for the second price; meanwhile the first crosses its barrier."""
    crossed = Watch((0,), Combine(Binary.LESS, Feed(0), number(50_000)), (_pay(7),))
    pays_second = Timed(0, (Transfer(1, 0, 1, Feed(1)),))
    made = european_call()
    feeds = (*made.program.feeds, FeedSlot("spot", (0, 1), "second"))
    program = replace(made.program, clauses=(crossed, pays_second), feeds=feeds, perpetual=True)
    terms = replace(made.terms, feeds=("first", "second"))
    stage = play(listed(Instance(program, terms)))
    expiry = START + 90 * DAY

    def report(feed: str, day: int, price: int) -> Report:
        return Report(feed, expiry + day * DAY, price * ONE, "r")

    stage.play(expiry)
    stage.play(expiry + DAY, reports=(report("first", 1, 40_000),))
    assert stage.world.instruments[1].phase is Phase.WAITING
    stage.play(expiry + 2 * DAY, reports=(report("second", 2, 5),))
    assert [event.units for event in stage.told(Owed)] == [500, 700]  # type: ignore[attr-defined]
    assert stage.world.instruments[1].moved == frozenset()


def _pay(amount: int) -> Transfer:
    return Transfer(1, 0, 1, number(amount))


def not_(condition: Expression) -> Expression:
    return Apply(Unary.NOT, condition)


def test_altered_bytes_are_no_definition() -> None:
    artefact = listed(european_call()).artefact
    executor = WasmExecutor()
    assert executor.load(artefact) is not None
    for place in range(0, len(artefact), 97):
        changed = bytearray(artefact)
        changed[place] ^= 1
        assert executor.load(bytes(changed)) is None


def test_a_module_that_names_a_party_that_is_not_there_harms_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = emission.metadata_of

    def lying(*arguments: object) -> object:
        made = honest(*arguments)  # type: ignore[arg-type]
        return replace(made, parties=("yes", "no"), margin_assets=made.margin_assets[:2])

    monkeypatch.setattr(emission, "metadata_of", lying)
    made = wager()
    pool = replace(made.program, parties=("yes", "no", "pool"))
    contract = listed(replace(made, program=pool))
    two_parties = replace(contract.instance.program, parties=("yes", "no"))
    liar = replace(contract, instance=replace(contract.instance, program=two_parties))
    stage = opened(liar, WasmExecutor())
    before = dict(stage.world.balances)
    stage.play(START, reports=observed(stage, START, [65_000]))
    assert stage.world.instruments[1].phase is Phase.FROZEN
    assert stage.world.instruments[1].reason == Status.TRAPPED
    assert stage.world.balances == before


def test_terms_of_another_shape_are_refused() -> None:
    contract = listed(european_call())
    executor = WasmExecutor()
    view = executor.load(contract.artefact)
    assert view is not None
    for broken in (b"", contract.terms[:-1], contract.terms + b"\0", bytes(len(contract.terms))):
        assert executor.start(view, broken).status != 0
