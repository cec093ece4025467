"""What can be asked of the kernel: the commands.

Units: amounts are integers in minor units of their asset; `lots` are whole; fractions, prices and
feed values are fixed point with 18 decimals (`ONE`), truths 0 or 1; instants nanoseconds since 1970
UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from rfos_runtime.records.appraisals import Appraise, RegisterAppraisers
from rfos_runtime.records.interventions import Halt, Resolve, Resume, Substitute
from rfos_runtime.records.layout import At

ONE = 10**18
SECOND = 10**9
DAY = 86_400 * 10**9
"""A day of UTC: fixings and limits are counted by it."""
INSTANT_MAX = 2**63 - 2
"""The last instant that there is, in the year 2262; the one after it stands for never."""
LIMIT_MAX = 2**63 - 1
"""The highest limit of a bid, and the most lots of one."""
THIRD_PARTIES = 8
"""So many parties a contract has at most beside the two sides of a lot."""
SUPPLY_MAX = 2**60
"""The most of one asset that the ledger takes in, in minor units."""
OPERATOR = "operator"
"""The account that registers assets, feeds and accounts, lists instruments and books deposits."""

Account = Annotated[str, At("account")]
Target = Annotated[str, At("target")]
Asset = Annotated[str, At("asset")]
Instrument = Annotated[int, At("instrument")]
Quantity = Annotated[int, At("quantity")]
HASH = At("reference", "a0", "a1", "a2")
Hash = Annotated[bytes, HASH]
Name = Annotated[str, At("reference", "a0", "a1", "a2", is_text=True)]


# --- registers, by the operator ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RegisterAsset:
    """An asset; `places` are the decimals of its minor unit. `issuer`: the definition that alone
    brings it into being and redeems it; empty if it comes and goes by deposit and withdrawal.
    `supply`: the most of it that deposits may bring in, in minor units."""

    asset: str
    places: int
    issuer: str = ""
    supply: int = SUPPLY_MAX


class Breaker(NamedTuple):
    """Once a feed has moved by more than the fraction `move` within `window`, what hangs on it
    pauses for `pause`, both in nanoseconds: nothing opens, and auctions stand still."""

    move: int
    window: int
    pause: int

    @property
    def is_sound(self) -> bool:
        """Whether it lies within its bounds: a thousandth to ten times, a second to a day, a second
        to six hours."""
        return (
            ONE // 1_000 <= self.move <= 10 * ONE
            and SECOND <= self.window <= DAY
            and SECOND <= self.pause <= DAY // 4
        )


@dataclass(frozen=True, slots=True)
class RegisterFeed:
    """A feed: who may report, how many must agree, and what is believable.

    `staleness`: how long, in nanoseconds, an observation is good. `maximum_step`: the largest
    change against an observation that is still good, as a fraction of it; None for no limit.
    `widest`: how far apart the words may lie that liars cannot move, as a fraction of what is
    observed; None for no limit. Beyond it the observation counts, but nothing opens on it.
    """

    feed: str
    reporters: tuple[str, ...]
    quorum: int
    staleness: int
    lowest: int
    highest: int
    maximum_step: int | None = None
    widest: int | None = None
    breaker: Breaker | None = None


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """An account that may sign. Its name has 1 to 32 printable ASCII characters."""

    account: Name


@dataclass(frozen=True, slots=True)
class Deposit:
    """Value that has come in from outside. A `receipt`, 32 bytes that tell what shows that it has
    come, counts once among deposits; an empty one, or one of zeros, is none."""

    account: Account
    asset: Asset
    units: Quantity
    receipt: Hash = b""


@dataclass(frozen=True, slots=True)
class Limit:
    """From now on, of an account's free balance of an asset: the account itself can bring it to
    `floor` at the lowest, deposits and transfers to `ceiling` at the highest, and at most `daily`
    goes out a UTC day by transfer, reservation and withdrawal. What a contract makes an account pay
    or get knows no limits."""

    account: Account
    asset: Asset
    floor: Annotated[int, At("a0")] = 0
    ceiling: Annotated[int, At("a1")] = SUPPLY_MAX
    daily: Annotated[int, At("a2")] = SUPPLY_MAX


# --- contracts ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Define:
    """A contract definition, known from now on by the hash of its artefact."""

    account: str
    artefact: bytes


@dataclass(frozen=True, slots=True)
class Lock:
    """What one lot of a side may have to pay at worst, in its collateral asset.

    A side without a collateral rule locks it when it opens; a side with one falls back to it while
    its risk is unknown. `units` None: there is no bound.
    """

    asset: str
    units: int | None


class PastEvent(NamedTuple):
    """What an instance saw at an instant before it was listed: by feed slot, and which moved."""

    instant: int
    observations: tuple[int | None, ...]
    moved: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class List:
    """An instrument: a definition with its terms and everything by name bound to the kernel's own.

    `assets` and `places`: ticker and decimals for each asset slot. `feeds`: a feed for each feed
    slot. `risk_feeds`: one for each risk input of the definition. `start`: when the instance
    begins. `locks`: for each of the two sides; None where it posts nothing. `others`: the accounts
    of the parties after the first two, who sign too; an empty name for those that are accounts of
    the kernel's own, escrow and issuance. `history`: of an instance that began before, the events
    that it has lived through; what it paid then was settled elsewhere.
    """

    definition: str
    terms: bytes
    start: int
    assets: tuple[str, ...]
    places: tuple[int, ...]
    feeds: tuple[str, ...]
    risk_feeds: tuple[str, ...] = ()
    locks: tuple[Lock | None, Lock | None] = (None, None)
    others: tuple[str, ...] = ()
    history: tuple[PastEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Trade:
    """`first` takes lots of the first party, `second` of the second; both sign, and so do the
    third parties of the instrument, who stand behind every lot.

    `premium` is paid by `first` (negative: by `second`) for all the lots together. Then each side
    moves the collateral that it names from its free balance, in the collateral asset of its side.
    """

    instrument: Instrument
    first: Account
    second: Target
    lots: Quantity
    premium: Annotated[int, At("price")] = 0
    premium_asset: Asset = ""
    first_collateral: Annotated[int, At("a0")] = 0
    second_collateral: Annotated[int, At("a1")] = 0


@dataclass(frozen=True, slots=True)
class Choose:
    """Take a choice for some of one's lots: at once if it is open at any time, else at its
    deadline.

    `choice` counts in the definition's choices. `amounts`: one for each that the choice asks for,
    in minor units a lot. Lodging again replaces; 0 lots withdraw.
    """

    instrument: int
    account: str
    choice: int
    lots: int
    amounts: tuple[int, ...] = ()


# --- money and margin --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Value that leaves, from the free balance. A `receipt`, 32 bytes that tell what is paid out
    for it, counts once among withdrawals; an empty one, or one of zeros, is none."""

    account: Account
    asset: Asset
    units: Quantity
    receipt: Hash = b""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Between two free balances; the payer signs."""

    payer: Account
    payee: Target
    asset: Asset
    units: Quantity


@dataclass(frozen=True, slots=True)
class Reserve:
    """The first half of a transfer: `units` of the payer are held for the payee, who may complete
    it until the instant `until`; then they are the payer's again. Reservations count from 1."""

    payer: Account
    payee: Target
    asset: Asset
    units: Quantity
    until: Annotated[int, At("until_ns")]


