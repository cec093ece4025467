"""Contracts whose clauses recur by rules, without end or up to an expiry: small sentences that
count, overwrite, cap, reset and compound states, pay them, and end."""

from hypothesis import strategies as st

from rfos_lang.base.instant import parse_instant
from rfos_lang.core.binding import instantiate
from rfos_lang.semantics.analyse import analyse
from tests.generators.handmade import Instance
from tests.semantics.rejected import library

BEGIN = "2026-01-01"

HEAD = """
{perpetual}contract Recurring(share, cash: Asset, middle, expiry: Date) between first, second {{
    let S = spot(share, cash)
    let worth = 1 share * S
    state owed: cash = 0 cash
    state kept: cash = 10 cash
    state total: cash = 5 cash
    state times: Number = 0
    state fresh: Bool = true
    unsecured
    {lines}
}}
"""

STEPS = (
    "owed += 1 cash",
    "owed -= 2 cash",
    "owed += worth * 1%",
    "owed = worth",
    "owed = if S > 100 cash/share then owed + 3 cash else 0 cash",
    "kept = min(kept + 2 cash, 40 cash)",
    "kept = max(kept - worth, 1 cash)",
    "total = owed + kept",
    "total += kept",
    "total = total * 1.5",
    "total = total / 2 + worth",
    "times += if S > 90 cash/share then 1 else 0",
    "times = 0",
    "fresh = S > 80 cash/share",
    "let old = owed; owed = old + 1 cash",
)
PAYMENTS = (
    "first pays second net owed",
    "second pays first abs(kept)",
    "first pays second net total - owed",
    "second pays first 1 cash * times",
    "first pays second net 1 share * mean(S on every(12h))",
    "second pays first net worth / (times + 1)",
    "first pays second 1 cash * mean(if S > 100 cash/share then 1 else 0 on every(6h))",
    "if fresh { second pays first 7 cash; fresh = false }",
)
ENDS = ("end", "if S < 60 cash/share { first pays second 11 cash; end }", "if times >= 4 { end }")
RULES = ("every(6h)", "every(8h)", "every(12h)", "every(1d)")


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """A few sentences."""
    some = st.sampled_from((*STEPS, *STEPS, *PAYMENTS, *PAYMENTS))
    lines = draw(st.lists(some, min_size=1, max_size=3, unique=True))
    lines += draw(st.sampled_from(((), (), (), ENDS[:1], ENDS[1:2], ENDS[2:])))
    return "{ " + "; ".join(lines) + " }"


@st.composite
def clauses(draw: st.DrawFn, number: int) -> str:
    """A clause of any kind, but first of all dates by a rule."""
    block = draw(blocks())
    match draw(st.sampled_from(("rule",) * 5 + ("date", "when", "each", "take", "until", "draw"))):
        case "rule":
            return f"at each t in {draw(st.sampled_from(RULES))} {block}"
        case "date":
            return f"at middle {block}"
        case "when":
            return f"when S < 75 cash/share {block}"
        case "each":
            return f"when each d in dividends(share, cash) {block}"
        case "take":
            return f"second may take{number} {block}"
        case "until":
            return f"first may choose{number} until middle default S > 110 cash/share {block}"
        case _:
            draws = f"owed += amount; second pays first amount; {block[2:]}"
            limit = 'require owed + amount <= 50 cash, "beyond the limit"'
            return f"first may draw{number}(amount: cash) {{ {limit}; {draws}"


@st.composite
def texts(draw: st.DrawFn) -> str:
    """The text of a contract."""
    rule = f"at each t in {draw(st.sampled_from(RULES))} {draw(blocks())}"
    lines = [rule, *(draw(clauses(number)) for number in range(draw(st.integers(0, 3))))]
    perpetual = draw(st.sampled_from(("perpetual ", "perpetual ", "")))
    end = "" if perpetual else "at expiry { }"
    return HEAD.format(perpetual=perpetual, lines="\n    ".join([*lines, end]))


def instance_of(text: str) -> Instance:
    """Its instance, which begins at the beginning of 2026."""
    analysis = analyse(text, "recurring.rfos", library)
    (definition,) = analysis.definitions.values()
    dates = {"middle": "2026-01-05T06:00Z", "expiry": "2026-01-12"}
    arguments = {"share": "BTC", "cash": "USD", **dates}
    made, problems = instantiate(definition, arguments, parse_instant(BEGIN))
    assert made is not None, (text, analysis.diagnostics, problems)
    return Instance(made.lowered.program, made.terms)
