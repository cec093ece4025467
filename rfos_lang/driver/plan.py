"""A scenario's contracts compiled and its feeds gathered: everything that blocks are made from."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from rfos_lang.analysis.interval import ANY_TRUTH, Interval
from rfos_lang.analysis.worst_case import WorstCase, obligations, worst_case
from rfos_lang.artefact.format import decode
from rfos_lang.artefact.layout import encode_terms
from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.feed import NO_RULES, Aspect
from rfos_lang.base.fixed import ONE, to_minor_units
from rfos_lang.base.instant import DAY
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.toml_place import place_of
from rfos_lang.base.wording import report
from rfos_lang.core.history import event_at, instants
from rfos_lang.core.program import FeedSlot, Program, Sort, Terms
from rfos_lang.driver.bars import observations
from rfos_lang.driver.blocks import Election, FeedPlan, Listing, Plan, Said
from rfos_lang.driver.compilation import compiled, compiled_policy
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.instance import instance
from rfos_lang.driver.opening import Checked, Source
from rfos_lang.driver.scenario import FeedSource, Instrument, Scenario
from rfos_lang.semantics.policy import Policy
from rfos_lang.valuation.history_file import parse_history
from rfos_lang.valuation.reporting import reporting_asset
from rfos_lang.valuation.seasoning import settled_values
from rfos_runtime.executor.wasm import view_of
from rfos_runtime.records.commands import Breaker, Lock, PastEvent
from rfos_runtime.records.commands import List as ListCommand
from rfos_runtime.reference.executor import ESCROW, ISSUANCE, DefinitionView

Open = Callable[[str], Checked]
OpenPolicy = Callable[[str], tuple[Policy, Source]]
Read = Callable[[str], str]

FOREVER = 100 * 365 * DAY
"""A staleness for feeds that are given as values or points: they hold until the next one."""

_BAR_STALENESS = DAY // 12
_BOUNDS = {
    "spot": (0, 10**9 * ONE),
    "volatility": (0, 10 * ONE),
    "rate": (-ONE, ONE),
    "yield": (-ONE, ONE),
    "index": (-ONE, ONE),
}


@dataclass(frozen=True, slots=True)
class Context:
    """A scenario with its text, and how its contracts and files are found."""

    scenario: Scenario
    source: Source
    open: Open
    read: Read
    open_policy: OpenPolicy

    def place(self, *path: str | int) -> Span:
        return place_of(self.source.text, self.source.name, path)

    def refuse(self, *diagnostics: Diagnostic) -> Failure:
        return Failure(diagnostics, self.source.sources)


class _Bound(NamedTuple):
    """An instrument with its program, terms and artefact, and what the kernel sees of it."""

    name: str
    checked: Checked
    program: Program
    terms: Terms
    artefact: bytes
    view: DefinitionView
    others: tuple[str, ...]
    past: tuple[PastEvent, ...] = ()


def plan(context: Context) -> Plan:
    """Compiles the instruments and gathers the feeds. Raises Failure."""
    bound = [_bind(context, name, each) for name, each in context.scenario.instruments.items()]
    feeds = _feeds(context, bound)
    bounds = {feed.name: Interval(feed.lowest, feed.highest) for feed in feeds}
    policies = [context.open_policy(each.policy) for each in context.scenario.margin]
    places = _places(context, bound, [policy for policy, _ in policies])
    _check_posts(context, places)
    return Plan(
        context.source.name,
        context.scenario,
        tuple(_listing(each, bounds) for each in bound),
        feeds,
        places,
        _issuers(bound),
        tuple(_election(context, index, *each, places) for index, each in enumerate(policies)),
    )


def _election(
    context: Context, index: int, policy: Policy, source: Source, places: Mapping[str, int]
) -> Election:
    place = context.place("margin", index, "policy")
    if policy.asset not in places:
        raise context.refuse(
            report("E0805", place, kind="asset", name=policy.asset, kinds="instruments")
        )
    feeds = tuple(f"spot({each.asset}, {policy.asset})" for each in policy.haircuts)
    for feed in feeds:
        if feed not in context.scenario.feeds:
            raise context.refuse(report("E0809", place, feed=feed, instrument=policy.name))
    accounts = context.scenario.margin[index].accounts
    return Election(compiled_policy(policy, source.text), policy.asset, feeds, accounts)


def _check_posts(context: Context, places: Mapping[str, int]) -> None:
    for index, post in enumerate(context.scenario.posts):
        if post.asset and post.asset not in places:
            place = context.place("posts", index, "asset")
            raise context.refuse(
                report("E0805", place, kind="asset", name=post.asset, kinds="accounts")
            )


def _bind(context: Context, name: str, instrument: Instrument) -> _Bound:
    checked = context.open(instrument.contract)
    arguments = {key: str(value) for key, value in instrument.with_.items()}
    start = context.scenario.begin if instrument.start is None else instrument.start
    made = instance(checked, arguments, start)
    artefact = compiled(made.lowered, checked.text).artefact
    view = view_of(decode(artefact))
    others = _others(context, name, instrument, view)
    feeds = tuple(f"quote({name})" if feed == "quote(this)" else feed for feed in made.terms.feeds)
    terms = replace(made.terms, feeds=feeds)
    past = _past(context, name, instrument.history, made.program, terms)
    return _Bound(name, checked, made.program, terms, artefact, view, others, past)


def _past(
    context: Context, name: str, history: str | None, program: Program, terms: Terms
) -> tuple[PastEvent, ...]:
    """What an instance saw before the kernel began, one step before the scenario."""
    if history is None:
        return ()
    fixings, problems = parse_history(context.read(history), history)
    if problems:
        raise context.refuse(*problems)
    scenario, values = context.scenario, settled_values(program, terms, fixings)
    until = scenario.begin - scenario.step
    if terms.start > until:
        problem = "a contract with a history begins before the scenario"
        place = context.place("instruments", name, "history")
        raise context.refuse(report("E0804", place, key=f"instruments.{name}", problem=problem))
    seen = instants(program, terms, values, until)
    events = (event_at(program, terms, values, instant, until) for instant in seen)
    return tuple(PastEvent(e.instant, e.observations, tuple(sorted(e.moved))) for e in events)


def _others(
    context: Context, name: str, instrument: Instrument, view: DefinitionView
) -> tuple[str, ...]:
    """The accounts of the parties after the first two; of escrow and issuance an empty name."""
    wanted = [party for party in view.parties[2:] if party not in (ESCROW, ISSUANCE)]
    for party in wanted:
        if party not in instrument.parties:
            place = context.place("instruments", name)
            raise context.refuse(report("E0812", place, instrument=name, party=party))
    for party in instrument.parties:
        if party not in wanted:
            place = context.place("instruments", name, "parties", party)
            raise context.refuse(report("E0813", place, contract=view.name, party=party))
    return tuple(instrument.parties.get(party, "") for party in view.parties[2:])


# --- feeds -------------------------------------------------------------------------------------


def risk_feeds(view: DefinitionView, terms: Terms) -> tuple[str, ...]:
    """The feed that supplies each risk input of a definition, for one instance."""
    return tuple(_risk_feed(each.source, each.slot, terms) for each in view.risk_inputs)


def _risk_feed(source: str, slot: int, terms: Terms) -> str:
    match source:
        case "spot":
            return terms.feeds[slot]
        case "volatility":
            return terms.feeds[slot].replace("spot", "volatility", 1)
        case _:
            return f"{source}({terms.assets[slot]})"


def _feeds(context: Context, bound: list[_Bound]) -> tuple[FeedPlan, ...]:
    sources = _by_field(context.scenario.feeds)
    for each in bound:
        for feed in (*filter(None, _bound_feeds(each)), *risk_feeds(each.view, each.terms)):
            if feed not in sources:
                place = context.place("instruments", each.name)
                raise context.refuse(report("E0809", place, feed=feed, instrument=each.name))
    slots = {
        name: slot
        for each in bound
        for slot, name in zip(each.program.feeds, each.terms.feeds, strict=True)
        if slot.aspect.is_value
    }
    fixed = {
        name
        for each in bound
        for slot, name in zip(each.program.feeds, each.terms.feeds, strict=True)
        if slot.aspect is Aspect.FIXING
    }
    return tuple(
        _feed(context, name, source, slots.get(name), name in fixed)
        for name, source in sources.items()
    )


def _by_field(sources: Mapping[str, FeedSource]) -> dict[str, FeedSource]:
    """The feeds of a scenario; of an event stream each field is a feed of its own."""
    found = {name: source for name, source in sources.items() if not source.events}
    for name, source in sources.items():
        fields = {field for event in source.events for field in event.__pydantic_extra__}
        for field in sorted(fields):
            points = tuple(
                (event.at, event.__pydantic_extra__[field])
                for event in source.events
                if field in event.__pydantic_extra__
            )
            found[f"{name}.{field}"] = source.model_copy(update={"points": points, "events": ()})
    return found


def _bound_feeds(bound: _Bound) -> tuple[str, ...]:
    """The feed of each slot, as the kernel binds it: none for the clock."""
    slots = zip(bound.program.feeds, bound.terms.feeds, strict=True)
    return tuple("" if slot.aspect is Aspect.NOW else name for slot, name in slots)


def _feed(
    context: Context, name: str, source: FeedSource, slot: FeedSlot | None, is_fixed: bool
) -> FeedPlan:
    """How a feed is registered: as the scenario says, else as its declaration, else as is usual."""
    rules = NO_RULES if slot is None else slot.rules
    usual = _BOUNDS.get(name.partition("(")[0], _BOUNDS["spot"])
    observed, stops = _observed(context, name, source, is_fixed), source.breaker
    if is_fixed:
        observed = _of_days(observed)
    if slot is not None and slot.sort is Sort.TRUTH:
        observed = tuple(said._replace(value=int(said.value != 0)) for said in observed)
    return FeedPlan(
        name,
        source.staleness or rules.staleness or (_BAR_STALENESS if source.bars else FOREVER),
        _first(source.lowest, rules.lowest, usual[0]),
        _first(source.highest, rules.highest, usual[1]),
        observed,
        source.maximum_step,
        source.widest,
        None if stops is None else Breaker(stops.move, stops.window, stops.pause),
    )


def _first(*bounds: int | None) -> int:
    """The first bound that is stated."""
    return next(bound for bound in bounds if bound is not None)


def _of_days(observed: tuple[Said, ...]) -> tuple[Said, ...]:
    """The first value of each day as the fixing of that day, unless it names a date itself."""
    dates = {said.date // DAY for said in observed if said.date is not None}
    made = []
    for said in observed:
        if said.date is None and said.instant // DAY not in dates:
            dates.add(said.instant // DAY)
            said = said._replace(date=said.instant)
        made.append(said)
    return tuple(made)


def _observed(context: Context, name: str, source: FeedSource, is_fixed: bool) -> tuple[Said, ...]:
    scenario, place = context.scenario, context.place("feeds", name)
    if source.bars is not None:
        text = context.read(source.bars)
        found, wrong = observations(text, source.bars, scenario.begin, scenario.end, place)
        if wrong:
            raise context.refuse(*wrong)
        return tuple(Said(*each) for each in found)
    points = tuple(Said(*each) for each in source.points)
    if not points and source.value is not None:
        days = range(scenario.begin - scenario.begin % DAY + DAY, scenario.end + 1, DAY)
        points = tuple(Said(t, source.value) for t in (scenario.begin, *(days if is_fixed else ())))
    if not points and not scenario.steps:
        problem = "needs `bars`, `points` or a `value`"
        raise context.refuse(report("E0804", place, key=f'feeds."{name}"', problem=problem))
    return tuple(said for said in points if scenario.begin <= said.instant <= scenario.end)


def _places(context: Context, bound: list[_Bound], policies: list[Policy]) -> Mapping[str, int]:
    found = {
        ticker: places
        for each in bound
        for ticker, places in zip(each.terms.assets, each.terms.places, strict=True)
    }
    held = [*context.scenario.fund, *(a for b in context.scenario.accounts.values() for a in b)]
    held += [each.asset for policy in policies for each in policy.haircuts]
    known = bound[0].checked.definition.assets if bound else {}
    for asset in held:
        if asset not in found:
            if asset not in known:
                place = context.place("accounts")
                raise context.refuse(
                    report("E0805", place, kind="asset", name=asset, kinds="instruments")
                )
            found[asset] = known[asset].places
    return dict(sorted(found.items()))


def _issuers(bound: list[_Bound]) -> Mapping[str, str]:
    """The definition that issues each asset that one issues; if it is not here, its name, so that
    nobody else does."""
    here = {each.checked.definition.name: each.view.content_hash for each in bound}
    declared = [asset for each in bound for asset in each.checked.definition.assets.values()]
    issuers = {asset.name: asset.issuer for asset in declared if asset.issuer is not None}
    return {asset: here.get(issuer, issuer) for asset, issuer in issuers.items()}


# --- listings ----------------------------------------------------------------------------------


def _listing(bound: _Bound, bounds: Mapping[str, Interval]) -> Listing:
    program, terms = bound.program, bound.terms
    by_slot = {
        slot: ANY_TRUTH if program.feeds[slot].sort is Sort.TRUTH else bounds[name]
        for slot, name in enumerate(terms.feeds)
        if name in bounds
    }
    worst = worst_case(program, terms, by_slot)
    first_lock, second_lock = (_lock(bound, worst, party) for party in (0, 1))
    locks = (first_lock, second_lock)
    command = ListCommand(
        bound.view.content_hash,
        encode_terms(program, terms),
        terms.start,
        terms.assets,
        terms.places,
        _bound_feeds(bound),
        risk_feeds(bound.view, terms),
        locks,
        bound.others,
        bound.past,
    )
    cash = terms.assets[reporting_asset(program)]
    first, second = (cash if lock is None else lock.asset for lock in locks)
    choices = tuple(choice.name for choice in bound.view.choices)
    amounts = tuple(
        tuple(terms.assets[asset] for asset in choice.amounts) for choice in bound.view.choices
    )
    return Listing(bound.name, bound.artefact, command, (first, second), cash, choices, amounts)


def _lock(bound: _Bound, worst: WorstCase, party: int) -> Lock | None:
    """What a side may have to pay at worst, in its collateral asset or in the only one it owes."""
    program, terms = bound.program, bound.terms
    rule = next((rule.asset for rule in program.collateral if rule.party == party), None)
    owed = sorted({asset for who, asset in obligations(program) if who == party})
    if rule is None and (not owed or bound.checked.definition.unsecured):
        return None
    asset = owed[0] if rule is None else rule
    amount = worst.of(party, asset) if set(owed) <= {asset} else None
    places = terms.places[asset]
    return Lock(terms.assets[asset], None if amount is None else to_minor_units(amount, places))