@dataclass(frozen=True, slots=True)
class Complete:
    """The second half: the payee takes `units` of what a reservation holds, and the rest goes back.
    With 0 units it gives all of it back."""

    payee: Account
    reservation: Annotated[int, At("reference")]
    units: Quantity


@dataclass(frozen=True, slots=True)
class Post:
    """Free balance to the collateral of a position. `asset`: another one than what its side posts,
    which the policy takes under which it is margined together with others, or would be; empty for
    what its side posts."""

    instrument: Instrument
    account: Account
    units: Quantity
    asset: Asset = ""


@dataclass(frozen=True, slots=True)
class Release:
    """Collateral of a position back to the free balance, as far as initial margin leaves it.
    `asset`: as it was posted."""

    instrument: Instrument
    account: Account
    units: Quantity
    asset: Asset = ""


@dataclass(frozen=True, slots=True)
class DefinePolicy:
    """A margin policy, which accounts may elect from now on by the hash of its artefact; by the
    operator. It never changes. `feeds`: for each asset that it takes besides its own, in their
    order, the feed of its price in the policy's asset."""

    artefact: bytes
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Elect:
    """From now on the account's positions whose collateral is in the policy's asset are margined
    together, under this policy, by one collateral. Positions that lock their worst case stay by
    themselves. An empty `policy`, or one of zeros, ends it: nothing may be left then that was
    margined together. What is pledged, and the policy does not take, is given back."""

    account: Account
    asset: Asset
    policy: Hash = b""


