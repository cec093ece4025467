"""Contracts from their text to their payments, told in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from rfos_lang.base import fixed
from rfos_lang.base.diagnostic import Diagnostic, has_errors
from rfos_lang.base.feed import Aspect
from rfos_lang.base.instant import parse_instant, show_instant
from rfos_lang.core.binding import Instance, instantiate
from rfos_lang.core.meaning import Event, Outcome, Posting, Standing, Status, fire, start
from rfos_lang.core.program import Choice
from rfos_lang.semantics.analyse import analyse
from rfos_lang.semantics.definition import Definition
from rfos_lang.stdlib_path import standard_library
from tests.core.wellformed import check_program

BEGIN = "2026-01-01"


def library(module: str) -> str | None:
    """The text of a module of the standard library."""
    path = standard_library().joinpath(*module.split(".")[1:]).with_suffix(".rfos")
    return path.read_text() if path.is_file() else None


def definitions(text: str) -> Mapping[str, Definition]:
    """The contracts of a text that has no errors."""
    analysis = analyse(text, "test.rfos", library)
    assert not has_errors(analysis.diagnostics), analysis.diagnostics
    return analysis.definitions


def only(text: str) -> Definition:
    """The one contract of a text."""
    (definition,) = definitions(text).values()
    return definition


def standard(name: str) -> Definition:
    """A contract of the standard library: `options.EuropeanCall`, `actus.pam.PAM`."""
    module, _, contract = name.rpartition(".")
    text = library(f"std.{module}")
    assert text is not None
    return definitions(text)[contract]


def instance(definition: Definition, begin: str = BEGIN, **arguments: str) -> Instance:
    """An instance that binds without complaint."""
    made, problems = instantiate(definition, arguments, parse_instant(begin))
    assert made is not None, problems
    check_program(made.lowered.program)
    return made


def complaints(
    definition: Definition, begin: str = BEGIN, **arguments: str
) -> tuple[Diagnostic, ...]:
    """What is wrong with an instance; something must be."""
    made, problems = instantiate(definition, arguments, parse_instant(begin))
    assert made is None and problems
    return problems


@dataclass(slots=True)
class Life:
    """An instance as it goes through events."""

    instance: Instance
    standing: Standing
    newest: dict[str, int]

    def at(self, when: str, *taken: str, **prices: str) -> list[str]:
        """What is paid at an instant; feeds are named by their first asset or their index. A choice
        is taken by its name, with its amounts after it: `draw 100`."""
        outcome = self.outcome(when, *taken, **prices)
        assert outcome.status is Status.OK, outcome.status
        self.standing = outcome.standing
        return [self.words(posting) for posting in outcome.postings]

    def outcome(self, when: str, *taken: str, **prices: str) -> Outcome:
        """The outcome of an event, without letting it happen."""
        program, terms = self.instance.lowered.program, self.instance.terms
        chosen = {name: amounts for name, *amounts in (each.split() for each in taken)}
        clauses = [
            (k, each.name) for k, each in enumerate(program.clauses) if isinstance(each, Choice)
        ]
        units = iter(amount for _, name in clauses for amount in chosen.get(name, ()))
        short = [_short(name) for name in terms.feeds]
        self.newest |= {name: fixed.from_decimal(price) for name, price in prices.items()}
        event = Event(
            instant=parse_instant(when),
            observations=tuple(
                parse_instant(when) if slot.aspect is Aspect.NOW else self.newest.get(name)
                for slot, name in zip(program.feeds, short, strict=True)
            ),
            moved=frozenset(k for k, name in enumerate(short) if name in prices),
            taken=frozenset(k for k, name in clauses if name in chosen),
            amounts=tuple(
                int(Decimal(next(units)).scaleb(terms.places[amount.asset]))
                if program.clauses[k].name in chosen  # type: ignore[union-attr]
                else 0
                for k, amount in program.amounts
            ),
        )
        return fire(program, terms, self.standing, event)

    @property
    def ended(self) -> bool:
        return self.standing.ended

    def words(self, posting: Posting) -> str:
        program, terms = self.instance.lowered.program, self.instance.terms
        places = terms.places[posting.asset]
        amount = fixed.shown(fixed.from_minor_units(posting.units, places))
        payer, payee = program.parties[posting.payer], program.parties[posting.payee]
        due = "" if posting.due is None else f" on {show_instant(posting.due)}"
        return f"{payer} pays {payee} {amount} {terms.assets[posting.asset]}{due}"


def life(definition: Definition, begin: str = BEGIN, **arguments: str) -> Life:
    """The life of a new instance."""
    made = instance(definition, begin, **arguments)
    begun = start(made.lowered.program, made.terms)
    assert begun.status is Status.OK
    return Life(made, begun.standing, {})


def _short(feed: str) -> str:
    """`spot(BTC, USD)` is BTC, `index(SOFR)` is SOFR."""
    return feed.partition("(")[2].rstrip(")").partition(",")[0]
