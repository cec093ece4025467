"""How the terms and the standing of an instance lie in bytes. Both are opaque to the runtime, and
equal values have equal bytes, so that roots over them agree whoever executes.

Where things lie is said by `format.Shape`.
"""

import struct

from rfos_lang.artefact.blocks import Shape, aligned, terms_header
from rfos_lang.base.fixed import DECIMALS
from rfos_lang.core.meaning import Standing
from rfos_lang.core.program import Instants, Program, Terms


def shape_of(program: Program, greeks: int = 0) -> Shape:
    """The numbers of slots that offsets depend on."""
    return Shape(
        parties=len(program.parties),
        assets=len(program.assets),
        terms=len(program.terms),
        schedules=len(program.schedules),
        columns=tuple(column.schedule for column in program.columns),
        feeds=len(program.feeds),
        states=len(program.states),
        tables=tuple(table.schedule for table in program.tables),
        clauses=len(program.clauses),
        greeks=greeks,
        escrow=program.escrow is not None,
        amounts=len(program.amounts),
    )


def encode_terms(program: Program, terms: Terms) -> bytes:
    """What binding fixes, for the module of the program."""
    shape = shape_of(program)
    lengths = [len(each) for each in terms.schedules]
    by_rule = [isinstance(each, range) for each in terms.schedules]
    header = terms_header(shape, lengths, by_rule, terms.start)
    divisors = struct.pack(f"<{shape.assets}q", *(_divisor(places) for places in terms.places))
    scalars = b"".join(map(_wide, terms.terms))
    instants = b"".join(map(_instants, terms.schedules))
    columns = b"".join(_wide(value) for column in terms.columns for value in column)
    return _padded(_padded(header + divisors) + scalars + instants) + columns


def encode_standing(program: Program, standing: Standing) -> bytes:
    """What changes in an instance's life."""
    head = struct.pack(f"<ii{len(program.clauses)}i", standing.ended, 0, *standing.progress)
    held = struct.pack(f"<{len(standing.escrow)}q", *standing.escrow)
    rows = (value for table in standing.tables for value in table)
    head = head.ljust(aligned(len(head), 8), b"\0") + held
    return _padded(head) + b"".join(map(_wide, (*standing.states, *rows)))


def decode_standing(program: Program, terms: Terms, standing: bytes) -> Standing:
    """The standing of which these are the bytes."""
    shape = shape_of(program)
    progress = struct.unpack_from(f"<{shape.clauses}i", standing, shape.progress(0))
    held = struct.unpack_from(f"<{shape.assets if shape.escrow else 0}q", standing, shape.held(0))
    numbers = [_wide_at(standing, at) for at in range(shape.state(0), len(standing), 16)]
    states, rows = tuple(numbers[: shape.states]), iter(numbers[shape.states :])
    tables = tuple(tuple(next(rows) for _ in terms.schedules[slot]) for slot in shape.tables)
    return Standing(bool(standing[0]), progress, states, tables, held)


def _instants(schedule: Instants) -> bytes:
    """The instants of a schedule; of one that a rule makes the first and the step."""
    if isinstance(schedule, range):
        return struct.pack("<qq", schedule.start, schedule.step)
    return struct.pack(f"<{len(schedule)}q", *schedule)


def _divisor(places: int) -> int:
    """What an amount is divided by to count minor units."""
    assert 0 <= places <= DECIMALS, f"an asset with {places} decimals"
    return int(10 ** (DECIMALS - places))


def _wide(value: int) -> bytes:
    return value.to_bytes(16, "little", signed=True)


def _wide_at(block: bytes, offset: int) -> int:
    return int.from_bytes(block[offset : offset + 16], "little", signed=True)


def _padded(block: bytes) -> bytes:
    return block.ljust(aligned(len(block), 16), b"\0")
