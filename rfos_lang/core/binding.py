"""Binding: the terms of one instance, from its arguments and its start."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from rfos_lang.base import fixed
from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.feed import worded
from rfos_lang.base.fixed import SettlementError
from rfos_lang.base.instant import show_instant
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.core import program as core
from rfos_lang.core.arguments import Arguments, read_arguments, shape_of
from rfos_lang.core.causality import Occurrences, misread
from rfos_lang.core.lowered import FeedRecipe, Lowered, ScheduleRecipe, occurrence_name
from rfos_lang.core.lowering import lower
from rfos_lang.core.meaning import Status, actions_of, schedule_of, start
from rfos_lang.core.program import Terms
from rfos_lang.core.values import (
    Environment,
    Recipe,
    Value,
    computed,
    instant_of,
    members,
)
from rfos_lang.semantics.definition import Definition, Expression, Plain, Quantity


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
        environment = Environment(self.begin, values, {}, places=places)
        for declared in self.lowered.definition.parameters:
            value = self.value(Recipe(arguments[declared.name]), environment)
            if value is None:
                return None
            values[declared.name] = value
        return environment

    # --- schedules

    def occurrences(self, environment: Environment) -> list[Occurrences] | None:
        """Of each schedule slot; parents come before what is computed along them."""
        found: list[Occurrences] = []
        for recipe in self.lowered.schedules:
            around = [environment]
            if recipe.parent is not None:
                around = [inner for _, inner in found[recipe.parent]]
            walked = [each for outer in around for each in self.along(recipe, outer)]
            name = (occurrence_name(len(found)),)
            found.append([(t, e.binding(name, k * fixed.ONE)) for k, (t, e) in enumerate(walked)])
        if self.problems:
            return None
        for recipe, occurrences in zip(self.lowered.schedules, found, strict=True):
            self.ascending(recipe, [instant for instant, _ in occurrences])
        return None if self.problems else found

    def along(self, recipe: ScheduleRecipe, environment: Environment) -> Occurrences:
        value = self.value(recipe.recipe, environment)
        if value is None:
            return []
        walked = (value,) if isinstance(value, int) else members(value)
        return [(instant_of(each), environment.binding(recipe.variables, each)) for each in walked]

    def ascending(self, recipe: ScheduleRecipe, instants: list[int]) -> None:
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
            [self.value(recipe, inner) for _, inner in occurrences[slot.schedule]]
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
            schedules=tuple(tuple(instant for instant, _ in each) for each in occurrences),
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
        self.requirements(terms)

    def paid_in_time(self, clause: core.Clause, terms: Terms) -> None:
        """A payment falls due no earlier than its clause fixes it."""
        if isinstance(clause, core.Watch) or (isinstance(clause, core.Choice) and clause.any_time):
            return
        instants = schedule_of(clause, terms)
        dues = (a.due for a in actions_of(clause) if isinstance(a, core.Transfer))
        for due in dues:
            match due:
                case core.Column(slot=slot):
                    paid = terms.columns[slot]
                case core.Term(slot=slot):
                    paid = (terms.terms[slot],) * len(instants)
                case _:
                    continue
            for fixed_at, paid_at in zip(instants, paid, strict=True):
                if paid_at < fixed_at:
                    names = {"paid": show_instant(paid_at), "fixed": show_instant(fixed_at)}
                    self.refuse("E0534", self.clause_span(clause), **names)
                    break

    def clause_span(self, clause: core.Clause) -> Span:
        whole = self.lowered.definition.span
        return whole if clause.source is None else Span(whole.source, *clause.source)

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
