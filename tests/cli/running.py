"""The command line as tests call it."""

import json
from pathlib import Path
from typing import Any

from click.testing import Result
from typer.testing import CliRunner

from rfos_lang.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
MARKET = str(ROOT / "examples/market.toml")
CALL = "std.options.EuropeanCall"


def options(**arguments: str) -> list[str]:
    """`--set name=value` for each argument."""
    return [word for name, value in arguments.items() for word in ("--set", f"{name}={value}")]


BITCOIN = options(underlying="BTC", cash="USD", strike="60_000", expiry="2026-12-25")


def rfos(*arguments: str | Path, input: bytes | None = None) -> Result:
    """Runs the command; an exception that is not an exit is a failure of the test."""
    words = [str(argument) for argument in arguments]
    result = CliRunner().invoke(app, words, input=input)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def document(*arguments: str | Path) -> Any:
    """The JSON document that a command prints; nothing but it may be on standard output."""
    return json.loads(rfos(*arguments, "--json").stdout)
