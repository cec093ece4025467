"""A command or a report with any value in any of its fields goes the same way in both kernels: also
one that no record has room for.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache

import pytest

from rfos_runtime.records.appraisals import Ageing, Appraise, Price, RegisterAppraisers, Scenarios
from rfos_runtime.records.block import Report, Signed, Signer
from rfos_runtime.records.canonical import NotCanonical, encode
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    DAY,
    ONE,
    SECOND,
    Bid,
    Breaker,
    Choose,
    Command,
    Complete,
    Define,
    DefinePolicy,
    Deposit,
    Drop,
    Elect,
    Limit,
    List,
    OpenAccount,
    OpenBid,
    PastEvent,
    Post,
    Propose,
    RegisterAsset,
    RegisterFeed,
    Release,
    Reserve,
    SealBid,
    Stake,
    Trade,
    Transfer,
    Unstake,
    Withdraw,
    consents_needed,
)
from rfos_runtime.records.forms import read
from rfos_runtime.records.interventions import Halt, Payment, Resolve, Resume, Substitute
from rfos_runtime.records.operations import OPERATIONS
from rfos_runtime.records.parameters import Parameter
from tests.journal.test_any_bytes import EXTREME, places, put
from tests.kernel.both import Both
from tests.kernel.openings import traded
from tests.kernel.test_resolving import EXPIRY, OPENING, STUCK, TRADES
from tests.runtime.stage import CASH, HOUR, REPORTERS, SPOT

VALUES = (*EXTREME, -(2**63) - 1, True, None, "", "ann\0", "x" * 300, b"", b"\0" * 40, ("a",))
LISTED = next(each for each in STUCK[0] if isinstance(each, List))
COMMANDS: tuple[Command, ...] = (
    RegisterAsset("XAU", 2, "", 10**6),
    RegisterFeed("x", ("r",), 1, DAY, 0, 10**6, ONE, ONE, Breaker(ONE, DAY, HOUR)),
    OpenAccount("dora"),
    Deposit("ann", CASH, 5, b"\1" * 32),
    Limit("ann", CASH, 0, 10**6, 10**6),
    Define("ann", b"artefact"),
    replace(LISTED, history=(PastEvent(5, (7,), (0,)),)),
    Trade(1, "ann", "bob", 1, 5, CASH, 5, 5_000),
    Choose(1, "ann", 0, 1, (5,)),
    Withdraw("ann", CASH, 5),
    Transfer("ann", "bob", CASH, 5),
    Reserve("ann", "bob", CASH, 5, 9 * DAY),
    Complete("bob", 1, 5),
    Post(1, "bob", 5, CASH),
    Release(1, "bob", 5, CASH),
    DefinePolicy(b"policy", (SPOT,)),
    Elect("ann", CASH, b"\1" * 32),
    Stake("ann", CASH, 5),
    Unstake("carl", CASH, 5),
    Propose(CASH, Parameter.PACE, 10**6, 9 * DAY),
    Drop(CASH, Parameter.PACE),
    Halt(1, "", "why"),
    Resume(9 * DAY, 1),
    Resolve(1, (Payment("writer", "holder", CASH, 5),), "why", 9 * DAY),
    Substitute(SPOT, EXPIRY, 5, "why", 9 * DAY),
    RegisterAppraisers(LISTED.definition, ("ann", "bob"), 2, Ageing(1, 1, 1)),
    Appraise(
        "ann",
        1,
        b"\1" * 32,
        5,
        5,
        (5, 5),
        (5, 5),
        (Scenarios(b"\1" * 32, (5,)),),
        5,
        (Price(5, 5),),
    ),
    Bid("ann", 1, ONE, 5, CASH, 5),
    Bid("ann", None, ONE, 5),
    SealBid("ann", 1, CASH, 5, b"\1" * 32),
    OpenBid("ann", 1, ONE, 5, b"salt"),
)
assert {type(each) for each in COMMANDS} == {each.kind for each in OPERATIONS.values()}


@cache
def stage() -> Both:
    """A world in which contracts stand, which goes on from command to command."""
    return traded(OPENING, TRADES)


def with_any_value(made: Command) -> Iterator[Command]:
    """A command with each of the values in each of its places, as far as a journal can hold it;
    what terms are is the executor's to say."""
    for path in places(made):
        if path == ("terms",):
            continue
        for value in VALUES:
            try:
                yield read(encode(put(made, path, value)), type(made))
            except NotCanonical:
                continue


def signers(both: Both, made: Command) -> tuple[Signer, ...]:
    """All who have to sign, each with its next number."""
    numbers = both.world.sequences()
    return tuple(Signer(each, numbers.get(each, 0) + 1) for each in consents_needed(made))


def asked(*commands: Signed) -> tuple[Code, ...]:
    both = stage()
    return both.apply(both.world.time + SECOND, commands)


@pytest.mark.parametrize("made", COMMANDS, ids=lambda made: type(made).__name__)
def test_any_value_in_any_field_of_a_command(made: Command) -> None:
    assert read(encode(made), type(made)) == made
    for each in (made, *with_any_value(made)):
        asked(Signed(each, signers(stage(), each)))


@pytest.mark.parametrize("made", COMMANDS, ids=lambda made: type(made).__name__)
def test_any_number_of_a_signer(made: Command) -> None:
    for value in EXTREME:
        name = signers(stage(), made)[0].account
        (code,) = asked(Signed(made, (Signer(name, value),)))
        fits = -(2**63) <= value < 2**63
        assert (code is Code.MALFORMED) == (not fits)


@pytest.mark.parametrize("wrong", [Transfer("ann", "bob", CASH, 2**64), Bid("ann", 0, ONE, 5)])
def test_a_chain_with_what_has_no_record_fails_as_a_whole(wrong: Command) -> None:
    first = Transfer("bob", "ann", CASH, 1)
    sent = Signed(first, signers(stage(), first), linked=True)
    assert asked(sent, Signed(wrong, ())) == (Code.LINK_FAILED, Code.MALFORMED)
    assert asked(Signed(wrong, (), linked=True)) == (Code.LINK_OPEN,)


@pytest.mark.parametrize("name", [each.name for each in fields(Report)])
def test_any_value_in_any_field_of_a_report(name: str) -> None:
    both = stage()
    for value in VALUES:
        said = Report(SPOT, both.world.time + 1, 10_000, REPORTERS[0])
        try:
            altered = read(encode(put(said, (name,), value)), Report)
        except NotCanonical:
            continue
        both.apply(both.world.time + SECOND, (), [altered])


@pytest.mark.parametrize(
    "change", [{"value": 2**127}, {"instant": 2**63 - 1}, {"instant": -(2**70)}, {"date": 2**63}]
)
def test_a_report_that_has_no_record_is_malformed(change: dict[str, int]) -> None:
    both = stage()
    said = Report(SPOT, both.world.time + 1, 10_000, REPORTERS[0])
    both.apply(both.world.time + SECOND, (), [said, replace(said, **change), said])
    assert both.heard[-1] == (Code.NO_QUORUM, Code.MALFORMED, Code.DUPLICATE_REPORT)
