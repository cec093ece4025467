"""The commands of a session: their words, how they are said, and which module answers them."""

from collections.abc import Callable
from importlib import import_module

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.driver.failure import Failure
from rfos_lang.repl.answer import Answer
from rfos_lang.repl.session import INPUT, Session, Surroundings

Run = Callable[["Session", "Order", Surroundings], tuple[Session, Answer]]


@dataclass(frozen=True, slots=True)
class Order:
    """A command as it was typed: its word, and the rest of the text."""

    word: str
    rest: str
    text: str

    def unclear(self) -> Failure:
        """That the rest is not what the command needs."""
        start = len(self.text) - len(self.text.lstrip())
        place = Span(INPUT, start, len(self.text.rstrip()))
        usage = COMMANDS[self.word].usage
        return Failure([report("E1202", place, word=self.word, usage=usage)], {INPUT: self.text})


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `usage` may have several forms, one a line; `place`: its function."""

    word: str
    usage: str
    about: str
    place: str

    def run(self, session: Session, order: Order, around: Surroundings) -> tuple[Session, Answer]:
        """Carries it out; what it needs is imported then. Raises Failure."""
        module, _, function = self.place.partition(":")
        done: Run = getattr(import_module(f"rfos_lang.repl.{module}"), function)
        return done(session, order, around)


_OPTIONS = "[method=NAME] [paths=COUNT] [seed=NUMBER]"

COMMANDS: dict[str, Command] = {
    each.word: each
    for each in (
        Command("spot", "spot BTC = 65_000\nspot ETH EUR = 3_000", "a price", "quotes:move"),
        Command("vol", "vol BTC = 55%", "a volatility", "quotes:move"),
        Command("rate", "rate USD = 4%", "an interest rate", "quotes:move"),
        Command("yield", "yield BTC = 1%", "what holding an asset brings", "quotes:move"),
        Command("correlation", "correlation BTC ETH = 70%", "how two move", "quotes:move"),
        Command("index", "index SOFR_3M = 3.9%", "an index", "quotes:move"),
        Command("level", "level wind(KMIA) = 30", "a declared feed", "quotes:move"),
        Command("date", "date 2026-01-01", "the market's date", "quotes:date"),
        Command("market", "market\nmarket FILE", "show the market, or read it", "quotes:market"),
        Command("price", f"price CONTRACT {_OPTIONS}", "the value", "valuing:price"),
        Command("greeks", f"greeks CONTRACT {_OPTIONS}", "value and Greeks", "valuing:greeks"),
        Command(
            "payoff",
            "payoff CONTRACT [asset=BTC] [from=20_000] [to=90_000]",
            "what it pays, drawn",
            "drawing:payoff",
        ),
        Command(
            "ladder",
            "ladder CONTRACT [-20%..20%:9 [-20%..20%:5]]",
            "values over spots and volatilities",
            "valuing:ladder",
        ),
        Command("compare", "compare CONTRACT, CONTRACT", "two side by side", "valuing:compare"),
        Command(
            "verify",
            "verify CONTRACT [FEED=LOW..HIGH]",
            "the worst case, and what always holds",
            "proving:verify",
        ),
        Command("formula", "formula CONTRACT", "the closed form", "proving:formula"),
        Command("trace", "trace CONTRACT, FILE", "its life along a path", "living:trace"),
        Command(
            "step",
            "step CONTRACT\nstep 61_000\nstep 2026-06-26 BTC = 61_000, holder exercise",
            "walk through its life",
            "living:step",
        ),
        Command("show", "show\nshow NAME", "what is defined", "keeping:show"),
        Command("undo", "undo", "take the last change back", "keeping:undo"),
        Command("save", "save FILE.rfos", "contracts and market as files", "keeping:save"),
        Command("load", "load FILE.rfos", "definitions of a file", "keeping:load"),
        Command("help", "help\nhelp COMMAND", "this", "keeping:help"),
        Command("quit", "quit", "leave", "keeping:leave"),
    )
}

SYNONYMS = {"volatility": "vol", "exit": "quit", "greek": "greeks"}
"""Other words for commands."""
