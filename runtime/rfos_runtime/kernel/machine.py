"""How functions become machine code.

Nothing in the kernel's own functions makes an array, so no count of references is kept: that would
cost several times what a command does.
"""

from numba import njit

compiled = njit(_nrt=False, nogil=True, cache=True)
"""For what is called from Python."""
within = njit(_nrt=False, forceinline=True)
"""For what is called from compiled functions."""
