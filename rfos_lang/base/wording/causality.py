"""E04xx: causality, totality, and what the language has but this version cannot do yet."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "E0401": Entry(
        title="not yet known",
        message="the language has {what}, but this version does not know its meaning yet",
        explanation="""\
The sentence is well formed and reserved. It is refused rather than passed over, so that no
contract settles differently from what it says.
""",
    ),
    "E0402": Entry(
        title="a definition in a circle",
        message="`{name}` is defined by itself",
        help="what changes over time is a `state`, or a path function such as `sum(... on ...)`",
        explanation="There is no recursion, so that every evaluation comes to an end.\n",
    ),
    "E0403": Entry(
        title="an instant that is not known at the start",
        message="{words} varies, but the instants of a contract are known when it begins",
        help="use a parameter, `start`, or the dates of a schedule",
        explanation="""\
When a clause acts, on what days a schedule falls and at which instant something is observed is
fixed when the contract begins; only then can a calendar of what is due be kept. What happens at
the first observation at which a condition holds is said with `when`.
""",
    ),
    "E0404": Entry(
        title="a path function of something bound in a clause",
        message="`{name}` follows its value through time, where {words} has none",
        help="name the observation itself, such as `spot(underlying, cash)`",
        explanation="""\
A path function is kept up to date at every instant of its schedule, whether a clause acts then or
not. A `let` of a block and the variable of `at each` exist only while their clause acts.
""",
    ),
    "E0405": Entry(
        title="nothing is observed",
        message="{words} observes nothing, so {what} has nothing to follow",
        help="use it with something that is observed, such as `spot(underlying, cash)`",
        explanation="""\
`at` and the path functions pick out the values that something had in time. A parameter or a
constant has the same value always.
""",
    ),
    "E0406": Entry(
        title="a state or a bound value at another instant",
        message="{words} cannot be read at another instant",
        help="keep the earlier value in a `state` of its own",
        explanation="`S at start` is for what is observed: prices and indices.\n",
    ),
    "E0407": Entry(
        title="a `when` that waits for nothing",
        message="{words} observes nothing, so it never comes to hold",
        help="name an observation in the condition, or act on dates: `at expiry {{ ... }}`",
        explanation="""\
`when` acts at the first observation at which its condition holds, so the condition must name one
that is observed: a price or an index.
""",
    ),
    "E0408": Entry(
        title="a wait without an answer",
        message="nothing says what happens if {chooser} does not {name}",
        help="add `default ...`, the condition under which it is done anyway, "
        "or `otherwise {{ ... }}`",
        explanation="""\
Every choice with a deadline says what happens when the deadline passes. `default C` takes the
choice by itself if C holds then (`default false`: never); `otherwise { ... }` acts if it was not
taken.
""",
    ),
    "E0409": Entry(
        title="a `require` that nobody can answer for",
        message="a clause that acts by itself cannot be refused",
        help="use `if`, or state what is required of the parameters at the top of the contract",
        explanation="""\
A false `require` in a choice refuses the choice, and one at the top of the contract refuses its
terms. A dated clause has nobody to refuse: the contract would stand still.
""",
    ),
    "E0470": Entry(
        title="a shift that is no scenario",
        message="{words} must be a fraction that is written out here, above -100%",
        help="write fractions such as `[-10%, 0%, 10%]`",
        explanation="""\
A scenario moves prices and volatilities by a fraction of themselves. The grid is the same for every
portfolio, so its fractions stand in the text; nothing can fall by all of itself.
""",
    ),
    "E0471": Entry(
        title="a haircut out of range",
        message="a haircut lies between 0% and 100%",
        help="to take none of an asset, leave it out",
        explanation="""\
A haircut is the part of the value of what is pledged that does not count. It cannot be negative,
and where nothing counted there would be no reason to take it.
""",
    ),
    "E0472": Entry(
        title="a haircut of the policy's own asset",
        message="{asset} is what this policy margins in: it counts whole",
        help="haircuts are of the other assets that may be pledged",
        explanation="""\
What a portfolio must hold is told in the policy's asset, and a unit of it covers a unit. Only what
has a price in that asset, which moves, is cut.
""",
    ),
    "E0410": Entry(
        title="a wait with no end",
        message="`{name}` only waits, and no date ends it",
        help="add a clause with a date, `at expiry {{ ... }}`, or call it `perpetual contract`",
        explanation="""\
A contract ends with its last dated clause or window. One that consists of `when` alone has none,
so nobody could ever close their books on it; if that is meant, it says `perpetual`.
""",
    ),
    "E0411": Entry(
        title="nested too deeply",
        message="this nests more than {limit} expressions deep once every `let` is written out",
        explanation="""\
