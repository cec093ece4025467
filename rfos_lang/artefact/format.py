"""What a runtime knows of artefacts: their metadata, and how to call them. It imports nothing else
of the compiler.

An artefact is one WebAssembly module: core features and functions with several results, no imports.
Its name is the SHA-256 of its bytes. The last section is a custom one, `rfos`: the SHA-256 of all
the bytes before that section and of the metadata, then the metadata (`Metadata`, in the canonical
bytes of `base.encoding`). `decode` takes it apart; it never crashes, whatever it is given.

**Calling.** A module has one memory, exported as `memory`, of which it uses nothing for itself: all
of it is the caller's, from address 0 on, and the caller grows it. The exports

    start(rows: i32, count: i32)     fire(rows: i32, count: i32)
    risk(rows: i32, count: i32)      trigger(rows: i32, count: i32)     if `Metadata.risk`

do one thing to each of `count` rows, which lie at `rows` one after the other. A row is eight i32,
seven of them addresses of blocks the caller has written or keeps free, at multiples of 8:

    row (ROW_SIZE = 32)    terms, standing, event, next, outcome, postings, capacity, 0

All is little-endian; numbers are i128 in 18 decimals, instants i64 nanoseconds since 1970 UTC.

- `terms`, `standing`: opaque; `standing_size(terms)` says how long a standing of the instance is.
- `event` (EVENT of `Shape`): instant i64; a bit a feed in i64 words, whether it moved at this
  instant; the same, whether its newest observation is fresh; a bit a clause, whether this choice is
  taken; an i64 for each amount of each choice, in the order of clauses, in minor units (what is not
  taken is not read, and what is, is refused if it is negative); at the next multiple of 16 an i128
  a feed, what its aspect shows of it (any bytes if it is not fresh). Rows may share it.
  `encode_event` writes one; `decode_outcome` and `decode_postings` read what comes back.
- `next`: room for a standing. It is written in any case, and counts only if the status is 0.
- `outcome` (32 bytes, written): status i32, requirement i32 (-1 for none), next_due i64 (NEVER for
  none), ended i32, count of postings i32, 8 bytes 0. If the status is not 0, all but status and
  requirement stay empty and nothing has changed.
- `postings` (written): room for `capacity` postings of 48 bytes: payer, payee, asset, clause,
  action i32, 4 bytes 0, units i64 (minor units a lot, positive), due i64 (NEVER for now), 8 bytes
  0. One instant makes at most `Metadata.postings` of them; an instance that waited may make more.
  If they do not fit, the status is FULL: call again with more room.

`start` reads terms alone; it writes next and outcome. A status is one of `core.meaning.Status` (0
OK, 1 WAITING, 2 OVERFLOW, 3 DIVISION_BY_ZERO, 4 NEGATIVE_PAYMENT, 5 REQUIREMENT, 6 NOT_AVAILABLE, 7
ENDED, 10 ESCROW_SHORT, 11 ESCROW_LEFT, 12 UNDEFINED) or 8 FULL. Other bytes than those that
`check_terms` passes may trap the module or keep it busy: give it fuel, and take a trap for a broken
invariant.

For `risk` and `trigger` the field `event` is the address of the risk inputs, and `outcome` that of
the measures; next, postings and capacity are not read.

- inputs: now i64; then f64: the spot of each feed, its volatility (annual, lognormal), the rate and
  the yield of each asset (continuously compounded), the equity of each party in whole units a lot
  (only `trigger` reads it). What the formulas do not use, `Metadata.inputs` does not list, and it
  may be 0.
- measures (written): flags i32 (1 an exposure or a margin, 2 a Greek is not finite or out of range
  and stands as 0), 4 bytes 0; for each party exposure, maintenance, initial i64 a lot, in minor
  units of its `Metadata.margin_assets`, and trigger, restore i32; then f64 for each of
  `Metadata.greeks`. `risk` writes all but trigger and restore, `trigger` only these.
"""

import struct
from collections.abc import Sequence

