"""What a block asked for and what it did, for whoever looks into a journal: the same of a journal
of blocks and of a log of records (`logged`).
"""

from dataclasses import dataclass

from rfos_runtime.node.node import Sealed
from rfos_runtime.records.block import Report, Signer
from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Command
from rfos_runtime.records.events import Happening
from rfos_runtime.reference.world import World


@dataclass(frozen=True, slots=True)
class Reported:
    """A report and how it went. `report` is None where a record is not well made."""

    report: Report | None
    code: Code


@dataclass(frozen=True, slots=True)
class Asked:
    """A command and how it went. `command` is None where records ask for nothing that is known, or
    are not well made."""

    name: str
    command: Command | None
    signers: tuple[Signer, ...]
    code: Code


@dataclass(frozen=True, slots=True)
class Looked:
    """A block, and the state after it. `world`: None where only the root was looked at."""

    number: int
    time: int
    reports: tuple[Reported, ...]
    asked: tuple[Asked, ...]
    events: tuple[Happening, ...]
    root: bytes
    world: World | None


def looked_at(sealed: Sealed) -> Looked:
    """A block of a journal of blocks."""
    block, applied = sealed.block, sealed.applied
    asked = (
        Asked(type(each.command).__name__, each.command, each.signers, code)
        for each, code in zip(block.commands, applied.results, strict=True)
    )
    reports = map(Reported, block.reports, applied.reports)
    told = tuple(asked), applied.events, applied.root
    return Looked(block.number, block.time, tuple(reports), *told, sealed.world)
