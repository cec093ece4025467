"""`rfos explain`: the long form of a code."""

import sys
from textwrap import fill

from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import CATALOGUE, Entry
from rfos_lang.cli.console import OK, WRONG, print_json


def run(code: str | None, in_full: bool, as_json: bool) -> int:
    """Prints one entry of the catalogue, or of all the titles or the whole; the exit code."""
    if code is None:
        return _all(in_full, as_json)
    entry = CATALOGUE.get(code.upper())
    if entry is None:
        suggestion = did_you_mean(code.upper(), CATALOGUE)
        hint = f"; did you mean {suggestion}?" if suggestion else ""
        print(f"there is no code {code}{hint}", file=sys.stderr)
        return WRONG
    if as_json:
        print_json(_document(code.upper(), in_full=True))
    else:
        print(_text(code.upper(), entry))
    return OK


def _all(in_full: bool, as_json: bool) -> int:
    if as_json:
        print_json([_document(code, in_full) for code in sorted(CATALOGUE)])
    elif in_full:
        print("\n\n".join(_text(code, CATALOGUE[code]) for code in sorted(CATALOGUE)))
    else:
        for code in sorted(CATALOGUE):
            print(f"{code}  {CATALOGUE[code].title}")
    return OK


def _document(code: str, in_full: bool) -> dict[str, str]:
    entry = CATALOGUE[code]
    more = {"explanation": entry.explanation} if in_full else {}
    return {"code": code, "title": entry.title, **more}


def _text(code: str, entry: Entry) -> str:
    paragraphs = [fill(part, 88) for part in entry.explanation.split("\n\n") if part]
    return "\n\n".join([f"{code}: {entry.title}", *paragraphs])