Every evaluation has a bound that is known beforehand. Nesting counts operators inside operators,
and what a `let` stands for wherever it is used; long sums and products do not count.
""",
    ),
    "E0412": Entry(
        title="a contract too large",
        message="`{name}` holds more than {limit} terms once every `let` is written out",
        help="bind intermediate results with `let` inside a block",
        explanation="""\
A `let` stands for its expression wherever it is used, so definitions that use each other twice
double at each step. A `let` inside a block is computed once and then has a value.
""",
    ),
    "E0413": Entry(
        title="a part of the contract inside a clause",
        message="`{statement}` belongs to the contract itself, not into a clause",
        help="move it out of the block",
        explanation="""\
States, collateral, the `cut` and clauses are what a contract consists of; inside a clause stand
payments, assignments, `let`, `if` and `end`.
""",
    ),
    "E0414": Entry(
        title="an action outside of any clause",
        message="nothing says when this happens",
        help="put it into a clause: `at start {{ ... }}`, `at expiry {{ ... }}` or "
        "`when ... {{ ... }}`",
        explanation="""\
Payments and assignments happen at some instant, or when something is observed. The contract
itself only declares.
""",
    ),
    "E0415": Entry(
        title="a reading of the future",
        message="{words} is not known yet when this is evaluated",
        help="observe it now or earlier, or act later",
        explanation="""\
A clause knows what was observed up to the instant at which it acts. `at last(dates)` may use
every fixing of the schedule; `at each t in dates` may look at `t` and at `t.previous`; `when` and
a choice that is open from the start may look back to `start`.
""",
    ),
    "E0416": Entry(
        title="a payment owed before it is fixed",
        message="the payment would fall due on {words}, before its amount is fixed",
        help="let it fall due at the same instant or later, such as `on t + 2bd(NYC)`",
        explanation="""\
`pays ... on DATE` fixes the amount when the clause acts and owes it on the date. A date that has
passed by then cannot be kept.
""",
    ),
    "E0442": Entry(
        title="a futures style without its price",
        message="it is not clear on which price this style settles",
        help="name it, `let index = spot(underlying, cash)`, and the size, `size: underlying`",
        explanation="""\
`style futures` pays gains and losses at each observation of a price: that of `let index`, or, in a
contract of two assets, the spot of the first in the second. `size` is what one lot is of.
""",
    ),
    "E0443": Entry(
        title="a quote that nobody makes",
        message="`quote(this)` is the contract's own price, and only in a contract `style futures`",
        explanation="""\
A contract that settles like a future is traded at a price in the unit of what it settles on. Other
contracts are traded for a premium.
""",
    ),
    "E0441": Entry(
        title="the calendar of an instant without end",
        message="what the calendar makes of `now` is worked out for each day, and a perpetual \
contract has no last one",
        help="add a length of time, as in `now + 48h`",
        explanation="""\
`now + 20bd(NYC)` or `year_fraction(start, now, act/360)` depend on the day on which something
happens. All of the calendar is fixed when an instance is bound, for each day of its life. So does
`now + 2d` where the contract's clock is put forward and back.
""",
    ),
    "E0440": Entry(
        title="a fixing without its date",
        message="this is a fixing of `{feed}`, and it is not said of which date",
        help="write `fixing(...) at t`, or fold it over dates",
        explanation="""\
A fixing is the value that is published for a date, often after it. `fixing(WMR, EUR, USD) at t`
waits for the value of that very date. The newest value, whatever its date, is read without
`fixing`: `WMR(EUR, USD)`.
""",
    ),
    "E0420": Entry(
        title="a condition that nothing wakes",
        message="this `when` reads no price or index at the present instant",
        help="name one in the condition, or say when to look: `when ... on dates {{ ... }}`",
        explanation="""\
A `when` is looked at each time that an observation arrives which its condition reads. A condition
made of nothing but remembered values and functions of the path has no such observation.
""",
    ),
    "E0421": Entry(
        title="a value at no instant",
        message="{words} is observed here at no instant in particular",
        help="say when: {mend}",
        explanation="""\
Over the dates of a schedule, as in `sum(f(t) for t in dates)`, each member has a value of its own.
What is observed in it says when: `S at t`, `S at t.previous`, `index at (t - 2bd(NYC))`. To take
one value for all of them, multiply by it outside. To follow a value along the dates until now, say
`sum(S on dates)`.
""",
    ),
    "E0430": Entry(
        title="a choice that nothing falls due for",
        message="`{name}` has no deadline, so nothing can happen if {chooser} does not choose",
        help="say until when: `{chooser} may {name} until ...`, or drop what would happen",
        explanation="""\
