"""Words that other languages have for what this one says differently."""

SYNONYMS = {
    "average": "mean",
    "avg": "mean",
    "bool": "Bool",
    "boolean": "Bool",
    "datetime": "Date",
    "decimal": "Number",
    "dollar": "USD",
    "dollars": "USD",
    "double": "Number",
    "euro": "EUR",
    "euros": "EUR",
    "false": "false",
    "float": "Number",
    "int": "Number",
    "integer": "Number",
    "maximum": "max",
    "minimum": "min",
    "percent": "Number",
    "percentage": "Number",
    "price": "spot",
    "real": "Number",
    "str": "Text",
    "string": "Text",
    "timestamp": "Date",
    "true": "true",
    "yearfrac": "year_fraction",
}
"""By the word in small letters: what is said here instead."""

ALWAYS_KNOWN = ("true", "false")
"""Words of the language that stand where a name may stand."""


def synonym(name: str, known: list[str]) -> str | None:
    """What is said here for a word of another language, if that is known where it stands."""
    said = SYNONYMS.get(name.casefold())
    return said if said in known or (said in ALWAYS_KNOWN and said != name) else None
