"""Policies: how they come to be."""

from rfos_runtime.kernel.contracts import heap
from rfos_runtime.kernel.machine import address_of
from rfos_runtime.kernel.portfolio.grids import tabulate_all
from rfos_runtime.kernel.portfolio.measuring import measure
from rfos_runtime.kernel.portfolio.pricing import price
from rfos_runtime.kernel.portfolio.requirements import Does, number_of
from rfos_runtime.kernel.state import State
from rfos_runtime.kernel.tables import Of
from rfos_runtime.kernel.world import LINES, STEPS, WORDS, World
from rfos_runtime.records.codes import Code, Refused, require
from rfos_runtime.records.commands import HASH, ONE, DefinePolicy
from rfos_runtime.records.wire import in_words
from rfos_runtime.reference.executor import PolicyView, Step

_DOES = {
    "number": Does.NUMBER,
    "measure": Does.MEASURE,
    "neg": Does.NEGATIVE,
    "abs": Does.SIZE,
    "+": Does.PLUS,
    "-": Does.MINUS,
    "*": Does.TIMES,
    "/": Does.OVER,
    "min": Does.LEAST,
    "max": Does.MOST,
}


def define_policy(state: State, command: DefinePolicy) -> None:
    """Takes a policy in. Defining it again changes nothing. Raises Refused."""
    view = state.executor.policy(command.artefact)
    if view is None:
        raise Refused(Code.BAD_POLICY)
    require(view.asset in state.assets, Code.UNKNOWN_ASSET)
    handles = _feeds(state, view, command.feeds)
    if view.content_hash in state.policies.by_hash:
        return
    assert len(view.scenarios) <= LINES * WORDS and len(view.steps) <= STEPS, "too large a policy"
    _write(state, view, command.artefact, handles)
    price(state)
    state.world.entry[0] = address_of(measure, World)
    state.policies.views.append(view)
    state.policies.by_hash[view.content_hash] = len(state.policies.views)
    tabulate_all(state)


def _feeds(state: State, view: PolicyView, names: tuple[str, ...]) -> list[int]:
    """The feeds of prices of what a policy takes. Raises Refused."""
    require(all(each.asset in state.assets for each in view.haircuts), Code.UNKNOWN_ASSET)
    require(len(names) == len(view.haircuts), Code.MALFORMED)
    require(all(name in state.feeds.handles for name in names), Code.UNKNOWN_FEED)
    return [state.feeds.handles[name] for name in names]


def _write(state: State, view: PolicyView, artefact: bytes, feeds: list[int]) -> None:
    steps, haircuts = len(view.steps) + 1, len(view.haircuts)
    state.make_room({Of.POLICIES: 1, Of.STEPS: steps, Of.HAIRCUTS: haircuts})
    at = heap.stored(state, artefact)
    counts = state.world.counts["lying"]
    handle, first = int(counts[Of.POLICIES]) + 1, int(counts[Of.STEPS]) + 1
    state.touched(Of.COUNTS, Of.POLICIES)["lying"] = handle
    state.touched(Of.COUNTS, Of.STEPS)["lying"] = first + len(view.steps)
    row = state.touched(Of.POLICIES, handle)
    words = in_words(bytes.fromhex(view.content_hash), HASH).values()
    for name, word in zip(("w0", "w1", "w2", "w3"), words, strict=True):
        row[name] = word
    row["at"], row["size"], row["asset"] = at, len(artefact), state.assets[view.asset]
    row["lines"], row["first"] = -(-len(view.scenarios) // WORDS), first
    row["steps"] = len(view.steps)
    for place, step in enumerate(view.steps, first):
        _write_step(state, place, step)
    row["haircut"], row["haircuts"] = int(counts[Of.HAIRCUTS]) + 1, haircuts
    state.touched(Of.COUNTS, Of.HAIRCUTS)["lying"] = int(counts[Of.HAIRCUTS]) + haircuts
    for place, (haircut, feed) in enumerate(zip(view.haircuts, feeds, strict=True)):
        cut = state.touched(Of.HAIRCUTS, int(row["haircut"]) + place)
        cut["asset"], cut["feed"] = state.assets[haircut.asset], feed
        cut["kept"] = ONE - haircut.fraction
    result = state.touched(Of.STEPS, first + len(view.steps))
    result["operation"], result["n0"] = Does.REQUIRED, view.separates
    result["left"], result["right"] = view.maintenance, view.initial


def _write_step(state: State, place: int, step: Step) -> None:
    row = state.touched(Of.STEPS, place)
    does = _DOES[step.operation]
    row["operation"] = does
    if does is Does.NUMBER:
        for name, limb in number_of(step.arguments[0]).items():
            row[name] = limb
    else:
        row["left"], row["right"] = step.arguments[0], step.arguments[-1]
