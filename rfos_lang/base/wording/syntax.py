"""E01xx: what cannot be read as a sentence of the language."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "E0101": Entry(
        title="something does not fit here",
        message="I expected {expected} here, not {found}",
        help="{mend}",
        fix="{suggestion}",
        explanation="""\
The file could be read up to this place, and what stands here cannot follow. The message lists what
could. The statement in question is passed over and the rest of the file is still checked.

The order of the words in each sentence is fixed; docs/reference/language.md has all of them.
""",
    ),
    "E0102": Entry(
        title="the file ends too early",
        message="the file ends where I expected {expected}",
        explanation="The last sentence of the file is not complete.\n",
    ),
    "E0103": Entry(
        title="a bracket is never closed",
        message="this `{opened}` is never closed",
        help="write the `{closing}` where it belongs",
        explanation="""\
Inside `(` and `[` the end of a line means nothing, so that a long list may go over many lines. A
statement cannot begin there either: a new statement, a brace or the end of the file shows that the
closing bracket is missing.
""",
    ),
    "E0104": Entry(
        title="a block is never closed",
        message="this `{{` is not closed before {end}",
        help="write the missing `}}`",
        explanation="""\
A word such as `contract` or `asset` at the very start of a line begins a new item of the file. All
blocks before it should be closed by then. The block named is the innermost one still open; the
brace that is missing may belong to a block inside it.
""",
    ),
    "E0105": Entry(
        title="a bracket closes nothing",
        message="this `{text}` closes nothing",
        help="remove it, or write the bracket that it should close",
        fix="",
        explanation="Every closing bracket needs an opening one of its kind before it.\n",
    ),
    "E0106": Entry(
        title="a word of the language used as a name",
        message="`{name}` is a word of the language, so it cannot be a name",
        help="choose another name, such as `{name}_`",
        fix="{name}_",
        explanation="""\
The words of the language are reserved everywhere, so that a sentence can be read in one way only.
After a dot they are free: `p.end` is a field.
""",
    ),
    "E0107": Entry(
        title="comparisons do not chain",
        message="comparisons do not chain: one sentence compares two things",
        help="write `... and {middle} {operator} ...`",
        fix="and {middle} {operator}",
        safe=True,
        explanation="""\
`low < x < high` would mean `(low < x) < high`, which compares a truth with a number. Say both:
`low < x and x < high`.
""",
    ),
    "E0108": Entry(
        title="`=` used to compare",
        message="`=` gives a name its value; it does not compare",
        help="to compare, write `==`",
        fix="==",
        safe=True,
        explanation="`let x = 1` and `x = 1` give values, `x == 1` asks whether they are equal.\n",
    ),
    "E0109": Entry(
        title="`==` used to assign",
        message="`==` compares; it does not give a value",
        help="to assign, write `=`",
        fix="=",
        safe=True,
        explanation="`x = 1` gives `x` a value, `x == 1` asks whether it has that value.\n",
    ),
    "E0110": Entry(
        title="two statements without a line end between them",
        message="a statement ended before `{text}`, but nothing separates the two",
        help="begin a new line before `{text}`, or write `;`",
        explanation="A statement ends with its line or at a `;`.\n",
    ),
    "E0111": Entry(
        title="a number that cannot be read",
        message="`{text}` is not a number",
        help="write `{meant}`, with one space",
        fix="{meant}",
        safe=True,
        explanation="""\
A number is digits, which may be grouped by `_`, then at most one decimal point with digits after
it, then at most one of `%` and `bp`: `65_000`, `0.25`, `5%`, `25bp`. A unit stands behind one
space: `5 USD`. Durations are the only ones that are glued: `3M`, `10min`, `2bd`. There is no
exponent notation.
""",
    ),
    "E0112": Entry(
        title="a date that cannot be read",
        message="`{text}` is not a date: dates are written year-month-day, in 4, 2 and 2 digits",
        help="write `{meant}`",
        fix="{meant}",
        explanation="""\
There is one spelling for a date, `2026-02-05`, because `5/2/2026` names two different days on two
sides of an ocean, and `2026-2-5` could be read as a subtraction.
""",
    ),
    "E0113": Entry(
        title="an instant that cannot be read",
        message="`{text}` is not an instant",
        help="write it in UTC, as `2026-12-25T08:00Z`",
        explanation="""\
An instant is a date, a `T`, hours and minutes (and seconds if needed), and a `Z` for UTC. Local
times are not written in contracts: when clocks change they name two instants or none.
""",
    ),
    "E0114": Entry(
        title="a day or time that does not exist",
        message="there is no such day or time as `{text}`",
        explanation="The spelling is right, but no such day or time of day exists.\n",
    ),
    "E0115": Entry(
        title="a character that has no meaning",
        message="`{text}` has no meaning here",
        help="write `{word}`",
        explanation="""\
