"""The page of types and functions names all that there is."""

import re
from pathlib import Path

from rfos_lang.base.calendar import Calendar, Roll
from rfos_lang.base.day_count import DayCount
from rfos_lang.base.schedule import Accrual, Stub
from rfos_lang.semantics import functions
from rfos_lang.semantics.calendar import DATE_FIELDS, PERIOD_FIELDS
from rfos_lang.semantics.definition import Plain

PAGE = (Path(__file__).parents[2] / "docs/reference/functions.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"`([^`]+)`", PAGE)
CALLED = {name for quoted in QUOTED for name in re.findall(r"(\w+)(?=\()|^(\w+)$", quoted)}
NAMES = {name for pair in CALLED for name in pair}


def test_every_function_is_explained() -> None:
    known = {*functions.ALL_NAMES, *functions.MEASURES, *functions.OVER_LISTS}
    assert known - functions.NOT_YET - NAMES == set()


def test_every_field_is_explained() -> None:
    written = {f"p.{name}" for name in PERIOD_FIELDS} | {f"t.{name}" for name in DATE_FIELDS}
    assert written - set(QUOTED) == set()


def test_every_word_and_type_is_explained() -> None:
    words = {each.value for kind in (Calendar, Roll, Stub, Accrual, DayCount) for each in kind}
    types = {each.value for each in Plain if each is not Plain.PERIOD}
    assert (words | types) - set(QUOTED) == set()
