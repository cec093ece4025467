"""Where the standard library of contracts lies on this machine."""

from pathlib import Path


def standard_library() -> Path:
    """The folder of the standard library: in the package if installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "stdlib"
    return installed if installed.is_dir() else package.parent / "stdlib"
