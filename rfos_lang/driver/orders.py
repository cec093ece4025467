"""Commands of a scenario's steps by their names and fields: amounts in minor units or as `100 USD`,
numbers with decimals, dates, lengths of time, bytes as `0x...`; instruments and choices by name.
"""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, replace
from hashlib import sha256
from typing import Any, get_args

from rfos_lang.base.fixed import DECIMALS, ONE, to_minor_units
from rfos_lang.base.instant import show_instant
from rfos_lang.driver.blocks import Plan
from rfos_lang.driver.scenario import as_duration, as_instant, as_number
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.records import canonical, forms
from rfos_runtime.records import commands as kernel
from rfos_runtime.records.appraisals import Ageing, Appraise, Price, Scenarios
from rfos_runtime.records.interventions import Payment
from rfos_runtime.records.parameters import Parameter
from rfos_runtime.records.sealing import seal_of

KINDS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(kernel.Command)}

NUMBERS = ("lowest", "highest", "maximum_step", "widest", "limit", "value")
INSTANTS = ("until", "start", "at", "date", "epoch")
LENGTHS = ("staleness",)
BYTES = ("receipt", "terms", "seal", "salt", "version", "policy")
AMOUNTS = (
    "units",
    "premium",
    "first_collateral",
    "second_collateral",
    "floor",
    "ceiling",
    "daily",
    "supply",
    "exposure",
    "standard_error",
)


def command(plan: Plan, do: str, given: Mapping[str, Any]) -> kernel.Command:
    """The command of a name with its fields. Raises ValueError with what is wrong, in words."""
    kind = KINDS.get(do)
    if kind is None:
        raise ValueError(f"there is no command `{do}`: {', '.join(KINDS)}")
    if kind is kernel.List:
        return _listing(plan, given)
    if kind is kernel.SealBid and "seal" not in given:
        return _sealed(plan, given)
    if kind is Appraise and "version" not in given:
        given = {**given, "version": _as_listed(plan, given.get("instrument"))}
    known = {each.name: each for each in fields(kind)}
    for name in given:
        if name not in known:
            raise ValueError(f"{do} has no field `{name}`: {', '.join(known)}")
    values = {name: _value(plan, name, value, given) for name, value in given.items()}
    missing = [n for n, each in known.items() if n not in values and each.default is MISSING]
    if kind is kernel.Bid and "instrument" in missing:
        values["instrument"] = None
        missing.remove("instrument")
    if missing:
        raise ValueError(f"{do} needs {', '.join(missing)}")
    made: kernel.Command = kind(**values)
    _require_readable(made, do)
    return made


def _require_readable(made: kernel.Command, do: str) -> None:
    """A journal could not be read that had a command with a number for a name, or so."""
    try:
        forms.read(canonical.encode(made), type(made))
    except (TypeError, canonical.NotCanonical):
        raise ValueError(f"a field of {do} is of another kind than it can be") from None


def _sealed(plan: Plan, given: Mapping[str, Any]) -> kernel.Command:
    """A bid as it is to be opened, sealed."""
    inside = {name: given[name] for name in ("limit", "lots", "salt") if name in given}
    who = {name: given[name] for name in ("account", "instrument") if name in given}
    told = command(plan, "OpenBid", who | inside)
    assert isinstance(told, kernel.OpenBid)
    seal = seal_of(told.account, told.instrument, told.limit, told.lots, told.salt)
    outside = {name: value for name, value in given.items() if name not in inside}
    return command(plan, "SealBid", {**outside, "seal": f"0x{seal.hex()}"})


def _as_listed(plan: Plan, instrument: Any) -> str:
    """The version of an instrument that nothing has happened to."""
    listing, executor = plan.listings[_handle(plan, str(instrument)) - 1], WasmExecutor()
    view = executor.load(listing.artefact)
    assert view is not None, "an artefact of our own"
    standing = executor.start(view, listing.command.terms).standing
    return f"0x{sha256(standing).hexdigest()}"


def _listing(plan: Plan, given: Mapping[str, Any]) -> kernel.List:
    """The command that lists an instrument of the scenario."""
    name, others = given.get("instrument"), given.get("others")
    names = [each.name for each in plan.listings]
    if name not in names:
        raise ValueError(f"List needs an instrument of this scenario: {', '.join(names)}")
    made = plan.listing(str(name)).command
    return made if others is None else replace(made, others=tuple(map(str, others)))


