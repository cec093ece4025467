"""From an instance to formulas by date: what it is worth now, and what it is worth at the dates at
which something is decided.

A date decides if what happens later depends on the price of that date: somebody chooses, a guard
ends the contract or begins another one, a price is remembered, a level has been watched until then.
There the clauses are executed with the price of the date as a letter, once for each arm of a
choice. What is left after an arm has a closed form in that letter, or is itself decided at a later
date. A chooser takes the arm that is worth more to it.

Until a date a level may be watched. Given the prices at both ends, the level was not touched with
the probability of a Brownian bridge, whatever the drift:

    1 - exp(-2 log(b/x) log(b/y) / (σ²τ))    for x and y on one side of b, else 0

(Karatzas and Shreve, Brownian Motion and Stochastic Calculus, 4.3.40), and for two levels the sum
of its images.
"""

from dataclasses import field, replace

from rfos_lang.base.records import dataclass
from rfos_lang.core.components import components
from rfos_lang.core.formula import Formula, Input, Source
from rfos_lang.core.formula import inputs as inputs_of
from rfos_lang.core.program import (
    Choice,
    Program,
    State,
    Timed,
    Watch,
)
from rfos_lang.core.walk import within
from rfos_lang.valuation.closed_form.barrier import Barrier, bridge_survival
from rfos_lang.valuation.closed_form.letters import Letters
from rfos_lang.valuation.closed_form.parts import Deferral
from rfos_lang.valuation.closed_form.payoff import NoClosedForm, polynomial
from rfos_lang.valuation.closed_form.polynomial import letter
from rfos_lang.valuation.closed_form.reading import Moment, Reader, moments
from rfos_lang.valuation.closed_form.recognise import (
    Timing,
    Unrecognised,
    Watched,
    closed_form,
    numeraire,
    watched,
)
from rfos_lang.valuation.closed_form.values import ALWAYS, NEVER
from rfos_lang.valuation.constructors import (
    ONE,
    ZERO,
    add,
    less,
    maximum,
    minimum,
    multiply,
    select,
    substituted,
    subtract,
    total,
)
from rfos_lang.valuation.differentiation import derivative
from rfos_lang.valuation.earlier_dates.date import Date, known_formula, other_clauses
from rfos_lang.valuation.earlier_dates.forward import Forward, Numbered, Postponed
from rfos_lang.valuation.earlier_dates.records import Climb, Decision, Place, Plan
from rfos_lang.valuation.earlier_dates.remaining import Environment, remaining
from rfos_lang.valuation.extremes import (
    Extreme,
    extreme_of,
    jumps_at,
    level_formulas,
    level_letter,
)
from rfos_lang.valuation.floors import LOWEST_VOLATILITY, SHORTEST_YEARS
from rfos_lang.valuation.unrolling import Unrolled

DATES_MAX = 2
"""At how many dates, one after the other, something may be decided: each is one integral more."""


def plan_of(ahead: Unrolled, environment: Environment) -> Plan:
    """The plan of an unrolled instance, its states standing as in `environment`. Raises
    NoClosedForm."""
    program, reporting = ahead.program, ahead.reporting
    if numeraire(program, reporting) != reporting:
        raise NoClosedForm("it is told in another asset than its prices")
    if any(isinstance(clause, Choice) and clause.is_facility for clause in program.clauses):
        raise NoClosedForm("somebody may choose as much or as often as it likes")
    feeds = Letters(program).feeds
    if len(feeds) != 1:
        raise NoClosedForm(f"it observes {len(feeds)} prices, and one can be integrated over")
    planner = _Planner(program, reporting, ahead.timing, feeds[0])
    start = Place(None, planner.letters.spot(feeds[0]), 0, ahead.timing.order)
    worth = planner.worth(program, start, environment)
    return Plan(feeds[0], worth, planner.numbered, planner.decided, planner.watches)


