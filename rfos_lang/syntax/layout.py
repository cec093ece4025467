"""The rule of lines: where the end of a line ends a statement.

It does, as `;` would, except inside `(` and `[`, after an operator, comma or opening brace, and
before a line that can only go on with the statement: one that begins with an operator, a closing
brace or a word such as `else`. A statement word at the start of a line that is not indented
deeper than the statement before closes all brackets, so that a lost `)` costs one statement.
"""

from rfos_lang.syntax.lexer import Token

_OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "CIRCUMFLEX", "COMPARISON", "EQUAL", "ASSIGNMENT"}
_JOINING_SIGNS = _OPERATORS | {"COMMA", "DOT", "LBRACE"}
_JOINING_WORDS = {"AND", "OR", "THEN", "ELSE", "BETWEEN"}

GOES_ON_AFTER = _JOINING_SIGNS | _JOINING_WORDS | {"NOT", "COLON", "SEMICOLON"}
GOES_ON_BEFORE = (
    _JOINING_SIGNS
    | _JOINING_WORDS
    | {"RBRACE", "SEMICOLON", "$END", "OTHERWISE", "AS", "DEFAULT", "UNTIL"}
    | {"FROM", "TO", "OVER", "FOR", "IN", "ISSUED", "VALUED"}
)

STATEMENT_WORDS = {
    *("CONTRACT", "PERPETUAL", "ASSET", "UNIT", "FEED", "USE", "MARGIN", "TEST"),
    *("LET", "STATE", "REQUIRE", "STYLE", "CUT", "UNSECURED", "AT", "WHEN", "IF"),
    *("END", "BECOME", "MINT", "BURN", "COLLATERAL", "LIQUIDATION", "EXPECT"),
}

_BRACES = {"LBRACE", "RBRACE", "SEMICOLON"}


def lines_to_statements(tokens: list[Token]) -> list[Token]:
    """The tokens with each NEWLINE gone, or a SEMICOLON (its text is the line end) in its place."""
    result: list[Token] = []
    brackets, indentation = 0, 0
    newline: Token | None = None
    for token in tokens:
        if token.type == "NEWLINE":
            newline = token
            continue
        if newline is not None:
            column = token.start - newline.end
            if token.type in STATEMENT_WORDS and column <= indentation:
                brackets = 0
            if not brackets:
                indentation = column
                if result and _ends_statement(result[-1], token):
                    result.append(Token("SEMICOLON", "\n", result[-1].end, result[-1].end))
            newline = None
        if token.type in ("LPAR", "LSQB"):
            brackets += 1
        elif token.type in ("RPAR", "RSQB"):
            brackets = max(brackets - 1, 0)
        elif token.type in _BRACES:
            brackets = 0
        result.append(token)
    return result


def _ends_statement(before: Token, after: Token) -> bool:
    return before.type not in GOES_ON_AFTER and after.type not in GOES_ON_BEFORE
