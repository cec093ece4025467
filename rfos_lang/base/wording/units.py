"""E02xx: units and types."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "E0201": Entry(
        title="an amount in the wrong unit",
        message="{what} must be {wanted}, not {found}",
        help="{mend}",
        explanation="""\
Every number has a unit: `60_000 USD/BTC`, `1 underlying`, or none at all (a pure number such as
`5%`). Where a unit is declared - a parameter, a state, a collateral requirement, which is counted
in the collateral's asset - only that unit fits. The literal `0` fits every unit.
""",
    ),
    "E0202": Entry(
        title="numbers of different units in one function",
        message="`{name}` cannot choose between {left} and {right}",
        help="{mend}",
        explanation="""\
`min`, `max` and `clamp` compare their arguments, and only numbers of one unit can be compared.
The literal `0` fits every unit: `max(S - strike, 0)`.
""",
    ),
    "E0203": Entry(
        title="numbers of different units added",
        message="{left} cannot be added to {right}",
        help="{mend}",
        explanation="""\
Only numbers of one unit add up: dollars with dollars, prices of one asset in one currency. A pure
number is a unit of its own, not a joker. To add an amount of another asset, convert it at a
price: `fee * spot(EUR, USD)`. Multiplying and dividing always work; their units multiply and
divide too.
""",
    ),
    "E0204": Entry(
        title="numbers of different units subtracted",
        message="{right} cannot be subtracted from {left}",
        help="{mend}",
        explanation="""\
As with sums, only numbers of one unit have a difference. To subtract an amount of another asset,
convert it at a price: `fee * spot(EUR, USD)`.
""",
    ),
    "E0205": Entry(
        title="things of different kinds compared",
        message="{left} cannot be compared with {right}",
        help="{mend}",
        explanation="""\
A comparison takes two numbers of one unit, or two dates. A barrier that is compared with a price
needs the price's unit: `barrier: cash/underlying`.
""",
    ),
    "E0206": Entry(
        title="an amount that is no amount of an asset",
        message="{words} is {found}, so it is not clear which asset is to be paid",
        help="{mend}",
        explanation="""\
The unit of an amount says which asset moves: `100 USD` moves dollars, `size` (declared as `size:
underlying`) moves the underlying itself. So the unit of a payment is exactly one asset. A price
(`cash/underlying`) must be multiplied by a quantity, a rate by a notional.
""",
    ),
    "E0207": Entry(
        title="something of the wrong kind",
        message="{what} must be {wanted}, not {found}",
        help="{mend}",
        explanation="""\
Numbers, conditions, dates, durations, schedules, assets and lists are different kinds of things,
and none is turned into another silently.
""",
    ),
    "E0209": Entry(
        title="a power that has no unit",
        message="{words} is in {unit}, so {exponent} must be a whole number up to {limit} that is "
        "written out",
        help="take the power of a pure number, such as `(S / strike) ^ x`",
        explanation="""\
The square of a price is counted in the square of its unit, and which unit a power has must be known
from the text. A pure number may be taken to any power.
""",
    ),
    "E0210": Entry(
        title="an `if` that gives two kinds of things",
        message="`then` gives {left}, `else` gives {right}; they must be the same",
        help="{mend}",
        explanation="Whatever the condition, the result of `if ... then ... else` has one unit.\n",
    ),
    "E0211": Entry(
        title="an argument is missing",
        message="{function} lacks {lacking}",
        explanation="Arguments are given in order or by name: `schedule(first: ..., last: ...)`.\n",
    ),
    "E0212": Entry(
        title="an argument too many",
        message="{function} has no place for this",
        explanation="An argument is given once, in order or by name.\n",
    ),
    "E0213": Entry(
        title="something other than a duration added to a date",
        message="{words} is {found}, and cannot be {name} a date",
        help="{mend}",
        explanation="""\
A date moves by a duration: `expiry - 3M`, `t + 2bd(NYC)`. Two dates do not add up, and a plain
number does not say whether it counts days or months.
""",
    ),
    "E0214": Entry(
        title="an empty list",
        message="an empty list does not say what it is a list of",
        help="write at least one member",
        explanation="""\
