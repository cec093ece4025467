"""The options that several commands have, and how a command ends."""

from collections.abc import Callable
from enum import StrEnum, unique
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rfos_lang.cli.console import refuse
from rfos_lang.driver.failure import Failure

Target = Annotated[
    str,
    typer.Argument(
        metavar="TARGET",
        help="file.rfos, file.rfos:Contract or a library name such as std.options.EuropeanCall",
    ),
]
Valued = Annotated[
    str,
    typer.Argument(
        metavar="TARGET",
        help="As for `check`: a contract; or a portfolio file, .toml or .csv.",
    ),
]
ToldIn = Annotated[
    str | None, typer.Option("--in", metavar="ASSET", help="What a portfolio is told in.")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="A row for each result: CSV, ... by name."),
]
Market = Annotated[Path, typer.Option("--market", "-m", help="The market file (TOML).")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="NAME=VALUE", help="A parameter, e.g. strike=65_000."),
]


@unique
class MethodName(StrEnum):
    """The ways to a value."""

    AUTO = "auto"
    CLOSED_FORM = "closed_form"
    QUADRATURE = "quadrature"
    DISCOUNTING = "discounting"
    FINITE_DIFFERENCES = "finite_differences"
    MOMENT_MATCHING = "moment_matching"
    MONTE_CARLO = "monte_carlo"
    LSM = "lsm"
    LSM_BOUNDS = "lsm_bounds"
    STRICT_PATHS = "strict_paths"


@unique
class KernelName(StrEnum):
    """The kernels that carry blocks out; both write the same journal."""

    REFERENCE = "reference"
    FAST = "fast"


@unique
class SimulatedKernels(StrEnum):
    """The kernels on which worlds are played: the reference alone, or both, which are compared."""

    REFERENCE = "reference"
    BOTH = "both"


@unique
class ModelName(StrEnum):
    """The models that are fitted to options."""

    SVI = "svi"
    SABR = "sabr"
    LOCAL_VOLATILITY = "local_volatility"
    HESTON = "heston"
    MERTON = "merton"
    LOGNORMAL = "lognormal"


Method = Annotated[
    MethodName,
    typer.Option(
        "--method",
        help="How to value; finite_differences, lsm and lsm_bounds are for early exercise, "
        "strict_paths has the same bits on every machine.",
    ),
]


class SamplingName(StrEnum):
    """What simulations draw."""

    PSEUDO = "pseudo"
    SOBOL = "sobol"


Sampling = Annotated[
    SamplingName,
    typer.Option("--sampling", help="What simulations draw: random numbers, or Sobol's points."),
]
Bounds = Annotated[
    list[str] | None,
    typer.Option(
        "--bounds",
        "-b",
        metavar="FEED=LOW..HIGH",
        help='What a feed stays in, e.g. "spot(BTC, USD)=500..50_000".',
    ),
]
Secret = Annotated[
    Path | None,
    typer.Option(
        "--secret",
        metavar="FILE",
        help="What salts are drawn from; by default a file in DIR, made when it is missing.",
    ),
]
Loaded = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="A file whose definitions are loaded.")
]
BegunWith = Annotated[
    Path | None, typer.Option("--market", "-m", help="The market to begin with (TOML).")
]
Script = Annotated[
    Path | None,
    typer.Option("--script", metavar="FILE", help="Commands from a file, not a terminal."),
]
History = Annotated[
    Path | None,
    typer.Option("--history", help="What was observed before the market's date (CSV or TOML)."),
]
Start = Annotated[
    str | None,
    typer.Option(
        "--start", metavar="DATE", help="When the contract begins, if not at the market's date."
    ),
]
UpperBound = Annotated[
    bool,
    typer.Option(
        "--upper-bound",
        help="Bound choices from both sides; the same as --method lsm_bounds.",
    ),
]
Paths = Annotated[int, typer.Option("--paths", min=2, help="Number of Monte Carlo paths.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=2**63 - 1, help="Seed of the random numbers.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A journal's folder.")]
Journal = Annotated[
    Path | None,
    typer.Option("--journal", metavar="DIR", help="Keep the journal here, and continue from it."),
]


def leave_with(as_json: bool, command: Callable[..., int], *arguments: object) -> NoReturn:
    """Runs a command and leaves with its exit code. Every failure becomes diagnostics here."""
    try:
        code = command(*arguments)
    except Failure as failure:
        code = refuse(failure.diagnostics, failure.sources, as_json)
    raise typer.Exit(code)


def address_option(option: str, text: str | None) -> tuple[str, int] | None:
    """`HOST:PORT`, if it was given."""
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise typer.BadParameter(f"{text} is no HOST:PORT", param_hint=option)
    return host, int(port)
