"""All benchmarks in one run, and the page of their results.

    python -m benchmarks [NAME]... [--write]

`--write` makes `docs/results.md` and its charts from the run. Fails if a target is missed.
"""

import os
import platform
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from benchmarks.chart import draw
from benchmarks.measured import Measured, show, spelled

NAMES = ("closed_form", "asian", "autocallable", "early_exercise", "least_squares", "first_answer")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "results.md"
PICTURES = PAGE.parent / "results"
PEERS = ("QuantLib", "fast-vollib", "polars-vol", "open-source-risk-engine")


def machine() -> str:
    """What the run was made on, and what else it was doing."""
    begun = perf_counter()
    sum(range(10_000_000))
    took = perf_counter() - begun
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; load averages {load}; ten million additions take "
        f"{spelled(took)}."
    )


def page(found: dict[str, Measured], machines: tuple[str, str]) -> str:
    """The results as Markdown."""
    peers = ", ".join(f"{peer} {version(peer)}" for peer in PEERS)
    lines = [
        "# Results\n",
        "Written by `python -m benchmarks --write`; do not edit. Sides are timed in turns in one"
        " process, medians are told, and what is compared are ratios: bare times depend on the"
        f" machine. Peers: {peers}.\n",
        f"Before: {machines[0]}\n",
        f"After: {machines[1]}\n",
    ]
    for name, measured in found.items():
        lines += [
            f"## {measured.title}\n",
            f"{measured.work}\n",
            f"![{measured.title}](results/{name}.svg)\n",
            "| side | time | |",
            "|---|---|---|",
        ]
        lines += [f"| {s.name} | {spelled(s.seconds)} | {s.told} |" for s in measured.sides]
        lines += ["", *(f"- {target}" for target in measured.targets), ""]
        lines += [f"Left out: {measured.left_out}\n"]
    return "\n".join(lines)


def main(words: list[str]) -> int:
    names = [word for word in words if not word.startswith("--")] or list(NAMES)
    before, found = machine(), {}
    print(before)
    for name in names:
        run: Callable[[], Measured] = import_module(f"benchmarks.{name}").measured
        found[name] = run()
        show(found[name])
    after = machine()
    print(after)
    if "--write" in words:
        PICTURES.mkdir(exist_ok=True)
        for name, measured in found.items():
            draw(measured, PICTURES / f"{name}.svg")
        PAGE.write_text(page(found, (before, after)))
    return int(not all(target.holds for each in found.values() for target in each.targets))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