The unit and kind of a list come from its members, so it needs at least one. A parameter of type
`[Number]` takes its members when the contract is made.
""",
    ),
    "E0215": Entry(
        title="the wrong number of arguments",
        message="`{name}` takes {needs}, not {count}",
        explanation="`abs(x)`, `min(x, y, ...)`, `max(x, y, ...)`, `clamp(x, low, high)`.\n",
    ),
    "E0216": Entry(
        title="a number too large",
        message="this number is too large to settle with",
        explanation="Numbers are counted in 128 bits with 18 decimals: up to about 1.7 * 10^20.\n",
    ),
    "E0217": Entry(
        title="a division by zero",
        message="this divides by zero",
        explanation="""\
A division by the literal 0 never has a value. A divisor that may become zero in the course of the
contract is caught when it does: the event is refused and nothing changes.
""",
    ),
    "E0219": Entry(
        title="a field of something that has none",
        message="{words} is {found} and has no `{name}`",
        explanation="""\
A period has `start`, `end`, `pay`, `index`, `is_first`, `is_last`, `accrual_start` and
`accrual_end`; the variable of `at each t in dates` has `previous`, `index`, `is_first` and
`is_last`; a schedule has `first` and `last`.
""",
    ),
    "E0220": Entry(
        title="no calendar where one is needed",
        message="business days are counted in a calendar, and this is none",
        help="name one: TARGET, NYC, LON, TOK, WEEKENDS",
        explanation="""\
`2bd(NYC)` is the second business day by the calendar of New York. What stands in the parentheses
is the name of a calendar.
""",
    ),
    "E0221": Entry(
        title="a sensitivity to something that is no price",
        message="`{name}` is taken to a price, and this is not `spot(...)` itself",
        help="name the price alone: `let S = spot(underlying, cash)`, then `{name}(S)`",
        explanation="""\
`delta`, `gamma` and `vega` are derivatives of the exposure to one observed price, or to its
volatility. They cannot be taken to something computed from prices.
""",
    ),
    "E0222": Entry(
        title="members of a list in units of their own",
        message="`{name}` cannot combine {words}: each `{variable}` has a unit of its own, {unit}",
        help="make it a pure number, such as "
        "`spot({variable}, cash) / (spot({variable}, cash) at start)`",
        explanation="""\
The prices of two assets are in two units, dollars per bitcoin and dollars per ether, and have
neither a sum nor a least one. Performances are pure numbers and have both.
""",
    ),
    "E0223": Entry(
        title="a negative payment",
        message="this amount is negative: {payer} would be paid",
        help="write `{payee} pays {payer}` with the positive amount",
        explanation="""\
`a pays b` moves value from a to b, and nothing else. Where the sign depends on the market, `pays
net` says so.
""",
    ),
    "E0224": Entry(
        title="an auction that does not descend",
        message="a dutch auction goes from the higher fraction down to the lower one, above zero",
        help="write it as `dutch from 101% to 85% over 15min`",
        explanation="""\
The auction offers the party's positions at the first fraction of their mark, and lowers it evenly
to the second until somebody takes them.
""",
    ),
    "E0225": Entry(
        title="a fraction that is not written out",
        message="{words} must be a number that is written out here",
        help="write a fraction such as `1.5%`",
        explanation="""\
The terms of an auction and of a penalty are the same for every instance of a contract, so that
whoever bids knows them; the haircuts of a policy are the same for everybody. They are numbers in
the text, not parameters.
""",
    ),
    "E0226": Entry(
        title="an auction without a fixed length",
        message="{words} is no fixed stretch of time",
        help="write the length in `s`, `min`, `h` or `d`, for example `15min`",
        explanation="Months and business days are not always equally long.\n",
    ),
    "E0227": Entry(
        title="a penalty out of range",
        message="a penalty lies between 0% and 100%",
        explanation="""\
The penalty is a part of what is closed. It cannot be negative, nor take everything.
""",
    ),
    "E0228": Entry(
        title="a state of a kind that cannot change",
        message="the state `{name}` cannot be {found}",
        help="a state is a number with its unit, a condition (`Bool`) or a date (`Date`)",
        explanation="""\
What changes is stored as a number, so it must be one: an amount, a price, a count, a condition, a
date. Assets, schedules and lists are fixed by the terms of the contract.
""",
    ),
    "E0229": Entry(
        title="rounding to no unit in particular",
        message="{words} is {found}, which has no minor unit to round to",
        help="say what to round to: `round(x, 0.01)`",
        explanation="""\
`round(amount)` rounds an amount of an asset to the asset's minor unit, half to even: cents of a
dollar. Anything else names its unit: `round(rate, 0.0001%)`, `round(S, 0.01 cash/underlying)`.
Payments are rounded to minor units by themselves.
""",
    ),
}
