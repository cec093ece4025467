"""Diagnostics for people (plain text, with colours if asked) and for programs (JSON values)."""

from collections.abc import Callable, Iterable, Mapping
from unicodedata import combining, east_asian_width

from rfos_lang.base.diagnostic import Diagnostic, Fix, Related, Severity
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span, line_at, position

Paint = Callable[[str, str], str]
"""(text, style) -> text; the styles are those of `_ANSI`."""

_ANSI = {"error": "1;31", "warning": "1;33", "frame": "34", "related": "36", "strong": "1"}
_GUTTER_MIN = 2

LINE_MAX = 240
"""Of a longer line only the part around the place is shown."""


def render(diagnostic: Diagnostic, sources: Mapping[str, str], *, colours: bool = False) -> str:
    """One diagnostic as text, without a trailing newline.

    `sources` gives the text of each source by the name its spans use; a place whose text is not
    there is named without an excerpt. `colours` adds ANSI escapes.
    """
    page = _Page(sources, _gutter_width(diagnostic, sources), _coloured if colours else _plain)
    style = diagnostic.severity.value
    heading = page.paint(f"{style}[{diagnostic.code}]", style)
    lines = [heading + page.paint(f": {diagnostic.message}", "strong")]
    lines += _excerpt(page, Related(diagnostic.span, diagnostic.label), "┌─", "^", style)
    for place in diagnostic.related:
        lines += _excerpt(page, place, "├─", "-", "related")
    if diagnostic.help is not None:
        first, *rest = diagnostic.help.split("\n")
        lines.append(page.margin + page.paint("=", "frame") + f" help: {first}")
        lines += [page.margin + " " * len("= help: ") + line for line in rest]
    return "\n".join(lines)


def render_all(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], *, colours: bool = False
) -> str:
    """All of them in the order given, a blank line between two."""
    return "\n\n".join(render(each, sources, colours=colours) for each in diagnostics)


def to_json(diagnostic: Diagnostic, sources: Mapping[str, str]) -> dict[str, object]:
    """The diagnostic as a value that `json.dumps` takes; lines and columns count from 1."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "place": _place_to_json(diagnostic.span, sources),
        "label": diagnostic.label,
        "related": [
            {"place": _place_to_json(place.span, sources), "label": place.label}
            for place in diagnostic.related
        ],
        "help": diagnostic.help,
        "fixes": [_fix_to_json(fix, sources) for fix in diagnostic.fixes],
    }


def _fix_to_json(fix: Fix, sources: Mapping[str, str]) -> dict[str, object]:
    edits = [{"place": _place_to_json(e.span, sources), "text": e.text} for e in fix.edits]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def count_line(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; what there is none of is not said."""
    severities = [diagnostic.severity for diagnostic in diagnostics]
    counts = [(severity.value, severities.count(severity)) for severity in Severity]
    return ", ".join(f"{n} {word}{'s' * (n != 1)}" for word, n in counts if n) or "no errors"


@dataclass(frozen=True, slots=True)
class _Page:
    """What all excerpts of one diagnostic share."""

    sources: Mapping[str, str]
    gutter: int
    paint: Paint

    @property
    def margin(self) -> str:
        return " " * self.gutter


def _excerpt(page: _Page, place: Related, corner: str, mark: str, style: str) -> list[str]:
    """The place, the line it lies in, and a line of marks under it with the label."""
    span, paint, text = place.span, page.paint, page.sources.get(place.span.source)
    if text is None:
        noted = f": {place.label}" if place.label else ""
        return [page.margin + paint(corner, "frame") + f" {span.source}{noted}"]
    at = position(text, span.start)
    line, column = _cut(line_at(text, span.start), at.column - 1)
    before, covered = line[:column], line[column:][: span.end - span.start]
    blank = "".join(each if each == "\t" else " " * _width(each) for each in before)
    marks = f"{mark * max(1, _width(covered))} {place.label}".rstrip()
    return [
        page.margin + paint(corner, "frame") + f" {span.source}:{at.line}:{at.column}",
        (paint(f"{at.line:>{page.gutter}}│", "frame") + f" {line}").rstrip(),
        page.margin + paint("│", "frame") + f" {blank}" + paint(marks, style),
    ]


def _cut(line: str, column: int) -> tuple[str, int]:
    """A line that is not too long around a column, and where the column is in it."""
    if len(line) <= LINE_MAX:
        return line, column
    begin = max(0, min(column, len(line) - LINE_MAX // 2) - LINE_MAX // 2)
    shown = line[begin : begin + LINE_MAX]
    left, right = "... " * (begin > 0), " ..." * (begin + LINE_MAX < len(line))
    return left + shown + right, column - begin + len(left)


def _gutter_width(diagnostic: Diagnostic, sources: Mapping[str, str]) -> int:
    """Room for the highest line number that the diagnostic shows."""
    spans = [diagnostic.span, *(place.span for place in diagnostic.related)]
    numbers = [position(sources.get(span.source, ""), span.start).line for span in spans]
    return max(_GUTTER_MIN, len(str(max(numbers))))


def _width(text: str) -> int:
    """How many columns of a terminal the text fills."""
    return sum(
        0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
        for character in text
    )


def _place_to_json(span: Span, sources: Mapping[str, str]) -> dict[str, object]:
    place: dict[str, object] = {"source": span.source, "start": span.start, "end": span.end}
    text = sources.get(span.source)
    if text is not None:
        first, last = position(text, span.start), position(text, span.end)
        place |= {"line": first.line, "column": first.column}
        place |= {"end_line": last.line, "end_column": last.column}
    return place


def _plain(text: str, style: str) -> str:
    return text


def _coloured(text: str, style: str) -> str:
    return f"\033[{_ANSI[style]}m{text}\033[0m"