def _value(plan: Plan, name: str, value: Any, given: Mapping[str, Any]) -> Any:
    match name:
        case "instrument" if isinstance(value, str):
            return _handle(plan, value)
        case "choice" if isinstance(value, str):
            return _choice(plan, value, given.get("instrument"))
        case "parameter" if isinstance(value, str):
            return _parameter(value)
        case "artefact":
            return _artefact(plan, str(value))
        case "amounts":
            return tuple(_units(plan, each) for each in value)
        case "reporters" | "appraisers" | "feeds":
            return tuple(map(str, value))
        case "maintenance" | "initial":
            return tuple(_units(plan, each) for each in value)
        case "tables":
            return tuple(_scenarios(plan, each) for each in value)
        case "prices":
            return tuple(_price(plan, each) for each in value)
        case "ageing":
            return Ageing(*(_length(value[each]) for each in Ageing._fields))
        case "definition" if value in [each.name for each in plan.listings]:
            return plan.listing(value).command.definition
        case "value" if str(value)[-1:].isalpha():
            return as_duration(value)
        case "payments":
            return tuple(_payment(plan, each) for each in value)
        case "breaker":
            window, pause = _length(value["window"]), _length(value["pause"])
            return kernel.Breaker(as_number(value["move"]), window, pause)
    readers = (
        (NUMBERS, as_number),
        (INSTANTS, as_instant),
        (LENGTHS, _length),
        (BYTES, _bytes),
        (AMOUNTS, lambda units: _units(plan, units)),
    )
    return next((read(value) for names, read in readers if name in names), value)


def _payment(plan: Plan, given: Mapping[str, Any]) -> Payment:
    """Who pays whom how much a lot: parties by their names, the asset by itself or with units."""
    units, asset = given["units"], str(given["units"]).partition(" ")[2]
    return Payment(given["payer"], given["payee"], given.get("asset", asset), _units(plan, units))


def _scenarios(plan: Plan, given: Mapping[str, Any]) -> Scenarios:
    losses = tuple(_units(plan, each) for each in given["losses"])
    return Scenarios(_bytes(given["policy"]), losses)


def _price(plan: Plan, given: Mapping[str, Any]) -> Price:
    return Price(as_number(given["value"]), _units(plan, given["notional"]))


def _handle(plan: Plan, name: str) -> int:
    names = [each.name for each in plan.listings]
    if name not in names:
        raise ValueError(f"there is no instrument `{name}`")
    return names.index(name) + 1


def _choice(plan: Plan, name: str, instrument: Any) -> int:
    handle = _handle(plan, instrument) if isinstance(instrument, str) else instrument
    choices = plan.listings[handle - 1].choices if 0 < handle <= len(plan.listings) else ()
    if name not in choices:
        raise ValueError(f"instrument `{instrument}` has no choice `{name}`")
    return choices.index(name)


def _parameter(name: str) -> Parameter:
    """A parameter by its name in lower case: `fund share`."""
    known = {each.name.lower().replace("_", " "): each for each in Parameter}
    if name not in known:
        raise ValueError(f"there is no parameter `{name}`: {', '.join(known)}")
    return known[name]


def _artefact(plan: Plan, value: str) -> bytes:
    return _bytes(value) if value.startswith("0x") else plan.listing(value).artefact


def _bytes(value: Any) -> bytes:
    try:
        return bytes.fromhex(str(value).removeprefix("0x"))
    except ValueError:
        raise ValueError(f"`{value}` is no bytes: write 0x and two digits for each") from None


def _length(value: Any) -> int:
    """Nanoseconds, or a length of time."""
    return value if isinstance(value, int) else as_duration(value)


def _units(plan: Plan, value: Any) -> int:
    """Minor units, or an amount with its asset."""
    if isinstance(value, int):
        return value
    number, _, asset = str(value).partition(" ")
    if asset not in plan.places:
        raise ValueError(f"`{value}` is no amount: write minor units, or 100 USD in quotes")
    return to_minor_units(as_number(number), plan.places[asset])


# --- back to text ------------------------------------------------------------------------------


def fields_of(made: kernel.Command, instruments: Mapping[int, str]) -> dict[str, Any]:
    """The fields of a command that differ from what they are without being given, as a file has
    them. `instruments`: the names by handle."""
    told: dict[str, Any] = {}
    for each in fields(made):
        value = getattr(made, each.name)
        if value is not None and value != each.default:
            told[each.name] = _told(each.name, value, instruments)
    return told


def _told(name: str, value: Any, instruments: Mapping[int, str]) -> Any:
    if name == "instrument":
        return instruments.get(value, value)
    if name in NUMBERS:
        return decimal(value)
    if name in INSTANTS:
        return show_instant(value)
    if name in LENGTHS:
        return length(value)
    if name == "payments":
        return [asdict(each) for each in value]
    if name == "ageing":
        return {each: length(part) for each, part in value._asdict().items()}
    if name == "prices":
        return [each._asdict() | {"value": decimal(each.value)} for each in value]
    if name == "tables":
        return [each._asdict() | {"policy": f"0x{each.policy.hex()}"} for each in value]
    if isinstance(value, kernel.Breaker):
        window, pause = length(value.window), length(value.pause)
        return {"move": decimal(value.move), "window": window, "pause": pause}
    return f"0x{value.hex()}" if isinstance(value, bytes) else value


def decimal(value: int) -> str:
    """A fixed-point number with as many decimals as it has."""
    whole, part = divmod(abs(value), ONE)
    decimals = f".{part:0{DECIMALS}}".rstrip("0") if part else ""
    return f"{'-' if value < 0 else ''}{whole}{decimals}"


def length(value: int) -> str | int:
    """A length of time in the largest unit that it is a number of."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if value and value % (size * 10**9) == 0:
            return f"{value // (size * 10**9)}{unit}"
    return value
