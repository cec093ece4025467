"""What kernels are called with, and the functions that stand before each of them."""

import inspect
from functools import lru_cache

from rfos_lang.valuation.path import arithmetic

_MATRIX, _ROW, _WHOLE = "f8[:,::1]", "f8[::1]", "i8[::1]"
_MARKET = {
    "normals": "f8[:,:,::1]",
    "start": _ROW,
    "drift": _MATRIX,
    "deviation": _MATRIX,
    "factor": _MATRIX,
    "still": _MATRIX,
    "worths": _MATRIX,
    "columns": _MATRIX,
    "falls_due": _MATRIX,
    "moving": _ROW,
    "gates": "u1[:,::1]",
    "occurrences": "i8[:,::1]",
    "setup": _ROW,
    "initial": _ROW,
    "tables": _ROW,
    "bases": _WHOLE,
    "lengths": _WHOLE,
}
EXACT_ARGUMENTS = {**_MARKET, "found": _MATRIX}
"""`found[slots, paths]` carried values at the end."""
ADJOINT_ARGUMENTS = {
    **_MARKET,
    "widths": _MATRIX,
    "seeds": _ROW,
    "places": "i8[:,::1]",
    "room": "i8",
    "by_start": _ROW,
    "by_drift": _MATRIX,
    "by_deviation": _MATRIX,
    "by_worths": _MATRIX,
    "by_still": _MATRIX,
}
"""`seeds` of carried values; `places[n, r]` where a region keeps what it needs again, of `room` in
all; `by_*` sums over the paths."""
DRAW_ARGUMENTS = {"seed": "i8", "block": "i8", "normals": "f8[:,:,::1]"}


def signature(arguments: dict[str, str]) -> str:
    """The signature of a kernel that gives nothing back."""
    return f"void({', '.join(arguments.values())})"


@lru_cache(maxsize=1)
def prelude() -> str:
    """The functions that kernels are made of."""
    found = []
    for name, function in vars(arithmetic).items():
        if inspect.isfunction(function) and function.__module__ == arithmetic.__name__:
            marked = '@njit(error_model="numpy", nogil=True, forceinline=True)\n'
            found.append(
                ("" if name == "draw" else marked)
                + inspect.getsource(function).replace("Floats", '"Floats"')
            )
    constants = [f"{n} = {v}" for n, v in vars(arithmetic).items() if n.isupper()]
    return "\n".join(constants) + "\n\n\n" + "\n\n".join(found)
