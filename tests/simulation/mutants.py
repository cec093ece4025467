"""Kernels with one line changed, for the simulator to find."""

import ast
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from importlib import import_module
from types import CodeType, FunctionType


@dataclass(frozen=True)
class Mutant:
    """A line of a module of the runtime and what it is changed to. `breaks`: the invariants by any
    of which it may be told."""

    module: str
    line: str
    changed: str
    breaks: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.breaks[0]}-{self.module.rpartition('.')[2]}"


MUTANTS = (
    Mutant(
        "reference.ledger",
        "_change(world, asset, credit, units)",
        "_change(world, asset, credit, units + (units > 10**4))",
        (1, 4),
    ),
    Mutant(
        "reference.reservations",
        "row = Reservation(payer, command.payee, command.asset, command.units, command.until)",
        "row = Reservation(payer, command.payee, command.asset, command.units - 1, command.until)",
        (2,),
    ),
    Mutant(
        "reference.ledger",
        "require(after <= limit_of(world, account, asset).ceiling, Code.ABOVE_CEILING)",
        "world.balances[asset, free(account)] = after - units or 1",
        (1, 4),
    ),
    Mutant(
        "reference.trading",
        "change(world, handle, command.second, -command.lots)",
        "change(world, handle, command.second, -command.lots + (command.lots > 7))",
        (3, 0),
    ),
    Mutant(
        "reference.ledger",
        "world.tell(Posted(asset, debit, credit, units, cause))",
        "world.tell(Posted(asset, debit, credit, units - units // 1000, cause))",
        (4,),
    ),
    Mutant(
        "reference.settlement",
        "payees=_amounts(parties[each.payee], each.units),",
        "payees=_amounts(parties[each.payee], each.units + (each.units > 9)),",
        (4, 0),
    ),
    Mutant(
        "reference.block",
        "            return world, codes",
        "            return trial, codes",
        (5,),
    ),
    Mutant(
        "reference.block",
        "require(signer.sequence == sequence + 1, Code.WRONG_SEQUENCE)",
        "require(signer.sequence >= sequence, Code.WRONG_SEQUENCE)",
        (6,),
    ),
    Mutant(
        "reference.ledger",
        "require_receipt(command.receipt, world.deposited)",
        "require_receipt(command.receipt, {})",
        (6,),
    ),
    Mutant(
        "reference.ledger",
        "require_receipt(command.receipt, world.withdrawn)",
        "require_receipt(command.receipt, world.deposited)",
        (6,),
    ),
    Mutant(
        "reference.ledger",
        "book(world, command.receipt, world.withdrawn)",
        "book(world, command.receipt, {})",
        (6,),
    ),
    Mutant("journal.journal", "            self._disk.sync(FILE)\n", "            pass\n", (7, 0)),
    Mutant(
        "journal.journal",
        "            self._is_broken = True\n",
        "            self._is_broken = False\n",
        (7,),
    ),
    Mutant(
        "journal.frames",
        "return rest < whole or (rest == whole and data[-1] == 0)",
        "return rest <= whole",
        (7,),
    ),
    Mutant(
        "node.snapshot",
        '"policies": _known(state["policies"], executor.policy, Policy),',
        '"policies": _known(state["policies"], executor.policy, Policy), "bids": {},',
        (7, 0),
    ),
    Mutant(
        "kernel.oracle.feeds",
        "value = sorted(said)[(len(said) - 1) // 2]",
        "value = sorted(said)[len(said) // 2]",
        (8,),
    ),
    Mutant(
        "kernel.auctions.bids",
        'order = np.lexsort((found["number"], -found["limit"]))',
        'order = np.lexsort((-found["number"], -found["limit"]))',
        (8,),
    ),
    Mutant(
        "reference.bids",
        "(-each.limit, each.number, bidder)",
        "(each.limit, each.number, bidder)",
        (9,),
    ),
    Mutant(
        "reference.auction",
        "if key not in world.auctions and _is_sold(world, key, shedding):",
        "if key not in world.auctions and len(key[1]) > 3:",
        (10,),
    ),
    Mutant(
        "reference.feeds",
        "return validity_of(True, world.time - newest.instant, staleness, newest.wide)",
        "return validity_of(True, staleness, world.time - newest.instant, newest.wide)",
        (11,),
    ),
    Mutant(
        "reference.feeds",
        "value = sorted(values)[(len(values) - 1) // 2]",
        "value = sorted(values)[-1]",
        (11,),
    ),
    Mutant(
        "reference.reservations",
        "if row.until <= world.time]",
        "if row.until < world.time]",
        (11, 0),
    ),
    Mutant(
        "reference.settlement",
        "return Paid(within(paid.units + sum(units)), paid.payments + len(units))",
        "return Paid(within(paid.units + 2 * sum(units)), paid.payments + len(units))",
        (12,),
    ),
    Mutant(
        "reference.waterfall",
        "sources = [free(account), posted(world, handle, account, asset)]",
        "sources = [free(account), free(account)]",
        (13,),
    ),
    Mutant(
        "reference.waterfall",
        "short = allot(sum(missing.values()), payees, salt(world, handle))",
        "short = allot(min(sum(missing.values()) + 1, sum(payees.values())), payees, b'')",
        (2, 13),
    ),
    Mutant(
        "reference.trading",
        "        if not _passes(world, handle, account, before[account]):\n",
        "        if not less or lots_of(world, handle, account):\n",
        (14,),
    ),
    Mutant(
        "reference.bids",
        "world.bids[bidder] = replace(standing, units=standing.units - units)",
        "world.bids[bidder] = replace(standing, units=standing.units)",
        (2, 0),
    ),
    Mutant(
        "reference.sealed",
        "        if standing.limit == 0:\n",
        "        if standing.limit > 0:\n",
        (9,),
    ),
    Mutant(
        "reference.sealed",
        "lost = standing.units * penalty // ONE",
        "lost = standing.units * penalty // ONE // 2",
        (9,),
    ),
    Mutant(
        "reference.breakers",
        "seal._replace(at=seal.at + later[handle])",
        "seal",
        (10,),
    ),
    Mutant(
        "reference.pace",
        "left = limit - self.sold.get(asset, 0)",
        "left = limit * 50 - self.sold.get(asset, 0)",
        (15,),
    ),
    Mutant(
        "reference.pace",
        "        if lots and maintenance > 0:\n",
        "        if lots < 0 < maintenance:\n",
        (15,),
    ),
    Mutant(
        "reference.breakers",
        "pauses = (world.pauses.get(feed, 0) for feed in",
        "pauses = (world.pauses.get(feed, 0) - 10**15 for feed in",
        (10,),
    ),
    Mutant(
        "reference.measuring",
        "[each.lots * loss for loss in each.table.losses]",
        "[abs(each.lots * loss) for loss in each.table.losses]",
        (10,),
    ),
    Mutant(
        "reference.portfolio",
        "require(found.equity >= found.initial, Code.BELOW_INITIAL)",
        "require(found.equity >= 0, Code.BELOW_INITIAL)",
        (10,),
    ),
    Mutant(
        "reference.portfolio",
        "require(not liquidated, Code.IN_AUCTION)",
        "require(not liquidated or account > asset, Code.IN_AUCTION)",
        (15,),
    ),
    Mutant(
        "reference.portfolio",
        "require(not left, Code.MARGINED_TOGETHER)",
        "require(not left or account > asset, Code.MARGINED_TOGETHER)",
        (15,),
    ),
    Mutant(
        "reference.portfolio",
        "units = ledger.balance(world, asset, pool(account))",
        "units = 2 * ledger.balance(world, asset, pool(account))",
        (10,),
    ),
    Mutant(
        "reference.portfolio",
        "if policy is None or policy.view.asset != asset:",
        "if policy is None:",
        (15,),
    ),
    Mutant(
        "reference.measuring",
        "net[base, quote] += lots * units",
        "net[base, quote] += abs(lots * units)",
        (10,),
    ),
    Mutant(
        "reference.policies",
        "measured.net_notional * unit,",
        "measured.gross_notional * unit,",
        (10,),
    ),
    Mutant(
        "reference.pools",
        "return dict(sorted(_pooled(world, account, asset)))",
        "return dict(sorted(_pooled(world, account, asset))[1:])",
        (10, 2),
    ),
    Mutant(
        "reference.breakers",
        "began = auction.began + later[handle]",
        "began = auction.began - later[handle]",
        (10,),
    ),
    Mutant(
        "reference.breakers",
        "for key in _halting(world, handle) if key in world.halts)",
        "for key in _halting(world, handle) if key in world.pauses)",
        (10,),
    ),
    Mutant(
        "reference.payouts",
        "or _sum(own) > left):",
        "or _sum(own) > left + 1):",
        (12,),
    ),
    Mutant(
        "reference.resolving",
        "world.fixings[feed, day] = value",
        "world.fixings[feed, day] = value + 1",
        (15,),
    ),
    Mutant(
        "reference.resolving",
        "book(world, handle, postings, members(world, handle))",
        "book(world, handle, postings[1:], members(world, handle))",
        (13,),
    ),
    Mutant(
        "reference.resolving",
        "command.at < NEVER, Code.TOO_SOON)\n    require(_fits",
        "command.at + 2 * DAY, Code.TOO_SOON)\n    require(_fits",
        (15,),
    ),
    Mutant(
        "reference.pledges",
        "max(price or 0, 0) * (ONE - haircut.fraction) * own",
        "max(price or 0, 0) * ONE * own",
        (10,),
    ),
    Mutant(
        "reference.margin",
        "return portfolio.require_initial(world, account, pledges.take_back(world, command))",
        "return pledges.take_back(world, command) and None",
        (10,),
    ),
    Mutant(
        "reference.appraising",
        "if agree == panel.quorum:",
        "if agree == panel.quorum - 1:",
        (11,),
    ),
    Mutant(
        "reference.appraising",
        "require(is_within(said, appraised.worst_of(world, handle)), Code.BEYOND_ENVELOPE)",
        "is_within(said, appraised.worst_of(world, handle))",
        (12,),
    ),
    Mutant(
        "reference.ageing",
        "late, very_late = age - ageing.fresh, age - ageing.fresh - ageing.grace",
        "late, very_late = age - ageing.fresh, age - ageing.fresh",
        (10,),
    ),
    Mutant(
        "reference.ageing",
        "by = sum(_by(each, now) for each, now in pairs if now is not None)",
        "by = 0 * len(list(pairs))",
        (10,),
    ),
    Mutant(
        "reference.measuring",
        "return maintenance + besides, initial + besides",
        "return maintenance, initial",
        (10,),
    ),
    Mutant(
        "reference.reservations",
        "source = reserved(row.payer)",
        "source = free(row.payer)",
        (14, 2),
    ),
    Mutant(
        "reference.parameters",
        "require(command.at >= world.time + rule.delay, Code.TOO_SOON)",
        "require(command.at >= world.time, Code.TOO_SOON)",
        (15,),
    ),
    Mutant(
        "reference.parameters",
        "world.parameters[setting] = value",
        "world.parameters[setting] = value + 1",
        (15,),
    ),
    Mutant(
        "reference.feeds",
        "require(command.feed not in world.feeds, Code.FEED_EXISTS)",
        "require(command.feed not in world.assets, Code.FEED_EXISTS)",
        (15,),
    ),
)


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """The runtime with the mutant in place; whoever holds a function has the changed one."""
    module = import_module(f"rfos_runtime.{mutant.module}")
    source = inspect.getsource(module)
    assert source.count(mutant.line) == 1, (
        f"`{mutant.line}` stands {source.count(mutant.line)} times"
    )
    changed = compile(
        ast.parse(source.replace(mutant.line, mutant.changed)), module.__file__, "exec"
    )
    was = {place: function.__code__ for place, function in _functions(module)}
    now = dict(_codes(changed, ()))
    differing = {place for place, code in was.items() if place in now and now[place] != code}
    assert differing, "a mutant that changes nothing"
    try:
        _set(module, {place: now[place] for place in differing})
        _forget()
        yield
    finally:
        _set(module, {place: was[place] for place in differing})
        _forget()


def _forget() -> None:
    """What the runtime has kept was answered by another kernel."""
    names = [name for name in sys.modules if name.startswith("rfos_runtime.")]
    for value in (each for name in names for each in vars(sys.modules[name]).values()):
        if isinstance(value, _lru_cache_wrapper):
            value.cache_clear()


def _functions(module: object) -> Iterator[tuple[tuple[str, ...], FunctionType]]:
    for name, value in vars(module).items():
        own = inspect.unwrap(value) if isinstance(value, _lru_cache_wrapper) else value
        if inspect.isfunction(own) and own.__module__ == module.__name__:  # type: ignore[attr-defined]
            yield (name,), own
        if inspect.isclass(value) and value.__module__ == module.__name__:  # type: ignore[attr-defined]
            for method, each in vars(value).items():
                if inspect.isfunction(each):
                    yield (name, method), each


def _codes(code: CodeType, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], CodeType]]:
    """The functions of a module's code, and of its classes."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield (*place, each.co_name), each
            if not place:
                yield from _codes(each, (each.co_name,))


def _set(module: object, codes: dict[tuple[str, ...], CodeType]) -> None:
    for place, function in _functions(module):
        if place in codes:
            function.__code__ = codes[place]
