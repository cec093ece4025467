"""The blocks of bytes that pass between a host and an artefact: where each field lies, and how the
blocks that a host writes and reads are made. What they mean is said in `format`.
"""

import struct
from collections.abc import Collection, Sequence

from rfos_lang.base.records import dataclass

ROW_SIZE = 32
ROW_TERMS, ROW_STANDING, ROW_EVENT, ROW_NEXT, ROW_OUTCOME, ROW_POSTINGS, ROW_CAPACITY = range(
    0, 28, 4
)

OUTCOME_SIZE = 32
OUTCOME_STATUS, OUTCOME_REQUIREMENT, OUTCOME_NEXT_DUE = 0, 4, 8
OUTCOME_ENDED, OUTCOME_POSTINGS = 16, 20

POSTING_SIZE = 48
POSTING_PAYER, POSTING_PAYEE, POSTING_ASSET, POSTING_CLAUSE, POSTING_ACTION = range(0, 20, 4)
POSTING_UNITS, POSTING_DUE = 24, 32

TERMS_SIZE, TERMS_STANDING_SIZE, TERMS_START = 0, 4, 8

PARTY_MEASURES_SIZE = 32
MEASURE_EXPOSURE, MEASURE_MAINTENANCE, MEASURE_INITIAL = 0, 8, 16
MEASURE_TRIGGER, MEASURE_RESTORE = 24, 28

POSTINGS_MAX = 16
"""The most postings that one instant of an instance may make."""

BLOCK_MAX = 1 << 30
"""No block is longer, so that every place in it fits an i32."""

NEVER = -(1 << 63)
FULL = 8