Names are made of the letters a-z and A-Z, digits and `_`. Other characters may stand in comments
and in texts between quotes.
""",
    ),
    "E0116": Entry(
        title="a text is never closed",
        message='this text has no closing `"` on its line',
        help='write the `"` where the text ends',
        explanation="A text in quotes begins and ends on one line. It has no escapes.\n",
    ),
    "E0117": Entry(
        title="a number and its unit, wrongly spaced",
        message="one space belongs between a number and its unit",
        help="write `{number} {unit}`",
        fix="{number} {unit}",
        safe=True,
        explanation="""\
A quantity is one word: the number, exactly one space, the unit with its slashes unspaced, as in
`65_000 USD/BTC`. A slash with spaces around it divides.
""",
    ),
    "E0118": Entry(
        title="a percentage with a unit",
        message="`{number}` is a pure number and carries no unit",
        help="write the amount in full, or a product such as `{number} * 1 {unit}`",
        fix="{number} * 1 {unit}",
        explanation="`%` and `bp` make a pure number. A quantity is a plain number and a unit.\n",
    ),
    "E0119": Entry(
        title="a number with too many digits",
        message="this number has more than {limit} digits",
        explanation="No amount of money needs them; such a number is taken for a slip.\n",
    ),
    "E0120": Entry(
        title="decimals of an asset",
        message="an asset has a whole number of decimals, from 0 to {limit}",
        explanation="""\
`asset USD in 2 decimals` says that the smallest amount of USD that can move is 0.01 USD.
Settlement arithmetic has 18 decimals, so no asset can have more.
""",
    ),
    "E0121": Entry(
        title="`min` or `max` over dates",
        message="`{name}` compares values at one instant; over dates it is `{meant}`",
        help="write `{meant}(... on ...)`",
        fix="{meant}",
        safe=True,
        explanation="""\
`min` and `max` compare their arguments as they are now. The lowest and highest value that one
quantity takes over the dates of a schedule are `lowest(S on fixings)` and `highest(S on fixings)`.
""",
    ),
    "E0122": Entry(
        title="a statement outside a contract",
        message="`{text}` begins a statement, which belongs inside a contract",
        help="look for a `}}` too many before it",
        explanation="""\
On the level of the file stand `use`, `asset`, `unit`, `feed`, `let`, `contract`, `margin` and
`test`. All other statements belong into the braces of a contract.
""",
    ),
    "E0123": Entry(
        title="nested too deeply",
        message="this is nested more than {limit} levels deep",
        help="give a part of it a name with `let`",
        explanation="""\
Terms that are nested so deeply cannot be read by people either. A sum of many terms counts one
level for each: write it over a list, `sum(f(a) for a in basket)`.
""",
    ),
    "E0124": Entry(
        title="an asset without its minor unit",
        message="`{name}` says neither its decimals nor who issues it",
        help="write `asset {name} in 2 decimals`, or `asset {name} issued by` a contract",
        explanation="""\
Amounts are rounded to the minor unit of their asset, so each asset says how many decimals it has.
An asset that a contract issues may leave them out.
""",
    ),
    "E0125": Entry(
        title="a contract with one party",
        message="a contract stands between at least two parties",
        help="name the other side as well: `between holder, writer`",
        explanation="Whatever one party receives another one pays.\n",
    ),
    "E0126": Entry(
        title="a requirement without its reason",
        message="a requirement says in words why it refuses",
        help='write `require ..., "the reason"`',
        explanation="""\
The text is what a user reads whose choice or whose parameters were refused: say what has to hold.
""",
    ),
    "E0127": Entry(
        title="a payment that lacks something",
        message="a payment says who pays, who is paid, and the amount",
        help="write it as `writer pays holder 5 USD`",
        explanation="""\
Both sides are named, so that nobody has to guess them: `writer pays holder size * strike`. There is
no `to` between them, and the amount stands last.
""",
    ),
    "E0130": Entry(
        title="an expectation of another kind",
        message="a test cannot expect `{words}`",
        help=(
            "write `expect no payments`, `expect ended`, `expect refused`, a payment, a condition, "
            "or `expect valued at`"
        ),
        explanation="""\
A test expects payments (`expect writer pays holder 100 USD`), that there are none so far (`expect
no payments`), that the contract has ended, that the choice before was refused, a condition on
states and observations, or a value under a market.
""",
    ),
    "E0131": Entry(
        title="a step of another kind",
        message="a test has no step `{word} {{ ... }}`",
        help="write `on DATE {{ ... }}` for what happens on a day, `market {{ ... }}` for a market",
        explanation="""\
The steps of a test are its contract, days with what is observed and chosen on them, a market if a
value is expected, and expectations.
""",
    ),
}
