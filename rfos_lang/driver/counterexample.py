"""A path as a scenario that the kernel runs: one trade, the prices and choices of the path."""

from collections.abc import Iterator, Mapping
from math import gcd

from rfos_lang.analysis.paths import Life, Step
from rfos_lang.artefact.format import decode
from rfos_lang.base.feed import Aspect
from rfos_lang.base.fixed import to_decimal
from rfos_lang.base.instant import DAY, HOUR, MINUTE, SECOND, show_instant
from rfos_lang.base.own_accounts import ESCROW
from rfos_lang.core.program import Choice, Program, Sort, Terms
from rfos_lang.driver.compilation import compiled
from rfos_lang.driver.plan import risk_feeds
from rfos_lang.driver.verifying import Verified
from rfos_runtime.executor.wasm import view_of

_CALM = {"volatility": "50%", "rate": "0", "yield": "0"}
_RICH = 10**9
_LEDGER = 2**60
_GRIDS = (DAY, HOUR, MINUTE, SECOND)


def scenario_text(verified: Verified, life: Life, title: str, target: str) -> str:
    """The scenario file, TOML. `target`: the contract as seen from the folder of that file."""
    program, terms = verified.instance.program, verified.instance.terms
    step = _step(terms, life)
    last = life.steps[-1].instant + step
    return (
        "\n\n".join(
            [
                "\n".join(_head(title, terms.start - step, last, step, bool(terms.feeds))),
                *_feeds(verified, life),
                *_accounts(program, terms),
                "\n".join(_instrument(verified, target)),
                "\n".join(_trade(verified, terms.start - step)),
                *_choices(program, life),
            ]
        )
        + "\n"
    )


def _step(terms: Terms, life: Life) -> int:
    """The coarsest grid on which every instant of the path lies."""
    distance = gcd(*(step.instant - terms.start for step in life.steps))
    return next((each for each in _GRIDS if distance % each == 0), SECOND)


def _head(title: str, begin: int, end: int, step: int, observes: bool) -> Iterator[str]:
    words = {DAY: "1d", HOUR: "1h", MINUTE: "1min", SECOND: "1s"}
    yield "# Written by `rfos verify --scenario`."
    yield f'title = "{_plain(title)}"'
    yield f"from = {_stamp(begin)}"
    yield f"to = {_stamp(end)}"
    yield f'step = "{words[step]}"'
    if not observes:
        yield "feeds = {}"


def _feeds(verified: Verified, life: Life) -> Iterator[str]:
    program, terms, bounds = (
        verified.instance.program,
        verified.instance.terms,
        verified.verification.bounds,
    )
    told: set[str] = set()
    for slot, (feed, name) in enumerate(zip(program.feeds, terms.feeds, strict=True)):
        if name in told or feed.aspect is Aspect.NOW:
            continue
        told.add(name)
        lines = [f'[feeds."{_plain(name)}"]', "points = ["]
        lines += [
            f'    ["{_stamp(step.instant)}", "{_value(step, slot, feed.sort)}"],'
            for step in life.steps
            if step.observations[slot] is not None
        ]
        lines.append("]")
        if slot in bounds and feed.sort is not Sort.TRUTH:
            lines.append(f'lowest = "{to_decimal(bounds[slot].lowest):f}"')
            lines.append(f'highest = "{to_decimal(bounds[slot].highest):f}"')
        yield "\n".join(lines)
    view = view_of(decode(compiled(verified.instance.lowered, verified.checked.text).artefact))
    for name in risk_feeds(view, terms):
        if name not in told:
            told.add(name)
            yield f'[feeds."{name}"]\nvalue = "{_CALM.get(name.partition("(")[0], "0")}"'


def _value(step: Step, slot: int, sort: Sort) -> str:
    value = step.observations[slot]
    assert value is not None, "only what was observed is told"
    return str(value) if sort is Sort.TRUTH else f"{to_decimal(value):f}"


def _accounts(program: Program, terms: Terms) -> Iterator[str]:
    """Every party is rich, so that nothing but the contract is at fault."""
    for party in program.parties:
        if party != ESCROW:
            held = (
                f"{ticker} = {min(_RICH, _LEDGER // 10**places)}"
                for ticker, places in zip(terms.assets, terms.places, strict=True)
            )
            yield "\n".join([f"[accounts.{party}]", *held])


def _instrument(verified: Verified, target: str) -> Iterator[str]:
    program = verified.instance.program
    yield "[instruments.contract]"
    yield f'contract = "{target}"'
    yield f"start = {_stamp(verified.instance.terms.start)}"
    others = [party for party in program.parties[2:] if party != ESCROW]
    if others:
        yield f"parties = {_inline({party: party for party in others})}"
    yield f"with = {_inline(verified.arguments)}"


def _inline(entries: Mapping[str, str]) -> str:
    written = (f"{name} = '{value}'" for name, value in entries.items())
    return "{ " + ", ".join(written) + " }" if entries else "{}"


def _trade(verified: Verified, at: int) -> Iterator[str]:
    """One lot before the contract begins, with collateral to spare where any has to be posted."""
    program = verified.instance.program
    yield "[[trades]]"
    yield f"at = {_stamp(at)}"
    yield 'instrument = "contract"'
    for place, party in zip(("first", "second"), program.parties[:2], strict=True):
        yield f'{place} = "{party}"'
    yield "lots = 1"
    posting = {rule.party for rule in program.collateral}
    if not verified.checked.definition.unsecured:
        posting |= {owed.party for owed in verified.verification.obligations if owed.most}
    for number, place in enumerate(("first", "second")):
        if number in posting:
            yield f"{place}_collateral = {_RICH // 1_000}"


def _choices(program: Program, life: Life) -> Iterator[str]:
    """What is taken, in the order of time."""
    for each in life.steps:
        for index in sorted(each.taken):
            clause = program.clauses[index]
            assert isinstance(clause, Choice), "only choices are taken"
            yield "\n".join(
                [
                    "[[exercises]]",
                    f"at = {_stamp(each.instant)}",
                    f'account = "{program.parties[clause.party]}"',
                    'instrument = "contract"',
                    f'choice = "{clause.name}"',
                    "lots = 1",
                ]
            )


def _stamp(instant: int) -> str:
    """As TOML has it, with seconds."""
    text = show_instant(instant)
    if "T" not in text:
        return f"{text}T00:00:00Z"
    return text if text.count(":") == 2 else text.replace("Z", ":00Z")


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
