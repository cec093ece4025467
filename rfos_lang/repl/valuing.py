"""What a contract is worth: its value, its Greeks, a ladder, two contracts side by side."""

from collections.abc import Mapping
from dataclasses import replace

from rfos_lang.cli.figures import amount, significant
from rfos_lang.cli.ladder import PLACES, asset_of, ladder_head, ladder_point, ladder_table, moves
from rfos_lang.cli.tables import Table
from rfos_lang.cli.value import GREEKS_NOTE, greek_table, value_document, value_said
from rfos_lang.driver.ladder import grid, outcomes
from rfos_lang.driver.positions import Position
from rfos_lang.driver.pricing import How, Priced, priced
from rfos_lang.driver.trade import Trade
from rfos_lang.repl.answer import Answer, Block, said
from rfos_lang.repl.commands import Order
from rfos_lang.repl.references import Reference, reference, taken
from rfos_lang.repl.session import Session, Surroundings
from rfos_lang.valuation.market import Market

LADDER_PATHS = 20_000
_WHOLE = ("paths", "seed")


def price(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The value of a contract. Raises Failure."""
    return session, _valued(session, order, around, greeks=False)


def greeks(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The value of a contract and its Greeks. Raises Failure."""
    return session, _valued(session, order, around, greeks=True)


def _valued(session: Session, order: Order, around: Surroundings, greeks: bool) -> Answer:
    first, rest = taken(order.rest)
    how = _how(order, rest, How())
    found = reference(first, session, around)
    market = session.market
    value = priced(found.checked, found.arguments, market, how=how, greeks=greeks)
    document = value_document(value, market, greeks)
    return Answer(order.word, valued_blocks(value, greeks), document)


def valued_blocks(found: Priced, greeks: bool) -> tuple[Block, ...]:
    """A value as a table of two columns, then its Greeks and what is to be noted."""
    definition, notes = found.instance.definition, found.valuation.notes
    head = (definition.name, f"value to {definition.parties[0]}")
    blocks: list[Block] = [Table(head, tuple(value_said(found)))]
    if greeks:
        blocks += [greek_table(found.valuation.greeks), said(GREEKS_NOTE)]
    return (*blocks, *(said(note) for note in notes))


def _how(order: Order, rest: str, how: How) -> How:
    """How to value, from `method=lsm paths=20_000`."""
    options = options_of(order, rest, ("method", "paths", "seed", "sampling"))
    try:
        numbers = {name: int(options[name]) for name in _WHOLE if name in options}
    except ValueError:
        raise order.unclear() from None
    if numbers.get("paths", 2) < 2 or not 0 <= numbers.get("seed", 0) < 2**63:
        raise order.unclear()
    return replace(how, **{**options, **numbers})  # type: ignore[arg-type]


def options_of(order: Order, rest: str, known: tuple[str, ...]) -> Mapping[str, str]:
    """`NAME=VALUE` words behind a contract. Raises Failure for others."""
    found = {}
    for word in rest.split():
        name, equals, value = word.partition("=")
        if name not in known or not equals or not value:
            raise order.unclear()
        found[name] = value
    return found


# --- ladder --------------------------------------------------------------------------------------


def ladder(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """A contract over a grid of spots and volatilities. Raises Failure."""
    first, rest = taken(order.rest)
    grids = rest.split()
    if len(grids) > 2:
        raise order.unclear()
    rows, across = (moves(each) for each in (*grids, *_USUAL[len(grids) :]))
    found, market, how = reference(first, session, around), session.market, How(paths=LADDER_PATHS)
    trade = _trade(found, market)
    asset = asset_of([trade], market, how)
    points = list(outcomes([trade], market, list(grid(rows, across)), how, asset))
    before = points[0].value - points[0].gain
    blocks = (said(ladder_head(asset, before)), ladder_table(rows, across, points))
    listed = [ladder_point(each) for each in points]
    return session, Answer("ladder", blocks, {"asset": asset, "before": before, "points": listed})


_USUAL = ("-20%..20%:9", "-20%..20%:5")


def _trade(found: Reference, market: Market) -> Trade:
    position = Position(found.text, 1.0, found.arguments, None)
    return Trade(position, found.checked, found.made(market.as_of))


# --- two contracts -------------------------------------------------------------------------------


def compare(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """Two contracts side by side: values, Greeks, and by how much they differ. Raises Failure."""
    one, rest = taken(order.rest)
    other, rest = taken(rest)
    if not other or rest:
        raise order.unclear()
    market = session.market
    pair = [
        priced(found.checked, found.arguments, market)
        for found in (reference(text, session, around) for text in (one, other))
    ]
    figures = [_figures(each) for each in pair]
    rows = [_row(key, [each.get(key) for each in figures]) for key in {**figures[0], **figures[1]}]
    names = [text.partition("(")[0] for text in (one, other)]
    shown = names if names[0] != names[1] else [one, other]
    heading = ("", "by", *shown, "difference", "unit")
    document = {"contracts": [value_document(each, market, True) for each in pair]}
    return session, Answer(
        "compare", (Table(heading, tuple(rows), frozenset({2, 3, 4})),), document
    )


_Key = tuple[str, str, str]


def _figures(found: Priced) -> dict[_Key, float]:
    """The value and each Greek, by name, what it is by, and unit."""
    value = found.valuation
    greeks = {(each.measure, each.subject, each.unit): each.value for each in value.greeks}
    return {("value", "", value.asset): value.value, **greeks}


def _row(key: _Key, pair: list[float | None]) -> tuple[str, ...]:
    measure, subject, unit = key
    show = (lambda number: amount(number, PLACES)) if measure == "value" else significant
    left, right = pair
    cells = ["" if each is None else show(each) for each in pair]
    difference = show((right or 0.0) - (left or 0.0))
    return measure, subject, *cells, difference, unit
