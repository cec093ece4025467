"""Values in the language's own spelling, as arguments of a contract."""

from decimal import Decimal

from rfos_lang.base.instant import show_instant


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


def name(code: str) -> str:
    """A market object's code as a name of the language: `USD.SWP` is `USD_SWP`."""
    letters = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in code)
    return letters if letters[:1].isalpha() else f"m_{letters}"
