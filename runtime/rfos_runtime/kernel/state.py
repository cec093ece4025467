"""What a kernel has at hand while it applies a block: the world, what is told of it, and what its
handles stand for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rfos_runtime.kernel.contracts.bound import Contracts
from rfos_runtime.kernel.margin.kinds import Marking, Numbers
from rfos_runtime.kernel.oracle.feeds import Feeds
from rfos_runtime.kernel.portfolio.known import Policies, Pools
from rfos_runtime.kernel.room import may_save, with_room
from rfos_runtime.kernel.tables import Of, dtype
from rfos_runtime.kernel.telling import COUNT, Told, What, note
from rfos_runtime.kernel.world import OPEN, World, accounts_of, genesis, touch
from rfos_runtime.records.holdings import ISSUANCE, OWN_FROM, own_account
from rfos_runtime.records.layout import EVENT
from rfos_runtime.reference.executor import (
    DefinitionView,
    Event,
    Executor,
    Outcome,
    PartyRisk,
    RiskInputs,
)
from rfos_runtime.reference.world import Appraisal, Panel, Resolution, Stand, Standstill

TOUCHED = 12
"""So many rows change at most for each that is taken, whatever machine code makes of it."""


def nothing_told() -> Told:
    """No events, and no room for any."""
    return Told(np.empty(0, dtype(EVENT)), np.zeros(2, np.int64))


class Amounts(NamedTuple):
    """An obligation: who is paid how much (negative: pays) for which party, in what, by which
    clause and action of the contract, from 1."""

    number: int
    asset: int
    clause: int
    action: int
    accounts: NDArray[np.int64]
    parties: NDArray[np.int64]
    units: NDArray[np.int64]


class NoContracts(Executor):
    """An executor that takes no contract code."""

    def load(self, artefact: bytes) -> None:
        """Nothing is an artefact."""

    def policy(self, artefact: bytes) -> None:
        """Nor a policy."""

    def start(self, view: DefinitionView, terms: bytes) -> Outcome:
        """Never asked."""
        raise AssertionError

    def fire(self, view: DefinitionView, terms: bytes, standing: bytes, event: Event) -> Outcome:
        """Never asked."""
        raise AssertionError

    def risk(
        self, view: DefinitionView, terms: bytes, standing: bytes, inputs: RiskInputs
    ) -> tuple[PartyRisk, PartyRisk] | None:
        """Never asked."""
        raise AssertionError


@dataclass(slots=True)
class State:
    """The world as it stands in a block. `salt` breaks ties: no command can aim at it; whoever
    makes blocks durable sets it to the newest sealed root. `halts`: by instrument or feed;
    `resolutions`, `substitutes`: what is announced; `panels`, `words`, `appraised`: who says the
    risk of what, what they said, what counts; `reasons`: all that were given. `due`: what has
    to be paid at once. `pools`, `alone`: what is kept from one look for breaches to the next."""

    executor: Executor = field(default_factory=NoContracts)
    world: World = field(default_factory=genesis)
    told: Told = field(default_factory=nothing_told)
    assets: dict[str, int] = field(default_factory=dict)
    issuers: dict[str, str] = field(default_factory=dict)
    feeds: Feeds = field(default_factory=Feeds)
    contracts: Contracts = field(default_factory=Contracts)
    marking: Marking = field(default_factory=Marking)
    policies: Policies = field(default_factory=Policies)
    halts: dict[tuple[int, str], Standstill] = field(default_factory=dict)
    resolutions: dict[int, Resolution] = field(default_factory=dict)
    substitutes: dict[tuple[str, int], Stand] = field(default_factory=dict)
    panels: dict[str, Panel] = field(default_factory=dict)
    words: dict[tuple[int, str], Appraisal] = field(default_factory=dict)
    appraised: dict[int, Appraisal] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    salt: bytes = bytes(32)
    due: list[Amounts] = field(default_factory=list)
    pools: Pools = field(default_factory=Pools)
    alone: Numbers = field(default_factory=lambda: np.empty(0, np.int64))
    _names: list[str] = field(default_factory=list)
    _handles: dict[str, int] = field(default_factory=dict)

    @property
    def time(self) -> int:
        """The instant that is being lived through."""
        return int(self.world.totals[0]["time"])

    @property
    def number(self) -> int:
        """How many blocks have been carried out."""
        return int(self.world.totals[0]["number"])

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of all accounts, in the order of their handles."""
        return accounts_of(self.world)

    def name(self, account: int) -> str:
        """The name of an account, the kernel's own included."""
        if account >= OWN_FROM:
            return own_account(account - OWN_FROM) if account > OWN_FROM else ISSUANCE
        self._learn_names()
        return self._names[account - 1]

    def account(self, name: str) -> int:
        """The handle of an account; 0 if there is none of this name."""
        self._learn_names()
        return self._handles.get(name, 0)

    def forget_names(self) -> None:
        """Looks the names of accounts up anew."""
        self._names = []

    def _learn_names(self) -> None:
        count = int(self.world.counts[Of.ACCOUNTS]["lying"])
        if len(self._names) != count:
            self._names = list(self.accounts)
            self._handles = {name: handle for handle, name in enumerate(self._names, 1)}

    # --- rows

    def touched(self, table: Of, index: int) -> Any:
        """A row that is about to be changed."""
        self.may_touch(1)
        touch(self.world, table, index)
        return self.world.table(table)[index]

    def may_touch(self, rows: int) -> None:
        """Sees that so many rows can be saved, if a chain is open."""
        if self.world.chain[OPEN]:
            self.world = may_save(self.world, rows)

    def make_room(self, more: Mapping[Of, int], events: int = 0) -> None:
        """Sees that so many more rows and events have room."""
        if more:
            self.world = with_room(self.world, more)
            self.may_touch(TOUCHED * sum(more.values()))
        written = int(self.told.written[COUNT])
        if written + events > len(self.told.rows):
            rows = np.empty(2 * (written + events) + 64, dtype(EVENT))
            rows[:written] = self.told.rows[:written]
            self.told = replace(self.told, rows=rows)

    def tell(self, what: What, **columns: int) -> None:
        """Reports what has happened, other than double entries."""
        self.make_room({}, 1)
        note(self.told, what, **columns)
