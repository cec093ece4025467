"""E10xx: files and contracts that a command is pointed at."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "E1001": Entry(
        title="a file that cannot be read",
        message="{file} cannot be read: {problem}",
        help="did you mean {suggestion}?",
        explanation="Paths on the command line are taken from the folder you are in.",
    ),
    "E1002": Entry(
        title="an unknown library module",
        message="there is no library module {name}",
        help="did you mean {suggestion}?",
        explanation=(
            "The library's modules are std.options, std.barriers and so on. A contract of one is "
            "named std.options.EuropeanCall. A file is named by its path, ending in .rfos."
        ),
    ),
    "E1003": Entry(
        title="an unknown contract",
        message="{source} has no contract `{name}`",
        help="did you mean `{suggestion}`?",
        explanation="After the colon (or the last dot of a library name) stands a contract's name.",
    ),
    "E1004": Entry(
        title="several contracts to choose from",
        message="{source} has several contracts: {names}",
        help="name one: `{source}:{first}`",
        explanation="A command that works on one contract needs its name if a file has several.",
    ),
    "E1020": Entry(
        title="a portfolio file that cannot be used",
        message="this is no portfolio: {problem}",
        help='a position is\n[[positions]]\ncontract = "std.options.EuropeanCall"\nquantity = -2\n'
        'arguments = {{ underlying = "BTC", cash = "USD", strike = "60_000" }}',
        explanation=(
            "A portfolio is a list of contracts with their arguments and how many are held: as the "
            "first party if the quantity is positive, as the second if it is negative."
        ),
    ),
    "E1021": Entry(
        title="no such margin policy",
        message="{source} has no such margin policy; it has {names}",
        help="did you mean `{suggestion}`?",
        explanation="`rfos margin FILE:Policy ...` names a `margin` of the file.",
    ),
    "E1022": Entry(
        title="a file of scenarios that cannot be used",
        message="these are no scenarios: {problem}",
        help='a scenario is\n[[scenarios]]\nname = "crash"\nspots = "-40%"\nvolatilities = "50%"',
        explanation=(
            "A scenario moves a market: `spots` and `volatilities` by a fraction of themselves, "
            "`rates` by a difference, and single prices by a fraction of their own, as in "
            '`"spot(BTC, USD)" = "-50%"`.'
        ),
    ),
    "E1023": Entry(
        title="a grid that cannot be read",
        message="`{text}` is no row of moves",
        help="write the first, the last and how many: -20%..20%:9",
        explanation="A ladder moves prices and volatilities by fractions of themselves.",
    ),
    "E1024": Entry(
        title="a file of results of an unknown kind",
        message="the name's ending says how results are written, and this is none of {known}",
        explanation="`--output` writes a row for each result, as CSV, JSON lines or Parquet.",
    ),
    "E1025": Entry(
        title="a library that is not installed",
        message="Parquet is written by a library that is not installed here",
        help="`pip install -e '.[parquet]'` where rfos was installed from, or write CSV",
        explanation="Parquet needs pyarrow, which is large and which nothing else here uses.",
    ),
    "E1005": Entry(
        title="a file without a contract",
        message="{source} has no contract",
        explanation="A command that works on a contract needs a file with one.",
    ),
    "E1006": Entry(
        title="a parameter that is not NAME=VALUE",
        message="`--set {text}` is not of the form NAME=VALUE",
        help="write `--set strike=65_000`",
        explanation=(
            "Values are spelled as in the language: 65_000, 65_000 USD/BTC, 2026-12-25, BTC, "
            "[BTC, ETH], schedule(first: 2026-01-15, last: 2027-01-15, step: 3M)."
        ),
    ),
    "E1007": Entry(
        title="a file that cannot be written",
        message="{file} cannot be written: {problem}",
        explanation="Nothing was written.",
    ),
    "E1008": Entry(
        title="no picture for this contract",
        message="{contract} cannot be drawn: {problem}",
        explanation=(
            "`rfos payoff` draws what a contract pays in all if the price of one asset moves and "
            "stays there. So the contract must observe a price and come to an end, and what else "
            "it observes or pays must have a price in the market that is given."
        ),
    ),
    "E1009": Entry(
        title="a picture of an unknown kind",
        message="`{file}` does not end in .png or .svg",
        explanation="The ending of the file says which kind of picture is written.",
    ),
    "E1010": Entry(
        title="no formula for this contract",
        message="{contract} has no closed form, because {reason}",
        help="`rfos greeks` without --formula values it by simulation",
        explanation=(
            "Formulas exist for payments at fixed dates on one lognormal asset and for a single "
            "barrier. Everything else is valued along simulated paths."
        ),
    ),
    "E1011": Entry(
        title="a folder without contracts",
        message="there is no .rfos file in {folder}",
        explanation=(
            "A folder stands for all .rfos files in it and in the folders below, but for those "
            "whose name begins with a dot."
        ),
    ),
    "E1012": Entry(
        title="no such test",
        message="no test's title holds `{text}`",
        explanation="`rfos test FILE:text` and `-k text` run the tests whose title holds the text.",
    ),
    "E1013": Entry(
        title="no counterexample",
        message="nothing was refuted, so there is no path to write",
        explanation="`rfos verify --scenario` writes a path that refutes a property, if one is.",
    ),
    "E1014": Entry(
        title="bounds that are not FEED=LOW..HIGH",
        message="`--bounds {text}` is not of the form FEED=LOW..HIGH",
        help='write `--bounds "spot(BTC, USD)=500..50_000"`',
        explanation="The feed is named as a scenario names it; both ends belong to its bounds.",
    ),
}
