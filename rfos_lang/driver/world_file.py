"""Scenarios with steps: what the simulator plays, read from such a file, and written as one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.wording import report
from rfos_lang.driver.blocks import Plan, opening
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.orders import command, decimal, fields_of
from rfos_lang.driver.plan import Context, plan
from rfos_lang.driver.scenario import Said, Sent, Step
from rfos_lang.driver.simulating import instrument, offer
from rfos_runtime.records import commands as kernel
from rfos_runtime.records.block import Report
from rfos_runtime.simulation import recipe
from rfos_runtime.simulation.recipe import LONGEST_STEP

_NOT_AFTER = "it does not lie after the step before"


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario with steps, ready to be played. `steps`: as in the file; the recipe may have one
    more before them, that opens the world."""

    plan: Plan
    recipe: recipe.Recipe
    steps: tuple[Step, ...]

    @property
    def opens(self) -> bool:
        """Whether the first step of the recipe is none of the file."""
        return len(self.recipe.steps) > len(self.steps)


def script(context: Context) -> Script:
    """What the steps of a scenario ask for. Raises Failure."""
    made, scenario = plan(context), context.scenario
    steps = [_step(context, made, number, each) for number, each in enumerate(scenario.steps)]
    if scenario.opening:
        first = tuple(map(recipe.Order, opening(made)))
        steps.insert(0, recipe.Step(scenario.begin - scenario.step, (), first))
    for number in range(1, len(steps)):
        if steps[number].time <= steps[number - 1].time:
            raise _refused(context, number - int(scenario.opening), "at", _NOT_AFTER)
        if steps[number].time - steps[number - 1].time > LONGEST_STEP:
            place = context.place("steps", number - int(scenario.opening), "at")
            raise context.refuse(report("E0835", place, days=LONGEST_STEP // kernel.DAY))
    offers = tuple(map(offer, made.listings))
    whole = recipe.Recipe(scenario.seed, offers, tuple(steps), frozenset(scenario.liars))
    return Script(made, whole, scenario.steps)


def _step(context: Context, made: Plan, number: int, step: Step) -> recipe.Step:
    orders: list[recipe.Order] = []
    for sent in step.orders:
        try:
            orders.append(_order(made, sent))
        except (ValueError, TypeError) as problem:
            raise _refused(context, number, "orders", problem) from None
    try:
        faults = tuple(map(_fault, step.faults))
    except ValueError as problem:
        raise _refused(context, number, "faults", problem) from None
    reports = tuple(each for said in step.reports for each in _reports(made, step, said))
    return recipe.Step(step.at, reports, tuple(orders), faults)


def _refused(context: Context, number: int, key: str, problem: object) -> Failure:
    place = context.place("steps", number, key)
    return context.refuse(report("E0804", place, key=f"steps.{number}.{key}", problem=problem))


def _order(made: Plan, sent: Sent) -> recipe.Order:
    given = sent.model_extra or {}
    asked = command(made, sent.do, given)
    return recipe.Order(asked, sent.signers, sent.off, sent.linked, sent.copies)


def _reports(made: Plan, step: Step, said: Said) -> Iterable[Report]:
    instant = step.at if said.at is None else said.at
    for name in said.by or made.reporters:
        yield Report(said.feed, instant, said.value, name, said.date)


def _fault(text: str) -> recipe.Fault:
    words, _, place = text.rpartition(" ")
    kind, at = (words, int(place)) if place.isdecimal() else (text, 0)
    if kind not in list(recipe.FaultKind):
        raise ValueError(f"`{kind}` is no fault: {', '.join(recipe.FaultKind)}")
    return recipe.Fault(recipe.FaultKind(kind), at)


# --- writing -----------------------------------------------------------------------------------


def written(made: recipe.Recipe, title: str, feeds: Mapping[str, kernel.RegisterFeed]) -> str:
    """A recipe of the simulator's instruments as the text of a file. `feeds`: how those that the
    contracts read are bounded."""
    names = {place: each.name for place, each in enumerate(made.offers, 1)}
    begin = made.offers[0].listing.start if made.offers else made.steps[0].time
    last = max(begin, made.steps[-1].time)
    lines = [
        f"title = {_text(title)}",
        f"from = {_text(show_instant(begin))}",
        f"to = {_text(show_instant(last))}",
        "opening = false",
        f"seed = {made.seed}",
        f"liars = {_text(sorted(made.liars))}",
        "",
        "[accounts.ann]",
    ]
    for name, feed in feeds.items():
        bounds = {"lowest": decimal(feed.lowest), "highest": decimal(feed.highest)}
        lines += ["", f"[feeds.{_text(name)}]", *(f"{k} = {_text(v)}" for k, v in bounds.items())]
    if not feeds:
        lines += ["", "[feeds]"]
    for each in made.offers:
        lines += ["", f"[instruments.{_text(each.name)}]"]
        lines += [f"{key} = {_text(value)}" for key, value in instrument(each.name).items()]
    if not made.offers:
        lines += ["", "[instruments]"]
    for step in made.steps:
        lines += ["", "[[steps]]", f"at = {_text(show_instant(step.time))}"]
        lines += _list("reports", _told_reports(step))
        lines += _list("orders", [_told_order(each, names, made.offers) for each in step.orders])
        lines += [f"faults = {_text([_told_fault(each) for each in step.faults])}"]
    return "\n".join(lines) + "\n"


def _list(name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{name} = [", *(f"    {_text(row)}," for row in rows), "]"] if rows else []


def _told_reports(step: recipe.Step) -> list[dict[str, Any]]:
    """Equal words of several reporters in a row as one."""
    told: list[dict[str, Any]] = []
    for each in step.reports:
        row: dict[str, Any] = {"feed": each.feed, "value": decimal(each.value)}
        if each.instant != step.time:
            row["at"] = show_instant(each.instant)
        if each.date is not None:
            row["date"] = show_instant(each.date)
        if told and {key: value for key, value in told[-1].items() if key != "by"} == row:
            told[-1]["by"].append(each.reporter)
        else:
            told.append({**row, "by": [each.reporter]})
    return told


def _told_order(
    order: recipe.Order, names: Mapping[int, str], offers: Sequence[recipe.Offer]
) -> dict[str, Any]:
    asked = order.command
    artefacts = {each.artefact: each.name for each in offers}
    listed = {recipe.bound(each.listing): each.name for each in offers}
    row: dict[str, Any] = {"do": type(asked).__name__}
    match asked:
        case kernel.List():
            row |= {"instrument": listed[recipe.bound(asked)], "others": list(asked.others)}
        case kernel.Define(artefact=artefact) if artefact in artefacts:
            row |= {"account": asked.account, "artefact": artefacts[artefact]}
        case _:
            row |= fields_of(asked, names)
    if order.signers is not None:
        row["signers"] = list(order.signers)
    usual = recipe.Order(asked)
    for key in ("off", "linked", "copies"):
        if getattr(order, key) != getattr(usual, key):
            row[key] = getattr(order, key)
    return row


def _told_fault(fault: recipe.Fault) -> str:
    return f"{fault.kind} {fault.place}" if fault.place else str(fault.kind)


def _text(value: Any) -> str:
    """A value as TOML has it on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Mapping():
            return "{ " + ", ".join(f"{_key(k)} = {_text(v)}" for k, v in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(_text, value)) + "]"
        case _:
            return _quoted(str(value))


def _key(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else _quoted(name)


def _quoted(text: str) -> str:
    made = ""
    for each in text:
        if each in '"\\':
            made += "\\" + each
        elif each.isprintable():
            made += each
        else:
            made += f"\\u{ord(each):04x}" if ord(each) < 2**16 else f"\\U{ord(each):08x}"
    return f'"{made}"'
