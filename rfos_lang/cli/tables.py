"""Tables as values: aligned text here, rich text at a prompt, HTML in a notebook."""

from collections.abc import Sequence

from rfos_lang.base.records import dataclass
from rfos_lang.cli.console import bold, columns


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a heading; the columns numbered in `right` hold numbers."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


def table_lines(table: Table, heads: bool = False) -> list[str]:
    """A table as aligned lines, its heading in bold; with `heads` the first column is one too."""
    rows: list[Sequence[str]] = [[bold(cell) for cell in table.heading]]
    for first, *others in table.rows:
        rows.append([bold(first) if heads else first, *others])
    return [f"  {line}".rstrip() for line in columns(rows, right=table.right)]
