"""Escrow and third parties in the kernel."""

from dataclasses import replace

import pytest

from rfos_lang.base.instant import parse_instant
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.records.block import Block, Signed, Signer
from rfos_runtime.records.codes import Code, Refused
from rfos_runtime.records.commands import ONE, OPERATOR, Define, List, OpenAccount, Trade
from rfos_runtime.records.events import Frozen
from rfos_runtime.reference.block import apply
from rfos_runtime.reference.executor import DefinitionView, Rule, Status
from rfos_runtime.reference.instruments import define
from rfos_runtime.reference.world import Phase
from tests.core.test_parties import AGENCY, DELIVERY, POT
from tests.runtime.from_text import DAY, Market, compiled

START = parse_instant("2026-01-01")
DUE = parse_instant("2026-02-01")
KINDS = pytest.mark.parametrize("kind", ["wasm", "meaning"])


def delivery(kind: str) -> Market:
    """Ann buys two bonds from bob for 900, one lot."""
    terms = {"bond": "BTC", "cash": "USD", "face": "2 BTC", "price": "900 USD"}
    contract = compiled(DELIVERY, **terms, deadline="2026-02-01")
    funds = {"ann": {"USD": 100_000}, "bob": {"BTC": 2 * 10**8}, "carl": {"USD": 100_000}}
    market = Market(contract, kind, funds)
    market.stage.accepted(START - DAY, Trade(1, "ann", "bob", 1))
    market.stage.play(START + DAY)
    return market


@KINDS
def test_delivery_against_payment_through_escrow(kind: str) -> None:
    market = delivery(kind)
    stage = market.stage
    assert stage.code(market.choose("bob", "deliver")) is Code.CHOICE_REFUSED
    assert stage.code(market.choose("ann", "fund")) is Code.ACCEPTED
    assert (market.has("ann", "USD"), market.has("escrow", "USD")) == (10_000, 90_000)
    assert stage.code(market.choose("ann", "fund")) is Code.CHOICE_NOT_OPEN
    assert stage.code(market.choose("bob", "deliver")) is Code.ACCEPTED
    assert (market.has("ann", "BTC"), market.has("bob", "USD")) == (2 * 10**8, 90_000)
    assert market.has("escrow", "USD") == 0
    assert stage.world.instruments[1].phase is Phase.ENDED


@KINDS
def test_lots_stand_still_while_escrow_holds_something_for_them(kind: str) -> None:
    market = delivery(kind)
    stage = market.stage
    stage.accepted(START + 2 * DAY, market.choose("ann", "fund"))
    assert stage.code(Trade(1, "carl", "bob", 1)) is Code.LOTS_STAND_STILL  # one more
    assert stage.code(Trade(1, "bob", "ann", 1)) is Code.LOTS_STAND_STILL  # none left
    assert stage.code(Trade(1, "carl", "ann", 1, 5_000, "USD")) is Code.ACCEPTED
    assert stage.code(market.choose("bob", "deliver")) is Code.ACCEPTED
    assert market.has("carl", "BTC") == 2 * 10**8


@KINDS
def test_what_nobody_delivers_for_goes_back(kind: str) -> None:
    market = delivery(kind)
    market.stage.accepted(START + 2 * DAY, market.choose("ann", "fund"))
    market.stage.play(DUE)
    assert market.has("ann", "USD") == 100_000
    assert market.stage.world.instruments[1].phase is Phase.ENDED


@KINDS
@pytest.mark.parametrize(
    ("paid_out", "status"), [("101", Status.ESCROW_SHORT), ("99", Status.ESCROW_LEFT)]
)
def test_an_escrow_that_does_not_add_up_freezes_its_instrument(
    kind: str, paid_out: str, status: Status
) -> None:
    contract = compiled(POT, cash="USD", paid_in="100", paid_out=paid_out, due="2026-02-01")
    market = Market(contract, kind, {"ann": {"USD": 50_000}, "bob": {}})
    market.stage.accepted(START - DAY, Trade(1, "ann", "bob", 3))
    market.stage.play(DUE)
    assert market.stage.told(Frozen) == [Frozen(1, status)]
    assert market.has("escrow", "USD") == 3 * 10_000


