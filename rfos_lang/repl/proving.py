"""What always holds of a contract, and its closed form."""

from rfos_lang.cli.formula import formula_document, formula_page
from rfos_lang.cli.options import bound_option
from rfos_lang.cli.verify import verified_document, verified_lines
from rfos_lang.driver.verifying import verify as verified
from rfos_lang.repl.answer import Answer, said
from rfos_lang.repl.commands import Order
from rfos_lang.repl.references import reference, taken
from rfos_lang.repl.session import Session, Surroundings


def verify(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """What a contract comes to at worst; typical arguments for those that are not given. Raises
    Failure."""
    first, rest = taken(order.rest)
    stated = dict([bound_option(rest)] if rest else [])
    found = reference(first, session, around)
    result = verified(found.checked, found.arguments, session.market.as_of, stated)
    lines = verified_lines(result, in_full=True)
    return session, Answer("verify", (said(*lines),), dict(verified_document(result)))


def formula(session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
    """The formulas of a contract's value and Greeks. Raises Failure."""
    first, rest = taken(order.rest)
    if rest:
        raise order.unclear()
    found = reference(first, session, around)
    made = formula_page(found.checked, found.arguments)
    definition = found.checked.definition
    head = f"{definition.name}  value to {definition.parties[0]}"
    lines = (head, "", *made.text().splitlines())
    return session, Answer("formula", (said(*lines),), formula_document(definition, made))
