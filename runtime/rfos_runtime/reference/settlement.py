"""From what a contract says it owes to postings. Everything that is owed becomes an obligation; it
is paid when it is due, whatever has ended by then, by and to the accounts that held the lots when
it was fixed.

What falls due together in one instrument and asset is netted per account before ability to pay
counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rfos_runtime.records.events import Cause, Failed, Owed
from rfos_runtime.records.holdings import free
from rfos_runtime.reference import ledger
from rfos_runtime.reference.bounds import MOST, within
from rfos_runtime.reference.executor import ChoiceView, Outcome, Posting, Status
from rfos_runtime.reference.payouts import RESOLUTION
from rfos_runtime.reference.pools import posted
from rfos_runtime.reference.positions import FIRST, Members, members, open_lots
from rfos_runtime.reference.waterfall import Payer, pay
from rfos_runtime.reference.world import Instrument, Obligation, Paid, World

Coming = Mapping[tuple[int, str, str], int]
"""What is owed on later dates: by instrument, account and asset."""


def book(world: World, handle: int, postings: Sequence[Posting], parties: Members) -> None:
    """Makes obligations of postings per lot, for the given lots; one without a date is due now."""
    instrument = world.instruments[handle]
    view = world.definitions[instrument.definition].view
    for each in postings:
        asset = instrument.assets[each.asset]
        due = world.time if each.due is None else max(each.due, world.time)
        names = view.parties[each.payer], view.parties[each.payee]
        world.tell(Owed(handle, *names, asset, each.units, due, each.clause, each.action))
        if not parties[FIRST]:
            continue
        world.obligations[world.next_number()] = Obligation(
            instrument=handle,
            asset=asset,
            due=due,
            payer=each.payer,
            payers=_amounts(parties[each.payer], each.units),
            payee=each.payee,
            payees=_amounts(parties[each.payee], each.units),
            clause=each.clause,
            action=each.action,
        )


def bounded(world: World, handle: int, outcome: Outcome) -> Outcome:
    """The outcome of an event, refused as one that overflows if somebody would owe, or escrow hold,
    more than can be paid."""
    lots = max(open_lots(world, handle), 1)
    new = sum(each.units for each in outcome.postings)
    owed = sum(
        units
        for each in world.obligations.values()
        if each.instrument == handle
        for _, units in each.payers
    )
    held = sum(world.instruments[handle].held)
    fits = outcome.status != Status.OK or new * lots + owed + held <= MOST
    return outcome if fits else Outcome(Status.OVERFLOW, b"")


def count_against_locks(world: World, handle: int, postings: Sequence[Posting]) -> None:
    """Adds to `Instrument.paid` what one lot of each side was obliged to pay in its collateral
    asset. What follows from a party's own choice is no obligation.
    """
    if not postings:
        return
    instrument = world.instruments[handle]
    first, second = (
        _added(before, [each.units for each in postings if _counts(world, instrument, side, each)])
        for side, before in enumerate(instrument.paid)
    )
    world.instruments[handle] = replace(instrument, paid=(first, second))


def _added(paid: Paid, units: list[int]) -> Paid:
    return Paid(within(paid.units + sum(units)), paid.payments + len(units))


def _counts(world: World, instrument: Instrument, side: int, posting: Posting) -> bool:
    lock = instrument.locks[side]
    choices = world.definitions[instrument.definition].view.choices
    own = any(each.clause == posting.clause and each.party == side for each in choices)
    in_asset = lock is not None and instrument.assets[posting.asset] == lock.asset
    return posting.payer == side and in_asset and not own


def _amounts(lots: dict[str, int], units: int) -> tuple[tuple[str, int], ...]:
    return tuple((account, held * units) for account, held in lots.items())


def settle(world: World, handle: int) -> None:
    """Pays what is due in an instrument, asset by asset in the order in which it was fixed."""
    numbers = [n for n, each in world.obligations.items() if _is_due(world, handle, each)]
    due = [world.obligations.pop(number) for number in numbers]
    for asset in dict.fromkeys(each.asset for each in due):
        together = [each for each in due if each.asset == asset]
        cause = _cause(handle, together[0])
        payers, payees = _parted(world, netted(together))
        pay(world, handle, asset, payers, payees, cause)


def _cause(handle: int, owed: Obligation) -> Cause:
    if owed.clause == RESOLUTION:
        return Cause("resolution", handle)
    return Cause("contract", handle, owed.clause, owed.action)


def owed_now(world: World, handle: int, account: str) -> dict[str, int]:
    """What an account has to pay at once in an instrument, per asset, netted."""
    due = [each for each in world.obligations.values() if _is_due(world, handle, each)]
    owed = {}
    for asset in dict.fromkeys(each.asset for each in due):
        payers, _ = _parted(world, netted([each for each in due if each.asset == asset]))
        owed[asset] = sum(units for (payer, _), units in payers.items() if payer == account)
    return owed


def failing(world: World, handle: int, postings: Sequence[Posting]) -> ChoiceView | None:
    """What is to happen instead of an event, because a party that the contract asks about cannot
    pay what the event makes it owe at once, netted, out of its own.
    """
    for choice in world.definitions[world.instruments[handle].definition].view.choices:
        if choice.fails and not _can_pay(world, handle, choice.party, postings):
            return choice
    return None


def _can_pay(world: World, handle: int, party: int, postings: Sequence[Posting]) -> bool:
    assets = world.instruments[handle].assets
    owed: dict[str, int] = defaultdict(int)
    for each in postings:
        if each.due is None or each.due <= world.time:
            sign = (each.payer == party) - (each.payee == party)
            owed[assets[each.asset]] += sign * each.units
    return all(
        ledger.balance(world, asset, free(account))
        + ledger.balance(world, asset, posted(world, handle, account, asset))
        >= lots * units
        for account, lots in members(world, handle)[party].items()
        for asset, units in owed.items()
    )


def tell_failed(world: World, handle: int, failure: ChoiceView) -> None:
    """Reports who has failed."""
    view = world.definitions[world.instruments[handle].definition].view
    world.tell(Failed(handle, view.parties[failure.party]))


def to_come(world: World, handle: int, account: str, asset: str) -> int:
    """What an account owes in an instrument on later dates."""
    of_it = (each for each in world.obligations.values() if each.instrument == handle)
    return coming(of_it).get((handle, account, asset), 0)


def coming(obligations: Iterable[Obligation]) -> Coming:
    """What is owed, together. Whoever asks for many positions asks once: there may be as many
    obligations as positions."""
    owed: dict[tuple[int, str, str], int] = defaultdict(int)
    for each in obligations:
        for payer, units in each.payers:
            owed[each.instrument, payer, each.asset] += units
    return owed


def netted(obligations: Sequence[Obligation]) -> dict[Payer, int]:
    """What each account gets (negative: pays) for each party that it stands for."""
    net: dict[Payer, int] = defaultdict(int)
    for each in obligations:
        for account, units in each.payers:
            net[account, each.payer] -= units
        for account, units in each.payees:
            net[account, each.payee] += units
    return net


def _is_due(world: World, handle: int, obligation: Obligation) -> bool:
    return obligation.instrument == handle and obligation.due <= world.time


def _parted(world: World, net: dict[Payer, int]) -> tuple[dict[Payer, int], dict[str, int]]:
    """Who pays, and who is paid, as accounts were opened."""
    ordered = sorted(net, key=lambda payer: (world.rank(payer[0]), payer[1]))
    payers = {who: -net[who] for who in ordered if net[who] < 0}
    payees: dict[str, int] = defaultdict(int)
    for who in ordered:
        if net[who] > 0:
            payees[who[0]] += net[who]
    return payers, dict(payees)
