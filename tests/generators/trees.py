"""Syntax trees of every kind that the grammar can spell, without any meaning.

What the grammar leaves no spelling for is not drawn: a comprehension beside other arguments, a
waterfall of one step, an `else` whose block is empty.
"""

from datetime import UTC, date, datetime, time
from typing import Any

from hypothesis import strategies as st

from rfos_lang.base.span import Span
from rfos_lang.syntax import tree
from rfos_lang.syntax.literals import number_value
from rfos_lang.syntax.table import KEYWORDS

NOWHERE = Span("generated", 0, 0)

_identifiers = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
_digits = st.from_regex(r"[0-9]{1,6}(_[0-9]{3})?(\.[0-9]{1,4})?", fullmatch=True)
_texts = st.text(st.characters(codec="utf-8", exclude_characters='"\n'), max_size=12)


def _node(kind: type[Any], *fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, *fields, span=st.just(NOWHERE))


def _some(members: st.SearchStrategy[Any], least: int = 1, most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(members, min_size=least, max_size=most).map(tuple)


def _maybe(member: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | member


def _word(text: str) -> st.SearchStrategy[Any]:
    return _node(tree.Name, st.just(text))


names = _node(tree.Name, _identifiers.filter(lambda text: text not in KEYWORDS))
type_names = _node(tree.TypeName, _some(names))
types = st.recursive(type_names, lambda inner: _node(tree.ListType, inner), max_leaves=2)
texts = _node(tree.Text, _texts)
_numbers = st.builds(
    lambda digits, scale: digits + scale, _digits, st.sampled_from(["", "%", "bp"])
).map(lambda spelling: tree.Number(number_value(spelling), spelling, span=NOWHERE))
_quantities = st.builds(
    lambda spelling, unit: tree.Quantity(number_value(spelling), spelling, unit, span=NOWHERE),
    _digits,
    type_names,
)
_instants = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)).map(
    lambda value: value.replace(microsecond=0)
)
_durations = st.sampled_from(["s", "min", "h", "d", "bd", "w", "M", "y"])
_conventions = st.sampled_from(["30/360", "30E/360", "act/360", "act/365", "act/act"])
_docs = _maybe(
    st.lists(_texts.map(lambda text: "x" + "".join(text.split())), min_size=1, max_size=2).map(
        "\n".join
    )
)

_leaves = st.one_of(
    names,
    _numbers,
    _quantities,
    _node(tree.Date, st.dates(date(1, 1, 1), date(9999, 12, 31))),
    _node(tree.Instant, _instants),
    _node(tree.DayCount, _conventions),
    texts,
    _node(tree.Truth, st.booleans()),
)


