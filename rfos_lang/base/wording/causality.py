"""E04xx: causality, totality, and what the language has but this version cannot do yet."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {}
