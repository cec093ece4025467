"""The rows of turnover, 64 bytes each, looked up by account and asset."""

from rfos_runtime.records.commands import DAY
from rfos_runtime.records.holdings import OWN_FROM
from rfos_runtime.records.layout import layout

PERIOD = 30 * DAY
FEES = OWN_FROM - 1
"""The account under which fees lie that have not gone to the insurance fund."""

TURNOVER = layout(
    "turnover",
    """
    account  8 whose; 0 in a place where nothing lies
    asset    8 of what
    period   8 of 30 days, from 1970
    now      8 the bases of its trades in that period
    before   8 in the one before
    """,
)
