"""What names stand for, against the checker's own view of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rfos_lang.base.calendar import Calendar, Roll
from rfos_lang.base.diagnostic import has_errors
from rfos_lang.base.schedule import Accrual, Stub
from rfos_lang.editing.names import Kind, children, find, members_of
from rfos_lang.semantics.calendar import DATE_FIELDS, PERIOD_FIELDS, SCHEDULE_FIELDS
from rfos_lang.semantics.feeds import RULES
from rfos_lang.semantics.functions import ALL_NAMES, signatures
from rfos_lang.semantics.policy import AXES, KEYS, MEASURES
from rfos_lang.semantics.rules import COLLATERAL_KEYS, EXPOSURE_KEY, LIQUIDATION_KEYS, STEPS
from rfos_lang.semantics.scope import RESERVED
from rfos_lang.semantics.types import NAMED_TYPES
from rfos_lang.syntax import tree
from tests.editing.texts import RIGHT, name
from tests.editing.workspaces import marked, workspace

GIVEN = {
    *(*ALL_NAMES, *RESERVED, *NAMED_TYPES, *PERIOD_FIELDS, *DATE_FIELDS, *SCHEDULE_FIELDS),
    *(*COLLATERAL_KEYS, *EXPOSURE_KEY, *LIQUIDATION_KEYS, *RULES, *KEYS, *AXES, *MEASURES, *STEPS),
    *(word for each in ALL_NAMES for known in signatures(each) for word in known.parameters),
    *(str(each.value) for kind in (Calendar, Roll, Stub, Accrual) for each in kind),
    *(
        "dutch",
        "last",
        "no",
        "payments",
        "after",
        "futures",
        "market",
        "std",
        "dividends",
        "amount",
    ),
    *("pay", "vol", "rate", "yield", "correlation", "index", "volatility", "price", "quote"),
}
"""Names that the language gives, words of rules, and what the prelude's own stream tells."""


def names_of(node: tree.Node) -> Iterator[tree.Name]:
    """Every name in a tree but paths of modules, zones, and the names that indices go by."""
    match node:
        case tree.Name():
            yield node
        case tree.Use(names=names):
            yield from names
        case tree.Cut():
            pass
        case _:
            for child in children(node):
                yield from names_of(child)


@pytest.mark.parametrize("path", RIGHT, ids=name)
def test_in_a_text_that_is_right_every_name_is_found(path: Path) -> None:
    made = workspace(a=path.read_text())
    analysis = made.documents["a.rfos"].analysis
    if has_errors(analysis.diagnostics):
        return  # it is read as a whole, but means nothing, or it uses a file beside it
    found = {use.span for use in made.names("a.rfos").uses}
    lost = {
        each.text
        for each in names_of(analysis.module)
        if each.span not in found and each.text not in GIVEN
    }
    indices = {each for each in lost if each.isupper() or "_" in each}
    assert lost - indices == set()


def test_a_name_stands_for_the_nearest_that_is_declared() -> None:
    text, places = marked("""
let rate = 5%
contract A(n: USD, due: Date) between a, b {
    at due { let twice = 2 * n; a pays b ¦twice * ¦rate }
}
contract B(n: USD, t: Date) between c, d = A(¦n, ¦due: ¦t)
""")
    names = workspace(a=text).names("a.rfos")
    found = [
        (use.declaration.kind, use.declaration.span.start) for at in places for use in names.at(at)
    ]
    starts = [
        text.index(each) for each in ("twice =", "rate =", "n: USD, t", "due: Date", "t: Date")
    ]
    kinds = [Kind.LET, Kind.LET, Kind.PARAMETER, Kind.PARAMETER, Kind.PARAMETER]
    assert found == list(zip(kinds, starts, strict=True))


def test_a_short_argument_is_two_names_in_one_word() -> None:
    text, (place,) = marked("""
contract A(n: USD, due: Date) between a, b { at due { a pays b n } }
contract B(n: USD, due: Date) between a, b = A(n, ¦due:)
""")
    uses = workspace(a=text).names("a.rfos").at(place)
    assert [use.short for use in uses] == [True, True]
    assert {use.declaration.span.start for use in uses} == {
        text.index("due: Date) between a, b {"),
        text.index("due: Date) between a, b ="),
    }


def test_a_test_names_what_its_contract_declares() -> None:
    text, places = marked("""
use legs.{Vault}
test "x" {
    contract Vault(USD, ¦limit: 5 USD)
    on 2026-01-02 { owner ¦draw(¦amount: ¦limit) }
    expect ¦owner pays other 1 USD
}
""")
    legs = """
contract Vault(cash: Asset, limit: cash) between owner, other {
    owner may draw(amount: cash) until 2026-01-01 { owner pays other amount }
}
"""
    names = workspace({"legs.rfos": legs}, a=text).names("a.rfos")
    found = [use.declaration for at in places for use in names.at(at)]
    kinds = [Kind.PARAMETER, Kind.CHOICE, Kind.AMOUNT, Kind.PARAMETER, Kind.PARTY]
    assert [each.kind for each in found] == kinds
    assert {each.span.source for each in found} == {"legs.rfos"}


def test_blocks_close_over_what_lies_around_them() -> None:
    text, (place,) = marked(
        "contract A(n: USD, t: Date) between a, b { at t { let m = n; a pays b m¦ } }"
    )
    names = workspace(a=text).names("a.rfos")
    inner = next(names.around(place))
    assert set(inner.names) == {"m"}
    assert [find(inner, each) is not None for each in ("m", "n", "a", "A", "USD", "x")] == [
        *[True] * 5,
        False,
    ]
    contract = names.top["A"]
    assert [each.name for each in members_of(contract)] == ["n", "t", "a", "b"]


def test_a_test_takes_the_choices_of_what_a_contract_is_made_of() -> None:
    text, (declared, taken) = marked("""
contract A(due: Date) between a, b {
    b may ¦ask until due { a pays b 1 USD }
}
contract B(due: Date) between a, b = A(due:)
contract C(due: Date) between a, b = D(due:)
contract D(due: Date) between a, b = C(due:)
test "taken" {
    contract B(due: 2026-02-01) from 2026-01-01
    on 2026-01-02 { b ¦ask }
}
test "in a circle" {
    contract C(due: 2026-02-01) from 2026-01-01
    on 2026-01-02 { b ask }
}
""")
    uses = workspace(a=text).names("a.rfos").uses
    (use,) = (each for each in uses if each.span.start == taken)
    assert use.declaration.span.start == declared
