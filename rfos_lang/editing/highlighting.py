"""The lexer for Pygments: pages, terminals and notebooks colour `rfos` with it."""

from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Literal,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    _TokenType,
)

from rfos_lang.editing.categories import stretches
from rfos_lang.editing.vocabulary import Category

TOKEN_OF: dict[Category, _TokenType] = {
    Category.COMMENT: Comment.Single,
    Category.DOCUMENTATION: String.Doc,
    Category.TEXT: String.Double,
    Category.NUMBER: Number,
    Category.UNIT: Keyword.Type,
    Category.DATE: Literal.Date,
    Category.DURATION: Literal.Date,
    Category.DAY_COUNT: Keyword.Constant,
    Category.DECLARING: Keyword.Declaration,
    Category.KEYWORD: Keyword,
    Category.LOGIC: Operator.Word,
    Category.TRUTH: Keyword.Constant,
    Category.TYPE: Keyword.Type,
    Category.CALENDAR: Name.Constant,
    Category.CONVENTION: Name.Constant,
    Category.FUNCTION: Name.Builtin,
    Category.CALL: Name.Function,
    Category.GIVEN: Name.Builtin.Pseudo,
    Category.DECLARED: Name.Class,
    Category.LABEL: Name.Attribute,
    Category.FIELD: Name.Property,
    Category.NAME: Name,
    Category.OPERATOR: Operator,
    Category.PUNCTUATION: Punctuation,
    Category.WRONG: Error,
}


class RfosLexer(Lexer):
    """rfos, a language for financial contracts."""

    name = "rfos"
    aliases = ("rfos",)
    filenames = ("*.rfos",)
    mimetypes = ("text/x-rfos",)
    priority = 0.1

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Every character of the text in one token; what lies between words is white space."""
        done = 0
        for category, start, end in stretches(text):
            if start > done:
                yield done, Text, text[done:start]
            yield start, TOKEN_OF[category], text[start:end]
            done = end
        if done < len(text):
            yield done, Text, text[done:]
