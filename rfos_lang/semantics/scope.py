"""Names: what they stand for, where they are declared, and how they are looked up."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import Enum, unique

from rfos_lang.base.clock import UTC, Clock
from rfos_lang.base.diagnostic import Diagnostic, Fix, Related
from rfos_lang.base.feed import FeedRules
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.suggestion import did_you_mean
from rfos_lang.base.wording import report
from rfos_lang.semantics.definition import (
    Clause,
    Definition,
    Expression,
    Requirement,
    StateDeclaration,
    Type,
)
from rfos_lang.semantics.synonyms import synonym
from rfos_lang.semantics.unread import ALL_READ, Unread
from rfos_lang.syntax import tree

# --- what a name may stand for -----------------------------------------------------------------


@unique
class Kind(Enum):
    """What a name is, in the words of a message."""

    PARAMETER = "a parameter"
    STATE = "a state"
    LET = "a `let`"
    VARIABLE = "a variable"
    AMOUNT = "an amount that is chosen"
    ASSET = "an asset"
    CALENDAR = "a calendar"
    PARTY = "a party"
    UNIT = "a unit"
    CONTRACT = "a contract"
    MARGIN = "a portfolio margin"
    FEED = "a feed"


@dataclass(frozen=True, slots=True)
class Value:
    """Something with a value: a parameter, state, variable, argument, asset, calendar.

    `expression` stands for it at every use; None if its declaration is wrong and was reported.
    `span` is where it is declared, None in the prelude.
    """

    expression: Expression | None
    kind: Kind
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """A `let` that is written out at each use, in the scope in which it was declared."""

    let: tree.Let
    scope: "Scope"
    kind: Kind = Kind.LET

    @property
    def span(self) -> Span:
        return self.let.name.span


@dataclass(frozen=True, slots=True)
class DeclaredFeed:
    """`feed wind(station: Text): mps { ... }`, with the scope of its file."""

    node: tree.Feed
    scope: "Scope"
    kind: Kind = Kind.FEED

    @property
    def span(self) -> Span:
        return self.node.name.span


@dataclass(frozen=True, slots=True)
class Party:
    """One of the sides of the contract."""

    span: Span
    kind: Kind = Kind.PARTY


@dataclass(frozen=True, slots=True)
class DeclaredUnit:
    """`unit mps`."""

    span: Span
    kind: Kind = Kind.UNIT


@dataclass(frozen=True, slots=True)
class Other:
    """An item of the file that is no value: a contract, a portfolio margin."""

    kind: Kind
    span: Span | None


Meaning = Value | Formula | DeclaredFeed | Party | DeclaredUnit | Other


@dataclass(frozen=True, slots=True)
class Scope:
    """The names of one block, and the scope around it.

    `collateral` is set inside the rules of a collateral or liquidation clause, where the risk
    measures have a meaning: the asset in which they are counted.
    """

    outer: "Scope | None" = None
    names: dict[str, Meaning] = field(default_factory=dict)
    collateral: Expression | None = None


def lookup(scope: Scope, name: str) -> Meaning | None:
    """What the name stands for, innermost first."""
    return next((each.names[name] for each in outward(scope) if name in each.names), None)


def outward(scope: Scope) -> Iterator[Scope]:
    """The scope and those around it."""
    here: Scope | None = scope
    while here is not None:
        yield here
        here = here.outer


def collateral_asset(scope: Scope) -> Expression | None:
    """The asset of the collateral rules that the scope lies in, None outside of any."""
    return next((each.collateral for each in outward(scope) if each.collateral), None)


@dataclass(frozen=True, slots=True)
class Mend:
    """How something wrong is put right: in words, and as edits where a program can make it."""

    words: str
    fixes: tuple[Fix, ...] = ()


Contracts = Mapping[str, Definition | None]
"""The checked contracts that a file may name; None for one that has errors of its own."""


@dataclass(slots=True)
class Merged:
    """Clauses, states and requirements that other contracts add to one. `margined`: those of them
    that have margin clauses of their own, which do not count."""

    states: list[StateDeclaration] = field(default_factory=list)
    requires: list[Requirement] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    margined: list[str] = field(default_factory=list)


# --- the check in progress -----------------------------------------------------------------------


@dataclass(slots=True)
class Checking:
    """What the check of one file gathers on its way.

    `unread`: where the parser skipped something, so an unknown name may be declared in what was
    skipped, and is not reported. `issued` are the assets that the contract at hand issues. `used`
    holds every name that something reads. `formulas` are the `let`s written out so far, by
    declaration and arguments. `open` are those being written out, `falling` the feeds whose
    fallback is. `rules` are those of the declared feeds, by declaration; `types` what each `let`
    gives, by where its name stands.
    """

    text: str
    source: str
    unread: Unread = ALL_READ
    clock: Clock = UTC
    perpetual: bool = False
    issued: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    said: set[tuple[str, Span, str]] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    formulas: dict[tuple[int, ...], Expression | None] = field(default_factory=dict)
    kept: list[object] = field(default_factory=list)
    open: list[tree.Let] = field(default_factory=list)
    falling: list[tree.Feed] = field(default_factory=list)
    rules: dict[int, FeedRules] = field(default_factory=dict)
    types: dict[Span, Type] = field(default_factory=dict)
    locals: Counter[str] = field(default_factory=Counter)
    depth: int = 0
    contracts: Contracts = field(default_factory=dict)
    successors: Merged = field(default_factory=Merged)

    @property
    def incomplete(self) -> bool:
        return bool(self.unread)

    def is_unsaid(self, code: str) -> bool:
        """Whether nothing of this code was reported yet."""
        return not any(each.code == code for each in self.diagnostics)

    def report(
        self,
        code: str,
        span: Span,
        *,
        label: str = "",
        related: tuple[Related, ...] = (),
        mend: "Mend | str | None" = None,
        fixes: tuple[Fix, ...] = (),
        **names: object,
    ) -> None:
        """Adds a diagnostic; what was said of a place is not said again."""
        words = mend.words if isinstance(mend, Mend) else mend
        fixes = (*mend.fixes, *fixes) if isinstance(mend, Mend) else fixes
        fixes = tuple(fix for fix in fixes if all(e.span.source == self.source for e in fix.edits))
        new = report(code, span, label=label, related=related, fixes=fixes, mend=words, **names)
        key = (new.code, new.span, new.message)
        if key not in self.said:
            self.said.add(key)
            self.diagnostics.append(new)

    def quoted(self, node: tree.Node | Expression) -> str:
        """The user's own words for an expression of this file, on one line."""
        return " ".join(self.text[node.span.start : node.span.end].split())

    def words(self, node: tree.Node | Expression) -> str:
        """As `quoted`, in backquotes and not too long."""
        if node.span.source != self.source:
            return "this"
        words = self.quoted(node)
        return f"`{words}`" if len(words) <= LONGEST_QUOTE else f"`{words[:LONGEST_QUOTE]}...`"

    def fresh(self, name: str) -> str:
        """A name that no other variable or block `let` of this contract has."""
        self.locals[name] += 1
        count = self.locals[name]
        return name if count == 1 else f"{name} {count}"


