"""A host for artefacts, as small as possible: what a runtime does, without its columns."""

import struct
from dataclasses import dataclass

import wasmtime

from rfos_lang.artefact import format as layout
from rfos_lang.artefact.layout import decode_standing, encode_standing, encode_terms, shape_of
from rfos_lang.artefact.webassembly import PAGE
from rfos_lang.core.meaning import Event, Outcome, Posting, Standing, Status
from rfos_lang.core.program import Program, Terms
from rfos_lang.core.risk import Measures, PartyMeasures, Trigger

ENGINE = wasmtime.Engine()
BASE = 64
"""Where the rows begin; anywhere would do."""

UNWRITTEN = b"\xaa"


@dataclass(frozen=True, slots=True)
class Job:
    """One row of a batch; `standing` and `event` are None for `start`."""

    terms: Terms
    standing: Standing | None = None
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Where the blocks of a row lie."""

    terms: int
    standing: int
    event: int
    next: int
    outcome: int
    postings: int
    capacity: int

    def encoded(self) -> bytes:
        addresses = (getattr(self, name) for name in self.__match_args__)
        return struct.pack("<8i", *addresses, 0)


class Host:
    """A module of a program, ready to be called."""

    def __init__(self, program: Program, artefact: bytes, greeks: int = 0) -> None:
        self.program = program
        self.shape = shape_of(program, greeks)
        self.store = wasmtime.Store(ENGINE)
        module = wasmtime.Module(ENGINE, artefact)
        self.exports = wasmtime.Instance(self.store, module, []).exports(self.store)
        self.memory = self.exports["memory"]
        self.free = BASE

    def start(self, terms: Terms) -> Outcome:
        return self.batch("start", [Job(terms)])[0]

    def fire(self, terms: Terms, standing: Standing, event: Event) -> Outcome:
        return self.batch("fire", [Job(terms, standing, event)])[0]

    def batch(self, export: str, jobs: list[Job], capacity: int = 16) -> list[Outcome]:
        """What an export says to each job; those whose postings did not fit are asked again."""
        rows = self._called(export, jobs, capacity)
        outcomes = [self._outcome(job, row) for job, row in zip(jobs, rows, strict=True)]
        return [
            outcome or self.batch(export, [job], 2 * capacity)[0]
            for job, outcome in zip(jobs, outcomes, strict=True)
        ]

    def run(self, export: str, jobs: list[Job], capacity: int) -> list[layout.Outcome]:
        """The bare outcomes of a call."""
        rows = self._called(export, jobs, capacity)
        return [layout.decode_outcome(self.read(r.outcome, layout.OUTCOME_SIZE)) for r in rows]

    def call(self, export: str, rows: list[bytes]) -> None:
        """Calls an export on rows that are all at `BASE`."""
        self.write(BASE, b"".join(rows))
        self.exports[export](self.store, BASE, len(rows))

    def measures(
        self, terms: Terms, standing: Standing, inputs: bytes
    ) -> tuple[Measures, tuple[Trigger, ...]]:
        """What `risk` and `trigger` say of one instance."""
        self.free = BASE + layout.ROW_SIZE
        row = Row(
            self.placed(encode_terms(self.program, terms)),
            self.placed(encode_standing(self.program, standing)),
            self.placed(inputs),
            0,
            self.placed(UNWRITTEN * self.shape.measures_size),
            0,
            0,
        )
        for export in ("risk", "trigger"):
            self.call(export, [row.encoded()])
        said = layout.decode_measures(self.shape, self.read(row.outcome, self.shape.measures_size))
        parties = (PartyMeasures(p.exposure, p.maintenance, p.initial) for p in said.parties)
        return (
            Measures(said.unsound, said.unsound_greeks, tuple(parties), said.greeks),
            tuple(Trigger(p.trigger, p.restore) for p in said.parties),
        )

    def _called(self, export: str, jobs: list[Job], capacity: int) -> list[Row]:
        self.free = BASE + layout.ROW_SIZE * len(jobs)
        rows = [self._row(job, capacity) for job in jobs]
        self.call(export, [row.encoded() for row in rows])
        return rows

    def _row(self, job: Job, capacity: int) -> Row:
        terms = encode_terms(self.program, job.terms)
        size = layout.standing_size(terms)
        standing = b"" if job.standing is None else encode_standing(self.program, job.standing)
        assert job.standing is None or len(standing) == size
        return Row(
            self.placed(terms),
            self.placed(standing),
            self.placed(b"" if job.event is None else self._event(job.event)),
            self.placed(UNWRITTEN * size),
            self.placed(UNWRITTEN * layout.OUTCOME_SIZE),
            self.placed(UNWRITTEN * layout.POSTING_SIZE * capacity),
            capacity,
        )

    def _event(self, event: Event) -> bytes:
        return layout.encode_event(
            self.shape, event.instant, event.observations, event.moved, event.taken, event.amounts
        )

    def placed(self, data: bytes) -> int:
        """The address at which these bytes were put."""
        address = self.free
        self.free = layout.aligned(address + len(data), 16)
        short = self.free - self.memory.data_len(self.store)
        if short > 0:
            self.memory.grow(self.store, -(-short // PAGE))
        self.write(address, data)
        return address

    def write(self, address: int, data: bytes) -> None:
        self.memory.write(self.store, data, address)

    def read(self, address: int, size: int) -> bytes:
        return bytes(self.memory.read(self.store, address, address + size))

    def _outcome(self, job: Job, row: Row) -> Outcome | None:
        """As meaning gives it; None if the postings did not fit."""
        said = layout.decode_outcome(self.read(row.outcome, layout.OUTCOME_SIZE))
        if said.status == layout.FULL:
            return None
        held = () if self.program.escrow is None else (0,) * len(self.program.assets)
        nothing = Standing(False, (0,) * len(self.program.clauses), (), (), held)
        before = job.standing or nothing
        if said.status != Status.OK:
            assert said == layout.Outcome(said.status, said.requirement, None, False, 0)
            return Outcome(Status(said.status), before, requirement=said.requirement)
        size = layout.standing_size(self.read(row.terms, 16))
        after = decode_standing(self.program, job.terms, self.read(row.next, size))
        assert after.ended == said.ended
        assert encode_standing(self.program, after) == self.read(row.next, size)
        block = self.read(row.postings, layout.POSTING_SIZE * said.postings)
        postings = (
            Posting(p.payer, p.payee, p.asset, p.units, p.due, p.clause, p.action)
            for p in layout.decode_postings(block, said.postings)
        )
        return Outcome(Status.OK, after, tuple(postings), said.next_due)
