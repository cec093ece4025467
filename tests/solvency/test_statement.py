"""Statements and proofs of a ledger that has lived."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_runtime.records.commands import Reserve, Trade
from rfos_runtime.records.holdings import free
from rfos_runtime.reference.world import World
from rfos_runtime.solvency.document import NoProof, read, written
from rfos_runtime.solvency.statement import (
    FUND_NAME,
    Books,
    NotSolvent,
    Proof,
    books,
    is_good,
)
from tests.runtime.stage import CASH, HOUR, MINUTE, SECOND, listing, opened

SECRET = b"only the venue knows"


def lived() -> World:
    """Free, reserved and posted balances, and a fund."""
    stage = opened({"ann": 30_000, "bob": 20_000, "carl": 0}, stake=4_000)
    stage.accepted(2 * SECOND, *listing(strike=10_000), spot=10_000)
    trade = Trade(1, "ann", "bob", 2, 100, CASH, 0, 3_000)
    stage.accepted(MINUTE, trade, Reserve("ann", "carl", CASH, 500, HOUR))
    return stage.world


BOOKS = books(lived(), SECRET)


def test_each_account_is_owed_what_it_has_in_all() -> None:
    owed = {each: BOOKS.proof(each).shares[0].units for each in BOOKS.accounts}
    assert owed == {
        "operator": 0,
        "ann": 29_900,
        "bob": 20_100,
        "carl": 0,
        "patron": 0,
        FUND_NAME: 4_000,
    }
    assert BOOKS.statement.assets[0].owed.units == sum(owed.values()) == 54_000


@pytest.mark.parametrize("account", BOOKS.accounts)
def test_every_proof_is_good_and_comes_back_from_its_text(account: str) -> None:
    proof = BOOKS.proof(account)
    assert is_good(proof)
    assert read(written(proof)) == proof


def test_the_same_secret_gives_the_same_commitment_and_another_one_another() -> None:
    def commitment(made: Books) -> bytes:
        return made.statement.commitment

    assert commitment(books(lived(), SECRET)) == commitment(BOOKS)
    assert commitment(books(lived(), b"another")) != commitment(BOOKS)


def test_an_account_that_is_not_there_has_no_proof() -> None:
    with pytest.raises(KeyError):
        BOOKS.proof("eve")


def test_books_that_do_not_add_up_are_not_published() -> None:
    world = lived()
    world.balances[CASH, free("ann")] -= 1
    with pytest.raises(NotSolvent):
        books(world, SECRET)


def test_a_proof_of_one_account_is_none_of_another() -> None:
    assert not is_good(replace(BOOKS.proof("ann"), account="bob"))
    assert not is_good(replace(BOOKS.proof("ann"), shares=()))


@given(st.data())
@settings(max_examples=300)
def test_an_altered_character_is_refused(data: st.DataObject) -> None:
    text = written(BOOKS.proof("ann"))
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii"))
    altered = text[:at] + other + text[at + 1 :]
    try:
        proof = read(altered)
    except NoProof:
        return
    if json.loads(altered) == json.loads(text):
        return
    assert not is_good(proof) or proof.statement.commitment != BOOKS.statement.commitment


@given(st.recursive(st.none() | st.integers() | st.text(), lambda some: st.lists(some)))
def test_any_other_document_is_refused(document: object) -> None:
    with pytest.raises(NoProof):
        read(json.dumps(document))


def test_a_share_may_not_be_left_out() -> None:
    proof: Proof = BOOKS.proof("ann")
    document = json.loads(written(proof))
    document["assets"] = []
    with pytest.raises(NoProof):
        read(json.dumps(document))
