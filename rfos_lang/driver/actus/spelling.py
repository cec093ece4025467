"""Values in the language's own spelling, as arguments of a contract."""

from decimal import Decimal

from rfos_lang.base.instant import show_instant
from rfos_lang.driver.actus.terms import Unmapped


def number(value: Decimal | int) -> str:
    """A number without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def date(instant: int) -> str:
    """A date, or an instant if it is no midnight."""
    return show_instant(instant)


def dates(*instants: int | None) -> str:
    """A list of the dates that are there."""
    return f"[{', '.join(date(instant) for instant in instants if instant is not None)}]"


def truth(value: bool) -> str:
    """`true` or `false`."""
    return "true" if value else "false"


def text(value: str) -> str:
    """A text, which has no escapes."""
    if any(sign in value for sign in '"\n'):
        raise Unmapped(f"{value} cannot be written as a text")
    return f'"{value}"'
