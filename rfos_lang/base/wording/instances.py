"""E05xx: parameters and the binding of an instance."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
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
            "(bank holidays of England), TOK (public and bank holidays of Japan), WEEKENDS (Monday "
            "to Friday) and NONE (every day is a business day)."
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
}
