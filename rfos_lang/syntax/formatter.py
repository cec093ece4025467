"""The one way to write a file: `format_module`.

The tree is set anew, so that two files that say the same look the same. Three things are kept from
the text: comments, empty lines between statements (one at most), and whether a list or block that
was begun on a new line stays broken. All else follows from the width of the page.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar, assert_never

from rfos_lang.base.diagnostic import has_errors
from rfos_lang.base.span import join
from rfos_lang.syntax import tree
from rfos_lang.syntax.comments import Original, Place, original
from rfos_lang.syntax.document import (
    Break,
    Document,
    Forced,
    Nest,
    Suffix,
    group,
    joined,
    laid_out,
)
from rfos_lang.syntax.format_expressions import (
    name_list,
    quoted,
    type_text,
    written,
    written_arguments,
    written_binder,
    written_binders,
    written_list,
)
from rfos_lang.syntax.parser import parse

WIDTH = 100

Member = TypeVar("Member", bound=tree.Node)


def format_module(text: str, source: str) -> str:
    """The text in its canonical form: it parses to the same tree and keeps every comment.

    Idempotent. A text with errors, which `parse` reports, comes back as it is.
    """
    module, diagnostics = parse(text, source)
    return text if has_errors(diagnostics) else format_tree(module, text)


def format_tree(module: tree.Module, text: str = "") -> str:
    """The canonical text of a tree. `text` is what it was parsed from, if anything."""
    kept = original(text, module.comments)
    items = [_item(item, kept) for item in module.items]
    spans = [item.span for item in module.items]
    places = kept.places(spans, (0, len(text)))
    for (before, after), place in zip(pairwise(module.items), places.members[1:], strict=True):
        if isinstance(before, _TALL) or isinstance(after, _TALL):
            place.apart[0] = True
    content = _rows(items, places.members, places.end)
    return laid_out(content, WIDTH).strip("\n") + "\n" if content else ""


_TALL = (tree.Contract, tree.Composite, tree.Margin, tree.Test)


# --- lists and blocks ----------------------------------------------------------------------------


def _rows(members: Sequence[Document], places: Sequence[Place], end: Place) -> list[Document]:
    """Members on lines of their own (or behind `;` when flat), among their comments."""
    rows: list[Document] = []
    for member, place in zip(members, places, strict=True):
        parts: list[Document] = [[text, Forced()] for text in place.above]
        parts.append(member)
        for part, apart in zip(parts, place.apart, strict=True):
            if rows:
                rows.append(Break("; ", apart))
            rows.append(part)
        if place.behind:
            rows.append(Suffix("  " + place.behind))
    for text, apart in zip(end.above, end.apart, strict=True):
        rows.extend([Break("", apart)] if rows else [])
        rows.extend([text, Forced()])
    return rows


def _block(
    members: Sequence[Member],
    print_member: Callable[[Member, Original], Document],
    after: int,
    kept: Original,
    *,
    tall: bool = False,
) -> Document:
    """`{ ... }` with its statements or rules; the brace is the first one at or after an offset.

    Its line ends are those of the group around it; a `tall` block is never flat.
    """
    printed = [print_member(member, kept) for member in members]
    places = kept.places([member.span for member in members], kept.inside("LBRACE", after))
    if not printed and not places.has_comments:
        return "{ }"
    broken = tall or (len(members) > 0 and kept.starts_line(members[0].span.start))
    return [
        "{",
        [Suffix("  " + text) for text in places.opening],
        Nest([Break(), _rows(printed, places.members, places.end)]),
        Break(),
        "}",
        [Forced()] if broken else [],
    ]


def _doc(doc: str | None) -> list[Document]:
    if doc is None:
        return []
    return [[f"/// {line}".rstrip(), Forced(), Break()] for line in doc.split("\n")]


# --- items ---------------------------------------------------------------------------------------


def _item(item: tree.Item, kept: Original) -> Document:
    match item:
        case tree.Contract(_, _, _, parties, body, doc):
            block = _block(body, _statement, parties[-1].span.end, kept, tall=True)
            return group(_doc(doc), _header(item, kept), " ", block)
        case tree.Composite(_, _, _, _, value, body, doc):
            meaning = group(Nest([Break(), "= ", written(value, kept)]))
            if not body:
                return [_doc(doc), _header(item, kept), meaning]
            block = group(_block(body, _statement, value.span.end, kept, tall=True))
            return [_doc(doc), _header(item, kept), meaning, " ", block]
        case tree.Asset(name, decimals, issuer, doc):
            places = "" if decimals is None else f" in {decimals} decimals"
            return [_doc(doc), f"asset {name.text}{places}", _if(issuer, " issued by ")]
        case tree.Unit(name, doc):
            return [_doc(doc), f"unit {name.text}"]
        case tree.Feed(name, parameters, type, rules, doc):
            block = [" ", _block(rules, _rule, type.span.end, kept)] if rules else []
            given = _given(type, kept)
            head = [f"feed {name.text}", _parameters(parameters, name.span.end, kept), ": ", given]
            return group(_doc(doc), head, block)
        case tree.Use(path, names):
            return _use(path, names, kept)
        case tree.Margin(name, asset, rules, doc):
            block = _block(rules, _rule, asset.span.end, kept, tall=True)
            return group(_doc(doc), f"margin {name.text} in {asset.text} ", block)
        case tree.Test(title, steps, doc):
            block = _block(steps, _step, title.span.end, kept, tall=True)
            return group(_doc(doc), f'test "{title.value}" ', block)
        case tree.Let():
            return _statement(item, kept)
        case _:
            assert_never(item)


def _if(name: tree.Name | None, before: str) -> str:
    return "" if name is None else before + name.text


def _header(item: tree.Contract | tree.Composite, kept: Original) -> Document:
    start = "perpetual contract " if item.perpetual else "contract "
    parameters = _parameters(item.parameters, item.name.span.end, kept) or "()"
    return [start, item.name.text, parameters, f" between {name_list(item.parties)}"]


def _use(path: Sequence[tree.Name], names: Sequence[tree.Name], kept: Original) -> Document:
    inside = kept.inside("LBRACE", path[-1].span.end)
    listed = written_list(
        "{", [it.text for it in names], [it.span for it in names], inside, "}", kept
    )
    return ["use ", [name.text + "." for name in path], listed]


def _given(type: tree.TypeExpression | tree.RecordType, kept: Original) -> Document:
    """What a feed gives."""
    if isinstance(type, tree.RecordType):
        return _parameters(type.fields, type.span.start, kept)
    return type_text(type)


def _parameters(parameters: Sequence[tree.Parameter], after: int, kept: Original) -> Document:
    """The parameter list after a place; those of one type and default in a row share it."""
    if not parameters:
        return ""
    groups: list[list[tree.Parameter]] = []
    for parameter in parameters:
        if groups and _shares(groups[-1][-1], parameter, kept):
            groups[-1].append(parameter)
        else:
            groups.append([parameter])
    printed = [_group(members, kept) for members in groups]
    spans = [join(members[0].span, members[-1].span) for members in groups]
    return written_list("(", printed, spans, kept.inside("LPAR", after), ")", kept)


def _shares(before: tree.Parameter, after: tree.Parameter, kept: Original) -> bool:
    same = before.type == after.type and before.default == after.default
    return same and not kept.holds_comment(before.span.start, after.span.end)


def _group(members: Sequence[tree.Parameter], kept: Original) -> Document:
    names = name_list([member.name for member in members])
    default = members[0].default
    value: Document = [] if default is None else [" = ", written(default, kept)]
    return [f"{names}: ", type_text(members[0].type), value]


# --- tests ---------------------------------------------------------------------------------------


def _step(step: tree.TestStep, kept: Original) -> Document:
    match step:
        case tree.Given(contract, start):
            begin: Document = [] if start is None else [" from ", written(start, kept)]
            return ["contract ", written(contract, kept), begin]
        case tree.Quoted(word, quotes):
            return group(f"{word.text} ", _block(quotes, _event, word.span.end, kept))
        case tree.OnDay(instant, events):
            block = _block(events, _event, instant.span.end, kept)
            return group("on ", written(instant, kept), " ", block)
        case tree.ExpectPays(payment):
            return ["expect ", _statement(payment, kept)]
        case tree.ExpectIssued(issue):
            return ["expect ", _statement(issue, kept)]
        case tree.ExpectNone(quantifier, what):
            return f"expect {quantifier.text} {what.text}"
        case tree.ExpectEnded():
            return "expect ended"
        case tree.ExpectRefused(message):
            return ["expect refused", [] if message is None else [" ", quoted(message)]]
        case tree.ExpectValued(value, tolerance):
            ends = [written(value, kept), " within ", written(tolerance, kept)]
            return ["expect valued at ", *ends]
        case tree.ExpectTrue(condition):
            return ["expect ", written(condition, kept)]
        case _:
            assert_never(step)


def _event(event: tree.Observation | tree.Choice, kept: Original) -> Document:
    match event:
        case tree.Observation(feed, value):
            return [written(feed, kept), " = ", written(value, kept)]
        case tree.Choice(chooser, choice, arguments):
            listed = written_arguments(arguments, choice.span.end, kept) if arguments else ""
            return [f"{chooser.text} {choice.text}", listed]
        case _:
            assert_never(event)


# --- rules ---------------------------------------------------------------------------------------


def _rule(rule: tree.Rule, kept: Original) -> Document:
    return [f"{rule.key.text}: ", _rule_value(rule, kept)]


def _rule_value(rule: tree.Rule, kept: Original) -> Document:
    match rule.value:
        case tree.Auction(kind, opening, closing, duration):
            ends = [written(it, kept) for it in (opening, closing, duration)]
            return [f"{kind.text} from ", ends[0], " to ", ends[1], " over ", ends[2]]
        case tree.Penalty(rate, beneficiary):
            return [written(rate, kept), f" to {beneficiary.text}"]
        case tree.Waterfall(steps):
            rest = [[Break(), "then ", written(step, kept)] for step in steps[1:]]
            return group(written(steps[0], kept), Nest(rest))
        case tree.Scenarios(axes):
            listed = joined([",", Break()], [written_binder(axis, kept) for axis in axes])
            return group(Nest(listed))
        case tree.Haircuts(haircuts):
            parts = [[written(it.fraction, kept), f" of {it.asset.text}"] for it in haircuts]
            return group(Nest(joined([",", Break()], parts)))
        case value:
            return written(value, kept)


# --- statements ----------------------------------------------------------------------------------


def _statement(statement: tree.Statement, kept: Original) -> Document:
    match statement:
        case tree.Let(name, parameters, type, value, doc):
            listed = _parameters(parameters, name.span.end, kept) or ""
            typed = f": {type_text(type)}" if type else ""
            return [
                _doc(doc),
                f"let {name.text}",
                listed,
                f"{typed} = ",
                written(value, kept),
            ]
        case tree.State(name, type, value):
            return [f"state {name.text}: {type_text(type)} = ", written(value, kept)]
        case tree.Require(condition, message):
            return group(
                "require ",
                written(condition, kept),
                ",",
                Nest([Break(), quoted(message)]),
            )
        case tree.Style(name):
            return f"style {name.text}"
        case tree.Cut(time, zone):
            return f"cut {time.isoformat('minutes')} {zone.text}"
        case tree.Unsecured():
            return "unsecured"
        case tree.Pays():
            return _pays(statement, kept)
        case tree.Assign(target, operator, value):
            return [f"{target.text} {operator} ", written(value, kept)]
        case tree.End():
            return "end"
        case tree.Become(contract):
            return ["become ", written(contract, kept)]
        case tree.Mint(amount, receiver):
            return ["mint ", written(amount, kept), f" to {receiver.text}"]
        case tree.Burn(amount, owner):
            return ["burn ", written(amount, kept), f" from {owner.text}"]
        case _:
            return _with_block(statement, kept)


Blocked = (
    tree.AtInstant
    | tree.AtEach
    | tree.When
    | tree.WhenEach
    | tree.If
    | tree.May
    | tree.Collateral
    | tree.Liquidation
)


def _with_block(statement: Blocked, kept: Original) -> Document:
    match statement:
        case tree.AtInstant(instant, body):
            block = _block(body, _statement, instant.span.end, kept)
            return group("at ", written(instant, kept), " ", block)
        case tree.AtEach(binders, body):
            block = _block(body, _statement, binders[-1].span.end, kept)
            return group("at each ", written_binders(binders, kept), " ", block)
        case tree.When(condition, days, body):
            on: Document = [] if days is None else [" on ", written(days, kept)]
            block = _block(body, _statement, (days or condition).span.end, kept)
            return group("when ", written(condition, kept), on, " ", block)
        case tree.WhenEach(binders, body):
            block = _block(body, _statement, binders[-1].span.end, kept)
            return group("when each ", written_binders(binders, kept), " ", block)
        case tree.If():
            return group(_conditional_statement(statement, kept))
        case tree.May():
            return _may(statement, kept)
        case tree.Collateral(parties, asset, valued_in, rules):
            block = _block(rules, _rule, (valued_in or asset).span.end, kept)
            valued = _if(valued_in, ", valued in ")
            return group(f"collateral of {name_list(parties)} in {asset.text}{valued} ", block)
        case tree.Liquidation(parties, rules):
            block = _block(rules, _rule, parties[-1].span.end, kept)
            return group(f"liquidation of {name_list(parties)} ", block)
        case _:
            assert_never(statement)


def _conditional_statement(statement: tree.If, kept: Original) -> Document:
    condition, after = statement.condition, statement.condition.span.end
    start = ["if ", written(condition, kept), " "]
    block = _block(statement.consequence, _statement, after, kept)
    match statement.alternative:
        case ():
            rest: Document = []
        case (tree.If() as nested,):
            rest = [" else ", _conditional_statement(nested, kept)]
        case alternative:
            behind = kept.inside("LBRACE", after)[1]
            rest = [" else ", _block(alternative, _statement, behind, kept)]
    return [start, block, rest]


def _pays(payment: tree.Pays, kept: Original) -> Document:
    start = f"{payment.payer.text} pays {payment.payee.text} {'net ' if payment.net else ''}"
    on: Document = [] if payment.on is None else [" on ", written(payment.on, kept)]
    label: Document = [] if payment.label is None else [Break(), "as ", quoted(payment.label)]
    return group(start, written(payment.amount, kept), on, Nest(label))


def _may(statement: tree.May, kept: Original) -> Document:
    timing, default, after = statement.timing, statement.default, statement.choice.span.end
    listed = _parameters(statement.parameters, statement.choice.span.end, kept) or ""
    conditions: list[Document] = []
    if timing is not None:
        conditions.append([_timing_break(timing), _timing(timing, kept)])
        after = timing.span.end
    if default is not None:
        conditions.append([Break(), "default ", written(default, kept)])
        after = default.span.end
    elif statement.parameters and timing is None:
        after = kept.inside("LPAR", after)[1]
    head = group(f"{statement.chooser.text} may {statement.choice.text}", listed, Nest(conditions))
    block = _block(statement.body, _statement, after, kept)
    rest: Document = []
    if statement.otherwise is not None:
        behind = kept.inside("LBRACE", after)[1]
        rest = [" otherwise ", _block(statement.otherwise, _statement, behind, kept)]
    return group(head, " ", block, rest)


Timing = tree.Until | tree.FromUntil | tree.OnInstant | tree.OnEach


def _timing_break(timing: Timing) -> Document:
    """A line cannot go on with `at`, which would begin a statement."""
    return " " if isinstance(timing, tree.OnInstant | tree.OnEach) else Break()


def _timing(timing: Timing, kept: Original) -> Document:
    match timing:
        case tree.Until(deadline):
            return ["until ", written(deadline, kept)]
        case tree.FromUntil(opening, deadline):
            return [
                "from ",
                written(opening, kept),
                " until ",
                written(deadline, kept),
            ]
        case tree.OnInstant(instant):
            return ["at ", written(instant, kept)]
        case tree.OnEach(binders):
            return ["at each ", written_binders(binders, kept)]
        case _:
            assert_never(timing)
