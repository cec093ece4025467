"""The rows of shares in the insurance fund, 64 bytes each."""

from rfos_runtime.records.layout import layout

SHARE = layout(
    "share",
    """
    account  8 whose; 0 in a place where nothing lies
    asset    8 in the fund of what
    epoch    8 since when the fund was empty last; of an earlier one they are void
    shares   8 how many
    leaving  8 how many of them it has given notice of
    """,
)
LEAVING = layout(
    "leaving",
    """
    at       8 when it is paid out; 0 once it is
    account  8 to whom
    asset    8 of what
    epoch    8 of its shares
    shares   8 how many
    number   8 of the notice
    """,
)