def aligned(offset: int, to: int) -> int:
    """The first multiple of `to` at or after an offset."""
    return -(-offset // to) * to


@dataclass(frozen=True, slots=True)
class Shape:
    """How many slots of each kind a definition has; columns and tables name their schedule. Its
    methods are the offsets of slots in the blocks of every instance."""

    parties: int
    assets: int
    terms: int
    schedules: int
    columns: tuple[int, ...]
    feeds: int
    states: int
    tables: tuple[int, ...]
    clauses: int
    greeks: int
    escrow: bool = False
    amounts: int = 0

    # --- terms: how long it and a standing are, start; per schedule its place (odd: see `BY_RULE`)
    # and length, per
    # column and table its place; per asset its divisor into minor units; terms; then schedules and
    # columns

    def schedule(self, slot: int) -> int:
        return TERMS_START + 8 + 8 * slot

    def column(self, slot: int) -> int:
        return self.schedule(self.schedules) + 4 * slot

    def table(self, slot: int) -> int:
        return self.column(len(self.columns)) + 4 * slot

    def divisor(self, asset: int) -> int:
        return aligned(self.table(len(self.tables)), 8) + 8 * asset

    def term(self, slot: int) -> int:
        return aligned(self.divisor(self.assets), 16) + 16 * slot

    # --- standing: ended, progress; what escrow holds of each asset; states; then tables

    def progress(self, clause: int) -> int:
        return 8 + 4 * clause

    def held(self, asset: int) -> int:
        return aligned(self.progress(self.clauses), 8) + 8 * asset

    def state(self, slot: int) -> int:
        return aligned(self.held(self.assets if self.escrow else 0), 16) + 16 * slot

    # --- event

    @property
    def feed_words(self) -> int:
        return aligned(self.feeds, 64) // 64

    @property
    def clause_words(self) -> int:
        return aligned(self.clauses, 64) // 64

    def moved(self, word: int) -> int:
        return 8 + 8 * word

    def known(self, word: int) -> int:
        return self.moved(self.feed_words) + 8 * word

    def taken(self, word: int) -> int:
        return self.known(self.feed_words) + 8 * word

    def amount(self, which: int) -> int:
        return self.taken(self.clause_words) + 8 * which

    def observation(self, feed: int) -> int:
        return aligned(self.amount(self.amounts), 16) + 16 * feed

    # --- risk inputs

    def spot(self, feed: int) -> int:
        return 8 + 8 * feed

    def volatility(self, feed: int) -> int:
        return self.spot(self.feeds) + 8 * feed

    def rate(self, asset: int) -> int:
        return self.volatility(self.feeds) + 8 * asset

    def carry(self, asset: int) -> int:
        return self.rate(self.assets) + 8 * asset

    def equity(self, party: int) -> int:
        return self.carry(self.assets) + 8 * party

    @property
    def inputs_size(self) -> int:
        return self.equity(self.parties)

    # --- measures

    def measures(self, party: int) -> int:
        return 8 + PARTY_MEASURES_SIZE * party

    def greek(self, which: int) -> int:
        return self.measures(self.parties) + 8 * which

    @property
    def measures_size(self) -> int:
        return self.greek(self.greeks)


def standing_size(terms: bytes) -> int:
    """How many bytes a standing of the instance with these terms has."""
    size: int = struct.unpack_from("<i", terms, TERMS_STANDING_SIZE)[0]
    return size


def encode_event(
    shape: Shape,
    instant: int,
    observations: Sequence[int | None],
    moved: Collection[int] = (),
    taken: Collection[int] = (),
    amounts: Sequence[int] = (),
) -> bytes:
    """An event block; an observation of None is missing or stale. `amounts`: all, or none."""
    known = [feed for feed, value in enumerate(observations) if value is not None]
    words = (
        *_bit_words(moved, shape.feed_words),
        *_bit_words(known, shape.feed_words),
        *_bit_words(taken, shape.clause_words),
    )
    head = struct.pack(f"<q{len(words)}Q{len(amounts)}q", instant, *words, *amounts)
    head = head.ljust(shape.observation(0), b"\0")
    return head + b"".join(
        (value or 0).to_bytes(16, "little", signed=True) for value in observations
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an outcome block says; `requirement` and `next_due` None for none."""

    status: int
    requirement: int | None
    next_due: int | None
    ended: bool
    postings: int


@dataclass(frozen=True, slots=True)
class Posting:
    """One transfer that is owed, a lot, in minor units; `due` None for now."""

    payer: int
    payee: int
    asset: int
    units: int
    due: int | None
    clause: int
    action: int


def decode_outcome(block: bytes) -> Outcome:
    """The outcome of which this is the block."""
    status, requirement, next_due, ended, count = struct.unpack_from("<iiqii", block)
    return Outcome(
        status,
        None if requirement < 0 else requirement,
        None if next_due == NEVER else next_due,
        bool(ended),
        count,
    )


def decode_postings(block: bytes, count: int) -> tuple[Posting, ...]:
    """The first postings of a block."""
    rows = struct.iter_unpack("<6i3q", block[: count * POSTING_SIZE])
    return tuple(
        Posting(payer, payee, asset, units, None if due == NEVER else due, clause, action)
        for payer, payee, asset, clause, action, _, units, due, _ in rows
    )


def encode_inputs(
    shape: Shape,
    now: int,
    spot: Sequence[float],
    volatility: Sequence[float],
    rate: Sequence[float],
    carry: Sequence[float],
    equity: Sequence[float],
) -> bytes:
    """A block of risk inputs: by feed spot and volatility, by asset rate and yield, by party
    equity."""
    numbers = (*spot, *volatility, *rate, *carry, *equity)
    block = struct.pack(f"<q{len(numbers)}d", now, *numbers)
    assert len(block) == shape.inputs_size
    return block


@dataclass(frozen=True, slots=True)
class PartyMeasures:
    """What a block of measures says of a party; amounts in minor units a lot."""

    exposure: int
    maintenance: int
    initial: int
    trigger: bool
    restore: bool


@dataclass(frozen=True, slots=True)
class Measures:
    """What a block of measures says."""

    unsound: bool
    unsound_greeks: bool
    parties: tuple[PartyMeasures, ...]
    greeks: tuple[float, ...]


def decode_measures(shape: Shape, block: bytes) -> Measures:
    """The measures of which this is the block."""
    (flags,) = struct.unpack_from("<i", block)
    rows = struct.iter_unpack("<3q2i", block[shape.measures(0) : shape.greek(0)])
    return Measures(
        bool(flags & 1),
        bool(flags & 2),
        tuple(
            PartyMeasures(exposure, maintenance, initial, bool(trigger), bool(restore))
            for exposure, maintenance, initial, trigger, restore in rows
        ),
        struct.unpack_from(f"<{shape.greeks}d", block, shape.greek(0)),
    )


def _bit_words(members: Collection[int], words: int) -> list[int]:
    bits = sum(1 << member for member in set(members))
    assert bits < 1 << 64 * words
    return [bits >> 64 * word & (1 << 64) - 1 for word in range(words)]


BY_RULE = 1
"""Added to the place of a schedule of which only the first instant and the step are there."""


def terms_header(
    shape: Shape, lengths: Sequence[int], by_rule: Sequence[bool], start: int
) -> bytes:
    """The first part of a block of terms: sizes, the start, and where the rest lies, which follows
    from the lengths of the schedules and from which of them a rule makes."""
    sizes = [16 if rule else 8 * n for rule, n in zip(by_rule, lengths, strict=True)]
    schedules = _placed(shape.term(shape.terms), sizes)
    columns = _placed(aligned(schedules[-1], 16), [16 * lengths[s] for s in shape.columns])
    tables = _placed(shape.state(shape.states), [16 * lengths[s] for s in shape.tables])
    marked = [place + BY_RULE * rule for place, rule in zip(schedules, by_rule, strict=False)]
    entries = [word for entry in zip(marked, lengths, strict=True) for word in entry]
    words = (*entries, *columns[:-1], *tables[:-1])
    header = struct.pack(f"<iiq{len(words)}i", columns[-1], tables[-1], start, *words)
    return header.ljust(shape.divisor(0), b"\0")


def _placed(begin: int, sizes: list[int]) -> list[int]:
    """Where things of these sizes begin if they follow each other, and where the last one ends."""
    places = [begin]
    for size in sizes:
        places.append(places[-1] + size)
    return places
