"""What kernels are called with: addresses of numbers row by row, and whole numbers."""

_MARKET = (
    "normals",
    "start",
    "base",
    "forward",
    "deviation",
    "factor",
    "still",
    "worths",
    "columns",
    "falls_due",
    "moving",
    "gates",
    "occurrences",
    "setup",
    "initial",
    "tables",
    "bases",
    "lengths",
    "steps",
    "half",
    "table_rows",
    "columns_wide",
    "still_wide",
    "room",
)
WHOLE = frozenset(
    {
        "steps",
        "half",
        "table_rows",
        "columns_wide",
        "still_wide",
        "seed",
        "block",
        "spots",
    }
)
EXACT_ARGUMENTS = (*_MARKET, "found")
"""`base[n, m]` logarithms of the forwards and `forward[n, m]` these at each step, without the walk
about them; `found[slots, 2 half]` carried values at the end. `half` is a multiple of half of the
lanes, `room` a place for the numbers of one tile."""
ADJOINT_ARGUMENTS = (
    *_MARKET,
    "counted",
    "widths",
    "wider",
    "jumps",
    "seeds",
    "inverse",
    "places",
    "kept_rows",
    "by_bend",
    "by_start",
    "by_drift",
    "by_deviation",
    "by_worths",
    "by_still",
)
"""`counted[half]` 1 for paths that count; `seeds` of carried values; `inverse[m, m]` of the
correlations; `places[n, r]` where a region keeps what it needs again, of `kept_rows` in all; `by_*`
sums over the paths, each in as many parts as a vector has numbers."""
JUMP_ARGUMENTS = (*ADJOINT_ARGUMENTS, "by_jumps")
"""`by_jumps[n, kinks, sums]` of the powers of x from 0 on, twice as many as a cubic has less one,
and of j times those of the cubic, over the paths whose difference d = x wider is less than the
wider width; j is the jump."""
"""Where somebody chooses, `decided[n, r, paths]` comes last: 1 where a choice is taken, tile by
tile."""
DRAW_ARGUMENTS = ("normals", "steps", "spots", "half", "seed", "block")
