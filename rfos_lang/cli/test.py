"""`rfos test`: the tests that stand in contract files, run one by one."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rfos_lang.base.diagnostic import Diagnostic, has_errors
from rfos_lang.base.records import dataclass
from rfos_lang.base.rendering import render_all, to_json
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.console import (
    OK,
    WRONG,
    bold,
    diagnostics_json,
    patience,
    print_diagnostics,
    print_json,
)
from rfos_lang.cli.files import expanded, library_beside, read_text
from rfos_lang.cli.story import story_document, story_lines
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.driver.target import Library
from rfos_lang.driver.telling import told
from rfos_lang.driver.testing import Verdict, run_test
from rfos_lang.semantics.analyse import analyse


@dataclass(frozen=True, slots=True)
class Tested:
    """One file with its tests run; none if something is wrong with it."""

    name: str
    diagnostics: tuple[Diagnostic, ...]
    verdicts: tuple[Verdict, ...]
    sources: Mapping[str, str]


def run(texts: Sequence[str], only: str | None, as_json: bool) -> int:
    """Runs the tests of files and folders; the exit code. Raises Failure."""
    asked = [each for text in texts for each in _asked(text, only)]
    files = []
    for count, (path, words) in enumerate(asked, 1):
        with patience(f"{path} ({count} of {len(asked)})", as_json):
            files.append(_ran(path, words))
    sought = [words for _, words in asked if words]
    if sought and not any(file.verdicts or has_errors(file.diagnostics) for file in files):
        raise Failure([report("E1012", Span(texts[0], 0, 0), text=sought[0])], {})
    if as_json:
        print_json(tested_document(files))
    else:
        _tell(files)
    wrong = any(has_errors(file.diagnostics) for file in files)
    return WRONG if wrong or any(each.failures for each in _all(files)) else OK


def _asked(text: str, only: str | None) -> list[tuple[Path, str]]:
    """Files, each with what the titles of its tests have to hold. Raises Failure."""
    path, words = Path(text), only or ""
    if not path.exists() and ":" in text:
        before, _, after = text.partition(":")
        path, words = Path(before), after
    return [(each, words) for each in expanded([path])]


def _ran(path: Path, words: str) -> Tested:
    return ran(Source(str(path), read_text(path)), library_beside(path.parent), words)


def ran(source: Source, modules: Library, words: str) -> Tested:
    """The tests of a text whose titles hold some words, run."""
    analysis = analyse(source.text, source.name, modules)
    verdicts = tuple(run_test(test) for test in analysis.tests if words in test.title)
    used = {verdict.case.definition.span.source for verdict in verdicts} - {source.name}
    sources = {each: modules(each) or "" for each in used} | {source.name: source.text}
    return Tested(source.name, analysis.diagnostics, verdicts, sources)


def _all(files: Sequence[Tested]) -> list[Verdict]:
    return [verdict for file in files for verdict in file.verdicts]


# --- text ----------------------------------------------------------------------------------------


def _tell(files: Sequence[Tested]) -> None:
    for file in files:
        if has_errors(file.diagnostics):
            print_diagnostics(file.diagnostics, file.sources)
            print(file=sys.stderr)
    print("\n".join(tested_lines(files)))


def tested_lines(files: Sequence[Tested]) -> Iterator[str]:
    """What failed, and how many tests hold, as text."""
    for file in files:
        for verdict in file.verdicts:
            if verdict.failures:
                yield from _failure(file, verdict)
    yield _summary(files)


def _failure(file: Tested, verdict: Verdict) -> Iterator[str]:
    yield bold(f'{file.name}: "{verdict.case.title}" fails')
    yield ""
    yield render_all(verdict.failures, file.sources, colours=sys.stdout.isatty())
    if verdict.life is not None and verdict.life.moments:
        yield ""
        yield "What happened:"
        for line in story_lines(told(verdict.life, file.sources)):
            yield f"  {line}"
    yield ""


def _summary(files: Sequence[Tested]) -> str:
    """`24 tests in 8 files: 23 hold, 1 fails`."""
    verdicts = _all(files)
    failed = sum(bool(verdict.failures) for verdict in verdicts)
    broken = sum(has_errors(file.diagnostics) for file in files)
    results = [_doing(len(verdicts) - failed, "hold")]
    results += [_doing(failed, "fail")] if failed else []
    results += [f"{_counted(broken, 'file')} with errors"] if broken else []
    tests, among = _counted(len(verdicts), "test"), _counted(len(files), "file")
    return f"{tests} in {among}: {', '.join(results)}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"


def _doing(count: int, verb: str) -> str:
    return f"{count} {verb}{'s' * (count == 1)}"


# --- JSON ----------------------------------------------------------------------------------------


def tested_document(files: Sequence[Tested]) -> dict[str, Any]:
    """Tests and how they went, as JSON values."""
    sources = {name: text for file in files for name, text in file.sources.items()}
    diagnostics = [each for file in files for each in file.diagnostics]
    document = diagnostics_json(diagnostics, sources)
    tests = [_document(file, verdict) for file in files for verdict in file.verdicts]
    document["ok"] = document["ok"] and all(test["ok"] for test in tests)
    return {**document, "tests": tests}


def _document(file: Tested, verdict: Verdict) -> dict[str, Any]:
    story = () if verdict.life is None else told(verdict.life, file.sources)
    return {
        "file": file.name,
        "title": verdict.case.title,
        "contract": verdict.case.definition.name,
        "ok": not verdict.failures,
        "failures": [to_json(failure, file.sources) for failure in verdict.failures],
        "story": story_document(story),
    }
