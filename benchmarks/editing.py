"""How long an editor waits: problems of a file of 300 lines after an edit, and a hover.

    python -m benchmarks.editing

Prints the median and the 95th percentile of both, in milliseconds of wall time.
"""

import random
from statistics import quantiles
from time import perf_counter

from rfos_lang.cli.files import library, library_modules
from rfos_lang.editing.hovering import hover
from rfos_lang.editing.problems import problems
from rfos_lang.editing.workspace import empty, with_text
from rfos_lang.lsp.files import on_disk

LINES, ROUNDS = 300, 200
NAME = "/benchmark.rfos"


def main() -> None:
    """Types and points, many times, at places that are drawn."""
    text = "\n".join((library("std.options") or "").split("\n")[:LINES])
    text = text[: text.rindex("\n}\n") + 3]
    drawn = random.Random(1)
    workspace = with_text(empty(on_disk, tuple(library_modules())), NAME, text)
    edits, hovers = [], []
    for _ in range(ROUNDS):
        place = drawn.randrange(len(text))
        for each in (text[:place] + "x" + text[place:], text):
            begun = perf_counter()
            workspace = with_text(workspace, NAME, each)
            problems(workspace, NAME)
            edits.append(perf_counter() - begun)
            begun = perf_counter()
            hover(workspace, NAME, drawn.randrange(len(text)))
            hovers.append(perf_counter() - begun)
    lines = text.count("\n")
    for what, found in ((f"problems, {lines} lines", edits), ("hover", hovers)):
        parts = quantiles(found, n=20)
        print(f"{what:24} median {parts[9] * 1e3:6.1f} ms   p95 {parts[18] * 1e3:6.1f} ms")


if __name__ == "__main__":
    main()
