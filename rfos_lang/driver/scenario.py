"""A scenario file: who trades what, on which prices. Read from TOML, checked, nothing run yet."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.duration import parse_duration
from rfos_lang.base.fixed import ONE, SettlementError, from_decimal
from rfos_lang.base.instant import parse_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.base.toml_place import place_of, place_of_error
from rfos_lang.base.wording import report
from rfos_runtime.node.clock import LONGEST_STEP


def as_instant(value: Any) -> int:
    """A date as text or TOML date. Raises ValueError."""
    text = value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value
    if not isinstance(text, str):
        raise ValueError("is not a date: write 2020-03-10T00:00Z")
    try:
        return parse_instant(text)
    except Refused:
        raise ValueError(f"`{text}` is not a date: write 2020-03-10 or 2020-03-10T08:00Z") from None


def as_duration(value: Any) -> int:
    """A length of time as text, in nanoseconds. Raises ValueError."""
    try:
        length = parse_duration(str(value)).nanoseconds
    except Refused:
        length = None
    if not length:
        raise ValueError(f"`{value}` is not a length of time: write 30s, 5min, 2h or 1d")
    return length


def as_number(value: Any) -> int:
    """A number as text or TOML number, `_` and `%` allowed, as fixed point."""
    text = str(value).replace("_", "").strip()
    try:
        number = Decimal(text.removesuffix("%"))  # exact, as no product is
        return from_decimal(number.scaleb(-2) if text.endswith("%") else number)
    except (ArithmeticError, ValueError, SettlementError):
        raise ValueError(f"`{value}` is not a number") from None


def _level(value: Any) -> int:
    """A number, or a truth as 1 or 0."""
    return (ONE if value else 0) if isinstance(value, bool) else as_number(value)


def _field(value: Any) -> int:
    """A date, a truth, or a number."""
    is_date = hasattr(value, "isoformat") or (isinstance(value, str) and value[4:5] == "-")
    return as_instant(value) if is_date else _level(value)


Field_ = Annotated[int, BeforeValidator(_field)]
Level = Annotated[int, BeforeValidator(_level)]
Instant = Annotated[int, BeforeValidator(as_instant)]
Length = Annotated[int, BeforeValidator(as_duration)]
Number = Annotated[int, BeforeValidator(as_number)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Oracle(_Part):
    """Who reports prices. Keys are derived from `seed`, for simulation only."""

    reporters: int = Field(default=3, ge=1, le=64)
    quorum: int = Field(default=2, ge=1)
    seed: str = "rfos"


class Event(BaseModel):
    """A record of an event stream: when it is told, and its fields by name."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Field_]

    at: Instant


class Stops(_Part):
    """The breaker of a feed: a move by more than a fraction within a window pauses what hangs on
    it."""

    move: Number
    window: Length
    pause: Length


class FeedSource(_Part):
    """One feed: `bars` from a file, `points` in time, or one `value` that holds throughout; of an
    event stream the `events`.

    A point is [instant, value] or [instant, value, date]: then it is the fixing of that date, which
    was published at the instant. Of a feed whose fixings a contract reads, the first value of a day
    is the fixing of that day unless it names another.
    """

    bars: str | None = None
    points: tuple[tuple[Instant, Level] | tuple[Instant, Level, Instant], ...] = ()
    value: Level | None = None
    events: tuple[Event, ...] = ()
    staleness: Length | None = None
    lowest: Number | None = None
    highest: Number | None = None
    maximum_step: Number | None = None
    widest: Number | None = None
    breaker: Stops | None = None


class Instrument(_Part):
    """A contract (a target as on the command line) and its parameters as the language has them.

    `parties`: the accounts of the parties after the first two; `history`: a file of what it
    observed if it began before the scenario; `start`: when it begins, by default with the scenario.
    """

    contract: str
    with_: Mapping[str, str | int] = Field(default_factory=dict, alias="with")
    parties: Mapping[str, str] = Field(default_factory=dict)
    start: Instant | None = None
    history: str | None = None


class Margined(_Part):
    """Accounts whose positions are margined together, under a policy (a target as on the command
    line)."""

    policy: str
    accounts: tuple[str, ...]


class Trade(_Part):
    """Two accounts take the sides of an instrument; the first party pays the premium per lot."""

    at: Instant
    instrument: str
    first: str
    second: str
    lots: int = Field(ge=1)
    premium: Number = 0
    first_collateral: Number = 0
    second_collateral: Number = 0


class Bid(_Part):
    """A liquidator's standing bid: lots of one instrument (or any) from this price down."""

    at: Instant
    account: str
    instrument: str | None = None
    limit: Number
    lots: int = Field(ge=1)


class Post(_Part):
    """Collateral that an account adds to a position; of an `asset`, if it is another one than what
    its side posts, which its margin policy takes."""

    at: Instant
    account: str
    instrument: str
    amount: Number
    asset: str = ""


