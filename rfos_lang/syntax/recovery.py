"""What happens after a token that fits nowhere: one report, and the parse goes on.

As little as possible is given up. A missing `;` and missing `}` are put in, a closing bracket too
many is passed over. Otherwise the statement (or rule, item, ...) that was begun is dropped and the
tokens up to its end are skipped: up to the next `;` or `}`, or to a `{` whose block can be read.
In the automaton ERROR stands for what was dropped, so that all around it stays as it was.
"""

from bisect import bisect_left

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.records import dataclass
from rfos_lang.syntax.automaton import Build, Stack, accepts, shift, states
from rfos_lang.syntax.complaints import complaint
from rfos_lang.syntax.layout import STATEMENT_WORDS
from rfos_lang.syntax.lexer import Token
from rfos_lang.syntax.surprise import Surprise, open_entries

ITEM_WORDS = {"CONTRACT", "PERPETUAL", "ASSET", "UNIT", "FEED", "USE", "MARGIN", "TEST"}

_ITEMS_WITH_STATEMENTS = {"CONTRACT", "PERPETUAL"}
_STATEMENTS_WITH_STATEMENTS = {"AT", "WHEN", "IF", "ELSE", "OTHERWISE", "NAME"}


@dataclass(frozen=True, slots=True)
class Misread:
    """What could not be cut into tokens as it stands: codes by their start, and all starts."""

    codes: dict[int, str]
    starts: list[int]

    @staticmethod
    def of(diagnostics: list[Diagnostic]) -> "Misread":
        codes = {each.span.start: each.code for each in diagnostics}
        return Misread(codes, sorted(codes))

    def has_gap(self, begin: int, end: int) -> bool:
        """Whether a character was left out from `begin` on, before `end`."""
        at = bisect_left(self.starts, begin)
        inside = self.starts[at : at + 2]
        return any(start < end and self.codes[start] == "E0115" for start in inside)


def recover(
    stack: Stack,
    tokens: list[Token],
    index: int,
    text: str,
    source: str,
    build: Build,
    diagnostics: list[Diagnostic],
    misread: Misread,
) -> int:
    """Reports the token at `index` and mends the stack; the index at which to go on. `misread` is
    what was reported when the text was cut into tokens.

    Either the index grows, or the token there will now be accepted.
    """
    token = tokens[index]
    surprise = Surprise(text, source, tokens, index, stack, diagnostics)
    if not _in_broken_statement(stack) and not _is_reported(surprise, misread):
        diagnostics.append(complaint(surprise))
    if _starts_new_statement(stack, token):
        _insert(stack, "SEMICOLON", token.start, build)
        return index
    if _lacks_brace(stack, tokens, index):
        _insert(stack, "LBRACE", token.start, build)
        return index + 1
    if token.type in ("RPAR", "RSQB") and not surprise.open_brackets:
        return index + 1
    if token.type == "RBRACE" and not surprise.open_braces:
        return index + 1
    if surprise.open_braces and (token.type == "$END" or starts_item(text, token)):
        _close_blocks(stack, token, build)
        return index
    start = _drop_statement(stack, token, build)
    return _end_of_statement(stack, tokens, index, start, text)


def starts_item(text: str, token: Token) -> bool:
    """Whether the token begins an item of the file, which stands at the very start of a line."""
    at_margin = token.start == 0 or text[token.start - 1] == "\n"
    return at_margin and (token.type in ITEM_WORDS or token.type == "LET")


def _in_broken_statement(stack: Stack) -> bool:
    """Whether what is on top of the stack has been reported already."""
    symbols = [entry.symbol for entry in stack[-2:]]
    return symbols[-1] in ("ERROR", "broken") or symbols == ["broken", "block"]


def _is_reported(surprise: Surprise, misread: Misread) -> bool:
    """Whether the token is out of place only because of something that was reported already.

    That is the token itself, mended when it was scanned, a character left out before it, or the
    unit behind a number that could not be read.
    """
    token, before = surprise.token, surprise.before
    if token.start in misread.codes or misread.has_gap(before.end if before else 0, token.start):
        return True
    if before is not None and misread.codes.get(before.start) == "E0111":
        return True
    return any(it.span.start == token.start for it in surprise.reported[-1:])


def _starts_new_statement(stack: Stack, token: Token) -> bool:
    return token.type in STATEMENT_WORDS and accepts(states(stack), ["SEMICOLON", token.type])


def _lacks_brace(stack: Stack, tokens: list[Token], index: int) -> bool:
    """Whether the line ends where a block should have begun, and the next one would fit into it."""
    if tokens[index].text != "\n":
        return False
    first, second = tokens[index + 1], tokens[min(index + 2, len(tokens) - 1)]
    return accepts(states(stack), ["LBRACE", first.type, second.type])


def _insert(stack: Stack, terminal: str, at: int, build: Build) -> bool:
    return shift(stack, terminal, None, at, at, build)


def _close_blocks(stack: Stack, token: Token, build: Build) -> None:
    """Ends every block that is open, dropping the statement that was begun if it is unfinished."""
    while open_entries(stack, "LBRACE"):
        if not accepts(states(stack), ["RBRACE"]):
            _drop_statement(stack, token, build)
        _insert(stack, "RBRACE", token.start, build)
    if token.type != "$END":
        _insert(stack, "SEMICOLON", token.start, build)


def _drop_statement(stack: Stack, token: Token, build: Build) -> int:
    """Puts ERROR in the place of the statement that was begun; where that statement starts."""
    before = states(stack)
    kept = next(it for it in range(len(stack), 0, -1) if accepts(before[:it], ["ERROR"]))
    start = stack[kept].start if kept < len(stack) else token.start
    del stack[kept:]
    _insert(stack, "ERROR", start, build)
    return start


def _end_of_statement(stack: Stack, tokens: list[Token], index: int, start: int, text: str) -> int:
    """The index of the token at which the statement that begins at offset `start` is over."""
    first = tokens[bisect_left(tokens, start, key=lambda token: token.start)]
    in_block = bool(open_entries(stack, "LBRACE"))
    owners = _STATEMENTS_WITH_STATEMENTS if in_block else _ITEMS_WITH_STATEMENTS
    depth = 0
    while (token := tokens[index]).type != "$END":
        if starts_item(text, token):
            break
        if not depth and _ends(token, tokens[index + 1], in_block):
            break
        if not depth and _starts_line(text, token) and _starts_new_statement(stack, token):
            break
        holds_rules = tokens[min(index + 2, len(tokens) - 1)].type == "COLON"
        if not depth and token.type == "LBRACE" and first.type in owners and not holds_rules:
            break
        depth += (token.type == "LBRACE") - (token.type == "RBRACE" and depth > 0)
        index += 1
    return index


def _starts_line(text: str, token: Token) -> bool:
    return not text[text.rfind("\n", 0, token.start) + 1 : token.start].strip()


def _ends(token: Token, following: Token, in_block: bool) -> bool:
    if in_block:
        return token.type in ("SEMICOLON", "RBRACE")
    return token.type == "SEMICOLON" and following.type in ITEM_WORDS
