"""W09xx: what is allowed but probably not meant."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {}
