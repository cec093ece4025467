"""`rfos explain`: the long form of a code."""

import sys
from textwrap import fill

from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import CATALOGUE, Entry
from rfos_lang.cli.console import OK, WRONG, print_json


def run(code: str | None, as_json: bool) -> int:
    """Prints one entry of the catalogue, or the titles of all."""
    if code is None:
        return _list(as_json)
    entry = CATALOGUE.get(code.upper())
    if entry is None:
        suggestion = did_you_mean(code.upper(), CATALOGUE)
        hint = f"; did you mean {suggestion}?" if suggestion else ""
        print(f"there is no code {code}{hint}", file=sys.stderr)
        return WRONG
    if as_json:
        print_json({"code": code.upper(), "title": entry.title, "explanation": entry.explanation})
    else:
        print(_text(code.upper(), entry))
    return OK


def _list(as_json: bool) -> int:
    if as_json:
        print_json([{"code": code, "title": CATALOGUE[code].title} for code in sorted(CATALOGUE)])
    else:
        for code in sorted(CATALOGUE):
            print(f"{code}  {CATALOGUE[code].title}")
    return OK


def _text(code: str, entry: Entry) -> str:
    paragraphs = [fill(part, 88) for part in entry.explanation.split("\n\n") if part]
    return "\n\n".join([f"{code}: {entry.title}", *paragraphs])
