"""What a runtime knows of a margin policy's module, and how to call it. It imports nothing else of
the compiler.

A policy's module is an artefact like a contract's: WebAssembly without imports, named by the
SHA-256 of its bytes, whose last section `rfos` describes it (`PolicyMetadata`). It exports its
`memory`, which is the caller's, and

    require(rows: i32, count: i32)

A row (ROW_SIZE = 64, at `rows` one after the other) is eight i64, little-endian. The caller writes
the worst loss, the gross notional, the net notional and the largest net notional of one price, all
in minor units of the policy's asset, and how many minor units are in one; the module writes the
maintenance and the initial requirement in minor units, never negative, and 1 if one of them is no
number of 63 bits and stands as 0, else 0.
"""

import struct
from math import prod

from rfos_lang.artefact.container import ArtefactError, described
from rfos_lang.base.encoding import content_hash
from rfos_lang.base.records import dataclass

ROW_SIZE = 64
MAINTENANCE, INITIAL, UNSOUND = 40, 48, 56
"""Where in a row the module writes."""

AXES = ("spot", "volatility")
SCENARIOS_MAX = 1024


@dataclass(frozen=True, slots=True)
class AxisField:
    """One thing that scenarios move, `spot` or `volatility`, and by which fractions of itself, in
    18 decimals."""

    name: str
    shifts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PolicyMetadata:
    """A policy: its scenarios are all combinations of the shifts of its axes, the last axis
    fastest. `asset` is a ticker."""

    schema: int
    source_hash: str
    name: str
    asset: str
    axes: tuple[AxisField, ...]


@dataclass(frozen=True, slots=True)
class PolicyArtefact:
    """A policy's module, taken apart."""

    content_hash: str
    module: bytes
    metadata: PolicyMetadata


def decode_policy(data: bytes) -> PolicyArtefact:
    """The policy of which these are the bytes. Raises ArtefactError for any others."""
    exports, metadata = described(data, PolicyMetadata, (AxisField, PolicyMetadata))
    if exports != {"memory", "require"}:
        raise ArtefactError("it does not export what its metadata say")
    names = [axis.name for axis in metadata.axes]
    if len(set(names)) < len(names) or not set(names) <= set(AXES):
        raise ArtefactError("its scenarios move something that is unknown")
    if not 1 <= prod(len(axis.shifts) for axis in metadata.axes) <= SCENARIOS_MAX:
        raise ArtefactError("it has too many scenarios, or none")
    return PolicyArtefact(content_hash(data), data, metadata)


def encode_row(worst: int, gross: int, net: int, largest: int, scale: int) -> bytes:
    """A row as the caller writes it."""
    return struct.pack("<8q", worst, gross, net, largest, scale, 0, 0, 0)


def decode_row(row: bytes) -> tuple[int, int] | None:
    """Maintenance and initial that the module has written; None if they are no numbers."""
    maintenance, initial, unsound = struct.unpack_from("<3q", row, MAINTENANCE)
    return None if unsound else (maintenance, initial)
