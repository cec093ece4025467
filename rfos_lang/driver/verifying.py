"""From a target to what is verified of it: arguments, the bounds of feeds, who is covered."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from rfos_lang.analysis.interval import ANY_TRUTH, Interval
from rfos_lang.analysis.obligation import Obligation
from rfos_lang.analysis.verification import Verification, verified
from rfos_lang.artefact.layout import encode_standing
from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import ONE
from rfos_lang.base.records import dataclass
from rfos_lang.base.wording.verification import said
from rfos_lang.core.bounds import most_pending, most_transfers
from rfos_lang.core.meaning import start as started
from rfos_lang.core.program import FeedSlot, Program, Sort, Terms
from rfos_lang.driver.instance import Instance
from rfos_lang.driver.marking import Marking, marking
from rfos_lang.driver.opening import Checked
from rfos_lang.driver.typical import typical

BOUNDS = {
    "spot": Interval(ONE // 100, 1_000_000 * ONE),
    "volatility": Interval(0, 10 * ONE),
    "rate": Interval(-ONE, ONE),
    "yield": Interval(-ONE, ONE),
    "index": Interval(-ONE, ONE),
}
"""What a feed is taken to lie in where nobody says otherwise."""

_OTHERWISE = Interval(-1_000_000 * ONE, 1_000_000 * ONE)


@dataclass(frozen=True, slots=True)
class Work:
    """What an instance may cost whoever executes it: payments that one instant makes, dated ones
    of a lot that wait at once (None without a bound), the bytes of its standing."""

    transfers: int
    pending: int | None
    standing: int


@dataclass(frozen=True, slots=True)
class Verified:
    """One contract with the instance that was looked at. `assumed`: the arguments nobody gave;
    `covers`: sentences on what stands behind each obligation."""

    checked: Checked
    instance: Instance
    arguments: Mapping[str, str]
    assumed: tuple[str, ...]
    verification: Verification
    covers: tuple[str, ...]
    work: Work


def verify(
    checked: Checked, given: Mapping[str, str], start: int, stated: Mapping[str, Interval]
) -> Verified:
    """Verifies one instance of a contract; `stated`: bounds of feeds by name. Raises Failure."""
    made, arguments = typical(checked, given, start)
    bounds = bounds_of(made.program, made.terms, stated)
    verification = verified(made.program, made.terms, bounds)
    assumed = tuple(name for name in arguments if name not in given)
    covers = tuple(_covers(made, verification, marking(made.lowered)))
    work = _work(made.program, made.terms)
    return Verified(checked, made, arguments, assumed, verification, covers, work)


def _work(program: Program, terms: Terms) -> Work:
    standing = encode_standing(program, started(program, terms).standing)
    return Work(most_transfers(program), most_pending(program, terms), len(standing))


def bounds_of(
    program: Program, terms: Terms, stated: Mapping[str, Interval]
) -> Mapping[int, Interval]:
    """The bounds of every feed slot; a truth is 0 or 1."""
    slots = zip(program.feeds, terms.feeds, strict=True)
    return {
        number: ANY_TRUTH if slot.sort is Sort.TRUTH else stated.get(name) or _usual(slot)
        for number, (slot, name) in enumerate(slots)
        if slot.aspect is not Aspect.NOW
    }


def _usual(slot: FeedSlot) -> Interval:
    """What a declaration states, else what is usual."""
    usual, rules = BOUNDS.get(slot.kind, _OTHERWISE), slot.rules
    low = usual.lowest if rules.lowest is None else rules.lowest
    high = usual.highest if rules.highest is None else rules.highest
    return Interval(low, high)


# --- who is covered ------------------------------------------------------------------------------


def _covers(made: Instance, verification: Verification, mark: Marking) -> Iterator[str]:
    for owed in verification.obligations:
        party, asset = made.program.parties[owed.party], made.terms.assets[owed.asset]
        if owed.most == 0:
            continue
        most = "an amount without bound" if owed.most is None else money(made.terms, owed)
        yield said(
            _cover(made, owed, mark),
            party=party,
            asset=asset,
            most=most,
            locked=most if owed.locked is None else money(made.terms, owed, owed.locked),
            shortfall=_shortfall(made.program, owed.party),
        )


def _cover(made: Instance, owed: Obligation, mark: Marking) -> str:
    """The sentence on what stands behind an obligation."""
    rule = next((each for each in made.program.collateral if each.party == owed.party), None)
    if rule is not None:
        return "locks_stress" if mark.risk is None else "margined"
    if owed.party > 1 or made.definition.unsecured:
        return "unsecured"
    if owed.locked is None:
        return "cannot_open" if owed.most is None else "cannot_lock"
    return "locks" if owed.locked == owed.most else "locks_more"


def _shortfall(program: Program, party: int) -> str:
    rule = next((each for each in program.liquidation if each.party == party), None)
    return "the other side" if rule is None else " then ".join(rule.shortfall)


def money(terms: Terms, owed: Obligation, units: int | None = None) -> str:
    """An amount of an obligation's asset; what it comes to at most if no other is given."""
    counted = owed.most if units is None else units
    assert counted is not None, "there is a bound"
    amount = Decimal(counted).scaleb(-terms.places[owed.asset])
    text = f"{amount:,f}"
    digits = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{digits} {terms.assets[owed.asset]}"