LONGEST_QUOTE = 44


def restart(checking: Checking, clock: Clock, perpetual: bool) -> None:
    """Begins a contract; what the file defines is written out anew."""
    checking.clock, checking.perpetual = clock, perpetual
    checking.used.clear()
    checking.locals.clear()
    checking.formulas.clear()
    checking.successors = Merged()


def not_yet(checking: Checking, span: Span, what: str) -> None:
    """Refuses what the language has and this version cannot give a meaning to."""
    checking.report("E0401", span, label="not yet", what=what)


# --- declaring and finding -----------------------------------------------------------------------

RESERVED = {
    "start": "the instant at which a contract begins",
    "now": "the present instant",
    "every_tick": "every accepted observation",
    "this": "the contract itself",
    "escrow": "the contract's own account",
    "issuance": "the account of what a contract issues",
    "y": "a year, the unit of time",
    "exposure": "a risk measure",
    "equity": "a risk measure",
    "theta": "a risk measure",
    "rho": "a risk measure",
    "maintenance": "a collateral requirement",
    "initial": "a collateral requirement",
}
"""Names that the language itself gives a meaning to, which nobody may declare."""


def declare(checking: Checking, scope: Scope, name: tree.Name, meaning: Meaning) -> None:
    """Adds a name to a scope. Reports E0302 and E0303 if it is taken; nothing is said of its uses
    then, since either meaning may be meant."""
    taken = lookup(scope, name.text)
    if name.text in RESERVED:
        checking.report("E0303", name.span, name=name.text, meaning=RESERVED[name.text])
        scope.names[name.text] = Value(None, meaning.kind, name.span)
        return
    if taken is None:
        scope.names[name.text] = meaning
        return
    where = taken.span
    related = (
        (Related(where, "the first one"),) if where and where.source == checking.source else ()
    )
    checking.report("E0302", name.span, related=related, name=name.text, kind=taken.kind.value)
    scope.names[name.text] = Value(None, taken.kind, where)


def unknown(
    checking: Checking, scope: Scope, name: tree.Name, sought: str = "a name known here"
) -> None:
    """Reports E0301 with the nearest name that is known."""
    known = (each for around in outward(scope) for each in around.names)
    missing(checking, name, sought, [*known, "start"])


def missing(
    checking: Checking, name: tree.Name, sought: str, known: list[str], otherwise: str | None = None
) -> None:
    """Reports E0301, unless the parser lost a part of the file that may have declared the name.
    `otherwise` is what to do where no name that is known was meant."""
    if checking.incomplete:
        return
    same = synonym(name.text, known)
    meant = same or did_you_mean(name.text, known)
    words = [f"did you mean `{meant}`?"] if meant else []
    if otherwise and not same:
        words.append(otherwise)
    mend = " ".join(words) or None
    checking.report("E0301", name.span, mend=mend, sought=sought, name=name.text, suggestion=meant)
