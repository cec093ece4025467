"""A session of `rfos repl` at a pseudo-terminal, as a user meets it."""

import os
import sys
from pathlib import Path
from typing import Any

import pexpect

from tests.cli.running import ROOT


def begun(state: Path, seconds: int, **more: Any) -> "pexpect.spawn[Any]":
    """One that has just been begun, with the market of the examples. `state`: where it keeps its
    history; `seconds`: how long to wait for what it must say."""
    environment = {**os.environ, "XDG_STATE_HOME": str(state), "TERM": "xterm-256color"}
    environment["PROMPT_TOOLKIT_NO_CPR"] = "1"
    code = "from rfos_lang.cli.main import main; main()"
    words = ["-c", code, "repl", "-m", "examples/market.toml"]
    return pexpect.spawn(
        sys.executable, words, cwd=str(ROOT), env=environment, timeout=seconds, **more
    )
