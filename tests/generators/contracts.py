"""Well-typed contracts as texts, by construction: every statement, every operator, units that fit.

What is generated has to pass the checker, so a contract that it refuses is a mistake of one of the
two. Contracts are read at instants on a coarse grid, so that clauses often meet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import assume
from hypothesis import strategies as st

from rfos_lang.base.diagnostic import Severity
from rfos_lang.base.instant import parse_instant
from rfos_lang.base.rendering import render_all
from rfos_lang.core.binding import instantiate
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import Definition
from tests.generators.handmade import Instance
from tests.semantics.rejected import library

CASH, SHARE, PRICE, NUMBER, TRUTH = "cash", "share", "cash/share", "Number", "Bool"
NUMBERS = (CASH, SHARE, PRICE, NUMBER)
PARTIES = ("first", "second")

PARAMETERS = """
    share, cash: Asset,
    basket: [Asset],
    weights: [Number],
    strike, barrier: cash/share,
    notional: cash,
    size: share,
    rate, factor: Number,
    flag: Bool,
    expiry, middle: Date,
    dates, leg: Schedule,
    index: Index,
    basis: DayCount,
    where: Calendar,
    name: Entity,
"""

FEEDS = """
unit mps
feed wind(station: Text): mps { bounds: [0 mps, 150 mps] }
feed credit_event(name: Entity): Bool
feed benchmark(ccy, cash: Asset): cash/ccy { patience: 1d; fallback: spot(ccy, cash) }
"""

ARGUMENTS = {
    "share": "BTC",
    "cash": "USD",
    "basket": "[ETH, SOL]",
    "weights": "[25%, 75%]",
    "strike": "100",
    "barrier": "80",
    "notional": "1_000",
    "size": "2",
    "rate": "5%",
    "factor": "3",
    "flag": "true",
    "expiry": "2026-02-02",
    "middle": "2026-01-16",
    "dates": "[2026-01-05, 2026-01-16, 2026-01-26, 2026-02-02]",
    "leg": "schedule(first: 2026-01-05, last: 2026-02-02, step: 2w, calendar: TARGET)",
    "index": "SOFR",
    "basis": "act/360",
    "where": "TARGET",
    "name": '"ACME Corp"',
}
"""One instance of each: what differs between two contracts is their text."""

Part = Callable[[str], str]
"""Draws an operand of a type."""

BEGIN = "2026-01-01"
UNIT_OF = {CASH: "cash", SHARE: "share", PRICE: "cash/share", NUMBER: ""}
NAMED = {
    CASH: ("notional",),
    SHARE: ("size",),
    PRICE: ("strike", "barrier"),
    NUMBER: (
        "rate",
        "factor",
        "weights[0]",
        "size(dates)",
        "year_fraction(start, expiry, basis)",
        "size(schedule(first: start, last: expiry, step: 1w, stub: short_last))",
        "size(merged(dates, leg))",
        "year_fraction(first(dates), last(leg), 30/360)",
        "sum((q.index + 1) / (1 + rate) for q in periods(leg))",
        "size(business_days(start, expiry, where))",
        "annuity(rate, dates, middle, basis)",
    ),
    TRUTH: ("flag",),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: what it may name, and how deep it may still go.

    `variable` is `t` at a date, `p` in a period, `last` at the last of the dates; `observes` is
    false where only what is known at binding may stand, `chosen` true in what a choice does.
    """

    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    variable: str = ""
    observes: bool = True
    chosen: bool = False
    depth: int = 2
    parties: tuple[str, ...] = PARTIES

    def deeper(self) -> "Place":
        """One step further in."""
        return replace(self, depth=self.depth - 1)

    def with_name(self, name: str, type: str) -> "Place":
        """With one more name."""
        return replace(self, names={**self.names, type: (*self.names.get(type, ()), name)})


# --- expressions ---------------------------------------------------------------------------------


def literals(type: str) -> st.SearchStrategy[str]:
    """Small numbers in a unit, truths."""
    if type == TRUTH:
        return st.sampled_from(("true", "false"))
    digits = st.integers(1, 400).map(lambda tenths: f"{tenths // 10}.{tenths % 10}")
    if type == NUMBER:
        return st.one_of(digits, digits.map(lambda each: f"{each}%"), st.just("25bp"))
    return digits.map(lambda each: f"{each} {UNIT_OF[type]}")


