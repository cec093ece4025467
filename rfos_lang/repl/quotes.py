"""The market of a session: figures that are told one by one, or read from a file."""

import re
import tomllib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from rfos_lang.base import fixed
from rfos_lang.base.instant import parse_instant, show_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.unit import ONE
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import Source
from rfos_lang.repl.answer import Answer, Code, said
from rfos_lang.repl.commands import Order
from rfos_lang.repl.session import INPUT, Session, Surroundings, market_of_quotes
from rfos_lang.repl.toml import toml_text

MONEY = "USD"
"""What a price is in, if nothing in the session says otherwise."""

_TABLES = {
    "spot": "spots",
    "vol": "volatilities",
    "rate": "rates",
    "yield": "yields",
    "index": "indices",
    "level": "feeds",
}
_NUMBER = re.compile(r"-?\d[\d_]*(\.\d+)?")
_SHARE = re.compile(r"-?\d[\d_]*(\.\d+)?(%|bp)")
_NAME = re.compile(r"\w+")


def move(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The session with one figure of its market told. Raises Failure."""
    of, _, text = order.rest.partition("=")
    value = _value(session, order, text, around)
    quotes = _told(session.quotes, order, of.strip(), value)
    market_of_quotes(quotes)
    return session.after(order.text.strip(), quotes=quotes), Answer(
        order.word, (), {"told": _shown(order.text)}
    )


def date(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The session with another date of its market. Raises Failure."""
    try:
        instant = parse_instant(order.rest)
    except Refused as refused:
        start = order.text.find(order.rest)
        place = Span(INPUT, start, start + len(order.rest))
        problem = report(refused.code, place, **refused.names)
        raise Failure([problem], {INPUT: order.text}) from None
    quotes = {**session.quotes, **tomllib.loads(f"as_of = {show_instant(instant)}")}
    market_of_quotes(quotes)
    return session.after(order.text.strip(), quotes=quotes), Answer(
        order.word, (), {"told": _shown(order.text)}
    )


def market(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The market as it is told, or the session with that of a file. Raises Failure."""
    if not order.rest:
        text = toml_text(session.quotes)
        return session, Answer("market", (Code(text.rstrip("\n")),), {"market": text})
    from rfos_lang.driver.pricing import market_of

    text = around.read(order.rest)
    market_of(Source(order.rest, text))
    quotes = tomllib.loads(text)
    after = session.after(order.text.strip(), quotes=quotes)
    found = ", ".join(quotes.get("spots", {})) or "no price"
    words = f"{order.rest}: {show_instant(after.market.as_of)}, {found}"
    return after, Answer("market", (said(words),), {"market": toml_text(quotes)})


def _shown(text: str) -> str:
    return " ".join(text.split())


# --- one figure ----------------------------------------------------------------------------------


def _value(session: Session, order: Order, text: str, around: Surroundings) -> int | float | str:
    """What is told, as a market file has it: a plain number as it was typed, anything else worked
    out."""
    written = text.strip()
    if _NUMBER.fullmatch(written):
        return tomllib.loads(f"value = {written.lstrip('0') if _led(written) else written}")[
            "value"
        ]
    if _SHARE.fullmatch(written):
        plain = written.replace("_", "")
        return plain if plain.endswith("%") else float(Fraction(plain[:-2]) / 10_000)
    from rfos_lang.driver.calculating import calculated
    from rfos_lang.semantics.definition import Plain, Quantity

    start = order.text.index("=") + 1
    blank = " " * start
    source = Source(INPUT, blank + order.text[start:])
    library = around.beside(session.folder)
    found = calculated(source, session.definitions.known, library, session.market)
    match found.type, found.value:
        case Quantity(unit=unit), int(number) if unit == ONE or order.word == "spot":
            return float(fixed.to_decimal(number))
        case Plain.TRUTH, bool(truth) if order.word == "level":
            return truth
    place = Span(INPUT, start, len(order.text))
    raise Failure([report("E1207", place, words=written)], {INPUT: order.text})


def _led(number: str) -> bool:
    """Whether a number is written with zeros before it, as TOML has none."""
    return len(number) > 1 and number[0] == "0" and number[1] != "."


def _told(
    quotes: Mapping[str, Any], order: Order, of: str, value: int | float | str
) -> dict[str, Any]:
    """The document with a figure in its table."""
    names = _NAME.findall(of)
    match order.word, names:
        case "level", _ if of:
            key = of
        case (("rate" | "yield" | "index"), [key]):
            pass
        case (("spot" | "vol"), [asset, *cash]) if len(cash) <= 1:
            key = _pair(quotes, asset, *cash)
        case "correlation", [first, second]:
            pairs = [_pair(quotes, first), _pair(quotes, second)]
            return {**quotes, "correlations": _correlated(quotes, pairs, value)}
        case _:
            raise order.unclear()
    table = _TABLES[order.word]
    return {**quotes, table: {**quotes.get(table, {}), key: value}}


def _pair(quotes: Mapping[str, Any], asset: str, cash: str | None = None) -> str:
    """The name of a price; in the money that the market's prices of the asset are in, or all."""
    pairs = [_NAME.findall(name)[1:] for name in quotes.get("spots", {})]
    own = {money for of, money in pairs if of == asset}
    every = {money for _, money in pairs}
    known = next((each for each in (own, every) if len(each) == 1), {MONEY})
    return f"spot({asset}, {cash or next(iter(known))})"


def _correlated(
    quotes: Mapping[str, Any], pairs: list[str], value: int | float | str
) -> list[Mapping[str, Any]]:
    others = [each for each in quotes.get("correlations", []) if set(each["between"]) != set(pairs)]
    return [*others, {"between": pairs, "value": value}]