from rfos_lang.artefact.blocks import (
    BLOCK_MAX,
    BY_RULE,
    FULL,
    NEVER,
    OUTCOME_SIZE,
    POSTING_SIZE,
    POSTINGS_MAX,
    ROW_SIZE,
    TERMS_SIZE,
    TERMS_START,
    Measures,
    Outcome,
    PartyMeasures,
    Posting,
    Shape,
    aligned,
    decode_measures,
    decode_outcome,
    decode_postings,
    encode_event,
    encode_inputs,
    standing_size,
    terms_header,
)
from rfos_lang.artefact.container import SCHEMA, ArtefactError, described
from rfos_lang.base.encoding import content_hash
from rfos_lang.base.feed import Aspect
from rfos_lang.base.own_accounts import ESCROW
from rfos_lang.base.records import dataclass

__all__ = [
    "BLOCK_MAX",
    "FULL",
    "NEVER",
    "OUTCOME_SIZE",
    "PAYOFF_STRESS",
    "POSTINGS_MAX",
    "POSTING_SIZE",
    "ROW_SIZE",
    "SCHEMA",
    "AmountField",
    "Artefact",
    "ArtefactError",
    "ChoiceField",
    "ClauseField",
    "CollateralField",
    "ColumnField",
    "FeedField",
    "InputField",
    "LiquidationField",
    "Measures",
    "Metadata",
    "Outcome",
    "PartyMeasures",
    "Posting",
    "Shape",
    "StateField",
    "TableField",
    "TermField",
    "aligned",
    "check_terms",
    "content_hash",
    "decode",
    "decode_measures",
    "decode_outcome",
    "decode_postings",
    "encode_event",
    "encode_inputs",
    "standing_size",
]

PAYOFF_STRESS = "payoff stress"
"""The marking of a definition without formulas: the kernel takes what its payoff can be at
worst."""


# --- metadata ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TermField:
    """A scalar of the instance. `sort` is `number`, `truth` or `instant`; `unit` is for people."""

    name: str
    sort: str
    unit: str


@dataclass(frozen=True, slots=True)
class ColumnField:
    """A value for each instant of a schedule."""

    name: str
    schedule: int
    sort: str


@dataclass(frozen=True, slots=True)
class FeedField:
    """A feed that instances read, named after asset slots: `spot(underlying, cash)`.

    `aspect`: what of it the slot shows, one of `base.feed.Aspect`. The rules that its declaration
    states, None where it states none: `patience` and `staleness` in nanoseconds, `lowest` and
    `highest` as observations are."""

    kind: str
    assets: tuple[int, ...]
    name: str
    sort: str
    aspect: str
    patience: int | None
    staleness: int | None
    lowest: int | None
    highest: int | None


@dataclass(frozen=True, slots=True)
class StateField:
    """A state slot."""

    name: str
    sort: str


@dataclass(frozen=True, slots=True)
class TableField:
    """A number for each instant of a schedule, stored when it is observed."""

    name: str
    schedule: int


@dataclass(frozen=True, slots=True)
class AmountField:
    """What a chooser names: how much of an asset."""

    name: str
    asset: int


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """What a party may do. `opens` is the schedule from whose first instant on, None for the start.
    `repeats`: again and again; a choice without a schedule always does. `fails`: nobody makes it,
    the settlement takes it when the party cannot pay."""

    party: int
    name: str
    any_time: bool
    opens: int | None
    amounts: tuple[AmountField, ...]
    repeats: bool
    fails: bool


@dataclass(frozen=True, slots=True)
class ClauseField:
    """A clause: `kind` is `timed`, `watch` or `choice`; `group` its place in the order at one
    instant. `source` is its place in the text, in characters; None for one that the compiler
    made."""

    kind: str
    group: int
    source: tuple[int, int] | None
    schedule: int | None
    feeds: tuple[int, ...]
    repeats: bool
    choice: ChoiceField | None


