"""Commands that are linked: all of a chain take effect, or none."""

from dataclasses import replace

import pytest

from rfos_runtime.records.block import Block
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Command, Transfer
from rfos_runtime.reference.block import apply
from tests.runtime.stage import CASH, MINUTE, opened

OK = Code.ACCEPTED


def pay(units: int, payer: str = "ann", payee: str = "bob") -> Transfer:
    return Transfer(payer, payee, CASH, units)


@pytest.mark.parametrize(
    ("commands", "links", "codes", "ann"),
    [
        ((pay(40), pay(60)), "10", (OK, OK), 0),
        ((pay(40), pay(61)), "10", (Code.LINK_FAILED, Code.INSUFFICIENT_FREE), 100),
        ((pay(140), pay(60)), "10", (Code.INSUFFICIENT_FREE, Code.LINK_FAILED), 100),
        ((pay(40), pay(60)), "01", (OK, Code.LINK_OPEN), 60),
        ((pay(40), pay(60)), "11", (Code.LINK_OPEN, Code.LINK_OPEN), 100),
        ((pay(80), pay(70, "bob", "ann"), pay(90)), "110", (OK, OK, OK), 0),
        ((pay(60), pay(60)), "00", (OK, Code.INSUFFICIENT_FREE), 40),
    ],
)
def test_a_chain_goes_well_whole_or_not_at_all(
    commands: tuple[Command, ...], links: str, codes: tuple[Code, ...], ann: int
) -> None:
    stage = opened({"ann": 100, "bob": 50})
    signed = stage.signed(commands)
    chain = tuple(
        replace(each, linked=link == "1") for each, link in zip(signed, links, strict=True)
    )
    world, applied = apply(
        stage.world, Block(stage.world.number + 1, MINUTE, (), chain), stage.executor
    )
    stage.world = world
    assert (applied.results, stage.free("ann")) == (codes, ann)
    numbers = sum(
        code is OK for code, each in zip(codes, commands, strict=True) if each.payer == "ann"
    )
    assert world.sequences()["ann"] == numbers
