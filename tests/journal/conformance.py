"""What every journal must do, whatever it is made of. A replicated log has to pass the same.

An implementation is a way to open the same journal again and again.
"""

from collections.abc import Callable

import pytest

from rfos_runtime.journal.adapter import Adapter
from rfos_runtime.journal.disk import CannotWrite, Locked

Open = Callable[[], Adapter]

PAYLOADS = (b"first", b"", b"\0" * 700, bytes(range(256)) * 40, b"first")


def a_new_journal_is_empty(opened: Open) -> None:
    journal = opened()
    assert journal.reading.payloads == ()
    assert journal.reading.torn == 0
    journal.close()


def what_was_appended_is_there_in_order(opened: Open) -> None:
    journal = opened()
    for payload in PAYLOADS:
        journal.append(payload)
    assert journal.reading.payloads == ()  # what it held when it was opened
    journal.close()
    again = opened()
    assert again.reading.payloads == PAYLOADS
    again.close()


def it_goes_on_after_any_number_of_openings(opened: Open) -> None:
    for number, payload in enumerate(PAYLOADS):
        journal = opened()
        assert journal.reading.payloads == PAYLOADS[:number]
        journal.append(payload)
        journal.close()


def the_hash_fixes_everything_before_it(opened: Open) -> None:
    hashes = []
    for payload in PAYLOADS:
        journal = opened()
        hashes.append(journal.reading.last_hash)
        journal.append(payload)
        journal.close()
    assert len(set(hashes)) == len(hashes)


def there_is_one_writer(opened: Open) -> None:
    journal = opened()
    with pytest.raises(Locked):
        opened()
    journal.append(b"still the first one's")
    journal.close()
    again = opened()
    assert again.reading.payloads == (b"still the first one's",)
    again.close()


def a_closed_journal_takes_nothing(opened: Open) -> None:
    journal = opened()
    journal.close()
    with pytest.raises(CannotWrite):
        journal.append(b"too late")
    again = opened()
    assert again.reading.payloads == ()
    again.close()


CHECKS: tuple[Callable[[Open], None], ...] = (
    a_new_journal_is_empty,
    what_was_appended_is_there_in_order,
    it_goes_on_after_any_number_of_openings,
    the_hash_fixes_everything_before_it,
    there_is_one_writer,
    a_closed_journal_takes_nothing,
)
