"""The checker: start-up, the whole library, ten thousand lines, one edit, the hardest texts.

    python -m benchmarks.checker

Prints the processor time of the best of a few rounds beside what is aimed at; of commands also how
long one waits for them, the median of warm runs, which tells something on a quiet machine only.
"""

import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter, process_time

from rfos_lang.cli.files import library
from rfos_lang.semantics.analyse import analyse
from rfos_lang.stdlib_path import standard_library
from tests.fuzz.pathological import texts

RUNS = 5
_RFOS = "from rfos_lang.cli.main import main; main()"
FILES = {path: path.read_text() for path in sorted(standard_library().rglob("*.rfos"))}


def best(work: Callable[[], object], rounds: int = 3) -> float:
    """The least processor time of a few rounds, in seconds."""
    times = []
    for _ in range(rounds):
        begin = process_time()
        work()
        times.append(process_time() - begin)
    return min(times)


def command(what: str, aim: float, *words: str) -> None:
    """Says the least processor time of a command, and how long one waits for it."""
    times, waits = [], []
    for _ in range(1 + RUNS):
        used, begin = _of_children(), perf_counter()
        subprocess.run([sys.executable, "-c", _RFOS, *words], capture_output=True, check=False)
        times.append(_of_children() - used)
        waits.append(perf_counter() - begin)
    say(what, min(times), aim, median(waits[1:]))


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def say(what: str, seconds: float, aim: float, waited: float | None = None) -> None:
    waits = "" if waited is None else f"   waited {waited * 1000:5.0f} ms"
    print(f"{what:<48} {seconds * 1000:8.0f} ms   aim {aim * 1000:5.0f} ms{waits}")


def ten_thousand_lines() -> str:
    """Copies of the options of the library under other names."""
    options = FILES[standard_library() / "options.rfos"]
    count = 10_000 // len(options.splitlines()) + 1
    return "\n".join(options.replace("contract ", f"contract X{k}") for k in range(count))


def main() -> None:
    command("rfos --help", 0.2, "--help")
    command("rfos check, one small file", 0.3, "check", str(standard_library() / "forwards.rfos"))
    command("rfos check stdlib", 1.5, "check", str(standard_library()))
    lines = sum(len(text.splitlines()) for text in FILES.values())
    whole = best(lambda: [analyse(t, p.name, library) for p, t in FILES.items()])
    say(f"analyse, the library's {lines} lines", whole, 1.5)
    many = ten_thousand_lines()
    say("analyse, 10 000 lines", best(lambda: analyse(many, "many.rfos", library), 1), 3.0)
    path, text = max(FILES.items(), key=lambda each: len(each[1]))
    before = analyse(text, path.name, library)
    middle = text.index("{", len(text) // 2) + 1
    after = text[:middle] + "\n" + text[middle:]
    fresh = best(lambda: analyse(after, path.name, library))
    again = best(lambda: analyse(after, path.name, library, before))
    say(f"{path.name} anew after an edit", fresh, 0.1)
    say(f"{path.name} after an edit, what is left reused", again, 0.03)
    hard = {name: best(partial(analyse, t, "h", library), 1) for name, t in texts(100_000).items()}
    name = max(hard, key=lambda each: hard[each])
    say(f"the hardest 100 kB: {name}", hard[name], 1.0)


if __name__ == "__main__":
    main()
