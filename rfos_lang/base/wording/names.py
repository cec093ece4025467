"""E03xx: names and modules."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {}