def _several(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


class Exercise(_Part):
    """A choice that an account takes (or lodges); `amount`: how much, a lot, if it asks for that;
    a list if it asks for several."""

    at: Instant
    account: str
    instrument: str
    choice: str
    lots: int = Field(ge=1)
    amount: Annotated[tuple[Number, ...], BeforeValidator(_several)] = ()


def _word(value: Any) -> int:
    """What a reporter says: a number, or a truth."""
    return int(value) if isinstance(value, bool) else as_number(value)


class Said(_Part):
    """What reporters (`by`, all if none are named) say of a feed, at the step's time unless another
    is given; of a `date`, if it is a fixing."""

    feed: str
    value: Annotated[int, BeforeValidator(_word)]
    by: tuple[str, ...] = ()
    at: Instant | None = None
    date: Instant | None = None


class Sent(BaseModel):
    """A command by its name and fields. `signers`, `off`, `linked` and `copies` as for an order of
    the simulator; `code`: how it must go."""

    model_config = ConfigDict(extra="allow", frozen=True)

    do: str
    signers: tuple[str, ...] | None = None
    off: int = 0
    linked: bool = False
    copies: int = Field(default=1, ge=1, le=100)
    code: str | None = None


class Step(_Part):
    """A block: what is reported and sent, what goes wrong with the machine (`torn write 17`), and
    what is expected after it."""

    at: Instant
    reports: tuple[Said, ...] = ()
    orders: tuple[Sent, ...] = ()
    faults: tuple[str, ...] = ()
    expect: Mapping[str, Any] = Field(default_factory=dict)


class Scenario(_Part):
    """A whole scenario. With `steps` it has these blocks and no others, after one that opens it
    unless `opening` is false; `liars` are reporters who may say anything. A `step`
    that is longer than a node's longest is that one."""

    title: str
    begin: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    step: Annotated[Length, AfterValidator(partial(min, LONGEST_STEP))] = 5 * 60 * 10**9
    oracle: Oracle = Oracle()
    feeds: Mapping[str, FeedSource]
    fund: Mapping[str, Number] = Field(default_factory=dict)
    accounts: Mapping[str, Mapping[str, Number]]
    instruments: Mapping[str, Instrument]
    margin: tuple[Margined, ...] = ()
    trades: tuple[Trade, ...] = ()
    bids: tuple[Bid, ...] = ()
    posts: tuple[Post, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    steps: tuple[Step, ...] = ()
    opening: bool = True
    liars: tuple[str, ...] = ()
    seed: int = 0


def parse_scenario(text: str, source: str) -> tuple[Scenario | None, tuple[Diagnostic, ...]]:
    """The scenario, or what is wrong with it, each at its line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        place = place_of_error(text, source, str(problem))
        return None, (report("E0801", place, problem=problem),)
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as problem:
        return None, tuple(_diagnostic(text, source, error) for error in problem.errors())
    wrong = tuple(_unknown_names(scenario, text, source))
    return (None if wrong else scenario), wrong


def _diagnostic(text: str, source: str, error: Any) -> Diagnostic:
    path = list(error["loc"])
    key = ".".join(str(part) for part in path)
    place = place_of(text, source, path)
    match error["type"]:
        case "missing":
            return report("E0802", place, key=key)
        case "extra_forbidden":
            return report("E0803", place, key=key)
        case _:
            problem = str(error["msg"]).removeprefix("Value error, ")
            return report("E0804", place, key=key, problem=problem)


def _unknown_names(scenario: Scenario, text: str, source: str) -> list[Diagnostic]:
    """Accounts and instruments that are named and not declared; instants outside the scenario."""
    found: list[Diagnostic] = []
    for table in ("trades", "bids", "posts", "exercises"):
        for index, entry in enumerate(getattr(scenario, table)):
            for field in ("account", "first", "second"):
                name = getattr(entry, field, None)
                if name is not None and name not in scenario.accounts:
                    found.append(_unknown("account", name, text, source, (table, index, field)))
            if entry.instrument not in (None, *scenario.instruments):
                place = (table, index, "instrument")
                found.append(_unknown("instrument", entry.instrument, text, source, place))
            if not scenario.begin <= entry.at <= scenario.end:
                at = place_of(text, source, (table, index, "at"))
                found.append(report("E0806", at, table=table))
    for index, margined in enumerate(scenario.margin):
        for number, account in enumerate(margined.accounts):
            if account not in scenario.accounts:
                listed = ("margin", index, "accounts", number)
                found.append(_unknown("account", account, text, source, listed))
    for name, instrument in scenario.instruments.items():
        for party, account in instrument.parties.items():
            if account not in scenario.accounts:
                path = ("instruments", name, "parties", party)
                found.append(_unknown("account", account, text, source, path))
        earliest = scenario.begin if instrument.history is None else 0
        if instrument.start is not None and not earliest <= instrument.start <= scenario.end:
            at = place_of(text, source, ("instruments", name, "start"))
            found.append(report("E0806", at, table="instruments"))
    return found


def _unknown(
    kind: str, name: str, text: str, source: str, path: tuple[str | int, ...]
) -> Diagnostic:
    return report("E0805", place_of(text, source, path), kind=kind, name=name, kinds=f"{kind}s")
