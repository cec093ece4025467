"""Where Python itself runs the kernel's functions, a number beyond its bits raises."""

import numba
import numpy as np

if numba.config.DISABLE_JIT:
    np.seterr(all="raise")
