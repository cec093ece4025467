"""The state of a session, a frozen value, and what it sees of the world around it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from rfos_lang.base.instant import date_of
from rfos_lang.base.records import dataclass
from rfos_lang.driver.opening import Source
from rfos_lang.driver.target import Library
from rfos_lang.repl.definitions import Definitions
from rfos_lang.repl.toml import toml_text

if TYPE_CHECKING:
    from rfos_lang.driver.instance import Instance
    from rfos_lang.driver.life import Life
    from rfos_lang.valuation.market import Market

INPUT = "input"
"""The name of what was typed, for places in it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a session reads, and no more. `read`: the text of a file, or Failure; `beside`: the
    modules that texts of a folder may use; `modules`: the names of the library's modules."""

    read: Callable[[str], str]
    beside: Callable[[str], Library]
    modules: Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Walk:
    """A contract that is stepped through; `sources` are the texts that it was written in."""

    made: "Instance"
    sources: Mapping[str, str]
    life: "Life"


@dataclass(frozen=True, slots=True)
class Session:
    """Definitions, a market, and perhaps a contract that is stepped through.

    `named`: instances that a `let` gave a name, as they were typed. `quotes` is the market as the
    document of a market file. `folder`: where modules beside the loaded file lie. `before` is the
    session that `undo` gives back, and `last` what was done to it.
    """

    definitions: Definitions
    quotes: Mapping[str, Any]
    named: Mapping[str, str] = field(default_factory=dict)
    walk: Walk | None = None
    folder: str = "."
    before: "Session | None" = field(default=None, compare=False, repr=False)
    last: str = field(default="", compare=False)

    def after(self, what: str, **changes: Any) -> "Session":
        """The session after a change that `undo` takes back."""
        return replace(self, before=self, last=what, **changes)

    @property
    def market(self) -> "Market":
        """The market. Raises Failure."""
        return market_of_quotes(self.quotes)


def fresh(today: int) -> Session:
    """A session with nothing in it but the date of its market."""
    return Session(Definitions(), {"as_of": date_of(today)})


def market_of_quotes(quotes: Mapping[str, Any]) -> "Market":
    """The market of a document. Raises Failure."""
    from rfos_lang.driver.pricing import market_of

    return market_of(Source("market", toml_text(quotes)))
