"""E02xx: units and types."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {}
