"""The worst crash hours of a folder of price bars, replayed through the kernel.

    python -m benchmarks.kernel.crashes FOLDER [--hours 12] [--accounts 10000] [--write] [--json]

`--write` makes `docs/operating/crash-hours.md` and its picture from the run. Fails if an invariant
does not hold.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks.kernel.crashes.hours import AFTER, HOUR, MINUTE, Hour, worst
from benchmarks.kernel.crashes.page import COLUMNS, row, write
from benchmarks.kernel.crashes.replay import Replayed, replay
from rfos_lang.cli.console import columns, print_json, progress
from rfos_runtime.kernel.telling import What


def main(words: list[str]) -> int:
    wish = _parser().parse_args(words)
    hours = worst(wish.folder, wish.hours)
    if not hours:
        print(f"no price bars of BTC in {wish.folder}", file=sys.stderr)
        return 2
    found = [_played(hour, wish.accounts, wish.json) for hour in hours]
    if wish.json:
        print_json([document(each) for each in found])
    else:
        _show(found)
    if wish.write:
        write(found)
    return int(any(each.wrong for each in found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("crashes", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="files of bars, as 2022-05_luna_btc_5m.csv")
    parser.add_argument("--hours", type=_count(1), default=12, help="how many, the worst first")
    parser.add_argument("--accounts", type=_count(100), default=10_000, help="in each hour")
    parser.add_argument("--write", action="store_true", help="make the page and its picture")
    parser.add_argument("--json", action="store_true", help="print a document")
    return parser


def _count(least: int) -> Any:
    def count(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is not a number from {least} on")
        return int(text)

    return count


def _played(hour: Hour, accounts: int, quiet: bool) -> Replayed:
    *_, found = progress(replay(hour, accounts), hour.name, HOUR // MINUTE + AFTER, quiet)
    return found


def _show(found: list[Replayed]) -> None:
    for line in columns([COLUMNS, *map(row, found)], right=range(1, len(COLUMNS))):
        print(line)
    for each in found:
        for problem in each.wrong:
            print(f"{each.hour.name}: {problem}")


def document(found: Replayed) -> dict[str, Any]:
    """An hour as it is printed for programs; amounts in cents."""
    hour = found.hour
    return {
        "hour": hour.name,
        "fall": {name: round(hour.fall(name), 6) for name in hour.prices},
        "move": {name: round(hour.move(name), 6) for name in hour.prices},
        "accounts": found.accounts,
        "positions": found.positions,
        "liquidations": found.liquidations,
        "auctions": {reason.words: count for reason, count in sorted(found.ended.items())},
        "running": found.running,
        "filled": found.filled,
        "closed": found.closed,
        "deficit": found.deficit,
        "fund": found.fund,
        "pauses": found.events[What.PAUSED],
        "violations": found.wrong,
        "seconds": round(found.seconds, 1),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
