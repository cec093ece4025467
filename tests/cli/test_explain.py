"""`rfos explain`: each code at length, all titles, and all of it."""

import pytest

from rfos_lang.base.wording import CATALOGUE
from tests.cli.running import document, rfos


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_code_is_explained(code: str) -> None:
    result = rfos("explain", code.lower())
    assert result.exit_code == 0
    heading, blank, *text = result.stdout.splitlines()
    assert (heading, blank) == (f"{code}: {CATALOGUE[code].title}", "")
    assert " ".join("\n".join(text).split()) == " ".join(CATALOGUE[code].explanation.split())
    assert max(map(len, text)) <= 88


def test_all_titles_and_all_of_it() -> None:
    titles = rfos("explain").stdout.splitlines()
    assert titles == [f"{code}  {CATALOGUE[code].title}" for code in sorted(CATALOGUE)]
    whole = rfos("explain", "--all").stdout
    assert whole == "\n".join(rfos("explain", code).stdout for code in sorted(CATALOGUE))
    assert [each["code"] for each in document("explain", "--all")] == sorted(CATALOGUE)


def test_a_code_that_is_none() -> None:
    result = rfos("explain", "E0999")
    assert result.exit_code == 1 and result.stderr.startswith("there is no code E0999")
