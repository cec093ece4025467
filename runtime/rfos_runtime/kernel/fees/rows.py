"""The rows of turnover, 64 bytes each, looked up by account and asset."""

from rfos_runtime.records.commands import DAY
from rfos_runtime.records.layout import layout

PERIOD = 30 * DAY

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
