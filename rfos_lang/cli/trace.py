"""`rfos trace`: what a contract does along a path, and why."""

from pathlib import Path

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.console import OK, bold, diagnostics_json, print_diagnostics, print_json
from rfos_lang.cli.files import opened, read_text
from rfos_lang.cli.options import instant_option
from rfos_lang.cli.story import story_document, story_lines
from rfos_lang.core.binding import Instance
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import instance
from rfos_lang.driver.life import EVENTS_MAX, Life, TooLong, born, lived
from rfos_lang.driver.opening import Source, settings
from rfos_lang.driver.path_file import Day, days_of, read_path
from rfos_lang.driver.telling import told


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be traced. `start` None: the contract begins at the path's first instant."""

    target: str
    path: Path
    set: tuple[str, ...]
    start: str | None


def run(request: Request, as_json: bool) -> int:
    """Tells the life of a contract along a path; the exit code. Raises Failure."""
    checked = opened(request.target)
    path = read_path(Source(str(request.path), read_text(request.path)))
    start = None if request.start is None else instant_option("--start", request.start)
    made = instance(checked, settings(request.set), path.begin if start is None else start)
    days = days_of(path, made.program, made.terms)
    life = life_along(Instance(made.lowered, made.terms), days, path.source)
    story = told(life, checked.source.sources)
    if as_json:
        problems = diagnostics_json(checked.warnings, checked.source.sources)
        begin = show_instant(made.terms.start)
        head = {"contract": made.definition.name, "start": begin}
        print_json({**problems, **head, "story": story_document(story)})
    else:
        print_diagnostics(checked.warnings, checked.source.sources)
        print(f"{bold(made.definition.name)}  from {show_instant(made.terms.start)}")
        print()
        print("\n".join(story_lines(story)))
    return OK


def life_along(made: Instance, days: tuple[Day, ...], source: Source) -> Life:
    """The life of an instance through all the days of a path. Raises Failure."""
    life = born(made)
    for day in days:
        try:
            life = lived(life, day.instant, day.observed, day.taken)
        except TooLong:
            problem = report("E1133", Span(source.name, 0, 0), limit=f"{EVENTS_MAX:_}")
            raise Failure([problem], {}) from None
    return life
