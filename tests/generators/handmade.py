"""Programs written by hand in the core, with terms: what lowering is expected to make of a few
contracts, and a start for tests that should not depend on the front end."""

from dataclasses import dataclass

from rfos_lang.base.fixed import from_decimal
from rfos_lang.core.program import (
    FALSE,
    Apply,
    Assign,
    Binary,
    Bind,
    Choice,
    Combine,
    Constant,
    End,
    Expression,
    Feed,
    FeedSlot,
    Group,
    Local,
    Program,
    Select,
    Sort,
    State,
    StateSlot,
    Term,
    Terms,
    TermSlot,
    Timed,
    Transfer,
    Unary,
    Watch,
)

DAY = 86_400 * 10**9
START = 20_454 * DAY  # 2026-01-01


@dataclass(frozen=True, slots=True)
class Instance:
    """A program with the terms of one instance."""

    program: Program
    terms: Terms


def number(value: str | int) -> Constant:
    return Constant(from_decimal(value), Sort.NUMBER)


def combine(operator: Binary, left: Expression, right: Expression) -> Combine:
    return Combine(operator, left, right)


def positive_part(expression: Expression) -> Combine:
    return combine(Binary.MAXIMUM, expression, number(0))


S = Feed(0)
ZERO = number(0)


def _program(name: str, terms: tuple[str, ...], **parts: object) -> Program:
    defaults: dict[str, object] = {
        "parties": ("holder", "writer"),
        "assets": ("underlying", "cash"),
        "schedules": ("expiry",),
        "columns": (),
        "feeds": (FeedSlot("spot", (0, 1), "spot(underlying, cash)"),),
        "states": (),
        "tables": (),
        "requires": (),
        "clauses": (),
    }
    slots = tuple(TermSlot(term, Sort.NUMBER) for term in terms)
    return Program(name=name, terms=slots, **{**defaults, **parts})  # type: ignore[arg-type]


def _terms(values: tuple[str | int, ...], *schedules: tuple[int, ...]) -> Terms:
    return Terms(
        start=START,
        assets=("BTC", "USD"),
        places=(8, 2),
        feeds=("spot(BTC, USD)",),
        terms=tuple(from_decimal(value) for value in values),
        schedules=schedules,
        columns=(),
    )


def _at_expiry(amount: Expression) -> Timed:
    return Timed(0, (Transfer(1, 0, 1, amount),))


def european_call(strike: str = "65000", size: str = "1", days: int = 90) -> Instance:
    """writer pays holder size * max(S - strike, 0) at expiry; terms strike, size."""
    payoff = combine(Binary.MULTIPLY, Term(1), positive_part(combine(Binary.SUBTRACT, S, Term(0))))
    program = _program("EuropeanCall", ("strike", "size"), clauses=(_at_expiry(payoff),))
    return Instance(program, _terms((strike, size), (START + days * DAY,)))


def digital_put(strike: str = "65000", payout: str = "100", days: int = 90) -> Instance:
    """writer pays holder the payout if S < strike at expiry: an `if` around a payment."""
    clause = Timed(
        0,
        (
            Bind(0, combine(Binary.LESS, S, Term(0))),
            Transfer(1, 0, 1, Term(1), guard=Local(0)),
        ),
    )
    program = _program("DigitalPut", ("strike", "payout"), clauses=(clause,))
    return Instance(program, _terms((strike, payout), (START + days * DAY,)))


def down_and_out_put(
    strike: str = "65000", barrier: str = "50000", rebate: str = "10", days: int = 90
) -> Instance:
    """when S <= barrier { rebate; end }, else the put at expiry."""
    payoff = combine(Binary.MULTIPLY, Term(3), positive_part(combine(Binary.SUBTRACT, Term(0), S)))
    knock_out = Watch(
        (0,),
        combine(Binary.LESS_OR_EQUAL, S, Term(1)),
        (Transfer(1, 0, 1, Term(2)), End()),
    )
    program = _program(
        "DownAndOutPut",
        ("strike", "barrier", "rebate", "size"),
        clauses=(knock_out, _at_expiry(payoff)),
    )
    return Instance(program, _terms((strike, barrier, rebate, 1), (START + days * DAY,)))


def asian_call(strike: str = "65000", fixings: int = 12) -> Instance:
    """size * max(mean(S on fixings) - strike, 0) at the last fixing, every 7 days."""
    dates = tuple(START + 7 * DAY * (k + 1) for k in range(fixings))
    total, count = State(0), State(1)
    observe = Timed(
        0,
        (
            Assign(0, combine(Binary.ADD, total, S)),
            Assign(1, combine(Binary.ADD, count, number(1))),
        ),
        group=Group.OBSERVATION,
    )
    average = combine(Binary.DIVIDE, total, count)
    payoff = positive_part(combine(Binary.SUBTRACT, average, Term(0)))
    pay = Timed(1, (Transfer(1, 0, 1, combine(Binary.MULTIPLY, Term(1), payoff)),))
    program = _program(
        "AsianCall",
        ("strike", "size"),
        schedules=("fixings", "last(fixings)"),
        states=(
            StateSlot("sum(S on fixings)", Sort.NUMBER, ZERO),
            StateSlot("count(S on fixings)", Sort.NUMBER, ZERO),
        ),
        clauses=(observe, pay),
    )
    return Instance(program, _terms((strike, 1), dates, dates[-1:]))


