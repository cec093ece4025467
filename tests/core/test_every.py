"""`every(8h)`: dates by a rule, up to the last date of the contract or without end."""

import pytest

from rfos_lang.artefact.emission import compile
from rfos_lang.artefact.format import check_terms, decode
from rfos_lang.artefact.layout import encode_terms
from rfos_lang.base.fixed import ONE
from rfos_lang.base.instant import parse_instant
from rfos_lang.core import meaning
from rfos_lang.core.horizon import horizon
from rfos_lang.core.meaning import Event
from tests.artefact.host import Host
from tests.core.lives import complaints, instance, life, only

FUNDING = """
perpetual contract Funding(share, cash: Asset, size: share) between long, short {
    let S = spot(share, cash)
    let seen = count(S > 0 cash/share on every(1min))
    at each t in every(8h) { long pays short size * S * 0.01% }
    when S < 0.5 cash/share { short pays long 1 cash * seen; end }
}
"""

BOUNDED = """
contract Funded(share, cash: Asset, size: share, expiry: Date) between long, short {
    let S = spot(share, cash)
    at each t in every(8h) { long pays short size * S * 0.01% }
    at each p in periods(every(1d)) { short pays long 1 cash * p.index }
    at expiry { short pays long 2 cash }
}
"""

SHARE = {"share": "BTC", "cash": "USD", "size": "1"}


def test_a_rule_ends_with_the_contract() -> None:
    made = instance(only(BOUNDED), **SHARE, expiry="2026-01-03T10:00Z")
    eights = next(each for each in made.terms.schedules if isinstance(each, range))
    assert len(eights) == 8
    assert eights[0] == parse_instant("2026-01-01")
    assert eights[-1] == parse_instant("2026-01-03T08:00Z")
    assert horizon(made.lowered.program, made.terms) == parse_instant("2026-01-03T10:00Z")


def test_payments_fall_due_at_fixed_times_of_day() -> None:
    funded = life(only(BOUNDED), "2026-01-01T06:00Z", **SHARE, expiry="2026-01-02T10:00Z")
    assert funded.at("2026-01-01T08:00Z", BTC="50000") == ["long pays short 5 USD"]
    assert funded.at("2026-01-01T12:00Z", BTC="60000") == []
    assert funded.at("2026-01-01T16:00Z", BTC="70000") == ["long pays short 7 USD"]
    assert funded.at("2026-01-02", BTC="80000") == ["long pays short 8 USD"]
    assert funded.at("2026-01-02T08:00Z") == ["long pays short 8 USD"]
    assert funded.at("2026-01-02T10:00Z") == ["short pays long 2 USD"]
    assert funded.ended


def test_a_perpetual_contract_goes_on_without_a_list() -> None:
    made = instance(only(FUNDING), **SHARE)
    program, terms = made.lowered.program, made.terms
    artefact = compile(program, None, "source")
    encoded = encode_terms(program, terms)
    assert len(encoded) < 512
    check_terms(decode(artefact), encoded)
    host, standing = Host(program, artefact), meaning.start(program, terms).standing
    assert host.start(terms) == meaning.start(program, terms)
    assert meaning.start(program, terms).next_due == parse_instant("2026-01-01")
    for minutes in (0, 1, 2, 7, 480, 481, 963):
        now = parse_instant("2026-01-01") + minutes * 60 * 10**9
        event = Event(now, (50_000 * ONE,), frozenset({0}))
        outcome = meaning.fire(program, terms, standing, event)
        assert host.fire(terms, standing, event) == outcome
        paid = [posting.units for posting in outcome.postings]
        assert paid == ([500] if minutes in (0, 480, 963) else [])
        assert outcome.next_due is not None and outcome.next_due == now + 60 * 10**9
        standing = outcome.standing
    crash = Event(now + 1, (0,), frozenset({0}))
    outcome = meaning.fire(program, terms, standing, crash)
    assert host.fire(terms, standing, crash) == outcome
    assert [posting.units for posting in outcome.postings] == [964 * 100]
    assert outcome.standing.ended


@pytest.mark.parametrize(
    ("clause", "code"),
    [
        ("at each t in every(8h) { a pays b 1 cash }", "E0541"),
        ("at each t in every(7h) { a pays b 1 cash }; at due { end }", "E0579"),
        ("at each t in every(1M) { a pays b 1 cash }; at due { end }", "E0579"),
        ("at each t in every(1s) { a pays b 1 cash * t.index }; at due { end }", "E0589"),
        ("at last(every(8h)) { a pays b 1 cash }; at start { }", None),
    ],
)
def test_a_rule_that_makes_no_dates_is_refused(clause: str, code: str | None) -> None:
    text = f"contract Rule(cash: Asset, due: Date) between a, b {{ {clause} }}"
    arguments = {"cash": "USD", "due": "2026-02-01"}
    if code is None:
        assert instance(only(text), **arguments)
    else:
        assert [each.code for each in complaints(only(text), **arguments)] == [code]