def observed(place: Place, type: str) -> tuple[str, ...]:
    """What looks at a feed, in a unit."""
    if not place.observes:
        return ()
    S = "spot(share, cash)"
    prices = (S, f"({S} at start)", f"mean({S} on dates)", f"highest({S})", f"lowest({S} on dates)")
    prices += ("benchmark(share, cash)", "(fixing(benchmark, share, cash) at start)")
    over_dates = f"(({S} at u) / ({S} at start)" + " for u in dates)"
    numbers = (
        "index",
        "(index at start)",
        '(highest(wind("KMIA")) / (1 mps))',
        "(mean(benchmark(share, cash) on dates) / strike)",
        "year_fraction(start, now, basis)",
        f"log({S} / strike)",
        "exp(index)",
        "year_fraction(accrued(dates, middle), basis)",
        f"(mean({S} on every(1d)) / strike)",
        "annuity(abs(index), dates, middle, basis)",
        "sqrt(abs(index))",
        f"(({S} / strike) ^ rate)",
        f"(round({S} * 1 share) / (1 cash))",
        f"count({S} > strike on dates)",
        f"sum({S} / strike on dates)",
        "sum(w * (spot(a, cash) / (spot(a, cash) at start)) for a in basket, w in weights)",
        *(
            f"{function}(spot(a, cash) / (spot(a, cash) at start) for a in basket)"
            for function in ("min", "max", "mean", "product")
        ),
        "count(spot(a, cash) > 50 cash/a for a in basket)",
    )
    events = ("credit_event(name)", "resolved(credit_event(name))", "ever(credit_event(name))")
    truths = (*events, f"{S} >= barrier", f"ever({S} <= barrier)", f"ever({S} > strike on dates)")
    along = {
        "p": (f"({S} at p.start)",),
        "t": (f"({S} at t)", "(fixing(benchmark, share, cash) at t)"),
    }.get(place.variable, ())
    if place.variable not in ("t", "p", "last"):
        # An annuity at an observed rate is of a clause at a date, which `when` is not.
        numbers = tuple(number for number in numbers if not number.startswith("annuity"))
    functions = ("product", "sum", "mean", "min", "max")
    late = (
        *(f"{function}{over_dates}" for function in functions),
        f"count({S} at u > strike for u in tail(dates))",
        f"sum(({S} at q.end) / ({S} at q.start) for q in periods(dates))",
    )
    late = late if place.variable == "last" else ()
    return {
        PRICE: (*prices, *along),
        NUMBER: (*numbers, *late),
        TRUTH: truths,
    }.get(type, ())


def known(place: Place, type: str) -> tuple[str, ...]:
    """What binding knows at the clause's date."""
    return {
        ("p", NUMBER): ("p.index", "year_fraction(p, basis)", "size(business_days(p, where))"),
        ("p", TRUTH): ("p.is_last",),
        ("t", NUMBER): ("year_fraction(start, t, act/365)", "t.index"),
        ("t", TRUTH): ("t.is_last", "t == expiry"),
    }.get((place.variable, type), ())


def leaves(place: Place, type: str) -> st.SearchStrategy[str]:
    """What is no operator."""
    named = (*NAMED.get(type, ()), *place.names.get(type, ()), *known(place, type))
    seen = observed(place, type)
    choices = [literals(type)]
    choices += [st.sampled_from(named)] if named else []
    choices += [st.sampled_from(seen)] if seen else []
    return st.one_of(choices)


@st.composite
def expressions(draw: st.DrawFn, place: Place, type: str) -> str:
    """An expression of a type, in parentheses where it needs some."""
    if place.depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(leaves(place, type))
    inner = place.deeper()

    def part(of: str) -> str:
        return draw(expressions(inner, of))

    if draw(st.integers(0, 5)) == 0:
        return f"(if {part(TRUTH)} then {part(type)} else {part(type)})"
    return f"({_joined(draw, type, part)})"


