"""A token that fits nowhere, where it stands."""

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.syntax.automaton import Entry, Stack, accepts, states
from rfos_lang.syntax.lexer import Token

CLOSING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}


@dataclass(frozen=True, slots=True)
class Surprise:
    """A token that fits nowhere, and all that is known about where it stands."""

    text: str
    source: str
    tokens: list[Token]
    index: int
    stack: Stack
    reported: list[Diagnostic]

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    @property
    def before(self) -> Token | None:
        return self.tokens[self.index - 1] if self.index else None

    @property
    def open_brackets(self) -> list[Entry]:
        """Each `(` and `[` that waits to be closed, outermost first."""
        both = open_entries(self.stack, "LPAR") + open_entries(self.stack, "LSQB")
        return sorted(both, key=lambda entry: entry.start)

    @property
    def open_braces(self) -> list[Entry]:
        """Each `{` that waits to be closed, outermost first."""
        return open_entries(self.stack, "LBRACE")

    def fits(self, *terminals: str) -> bool:
        """Whether these tokens, one after another, would have been accepted."""
        return accepts(states(self.stack), list(terminals))

    def place(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)

    @property
    def starts_line(self) -> bool:
        """Whether the token is the first on its line."""
        return not self.before or "\n" in self.text[self.before.end : self.token.start]

    @property
    def span(self) -> Span:
        return self.place(self.token)


def open_entries(stack: Stack, opening: str) -> list[Entry]:
    """The brackets of one kind that are still open, outermost first."""
    still_open: list[Entry] = []
    for entry in stack:
        if entry.symbol == opening:
            still_open.append(entry)
        elif entry.symbol == CLOSING[opening]:
            still_open.pop()
    return still_open
