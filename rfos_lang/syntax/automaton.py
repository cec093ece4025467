"""The automaton that runs `table.py` over the tokens: shift, reduce, and nothing else.

What to do with a token that fits nowhere is decided in `recovery.py`; here one can ask whether a
token would be accepted (`accepts`) without touching the stack.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from rfos_lang.syntax.table import ACTIONS, PRODUCTIONS


class Entry(NamedTuple):
    """A symbol that was read: the state after it, its value, where it stands in the text.

    `depth` counts how deep nodes are nested in the value.
    """

    state: int
    symbol: str
    value: Any
    start: int
    end: int
    depth: int


Stack = list[Entry]


def new_stack() -> Stack:
    """The stack before the first token: one entry that stands for no symbol."""
    return [Entry(0, "", None, 0, 0, 0)]


class Production(NamedTuple):
    """`symbol` made of the `length` topmost entries; `children` as described in `table.py`."""

    symbol: str
    length: int
    action: str
    children: list[int | None]
    transparent: bool

    @property
    def renames(self) -> bool:
        """Whether it only calls what stands there by another name, as most of the steps from a
        name to an expression do."""
        return self.transparent and self.length == 1 and len(self.children) == 1


Build = Callable[[str, list[Any], int, int, int], Any]
"""Makes a node: its action, its children, where it starts and ends, how deep it is nested."""

_PRODUCTIONS = tuple(Production(*row) for row in PRODUCTIONS)
_RENAMED = tuple(each.symbol if each.renames else None for each in _PRODUCTIONS)


def shift(stack: Stack, terminal: str, value: Any, start: int, end: int, build: Build) -> bool:
    """Reads one token, after all reductions that it calls for.

    Returns False, and reads nothing, if it fits nowhere; the reductions may have been made.
    """
    action = ACTIONS[stack[-1].state].get(terminal, 0)
    while action < 0:
        if _RENAMED[-1 - action] is None:
            _reduce(stack, _PRODUCTIONS[-1 - action], build)
            action = ACTIONS[stack[-1].state].get(terminal, 0)
        else:
            action = _rename(stack, terminal, action)
    if action:
        stack.append(Entry(action, terminal, value, start, end, 0))
    return action > 0


def _rename(stack: Stack, terminal: str, action: int) -> int:
    """Renames the topmost entry as often as the token calls for, and gives the next action."""
    _, _, *read = stack[-1]
    states = ACTIONS[stack[-2].state]
    while action < 0 and (renamed := _RENAMED[-1 - action]) is not None:
        symbol = renamed
        state = states[symbol]
        action = ACTIONS[state].get(terminal, 0)
    stack[-1] = Entry(state, symbol, *read)
    return action


def _reduce(stack: Stack, production: Production, build: Build) -> None:
    symbol, length, action, children, transparent = production
    entries = stack[len(stack) - length :]
    del stack[len(stack) - length :]
    state = ACTIONS[stack[-1].state][symbol]
    start = entries[0].start if entries else stack[-1].end
    end = entries[-1].end if entries else start
    if transparent and len(children) == 1:
        _, _, value, _, _, depth = entries[children[0] or 0]
    else:
        depth = max([entry.depth for entry in entries], default=0) + (action != "")
        value = _children(production, entries)
        if action:
            value = build(action, value, start, end, depth)
    stack.append(Entry(state, symbol, value, start, end, depth))


def _children(production: Production, entries: list[Entry]) -> list[Any]:
    children: list[Any] = []
    for kept in production.children:
        if kept is None:
            children.append(None)
        elif kept >= 0:
            children.append(entries[kept].value)
        elif children:
            children.extend(entries[~kept].value)
        else:  # a list grows in place, so that a long file takes linear time
            children = entries[~kept].value
    return children


def states(stack: Stack) -> list[int]:
    """The states that the automaton went through, as `accepts` takes them."""
    return [entry.state for entry in stack]


def accepts(states: list[int], terminals: list[str]) -> bool:
    """Whether the automaton in these states would read these terminals one after another."""
    states = list(states)
    for terminal in terminals:
        while (action := ACTIONS[states[-1]].get(terminal, 0)) < 0:
            production = _PRODUCTIONS[-1 - action]
            del states[len(states) - production.length :]
            states.append(ACTIONS[states[-1]][production.symbol])
        if not action:
            return False
        states.append(action)
    return True
