"""Both kernels as scenes begin: what is registered, a first price, and who trades then."""

from collections.abc import Sequence

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Command
from tests.kernel.both import Both
from tests.kernel.test_ledger import signed_as_they_go
from tests.runtime.stage import MINUTE, SECOND, SPOT, agreed


def priced(opening: Sequence[Command]) -> Both:
    """A minute after all of an opening went well, at the first price."""
    both = Both()
    assert set(both.apply(SECOND, signed_as_they_go(both, SECOND, opening))) == {Code.ACCEPTED}
    both.apply(MINUTE, (), agreed(SPOT, MINUTE, 10_000))
    return both


def traded(opening: Sequence[Command], trades: Sequence[Command]) -> Both:
    """And after trades, which all went well too."""
    both, now = priced(opening), MINUTE + 1
    assert set(both.apply(now, signed_as_they_go(both, now, trades))) == {Code.ACCEPTED}
    return both