@KINDS
def test_escrow_pays_what_it_was_really_paid(kind: str) -> None:
    """Who pays into escrow has too little: escrow has too little for whom it pays."""
    contract = compiled(POT, cash="USD", paid_in="100", paid_out="100", due="2026-02-01")
    market = Market(contract, kind, {"ann": {"USD": 7_000}, "bob": {}})
    market.stage.accepted(START - DAY, Trade(1, "ann", "bob", 1))
    market.stage.play(START)
    assert (market.has("ann", "USD"), market.has("escrow", "USD")) == (0, 7_000)
    market.stage.play(DUE)
    assert (market.has("bob", "USD"), market.has("escrow", "USD")) == (7_000, 0)


def agency(kind: str) -> Market:
    contract = compiled(AGENCY, cash="USD", price="50", fee="1", due="2026-02-01")
    funds = {"ann": {"USD": 20_000}, "bob": {}, "agnes": {}}
    return Market(contract, kind, funds, {"agent": "agnes"})


@KINDS
def test_a_third_party_chooses_for_every_lot(kind: str) -> None:
    market = agency(kind)
    stage = market.stage
    stage.accepted(START - DAY, Trade(1, "ann", "bob", 2))
    stage.play(START)
    assert stage.code(market.choose("ann", "release", 2)) is Code.NOT_THE_CHOOSER
    assert stage.code(market.choose("agnes", "release", 1)) is Code.CHOICE_NOT_SEPARABLE
    assert stage.code(market.choose("agnes", "release", 2)) is Code.ACCEPTED
    assert [market.has(name, "USD") for name in ("bob", "agnes", "ann")] == [10_000, 200, 9_800]


def test_a_third_party_consents_to_the_listing_and_to_every_lot() -> None:
    market = agency("meaning")
    world, executor = market.stage.world, market.stage.executor
    trade = Trade(1, "ann", "bob", 1)
    numbers = world.sequences()
    sides = tuple(Signer(name, numbers[name] + 1) for name in ("ann", "bob"))
    alone = Block(world.number + 1, START - DAY, commands=(Signed(trade, sides),))
    _, applied = apply(world, alone, executor)
    assert applied.results == (Code.NOT_SIGNED,)
    listing = replace(market.listing(()), start=START)
    operator = (Signer(OPERATOR, numbers[OPERATOR] + 1),)
    block = Block(world.number + 1, START - DAY, commands=(Signed(listing, operator),))
    assert apply(world, block, executor)[1].results == (Code.NOT_SIGNED,)


def test_names_of_parties_are_bound_to_who_can_stand_for_them() -> None:
    market = agency("meaning")
    listing: List = market.listing(())
    for others in (("", ""), ("agnes", "agnes"), ("nobody", ""), ("agnes",)):
        code = market.stage.code(replace(listing, others=others))
        assert code in (Code.BAD_BINDING, Code.UNKNOWN_SIGNER), others
    assert market.stage.code(OpenAccount("escrow of 1")) is Code.MALFORMED


class Claims(WasmExecutor):
    """An executor that says something else of an artefact."""

    def __init__(self, view: DefinitionView) -> None:
        self.view = view

    def load(self, artefact: bytes) -> DefinitionView | None:
        return self.view


def test_a_definition_that_no_kernel_can_follow_is_refused() -> None:
    market = delivery("wasm")
    view = WasmExecutor().load(market.contract.artefact)
    assert view is not None
    rule = Rule(0, ONE, ONE, 0, 0, ())
    chosen = replace(view.choices[0], party=3)
    for wrong in (
        replace(view, rules=(rule, None, None)),  # collateral beside escrow
        replace(view, parties=("ann", "bob", "agent"), rules=(None, None, rule)),
        replace(view, choices=(chosen,)),
        replace(view, rules=(None, None)),
    ):
        with pytest.raises(Refused, match="BAD_ARTEFACT"):
            define(market.stage.world.copy(), Define(OPERATOR, b""), Claims(wrong))
