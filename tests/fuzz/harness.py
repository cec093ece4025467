"""One call that puts any bytes through parser, checker and formatter.

With atheris (`pip install atheris`, which has no wheel for every Python), coverage-guided:

    python -m tests.fuzz.harness [-max_total_time=60] [CORPUS]
"""

import sys

from rfos_lang.base.diagnostic import has_errors
from rfos_lang.base.rendering import render_all
from rfos_lang.semantics.analyse import analyse
from rfos_lang.syntax.formatter import format_tree
from rfos_lang.syntax.parser import parse
from tests.semantics.rejected import library


def answers(content: bytes) -> None:
    """Fails if the bytes are not answered, or are formatted to something else."""
    text = content.decode("utf-8", errors="replace")
    found = analyse(text, "any.rfos", library).diagnostics
    render_all(found, {"any.rfos": text})
    module, complaints = parse(text, "any.rfos")
    if not has_errors(complaints):
        formatted = format_tree(module, text)
        again, said = parse(formatted, "any.rfos")
        assert not said and again.items == module.items
        assert format_tree(again, formatted) == formatted


def main() -> None:
    """Runs the fuzzer until it is stopped."""
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, answers)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
