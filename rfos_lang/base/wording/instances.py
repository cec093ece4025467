"""E05xx: parameters and the binding of an instance."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    # --- declarations of parameters and states ------------------------------------------------
    "E0501": Entry(
        title="something that varies where the terms are fixed",
        message="{what} is fixed when the contract begins, but {words} is not known then",
        help="use numbers, other parameters and dates only",
        explanation="""\
Defaults, first values of states and what the contract requires of its terms are computed when an
instance is made, before anything is observed.
""",
    ),
    "E0502": Entry(
        title="a default that looks ahead",
        message="the default of `{of}` uses `{name}`, which is not declared before it",
        help="declare `{name}` before `{of}`",
        explanation="""\
Defaults are computed in the order in which the parameters stand, so each may use those before it.
""",
    ),
    # --- arguments ------------------------------------------------------------------------------
    "E0521": Entry(
        title="an unknown parameter",
        message="`{contract}` has no parameter `{name}`",
        help="did you mean `{suggestion}`?",
        explanation="Parameters are named as the contract declares them, letter for letter.",
    ),
    "E0522": Entry(
        title="a missing argument",
        message="the parameter `{name}` needs a value, of type {wanted}",
        help="for example `-s {option}`; at the prompt `{name}: {value}`",
        explanation=(
            "An instance of a contract needs a value for each parameter that has no default. "
            "Values are written as in the language: 65_000 USD/BTC, 5%, 2026-12-25, [BTC, ETH], "
            "schedule(first: 2026-01-15, last: 2027-01-15, step: 3M)."
        ),
    ),
    "E0523": Entry(
        title="an argument that is not fixed",
        message="the value of `{name}` must be known when the contract begins",
        explanation=(
            "Arguments are the terms that the parties agree on. What is observed later, such as a "
            "price, belongs into the contract: `spot(underlying, cash) at start`."
        ),
    ),
    "E0524": Entry(
        title="not one value",
        message="`{text}` is not a value for `{name}`",
        help="write one value as in the language: 65_000 USD/BTC, 5%, 2026-12-25, [BTC, ETH]",
        explanation="The text of an argument is one expression and nothing else.",
    ),
    "E0525": Entry(
        title="an unknown asset",
        message="there is no asset `{name}`",
        help="did you mean `{suggestion}`?",
        explanation=(
            "Assets are those of the standard library and those that the file declares, as in "
            "`asset XAU in 4 decimals`. The number of decimals is needed to round payments."
        ),
    ),
    "E0526": Entry(
        title="one asset for two parameters",
        message="{names} are both {ticker}",
        explanation=(
            "Asset parameters are units, and units are told apart when the contract is checked: "
            "an amount of `cash` is never added to one of `underlying`. So two of them may not "
            "stand for the same asset."
        ),
    ),
    "E0527": Entry(
        title="an empty list",
        message="the list `{name}` is empty",
        explanation="The least, the greatest or the mean of nothing has no meaning.",
    ),
    # --- dates of an instance -------------------------------------------------------------------
    "E0528": Entry(
        title="dates that do not ascend",
        message="{later} does not come after {earlier}",
        help="list dates from the earliest to the latest, each once",
        explanation=(
            "The dates of a schedule ascend strictly. When they are computed, as in "
            "`index at (p.start - 2bd(TARGET))`, two of them may fall on one day: then the "
            "schedule's own dates lie too close together for the calendar."
        ),
    ),
    "E0529": Entry(
        title="a date before the start",
        message="{instant} lies before the start of the contract, {start}",
        help="start the contract no later than {instant}, or leave that date out",
        explanation=(
            "A contract acts and observes from its start on. What was fixed before belongs into a "
            "parameter, or the contract starts earlier."
        ),
    ),
    "E0530": Entry(
        title="reading the future",
        message="`{what}` is observed on {observed}, and read before, on {read}",
        explanation=(
            "What happens at an instant may depend on what was observed until then, never on what "
            "comes later. Whether it does can depend on the dates of the instance."
        ),
    ),
    "E0531": Entry(
        title="a requirement that does not hold",
        message="{message}",
        explanation="The contract says `require`, and these arguments do not meet it.",
    ),
    "E0532": Entry(
        title="a term that cannot be computed",
        message="with these arguments this overflows or divides by zero",
        explanation=(
            "Terms are computed exactly, in 18 decimals and 128 bits; they never wrap around and "
            "never become infinite."
        ),
    ),
    "E0533": Entry(
        title="no previous date",
        message="the first date of a schedule has no previous one",
        help="walk `tail(...)` of the schedule: its first date comes after the schedule's first",
        explanation="`t.previous` is the date before `t` in the schedule that `t` walks.",
    ),
    "E0534": Entry(
        title="a payment dated before its cause",
        message="this would be due on {paid}, before it is fixed, on {fixed}",
        explanation="`on` names the date at which an amount is owed, fixed at the clause's own.",
    ),
    "E0535": Entry(
        title="an empty schedule",
        message="an empty schedule has no {function} date",
        explanation="`first` and `last` need a schedule that holds at least one date.",
    ),
    "E0536": Entry(
        title="lists of different lengths",
        message="lists that are walked in step have different lengths: {lengths}",
        help="give each as many members as the others",
        explanation="`for a in basket, w in weights` takes the first of each, then the second, ...",
    ),
    "E0537": Entry(
        title="a list that is too long",
        message="the list `{name}` has more than {limit} members",
        explanation=(
            "What a contract says of each member of a list is written out member by member, so "
            "lists are for baskets, not for data."
        ),
    ),
    "E0538": Entry(
        title="a function of nothing",
        message="there is no date here for `{function}` to be taken over",
        help="give the schedule at least one date, or take `sum`, `product` or `count`",
        explanation=(
            "Over no dates a sum is 0, a product is 1 and a count is 0; the least, the greatest "
            "and the mean of nothing have no meaning."
        ),
    ),
    "E0539": Entry(
        title="a position outside the list",
        message="there is no member at position {position} of {length}",
        help="positions count from 0",
        explanation="`dates[0]` is the first date, `dates[size(dates) - 1]` the last one.",
    ),
    "E0540": Entry(
        title="dates gathered too far ahead",
        message="`{what}` is read on {read}, when that of two periods later has already begun",
        help="let the dates lie within the period that they belong to",
        explanation=(
            "What is gathered along the dates of a period is kept until the period is read, and "
            "that of one later period beside it, no more."
        ),
    ),
    "E0541": Entry(
        title="a rule that nothing ends",
        message="nothing says when `every({step})` ends",
        help="give the contract a clause with a date, or call it `perpetual contract`",
        explanation=(
            "`every(8h)` goes on until the last date at which the contract acts, in a perpetual "
            "contract without end. Its dates cannot decide themselves when that is."
        ),
    ),
    "E0542": Entry(
        title="no regular period to count in",
        message="act/act.ICMA counts within a period of whole months, and this is none",
        help="take a period of a schedule whose step is in months: `year_fraction(p, ...)`",
        explanation=(
            "Actual/Actual (ICMA) divides the days by those of the coupon period that they lie in, "
            "times the number of such periods in a year. Two dates alone do not say which that is, "
            "nor do dates that were listed one by one; act/act (ISDA) needs no period."
        ),
    ),
    "E0543": Entry(
        title="a fixing of another date in UTC",
        message="the fixing of {feed} for {day} is read at {instant}, on another date in UTC",
        help="take a `cut` at which it is the same date in UTC",
        explanation="""\
