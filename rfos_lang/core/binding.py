"""Binding: the terms of one instance, from its arguments and its start."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

from rfos_lang.base import fixed
from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.feed import Aspect, worded
from rfos_lang.base.fixed import SettlementError
from rfos_lang.base.instant import LAST_YEAR, date_of, show_instant, start_of_day
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.core import program as core
from rfos_lang.core.arguments import Arguments, read_arguments, shape_of
from rfos_lang.core.causality import Listed, Occurrences, Regular, misread
from rfos_lang.core.decided import decided
from rfos_lang.core.lowered import FeedRecipe, Lowered, ScheduleRecipe, occurrence_name
from rfos_lang.core.lowering import lower
from rfos_lang.core.meaning import HIGHEST_UNITS, Status, actions_of, schedule_of, start
from rfos_lang.core.program import Instants, Terms
from rfos_lang.core.values import (
    Dates,
    Environment,
    Recipe,
    Value,
    computed,
    instant_of,
    members,
)
from rfos_lang.core.walk import expressions_of, feeds_in
from rfos_lang.semantics.definition import Definition, Expression, Operation, Plain, Quantity
from rfos_lang.semantics.walk import within


@dataclass(frozen=True, slots=True)
class Instance:
    """A lowered definition with the terms of one instance."""

    lowered: Lowered
    terms: Terms


def instantiate(
    definition: Definition, given: Mapping[str, str | Expression], begin: int
) -> tuple[Instance | None, tuple[Diagnostic, ...]]:
    """An instance that begins at `begin`, from arguments as `read_arguments` takes them."""
    arguments, problems = read_arguments(definition, given)
    if arguments is None:
        return None, problems
    lowered, problems = lower(definition, shape_of(definition, arguments))
    if lowered is None:
        return None, problems
    terms, problems = bind(lowered, arguments, begin)
    return (None if terms is None else Instance(lowered, terms)), problems


def bind(
    lowered: Lowered, arguments: Arguments, begin: int
) -> tuple[Terms | None, tuple[Diagnostic, ...]]:
    """The terms of an instance that begins at `begin`, or all reasons why there are none.

    `arguments` are those of `read_arguments`, for the shape that was lowered.
    """
    assert shape_of(lowered.definition, arguments) == lowered.shape
    binding = _Binding(lowered, begin, [])
    environment = binding.parameters(arguments)
    if environment is None:
        return None, tuple(binding.problems)
    occurrences = binding.occurrences(environment)
    if occurrences is None:
        return None, tuple(binding.problems)
    terms = binding.terms(environment, occurrences)
    if terms is not None:
        binding.check(terms, occurrences)
    return (None if binding.problems else terms), tuple(binding.problems)


@dataclass(slots=True)
class _Binding:
    """A binding in progress, and what is wrong so far."""

    lowered: Lowered
    begin: int
    problems: list[Diagnostic]

    def refuse(self, code: str, span: Span, **names: object) -> None:
        new = report(code, span, label="", related=(), fixes=(), **names)
        if new not in self.problems:
            self.problems.append(new)

    def value(self, recipe: Recipe, environment: Environment) -> Value | None:
        """The value of a recipe; None if the refusal was noted."""
        try:
            return computed(recipe, environment)
        except Refused as refused:
            self.refuse(refused.code, recipe.expression.span, **refused.names)
        except SettlementError:
            self.refuse("E0532", recipe.expression.span)
        return None

    def parameters(self, arguments: Arguments) -> Environment | None:
        """The values of all parameters, in the order of declaration: a default may name others."""
        values: dict[str, Value] = {}
        assets = self.lowered.definition.assets
        places = {ticker: asset.places for ticker, asset in assets.items()}
        environment = Environment(
            self.begin, values, {}, places=places, clock=self.lowered.definition.clock
        )
        for declared in self.lowered.definition.parameters:
            value = self.value(Recipe(arguments[declared.name]), environment)
            if value is None:
                return None
            values[declared.name] = value
        return environment

    # --- schedules

    def occurrences(self, environment: Environment) -> list[Occurrences] | None:
        """Of each schedule slot; parents come before what is computed along them, and what goes on
        to the contract's last date after all that decides when that is."""
        recipes, found = self.lowered.schedules, dict[int, Occurrences]()
        for slot, recipe in enumerate(recipes):
            if not self.goes_on(recipe):
                found[slot] = self.walked(slot, environment, found)
        horizon = self.horizon(found)
        for slot, recipe in enumerate(recipes):
            if self.goes_on(recipe):
                found[slot] = self.walked(slot, replace(environment, horizon=horizon), found)
        if self.problems:
            return None
        for slot, recipe in enumerate(recipes):
            if not isinstance(found[slot], Regular):
                self.ascending(recipe, found[slot].instants())
        return None if self.problems else [found[slot] for slot in range(len(recipes))]

    def goes_on(self, recipe: ScheduleRecipe) -> bool:
        """Whether a schedule, or one that it is computed along, ends with the contract."""
        parts = within(recipe.recipe.expression)
        if any(isinstance(part, Operation) and part.name == "every" for part in parts):
            return True
        return recipe.parent is not None and self.goes_on(self.lowered.schedules[recipe.parent])

    def horizon(self, found: Mapping[int, Occurrences]) -> int | None:
        """The last date at which the contract acts, as far as dates decide it."""
        if self.lowered.program.perpetual:
            return start_of_day(date(LAST_YEAR, 12, 31))
        return max((t for each in found.values() for t in each.instants()[-1:]), default=None)

    def walked(
        self, slot: int, environment: Environment, found: Mapping[int, Occurrences]
    ) -> Occurrences:
        recipe = self.lowered.schedules[slot]
        if recipe.parent is None:
            value = self.value(recipe.recipe, environment)
            match value:
                case Dates(instants=range() as instants) if not self.is_walked(slot):
                    return Regular(instants, environment)
            around = [(environment, value)]
        else:
            outer = [inner for _, inner in found[recipe.parent].each()]
            around = [(each, self.value(recipe.recipe, each)) for each in outer]
        pairs = [pair for each, value in around for pair in self.along(recipe, each, value)]
        name = (occurrence_name(slot),)
        return Listed([(t, e.binding(name, k * fixed.ONE)) for k, (t, e) in enumerate(pairs)])

    def is_walked(self, slot: int) -> bool:
        """Whether anything is worked out for each date of a schedule, beside the date itself."""
        program = self.lowered.program
        along = {each.schedule for each in program.columns}
        along |= {each.schedule for each in program.tables}
        return slot in along or any(each.parent == slot for each in self.lowered.schedules)

    def along(
        self, recipe: ScheduleRecipe, environment: Environment, value: Value | None
    ) -> list[tuple[int, Environment]]:
        if value is None:
            return []
        try:
            walked = (value,) if isinstance(value, int) else members(value)
        except Refused as refused:
            self.refuse(refused.code, recipe.recipe.expression.span, **refused.names)
            return []
        return [(instant_of(each), environment.binding(recipe.variables, each)) for each in walked]

    def ascending(self, recipe: ScheduleRecipe, instants: Instants) -> None:
        span = recipe.recipe.expression.span
        for earlier, later in pairwise(instants):
            if later <= earlier:
                names = {"earlier": show_instant(earlier), "later": show_instant(later)}
                self.refuse("E0528", span, **names)
                return
        if instants and instants[0] < self.begin:
            names = {"instant": show_instant(instants[0]), "start": show_instant(self.begin)}
            self.refuse("E0529", span, **names)

    # --- terms

    def terms(self, environment: Environment, occurrences: list[Occurrences]) -> Terms | None:
        lowered, program = self.lowered, self.lowered.program
        assets = tuple(str(computed(recipe, environment)) for recipe in lowered.assets)
        scalars = [self.value(recipe, environment) for recipe in lowered.terms]
        columns = [
            [self.value(recipe, inner) for _, inner in occurrences[slot.schedule].each()]
            for slot, recipe in zip(program.columns, lowered.columns, strict=True)
        ]
        if self.problems:
            return None
        return Terms(
            start=self.begin,
            assets=assets,
            places=tuple(lowered.definition.assets[ticker].places for ticker in assets),
            feeds=tuple(self.feed_name(slot, environment) for slot in range(len(lowered.feeds))),
            terms=tuple(map(_integer, scalars)),
            schedules=tuple(each.instants() for each in occurrences),
            columns=tuple(tuple(map(_integer, column)) for column in columns),
        )

    def feed_name(self, slot: int, environment: Environment) -> str:
        feed = self.lowered.feeds[slot]
        return named_feed(feed, environment)

    # --- checks that take the dates

    def check(self, terms: Terms, occurrences: list[Occurrences]) -> None:
        for causality in self.lowered.causality:
            problem = misread(causality, self.begin, occurrences)
            if problem is not None:
                self.refuse(problem.code, causality.span, **problem.names)
        for clause in self.lowered.program.clauses:
            self.paid_in_time(clause, terms)
            self.fixed_on_its_date(clause, terms)
            self.payable(clause, terms)
        self.requirements(terms)

    def paid_in_time(self, clause: core.Clause, terms: Terms) -> None:
        """A payment falls due no earlier than its clause fixes it."""
        if isinstance(clause, core.Watch) or (isinstance(clause, core.Choice) and clause.any_time):
            return
        instants = schedule_of(clause, terms)
        last = len(instants) - 1
        dues = (a.due for a in actions_of(clause) if isinstance(a, core.Transfer))
        for due in dues:
            match due:
                case core.Column(slot=slot):
                    pairs = list(zip(instants, terms.columns[slot], strict=True))
                case core.Term(slot=slot) if instants:
                    pairs = [(instants[last], terms.terms[slot])]
                case _:
                    continue
            for fixed_at, paid_at in pairs:
                if paid_at < fixed_at:
                    names = {"paid": show_instant(paid_at), "fixed": show_instant(fixed_at)}
                    self.refuse("E0534", self.place(clause.source), **names)
                    break

    def fixed_on_its_date(self, clause: core.Clause, terms: Terms) -> None:
        """A fixing is known by its date in UTC. What a date of the contract means, its cut, has to
        lie on the same date there; any other instant is of UTC."""
        clock = self.lowered.definition.clock
        read = feeds_in(*(e for action in actions_of(clause) for e in expressions_of(action)))
        slots = self.lowered.program.feeds
        published = [slot for slot in read if slots[slot].aspect is Aspect.FIXING]
        if clock.is_even or not published:
            return
        for instant in schedule_of(clause, terms):
            day = clock.day(instant)
            if day != date_of(instant) and clock.at_cut(day) == instant:
                names = {"feed": terms.feeds[published[0]], "instant": show_instant(instant)}
                self.refuse("E0543", self.place(clause.source), day=day, **names)
                break

    def payable(self, clause: core.Clause, terms: Terms) -> None:
        """A payment that the terms alone decide is not below zero, nor more than can be paid."""
        for action in actions_of(clause):
            if isinstance(action, core.Transfer) and action.guard is core.TRUE:
                place = self.place(action.source)
                try:
                    for amount in decided(self.lowered.program, terms, action.amount):
                        self.payment(action, amount, terms, place)
                except SettlementError:
                    self.refuse("E0532", place)

    def payment(self, transfer: core.Transfer, amount: int, terms: Terms, place: Span) -> None:
        if amount < 0 and not transfer.net:
            asset = terms.assets[transfer.asset]
            self.refuse("E0544", place, amount=fixed.shown(amount), asset=asset)
        if abs(fixed.to_minor_units(amount, terms.places[transfer.asset])) > HIGHEST_UNITS:
            raise fixed.Overflow

    def place(self, source: tuple[int, int] | None) -> Span:
        whole = self.lowered.definition.span
        return whole if source is None else Span(whole.source, *source)

    def requirements(self, terms: Terms) -> None:
        outcome = start(self.lowered.program, terms)
        definition = self.lowered.definition
        match outcome.status:
            case Status.OK:
                pass
            case Status.REQUIREMENT:
                assert outcome.requirement is not None
                requirement = definition.requires[outcome.requirement]
                self.refuse("E0531", requirement.span, message=requirement.message)
            case _:
                self.refuse("E0532", definition.span)


def _integer(value: Value | None) -> int:
    assert isinstance(value, int)
    return int(value)


def named_feed(feed: FeedRecipe, environment: Environment) -> str:
    """The name of a feed with its arguments in place: `spot(BTC, USD)`. Raises as `evaluate`."""
    words = (_word(recipe, computed(recipe, environment)) for recipe in feed.arguments)
    name = f"{feed.feed}({', '.join(words)})" if feed.arguments else feed.feed
    return name if feed.field is None else f"{name}.{feed.field}"


def _word(recipe: Recipe, value: Value) -> str:
    """An argument of a feed as it stands in the feed's name."""
    match recipe.expression.type, value:
        case Plain.DATE, int(instant):
            return show_instant(instant)
        case Quantity(), int(number):
            return fixed.shown(number)
        case Plain.TEXT | Plain.ENTITY, str(text):
            return worded(text)
        case _:
            return str(value)
