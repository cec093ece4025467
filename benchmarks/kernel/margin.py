"""An oracle tick: every instrument priced anew in every scenario, every account margined anew.

    python -m benchmarks.kernel.margin

A block with nothing but reports, which move the prices that ten thousand options hang on. All
accounts have elected a policy of 33 scenarios, so what each holds is margined together.
"""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measured import Measured, Side, Target, show
from rfos_lang.artefact.format import content_hash, decode
from rfos_lang.artefact.layout import encode_terms
from rfos_lang.artefact.policy import compile_policy
from rfos_lang.base.fixed import ONE
from rfos_lang.base.instant import parse_instant
from rfos_runtime.executor.wasm import WasmExecutor, view_of
from rfos_runtime.kernel.block import Kernel
from rfos_runtime.kernel.margin.marking import mark_all
from rfos_runtime.kernel.portfolio.breaches import Seen, held_by_accounts, look
from rfos_runtime.kernel.world import dtype
from rfos_runtime.records.block import Report, Signed, Signer
from rfos_runtime.records.commands import (
    OPERATOR,
    Command,
    Define,
    DefinePolicy,
    Deposit,
    Elect,
    List,
    OpenAccount,
    RegisterAsset,
    RegisterFeed,
    Trade,
)
from rfos_runtime.records.layout import COMMAND
from rfos_runtime.records.operations import Op
from rfos_runtime.records.reports import encode_report
from rfos_runtime.records.wire import Names, encode
from tests.core.lives import library
from tests.core.policies import policy
from tests.runtime.from_text import compiled

INSTRUMENTS, SCENARIOS, ROUNDS, TRADES = 10_000, 33, 7, 4_095
BOOKS = {1: 1_000_000, 4: 250_000}
"""So many accounts have so many positions each."""
MOST_SECONDS = 0.25
GRID = (
    "spot in [-25%, -20%, -15%, -10%, -5%, 0%, 5%, 10%, 15%, 20%, 25%],"
    " volatility in [-30%, 0%, 40%]"
)
MAINTENANCE = "worst_loss + 0.6% * gross_notional * concentration"
UNDERLYINGS, STRIKES = 10, 1_000
CASH, REPORTER, SECOND = "USD", "exchange", 10**9
BEGIN = parse_instant("2026-01-01")
PRICE, FUNDS, POSTED = 10_000, 10**10, 3 * 10**6
BATCH = 1 << 16


