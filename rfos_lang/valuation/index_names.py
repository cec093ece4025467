"""What a market file calls the index that a feed observes."""

from rfos_lang.core.program import Program, Terms


def index_name(program: Program, terms: Terms, slot: int) -> str:
    """The index that a feed observes, as a market file names it."""
    assert program.feeds[slot].kind == "index"
    return terms.feeds[slot].removeprefix("index(").removesuffix(")")
