"""A TOML file that is a list of one kind of table: positions, scenarios, days."""

import tomllib
from collections.abc import Callable, Sequence
from typing import Any

from rfos_lang.base.span import Span
from rfos_lang.base.toml_place import place_of, place_of_error
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source

Wrong = Callable[[Span, str], Failure]
"""What a file of its kind fails with: the place, and what is wrong there."""


def tables(source: Source, name: str, wrong: Wrong, beside: Sequence[str] = ()) -> list[Any]:
    """The entries of `[[name]]`, unchecked. Raises what `wrong` makes of a text that is no TOML, or
    that holds anything else but the tables `beside` it."""
    document = table(source, wrong)
    listed = document.get(name)
    if not {name} <= set(document) <= {name, *beside} or not isinstance(listed, list):
        place = place_of(source.text, source.name, ())
        others = "".join(f" and [{each}]" for each in beside)
        raise wrong(place, f"it holds a list of [[{name}]]{others}, and nothing else")
    return listed


def table(source: Source, wrong: Wrong) -> dict[str, Any]:
    """All of a TOML text, unchecked. Raises what `wrong` makes of one that is none."""
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        place = place_of_error(source.text, source.name, str(error))
        raise wrong(place, str(error)) from None