def _joined(draw: st.DrawFn, type: str, part: Part) -> str:
    """An operator with its operands."""
    if type == TRUTH:
        return _truth(draw, part)
    same = ("add", "subtract", "negate", "absolute", "extreme", "clamp", "scale", "divide")
    more = {CASH: ("worth",), NUMBER: ("ratio", "power"), PRICE: ("price",)}.get(type, ())
    match draw(st.sampled_from((*same, *more))):
        case "add":
            return f"{part(type)} + {part(type)}"
        case "subtract":
            return f"{part(type)} - {part(type)}"
        case "negate":
            return f"-{part(type)}"
        case "absolute":
            return f"abs({part(type)})"
        case "extreme":
            name = draw(st.sampled_from(("min", "max")))
            return f"{name}({part(type)}, {part(type)}, 0)"
        case "clamp":
            return f"clamp({part(type)}, {part(type)}, {part(type)})"
        case "scale":
            return f"{part(NUMBER)} * {part(type)}"
        case "divide":
            return f"{part(type)} / {part(NUMBER)}"
        case "worth":
            return f"{part(SHARE)} * {part(PRICE)}"
        case "price":
            return f"{part(CASH)} / {part(SHARE)}"
        case "ratio":
            unit = draw(st.sampled_from((CASH, SHARE, PRICE)))
            return f"{part(unit)} / {part(unit)}"
        case other:
            assert other == "power"
            return f"{part(NUMBER)} ^ {draw(st.sampled_from(('2', '3', '-1')))}"


def _truth(draw: st.DrawFn, part: Part) -> str:
    match draw(st.sampled_from(("compare", "compare", "not", "and", "or"))):
        case "compare":
            unit = draw(st.sampled_from(NUMBERS))
            sign = draw(st.sampled_from(("<", "<=", ">", ">=", "==", "!=")))
            return f"{part(unit)} {sign} {part(unit)}"
        case "not":
            return f"not {part(TRUTH)}"
        case junction:
            return f"{part(TRUTH)} {junction} {part(TRUTH)}"


# --- statements ----------------------------------------------------------------------------------


@st.composite
def blocks(draw: st.DrawFn, place: Place, depth: int = 2) -> str:
    """A block in braces; only a choice may be refused by a `require`."""
    lines: list[str] = []
    kinds = ("pay", "pay", "let", "assign", "if", *(("require",) if place.chosen else ()))
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(kinds))
        if kind == "let":
            type = draw(st.sampled_from((*NUMBERS, TRUTH)))
            name = f"local{depth}{len(lines)}"
            annotated = f": {type}" if draw(st.booleans()) else ""
            lines.append(f"let {name}{annotated} = {draw(expressions(place, type))}")
            place = place.with_name(name, type)
        elif kind == "if" and depth:
            lines.append(draw(_cases(place, depth - 1)))
        else:
            lines.append(draw(_statement(place, kind)))
    lines += draw(st.sampled_from(((), (), ("end",))))
    return "{ " + "; ".join(lines) + " }"


_SOON = " on now + 2bd(TARGET)"


@st.composite
def _statement(draw: st.DrawFn, place: Place, kind: str) -> str:
    if kind == "assign":
        type = draw(st.sampled_from((*NUMBERS, TRUTH)))
        signs = ("=",) if type == TRUTH else ("=", "+=", "-=")
        state = f"state_{type.replace('/', '_').lower()}"
        return f"{state} {draw(st.sampled_from(signs))} {draw(expressions(place, type))}"
    if kind == "require":
        return f'require flag or {draw(expressions(place, TRUTH))}, "it must hold"'
    payer, payee = draw(st.permutations(place.parties))[:2]
    amount = draw(expressions(place, draw(st.sampled_from((CASH, SHARE)))))
    sign = draw(st.sampled_from(("net ", "net ", "")))
    amount = amount if sign else f"abs({amount})"
    dated = {"p": " on p.pay", "t": " on t + 2bd(TARGET)", "d": " on d.pay"}
    later = dated.get(place.variable, draw(st.sampled_from((" on expiry + 3d", _SOON))))
    on = "" if "escrow" in (payer, payee) else draw(st.sampled_from(("", later)))
    label = draw(st.sampled_from(("", ' as "coupon"')))
    return f"{payer} pays {payee} {sign}{amount}{on}{label}"


