"""A run as a risk manager reads it: one line for each thing that mattered."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from rfos_lang.base.fixed import ONE, shown
from rfos_lang.base.records import dataclass
from rfos_lang.driver.blocks import Plan
from rfos_runtime.records import events as happened
from rfos_runtime.records.block import Block, Signed
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Choose, Trade
from rfos_runtime.records.holdings import Purpose
from rfos_runtime.reference.executor import Status
from rfos_runtime.reference.firing import NO_PROGRESS

REMARKABLE_MOVE = ONE * 6 // 100
"""A price's move since it was last mentioned that is worth a line of its own."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `weight`: `plain`, `notice` or `alarm`."""

    instant: int
    subject: str
    text: str
    weight: str = "plain"


@dataclass(slots=True)
class Timeline:
    """Turns blocks and their events into lines, in order."""

    plan: Plan
    mentioned: dict[str, int]

    def lines(
        self, block: Block, results: Sequence[int], events: Sequence[happened.Happening]
    ) -> Iterator[Line]:
        """The lines of one block: prices, what contracts did, then commands."""
        instant = block.time
        for event in events:
            if isinstance(event, happened.Observed):
                yield from self.moved(event)
        yield from self.payments(instant, events)
        for event in events:
            line = self.line(instant, event)
            if line is not None:
                yield line
        taken = {event.account for event in events if isinstance(event, happened.ChoiceTaken)}
        for signed, code in zip(block.commands, results, strict=True):
            if not (isinstance(signed.command, Choose) and signed.command.account in taken):
                yield from self.command(instant, signed, code)

    def moved(self, event: happened.Observed) -> Iterator[Line]:
        before = self.mentioned.setdefault(event.feed, event.value)
        if not event.feed.startswith("spot") or not before:
            return
        move = (event.value - before) * ONE // before
        if abs(move) >= REMARKABLE_MOVE:
            self.mentioned[event.feed] = event.value
            text = f"{shown(before, 2)} to {shown(event.value, 2)} ({_percent(move, signed=True)})"
            weight = "notice" if move < 0 else "plain"
            yield Line(event.instant, event.feed, text, weight)

    def payments(self, instant: int, events: Sequence[happened.Happening]) -> Iterator[Line]:
        """What each contract paid out in this block, all its holders together."""
        paid: dict[tuple[int, str], int] = defaultdict(int)
        for event in events:
            if (
                isinstance(event, happened.Posted)
                and event.cause.clause is not None
                and event.credit.purpose == Purpose.FREE
            ):
                paid[event.cause.instrument, event.asset] += event.units
        for (handle, asset), units in paid.items():
            yield Line(instant, self.name(handle), f"pays {self.money(units, asset)}", "notice")

    def line(self, instant: int, event: happened.Happening) -> Line | None:
        """One event as a line, None for those that are told elsewhere or need no words."""
        match event:
            case happened.AuctionBegan(account=account, lots=lots):
                asset = self.collateral_asset(event.instrument, lots)
                equity = self.money(event.equity, asset)
                needed = self.money(event.maintenance, asset)
                text = f"{account} ({_lots(lots)}) below maintenance: equity {equity} < {needed}"
                return Line(instant, self.name(event.instrument), text, "alarm")
            case happened.AuctionFilled(account=account, bidder=bidder, lots=lots):
                asset = self.collateral_asset(event.instrument, -1)
                got = f"{self.money(event.paid, asset)} a lot"
                text = (
                    f"{bidder} takes {_lots(lots)} of {account} at {_percent(event.price)} "
                    f"of the mark: {got}; penalty {self.money(event.penalty, asset)}"
                )
                return Line(instant, self.name(event.instrument), text, "alarm")
            case happened.AuctionEnded(account=account, reason=reason):
                text = f"auction of {account} over: {reason}"
                return Line(instant, self.name(event.instrument), text)
            case happened.Deleveraged(account=account, against=against, lots=lots):
                text = f"{_lots(lots)} of {account} closed at the mark against {against}"
                return Line(instant, self.name(event.instrument), text, "alarm")
            case happened.Advanced(account=account, asset=asset, units=units):
                text = f"the fund advances {self.money(units, asset)} for {account}"
                return Line(instant, self.name(event.instrument), text, "alarm")
            case happened.Repaid(account=account, asset=asset, units=units):
                text = f"{account} repays the fund {self.money(units, asset)}"
                return Line(instant, self.name(event.instrument), text)
            case happened.ShortPaid(account=account, asset=asset, units=units):
                text = f"{account} gets {self.money(units, asset)} less than it was owed"
                return Line(instant, self.name(event.instrument), text, "alarm")
            case happened.PledgeBought(account=account, asset=asset, units=units):
                worth = self.money(event.worth, event.towards)
                text = f"the fund takes {self.money(units, asset)} of {account} for {worth}"
                return Line(instant, self.name(event.instrument), text, "alarm")
            case happened.PaidInKind(account=account, asset=asset, units=units):
                worth = self.money(event.worth, event.towards)
                text = f"{account} pays {event.payee} {self.money(units, asset)} for {worth}"
                return Line(instant, self.name(event.instrument), text, "alarm")
            case happened.Ended():
                return Line(instant, self.name(event.instrument), "has ended")
            case happened.Waits():
                return Line(instant, self.name(event.instrument), "waits for a price", "notice")
            case happened.Frozen(status=status):
                text = f"frozen: its clause was refused, {_words(status)}"
                return Line(instant, self.name(event.instrument), text, "alarm")
            case happened.Failed(party=party):
                text = f"{party} cannot pay: what the contract says for that happens"
                return Line(instant, self.name(event.instrument), text, "alarm")
            case happened.ChoiceTaken(account=account, choice=choice, lots=lots):
                text = f"{account} takes `{choice}` for {_lots(lots)}"
                return Line(instant, self.name(event.instrument), text, "notice")
            case happened.ObservationRefused(feed=feed, value=value, code=code):
                text = f"{shown(value, 2)} refused: {Code(code).words}"
                return Line(instant, feed, text, "notice")
            case _:
                return None

    def command(self, instant: int, signed: Signed, code: int) -> Iterator[Line]:
        match signed.command:
            case Trade() as trade if code == Code.ACCEPTED:
                premium = self.money(trade.premium, trade.premium_asset)
                text = f"{trade.second} writes {_lots(trade.lots)} to {trade.first} for {premium}"
                yield Line(instant, self.name(trade.instrument), text)
            case Choose() as choice if code == Code.ACCEPTED:
                text = f"{choice.account} lodges a choice for {_lots(choice.lots)}"
                yield Line(instant, self.name(choice.instrument), text)
            case command if code != Code.ACCEPTED:
                who = ", ".join(signer.account for signer in signed.signers)
                text = f"{type(command).__name__} of {who} refused: {Code(code).words}"
                yield Line(instant, "kernel", text, "alarm")
            case _:
                return

    def name(self, handle: int) -> str:
        return self.plan.listings[handle - 1].name

    def collateral_asset(self, handle: int, lots: int) -> str:
        return self.plan.listings[handle - 1].collateral_assets[0 if lots > 0 else 1]

    def money(self, units: int, asset: str) -> str:
        return f"{amount(units, self.plan.places[asset])} {asset}"


def amount(units: int, places: int) -> str:
    """Minor units as people read them: `12,345.67`."""
    return f"{Decimal(units).scaleb(-places):,f}"


def _lots(lots: int) -> str:
    return f"{abs(lots):,} lot{'' if abs(lots) == 1 else 's'}"


def _percent(fraction: int, signed: bool = False) -> str:
    value = Decimal(fraction).scaleb(-16)
    return f"{value:+.1f}%" if signed else f"{value:.1f}%"


def _words(status: int) -> str:
    """Why an instrument is frozen."""
    return "it was due again at once" if status == NO_PROGRESS else Status(status).words
