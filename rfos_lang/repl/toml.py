"""Values of TOML as text; the standard library reads TOML and does not write it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(document: Mapping[str, Any]) -> str:
    """A document that reads back as the same values."""
    return "\n".join(_document(document)).lstrip("\n") + "\n"


def _document(document: Mapping[str, Any]) -> Iterator[str]:
    """First what is of the whole document, then its tables."""
    tables = {key: value for key, value in document.items() if _is_table(value)}
    yield from (_line(key, value) for key, value in document.items() if key not in tables)
    for key, table in tables.items():
        if isinstance(table, Mapping):
            yield from _table(f"[{_key(key)}]", table)
        else:
            for each in table:
                yield from _table(f"[[{_key(key)}]]", each)


def _table(heading: str, table: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", heading)
    yield from (_line(key, value) for key, value in table.items())


def _is_table(value: Any) -> bool:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return bool(value) and all(isinstance(each, Mapping) for each in value)
    return isinstance(value, Mapping)


def _line(key: str, value: Any) -> str:
    return f"{_key(key)} = {_value(value)}"


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value:_}" if abs(value) >= 10_000 else str(value)
        case str():
            return _string(value)
        case datetime():
            return value.isoformat()
        case date():
            return value.isoformat()
        case Mapping():
            inside = ", ".join(_line(key, each) for key, each in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case Sequence():
            return f"[{', '.join(map(_value, value))}]"
        case _:
            return repr(value)
