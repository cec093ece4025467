"""Both kernels on the same blocks, and what each says in the words of the reference."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rfos_runtime.kernel.block import Applied, Kernel
from rfos_runtime.kernel.telling import Held, Why
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    SUPPLY_MAX,
    Block,
    Limit,
    OpenAccount,
    RegisterAsset,
    Signed,
)
from rfos_runtime.records.events import Cause, Posted
from rfos_runtime.records.holdings import (
    FUND,
    ISSUED,
    OUTSIDE,
    Holding,
    free,
    is_name,
    is_own,
    reserved,
)
from rfos_runtime.records.wire import Names, encode
from rfos_runtime.reference import block as reference
from rfos_runtime.reference.world import Reservation, World, genesis
from tests.executors.scripted_executor import ScriptedExecutor


def _may_be(account: str) -> bool:
    return is_name(account) and not is_own(account)


@dataclass
class Both:
    """The reference and the fast kernel after the same blocks."""

    world: World = field(default_factory=genesis)
    kernel: Kernel = field(default_factory=Kernel)
    said: list[tuple[Code, ...]] = field(default_factory=list)

    def sequences_after(self, time: int, commands: Sequence[Signed]) -> dict[str, int]:
        """The number of each account after commands, of which the last is linked to none."""
        tried = (*commands[:-1], replace(commands[-1], linked=False))
        block = Block(self.world.number + 1, time, (), tried)
        return reference.apply(self.world, block, ScriptedExecutor())[0].sequences()

    def apply(self, time: int, commands: Sequence[Signed]) -> tuple[Code, ...]:
        """A block on both, which must say the same. Handles in it are those of names that are
        known before it, or that it makes known."""
        before = self.world
        block = Block(before.number + 1, time, (), tuple(commands))
        self.world, said = reference.apply(before, block, ScriptedExecutor())
        names = self.names_within(before, commands)
        done = self.kernel.apply(time, b"".join(encode(each, names) for each in commands))
        assert [Code(code) for code in done.results["code"]] == list(said.results)
        assert self.posted(done) == [each for each in said.events if isinstance(each, Posted)]
        self.check()
        self.said.append(said.results)
        return said.results

    def names_within(self, before: World, commands: Sequence[Signed]) -> Names:
        """Names by handle, if every command of a block that opens or registers goes well."""
        accounts, assets = list(before.accounts), list(before.assets)
        for signed in commands:
            match signed.command:
                case RegisterAsset(asset=asset) if asset not in assets:
                    assets.append(asset)
                case OpenAccount(account=account) if account not in accounts and _may_be(account):
                    accounts.append(account)
        return Names(accounts, assets)

    # --- the fast kernel in the words of the reference

    def posted(self, done: Applied) -> list[Posted]:
        """Its double entries."""
        assets = list(self.kernel.assets)
        return [
            Posted(
                assets[row["asset"] - 1],
                self._holding(row["debit_purpose"], row["debit"]),
                self._holding(row["credit_purpose"], row["credit"]),
                int(row["units"]),
                Cause(Why(row["cause"]).name.lower()),
            )
            for row in done.events
        ]

    def _holding(self, purpose: int, account: int) -> Holding:
        match Held(purpose):
            case Held.OUTSIDE:
                return OUTSIDE
            case Held.ISSUED:
                return ISSUED
            case Held.FUND:
                return FUND
            case Held.RESERVED:
                return reserved(self._account(account))
            case _:
                return free(self._account(account))

    def _account(self, handle: int) -> str:
        return list(self.kernel.accounts)[handle - 1]

    def check(self) -> None:
        """Both are in the same state."""
        world, tables = self.world, self.kernel.world
        accounts, assets = list(self.kernel.accounts), list(self.kernel.assets)
        assert accounts == list(world.accounts)
        assert assets == list(world.assets)
        sequences = tables.accounts["sequence"][1 : len(accounts) + 1]
        assert list(sequences) == list(world.sequences().values())
        balances: dict[tuple[str, Holding], int] = {}
        for asset, row in zip(assets, tables.assets[1:], strict=False):
            balances |= {(asset, OUTSIDE): int(row["outside"]), (asset, FUND): int(row["fund"])}
            assert (row["places"], row["supply"]) == (world.assets[asset], world.supplies[asset])
        limits, spent = {}, {}
        for row in tables.balances[tables.balances["account"] != 0]:
            account, asset = accounts[row["account"] - 1], assets[row["asset"] - 1]
            balances[asset, free(account)] = int(row["free"])
            balances[asset, reserved(account)] = int(row["reserved"])
            ceiling = SUPPLY_MAX - int(row["below_ceiling"])
            daily = SUPPLY_MAX - int(row["below_daily"])
            limits[account, asset] = Limit(account, asset, int(row["floor"]), ceiling, daily)
            spent[account, asset] = int(row["day"]), int(row["spent"])
        assert {key: units for key, units in balances.items() if units} == world.balances
        widest = {key: each for key, each in limits.items() if each != Limit(*key)}
        assert widest == world.limits
        assert {key: each for key, each in spent.items() if each != (0, 0)} == world.spent
        assert self._reservations() == world.reservations
        assert tables.totals[0]["reserved"] == world.reserved

    def _reservations(self) -> dict[int, Reservation]:
        rows = self.kernel.world.reservations
        accounts, assets = list(self.kernel.accounts), list(self.kernel.assets)
        return {
            int(row["number"]): Reservation(
                accounts[row["payer"] - 1],
                accounts[row["payee"] - 1],
                assets[row["asset"] - 1],
                int(row["units"]),
                int(row["until"]),
            )
            for row in rows[rows["open"] != 0]
        }
