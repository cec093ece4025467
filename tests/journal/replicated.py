"""A journal that is kept in two places: the least that a replicated log can be. It asks of each no
more than a node does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rfos_runtime.journal.adapter import Adapter
from rfos_runtime.journal.frames import Reading

Entry = TypeVar("Entry")


@dataclass(slots=True)
class Replicated(Generic[Entry]):
    """Two journals with the same entries. One counts once both have it."""

    first: Adapter[Entry]
    second: Adapter[Entry]

    @property
    def reading(self) -> Reading[Entry]:
        """What both held when they were opened."""
        return self.first.reading

    @property
    def number(self) -> int:
        """That of the newest entry."""
        return self.first.number

    def append(self, entry: Entry) -> int:
        """Hands an entry to both. Raises CannotWrite."""
        number = self.first.append(entry)
        assert self.second.append(entry) == number
        return number

    def wait(self, number: int) -> None:
        """Returns once both have it. Raises CannotWrite."""
        self.first.wait(number)
        self.second.wait(number)

    def close(self) -> None:
        """Gives both free."""
        self.first.close()
        self.second.close()


def open_both(
    first: Callable[[], Adapter[Entry]], second: Callable[[], Adapter[Entry]]
) -> Replicated[Entry]:
    """Opens both; what one of them lacks, because the writer ended between the two, it is given.
    Raises JournalError."""
    one = first()
    try:
        other = second()
    except BaseException:
        one.close()
        raise
    longer, shorter = (one, other) if one.number >= other.number else (other, one)
    if longer.number == shorter.number:
        return Replicated(one, other)
    for entry in longer.reading.payloads[shorter.number :]:
        shorter.append(entry)
    one.close()
    other.close()
    return open_both(first, second)
