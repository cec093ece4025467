"""What is wrong with a market file is said by its code, and on its line."""

from rfos_lang.valuation.market import parse_market


def assert_told(right: str, good: str, bad: str, code: str, seen: str) -> None:
    """A text that is right is refused with `code` once `good` in it is `bad`, at a line in which
    something is `seen`."""
    assert good in right
    text = right.replace(good, bad)
    market, problems = parse_market(text, "m.toml")
    assert market is None
    found = next(each for each in problems if each.code == code)
    start = text.rfind("\n", 0, found.span.start) + 1
    assert seen in text[start:].partition("\n")[0]