class Tick:
    """A kernel with so many accounts of so many positions each, and its prices."""

    def __init__(self, accounts: int, positions: int) -> None:
        self.kernel, self.random = Kernel(WasmExecutor()), np.random.default_rng(accounts)
        self.names = Names((OPERATOR,), ())
        self.price, self.signed, self.named = PRICE, 0, False
        self._list()
        self._fund(accounts)
        self._trade(accounts, positions)

    # --- what there is

    def _list(self) -> None:
        """Calls on several underlyings at many strikes, and the policy."""
        made = compiled(
            library("std.options") or "",
            "EuropeanCall",
            underlying="BTC",
            cash=CASH,
            strike=f"{PRICE}",
            expiry="2026-12-31",
        )
        terms, program = made.instance.terms, made.instance.lowered.program
        view = view_of(decode(made.artefact))
        assert set(terms.assets) == {"BTC", CASH}
        underlyings = [f"COIN{number}" for number in range(UNDERLYINGS)]
        assets = (CASH, *underlyings)
        self.desk = compile_policy(policy(MAINTENANCE, "130% * maintenance", GRID), "")
        listings = []
        for strike in range(STRIKES):
            struck = round(PRICE * (0.5 + strike / STRIKES)) * ONE
            (place,) = (at for at, each in enumerate(terms.terms) if each == PRICE * ONE)
            moved = (*terms.terms[:place], struck, *terms.terms[place + 1 :])
            data = encode_terms(program, replace(terms, terms=moved))
            for coin in underlyings:
                called = tuple(coin if each == "BTC" else each for each in terms.assets)
                risk = tuple(
                    f"{each.source} {called[_slot(view, each)]}" for each in view.risk_inputs
                )
                feeds = tuple(f"spot {coin}" for _ in view.feeds)
                listings.append(List(made.name, data, BEGIN, called, terms.places, feeds, risk))
        self.feeds = list(
            dict.fromkeys(f for each in listings for f in (*each.feeds, *each.risk_feeds))
        )
        bound = 10**9 * ONE
        places = dict(zip(terms.assets, terms.places, strict=True))
        self._say(
            [
                *(RegisterAsset(each, places.get(each, places["BTC"])) for each in assets),
                *(
                    RegisterFeed(each, (REPORTER,), 1, 3600 * SECOND, 0, bound)
                    for each in self.feeds
                ),
                Define(OPERATOR, made.artefact),
                *listings,
            ],
            BEGIN - SECOND,
        )
        self.names = Names((OPERATOR,), assets, dict.fromkeys(self.feeds, (REPORTER,)))
        self.seconds()  # everything begins
        self.named = True
        self._say([DefinePolicy(self.desk)], self.kernel.time + 1)

    def _say(self, commands: Sequence[Command], time: int) -> None:
        signed = [
            Signed(command, (Signer(OPERATOR, number),))
            for number, command in enumerate(commands, self.signed + 1)
        ]
        self.signed += len(commands)
        self._done(b"".join(encode(each, self.names) for each in signed), time)

    def _done(self, data: bytes, time: int) -> None:
        codes = self.kernel.apply(time, data).results["code"]
        assert not codes.any(), np.unique(codes)

    def _book(self, rows: NDArray[Any]) -> None:
        for begin in range(0, len(rows), BATCH):
            self._done(rows[begin : begin + BATCH].tobytes(), self.kernel.time + 1)

    def _rows(self, command: Command, count: int) -> NDArray[Any]:
        """So many records of a command."""
        record = encode(Signed(command, (Signer("", 0),)), self.names)
        return np.frombuffer(record * count, dtype(COMMAND)).copy()

    def _fund(self, accounts: int) -> None:
        """Opens accounts, which are given money and elect the policy."""
        handles = np.arange(2, accounts + 2)
        words = np.char.add("account ", handles.astype("U")).astype("S32").view(np.int64)
        opens = self._rows(OpenAccount("x"), accounts)
        for place, column in enumerate(("reference", "a0", "a1", "a2")):
            opens[column] = words.reshape(accounts, 4)[:, place]
        gives = self._rows(Deposit("", CASH, FUNDS), accounts)
        gives["account"] = handles
        by_operator = np.concatenate([opens, gives])
        by_operator["session"] = 1
        by_operator["sequence"] = self.signed + 1 + np.arange(2 * accounts)
        self._book(by_operator)
        elects = self._rows(Elect("", CASH, bytes.fromhex(content_hash(self.desk))), accounts)
        elects["account"] = elects["session"] = handles
        elects["sequence"] = 1
        self._book(elects)

    def _trade(self, accounts: int, positions: int) -> None:
        """In each of some rounds every account trades with one other."""
        for round_ in range(positions):
            everybody = self.random.permutation(np.arange(2, accounts + 2))
            self._meet(everybody, 2 + round_)
        self.everybody, self.sequence = everybody, 2 + positions

    def _meet(self, traders: NDArray[Any], sequence: int) -> None:
        """The first half of some accounts trades with the second."""
        first, second = traders.reshape(2, -1)
        count = len(first)
        consents, trades = (
            np.zeros(count, dtype(COMMAND)),
            self._rows(Trade(1, "", "", 1, 0, CASH, POSTED, POSTED), count),
        )
        consents["op"], consents["session"] = Op.CONSENT, second
        trades["session"] = trades["account"] = first
        trades["target"] = second
        trades["instrument"] = self.random.integers(1, INSTRUMENTS + 1, count)
        trades["quantity"] = self.random.integers(1, 4, count)
        consents["sequence"] = trades["sequence"] = sequence
        self._book(np.column_stack([consents, trades]).reshape(-1))

    # --- what is timed

    def seconds(self) -> float:
        """Seconds of a tick in which all prices move."""
        self.price += 1
        time = max(self.kernel.time + SECOND, BEGIN)
        said = (Report(feed, time, self._value(feed), REPORTER) for feed in self.feeds)
        data = b"".join(encode_report(each, self.names) for each in said)
        begun = process_time()
        done = self.kernel.apply(time, data)
        spent = process_time() - begun
        assert not done.results["code"].any()
        observed = len(done.events) == len(self.feeds)
        assert observed or not self.named, "an instrument ended, or a pool was in breach"
        return spent

    def seconds_after_trades(self) -> float:
        """The same where some accounts have traded since the tick before, so that what was kept of
        them is found anew."""
        traders, self.everybody = np.split(self.everybody, [2 * TRADES])
        self._meet(traders, self.sequence)
        return self.seconds()

    def how_shown(self) -> Seen:
        """How many pools were shown to be in no breach by which bound, and how many measured."""
        return look(self.kernel, held_by_accounts(self.kernel))

    def seconds_of_tables(self) -> float:
        """Seconds of the part of a tick in which instruments are marked, and their tables made."""
        begun = process_time()
        mark_all(self.kernel)
        return process_time() - begun

    def _value(self, feed: str) -> int:
        source = feed.split()[0]
        return {"spot": self.price * ONE, "volatility": ONE // 2}.get(source, ONE // 50)


def _slot(view: Any, needed: Any) -> int:
    of_price = needed.source in ("spot", "volatility")
    return int(view.feeds[needed.slot].assets[0] if of_price else needed.slot)


def measured() -> Measured:
    """Seconds of a tick, by how many positions an account has."""
    sides: list[Side] = []
    targets: list[Target] = []
    for positions, accounts in BOOKS.items():
        tick = Tick(accounts, positions)
        tick.seconds()
        whole = median(tick.seconds() for _ in range(ROUNDS))
        tables = median(tick.seconds_of_tables() for _ in range(ROUNDS))
        anew = median(tick.seconds_after_trades() for _ in range(ROUNDS))
        rest, seen = (whole - tables) / accounts, tick.how_shown()
        told = (
            f"{tables * 1e3:.0f} ms of it marks and tables; the rest {rest * 1e9:.0f} ns an"
            f" account; {anew * 1e3:.0f} ms in all after {TRADES:,} trades;"
            f" {seen.roughly:,} pools decided by the bound that pools share, {seen.closely:,} by"
            f" their own, {seen.measured:,} in exact arithmetic"
        )
        name = f"{accounts:,} accounts of {positions}"
        sides.append(Side(f"rfos, {name}", whole, told))
        targets.append(Target(f"seconds of a tick, {name}", whole, MOST_SECONDS))
        targets.append(Target(f"seconds of a tick after trades, {name}", anew, MOST_SECONDS))
        del tick
    return Measured(
        "Oracle tick",
        f"{INSTRUMENTS:,} options marked, in {SCENARIOS} scenarios and for notionals, and all"
        " accounts margined anew, on one core.",
        tuple(sides),
        tuple(targets),
        "what trades take by themselves: the block has reports alone, the one before it, where that"
        " is said, trades between as many pairs of accounts. Pools near a breach: equity is some"
        " times what is needed, so bounds decide of the pools that it says, and only the others"
        " have their losses added up scenario by scenario. No pool is in breach, no auction begins."
        " Accounts have a position in one option drawn from all, or four. Roots and the log."
        " Processor time.",
    )


if __name__ == "__main__":
    show(measured())
