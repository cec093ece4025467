"""Both kernels on the same blocks, and what each says in the words of the reference."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.fees.rows import FEES as FEES_ACCOUNT
from rfos_runtime.kernel.oracle import feeds
from rfos_runtime.kernel.places import place_of_pair
from rfos_runtime.kernel.positions.links import link, unlink
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import one_more
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import (
    SUPPLY_MAX,
    Block,
    Limit,
    OpenAccount,
    RegisterAsset,
    Report,
    Signed,
)
from rfos_runtime.records.events import Happening
from rfos_runtime.records.holdings import (
    FEES,
    FUND,
    OUTSIDE,
    free,
    is_name,
    is_own,
    reserved,
)
from rfos_runtime.records.parameters import RULES
from rfos_runtime.records.reports import encode_report, whole
from rfos_runtime.records.wire import Names, encode
from rfos_runtime.reference import block as reference
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.feeds import fresh
from rfos_runtime.reference.positions import change, open_lots
from rfos_runtime.reference.world import Reservation, World, genesis
from tests.executors.scripted_executor import ScriptedExecutor
from tests.kernel import translated


def _may_be(account: str) -> bool:
    return is_name(account) and not is_own(account)


@dataclass
class Both:
    """The reference and the fast kernel after the same blocks."""

    executor: Executor = field(default_factory=ScriptedExecutor)
    world: World = field(default_factory=genesis)
    kernel: Kernel = field(init=False)
    said: list[tuple[Code, ...]] = field(default_factory=list)
    heard: list[tuple[Code, ...]] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kernel = Kernel(self.executor)

    def sequences_after(self, time: int, commands: Sequence[Signed]) -> dict[str, int]:
        """The number of each account after commands, of which the last is linked to none."""
        tried = (*commands[:-1], replace(commands[-1], linked=False))
        block = Block(self.world.number + 1, time, (), tried)
        return reference.apply(self.world, block, self.executor)[0].sequences()

    def apply(
        self, time: int, commands: Sequence[Signed], reports: Sequence[Report] = ()
    ) -> tuple[Code, ...]:
        """A block on both, which must say the same. Handles in it are those of names that are
        known before it, or that it makes known. Returns how the commands went."""
        before = self.world
        block = Block(before.number + 1, time, tuple(reports), tuple(commands))
        self.world, said = reference.apply(before, block, self.executor)
        names = self.names_within(before, commands)
        records = [encode_report(each, names) for each in reports]
        records += [encode(each, names) for each in commands]
        self.kernel.salt = before.root
        done = self.kernel.apply(time, b"".join(records))
        codes = [Code(code) for code in done.results["code"]]
        assert codes == [*said.reports, *said.results]
        assert [translated.happening(self.kernel, row) for row in done.events] == list(said.events)
        self.check()
        self.said.append(said.results)
        self.told.extend(said.events)
        self.heard.append(said.reports)
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
        known = {name: feed.reporters for name, feed in before.feeds.items()}
        return Names(accounts, assets, known)

    def check(self) -> None:
        """Both are in the same state."""
        world, tables = self.world, self.kernel.world
        accounts, assets = list(self.kernel.accounts), list(self.kernel.assets)
        assert accounts == list(world.accounts)
        assert assets == list(world.assets)
        sequences = tables.accounts["sequence"][1 : len(accounts) + 1]
        assert list(sequences) == list(world.sequences().values())
        balances = translated.balances(self.kernel)
        for asset, row in zip(assets, tables.assets[1:], strict=False):
            balances |= {(asset, OUTSIDE): int(row["outside"]), (asset, FUND): int(row["fund"])}
            assert (row["places"], row["supply"]) == (world.assets[asset], world.supplies[asset])
        limits, spent = {}, {}
        for row in tables.balances[tables.balances["account"] != 0]:
            asset = assets[row["asset"] - 1]
            if row["account"] == FEES_ACCOUNT:
                balances[asset, FEES] = int(row["free"])
                continue
            account = self.kernel.name(int(row["account"]))
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
        assert tables.totals[0]["counter"] == world.counter
        self._check_feeds()
        self._check_contracts()
        self._check_fund()

    def _check_contracts(self) -> None:
        """Instruments, positions and what is owed are the same."""
        world, kernel = self.world, self.kernel
        assert translated.instruments(kernel) == world.instruments
        assert translated.positions(kernel) == world.positions
        assert translated.obligations(kernel) == world.obligations
        assert translated.debts(kernel) == world.debts
        assert kernel.world.totals[0]["debts"] == len(world.debts)
        assert translated.auctions(kernel) == world.auctions
        assert translated.bids(kernel) == world.bids
        assert translated.lodged(kernel) == world.lodged

    def _check_fund(self) -> None:
        """What has been set and proposed, and the shares in the insurance fund, are the same."""
        world, kernel = self.world, self.kernel
        found, proposed = translated.settings(kernel)
        first = {each: RULES[each.parameter].first for each in found}
        assert found == first | world.parameters
        assert proposed == world.proposals
        assert translated.shares(kernel) == world.shares
        assert translated.leaving(kernel) == list(world.leaving.values())
        assert translated.turnover(kernel) == world.turnover

    def _check_feeds(self) -> None:
        """Observations and fixings are the same, and seen alike."""
        world, kernel = self.world, self.kernel
        assert list(kernel.feeds.handles) == list(world.feeds)
        for handle, (name, feed) in enumerate(world.feeds.items(), 1):
            assert feeds.fresh(kernel.world, handle) == fresh(world, name)
            newest = feed.newest
            assert feeds.newest(kernel.world, handle) == (newest and newest.value)
            row = kernel.world.feeds[handle]
            assert row["instant"] == (newest.instant if newest else 0)
        names = list(world.feeds)
        found = {
            (names[row["feed"] - 1], int(row["day"])): whole(int(row["low"]), int(row["high"]))
            for row in kernel.world.fixings[kernel.world.fixings["feed"] != 0]
        }
        assert found == world.fixings

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

    def give(self, handle: int, lots: dict[str, int]) -> None:
        """Signed lots of an instrument to accounts, in both, as if they had been traded."""
        assert sum(lots.values()) == 0
        self.kernel.make_room({Of.POSITIONS: len(lots)})
        tables = self.kernel.world
        for account, held in lots.items():
            change(self.world, handle, account, held)
            at = place_of_pair(tables.positions, handle, self.kernel.account(account))
            row = self.kernel.touched(Of.POSITIONS, at)
            if row["account"] == 0:
                one_more(tables, Of.POSITIONS)
            row["instrument"], row["account"] = handle, self.kernel.account(account)
            had = int(row["lots"])
            row["lots"] = had + held
            if held and had == 0:
                link(tables, at)
            elif had + held == 0:
                unlink(tables, at)
        row = self.kernel.touched(Of.INSTRUMENTS, handle)
        row["lots"] = open_lots(self.world, handle)
