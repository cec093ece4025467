"""E12xx: what is typed in a session that explores contracts."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "E1201": Entry(
        title="an unknown command",
        message="`{word}` is no command",
        help="did you mean `{suggestion}`?",
        explanation=(
            "In a session one types commands such as `price`, definitions of the language such as "
            "`contract` and `let`, and expressions, which are worked out. `help` tells them all."
        ),
    ),
    "E1202": Entry(
        title="a command that lacks something, or has too much",
        message="`{word}` is not said like this",
        help="{usage}",
        explanation="`help` and the name of a command tell how it is used, with an example.",
    ),
    "E1203": Entry(
        title="a contract that the session does not know",
        message="there is no contract `{name}`",
        help="did you mean `{suggestion}`?",
        explanation=(
            "A contract is one that was defined or loaded in the session, an instance that a `let` "
            "names, or one of the library: `EuropeanCall`, or in full `std.options.EuropeanCall`."
        ),
    ),
    "E1204": Entry(
        title="more arguments than parameters",
        message="`{contract}` has {count} parameters: {names}",
        explanation=(
            "Arguments stand in the order of the parameters, or are named: "
            "`EuropeanCall(BTC, USD, strike: 65_000, expiry: 2026-12-25)`."
        ),
    ),
    "E1205": Entry(
        title="arguments that are given twice",
        message="`{name}` is given already",
        explanation=(
            "A `let` that names an instance has all of its arguments; an argument by name is not "
            "given by its place too."
        ),
    ),
    "E1206": Entry(
        title="nothing to undo",
        message="there is nothing to undo",
        explanation="`undo` takes back definitions, moves of the market and steps, the last first.",
    ),
    "E1207": Entry(
        title="a value that no market has",
        message="a figure of a market is a plain number or a price, and `{words}` is neither",
        explanation="Examples: `spot BTC = 65_000`, `vol BTC = 55%`, `rate USD = 4%`.",
    ),
    "E1208": Entry(
        title="not one expression",
        message="this is not one expression",
        explanation="An expression of the language is worked out: `2 BTC * spot(BTC, USD)`.",
    ),
    "E1209": Entry(
        title="an expression with more than one moment",
        message="this depends on several moments, and a market is of one",
        explanation=(
            "Outside of contracts an observation is that of the market at its date. What gathers "
            "observations along dates has a meaning inside of contracts alone."
        ),
    ),
    "E1210": Entry(
        title="a number that cannot be worked out",
        message="it is too large, or divides by zero",
        explanation="Amounts and prices have 18 decimals and at most some 10^20 before the point.",
    ),
    "E1211": Entry(
        title="no life to step through",
        message="no contract is being stepped through",
        help="begin with `step CONTRACT`",
        explanation=(
            "`step CONTRACT` begins the life of an instance; each further `step` is one event of "
            "it, with the prices that are typed."
        ),
    ),
    "E1212": Entry(
        title="a step that goes back",
        message="{instant} does not come after {last}",
        explanation="A life goes forward; `undo` takes a step back.",
    ),
}
