"""Pictures as files: what every drawing ends with."""

from io import BytesIO
from typing import Any


def as_file(figure: Any, kind: str, dpi: int = 150) -> bytes:
    """A figure of matplotlib as a file of a kind, `png` or `svg`, without the date on which it is
    drawn; the figure is gone afterwards."""
    from matplotlib import pyplot

    file = BytesIO()
    figure.savefig(file, format=kind, dpi=dpi, metadata={"Date": None} if kind == "svg" else None)
    pyplot.close(figure)
    return file.getvalue()
