"""The order in which the contracts of a file are checked: what others are made of comes first."""

from collections.abc import Iterator

from rfos_lang.semantics.composite import called
from rfos_lang.semantics.scope import Checking
from rfos_lang.syntax import tree

Contract = tree.Contract | tree.Composite


def in_order(checking: Checking, module: tree.Module) -> list[Contract]:
    """The contracts of a file, each after those that it is made of; what is made of itself is
    reported and left out."""
    items = [item for item in module.items if isinstance(item, tree.Contract | tree.Composite)]
    sorter = _Sorter(checking, {item.name.text: item for item in reversed(items)})
    for item in items:
        sorter.visit(item, ())
    return sorter.sorted


class _Sorter:
    """A walk from each contract to those it names."""

    def __init__(self, checking: Checking, named: dict[str, Contract]) -> None:
        self.checking, self.named = checking, named
        self.sorted: list[Contract] = []
        self.seen: set[int] = set()
        self.circular: set[int] = set()

    def visit(self, item: Contract, users: tuple[Contract, ...]) -> None:
        """Puts a contract behind those that it names. `users` are those that lead here."""
        if id(item) in self.seen:
            return
        if any(user is item for user in users):
            self._report(users[[user is item for user in users].index(True) :])
            return
        for name in names_in(item):
            if name.text in self.named:
                self.visit(self.named[name.text], (*users, item))
        self.seen.add(id(item))
        if id(item) not in self.circular:
            self.sorted.append(item)

    def _report(self, circle: tuple[Contract, ...]) -> None:
        names = " → ".join(each.name.text for each in (*circle, circle[0]))
        self.checking.report("E0456", circle[0].name.span, name=circle[0].name.text, names=names)
        self.circular |= {id(each) for each in circle}


def names_in(item: Contract) -> list[tree.Name]:
    """The contracts that a contract is made of, or becomes."""
    if isinstance(item, tree.Composite):
        return called(item.value)
    return [name for each in _continuations(item.body) for name in called(each.contract)]


def _continuations(body: tuple[tree.Statement, ...]) -> Iterator[tree.Become]:
    """Every `become` in a block."""
    for statement in body:
        match statement:
            case tree.Become():
                yield statement
            case tree.If(consequence=first, alternative=second):
                yield from _continuations((*first, *second))
            case tree.May(body=first, otherwise=other):
                yield from _continuations((*first, *(other or ())))
            case tree.AtInstant() | tree.AtEach() | tree.When() | tree.WhenEach():
                yield from _continuations(statement.body)
