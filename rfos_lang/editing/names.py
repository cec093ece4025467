"""What every name of a file stands for, and which names are known where.

Read from the tree alone, so that it is known of a text with errors too. The order in which names
are sought is that of the checker; a test holds that all of the library resolves as it does there.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from enum import Enum, unique

from rfos_lang.base.records import dataclass
from rfos_lang.base.span import Span
from rfos_lang.syntax import tree


@unique
class Kind(Enum):
    """What a declared name is."""

    PARAMETER = "parameter"
    STATE = "state"
    LET = "let"
    VARIABLE = "variable"
    AMOUNT = "amount"
    ASSET = "asset"
    PARTY = "party"
    UNIT = "unit"
    CONTRACT = "contract"
    MARGIN = "margin"
    FEED = "feed"
    CHOICE = "choice"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class Declaration:
    """A name where it is declared: `span` is that of the name itself, `node` what declares it: an
    item, a statement, a parameter, a binder; of a party the contract."""

    name: str
    kind: Kind
    span: Span
    node: tree.Node = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Use:
    """A name in a text, at its declaration or elsewhere, and what it stands for. `short`: an
    argument `expiry:`, in which one word is the parameter's name and the value."""

    span: Span
    declaration: Declaration
    short: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text with the names that are declared for it."""

    span: Span
    names: dict[str, Declaration]
    outer: "Block | None" = None


@dataclass(frozen=True, slots=True)
class Names:
    """All names of one file. `top`: what its items declare and its `use` lines bring in; `uses` in
    order of place; `blocks` from the outermost inwards."""

    source: str
    top: Mapping[str, Declaration]
    uses: tuple[Use, ...]
    blocks: tuple[Block, ...]

    def at(self, offset: int) -> tuple[Use, ...]:
        """The uses that touch a place: none, or one, or the two of a short argument."""
        last = bisect_right(self.uses, offset, key=lambda use: use.span.start)
        near = self.uses[max(0, last - 3) : last]
        return tuple(use for use in near if use.span.start <= offset <= use.span.end)

    def around(self, offset: int) -> Iterator[Block]:
        """The blocks that hold a place, the innermost first."""
        for block in reversed(self.blocks):
            if block.span.start <= offset <= block.span.end:
                yield block


Exports = Callable[[str], Mapping[str, Declaration] | None]
"""What a module declares, by its dotted name; None if there is no such module."""


def names_in(
    module: tree.Module, exports: Exports, prelude: Mapping[str, Declaration] | None = None
) -> Names:
    """What every name of a file stands for; `prelude` is known in every file."""
    reading = _Reading(exports)
    everywhere = Block(module.span, dict(prelude or {}))
    whole = reading.block(module.span, everywhere)
    for item in module.items:
        reading.declare_item(whole, item)
    for item in module.items:
        reading.visit(whole, item)
    uses = sorted(reading.uses, key=lambda use: (use.span.start, use.short))
    return Names(module.source, whole.names, tuple(uses), tuple(reading.blocks))


# --- what an item or a statement declares ---------------------------------------------------------


Callee = tree.Contract | tree.Composite | tree.Let | tree.Feed | tree.May
"""What takes arguments by name."""


def parameters_of(declaration: Declaration) -> tuple[Declaration, ...]:
    """The parameters that a declared name is called with."""
    node, kind = declaration.node, Kind.PARAMETER
    if declaration.kind is Kind.PARTY or not isinstance(node, Callee):
        return ()
    if isinstance(node, tree.May):
        kind = Kind.AMOUNT
    return tuple(
        Declaration(each.name.text, kind, each.name.span, each) for each in node.parameters
    )


def members_of(declaration: Declaration) -> tuple[Declaration, ...]:
    """What a contract declares that its tests may name: parameters, parties, states, choices."""
    node = declaration.node
    if not isinstance(node, tree.Contract | tree.Composite):
        return ()
    return (
        *parameters_of(declaration),
        *(Declaration(each.text, Kind.PARTY, each.span, node) for each in node.parties),
        *(found for each in node.body if (found := declared(each)) is not None),
    )


_KINDS: tuple[tuple[type[tree.Node], Kind], ...] = (
    (tree.Contract, Kind.CONTRACT),
    (tree.Composite, Kind.CONTRACT),
    (tree.Asset, Kind.ASSET),
    (tree.Unit, Kind.UNIT),
    (tree.Feed, Kind.FEED),
    (tree.Margin, Kind.MARGIN),
    (tree.Let, Kind.LET),
    (tree.State, Kind.STATE),
)


def declared(node: tree.Node) -> Declaration | None:
    """The name that an item or a statement declares, if it does."""
    if isinstance(node, tree.May):
        return Declaration(node.choice.text, Kind.CHOICE, node.choice.span, node)
    for type, kind in _KINDS:
        if isinstance(node, type):
            name: tree.Name = node.name  # type: ignore[attr-defined]
            return Declaration(name.text, kind, name.span, node)
    return None


# --- reading --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """The names of one file while they are gathered."""

    exports: Exports
    uses: list[Use] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def block(self, span: Span, outer: Block | None) -> Block:
        made = Block(span, {}, outer)
        self.blocks.append(made)
        return made

    def declare(self, block: Block, declaration: Declaration) -> None:
        """Of two of one name the first counts, as in the checker."""
        block.names.setdefault(declaration.name, declaration)
        self.uses.append(Use(declaration.span, declaration))

    def declare_item(self, whole: Block, item: tree.Item) -> None:
        if isinstance(item, tree.Use):
            found = self.exports(".".join(part.text for part in item.path)) or {}
            for name in item.names:
                unknown = Declaration(name.text, Kind.CONTRACT, name.span, item)
                meant = found.get(name.text, unknown)
                whole.names.setdefault(name.text, meant)
                self.uses.append(Use(name.span, meant))
        elif (declaration := declared(item)) is not None:
            self.declare(whole, declaration)

    def refer(self, block: Block, name: tree.Name) -> Declaration | None:
        """A name that is used: what it stands for is noted, and given back."""
        meant = find(block, name.text)
        if meant is not None:
            self.uses.append(Use(name.span, meant))
        return meant

    def all(self, block: Block, *nodes: object) -> None:
        for node in nodes:
            if isinstance(node, tuple):
                self.all(block, *node)
            elif isinstance(node, tree.Node):
                self.visit(block, node)

    def visit(self, block: Block, node: tree.Node) -> None:
        """Gathers the names of a node, each in the block in which it is sought."""
        match node:
            case tree.Name():
                self.refer(block, node)
            case tree.Use() | tree.Style() | tree.Cut() | tree.ExpectNone() | tree.Unit():
                pass
            case tree.Contract() | tree.Composite():
                self.contract(block, node)
            case tree.Let():
                inside = self.with_parameters(block, node.span, node.parameters)
                self.all(inside, node.type, node.value)
            case tree.Feed():
                self.feed(block, node)
            case tree.Test():
                self.test(block, node)
            case tree.Call():
                self.call(block, node)
            case tree.Comprehension():
                self.all(block, *(binder.source for binder in node.binders))
                inside = self.block(node.span, block)
                self.bind(inside, node.binders)
                self.visit(inside, node.element)
            case tree.Field():
                self.visit(block, node.subject)
            case tree.Rule():
                self.rule(block, node)
            case tree.Asset():
                self.all(block, node.issuer)
            case _:
                self.statement(block, node)

    def statement(self, block: Block, node: tree.Node) -> None:
        match node:
            case tree.AtInstant():
                self.visit(block, node.instant)
                self.body(block, node.instant.span.end, node.span, node.body)
            case tree.AtEach() | tree.WhenEach():
                self.all(block, *(binder.source for binder in node.binders))
                inside = self.block(node.span, block)
                self.bind(inside, node.binders)
                self.in_order(inside, node.body)
            case tree.When():
                self.all(block, node.condition, node.days)
                self.body(block, (node.days or node.condition).span.end, node.span, node.body)
            case tree.If():
                self.visit(block, node.condition)
                middle = node.alternative[0].span.start if node.alternative else node.span.end
                first = Span(node.span.source, node.span.start, middle)
                self.body(block, node.condition.span.end, first, node.consequence)
                self.body(block, middle, node.span, node.alternative)
            case tree.May():
                self.may(block, node)
            case _:
                self.all(block, *children(node))

    # --- items

    def contract(self, block: Block, node: tree.Contract | tree.Composite) -> None:
        inside = self.block(node.span, block)
        own = declared(node)
        assert own is not None, "a contract has a name"
        for declaration in members_of(own):
            if declaration.kind is Kind.CHOICE:
                self.uses.append(Use(declaration.span, declaration))
            else:
                self.declare(inside, declaration)
        for statement in node.body:
            if isinstance(statement, tree.State):
                self.all(inside, statement.type, statement.value)
        for each in node.parameters:
            self.all(inside, each.type, each.default)
        if isinstance(node, tree.Composite):
            self.visit(inside, node.value)
        self.all(inside, *(each for each in node.body if not isinstance(each, tree.State)))

    def with_parameters(
        self,
        block: Block,
        span: Span,
        parameters: tuple[tree.Parameter, ...],
        kind: Kind = Kind.PARAMETER,
    ) -> Block:
        """A block in which parameters stand for themselves."""
        if not parameters:
            return block
        inside = self.block(span, block)
        for each in parameters:
            self.declare(inside, Declaration(each.name.text, kind, each.name.span, each))
            self.all(inside, each.type, each.default)
        return inside

    def feed(self, block: Block, node: tree.Feed) -> None:
        inside = self.with_parameters(block, node.span, node.parameters)
        if isinstance(node.type, tree.RecordType):
            for each in node.type.fields:
                own = Declaration(each.name.text, Kind.FIELD, each.name.span, each)
                self.uses.append(Use(own.span, own))
                self.visit(inside, each.type)
        else:
            self.visit(inside, node.type)
        self.all(inside, *node.rules)

    def rule(self, block: Block, node: tree.Rule) -> None:
        """A line; its words of the language are sought as names and not found."""
        match node.value:
            case tree.Auction(opening=opening, closing=closing, duration=duration):
                self.all(block, opening, closing, duration)
            case tree.Penalty(rate=rate):
                self.visit(block, rate)
            case tree.Scenarios(axes=axes):
                self.all(block, *(axis.source for axis in axes))
            case tree.Haircuts(haircuts=haircuts):
                self.all(block, *((each.fraction, each.asset) for each in haircuts))
            case value:
                self.visit(block, value)

    # --- blocks

    def body(self, block: Block, start: int, span: Span, nodes: tuple[tree.Statement, ...]) -> None:
        """A block of statements from an offset to the end of a span."""
        self.in_order(self.block(Span(span.source, start, span.end), block), nodes)

    def in_order(self, inside: Block, nodes: tuple[tree.Statement, ...]) -> None:
        """The statements of a block, in which a `let` is known behind itself."""
        for node in nodes:
            self.visit(inside, node)
            if isinstance(node, tree.Let) and (own := declared(node)) is not None:
                self.declare(inside, own)

    def bind(self, inside: Block, binders: tuple[tree.Binder, ...]) -> None:
        for each in binders:
            self.declare(inside, Declaration(each.name.text, Kind.VARIABLE, each.name.span, each))

    def may(self, block: Block, node: tree.May) -> None:
        self.refer(block, node.chooser)
        dated = self.block(node.span, block)
        if isinstance(node.timing, tree.OnEach):
            self.all(block, *(binder.source for binder in node.timing.binders))
            self.bind(dated, node.timing.binders)
        elif node.timing is not None:
            self.all(block, *children(node.timing))
        self.all(dated, node.default)
        inside = self.with_parameters(dated, node.span, node.parameters, Kind.AMOUNT)
        middle = node.otherwise[0].span.start if node.otherwise else node.span.end
        first = Span(node.span.source, node.span.start, middle)
        self.body(inside, node.choice.span.end, first, node.body)
        self.body(dated, middle, node.span, node.otherwise or ())

    # --- calls

    def call(self, block: Block, node: tree.Call) -> None:
        callee = None
        if isinstance(node.function, tree.Name):
            callee = self.refer(block, node.function)
        else:
            self.visit(block, node.function)
        self.arguments(block, callee, node.arguments)

    def arguments(
        self, block: Block, callee: Declaration | None, given: tuple[tree.Argument, ...]
    ) -> None:
        """Arguments; their names are those of the parameters of what is called."""
        known = {} if callee is None else {each.name: each for each in parameters_of(callee)}
        for each in given:
            short = each.name is not None and each.name.span == each.value.span
            if each.name is not None and each.name.text in known:
                self.uses.append(Use(each.name.span, known[each.name.text], short))
            before = len(self.uses)
            self.visit(block, each.value)
            if short and len(self.uses) > before:
                last = self.uses.pop()
                self.uses.append(Use(last.span, last.declaration, True))

    # --- tests

    def test(self, block: Block, node: tree.Test) -> None:
        inside = self.block(node.span, block)
        choices: dict[str, Declaration] = {}
        for step in node.steps:
            if isinstance(step, tree.Given):
                self.visit(block, step.contract)
                for each in _members(block, step.contract):
                    into = choices if each.kind is Kind.CHOICE else inside.names
                    if not _is_asset(each):
                        into.setdefault(each.name, each)
                self.all(inside, step.start)
            else:
                self.step(inside, choices, step)

    def step(self, inside: Block, choices: Mapping[str, Declaration], step: tree.TestStep) -> None:
        if not isinstance(step, tree.OnDay):
            words = (step.word,) if isinstance(step, tree.Quoted) else ()
            self.all(inside, *(each for each in children(step) if each not in words))
            return
        self.visit(inside, step.instant)
        for event in step.events:
            if isinstance(event, tree.Choice):
                self.refer(inside, event.chooser)
                chosen = choices.get(event.choice.text)
                if chosen is not None:
                    self.uses.append(Use(event.choice.span, chosen))
                self.arguments(inside, chosen, event.arguments)
            else:
                self.all(inside, event.feed, event.value)


def _members(
    block: Block, contract: tree.Node, within: frozenset[str] = frozenset()
) -> tuple[Declaration, ...]:
    """What a contract declares; of one that is made of others, their choices too. `within`: those
    that it is a part of, for a wrong text may go in circles."""
    if isinstance(contract, tree.Call) and isinstance(contract.function, tree.Name):
        name = contract.function.text
        meant = None if name in within else find(block, name)
        if meant is None:
            return ()
        own = members_of(meant)
        if isinstance(meant.node, tree.Composite):
            own += _members(block, meant.node.value, within | {name})
        return own
    parts = (each for child in children(contract) for each in _members(block, child, within))
    return tuple(each for each in parts if each.kind is Kind.CHOICE)


def _is_asset(declaration: Declaration) -> bool:
    """Whether it is a parameter that stands for an asset: a test names the asset itself."""
    node = declaration.node
    if not isinstance(node, tree.Parameter):
        return False
    type = node.type.element if isinstance(node.type, tree.ListType) else node.type
    return isinstance(type, tree.TypeName) and [part.text for part in type.parts] == ["Asset"]


def find(block: Block | None, name: str) -> Declaration | None:
    """What a name stands for in a block, innermost first."""
    while block is not None:
        if name in block.names:
            return block.names[name]
        block = block.outer
    return None


def children(node: tree.Node) -> Iterator[tree.Node]:
    """The nodes that a node is made of, in the order of its fields."""
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        if isinstance(value, tree.Node):
            yield value
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, tree.Node))
