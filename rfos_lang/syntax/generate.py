"""Makes `table.py` from `rfos.lark`: `python -m rfos_lang.syntax.generate`.

Lark reads the grammar and builds its LALR(1) automaton; in strict mode a conflict of any kind is an
error. What is written is plain data, numbered in an order of its own, so that the same grammar
always gives the same file. Nothing else of the compiler needs Lark.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from lark import Lark
from lark.grammar import Rule, Terminal
from lark.lexer import Lexer, PatternStr, TerminalDef
from lark.parsers.lalr_analysis import Shift

GRAMMAR = Path(__file__).with_name("rfos.lark")
TABLE = Path(__file__).with_name("table.py")

HEADER = '''"""The automaton of `rfos.lark`, made by `generate.py`; not to be edited.

PATTERN     one regular expression for all words and signs, a named group each
KEYWORDS    reserved word -> terminal
PRODUCTIONS [symbol, length, action, children, transparent]; a child is the position of a symbol,
            its complement ~position where a list is spliced in, or null where nothing was written
ACTIONS     by state: symbol -> state to go to, or -1 - production to reduce by

The long ones are JSON, which is read faster than Python is compiled.
"""

# ruff: noqa
# fmt: off

import json
from typing import Any
'''


class _NoLexer(Lexer):
    """Keeps Lark from building a lexer: only its parser tables are wanted."""

    def __init__(self, _configuration: Any) -> None:
        pass

    def lex(self, *_: Any) -> Iterator[Any]:
        return iter(())


def table_source(grammar: str) -> str:
    """The text of `table.py` for a grammar. Raises lark.GrammarError, above all on a conflict."""
    lark = Lark(grammar, parser="lalr", lexer=_NoLexer, strict=True, maybe_placeholders=True)
    rules = sorted(lark.rules, key=_rule_key)
    lines = [
        HEADER,
        f"PATTERN: str = {_pattern(lark.terminals)!r}",
        f"KEYWORDS: dict[str, str] = {_keywords(lark.terminals)!r}",
        *_json("PRODUCTIONS: list[list[Any]]", [_production(rule) for rule in rules]),
        *_json("ACTIONS: list[dict[str, int]]", _numbered(lark, rules)),
    ]
    return "\n".join(lines) + "\n"


def _json(declared: str, rows: Sequence[object]) -> list[str]:
    """An assignment of rows that are written in JSON, one on each line."""
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    return [f'{declared} = json.loads("""[', lines, ']""")']


def _rule_key(rule: Rule) -> tuple[str, list[str], str, str]:
    symbols = [symbol.name for symbol in rule.expansion]
    return rule.origin.name, symbols, rule.alias or "", str(rule.options.empty_indices)


def _pattern(terminals: Collection[TerminalDef]) -> str:
    def order(terminal: TerminalDef) -> tuple[int, int, int, str]:
        pattern = terminal.pattern
        return -terminal.priority, -pattern.max_width, -len(pattern.value), terminal.name

    signs = [terminal for terminal in terminals if not _is_keyword(terminal)]
    return "|".join(f"(?P<{it.name}>{it.pattern.to_regexp()})" for it in sorted(signs, key=order))


def _keywords(terminals: Collection[TerminalDef]) -> dict[str, str]:
    words = [terminal for terminal in terminals if _is_keyword(terminal)]
    return {word.pattern.value: word.name for word in sorted(words, key=lambda it: it.name)}


def _is_keyword(terminal: TerminalDef) -> bool:
    return isinstance(terminal.pattern, PatternStr) and terminal.pattern.value.isidentifier()


def _production(rule: Rule) -> tuple[str, int, str, tuple[int | None, ...], bool]:
    origin = str(rule.origin.name)
    action = "" if origin.startswith("_") else str(rule.alias or origin)
    transparent = bool(rule.options.expand1) and not rule.alias
    return origin, len(rule.expansion), action, tuple(_children(rule)), transparent


def _children(rule: Rule) -> Iterator[int | None]:
    """The positions of the children among the symbols, with None for what `[...]` left out."""
    position = 0
    for absent in rule.options.empty_indices or (False,) * len(rule.expansion):
        if absent:
            yield None
            continue
        symbol = rule.expansion[position]
        if symbol.name.startswith("_"):
            yield ~position
        elif not _is_dropped(symbol, rule):
            yield position
        position += 1


def _is_dropped(symbol: Any, rule: Rule) -> bool:
    return isinstance(symbol, Terminal) and symbol.filter_out and not rule.options.keep_all_tokens


def _numbered(lark: Lark, rules: list[Rule]) -> list[dict[str, int]]:
    """The states in the order in which a breadth-first walk with sorted symbols meets them.

    One more comes last: what `$END` leads to once the whole file is read.
    """
    table = lark.parser.parser._parse_table
    start = table.start_states["start"]
    number = {start: 0}
    states: list[dict[str, int]] = []
    queue = [start]
    for state in queue:
        row: dict[str, int] = {}
        for symbol, (kind, target) in sorted(table.states[state].items()):
            if kind is Shift and target not in number:
                number[target] = len(number)
                queue.append(target)
            row[str(symbol)] = number[target] if kind is Shift else -1 - rules.index(target)
        states.append(row)
    states[number[table.end_states["start"]]]["$END"] = len(states)
    return [*states, {}]


if __name__ == "__main__":
    TABLE.write_text(table_source(GRAMMAR.read_text()))
