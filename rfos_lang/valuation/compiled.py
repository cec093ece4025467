"""Functions made from text: compiled by Numba, and kept on disk for the next session.

What is kept lies in `NUMBA_CACHE_DIR` or in the user's cache folder, under a name that is the
content's. That is the one thing here that lives outside of a call; it makes no difference but
to time. Where nothing can be written, as in a home that is read-only, nothing is kept.
"""

import os
import sys
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import FunctionType
from typing import Any


@lru_cache(maxsize=256)
def compiled(source: str, name: str, signature: str) -> Callable[..., Any]:
    """The function `name` of a text of functions, for arguments of a Numba signature.

    The text imports nothing; `math`, `np` and `njit` are there. Divisions by zero give what
    binary64 gives, and threads may run the function side by side.
    """
    import numba

    text = f"import math\n\nimport numpy as np\nfrom numba import njit\n\n{source}"
    try:
        kept = _loaded(_written(text, numba.__version__), name)
        return numba.njit(signature, error_model="numpy", nogil=True, cache=True)(kept)
    except (OSError, RuntimeError, EOFError, ValueError, ImportError):
        spaces: dict[str, Any] = {"__name__": "kernel"}
        exec(compile(text, "<kernel>", "exec"), spaces)
        return numba.njit(signature, error_model="numpy", nogil=True)(spaces[name])


def _written(text: str, version: str) -> Path:
    """The file that a text is kept in. Raises OSError where there is no place for it."""
    digest = sha256(f"{version}\n{text}".encode()).hexdigest()[:32]
    path = _folder() / f"kernel_{digest}.py"
    if not path.exists():
        with NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(text)
        os.replace(file.name, path)
    return path


def _folder() -> Path:
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(chosen) if chosen else Path(home) / "rfos" / "kernels"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _loaded(path: Path, name: str) -> FunctionType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[path.stem] = module  # where what is kept of it looks for its parts
    spec.loader.exec_module(module)
    found = getattr(module, name)
    assert isinstance(found, FunctionType)
    return found
