"""`rfos inspect`: what an artefact says of itself."""

from collections.abc import Iterator
from dataclasses import asdict
from math import prod
from pathlib import Path

from rfos_lang.artefact.format import (
    Artefact,
    ChoiceField,
    ClauseField,
    CollateralField,
    LiquidationField,
    Metadata,
    decode,
)
from rfos_lang.artefact.policy_format import MAGIC as POLICY
from rfos_lang.artefact.policy_format import PolicyArtefact, PolicyFields, decode_policy
from rfos_lang.base.fixed import shown
from rfos_lang.base.instant import MINUTE
from rfos_lang.base.refusal import Refused
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.console import OK, bold, columns, print_json
from rfos_lang.cli.files import read_bytes
from rfos_lang.driver.failure import Failure


def run(path: Path, as_json: bool) -> int:
    """Shows an artefact's metadata; the exit code. Raises Failure."""
    content = read_bytes(path)
    try:
        artefact = _decoded(content)
    except Refused as refused:
        problem = report(refused.code, Span(str(path), 0, 0), **refused.names)
        raise Failure([problem], {}) from None
    if as_json:
        size = {"content_hash": artefact.content_hash, "size": len(content)}
        print_json({"ok": True, "diagnostics": [], **size, **asdict(_said(artefact))})
    else:
        lines = _lines(artefact) if isinstance(artefact, Artefact) else _policy_lines(artefact)
        print("\n".join(lines))
    return OK


def _decoded(content: bytes) -> Artefact | PolicyArtefact:
    return decode_policy(content) if content.startswith(POLICY) else decode(content)


def _said(artefact: Artefact | PolicyArtefact) -> Metadata | PolicyFields:
    return artefact.metadata if isinstance(artefact, Artefact) else artefact.fields


def _policy_lines(artefact: PolicyArtefact) -> Iterator[str]:
    said = artefact.fields
    yield f"{bold(said.name)}  margin in {said.asset}"
    scenarios = prod(len(axis.shifts) for axis in said.axes)
    rows = [
        ["  hash", artefact.content_hash],
        ["  source", said.source_hash],
        ["  size", f"{len(artefact.data):,} bytes, schema {said.schema}"],
        ["  scenarios", f"{scenarios}"],
    ]
    rows += [[f"  {axis.name}", ", ".join(map(_percent, axis.shifts))] for axis in said.axes]
    if said.haircuts:
        cuts = (f"{_percent(each.fraction)} of {each.asset}" for each in said.haircuts)
        rows.append(["  haircuts", ", ".join(cuts)])
    yield from columns(rows)


def _lines(artefact: Artefact) -> Iterator[str]:
    said = artefact.metadata
    yield f"{bold(said.name)}  between {', '.join(said.parties)}"
    rows = []
    for label, entries in _sections(artefact):
        labels = [label, *[""] * (len(entries) - 1)]
        rows += [[f"  {name}", entry] for name, entry in zip(labels, entries, strict=False)]
    yield from columns(rows)


def _sections(artefact: Artefact) -> Iterator[tuple[str, list[str]]]:
    """Label and entries of each part that there is something to say of."""
    said = artefact.metadata
    kinds = "one instance for many holders" if said.listable else "one instance for two accounts"
    yield "hash", [artefact.content_hash]
    yield "source", [said.source_hash]
    yield "size", [f"{len(artefact.module):,} bytes, schema {said.schema}"]
    yield "kind", [("perpetual, " if said.perpetual else "") + kinds]
    yield "assets", [", ".join(said.assets)]
    yield "terms", [_named(each.name, each.unit or each.sort) for each in said.terms]
    yield "schedules", list(said.schedules)
    yield "columns", [_named(each.name, said.schedules[each.schedule]) for each in said.columns]
    yield "feeds", [each.name for each in said.feeds]
    yield "states", [_named(each.name, each.sort) for each in said.states]
    yield "tables", [_named(each.name, said.schedules[each.schedule]) for each in said.tables]
    yield "clauses", [_clause(each, said) for each in said.clauses]
    yield "postings", [f"at most {said.postings} at one instant"]
    yield "marking", [said.marking]
    asked = (_market_input(each.source, each.slot, said) for each in said.inputs)
    yield "reads", [each for each in asked if each]
    yield "Greeks", [", ".join(said.greeks)] if said.greeks else []
    yield "collateral", [_collateral(each, said) for each in said.collateral]
    yield "liquidation", [_liquidation(each, said) for each in said.liquidation]


def _named(name: str, kind: str) -> str:
    return f"{name}: {kind}"


def _collateral(rule: CollateralField, said: Metadata) -> str:
    return f"{said.parties[rule.party]} in {said.assets[rule.asset]}"


def _clause(clause: ClauseField, said: Metadata) -> str:
    place = ", made by the compiler"
    if clause.source is not None:
        place = ", characters {} to {}".format(*clause.source)
    dates = "" if clause.schedule is None else said.schedules[clause.schedule]
    if clause.choice is not None:
        what = _choice(clause.choice, dates, said)
    elif clause.kind == "watch":
        seen = ", ".join(said.feeds[feed].name for feed in clause.feeds)
        what = f"whenever {seen} is observed" if clause.repeats else f"once, on {seen}"
    else:
        what = f"at {dates}"
    return what + place


def _choice(choice: ChoiceField, dates: str, said: Metadata) -> str:
    until = ("until " if choice.any_time else "at ") + dates if dates else "at any time"
    asked = ", ".join(f"{each.name}: {said.assets[each.asset]}" for each in choice.amounts)
    name = f"{choice.name}({asked})" if asked else choice.name
    again = ", again and again" if choice.repeats else ""
    return f"{said.parties[choice.party]} may {name} {until}{again}"


def _market_input(source: str, slot: int, said: Metadata) -> str | None:
    """What the market must tell for the risk of an instance; None for what the instance knows."""
    match source:
        case "spot":
            return said.feeds[slot].name
        case "volatility":
            return f"volatility of {said.feeds[slot].name}"
        case "rate" | "yield":
            return f"{source} of {said.assets[slot]}"
        case _:
            return None


def _liquidation(rule: LiquidationField, said: Metadata) -> str:
    auction = f"{_percent(rule.auction_from)} to {_percent(rule.auction_to)}"
    minutes = f"{rule.auction_nanoseconds / MINUTE:g}min"
    shortfall = " then ".join(rule.shortfall) or "none"
    return (
        f"{said.parties[rule.party]}: auction from {auction} over {minutes}, "
        f"penalty {_percent(rule.penalty)}, shortfall to {shortfall}"
    )


def _percent(fraction: int) -> str:
    return f"{shown(100 * fraction)}%"
