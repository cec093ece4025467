"""The shape of one entry of the catalogue."""

from rfos_lang.base.records import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything that is said about one code.

    `message` and `help` are templates: `{name}` is filled by `report(..., name=...)`. A help that
    needs a name which is None is left out, so that `did you mean {suggestion}` may go unsaid.
    `fix` is such a template too: what to write instead of what is underlined. With `safe` it may be
    written without asking, as nothing else can be meant.

    `explanation` is what `rfos explain` prints below the title; it needs no names. It is not broken
    into lines: whoever prints it wraps it. An empty line parts two paragraphs.
    """

    title: str
    message: str
    help: str | None = None
    explanation: str = ""
    fix: str | None = None
    safe: bool = False
