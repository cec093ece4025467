"""The picture of what a contract pays."""

from rfos_lang.cli.payoff import payoff_document
from rfos_lang.driver import payoff as drawn
from rfos_lang.driver.ladder import fraction
from rfos_lang.repl.answer import Answer, Drawing
from rfos_lang.repl.commands import Order
from rfos_lang.repl.references import reference, taken
from rfos_lang.repl.session import Session, Surroundings
from rfos_lang.repl.valuing import options_of


def payoff(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """What a contract pays by the price of one asset, and what it is worth now if a market and a
    formula tell. Raises Failure."""
    first, rest = taken(order.rest)
    options = options_of(order, rest, ("asset", "from", "to"))
    try:
        low, high = (fraction(options[key]) if key in options else None for key in ("from", "to"))
    except ValueError:
        raise order.unclear() from None
    found = reference(first, session, around)
    market = session.market
    made = found.made(market.as_of)
    told = market if market.spots else None
    picture = drawn.payoff(made, told, options.get("asset"), low, high)
    definition = made.definition
    block = Drawing(definition.name, definition.parties[0], picture)
    return session, Answer("payoff", (block,), payoff_document(definition, picture))
