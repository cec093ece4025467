"""Files of quotes for the tests, and what is found of them."""

from pathlib import Path

from rfos_lang.valuation.calibration.from_quotes import Fitted, FittedCurve, fitted

EXAMPLE = (Path(__file__).resolve().parents[2] / "examples/quotes/euro.toml").read_text()


def found(text: str = EXAMPLE) -> Fitted:
    """What meets the quotes of a text."""
    made, problems = fitted(text, "quotes.toml")
    assert made is not None, [each.message for each in problems]
    return made


def curve_of(made: Fitted, name: str) -> FittedCurve:
    """A curve by its name."""
    return next(each for each in made.curves if each.name == name)


def refusal(text: str) -> tuple[str, str, str]:
    """The code, the message and the line of what is wrong with a text."""
    made, problems = fitted(text, "quotes.toml")
    assert made is None
    first = problems[0]
    return first.code, first.message, text[first.span.start : first.span.end]