@st.composite
def _cases(draw: st.DrawFn, place: Place, depth: int) -> str:
    inner = blocks(place, depth)
    otherwise = draw(st.sampled_from(("", f" else {draw(inner)}", f" else if flag {draw(inner)}")))
    return f"if {draw(expressions(place, TRUTH))} {draw(inner)}{otherwise}"


# --- clauses -------------------------------------------------------------------------------------

_STATES = {f"state_{type.replace('/', '_').lower()}": type for type in (*NUMBERS, TRUTH)}


@st.composite
def clauses(draw: st.DrawFn, place: Place, number: int) -> str:
    """A clause of any kind."""
    kinds = ("at", "each", "rule", "period", "when", "when on", "stream", "choice", "choice")
    escrow = ("facility", "facility") if "escrow" in place.parties else ()
    kind = draw(st.sampled_from((*kinds, *escrow)))
    match kind:
        case "at":
            when, variable = draw(st.sampled_from((("expiry", ""), ("last(dates)", "last"))))
            return f"at {when} {draw(blocks(replace(place, variable=variable)))}"
        case "each":
            return f"at each t in dates {draw(blocks(replace(place, variable='t')))}"
        case "rule":
            rule = draw(st.sampled_from(RULES))
            return f"at each u in {rule} {draw(blocks(place))}"
        case "period":
            return f"at each p in periods(leg) {draw(blocks(replace(place, variable='p')))}"
        case "when" | "when on":
            condition = f"spot(share, cash) < barrier or {draw(expressions(place, TRUTH))}"
            on = " on dates" if kind == "when on" else ""
            return f"when {condition}{on} {draw(blocks(place))}"
        case "stream":
            told = replace(place.with_name("d.amount", PRICE), variable="d")
            return f"when each d in dividends(share, cash) {draw(blocks(told))}"
        case "facility":
            return draw(_facility(place, number))
        case _:
            return draw(_choice(place, number))


@st.composite
def _facility(draw: st.DrawFn, place: Place, number: int) -> str:
    """A choice of how much, open all the time or until a deadline."""
    timing = draw(st.sampled_from(("", " until expiry", " from middle until expiry")))
    type, state = draw(st.sampled_from(((CASH, "state_cash"), (SHARE, "state_share"))))
    party = draw(st.sampled_from(PARTIES))
    inner = replace(place.with_name(f"wanted{number}", type), chosen=True)
    body = draw(blocks(inner)).removeprefix("{ ")
    otherwise = f" otherwise {draw(blocks(place))}" if timing else ""
    taken = f"{state} += wanted{number}; escrow pays {party} wanted{number}"
    head = f"{party} may draw{number}(wanted{number}: {type}){timing}"
    return f"{head} {{ {taken}; {body}{otherwise}"


@st.composite
def _choice(draw: st.DrawFn, place: Place, number: int) -> str:
    party = draw(st.sampled_from(PARTIES))
    timings = ("until expiry", "from middle until expiry", "at middle", "at each t in dates")
    timing = draw(st.sampled_from(timings))
    inner = replace(place, variable="t") if timing.endswith("dates") else place
    default = f" default {draw(expressions(inner, TRUTH))}"
    otherwise = f" otherwise {draw(blocks(inner))}"
    ends = draw(st.sampled_from((default, otherwise, default + otherwise)))
    head, _, tail = ends.partition(" otherwise ")
    body = draw(blocks(replace(inner, chosen=True)))
    rest = f" otherwise {tail}" if tail else ""
    return f"{party} may choose{number} {timing}{head} {body}{rest}"


RULES = ("every(8h)", "every(12h)", "every(1d)")

LAST = Place(variable="last")
RARITIES = (*NAMED[NUMBER], *observed(LAST, NUMBER))
"""All that gives a number and is no operator."""


def rare(numbers: Sequence[str]) -> str:
    """A clause that pays the sum of numbers."""
    return f"at last(dates) {{ first pays second net ({' + '.join(numbers)}) * 1 cash }}"


