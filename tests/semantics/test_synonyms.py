"""Words of other languages: each leads to a word that is known here."""

import pytest

from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.synonyms import SYNONYMS
from tests.semantics.rejected import library

PLACES = {
    "type": "contract C(x: {}, t: Date) between a, b {{ at t {{ a pays b 1 USD }} }}",
    "value": "contract C(t: Date) between a, b {{ at t {{ a pays b {} * 1 USD }} }}",
    "call": "contract C(t: Date) between a, b {{ at t {{ a pays b {}(1, 2) * 1 USD }} }}",
    "unit": "contract C(t: Date) between a, b {{ at t {{ a pays b 1 {} }} }}",
    "condition": "contract C(t: Date) between a, b {{ at t {{ if {} {{ a pays b 1 USD }} }} }}",
}


def helps(word: str) -> set[str | None]:
    """What is said of a word in each place."""
    texts = [place.format(word) for place in PLACES.values()]
    return {each.help for text in texts for each in analyse(text, "a.rfos", library).diagnostics}


@pytest.mark.parametrize("word", SYNONYMS)
def test_a_word_of_another_language_leads_to_ours(word: str) -> None:
    assert word.isalpha() and word.islower()
    spelled = word.upper() if SYNONYMS[word].casefold() == word else word.capitalize()
    assert f"did you mean `{SYNONYMS[word]}`?" in helps(spelled)
