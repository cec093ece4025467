"""E11xx: in-file tests, how they are written and how they fail."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    # --- how a test is written -------------------------------------------------------------------
    "E1101": Entry(
        title="a test without its contract",
        message="a test begins with the contract that it is about",
        help="write `contract NAME(arguments)` as its first line",
        explanation="""\
The first step of a test makes one instance of a contract: `contract EuropeanCall(BTC, USD, strike:
60_000 USD/BTC, expiry: 2026-12-25)`. With `from 2026-01-01` behind it, it begins on that day, else
on the first day of the test.
""",
    ),
    "E1102": Entry(
        title="a second contract in a test",
        message="a test is about one contract",
        help="write another test",
        explanation="Each test follows one instance of one contract through its life.\n",
    ),
    "E1103": Entry(
        title="no contract",
        message="{words} is no contract with its arguments",
        help="write `contract NAME(arguments)`",
        explanation="""\
A test names a contract of its file, or one that the file uses, with its arguments in parentheses.
""",
    ),
    "E1104": Entry(
        title="a test that does not say when it begins",
        message="nothing says when the contract begins",
        help="write `from 2026-01-01` behind it",
        explanation="""\
A contract in a test begins at the date behind `from`, or else on the first day of the test. That
date cannot be given as `start`.
""",
    ),
    "E1105": Entry(
        title="an observation of what is no feed",
        message="{words} is not observed, so a day cannot give it a value",
        help="name a feed, such as `spot(BTC, USD)`",
        explanation="""\
What a day of a test observes are feeds: prices, and indices by the name that the contract was
given. Everything else follows from them.
""",
    ),
    "E1106": Entry(
        title="a test that asks for another moment",
        message="{words} is not known at this point of the test",
        help="use numbers, dates and parameters; in a condition also states and feeds",
        explanation="""\
Dates, observed values and expected amounts are written out. A condition looks at the states and
the newest observations at its place in the test; it does not look back. What the contract
remembers shows in what it pays.
""",
    ),
    "E1107": Entry(
        title="a payment of nothing",
        message="a payment of nothing is never made",
        help="write `expect no payments`",
        explanation="An amount of zero moves nothing, so there is nothing to expect.\n",
    ),
    "E1108": Entry(
        title="a refusal of nothing",
        message="`expect refused` stands right behind what is refused",
        help="put it behind the contract, or behind the day on which the choice is made",
        explanation="""\
A contract whose `require` does not hold is refused, and so is a choice that is not open or whose
`require` does not hold. The expectation follows it on the next line.
""",
    ),
    "E1109": Entry(
        title="a value without a market",
        message="nothing says under which market the contract has this value",
        help="write `market {{ volatility(BTC, USD) = 55%; rate(USD) = 4% }}` before it",
        explanation="""\
A value needs volatilities and interest rates. Prices and indices are those that the test observed
last, unless the market quotes them too.
""",
    ),
    "E1110": Entry(
        title="no figure of a market",
        message="{words} is no figure of a market",
        help=(
            "figures are `spot(BTC, USD)`, `volatility(BTC, USD)`, `rate(USD)`, `yield(BTC)`, "
            "`correlation(BTC, ETH, USD)`, and an index by its name"
        ),
        explanation="""\
`volatility(BTC, USD)` is that of the price of the first asset in the second, `rate` discounts what
is paid in an asset, `yield` is what holding it brings, `correlation` is between the prices of two
assets in the third. An index stands at the same value from now on.
""",
    ),
    "E1111": Entry(
        title="a value that is no amount",
        message="{words} is no amount of an asset",
        help="say what the value is counted in: `1_234 USD`",
        explanation="A value is an amount of the asset in which the contract is valued.\n",
    ),
    # --- how a test fails ------------------------------------------------------------------------
    "E1121": Entry(
        title="days out of order",
        message="{later} does not come after {earlier}",
        help="order the days; what happens at one instant stands in one block",
        explanation="The days of a test follow each other, none lies before the contract begins.\n",
    ),
    "E1122": Entry(
        title="a feed that the contract does not read",
        message="`{contract}` does not observe `{name}`",
        help="it observes {known}",
        explanation="""\
A value that nobody reads would change nothing, so it is most likely a slip.
""",
    ),
    "E1123": Entry(
        title="a contract that cannot be made",
        message="`{contract}` cannot be made with these arguments: {reason}",
        explanation="""\
The arguments, or the day on which the contract begins, do not fit. Where this is what the test is
about, and a `require` of the contract says so, write `expect refused` on the next line.
""",
    ),
    "E1124": Entry(
        title="a refusal that is not expected",
        message="this is refused: {reason}",
        help="if it is to be refused, write `expect refused` behind the day",
        explanation="""\
A choice that is not open, or whose `require` does not hold, is refused and changes nothing; the
rest of the day happens without it.
""",
    ),
    "E1125": Entry(
        title="no refusal",
        message="{what} is not refused",
        explanation="The test expects a refusal, and there is none.\n",
    ),
    "E1126": Entry(
        title="another refusal",
        message="it is refused, but for another reason: {reason}",
        explanation="""\
The text behind `expect refused` is the message of the `require` that refuses.
""",
    ),
    "E1127": Entry(
        title="a payment that is not made",
        message="expected: {words}",
        explanation="""\
By this point of the test no such payment was made that no other line expects. A payment is owed at
the instant of its clause, or at the date behind its `on`; without `on` the test expects it at the
day before the line. Who pays whom, the amount in minor units, the asset, the date, and the label
if one is given, all have to fit.
""",
    ),
    "E1128": Entry(
        title="a payment that nothing expects",
        message="nothing expects this payment: {words}",
        help="a test that names a payment names all that are made by its last day",
        explanation="""\
Payments that a test passes over would be the ones that nobody looked at. A test that expects any
payment therefore fails if others are made, on whatever day.
""",
    ),
    "E1129": Entry(
        title="payments where there should be none",
        message="something was paid by then",
        explanation="`expect no payments` holds if nothing at all was paid so far.\n",
    ),
    "E1130": Entry(
        title="a contract that goes on",
        message="the contract has not ended",
        explanation="""\
A contract has ended at its `end`, or when no dated clause or window is left; perpetual ones only at
their `end`.
""",
    ),
    "E1131": Entry(
        title="a condition that does not hold",
        message="this does not hold",
        explanation="The values of states and feeds are those at this point of the test.\n",
    ),
    "E1132": Entry(
        title="a value that cannot be computed",
        message="this has no value here: {reason}",
        explanation="""\
A date that does not exist, a number that is too large, a division by zero, or a feed that no day
has observed so far.
""",
    ),
    "E1133": Entry(
        title="a test that takes too long",
        message="more than {limit} clauses fall due up to this day",
        help="end the test earlier, or begin it later with `from`",
        explanation="""\
A clause that acts every minute acts half a million times a year. A test looks at days that matter.
""",
    ),
    "E1134": Entry(
        title="another value",
        message="the value is {found}, not {wanted}",
        explanation="""\
The value to the first party under the market of the test, on the day before the line, found as
`rfos price` finds it: by closed form, by simulation, or by early exercise.
""",
    ),
    "E1135": Entry(
        title="an observation that its feed refuses",
        message="the feed `{name}` refuses {value}: its bounds are {bounds}",
        help="observe a value within them, or declare wider `bounds`",
        explanation="""\
A value outside of a feed's bounds is not believed: the kernel refuses it, and no contract ever sees
it. What a contract does then is not worth a test. The bounds are those that the feed declares;
what an event stream tells, such as dividends, is never negative.
""",
    ),
}