rarities = st.permutations(RARITIES).map(lambda every: rare(every[:4]))
"""A clause with a few of them, so that none is met but seldom."""


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Who posts collateral, and how much."""
    place = Place(depth=1)
    price = "spot(share, cash)"
    measures = (
        f"abs(delta({price})) * {price}",
        f"abs(vega({price}))",
        f"abs(gamma({price})) * {price} ^ 2",
        "abs(rho)",
        "abs(exposure)",
    )
    amount = draw(st.one_of(st.sampled_from(measures), expressions(place, CASH)))
    party = draw(st.sampled_from(("first", "second", "first, second")))
    return f"""collateral of {party} in cash {{
        maintenance: 1 cash + 10% * ({amount})
        initial: 130% * maintenance
    }}
    liquidation of {party} {{
        when: equity < maintenance
        restore: equity >= initial
        auction: dutch from 101% to 85% over 15min
        penalty: 1.5% to insurance_fund
        shortfall: insurance_fund then deleverage
    }}"""


CUTS = (
    "",
    "cut 08:00 UTC",
    "cut 10:00 America/New_York",
    "cut 16:00 Europe/London",
    "cut 15:00 Asia/Tokyo",
)
"""At each of them it is the same date in UTC, as fixings ask."""


@st.composite
def contracts(draw: st.DrawFn) -> str:
    """A contract between `first` and `second`, with the parameters of `ARGUMENTS`."""
    escrow = draw(st.sampled_from(((), (), ("escrow",))))
    place = Place(parties=(*PARTIES, *escrow))
    lines = draw(st.sampled_from(CUTS)).splitlines()
    fixed = Place(observes=False)
    for name, type in _STATES.items():
        lines.append(f"state {name}: {type} = {draw(expressions(fixed, type))}")
        place = place.with_name(name, type)
    for number, type in enumerate(draw(st.lists(st.sampled_from(NUMBERS), max_size=2))):
        lines.append(f"let given{number} = {draw(expressions(Place(), type))}")
        lines.append(f"let of{number}(x: {type}): {type} = x + given{number}")
        place = place.with_name(f"given{number}", type)
        place = place.with_name(f"of{number}({draw(literals(type))})", type)
    if draw(st.booleans()):
        lines.append(f'require factor > 0 or {draw(expressions(fixed, TRUTH))}, "must fit"')
    for number in range(draw(st.integers(1, 4))):
        lines.append(draw(clauses(place, number)))
    lines.append(draw(rarities))
    lines.append(f"at expiry {draw(blocks(place))}")
    # A contract with an account of its own is not margined.
    lines.append("unsecured" if escrow else draw(st.one_of(st.just("unsecured"), rules())))
    # What the calendar makes of `now` is known day by day, as long as a contract lasts.
    lasts = any("now" in line for line in lines)
    return contract(lines, "" if lasts else draw(st.sampled_from(("", "", "perpetual "))))


def contract(lines: Sequence[str], perpetual: str = "") -> str:
    """The contract of these statements."""
    body = "\n    ".join(lines)
    between = ", ".join(PARTIES)
    head = f"{FEEDS}{perpetual}contract Generated({PARAMETERS}) between {between}"
    return f"{head} {{\n    {body}\n}}\n"


EVERYTHING = contract(
    [
        "unsecured",
        CUTS[2],
        rare(RARITIES),
        "when credit_event(name) { first pays second 1 cash on now + 2bd(TARGET) }",
        "when resolved(credit_event(name)) { end }",
        "when each d in dividends(share) { first pays second size * d.amount on d.pay }",
        "at each t in dates { first pays second net size * (fixing(benchmark, share, cash) at t) }",
    ]
)
"""What is seldom drawn, all at once."""


def definition_of(text: str) -> Definition:
    """The checked contract. Rejects the example if a number in it divides by zero."""
    analysis = analyse(text, "generated.rfos", library)
    wrong = [each for each in analysis.diagnostics if each.severity is Severity.ERROR]
    assume(not any(each.code == "E0217" for each in wrong))
    assert not wrong, render_all(wrong, {"generated.rfos": text})
    return analysis.definitions["Generated"]


def instance_of(definition: Definition) -> Instance:
    """Its instance. Rejects the example if the value of a state at the start divides by zero, or a
    payment would be due before it is fixed."""
    made, problems = instantiate(definition, ARGUMENTS, parse_instant(BEGIN))
    assume(not any(each.code in ("E0532", "E0534") for each in problems))
    assert made is not None, problems
    return Instance(made.lowered.program, made.terms)
