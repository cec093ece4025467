"""A checked test run on the reference interpreter: what of its expectations does not hold."""

from contextlib import suppress
from dataclasses import field, replace
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from typing import assert_never

from rfos_lang.base import fixed
from rfos_lang.base.diagnostic import Diagnostic, Related
from rfos_lang.base.fixed import SettlementError
from rfos_lang.base.instant import show_instant
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.core.arguments import read_arguments
from rfos_lang.core.binding import instantiate, named_feed
from rfos_lang.core.explanation import number
from rfos_lang.core.lowered import FeedRecipe
from rfos_lang.core.meaning import Outcome, Posting, Status
from rfos_lang.core.spelling import spelled
from rfos_lang.core.values import Environment, Recipe, Value, evaluate
from rfos_lang.driver.life import EVENTS_MAX, Life, Taken, TooLong, born, lived, unbelieved
from rfos_lang.driver.telling import (
    bounds_words,
    happened,
    payment_sentence,
    payment_words,
    refusal_words,
)
from rfos_lang.driver.valuing import Quotes, value_of
from rfos_lang.semantics import case
from rfos_lang.semantics.case import Day, Expectation, Holds, NoPayments, TestCase
from rfos_lang.semantics.definition import (
    Conditional,
    Expression,
    Literal,
    Observe,
    Operation,
    Payment,
    StateRead,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A test with what failed in it, and the life that it led; none if it could not begin."""

    case: TestCase
    failures: tuple[Diagnostic, ...]
    life: Life | None


def run_test(test: TestCase) -> Verdict:
    """Runs a test. It passes if there are no failures."""
    running = _Running(test)
    with suppress(_Stopped):
        running.all()
    return Verdict(test, tuple(running.failures), running.life)


class _Stopped(Exception):
    """The test cannot go on; why was noted."""


@dataclass(slots=True)
class _Running:
    """A test in progress. `claimed`: the postings that an expectation has named, by position."""

    test: TestCase
    environment: Environment = field(default_factory=lambda: Environment(0, {}, {}))
    life: Life | None = None
    failures: list[Diagnostic] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)
    quotes: Quotes = field(default_factory=dict)

    def all(self) -> None:
        steps = self.test.steps
        refused = steps[0] if steps and isinstance(steps[0], case.Refused) else None
        if not self.begin(refused):
            return
        for step, behind in pairwise((*steps, None)):
            match step:
                case Day():
                    refused = behind if isinstance(behind, case.Refused) else None
                    self.day(step, refused)
                case case.Market():
                    self.quotes = {
                        (each.kind, each.names): self.integer(each.value) for each in step.quotes
                    }
                case case.Refused() | None:
                    pass
                case _:
                    self.expectation(step)
        self.surplus()

    def fail(self, code: str, span: Span, *, label: str = "", **names: str) -> None:
        problem = report(code, span, label=label, related=(), fixes=(), **names)
        self.failures.append(problem)

    @property
    def living(self) -> Life:
        assert self.life is not None
        return self.life

    # --- the beginning

    def begin(self, refused: case.Refused | None) -> bool:
        """Makes the instance. False if it was refused, as expected or not."""
        test = self.test
        arguments, problems = read_arguments(test.definition, test.arguments)
        if arguments is None:
            return self.not_made(problems, refused)
        values: dict[str, Value] = {}
        places = {ticker: it.places for ticker, it in test.definition.assets.items()}
        self.environment = Environment(0, values, {}, places=places, clock=test.definition.clock)
        for declared in test.definition.parameters:
            values[declared.name] = self.value(arguments[declared.name], test.given)
        begin = self.integer(test.start)
        self.environment = replace(self.environment, start=begin)
        instance, problems = instantiate(test.definition, test.arguments, begin)
        if instance is None:
            return self.not_made(problems, refused)
        if refused is not None:
            self.fail("E1125", refused.span, what=f"`{test.definition.name}` with these arguments")
        self.life = born(instance)
        return True

    def not_made(self, problems: tuple[Diagnostic, ...], refused: case.Refused | None) -> bool:
        """The instance is refused: by the contract's own `require`, or for another reason."""
        first, test = problems[0], self.test
        by_require = next((r for r in test.definition.requires if r.span == first.span), None)
        if refused is None or by_require is None:
            contract, reason = test.definition.name, first.message
            self.fail("E1123", test.given, contract=contract, reason=reason)
        elif refused.message not in (None, by_require.message):
            self.fail("E1126", refused.span, reason=f'"{by_require.message}"')
        return False

    # --- days

    def day(self, day: Day, refused: case.Refused | None) -> None:
        instant = self.integer(day.instant)
        last = self.living.moments[-1:]
        if last and instant <= last[0].instant:
            earlier, later = show_instant(last[0].instant), show_instant(instant)
            self.stop("E1121", day.instant.span, earlier=earlier, later=later)
        if instant < self.environment.start:
            begin = show_instant(self.environment.start)
            self.stop("E1121", day.instant.span, earlier=begin, later=show_instant(instant))
        observed = dict(map(self.observed, day.observed))
        taken = tuple(
            Taken(each.party, each.choice, tuple(map(self.integer, each.amounts)))
            for each in day.taken
        )
        try:
            self.life = lived(self.living, instant, observed, taken)
        except TooLong:
            self.stop("E1133", day.instant.span, limit=f"{EVENTS_MAX:_}")
        moment = self.living.moments[-1]
        came_of_it = moment.refusal or moment.outcome
        quiet = (Status.OK, Status.WAITING, Status.ENDED)
        if moment.refusal is None and came_of_it.status in quiet:
            if refused is not None:
                self.fail("E1125", refused.span, what=f"what happens on {show_instant(instant)}")
            return
        self.refusal(day, came_of_it, refused)

    def refusal(self, day: Day, outcome: Outcome, refused: case.Refused | None) -> None:
        reason = refusal_words(self.living, outcome)
        place = day.taken[0].span if day.taken else day.instant.span
        if refused is None:
            self.fail("E1124", place, reason=reason)
        elif refused.message is not None and reason != f'"{refused.message}"':
            self.fail("E1126", refused.span, reason=reason)

    def observed(self, observed: case.Observed) -> tuple[str, int]:
        """A feed and what is observed of it, within the feed's bounds."""
        name, value = self.feed(observed), self.integer(observed.value)
        lowered, terms = self.living.instance.lowered, self.living.instance.terms
        rules = unbelieved(lowered.program, terms, name, value)
        if rules is not None:
            words = {"name": name, "value": number(value), "bounds": bounds_words(rules)}
            self.stop("E1135", observed.value.span, **words)
        return name, value

    def feed(self, observed: case.Observed) -> str:
        """The name of a feed that the contract reads."""
        feed = observed.feed
        name = named_feed(_recipe(feed), self.environment)
        read = self.living.instance.terms.feeds
        if name not in read:
            known = ", ".join(f"`{each}`" for each in dict.fromkeys(read)) or "nothing"
            contract = self.test.definition.name
            self.stop("E1122", feed.span, contract=contract, name=name, known=known)
        return name

    def stop(self, code: str, span: Span, **names: str) -> None:
        self.fail(code, span, **names)
        raise _Stopped

    # --- expectations

    def expectation(self, step: Expectation) -> None:
        match step:
            case case.Pays():
                self.pays(step)
            case NoPayments():
                made = [self.words(paid, owed) for owed, paid in self.living.postings]
                if made:
                    self.fail("E1129", step.span, label=_listed(made))
            case case.Ended():
                if not self.living.standing.ended:
                    self.fail("E1130", step.span, label=self.what_is_ahead())
            case Holds():
                self.holds(step)
            case case.Valued():
                self.valued(step)
            case case.Refused():
                pass
            case _:
                assert_never(step)

    def pays(self, step: case.Pays) -> None:
        """Claims one posting that nobody has claimed."""
        payment = step.payment
        wanted, owed = self.posting(payment), self.owed(payment)
        for position, (instant, paid) in enumerate(self.living.postings):
            fits = self.fits(paid, wanted, payment.label) and instant == owed
            if fits and position not in self.claimed:
                self.claimed.add(position)
                return
        label = "" if payment.label is None else f' as "{payment.label}"'
        words = f"{self.wanted_words(payment)} on {show_instant(owed)}{label}"
        self.fail("E1127", step.span, label=self.instead(wanted, owed), words=words)

    def posting(self, payment: Payment) -> Posting:
        """The posting that is expected; its amount is rounded as a payment is."""
        instance = self.living.instance
        terms, parties = instance.terms, instance.lowered.program.parties
        ticker = evaluate(payment.asset, self.environment)
        asset = terms.assets.index(str(ticker)) if ticker in terms.assets else -1
        places = terms.places[asset] if asset >= 0 else 0
        units = fixed.to_minor_units(self.integer(payment.amount), places)
        payer, payee = (
            parties.index(name) if name in parties else -1
            for name in (payment.payer, payment.payee)
        )
        if units < 0:
            payer, payee, units = payee, payer, -units
        return Posting(payer, payee, asset, units, None, 0, 0)

    def wanted_words(self, payment: Payment) -> str:
        amount, asset = self.integer(payment.amount), evaluate(payment.asset, self.environment)
        net = "net " if payment.net else ""
        words = f"{net}{number(amount)} {asset}"
        return payment_sentence(payment.payer, payment.payee, words)

    def owed(self, payment: Payment) -> int:
        if payment.on is not None:
            return self.integer(payment.on)
        return self.now

    @property
    def now(self) -> int:
        """The day before; the start, if there was none."""
        moments = self.living.moments
        return moments[-1].instant if moments else self.environment.start

    def fits(self, paid: Posting, wanted: Posting, label: str | None) -> bool:
        same = (paid.payer, paid.payee, paid.asset, paid.units)
        said = label in (None, happened(self.living.instance, paid).label)
        return said and same == (wanted.payer, wanted.payee, wanted.asset, wanted.units)

    def instead(self, wanted: Posting, owed: int) -> str:
        """What was paid in place of what was expected."""
        unclaimed = [
            (instant, paid)
            for position, (instant, paid) in enumerate(self.living.postings)
            if position not in self.claimed
        ]
        then = [self.words(paid, owed) for instant, paid in unclaimed if instant == owed]
        if then:
            return _listed(then)
        same = [self.words(paid, when) for when, paid in unclaimed if paid.units == wanted.units]
        if same:
            return _listed(same)
        other = "else " if any(instant == owed for instant, _ in self.living.postings) else ""
        return f"nothing {other}was paid on {show_instant(owed)}"

    def words(self, paid: Posting, owed: int) -> str:
        label = happened(self.living.instance, paid).label
        said = "" if label is None else f' as "{label}"'
        return f"{payment_words(self.living.instance, paid)} on {show_instant(owed)}{said}"

    def what_is_ahead(self) -> str:
        moments = self.living.moments
        if moments and moments[-1].outcome.next_due is not None:
            return f"the next clause falls due on {show_instant(moments[-1].outcome.next_due)}"
        return ""

    def holds(self, step: Holds) -> None:
        seen = self.seen(step.condition)
        if not self.value(seen, step.condition.span):
            words = spelled(seen)
            self.fail("E1131", step.condition.span, label=f"here {words}")

    def valued(self, step: case.Valued) -> None:
        """Compares with the value on the day before."""
        try:
            found = value_of(self.living, self.now, self.quotes)
        except Refused as refused:
            names = {"contract": self.test.definition.name, **refused.names}
            problem = report(refused.code, step.span, label="", related=(), fixes=(), **names)
            self.stop("E1132", step.span, reason=problem.message)
        asset = str(evaluate(step.asset, self.environment))
        wanted, tolerance = self.integer(step.value), self.integer(step.tolerance)
        value = fixed.from_decimal(Fraction(found.value)) if isfinite(found.value) else None
        if value is None or found.asset != asset or abs(value - wanted) > tolerance:
            shown = f"{found.value:,.6f}".replace(",", "_")
            names = {"found": f"{shown} {found.asset}", "wanted": f"{number(wanted)} {asset}"}
            self.fail("E1134", step.span, label=f"by {found.method}", **names)

    def seen(self, expression: Expression) -> Expression:
        """The expression with the present values of states and feeds put in."""
        match expression:
            case Observe():
                name = named_feed(_recipe(expression), self.environment)
                value = self.living.newest.get(name)
                if value is None:
                    self.stop("E1132", expression.span, reason=f"`{name}` was not observed yet")
                return Literal(value, expression.type, expression.span)
            case StateRead(name=name):
                slots = self.living.instance.lowered.program.states
                slot = next(k for k, each in enumerate(slots) if each.name == name)
                value = self.living.standing.states[slot]
                return Literal(value, expression.type, expression.span)
            case Operation(arguments=arguments):
                return replace(expression, arguments=tuple(map(self.seen, arguments)))
            case Conditional():
                parts = (expression.condition, expression.chosen, expression.otherwise)
                condition, chosen, otherwise = map(self.seen, parts)
                return Conditional(condition, chosen, otherwise, expression.type, expression.span)
            case _:
                return expression

    def surplus(self) -> None:
        """A test that names payments names all that were made by its last day."""
        named = any(isinstance(step, case.Pays) for step in self.test.steps)
        if not named or any(failure.code in ("E1127", "E1129") for failure in self.failures):
            return
        for position, (instant, paid) in enumerate(self.living.postings):
            if position not in self.claimed:
                source = happened(self.living.instance, paid).source
                span = self.test.definition.span
                place = () if source is None else (Related(Span(span.source, *source), "by this"),)
                words = self.words(paid, instant)
                surplus = report("E1128", self.test.span, related=place, words=words)
                self.failures.append(surplus)

    # --- values

    def value(self, expression: Expression, span: Span) -> Value:
        try:
            return evaluate(expression, self.environment)
        except Refused as refused:
            reason = report(refused.code, span, label="", **refused.names).message
            self.stop("E1132", span, reason=reason)
        except SettlementError:
            self.stop("E1132", span, reason="it is too large, or divides by zero")
        raise AssertionError("stopped")

    def integer(self, expression: Expression) -> int:
        value = self.value(expression, expression.span)
        assert isinstance(value, int)
        return value


def _listed(parts: list[str]) -> str:
    return "; ".join(parts[:4]) + ("; ..." if len(parts) > 4 else "")


def _recipe(feed: Observe) -> FeedRecipe:
    return FeedRecipe(feed.feed, tuple(map(Recipe, feed.arguments)), feed.field)
