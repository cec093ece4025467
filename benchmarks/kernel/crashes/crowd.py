"""What the accounts of a crash hour ask, as records: whom they trade with, what they post and bid,
which of them are margined together."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.kernel.crashes.venue import CASH
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.contracts.rows import Is
from rfos_runtime.kernel.tables import dtype
from rfos_runtime.records.commands import ONE
from rfos_runtime.records.layout import COMMAND
from rfos_runtime.records.operations import Op
from rfos_runtime.simulation.streams import Stream

ROUNDS = 3
"""In each of so many rounds before the hour every account trades with another one."""
SIZES = (1, 1, 2, 2, 3, 5, 10, 25)
"""Lots of a trade, each of about a thousand dollars."""
COVER = (100, 101, 103, 110, 125, 150, 250)
"""What is posted, in percent of what has to be."""
KEPT = (0, 0, 0, 2, 10, 100)
"""What they keep free besides, in percent."""
TOGETHER = 2
"""Every second account is margined under the policy."""
TOGETHER_LOT = 230_00
"""About what the policy asks of a lot: its loss if the price moves by a sixth, and a third more."""
LIMITS = (88, 92, 95, 97, 99, 100, 101)
"""At which part of the mark, in percent, bidders begin to take lots over."""
BUSY = 100
"""In each minute one account in so many trades, and one posts something."""

Rows = NDArray[Any]


@dataclass
class Crowd:
    """The accounts, numbered from 0; one in fifty bids in auctions, and does nothing else. `of` is
    the kernel in which they are, `first` the handle of the first, `name` names the streams."""

    of: Kernel
    name: str
    accounts: int
    first: int = 2
    pairs: list[tuple[int, int]] = field(default_factory=list)

    @property
    def bidders(self) -> int:
        """How many bid; they are the last ones."""
        return self.accounts // 50 + 1

    def draw(self, *name: str | int) -> Stream:
        """Random numbers of a name."""
        return Stream(0, self.name, *name)

    def rows(self, op: Op, accounts: list[int] | Rows) -> Rows:
        """Records of an operation, one for each account, with its next number."""
        rows = np.zeros(len(accounts), dtype(COMMAND))
        handles = np.asarray(accounts, np.int64) + self.first
        rows["op"], rows["session"], rows["account"] = op, handles, handles
        rows["sequence"] = self.of.world.accounts["sequence"][handles] + 1
        return rows

    # --- before the hour

    def opening(self, stake: int) -> list[Rows]:
        """Elections, bids, and what the patron of the insurance fund, the first account, stakes."""
        patron = self.rows(Op.STAKE, [0])
        patron["asset"], patron["quantity"] = self._cash, stake
        return [patron, self.bids(0)]

    def elections(self, policy: bytes) -> Rows:
        """Those who are margined together."""
        rows = self.rows(Op.ELECT, list(range(1, self.accounts, TOGETHER)))
        rows["asset"] = self._cash
        words = np.frombuffer(policy, "<i8")
        for column, word in zip(("reference", "a0", "a1", "a2"), words, strict=True):
            rows[column] = word
        return rows

    def trades(self, number: int) -> Rows:
        """A round of trades: everybody with one other."""
        draw = self.draw("round", number)
        traders = range(1, self.accounts - self.bidders)
        drawn = sorted(traders, key=lambda _: draw.below(2**60))
        return self._trades(draw, list(zip(drawn[::2], drawn[1::2], strict=False)))

    def withdrawals(self) -> Rows:
        """Most keep little beside their collateral."""
        draw, who = self.draw("withdrawals"), list(range(1, self.accounts - self.bidders))
        rows = self.rows(Op.WITHDRAW, who)
        parts = np.array([100 - draw.pick(KEPT) for _ in who])
        rows["asset"], rows["quantity"] = self._cash, self._free()[rows["account"]] * parts // 100
        return rows[rows["quantity"] > 0]

    def _free(self) -> NDArray[np.int64]:
        """What each account has free, by handle."""
        found = np.zeros(self.accounts + self.first, np.int64)
        rows = self.of.world.balances
        own = rows[(rows["asset"] == self._cash) & (rows["account"] < len(found))]
        found[own["account"]] = own["free"]
        return found

    # --- in the hour

    def minute(self, number: int) -> list[Rows]:
        """What is asked in a minute: some trade, others post, bidders bid anew now and then."""
        draw = self.draw("minute", number)
        count = max(2, 2 * self.accounts // BUSY)
        traders = range(1, self.accounts - self.bidders)
        drawn = draw.some(traders, 2 * count)
        pairs = list(zip(drawn[:count:2], drawn[1:count:2], strict=False))
        asked = [self._trades(draw, pairs), self._posts(draw, drawn[count:])]
        return [*asked, self.bids(number)] if number % 5 == 0 else asked

    def bids(self, number: int) -> Rows:
        """What bidders bid for anything: every second one sets units aside."""
        draw = self.draw("bids", number)
        who = list(range(self.accounts - self.bidders, self.accounts))
        rows = self.rows(Op.BID, who)
        rows["price"] = [draw.pick(LIMITS) * ONE // 100 for _ in who]
        rows["quantity"] = [draw.between(2, 40) for _ in who]
        rows["asset"], rows["a0"] = self._cash, [draw.below(2) * 2_000_00 for _ in who]
        return rows

    def _posts(self, draw: Stream, accounts: list[int]) -> Rows:
        """Some post for an instrument; those who have none of it, or nothing left, are refused."""
        rows = self.rows(Op.POST, accounts)
        rows["instrument"] = [1 + draw.below(self._instruments) for _ in accounts]
        rows["quantity"] = [draw.pick((100_00, 500_00, 2_000_00)) for _ in accounts]
        return rows

    def _trades(self, draw: Stream, pairs: list[tuple[int, int]]) -> Rows:
        """Trades at the mark, with the collateral that each side by itself needs, and more."""
        firsts, seconds = ([pair[side] for pair in pairs] for side in (0, 1))
        rows = self.rows(Op.TRADE, firsts)
        rows["target"] = np.asarray(seconds) + self.first
        handles = np.array([1 + draw.below(self._instruments) for _ in pairs])
        lots = np.array([draw.pick(SIZES) for _ in pairs])
        marks = self.of.world.marks[handles]
        exposure = marks["exposure"]
        rows["instrument"], rows["quantity"], rows["asset"] = handles, lots, self._cash
        rows["price"] = -exposure * lots  # what the first side is owed it pays for
        sides = ("a0", 1, "initial", firsts), ("a1", -1, "initial2", seconds)
        for column, sign, initial, who in sides:
            owed = np.maximum(0, sign * exposure)
            needed = owed + np.where(self._together(who), TOGETHER_LOT, marks[initial])
            needed = np.where(self._is_marked(handles), needed, marks["lock2"] * (column == "a1"))
            covers = np.array([draw.pick(COVER) for _ in who])
            rows[column] = needed * lots * covers // 100
        return self._signed(rows, seconds)

    def _together(self, accounts: list[int]) -> NDArray[np.bool_]:
        """Which accounts are margined under the policy."""
        return np.asarray(accounts) % TOGETHER == 1

    def _is_marked(self, handles: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which instruments have a mark; of the others the worst case is posted."""
        return self.of.world.instruments[handles]["flags"] & Is.MARKED != 0

    def _signed(self, rows: Rows, seconds: list[int]) -> Rows:
        """Each record behind the consent of the other account."""
        consents = self.rows(Op.CONSENT, seconds)
        consents["account"] = 0
        both = np.empty(2 * len(rows), rows.dtype)
        both[::2], both[1::2] = consents, rows
        return both

    @property
    def _cash(self) -> int:
        return self.of.assets[CASH]

    @property
    def _instruments(self) -> int:
        return len(self.of.contracts.instruments)
