"""What every journal must do, whatever it is made of and whatever is in it. A replicated log has to
pass the same.

An implementation is a way to open the same journal again and again, and a way to make an entry of
any bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from rfos_runtime.journal.adapter import Adapter
from rfos_runtime.journal.disk import CannotWrite, Locked

PAYLOADS = (b"first", b"", b"\0" * 700, bytes(range(256)) * 40, b"first")


@dataclass(frozen=True, slots=True)
class Kind:
    """A journal that can be opened, and an entry of it that these bytes tell from others."""

    opened: Callable[[], Adapter[Any]]
    entry: Callable[[bytes], Any]

    @property
    def entries(self) -> tuple[Any, ...]:
        """Entries of all sorts."""
        return tuple(map(self.entry, PAYLOADS))


def a_new_journal_is_empty(kind: Kind) -> None:
    journal = kind.opened()
    assert journal.reading.payloads == ()
    assert (journal.number, journal.reading.torn) == (0, 0)
    journal.close()


def what_was_appended_is_there_in_order(kind: Kind) -> None:
    journal = kind.opened()
    for entry in kind.entries:
        journal.wait(journal.append(entry))
    assert journal.reading.payloads == ()  # what it held when it was opened
    journal.close()
    again = kind.opened()
    assert again.reading.payloads == kind.entries
    again.close()


def what_is_durable_is_there_before_the_journal_is_closed(kind: Kind) -> None:
    journal = kind.opened()
    numbers = [journal.append(entry) for entry in kind.entries]
    journal.wait(numbers[-1])  # all before it are, too
    for number in numbers:
        journal.wait(number)
    journal.close()
    again = kind.opened()
    again.wait(numbers[0])  # of an earlier opening
    assert again.reading.payloads == kind.entries
    again.close()


def closing_waits_for_what_was_appended(kind: Kind) -> None:
    journal = kind.opened()
    for entry in kind.entries:
        journal.append(entry)
    journal.close()
    again = kind.opened()
    assert again.reading.payloads == kind.entries
    again.close()


def it_goes_on_after_any_number_of_openings(kind: Kind) -> None:
    for number, entry in enumerate(kind.entries):
        journal = kind.opened()
        assert journal.reading.payloads == kind.entries[:number]
        assert journal.number == number
        assert journal.append(entry) == journal.number == number + 1
        journal.wait(number + 1)
        journal.close()


def the_hash_fixes_everything_before_it(kind: Kind) -> None:
    hashes = []
    for entry in kind.entries:
        journal = kind.opened()
        hashes.append(journal.reading.last_hash)
        journal.append(entry)
        journal.close()
    assert len(set(hashes)) == len(hashes)


def there_is_one_writer(kind: Kind) -> None:
    journal, entry = kind.opened(), kind.entry(b"still the first one's")
    with pytest.raises(Locked):
        kind.opened()
    journal.append(entry)
    journal.close()
    again = kind.opened()
    assert again.reading.payloads == (entry,)
    again.close()


def a_closed_journal_takes_nothing(kind: Kind) -> None:
    journal = kind.opened()
    journal.close()
    with pytest.raises(CannotWrite):
        journal.append(kind.entry(b"too late"))
    assert journal.number == 0
    again = kind.opened()
    assert again.reading.payloads == ()
    again.close()


CHECKS: tuple[Callable[[Kind], None], ...] = (
    a_new_journal_is_empty,
    what_was_appended_is_there_in_order,
    what_is_durable_is_there_before_the_journal_is_closed,
    closing_waits_for_what_was_appended,
    it_goes_on_after_any_number_of_openings,
    the_hash_fixes_everything_before_it,
    there_is_one_writer,
    a_closed_journal_takes_nothing,
)
