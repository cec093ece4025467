"""The rows of what may be set, 64 bytes each, looked up by asset and parameter."""

from rfos_runtime.records.layout import layout

SETTING = layout(
    "setting",
    """
    asset      8 of which asset; 0 in a place where nothing lies
    parameter  8 see Parameter
    value      8 what holds
    proposed   8 what is proposed
    at         8 when that takes effect; 0 if nothing is proposed
    is_set     8 1 once it was set
    """,
)