@dataclass(frozen=True, slots=True)
class Stake:
    """Free balance into the insurance fund, for shares in what it has: as many as `units` buy; what
    would buy a part of one stays."""

    account: Account
    asset: Asset
    units: Quantity


@dataclass(frozen=True, slots=True)
class Unstake:
    """Notice that shares in the insurance fund are to be paid out, once its time has run out, by
    what the fund has then; until then they bear its losses."""

    account: Account
    asset: Asset
    shares: Quantity


@dataclass(frozen=True, slots=True)
class Bid:
    """A standing bid for positions under liquidation, of one instrument or (None) of any.

    Takes up to `lots` once the auction's clock is at or below `limit`. A new one replaces; 0 lots
    withdraw. `units` of an asset are set aside for what it takes over, until it has taken it or is
    withdrawn: then nothing else that the account does can keep the bid from being good for them. A
    debt to the insurance fund in that asset ends the bid.
    """

    account: Account
    instrument: Annotated[int | None, At("instrument")]
    limit: Annotated[int, At("price")]
    lots: Quantity
    asset: Asset = ""
    units: Annotated[int, At("a0")] = 0


@dataclass(frozen=True, slots=True)
class SealBid:
    """A bid for what is liquidated in an instrument, which nobody can read: its seal (`sealing`),
    and units of an asset that are set aside for it. While an auction there takes sealed bids in; a
    new one replaces."""

    account: str
    instrument: int
    asset: str
    units: int
    seal: bytes


@dataclass(frozen=True, slots=True)
class OpenBid:
    """Opens a sealed bid: up to `lots`, at a price of `limit` or better. All must be as it was
    sealed, with the `salt`, up to 64 bytes."""

    account: str
    instrument: int
    limit: int
    lots: int
    salt: bytes


# --- what may be set, by the operator -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Propose:
    """From the instant `at` on, a parameter of an asset shall have a value; see `parameters`.
    A new proposal for the same parameter takes the place of one that waits."""

    asset: Asset
    parameter: Annotated[int, At("a0")]
    value: Annotated[int, At("price")]
    at: Annotated[int, At("until_ns")]


@dataclass(frozen=True, slots=True)
class Drop:
    """A proposal that has not taken effect never will."""

    asset: Asset
    parameter: Annotated[int, At("a0")]


Command = (
    RegisterAsset
    | RegisterFeed
    | OpenAccount
    | Deposit
    | Limit
    | Define
    | List
    | Trade
    | Choose
    | Withdraw
    | Transfer
    | Reserve
    | Complete
    | Post
    | Release
    | DefinePolicy
    | Elect
    | Stake
    | Unstake
    | Propose
    | Drop
    | Halt
    | Resume
    | Resolve
    | Substitute
    | RegisterAppraisers
    | Appraise
    | Bid
    | SealBid
    | OpenBid
)

STAND_ALONE = (
    RegisterAsset,
    RegisterFeed,
    Define,
    List,
    Choose,
    DefinePolicy,
    SealBid,
    OpenBid,
    Halt,
    Resume,
    Resolve,
    Substitute,
    RegisterAppraisers,
    Appraise,
)
"""Commands that cannot be linked to others."""


OPERATORS = (
    *(RegisterAsset, RegisterFeed, OpenAccount, Deposit, Limit, Propose, Drop, DefinePolicy),
    *(Halt, Resume, Resolve, Substitute, RegisterAppraisers),
)
"""The commands that are the operator's alone."""


def consents_needed(command: Command, third_parties: Sequence[str] = ()) -> tuple[str, ...]:
    """The accounts without whose signature a command is refused. `third_parties` are those of the
    instrument that it is about."""
    match command:
        case Trade(first=first, second=second):
            return tuple(dict.fromkeys((first, second, *third_parties)))
        case List(others=others):
            return tuple(dict.fromkeys((OPERATOR, *filter(None, others))))
        case Transfer(payer=payer) | Reserve(payer=payer):
            return (payer,)
        case Complete(payee=payee):
            return (payee,)
    if isinstance(command, OPERATORS):
        return (OPERATOR,)
    return (command.account,)