def american_put(strike: str = "65000", days: int = 90) -> Instance:
    """The holder may deliver size for size * strike until expiry, by itself if S < strike."""
    exercise = (
        Transfer(0, 1, 0, Term(1)),
        Transfer(1, 0, 1, combine(Binary.MULTIPLY, Term(1), Term(0))),
        End(),
    )
    choice = Choice(
        party=0,
        name="exercise",
        schedule=0,
        any_time=True,
        default=combine(Binary.LESS, S, Term(0)),
        actions=exercise,
    )
    program = _program("AmericanPut", ("strike", "size"), clauses=(choice,))
    return Instance(program, _terms((strike, 1), (START + days * DAY,)))


def autocallable(assets: int = 2, observations: int = 4) -> Instance:
    """Worst-of note with memory coupon, quarterly: terms notional, autocall, coupon_barrier,
    knock_in, coupon; states: the spots at start, unpaid, ever(worst <= knock_in)."""
    cash = assets
    unpaid, knocked = State(assets), State(assets + 1)
    performances = tuple(combine(Binary.DIVIDE, Feed(a), State(a)) for a in range(assets))
    worst: Expression = performances[0]
    for other in performances[1:]:
        worst = combine(Binary.MINIMUM, worst, other)
    dates = tuple(START + 91 * DAY * (k + 1) for k in range(observations))
    at_start = Timed(2, tuple(Assign(a, Feed(a)) for a in range(assets)), group=Group.OBSERVATION)
    ever = Watch(
        tuple(range(assets)),
        Constant(1, Sort.TRUTH),
        (
            Assign(
                assets + 1,
                combine(Binary.OR, knocked, combine(Binary.LESS_OR_EQUAL, worst, Term(3))),
            ),
        ),
        repeats=True,
        group=Group.OBSERVATION,
    )
    each = Timed(
        0,
        (
            Assign(assets, combine(Binary.ADD, unpaid, Term(4))),
            Bind(0, combine(Binary.LESS_OR_EQUAL, Term(2), worst)),
            Transfer(
                1,
                0,
                cash,
                combine(Binary.MULTIPLY, Term(0), unpaid),
                label="coupon",
                guard=Local(0),
            ),
            Assign(assets, ZERO, guard=Local(0)),
            Bind(1, combine(Binary.LESS_OR_EQUAL, Term(1), worst)),
            Transfer(1, 0, cash, Term(0), label="redemption", guard=Local(1)),
            End(guard=Local(1)),
        ),
    )
    floor = combine(Binary.MULTIPLY, Term(0), combine(Binary.MINIMUM, worst, number(1)))
    last = Timed(1, (Transfer(1, 0, cash, Select(knocked, floor, Term(0))),))
    names = tuple(f"basket[{a}]" for a in range(assets))
    program = _program(
        "Autocallable",
        ("notional", "autocall", "coupon_barrier", "knock_in", "coupon"),
        parties=("investor", "issuer"),
        assets=(*names, "cash"),
        schedules=("observations", "last(observations)", "start"),
        feeds=tuple(FeedSlot("spot", (a, cash), f"spot({names[a]}, cash)") for a in range(assets)),
        states=(
            *(StateSlot(f"spot({name}, cash) at start", Sort.NUMBER, ZERO) for name in names),
            StateSlot("unpaid", Sort.NUMBER, ZERO),
            StateSlot("ever(worst <= knock_in)", Sort.TRUTH, FALSE),
        ),
        clauses=(at_start, ever, each, last),
    )
    tickers = ("BTC", "ETH", "SOL", "XRP")[:assets]
    terms = Terms(
        start=START,
        assets=(*tickers, "USD"),
        places=(*(8 for _ in tickers), 2),
        feeds=tuple(f"spot({ticker}, USD)" for ticker in tickers),
        terms=tuple(from_decimal(v) for v in ("1000000", "1", "0.8", "0.6", "0.02")),
        schedules=(dates, dates[-1:], (START,)),
        columns=(),
    )
    return Instance(program, terms)


def absolute_move(days: int = 30) -> Instance:
    """A straddle struck at the spot of the start: |S - S0|."""
    capture = Timed(1, (Assign(0, S),), group=Group.OBSERVATION)
    move = Apply(Unary.ABSOLUTE, combine(Binary.SUBTRACT, S, State(0)))
    program = _program(
        "AbsoluteMove",
        (),
        schedules=("expiry", "start"),
        states=(StateSlot("spot(underlying, cash) at start", Sort.NUMBER, ZERO),),
        clauses=(capture, _at_expiry(move)),
    )
    return Instance(program, _terms((), (START + days * DAY,), (START,)))


EVERY = (
    european_call,
    digital_put,
    down_and_out_put,
    asian_call,
    american_put,
    autocallable,
    absolute_move,
)
