"""What a runtime knows of a margin policy: its bytes, taken apart. It imports nothing else of the
compiler.

    policy  =  MAGIC  digest (32)  description

The description is `PolicyFields` in the canonical bytes of `base.encoding`, the digest is of all
that stands around it; the name of a policy is the SHA-256 of its bytes. The requirements are steps
of the settlement arithmetic, 128-bit fixed point with 18 decimals, half-even, each of which may use
the results of those before it:

    number (n)             n, times 10^-18
    measure (k)            0 worst loss, 1 gross notional, 2 net notional, in whole units of the
                           asset; 3 concentration; 4 standalone loss, 5 standard error, in whole
                           units again
    neg, abs (i)           of the result of step i
    + - * / min max (i, j)

A policy asks for the most there is where a step does not fit, or divides by zero.
"""

from math import prod

from rfos_lang.artefact.container import DIGEST_SIZE, ArtefactError, description_of, digest
from rfos_lang.base.encoding import content_hash, encode
from rfos_lang.base.fixed import ONE
from rfos_lang.base.records import dataclass

__all__ = ["PolicyArtefact", "decode_policy"]

MAGIC, SCHEMA = b"rfosplcy", 3
HAIRCUTS_MAX = 32
AXES = ("spot", "volatility")
MEASURES = 6
OPERANDS = {"neg": 1, "abs": 1, "+": 2, "-": 2, "*": 2, "/": 2, "min": 2, "max": 2}
SCENARIOS_MAX = 1024
STEPS_MAX = 1024


@dataclass(frozen=True, slots=True)
class AxisField:
    """One thing that scenarios move, of AXES, and by which fractions of itself, in 18 decimals."""

    name: str
    shifts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StepField:
    """A step of the requirements."""

    operation: str
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HaircutField:
    """An asset that may be pledged, by ticker, and which fraction of its value does not count, in
    18 decimals."""

    asset: str
    fraction: int


@dataclass(frozen=True, slots=True)
class PolicyFields:
    """A policy: its scenarios are all combinations of the shifts of its axes, the last axis
    fastest. `asset` is a ticker; `maintenance` and `initial` are the steps that give them. What is
    pledged is drawn on in the order of `haircuts`."""

    schema: int
    source_hash: str
    name: str
    asset: str
    axes: tuple[AxisField, ...]
    steps: tuple[StepField, ...]
    maintenance: int
    initial: int
    haircuts: tuple[HaircutField, ...]


@dataclass(frozen=True, slots=True)
class PolicyArtefact:
    """A policy, its bytes and their hash."""

    content_hash: str
    data: bytes
    fields: PolicyFields


def encode_policy(said: PolicyFields) -> bytes:
    """The bytes of a policy."""
    encoded = encode(said)
    return MAGIC + digest(MAGIC, encoded) + encoded


def decode_policy(data: bytes) -> PolicyArtefact:
    """The policy of which these are the bytes. Raises ArtefactError for any others."""
    if data[: len(MAGIC)] != MAGIC:
        raise ArtefactError("it is no margin policy")
    stated, encoded = data[len(MAGIC) :][:DIGEST_SIZE], data[len(MAGIC) + DIGEST_SIZE :]
    if stated != digest(MAGIC, encoded):
        raise ArtefactError("its bytes were altered")
    records = (AxisField, StepField, HaircutField, PolicyFields)
    said = description_of(encoded, PolicyFields, records, SCHEMA)
    names = [axis.name for axis in said.axes]
    if len(set(names)) < len(names) or not set(names) <= set(AXES):
        raise ArtefactError("its scenarios move something that is unknown")
    if not 1 <= prod(len(axis.shifts) for axis in said.axes) <= SCENARIOS_MAX:
        raise ArtefactError("it has too many scenarios, or none")
    if len(said.steps) > STEPS_MAX or not _are_sound(said):
        raise ArtefactError("its requirements are no steps of the settlement arithmetic")
    pledged = {each.asset for each in said.haircuts}
    if not len(said.haircuts) == len(pledged) <= HAIRCUTS_MAX or said.asset in pledged:
        raise ArtefactError("it takes too many assets, one of them twice, or its own")
    if not all(0 <= each.fraction < ONE for each in said.haircuts):
        raise ArtefactError("a haircut is no fraction")
    return PolicyArtefact(content_hash(data), data, said)


def _are_sound(said: PolicyFields) -> bool:
    """Whether every step has its operands, of steps before it."""
    results = (said.maintenance, said.initial)
    return all(0 <= each < len(said.steps) for each in results) and all(
        _is_sound(number, step) for number, step in enumerate(said.steps)
    )


def _is_sound(number: int, step: StepField) -> bool:
    match step.operation, step.arguments:
        case "number", (value,):
            return -(1 << 127) <= value < 1 << 127
        case "measure", (measure,):
            return 0 <= measure < MEASURES
        case operation, operands:
            known = len(operands) == OPERANDS.get(operation)
            return known and all(0 <= each < number for each in operands)