A fixing is published for a date, and the kernel knows dates in UTC only. Where the contract's
clock shows another date than UTC at its `cut`, as at 20:00 in New York or at 08:00 in Tokyo, the
fixing of the day before or after would be read.
""",
    ),
    "E0544": Entry(
        title="a payment below zero",
        message="with these arguments {amount} {asset} would be paid",
        help="turn the parties around, or write `pays net` if it may go either way",
        explanation=(
            "`pays` never moves money backwards. Where the terms alone decide an amount, an "
            "instance that would break this is refused before it begins; an amount that depends on "
            "what is observed is looked at when it is paid, and beforehand by `rfos verify`."
        ),
    ),
    # --- dates, durations, calendars, schedules -----------------------------------------------
    "E0579": Entry(
        title="a step of `every` that does not divide the day",
        message="`every({step})` has no fixed times of day",
        help="take a step that divides 24 hours evenly, such as 8h, 15min or 1d, or use `schedule`",
        explanation=(
            "`every(8h)` means 00:00, 08:00 and 16:00 UTC of every day. That only works when the "
            "step divides a day evenly: with 7h, the times would drift from day to day, and two "
            "readers would place them differently. Months, years and business days have no fixed "
            "length; `schedule(first: ..., last: ..., step: 1M)` is the way to say those."
        ),
    ),
    "E0580": Entry(
        title="not a date",
        message="`{text}` is not a date",
        help="write a date as 2026-12-25 and an instant as 2026-12-25T08:00Z",
        explanation=(
            "Dates have four digits for the year and two for month and day, and must exist: "
            "2026-02-30 does not. An instant adds the time in UTC: 2026-12-25T08:00Z, with seconds "
            "2026-12-25T08:00:30Z, with fractions down to the nanosecond 2026-12-25T08:00:30.5Z."
        ),
    ),
    "E0581": Entry(
        title="a date out of range",
        message="`{text}` lies outside the years {first} to {last}",
        explanation=(
            "Time is counted in nanoseconds since 1970 in 64 bits. That reaches from 1700 to 2261; "
            "a date outside of it cannot be settled."
        ),
    ),
    "E0582": Entry(
        title="not a duration",
        message="`{text}` is not a duration",
        help="write the number and its unit together: 30s, 10min, 8h, 5d, 2bd, 1w, 3M, 1y",
        explanation=(
            "The units are s, min, h, d (24 hours), bd (business days), w (7 days), M (months) and "
            "y (years). Only whole numbers: 18M, not 1.5y."
        ),
    ),
    "E0583": Entry(
        title="business days without a calendar",
        message="{duration} needs a calendar to know which days are business days",
        help="name it: `{duration}(NYC)`, or TARGET, LON, TOK, WEEKENDS",
        explanation=(
            "Two business days after a date is another day in New York than in Tokyo. So the "
            "duration carries its calendar: `t + 2bd(NYC)`."
        ),
    ),
    "E0584": Entry(
        title="an unknown calendar",
        message="there is no calendar `{name}`",
        help="did you mean `{suggestion}`?",
        explanation=(
            "The calendars are TARGET (euro system), NYC (Federal Reserve Bank of New York), LON "
            "(bank holidays of England), TOK (public and bank holidays of Japan), the stock "
            "exchanges NYSE, XLON and XTKS, WEEKENDS (Monday to Friday) and NONE (every day is a "
            "business day). `NYC+LON` has the business days that both have."
        ),
    ),
    "E0585": Entry(
        title="a year that the calendar does not know",
        message="the calendar {calendar} does not know the holidays of {year}",
        help="its years are {first} to {last}; the calendar WEEKENDS knows every year",
        explanation=(
            "Holidays before 1999, when TARGET began, and after 2099 are not known well enough to "
            "move money by them."
        ),
    ),
    "E0586": Entry(
        title="a schedule that ends before it begins",
        message="this schedule would end on {last}, before its first date, {first}",
        explanation="`first` must not lie after `last`. They may be equal: one date is a schedule.",
    ),
    "E0587": Entry(
        title="a step that leads nowhere",
        message="a step of {step} does not lead from one date to the next",
        explanation="The step of a schedule is a duration above zero, such as 3M or 1bd.",
    ),
    "E0588": Entry(
        title="a step that does not fit",
        message="steps of {step} do not end on {last}",
        help="say where the odd one goes: `stub: short_first`, long_first, short_last or long_last",
        explanation=(
            "The dates of a schedule are whole steps away from its first date (from its last, with "
            "a first stub). When the other end is not one of them, one period is shorter or longer "
            "than the rest. Which one is part of the term sheet, so it has to be said."
        ),
    ),
    "E0589": Entry(
        title="a schedule that is too long",
        message="this schedule has more than {limit} dates",
        help="take a longer step, or fewer years",
        explanation="Every date of a schedule is kept, so the number of dates is bounded.",
    ),
    "E0590": Entry(
        title="an unknown time zone",
        message="there is no time zone `{name}`",
        help="did you mean `{suggestion}`?",
        explanation="""\
A time zone is `UTC` or a place of the IANA database, `America/New_York`, whose clock is put
forward and back by the rules of that place. Abbreviations are not taken: `EST` is New York's clock
in winter only, and some stand for several places.
""",
    ),
}
