"""Rows of results as files: CSV, JSON lines or Parquet, by the name's ending."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.files import write_bytes
from rfos_lang.driver.failure import Failure

Row = Mapping[str, str | float | None]

ENDINGS = (".csv", ".jsonl", ".parquet")


def check_ending(path: Path) -> None:
    """Refuses a name whose ending says nothing, before anything is computed. Raises Failure."""
    place = Span(str(path), 0, 0)
    if path.suffix not in ENDINGS:
        raise Failure([report("E1024", place, known=", ".join(ENDINGS))], {})
    if path.suffix == ".parquet" and find_spec("pyarrow") is None:
        raise Failure([report("E1025", place)], {})


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Writes rows with a column for each key that one of them has. Raises Failure."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    match path.suffix:
        case ".csv":
            content = _csv(columns, rows).encode("utf-8")
        case ".jsonl":
            lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            content = "".join(lines).encode("utf-8")
        case _:
            content = _parquet(columns, rows)
    write_bytes(path, content)


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: str | float | None) -> str:
    """Numbers in full, so that reading them again gives the same."""
    return "" if value is None else value if isinstance(value, str) else repr(value)


def _parquet(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({key: [row.get(key) for row in rows] for key in columns})
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes()