@dataclass(slots=True)
class _Planner:
    whole: Program
    reporting: int
    timing: Timing
    feed: int
    numbered: dict[Input, Numbered] = field(default_factory=dict)
    decided: dict[Input, Decision | Climb] = field(default_factory=dict)
    watches: bool = False

    @property
    def letters(self) -> Letters:
        return Letters(self.whole)

    def worth(self, program: Program, place: Place, environment: Environment) -> Formula:
        """What the clauses of a program that are left after a place are worth at it."""
        left = remaining(program, environment)
        open_truth = _open_truth(left, environment)
        if open_truth is not None:
            arms = ({**environment, open_truth: each} for each in (ALWAYS, NEVER))
            holds, fails = (self.worth(program, place, each) for each in arms)
            return select(known_formula(environment[open_truth]), holds, fails)
        try:
            return self._closed(left, place, environment)
        except NoClosedForm as refusal:
            if (climbed := self._climbed(left, place, environment)) is not None:
                return climbed
            if place.depth == DATES_MAX:
                several = f"it is decided at more than {DATES_MAX} dates"
                raise NoClosedForm(f"{several}, and at the last {refusal.reason}") from None
            found = moments(left, place.order)
            if not found:
                raise
        passed = self._passed(found[0], left, place, environment)
        return self._until(found[0], left, place, environment) if passed is None else passed

    def _passed(
        self, moment: Moment, program: Program, place: Place, environment: Environment
    ) -> Formula | None:
        """What a program is worth if its first date decides nothing: its payments, and the rest as
        if it were not there. None if it decides something."""
        if any(not isinstance(clause, Timed) for clause in (*program.clauses[:1], *moment.clauses)):
            return None
        spot = self.letters.spot(self.feed)
        reader = Reader(
            program, self.reporting, (moment.schedule,), dict(environment), self.feed, self.whole
        )
        for clause in moment.clauses:
            if clause.lives is not None and reader.truth(State(clause.lives)) != ALWAYS:
                return None
            reader.acted(clause.actions, moment.schedule)
        later = {slot: value for slot, value in reader.environment.items() if value is not None}
        if reader.ended != NEVER or any(
            spot in inputs_of(known_formula(each)) for each in later.values()
        ):
            return None
        here = replace(program, clauses=moment.clauses)
        rest = replace(program, clauses=other_clauses(program, moment))
        order = place.order[place.order.index(moment.schedule) + 1 :]
        try:
            paid = self._closed(here, replace(place, order=(moment.schedule,)), environment)
        except NoClosedForm:
            return None
        return add(paid, self.worth(rest, replace(place, order=order), later))

    # --- closed forms, seen from a date

    def _closed(self, program: Program, place: Place, environment: Environment) -> Formula:
        timing = Timing(place.order, self.timing.dues)
        form = closed_form(program, timing, self.reporting, derivatives=False)
        if isinstance(form, Unrecognised):
            raise NoClosedForm(form.reason)
        values = []
        for part in form.parts:
            self.watches |= part.barrier
            value = self._seen(part.measures.value, place, part.schedule, environment)
            values.append(self.postponed(value, part.deferral))
        return total(values)

    def _seen(
        self,
        formula: Formula,
        place: Place,
        until: int,
        environment: Environment,
        *kept: Input,
    ) -> Formula:
        """A formula of the present as it will be at a place, with a horizon at a schedule. Some
        letters are kept."""
        given: dict[Formula, Formula] = {}
        for each in (known for known in inputs_of(formula) if known not in kept):
            match each.source:
                case Source.SPOT:
                    given[each] = place.price
                case Source.STATE if each.slot in environment:
                    given[each] = known_formula(environment[each.slot])
                case Source.STATE | Source.TERM:
                    pass
                case _:
                    given[each] = self._number(each, Forward(each, place.schedule, until))
        return substituted(formula, given)

    def _number(self, like: Input, numbered: Numbered) -> Input:
        """A letter for a number that only the market of the day tells."""
        found = next((known for known, other in self.numbered.items() if other == numbered), None)
        made = found or Input(like.source, like.slot, f"{like.name} {len(self.numbered)}")
        self.numbered[made] = numbered
        return made

    def postponed(self, value: Formula, deferral: Deferral | None) -> Formula:
        if deferral is None:
            return value
        like = self.letters.rate(deferral.asset)
        return multiply(value, self._number(like, Postponed(deferral)))

    # --- extremes

    def _climbed(self, program: Program, place: Place, environment: Environment) -> Formula | None:
        """What is paid by the extreme of a price from a date on; None if it is something else."""
        if place.schedule is None:
            return None  # what follows an extreme from now on is one integral by itself
        parts = components(program)
        lives = parts[0].lives
        if len(parts) > 1 or (lives is not None and environment[lives] != ALWAYS):
            return None
        try:
            extreme = extreme_of(parts[0].program)
            timing = Timing(place.order, self.timing.dues)
            known = level_formulas(parts[0].program, timing, self.reporting, extreme)
        except NoClosedForm:
            return None
        self.watches = True
        level, so_far = level_letter(extreme), self._so_far(extreme, place, environment)
        total_worth: Formula = ZERO
        for schedule, (start, slope) in known.items():
            now = substituted(
                self._seen(start, place, schedule, environment, level), {level: so_far}
            )
            made = Input(level.source, level.slot, f"{level.name} {len(self.decided)}")
            worth = substituted(
                self._seen(slope, place, schedule, environment, level), {level: made}
            )
            climb = Climb(place.schedule, schedule, so_far, made, extreme.is_highest, worth)
            total_worth = add(total_worth, add(now, self._before(climb)))
        return total_worth

    def _so_far(self, extreme: Extreme, place: Place, environment: Environment) -> Formula:
        """The extreme at a place; the price if none was observed before."""
        known = environment.get(extreme.state)
        past = self.letters.state(extreme.state) if known is None else known_formula(known)
        better = maximum if extreme.is_highest else minimum
        return select(less(ZERO, past), better(past, place.price), place.price)

    def _until_extreme(
        self,
        extreme: Extreme,
        program: Program,
        moment: Moment,
        place: Place,
        environment: Environment,
    ) -> Formula:
        """What is worth something at a date by the extreme of the price until then: by the extreme
        so far, and more for each level that is touched."""
        self.watches = True
        there = self._there(moment, place)
        level = Input(Source.STATE, extreme.state, f"extreme {len(self.decided)}")
        known = {**environment, extreme.state: polynomial(letter(level))}
        worth = Date(self, program, moment, there).worth(known)
        if jumps_at(worth, level):
            raise NoClosedForm("it jumps where an extreme passes a level")
        so_far = self._so_far(extreme, place, environment)
        start = self._decision(place, there, substituted(worth, {level: so_far}))
        spot = self.letters.spot(self.feed)
        sides = (None, level) if extreme.is_highest else (level, None)
        untouched = self._survival(Barrier(spot, *sides), place, there, environment, level)
        more = multiply(derivative(worth, level), subtract(ONE, untouched))
        slope = self._decision(place, there, more)
        climb = Climb(place.schedule, moment.schedule, so_far, level, extreme.is_highest, slope)
        return add(start, self._before(climb))

    # --- a date

    def _until(
        self, moment: Moment, program: Program, place: Place, environment: Environment
    ) -> Formula:
        """What is watched until a date, and what is worth something at it."""
        watches = tuple(clause for clause in program.clauses if isinstance(clause, Watch))
        pause = Timed(moment.schedule, ())
        early = remaining(replace(program, clauses=(*watches, pause)), environment)
        timing = Timing((moment.schedule,), self.timing.dues)
        if len(early.clauses) > 1 and (extreme := _extreme_in(early)) is not None:
            return self._until_extreme(extreme, program, moment, place, environment)
        seen = watched(early, timing, self.reporting) if len(early.clauses) > 1 else None
        there = self._there(moment, place)
        date = Date(self, program, moment, there)
        untouched = date.worth(environment)
        if seen is None:
            return self._decision(place, there, untouched)
        worth = self._watched(seen, untouched, date, place, environment)
        return add(self._decision(place, there, worth), self._closed(early, place, environment))

    def _there(self, moment: Moment, place: Place) -> Place:
        """The place of a date that decides."""
        order = place.order[place.order.index(moment.schedule) + 1 :]
        return Place(moment.schedule, self._price_letter(moment), place.depth + 1, order)

    def _decision(self, place: Place, there: Place, worth: Formula) -> Input:
        """The letter of what is worth something at a later place, seen from a place."""
        assert there.schedule is not None
        return self._before(
            Decision(place.schedule, there.schedule, place.price, there.price, worth)
        )

    def _before(self, decided: Decision | Climb) -> Input:
        """A letter for an integral."""
        date, count = self.whole.schedules[decided.schedule], len(self.decided)
        name = f"the value before {date} {count}"
        value = Input(Source.STATE, len(self.whole.states) + count, name)
        self.decided[value] = decided
        return value

    def _price_letter(self, moment: Moment) -> Input:
        spot = self.letters.spot(self.feed)
        return Input(
            Source.SPOT, self.feed, f"{spot.name} at {self.whole.schedules[moment.schedule]}"
        )

    def _watched(
        self,
        seen: Watched,
        untouched: Formula,
        date: Date,
        place: Place,
        environment: Environment,
    ) -> Formula:
        """What is worth something at a date, by whether a level was touched before."""
        self.watches = True
        touched = (
            ZERO
            if seen.ends
            else date.touched().worth({**environment, **dict.fromkeys(seen.states, ALWAYS)})
        )
        chance = self._survival(seen.barrier, place, date.place, environment)
        for state in sorted(seen.states):
            known = known_formula(environment.get(state, NEVER))
            chance = select(less(ZERO, known), ZERO, chance)
        return add(multiply(chance, untouched), multiply(subtract(ONE, chance), touched))

    def _survival(
        self,
        barrier: Barrier,
        place: Place,
        there: Place,
        environment: Environment,
        *kept: Input,
    ) -> Formula:
        """The chance that no level is touched between two places, given the prices at both."""
        assert there.schedule is not None
        letters, end = self.letters, Input(Source.TERM, len(self.whole.terms), there.price.name)
        survives = bridge_survival(
            barrier,
            end,
            maximum(letters.volatility(self.feed), LOWEST_VOLATILITY),
            maximum(letters.years(there.schedule), SHORTEST_YEARS),
        )
        seen = self._seen(survives, place, there.schedule, environment, *kept)
        return substituted(seen, {end: there.price})


def _extreme_in(program: Program) -> Extreme | None:
    """The one extreme that watches follow; None if they watch something else."""
    try:
        return extreme_of(components(program)[0].program)
    except NoClosedForm:
        return None


def _open_truth(program: Program, environment: Environment) -> int | None:
    """A state by which something is watched or not, and which the price of a date decided; None if
    there is none."""
    conditions = (clause.condition for clause in program.clauses if isinstance(clause, Watch))
    asked = (node.slot for node in within(*conditions) if isinstance(node, State))
    known = (ALWAYS, NEVER)
    return next((slot for slot in asked if environment.get(slot, NEVER) not in known), None)