def _larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Expressions one level larger."""
    functions = names | _node(tree.Field, names, names)
    binders = _some(_node(tree.Binder, names, inner), most=2)
    named = _node(tree.Argument, names, inner)
    short = names.map(lambda name: tree.Argument(name, name, span=NOWHERE))
    positional = _node(tree.Argument, st.none(), inner)
    arguments = _some(positional | named | short, least=0)
    operators = st.sampled_from([*"+-*/^<>", "or", "and", "<=", ">=", "==", "!="])
    return st.one_of(
        _node(tree.ListLiteral, _some(inner, least=0)),
        _node(tree.Field, inner, names),
        _node(tree.Call, functions, arguments),
        _node(tree.FoldOn, functions, inner, inner),
        _node(tree.Comprehension, inner, binders),
        _node(tree.At, inner, inner),
        _node(tree.Index, inner, inner),
        _node(tree.Unary, st.sampled_from(["-", "not"]), inner),
        _node(tree.Binary, operators, inner, inner),
        _node(tree.Conditional, inner, inner, inner),
        _node(tree.Between, inner, _some(names, least=2)),
        _node(tree.Duration, st.integers(0, 999), _durations, _maybe(inner)),
    )


expressions: st.SearchStrategy[tree.Expression] = st.recursive(_leaves, _larger, max_leaves=6)

_binders = _some(_node(tree.Binder, names, expressions), most=2)
_parameters = _some(_node(tree.Parameter, names, types, _maybe(expressions)), least=0)
_records = _node(tree.RecordType, _some(_node(tree.Parameter, names, types, st.none())))
_lets = _node(tree.Let, names, _parameters, _maybe(types), expressions, _docs)
_payments = _node(
    tree.Pays, names, names, st.booleans(), expressions, _maybe(expressions), _maybe(texts)
)

_rule_values = st.one_of(
    expressions,
    _node(tree.Auction, names, expressions, expressions, expressions),
    _node(tree.Penalty, expressions, names),
    _node(tree.Waterfall, _some(expressions, least=2)),
    _node(tree.Scenarios, _binders),
    _node(tree.Haircuts, _some(_node(tree.Haircut, expressions, names))),
)
_keys = names | st.just(tree.Name("when", span=NOWHERE))
_rules = _some(_node(tree.Rule, _keys, _rule_values), least=0)

_timings = st.one_of(
    _node(tree.Until, expressions),
    _node(tree.FromUntil, expressions, expressions),
    _node(tree.OnInstant, expressions),
    _node(tree.OnEach, _binders),
)

_simple_statements = st.one_of(
    _lets,
    _payments,
    _node(tree.State, names, types, expressions),
    _node(tree.Require, expressions, texts),
    _node(tree.Style, names),
    _node(tree.Cut, st.builds(time, st.integers(0, 23), st.integers(0, 59)), names),
    _node(tree.Unsecured),
    _node(tree.Assign, names, st.sampled_from(["=", "+=", "-="]), expressions),
    _node(tree.End),
    _node(tree.Become, expressions),
    _node(tree.Mint, expressions, names),
    _node(tree.Burn, expressions, names),
    _node(tree.Collateral, _some(names), names, _maybe(names), _rules),
    _node(tree.Liquidation, _some(names), _rules),
)


def _with_blocks(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    blocks = _some(inner, least=0)
    return st.one_of(
        _node(tree.AtInstant, expressions, blocks),
        _node(tree.AtEach, _binders, blocks),
        _node(tree.When, expressions, _maybe(expressions), blocks),
        _node(tree.WhenEach, _binders, blocks),
        _node(tree.If, expressions, blocks, blocks),
        _node(
            tree.May,
            names,
            names,
            _parameters,
            _maybe(_timings),
            _maybe(expressions),
            blocks,
            _maybe(blocks),
        ),
    )


statements: st.SearchStrategy[tree.Statement] = st.recursive(
    _simple_statements, _with_blocks, max_leaves=4
)

_choices = _node(
    tree.Choice,
    names,
    names,
    _some(_node(tree.Argument, _maybe(names), expressions), least=0, most=2),
).filter(lambda choice: choice.arguments)
_references = names | _node(
    tree.Call, names, _some(_node(tree.Argument, st.none(), expressions), least=0)
)
_steps = st.one_of(
    _node(tree.Given, expressions, _maybe(expressions)),
    _node(
        tree.Quoted,
        _word("market"),
        _some(_node(tree.Observation, _references, expressions), least=0),
    ),
    _node(
        tree.OnDay,
        expressions,
        _some(_choices | _node(tree.Observation, _references, expressions), least=0),
    ),
    _node(tree.ExpectPays, _payments),
    _node(
        tree.ExpectIssued,
        _node(tree.Mint, expressions, names) | _node(tree.Burn, expressions, names),
    ),
    _node(tree.ExpectNone, _word("no"), _word("payments")),
    _node(tree.ExpectEnded),
    _node(tree.ExpectRefused, _maybe(texts)),
    _node(tree.ExpectValued, expressions, expressions),
    _node(tree.ExpectTrue, expressions),
)

_parties = _some(names, least=2)
items: st.SearchStrategy[tree.Item] = st.one_of(
    _node(
        tree.Contract,
        st.booleans(),
        names,
        _parameters,
        _parties,
        _some(statements, least=0, most=4),
        _docs,
    ),
    _node(
        tree.Composite,
        st.booleans(),
        names,
        _parameters,
        _parties,
        expressions,
        _some(statements, least=0, most=2),
        _docs,
    ),
    _node(tree.Asset, names, st.integers(0, 18), _maybe(names), _docs),
    _node(tree.Asset, names, st.none(), names, _docs),
    _node(tree.Unit, names, _docs),
    _node(tree.Feed, names, _parameters, st.one_of(types, _records), _rules, _docs),
    _node(tree.Use, _some(names), _some(names)),
    _node(tree.Margin, names, names, _rules, _docs),
    _node(tree.Test, texts, _some(_steps, least=0, most=4), _docs),
    _lets,
)

modules: st.SearchStrategy[tree.Module] = _some(items, least=0, most=3).map(
    lambda members: tree.Module("generated", members, (), span=NOWHERE)
)
