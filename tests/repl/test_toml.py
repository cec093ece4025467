"""A document that is written reads back as the same."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from rfos_lang.repl.toml import toml_text
from tests.cli.running import MARKET

_PLAIN = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    st.dates(),
)
_KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUES = st.recursive(
    _PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=5))
def test_a_document_reads_back_as_the_same(document: dict[str, object]) -> None:
    assert tomllib.loads(toml_text(document)) == document


def test_a_market_file_does() -> None:
    with open(MARKET, encoding="utf-8") as file:
        document = tomllib.loads(file.read())
    assert tomllib.loads(toml_text(document)) == document
