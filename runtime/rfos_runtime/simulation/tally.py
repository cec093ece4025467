"""What many worlds came to."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple, Self, get_args

from rfos_runtime.records.codes import Code
from rfos_runtime.records.commands import Command
from rfos_runtime.records.events import Happening
from rfos_runtime.simulation.checks.invariants import Violation
from rfos_runtime.simulation.worlds import Result


class Broken(NamedTuple):
    """A world in which an invariant does not hold."""

    seed: int
    violation: Violation
    file: str = ""


@dataclass(slots=True)
class Tally:
    """Worlds counted: what was asked, what went wrong in them, and what did not hold. `answers`: to
    commands and reports, those that went well too; `done`: commands that went well, by name;
    `met`: see there."""

    worlds: int = 0
    blocks: int = 0
    commands: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    answers: Counter[Code] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)

    def add(self, seed: int, result: Result, file: str = "") -> None:
        """Counts a world."""
        codes = result.machine.codes
        self.worlds += 1
        self.blocks += len(result.recipe.steps)
        self.commands += result.recipe.commands
        self.accepted += codes[Code.ACCEPTED]
        self.refused.update({c.words: n for c, n in codes.items() if c is not Code.ACCEPTED})
        self.answers.update(codes)
        self.answers.update(result.machine.reports)
        self.faults.update({str(kind): n for kind, n in result.machine.faults.items()})
        self.faults.update({str(kind): n for kind, n in result.troubles.items()})
        self.kinds.update(map(str, result.kinds or ("nothing is added",)))
        self.done.update(result.machine.done)
        self.events.update(result.machine.events)
        self.met.update(result.machine.met)
        if result.machine.found:
            self.broken.append(Broken(seed, result.machine.found[0], file))

    def join(self, other: Self) -> None:
        """Counts what another has counted."""
        self.worlds += other.worlds
        self.blocks += other.blocks
        self.commands += other.commands
        self.accepted += other.accepted
        for name in ("kinds", "done", "refused", "answers", "faults", "events", "met"):
            getattr(self, name).update(getattr(other, name))
        self.broken += other.broken

    def never(self) -> list[str]:
        """The answers that nobody was given, in words."""
        return [code.words for code in Code if code not in self.answers]

    def missed(self) -> list[str]:
        """The commands that never went well and the events that never came, by name."""
        commands = (each.__name__ for each in get_args(Command))
        events = (each.__name__ for each in get_args(Happening))
        return [
            *(name for name in commands if not self.done[name]),
            *(name for name in events if not self.events[name]),
        ]