@dataclass(frozen=True, slots=True)
class CollateralField:
    """A party that must hold collateral in an asset."""

    party: int
    asset: int


@dataclass(frozen=True, slots=True)
class LiquidationField:
    """How a party is liquidated. Fractions have 18 decimals."""

    party: int
    auction_from: int
    auction_to: int
    auction_nanoseconds: int
    penalty: int
    shortfall: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InputField:
    """A number that `risk` reads; `source` is one of `core.formula.Source`, `slot` its slot."""

    source: str
    slot: int
    name: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """All that is known of a definition without running it. `requirements` are the messages that an
    outcome counts; `postings` is the most that one instant makes; `risk` says whether the module
    exports `risk` and `trigger`, `marking` how exposure is found; `margin_assets` is, for each
    party, the asset of its measures; `greeks` names the derivatives of the exposure, in the order
    of the measures; `issues` are the assets that the contract mints or burns; `listable` means that
    many holders may share one instance."""

    schema: int
    source_hash: str
    name: str
    parties: tuple[str, ...]
    assets: tuple[str, ...]
    terms: tuple[TermField, ...]
    schedules: tuple[str, ...]
    columns: tuple[ColumnField, ...]
    feeds: tuple[FeedField, ...]
    states: tuple[StateField, ...]
    tables: tuple[TableField, ...]
    clauses: tuple[ClauseField, ...]
    requirements: tuple[str, ...]
    postings: int
    perpetual: bool
    issues: tuple[int, ...]
    listable: bool
    collateral: tuple[CollateralField, ...]
    liquidation: tuple[LiquidationField, ...]
    risk: bool
    marking: str
    margin_assets: tuple[int, ...]
    inputs: tuple[InputField, ...]
    greeks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A module with its name and what it says of itself."""

    content_hash: str
    module: bytes
    metadata: Metadata

    @property
    def shape(self) -> "Shape":
        """What the offsets inside blocks depend on."""
        of = self.metadata
        return Shape(
            parties=len(of.parties),
            assets=len(of.assets),
            terms=len(of.terms),
            schedules=len(of.schedules),
            columns=tuple(column.schedule for column in of.columns),
            feeds=len(of.feeds),
            states=len(of.states),
            tables=tuple(table.schedule for table in of.tables),
            clauses=len(of.clauses),
            greeks=len(of.greeks),
            escrow=ESCROW in of.parties,
            amounts=sum(len(each.choice.amounts) for each in of.clauses if each.choice),
        )


_RECORDS = (
    AmountField,
    TermField,
    ColumnField,
    FeedField,
    StateField,
    TableField,
    ChoiceField,
    ClauseField,
    CollateralField,
    LiquidationField,
    InputField,
    Metadata,
)


# --- terms ----------------------------------------------------------------------------------------


def check_terms(artefact: Artefact, terms: bytes) -> None:
    """Passes what `layout.encode_terms` may have written, so that a module can be trusted with it.

    Raises ArtefactError: sizes and places must be the only ones for the lengths that the block
    states, instants ascend strictly from the start on, divisors be powers of ten, truths 0 or 1.
    """
    shape = artefact.shape
    head = shape.term(shape.terms)
    if len(terms) < head:
        raise ArtefactError("the terms end too early")
    directory = struct.unpack_from(f"<{2 * shape.schedules}i", terms, shape.schedule(0))
    lengths, by_rule = directory[1::2], [bool(place & BY_RULE) for place in directory[0::2]]
    rows = sum(16 * lengths[schedule] for schedule in (*shape.columns, *shape.tables))
    listed = sum(16 if rule else 8 * n for rule, n in zip(by_rule, lengths, strict=True))
    if min(lengths, default=0) < 0 or listed + rows > BLOCK_MAX:
        raise ArtefactError("a schedule of the terms has an impossible length")
    for clause in artefact.metadata.clauses:
        if clause.choice and clause.choice.opens is not None and not lengths[clause.choice.opens]:
            raise ArtefactError("a choice of the terms never opens")
    if terms[: shape.divisor(0)] != terms_header(shape, lengths, by_rule, *_start(terms)):
        raise ArtefactError("the places in the terms are not those of its lengths")
    if len(terms) != struct.unpack_from("<i", terms, TERMS_SIZE)[0]:
        raise ArtefactError("the terms have not the length that they state")
    _check_values(artefact.metadata, shape, lengths, terms)


def _start(terms: bytes) -> tuple[int]:
    start: tuple[int] = struct.unpack_from("<q", terms, TERMS_START)
    return start


def _check_values(metadata: Metadata, shape: Shape, lengths: Sequence[int], terms: bytes) -> None:
    divisors = struct.unpack_from(f"<{shape.assets}q", terms, shape.divisor(0))
    if not set(divisors) <= {10**power for power in range(19)}:
        raise ArtefactError("a divisor of the terms is no power of ten")
    truths = [k for k, term in enumerate(metadata.terms) if term.sort == "truth"]
    if any(_wide_at(terms, shape.term(k)) not in (0, 1) for k in truths):
        raise ArtefactError("a truth of the terms is neither 0 nor 1")
    (start,) = _start(terms)
    for slot, length in enumerate(lengths):
        (place,) = struct.unpack_from("<i", terms, shape.schedule(slot))
        if not _ascends(terms, place, length, start):
            raise ArtefactError("a schedule of the terms does not ascend from the start on")


def _ascends(terms: bytes, place: int, length: int, start: int) -> bool:
    """Whether the instants of a schedule ascend strictly from the start on, within 64 bits."""
    if place & BY_RULE:
        first, step = struct.unpack_from("<qq", terms, place - BY_RULE)
        return bool(start <= first and step > 0 and first + step * length < 1 << 63)
    instants = struct.unpack_from(f"<{length}q", terms, place)
    return list(instants) == sorted({*instants}) and all(t >= start for t in instants)


def _wide_at(block: bytes, offset: int) -> int:
    return int.from_bytes(block[offset : offset + 16], "little", signed=True)


# --- decoding ------------------------------------------------------------------------------------


def decode(data: bytes) -> Artefact:
    """The artefact of which these are the bytes. Raises ArtefactError for any others."""
    exports, metadata = described(data, Metadata, _RECORDS)
    if not _within_range(metadata):
        raise ArtefactError("its metadata name a slot that is not there")
    expected = {"memory", "start", "fire"}
    expected |= {"risk", "trigger"} if metadata.risk else set()
    if exports != expected:
        raise ArtefactError("it does not export what its metadata say")
    return Artefact(content_hash(data), data, metadata)


def _within_range(metadata: Metadata) -> bool:
    """Whether every slot that is named exists."""
    of = metadata
    choices = [clause.choice for clause in of.clauses if clause.choice is not None]
    schedules = [
        *(column.schedule for column in of.columns),
        *(table.schedule for table in of.tables),
        *(clause.schedule for clause in of.clauses if clause.schedule is not None),
        *(choice.opens for choice in choices if choice.opens is not None),
    ]
    parties = [
        *(choice.party for choice in choices),
        *(each.party for each in of.collateral),
        *(each.party for each in of.liquidation),
    ]
    assets = [
        *(asset for feed in of.feeds for asset in feed.assets),
        *(each.asset for each in of.collateral),
        *(amount.asset for choice in choices for amount in choice.amounts),
        *of.margin_assets,
        *of.issues,
    ]
    feeds = [feed for clause in of.clauses for feed in clause.feeds]
    named = (
        (schedules, of.schedules),
        (parties, of.parties),
        (assets, of.assets),
        (feeds, of.feeds),
    )
    inside = all(0 <= slot < len(slots) for used, slots in named for slot in used)
    margins = len(of.margin_assets) in (0, len(of.parties))
    aspects = {aspect.value for aspect in Aspect}
    inside = inside and all(feed.aspect in aspects for feed in of.feeds)
    return inside and margins and 0 <= of.postings <= POSTINGS_MAX
