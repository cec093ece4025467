"""E06xx: market data."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "E0601": Entry(
        title="a market that is not TOML",
        message="this is not TOML: {problem}",
        help="a market begins with `as_of = 2026-01-01`; contracts stand in .rfos files",
        explanation="A market file is TOML: `key = value` lines under `[tables]`.",
    ),
    "E0602": Entry(
        title="a market that lacks a key",
        message="`{key}` is missing",
        explanation=(
            "A market file says at least `as_of`, the date of its prices. A correlation says "
            "`between` which spots and its `value`; an index either is flat or names the `curve` "
            "and `tenor` that it is projected from."
        ),
    ),
    "E0603": Entry(
        title="a key that a market does not have",
        message="a market has no `{key}`",
        help="did you mean `{suggestion}`?",
        explanation=(
            "The tables are spots, volatilities, rates, yields, dividends, curves, hull_white, "
            "correlations, jumps, heston, smiles, indices, hazards, feeds and fixings. "
            "Unknown keys are refused, so that a misspelt one cannot go unnoticed."
        ),
    ),
    "E0604": Entry(
        title="a value of a market that cannot be read",
        message="`{key}`: {problem}",
        explanation='Numbers are written 65_000, 0.55 or "55%".',
    ),
    "E0605": Entry(
        title="a market that does not say what a contract needs",
        message="the market does not say {what}",
        help="add `{line}` under [{table}]",
        explanation=(
            "To price a contract the market must give the spot and the volatility of every asset "
            "that it observes, and the interest rate of every asset that it pays. Nothing is "
            "assumed. Only a yield may be left out: without one, holding an asset brings its "
            "interest rate, or nothing if there is none."
        ),
    ),
    "E0606": Entry(
        title="a name without a price",
        message="there is no spot or curve for `{name}` in this market",
        help="did you mean `{suggestion}`?",
        explanation=(
            "Volatilities and correlations belong to spots, yields to an asset of a spot, and an "
            "index to a curve under [rates]. All of them are of the same file."
        ),
    ),
    "E0607": Entry(
        title="correlations that no prices can have",
        message="the correlations of {names} contradict each other: "
        "their matrix has the eigenvalue {eigenvalue}",
        help="a matrix of correlations has no negative eigenvalue; move them nearer to 0",
        explanation=(
            "If A moves with B and B with C, then A cannot move strictly against C. Correlations "
            "hold together when some basket of the assets would not have a negative variance, "
            "that is, when no eigenvalue of their matrix is negative."
        ),
    ),
    "E0610": Entry(
        title="a spot that is not positive",
        message="`{key}`: a price must be above zero, not {value}",
        explanation="Prices are modelled as lognormal, and such a price is never zero or less.",
    ),
    "E0611": Entry(
        title="a negative volatility",
        message="`{key}`: a volatility cannot be negative: {value}",
        explanation="A volatility is the standard deviation of yearly logarithmic returns.",
    ),
    "E0612": Entry(
        title="a correlation out of range",
        message="`{key}`: a correlation lies between -1 and 1, not at {value}",
        explanation="It is the correlation of the logarithmic returns of two spots.",
    ),
    "E0613": Entry(
        title="not a date, in a market",
        message="`{key}`: `{text}` is not a date",
        help="write a date as 2026-12-25 and an instant as 2026-12-25T08:00Z",
        explanation="Dates are those of ISO 8601: the year, the month, the day.",
    ),
    "E0614": Entry(
        title="not the name of a spot",
        message="`{text}` is not the name of a spot",
        help='write "spot(BTC, USD)" for the price of one BTC in USD',
        explanation=(
            "Spots, volatilities and correlations name a spot just as contracts do. In TOML the "
            "name needs quotes, because of its brackets."
        ),
    ),
    "E0615": Entry(
        title="a percentage without its sign",
        message="`{key}`: {value} would mean {value} times a hundred percent",
        help='write "{value}%" if percent is meant',
        explanation=(
            "Rates and volatilities are numbers where 1 is a hundred percent. What is above 1000% "
            "(a mean reversion: above 400%) is taken for a lost percent sign."
        ),
    ),
    "E0616": Entry(
        title="a correlation that is not given",
        message="the market does not say the correlation of {names}",
        help="add {line}",
        explanation=(
            "A contract on several spots needs each correlation between them. None is assumed, "
            "least of all zero."
        ),
    ),
    "E0617": Entry(
        title="a curve with dates of the past",
        message="`{key}`: {count} of its dates do not lie after the market's `as_of`",
        help="drop them, or set `as_of` before them",
        explanation="A curve says what holds from the market's date to later dates.",
    ),
    "E0618": Entry(
        title="a volatility curve that falls too steeply",
        message="`{key}`: total variance falls before year {years}",
        help="raise the later volatility: volatility squared times years must not fall",
        explanation=(
            "The variance of the price to a later date holds that to an earlier one. If volatility "
            "squared times years falls between two dates, the variance between them would be "
            "negative."
        ),
    ),
    # --- valuation ----------------------------------------------------------------------------
    "E0620": Entry(
        title="a contract that has ended",
        message="{contract} ended on {date}, before the market's date",
        help="set `as_of` to an earlier date",
        explanation=(
            "A value is that of what is still to come. Payments due at the market's very date "
            "count as still to come."
        ),
    ),
    "E0621": Entry(
        title="a fixing of the past that is missing",
        message="the market has no fixing of {feed} on {date}",
        help='add `{day} = ...` under [fixings."{feed}"]',
        explanation=(
            "The contract began before the market's date, and what it is worth depends on what it "
            "has observed since. Those observations stand under [fixings], by feed and date."
        ),
    ),
    "E0622": Entry(
        title="a past that cannot have been",
        message="{contract} cannot have gone through {date}: {reason}",
        help="check the fixings of the market and the contract's parameters",
        explanation=(
            "To see where a contract stands, its past is replayed from the market's fixings. With "
            "these, an event would have been refused."
        ),
    ),
    "E0623": Entry(
        title="an unknown method",
        message="there is no method `{method}`",
        help="the methods are {known}",
        explanation=(
            "`auto` takes the closed form where there is one. Otherwise it goes backward on a grid "
            "(finite_differences) where there are choices or barriers, and simulates what "
            "is left: with regression on the paths (lsm) if the contract has choices."
        ),
    ),
    "E0624": Entry(
        title="no closed form",
        message="{contract} has no closed form, because {reason}",
        help="let `--method auto` choose",
        explanation=(
            "Closed forms are known for payments that depend on the price of one lognormal asset "
            "at their own date, also with one barrier, whatever the contract is called."
        ),
    ),
    "E0625": Entry(
        title="early exercise without a choice",
        message="{contract} has no choice to exercise",
        help="let `--method auto` choose",
        explanation="Least-squares Monte Carlo finds when a choice is best taken. There is none.",
    ),
    "E0627": Entry(
        title="a history that cannot be read",
        message="{problem}",
        help='write `"spot(BTC, USD)",2025-12-31,64_210`, or in TOML as under [fixings]',
        explanation=(
            "A history tells what was observed before the market's date, a feed, an instant and a "
            "value a line. The contract lives through it, and is valued as it stands then."
        ),
    ),
    "E0628": Entry(
        title="a model that this does not know",
        message="{name} moves by {model}, and what was asked for knows lognormal prices alone",
        help="let `--method auto` choose, or give the price a volatility instead",
        explanation=(
            "The market file says how a price moves: by a volatility, by [heston], by [smiles] or "
            "[sabr]. For all but the first, formulas and grids of lognormal prices are not known, "
            "nor is a price in a currency that is itself converted, nor its inverse."
        ),
    ),
    "E0629": Entry(
        title="a price that moves in two ways",
        message="`{key}` is under [{table}] and under [{other}]",
        help="say once how a price moves",
        explanation=(
            "A price has a volatility, or Heston's model, or a smile. Jumps come on top of the "
            "first two; a smile has them in it already. Its inverse moves with it."
        ),
    ),
    "E0630": Entry(
        title="a smile with a negative variance",
        message="`{key}`: at {date} total variance is {variance} at {strike} times the forward",
        help="raise `a`: a + b sigma √(1 - rho²) is the least total variance, and must be above 0",
        explanation=(
            "A smile says the total variance, volatility squared times years, at every strike: "
            "a + b (rho (k - m) + √((k - m)² + sigma²)), k the logarithm of strike over forward."
        ),
    ),
    "E0631": Entry(
        title="a smile that gives money away",
        message="`{key}`: at {date} the density of the price is negative at {strike} times the "
        "forward (Durrleman's function is {g})",
        help="lower `b` or raise `sigma` there",
        explanation=(
            "A butterfly pays at strikes about one price, and cannot cost less than nothing. Where "
            "the smile bends too sharply, or its wings rise faster than 2 a unit of k, it would."
        ),
    ),
    "E0632": Entry(
        title="smiles that cross",
        message="`{key}`: total variance falls from {before} to {date} at {strike} times "
        "the forward",
        help="raise `{parameter}` at {date}, or lower it at {before}",
        explanation=(
            "The variance of the price to a later date holds that to an earlier one, at every "
            "strike over forward. Where it falls, a calendar spread would cost less than nothing."
        ),
    ),
    "E0633": Entry(
        title="a chain of options that cannot be read",
        message="{problem}",
        help="a row is an option: ts_utc, expiry_utc, strike_usd, option_type, underlying_price, "
        "mark_iv_pct",
        explanation=(
            "A chain is a CSV file of listed options of one asset. Bids and asks weigh an option, "
            "if they are there: bid_price_btc and ask_price_btc, per unit of the forward."
        ),
    ),
    "E0634": Entry(
        title="a curve with an absurd forward rate",
        message="`{key}`: the forward rate until {until} is {forward} a year",
        help="check the rates on both sides: they are zero rates, not discount factors",
        explanation=(
            "A curve gives zero rates, compounded continuously, to dates. Between two dates rate × "
            "years is linear, so the rates imply one forward rate. One above 1000% is taken for an "
            "error: a lost percent sign, or a date too close to the one before."
        ),
    ),
    "E0635": Entry(
        title="rates that move too much",
        message="rates of {asset} move so much that a bond's logarithm has a standard deviation of "
        "{deviation}",
        help='lower its volatility under [hull_white]: it is that of the short rate, such as "1%"',
        explanation=(
            "In Hull and White's model the short rate is normal. Its volatility is in rate a year, "
            "not a share of the rate: 1% moves a rate of 4% to between 3% and 5% in most years."
        ),
    ),
    "E0636": Entry(
        title="a negative hazard rate",
        message="`{key}`: the hazard rate until {until} is {rate} a year",
        help="raise the mean hazard rate at that date, or lower the one before",
        explanation=(
            "A hazard curve gives mean hazard rates until dates: rate × years is minus the "
            "logarithm of the chance that the event has not come by then, and must not fall. A "
            "rate below zero would mean that what has failed comes back."
        ),
    ),
    "E0640": Entry(
        title="a smile beyond SABR's formula",
        message="`{key}`: on {date} the density of SABR's formula turns negative at {strike} times "
        "the forward, and {chance} of all outcomes lie where it does not hold",
        help="lower `nu` or `alpha`: the formula is good while nu² times the years is well below 1",
        explanation=(
            "SABR's volatilities come from an expansion in time. Far from the forward, or of long "
            "expiries, it gives butterflies a price below nothing. Where that is in a wing that "
            "hardly any price ends in, total variance goes on in a straight line, and the result "
            "says so; where it matters more, the smile is refused."
        ),
    ),
    # --- quotes of rates and credit -----------------------------------------------------------
    "E0637": Entry(
        title="quotes of another day",
        message="`{key}` is quoted on {date}, but `as_of` is {as_of}",
        help="take quotes of one day, or drop `quoted_on`",
        explanation=(
            "Curves that meet quotes of several days meet what was never traded together. Where a "
            "table says `quoted_on`, that must be the date of the file."
        ),
    ),
    "E0641": Entry(
        title="quotes that lack a key",
        message="`{key}` is missing",
        help="`rfos explain E0641` shows a file of quotes",
        explanation=(
            "A file of quotes says `as_of`, the date of the quotes, and has at least one table "
            "with quotes: [rates.EUR] for what discounts, [curves.EURIBOR] with its `discount` for "
            "what projects an index, [hull_white.EUR] with its `index`, "
            "[hazards.'event(\"Name\")'] with `cash` and `recovery`. The quotes stand in tables "
            'of theirs by tenor or date: [rates.EUR.swaps] has lines such as 5y = "2.3%".'
        ),
    ),
    "E0642": Entry(
        title="a key that quotes do not have",
        message="quotes have no `{key}`",
        help="did you mean `{suggestion}`?",
        explanation=(
            "The tables are rates, curves, zero_rates, hull_white and hazards. A curve has "
            "deposits, forwards, futures and swaps; hull_white has swaptions and caps; hazards "
            "have spreads. Unknown keys are refused, so that a misspelt one cannot go unnoticed. "
            "Spots and volatilities stand beside quotes in a market file, which `rfos price` "
            "reads as it is."
        ),
    ),
    "E0643": Entry(
        title="a quote for a time that is past",
        message="`{key}` is for the time from {begins} to {ends}, which does not lie ahead",
        help="drop it, or set `as_of` to the date of the quotes",
        explanation=(
            "An instrument begins at the date of the quotes or later, and ends after it begins. A "
            "future whose period has begun, or a quote left over from another day, says nothing "
            "of the curve from now on."
        ),
    ),
    "E0644": Entry(
        title="two quotes for one date",
        message="`{key}` and `{other}` both end on {date}",
        help="keep the one that trades more",
        explanation=(
            "A curve has one point at the last date of each instrument, where it meets that quote. "
            "It cannot meet two at the same point."
        ),
    ),
    "E0645": Entry(
        title="a quote that no curve meets",
        message="`{key}`: no discount factor of {until} makes {quote}; after the quotes before it, "
        "rates between {least} and {most} are possible",
        help="check the quote, its percent sign, and the quotes before it",
        explanation=(
            "A curve is found one date after the other, each so that the next quote is met. Where "
            "a quote is too high, what is left for the last date would be a discount factor below "
            "zero; forward rates beyond 1000% are taken for an error too."
        ),
    ),
    "E0646": Entry(
        title="a spread that no hazard meets",
        message="`{key}`: no hazard rate until {until} makes {quote}; after the spreads before it, "
        "from {least} to {most} is possible",
        help="check the spread and those before it, and the recovery",
        explanation=(
            "A spread for longer covers what a shorter one covers, and more. Where it is too low, "
            "the hazard rate in between would have to be negative: what has failed would come "
            "back. Where it is too high, even a default at once would not be worth it."
        ),
    ),
    "E0647": Entry(
        title="a cap without a rate to bend",
        message="`{key}`: a cap is on an index of several days, and `{index}` and this tenor have "
        "no second period",
        help="use an index with a tenor such as 6M, and a cap of at least two periods",
        explanation=(
            "A cap is quoted without its first period, whose rate is known, on an index that is "
            "set when a period begins. Options on compounded overnight rates are quoted as "
            "swaptions."
        ),
    ),
    "E0648": Entry(
        title="a lognormal volatility of a rate below zero",
        message="`{key}`: the rate {rate} with the shift {shift} has no logarithm",
        help='raise `shift`, or quote normal volatilities with quoted = "normal"',
        explanation=(
            "A lognormal volatility is that of the logarithm of a rate and its shift, both the "
            "forward's and the strike's. The shift is the one that the quotes were made with."
        ),
    ),
    "E0649": Entry(
        title="more to find than quotes",
        message="`{key}` has {count} options, and {needed} numbers to find",
        help="quote more, give the `reversion`, or drop dates from `until`",
        explanation=(
            "Hull and White's model has a volatility for each stretch of time, one more than "
            "`until` has dates, and a mean reversion unless it is given. With fewer options than "
            "that many models fit alike."
        ),
    ),
    "E0650": Entry(
        title="a pay date that a model cannot follow",
        message="{contract} keeps a date of payment in a state, which no model can discount",
        help="write the date where the payment is made",
        explanation=(
            "A payment is discounted to the date on which it is owed. That date may depend on the "
            "schedule and on conditions, but it must stand in the payment itself."
        ),
    ),
    "E0651": Entry(
        title="a contract with a past that is not told",
        message="{contract} began before the market's date, and nothing says how it has gone",
        help="give its observations under [fixings]",
        explanation="What a contract has observed before the market's date decides its value now.",
    ),
    "E0652": Entry(
        title="a contract that refuses its own terms",
        message="{contract} cannot begin with these parameters",
        help="check its `require` lines",
        explanation="A contract whose `require` fails at its start does not come into being.",
    ),
    "E0653": Entry(
        title="a value without an end",
        message="{contract} is perpetual, and a value needs a last date",
        explanation=(
            "A value is of all that a contract will pay, to the last date at which it can do "
            "anything. A perpetual contract has none, and no market file says how what it pays by "
            "will move for ever: the difference of a perpetual future's own quotes from its index, "
            "or whether tokens come and go at their peg."
        ),
    ),
    "E0654": Entry(
        title="a feed without a model",
        message="there is no model for `{feed}`",
        help="a value needs a model of all that is observed: spots, indices and levels have one",
        explanation=(
            "Spots are lognormal, indices follow their projections, and declared feeds stay at the "
            "level that the market's `feeds` give them. What else a contract observes settles it, "
            "but no market file says how it moves."
        ),
    ),
    "E0655": Entry(
        title="a value that is not finite",
        message="{contract} divides by zero or overflows on some path",
        explanation=(
            "The settlement would refuse such an event. Find the division, and guard it with an "
            "`if`."
        ),
    ),
    "E0656": Entry(
        title="choices that depend on escrow",
        message="{contract} has choices, and what escrow holds decides which can be taken",
        help="let `rfos price` value it: it keeps count of what escrow holds",
        explanation=(
            "A choice after which escrow would pay more than it holds is refused when it is taken. "
            "A simulation that decides by what a choice is worth would take it all the same."
        ),
    ),
    "E0657": Entry(
        title="an annuity that a simulation cannot follow",
        message="{contract} works out an annuity anew during its life, which no model follows",
        explanation=(
            "`annuity(...)` at a rate that is known when the contract begins is a number like any "
            "other. At one that is observed later it is worked out by the settlement alone."
        ),
    ),
    "E0658": Entry(
        title="a choice of how much",
        message="{contract} has no value by itself: {party} may {choice} as much or as often as it "
        "likes",
        help='say what you expect under [plan]: `"{party} {choice}" = {{ 2026-06-15 = 1_000 }}`, '
        "or `{{}}` for never",
        explanation=(
            "A choice that is made once is decided by what it is worth. How much somebody draws or "
            "repays, and how often, follows needs of its own: nobody repays a loan in parts for "
            "its price. So it is valued under a plan, which the result names; without one there is "
            "no number that would mean anything."
        ),
    ),
    "E0659": Entry(
        title="no grid for a contract",
        message="{contract} cannot be valued by finite differences, because {reason}",
        help="let `--method auto` choose",
        explanation=(
            "A grid has a value for each price and for each state that a contract can be in. It "
            "fits contracts on one lognormal price, or on two that nothing watches all the time; "
            "and those that remember flags and counters, not sums or extremes."
        ),
    ),
    "E0660": Entry(
        title="a choice that nothing decides",
        message="{contract} has no value: nothing that it pays goes to {party} or comes from "
        "{party}, who may {choice}",
        help="value what follows once `{choice}` is taken, and once it is not, by itself; "
        "the truth is one of them",
        explanation=(
            "A choice is valued as the chooser does best. An arbiter or an agent without a fee "
            "does as well one way as the other, so no price tells what it will do. `rfos verify` "
            "says what it comes to at worst."
        ),
    ),
    "E0661": Entry(
        title="a plan that a contract does not admit",
        message="{contract} does not go through as the market's [plan] says: {reason}",
        help="look at the dates and amounts: what the settlement would refuse has no value",
        explanation=(
            "The plan is lived through by the contract itself: its requirements hold, a choice at "
            "dates can be taken at these alone, and amounts are never below zero."
        ),
    ),
    "E0668": Entry(
        title="no bound from the other side",
        message="the value of {contract} has no bound from the other side, because {reason}",
        help="`--method lsm` gives the value on its chooser's low side",
        explanation=(
            "What a chooser could have at most is bounded by whoever knows the whole path, less a "
            "martingale. That holds for contracts of two parties one of whom chooses, once, and "
            "whose choice ends the contract."
        ),
    ),
    "E0669": Entry(
        title="no strict simulation of a contract",
        message="{contract} cannot be simulated in WebAssembly, because {reason}",
        help="ask for `--method monte_carlo`",
        explanation=(
            "There every operation has the same bits on every machine. Prices are lognormal, and "
            "nobody chooses: what a choice is worth is found by a regression."
        ),
    ),
    "E0679": Entry(
        title="a market beyond numbers",
        message="the {number} of {contract} is no finite number in this market",
        help="look at the market's rates, volatilities and dates: one of them is out of all bounds",
        explanation=(
            "Somewhere an exponential overflowed, or nothing was divided by nothing. What is told "
            "is finite, or nothing is told."
        ),
    ),
}