`default` and `otherwise` say what happens at a deadline at which nobody has chosen. A choice
without a deadline is open as long as the contract lives, and may be made again and again.
""",
    ),
    "E0431": Entry(
        title="a default of no amount",
        message="`{name}` cannot be taken by itself: nobody says how much `{amount}` is",
        help="say `otherwise {{ ... }}`, or nothing: a choice of an amount needs no answer",
        explanation="""\
`default` takes a choice at its deadline if nobody has made it. Where the chooser names an amount
there is none to take it with.
""",
    ),
    "E0450": Entry(
        title="no contract where one is needed",
        message="{words} is no contract",
        help="name a contract with its arguments: "
        "`EuropeanCall(underlying, cash, strike:, expiry:)`",
        explanation="""\
A contract that is made of others is a sum of contracts: each is named with its arguments, may be
negated, and multiplied by a number.
""",
    ),
    "E0451": Entry(
        title="no operator of contracts",
        message="`{operator}` has no meaning here",
        help="contracts are added, subtracted and multiplied by a number: `A(...) + 2 * B(...)`",
        explanation="""\
`A + B` is both contracts, `A - B` is A, and B with its sides exchanged. `2 * A` pays twice what A
pays. A number cannot be added to a contract, and contracts cannot be multiplied.
""",
    ),
    "E0452": Entry(
        title="sides that do not match",
        message="`{name}` is between {theirs}; here the sides are {sides}",
        help="say who stands where: `({name}(...) between a, b)`",
        explanation="""\
The parties of a part stand on the sides of the contract around it in their order. Where there are
more or fewer of them, `between` says which.
""",
    ),
    "E0453": Entry(
        title="a negative contract of more than two sides",
        message="`-` exchanges two sides; here there are {count}",
        help="say who stands where: `(A(...) between a, b)`",
        explanation="A negative contract is the same one with its two sides exchanged.\n",
    ),
    "E0454": Entry(
        title="a part that never ends",
        message="`{name}` holds `{part}`, which is perpetual",
        help="write `perpetual contract {name}`",
        explanation="A contract ends or says that it is perpetual; one with a part that never ends "
        "never ends.\n",
    ),
    "E0455": Entry(
        title="parts with different times of day",
        message="`{first}` and `{second}` mean different times of day by a date",
        help="give both contracts the same `cut`",
        explanation="""\
A date in a contract means its `cut`, a time of day in a time zone. A contract made of others has
one meaning for a date, which all its parts share.
""",
    ),
    "E0456": Entry(
        title="a contract that leads to itself",
        message="`{name}` leads to itself: {names}",
        explanation="""\
A contract is made of others, or becomes one of them, but never itself: it would have no end of
parts, and nobody could say when it ends.
""",
    ),
    "E0457": Entry(
        title="one asset in two places",
        message="`{first}` and `{second}` would both be {asset}",
        help="pass two different assets",
        explanation="""\
The assets of a contract are units: a price in one of them per other one would be a pure number if
they were the same.
""",
    ),
    "E0458": Entry(
        title="a clause behind a contract that is made of others",
        message="`{name}` is made of other contracts; it has no clauses of its own",
        help="write the clause in a contract of its own, and add that one",
        explanation="""\
Behind the expression may stand what concerns the whole: `let`, `require`, `collateral`,
`liquidation` and `unsecured`.
""",
    ),
    "E0459": Entry(
        title="a contract without its arguments",
        message="`{name}` needs its arguments",
        help="write `{name}(...)`; a name that means the same here is passed as `expiry:`",
        explanation="A contract is known once its parameters are.\n",
    ),
    "E0460": Entry(
        title="a party on two sides",
        message="`{name}` stands on two sides of this contract",
        help="name another party",
        explanation="Nobody owes anything to itself.\n",
    ),
    "E0461": Entry(
        title="a contract that becomes one without end",
        message="this becomes `{other}`, which is perpetual, and does not say so",
        help="write `perpetual contract`, and `end` where it ends without becoming it",
        explanation="""\
A contract ends with its last date or says that it is perpetual; one that may become a perpetual one
says it for both. Where it does not become the other, it then ends at its `end` only.
""",
    ),
    "E0432": Entry(
        title="a failure that ends nothing",
        message="the contract must end when `{name}` has failed to pay",
        help="write `end` on every way through the block",
        explanation="""\
What happens when a party cannot pay takes the place of the event that made it owe: nothing of that
event is carried out. The contract cannot go on as if it had been.
""",
    ),
}
