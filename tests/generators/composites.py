"""Contracts made of others: a few small contracts, each of another kind, in random expressions."""

from dataclasses import dataclass

from hypothesis import strategies as st

CUT = "2026-01-{:02}"

KINDS = {
    "Call": "at t { b pays a 1 u * max(S - k, 0) }",
    "KnockOut": "when S <= k { b pays a 3 cash; end }\n    at t { b pays a 1 u * S }",
    "Early": "a may take until t default S > k { b pays a 1 u * S; end }",
    "Late": "b may call at t default S < k { b pays a 2 cash }\n"
    "        otherwise { a pays b net 1 u * (S - k) }",
    "Mean": "at t { b pays a net 6 u * (mean(S on days) - k) }",
    "Low": "at each d in days { if lowest(S) < k { b pays a 5 cash; end }; a pays b 1 cash }",
    "Count": "state n: Number = 0\n"
    "    at each d in days { n += 1; b pays a n * 1 cash on d + 2d }\n"
    "    when S > k on days { a pays b 7 cash; end; n = 9 }",
}
"""The bodies of contracts between a and b, on the price S, a level k, a date t and some days."""

FORMS = ("leaf", "sum", "difference", "minus", "times", "between")

HEADER = "(u, cash: Asset, k: cash/u, t: Date, days: Schedule) between a, b {\n"


def source(kind: str) -> str:
    """The text of one of the contracts."""
    let = "    let S = spot(u, cash)\n    unsecured\n"
    return f"contract {kind}{HEADER}{let}    {KINDS[kind]}\n}}\n"


SOURCES = "".join(map(source, KINDS))


@dataclass(frozen=True, slots=True)
class Leaf:
    """One contract with its arguments, which of the sides is its first, and how often it counts."""

    kind: str
    level: int
    day: int
    days: tuple[int, ...]
    factor: int
    turned: bool

    @property
    def arguments(self) -> dict[str, str]:
        days = ", ".join(CUT.format(day) for day in self.days)
        return {
            "u": "BTC",
            "cash": "USD",
            "k": f"{self.level} USD/BTC",
            "t": CUT.format(self.day),
            "days": f"[{days}]",
        }

    @property
    def text(self) -> str:
        """The leaf as it is written within a contract on `u` and `cash`."""
        inside = dict(self.arguments, u="u", cash="cash", k=f"{self.level} cash/u")
        return f"{self.kind}({', '.join(f'{name}: {text}' for name, text in inside.items())})"


@dataclass(frozen=True, slots=True)
class Composite:
    """An expression of contracts, and what it comes to."""

    expression: str
    leaves: tuple[Leaf, ...]

    @property
    def text(self) -> str:
        made = "contract Whole(u, cash: Asset) between p, q\n    = " + self.expression
        return SOURCES + made + " { unsecured }\n"


_days = st.sets(st.integers(2, 12), min_size=1, max_size=3).map(lambda days: tuple(sorted(days)))


@st.composite
def composites(draw: st.DrawFn, depth: int = 3, kinds: tuple[str, ...] = tuple(KINDS)) -> Composite:
    """An expression of at most eight contracts."""
    inner = composites(depth - 1, kinds)
    match draw(st.sampled_from(FORMS if depth else FORMS[:1])):
        case "sum":
            left, right = draw(inner), draw(inner)
            return Composite(f"{left.expression} + {right.expression}", left.leaves + right.leaves)
        case "difference":
            left, right = draw(inner), draw(inner)
            leaves = left.leaves + _turned(right.leaves)
            return Composite(f"{left.expression} - ({right.expression})", leaves)
        case "minus":
            negated = draw(inner)
            return Composite(f"-({negated.expression})", _turned(negated.leaves))
        case "times":
            factor, scaled = draw(st.sampled_from((-2, -1, 1, 3))), draw(inner)
            leaves = tuple(_scaled(leaf, factor) for leaf in scaled.leaves)
            return Composite(f"({factor}) * ({scaled.expression})", leaves)
        case "between":
            renamed = draw(inner)
            return Composite(f"({renamed.expression} between q, p)", _turned(renamed.leaves))
        case _:
            leaf = Leaf(
                draw(st.sampled_from(kinds)),
                draw(st.integers(1, 9)),
                draw(st.integers(2, 12)),
                draw(_days),
                1,
                turned=False,
            )
            return Composite(leaf.text, (leaf,))


def _turned(leaves: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
    return tuple(_scaled(leaf, -1) for leaf in leaves)


def _scaled(leaf: Leaf, factor: int) -> Leaf:
    turned = leaf.turned != (factor < 0)
    return Leaf(leaf.kind, leaf.level, leaf.day, leaf.days, leaf.factor * abs(factor), turned)


BECOMES = (
    "at {date} {{ become {first} }}",
    "p may go at {date} default S > 5 cash/u {{ become {first} }} otherwise {{ become {second} }}",
    "p may go until {date} default false {{ q pays p 1 cash; become {first} }}",
    "q may go at each d in [{date}, 2026-01-14] default S > 5 cash/u {{ become {first} }}",
    "when S > 5 cash/u {{ become {first} }}\n    at {date} {{ q pays p 2 cash; become {second} }}",
)
"""Clauses in which a contract between p and q becomes another."""


@st.composite
def becomes(draw: st.DrawFn) -> str:
    """A file whose contract `Whole` becomes others, which may become nothing more."""
    first, second = draw(composites(depth=1)), draw(composites(depth=1))
    clause = draw(st.sampled_from(BECOMES)).format(
        date=CUT.format(draw(st.integers(1, 12))),
        first=first.expression,
        second=second.expression,
    )
    head = (
        "contract Whole(u, cash: Asset) between p, q {\n    let S = spot(u, cash)\n    unsecured\n"
    )
    return f"{SOURCES}{head}    {clause}\n}}\n"


ENDLESS = {
    "Funded": """state paid: Number = 0
    at each x in every(8h) { paid += 1; a pays b paid * 1 cash }
    when spot(u, cash) < k { end }""",
    "Followed": """state low: cash/u = k
    when each x in ticks(u, cash) { low = min(low, x.level); b pays a 1 u * low }
    at each x in every(1d) { a pays b 1 u * highest(spot(u, cash)) }""",
    "Marked": "style futures",
}
"""The bodies of contracts between a and b that never end, on the price and a level k."""
TICKS = "feed ticks(u, cash: Asset): (level: cash/u)\n"
PERPETUALS = TICKS + "".join(
    f"perpetual contract {kind}(u, cash: Asset, k: cash/u) between a, b {{\n"
    f"    unsecured\n    {body}\n}}\n"
    for kind, body in ENDLESS.items()
)


@st.composite
def becomes_endless(draw: st.DrawFn) -> str:
    """A file whose perpetual contract `Whole` becomes others that never end."""
    kinds = draw(st.lists(st.sampled_from(sorted(ENDLESS)), min_size=4, max_size=4))
    levels = draw(st.lists(st.integers(1, 9), min_size=4, max_size=4))
    one, two, three, four = (
        f"{kind}(u, cash, k: {level} cash/u)" for kind, level in zip(kinds, levels, strict=True)
    )
    clause = draw(st.sampled_from(BECOMES)).format(
        date=CUT.format(draw(st.integers(1, 12))),
        first=f"{one} - {two}",
        second=f"{three} + {four}",
    )
    head = (
        "perpetual contract Whole(u, cash: Asset) between p, q {\n"
        "    let S = spot(u, cash)\n    unsecured\n"
    )
    return f"{PERPETUALS}{head}    {clause}\n}}\n"
