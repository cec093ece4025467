"""The `rfos` command: what can be asked, and with which options.

Each command lives in the module of its name and is imported only when it runs, so that help and
`check` stay fast. Exit codes: 0 well, 1 something in the contract or the data is wrong, 2 usage.
"""

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.models import CommandInfo

from rfos_lang.cli.arguments import (
    BegunWith,
    Bounds,
    History,
    Json,
    Loaded,
    Market,
    Method,
    MethodName,
    ModelName,
    Output,
    Paths,
    Sampling,
    SamplingName,
    Script,
    Seed,
    Set,
    Start,
    Target,
    ToldIn,
    UpperBound,
    Valued,
    address_option,
    leave_with,
)
from rfos_lang.cli.journal_commands import journals
from rfos_lang.cli.kernel_commands import kernel_commands

if TYPE_CHECKING:
    from rfos_lang.driver.pricing import How

app = typer.Typer(
    name="rfos",
    help="Financial contracts that price, margin and settle from one text.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    suggest_commands=False,  # click does
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("rfos"))
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Financial contracts that price, margin and settle from one text."""


@app.command()
def check(
    targets: Annotated[
        list[str],
        typer.Argument(metavar="TARGET...", help="Files, folders, FILE:Contract, library names."),
    ],
    fix: Annotated[
        bool, typer.Option("--fix", help="Write the mends that leave no doubt into the files.")
    ] = False,
    json: Json = False,
) -> None:
    """Check files, and say how their contracts are margined."""
    from rfos_lang.cli import check as command

    leave_with(json, command.run, targets, fix, json)


@app.command()
def verify(
    targets: Annotated[
        list[str],
        typer.Argument(metavar="TARGET...", help="Files, folders, FILE:Contract, library names."),
    ],
    set_: Set = None,
    bounds: Bounds = None,
    start: Start = None,
    scenario: Annotated[
        Path | None,
        typer.Option(
            "--scenario", metavar="FILE", help="Write a refuting path, for `rfos run` to replay."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Find the worst case, and prove what always holds."""
    from rfos_lang.cli import verify as command

    request = command.Request(
        tuple(targets), tuple(set_ or ()), tuple(bounds or ()), start, scenario
    )
    leave_with(json, command.run, request, json)


@app.command()
def repl(
    file: Loaded = None, market: BegunWith = None, script: Script = None, json: Json = False
) -> None:
    """Explore contracts at a prompt: define, price, draw, step."""
    from rfos_lang.repl import command

    leave_with(json, command.run, command.Request(file, market, script), json)


@app.command()
def lsp(
    tcp: Annotated[
        str | None, typer.Option("--tcp", metavar="HOST:PORT", help="Serve on a socket.")
    ] = None,
    ws: Annotated[
        str | None, typer.Option("--ws", metavar="HOST:PORT", help="Serve on a WebSocket.")
    ] = None,
    stdio: Annotated[bool, typer.Option("--stdio", hidden=True)] = False,
) -> None:
    """Serve an editor, as a language server."""
    # `--stdio` is what many editors say to any server; it is what happens without it.
    if (tcp is not None) + (ws is not None) + stdio > 1:
        raise typer.BadParameter("give one of --tcp, --ws and --stdio")
    from rfos_lang.lsp.running import serve

    serve(address_option("--tcp", tcp), address_option("--ws", ws))


@app.command()
def fmt(
    files: Annotated[
        list[Path],
        typer.Argument(help="Files to format, folders of them; `-` reads standard input."),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing, list what would.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing, show what would.")] = False,
    json: Json = False,
) -> None:
    """Format files in the canonical layout, in place."""
    from rfos_lang.cli import fmt as command

    leave_with(json, command.run, files, command.Wish(check, diff), json)


@app.command()
def test(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files, folders of them, or FILE:words of a title."),
    ],
    only: Annotated[
        str | None, typer.Option("-k", metavar="WORDS", help="Only tests whose title holds this.")
    ] = None,
    json: Json = False,
) -> None:
    """Run the tests that stand in contract files."""
    from rfos_lang.cli import test as command

    leave_with(json, command.run, paths, only, json)


@app.command()
def trace(
    target: Target,
    path: Annotated[
        Path, typer.Option("--path", "-p", help="Instants, values of feeds, choices: CSV or TOML.")
    ],
    set_: Set = None,
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="DATE", help="When it begins, if not with the path."),
    ] = None,
    json: Json = False,
) -> None:
    """Tell what a contract pays along a path, and why."""
    from rfos_lang.cli import trace as command

    request = command.Request(target, path, tuple(set_ or ()), start)
    leave_with(json, command.run, request, json)


@app.command()
def price(
    target: Valued,
    market: Market,
    set_: Set = None,
    start: Start = None,
    history: History = None,
    method: Method = MethodName.AUTO,
    upper_bound: UpperBound = False,
    paths: Paths = 100_000,
    seed: Seed = 1,
    sampling: Sampling = SamplingName.PSEUDO,
    asset: ToldIn = None,
    output: Output = None,
    json: Json = False,
) -> None:
    """Price a contract, to its first party, or a portfolio."""
    from rfos_lang.cli import price as command
    from rfos_lang.driver.positions import is_portfolio
    from rfos_lang.driver.pricing import How

    if upper_bound:
        if method not in (MethodName.AUTO, MethodName.LSM, MethodName.LSM_BOUNDS):
            raise typer.BadParameter(f"--upper-bound goes with --method lsm, not {method.value}")
        method = MethodName.LSM_BOUNDS
    how = How(method.value, paths, seed, sampling=sampling.value)
    if is_portfolio(target):
        _book(target, market, how, False, asset, output, json)
    request = command.Request(target, market, tuple(set_ or ()), start, how, False, history)
    leave_with(json, command.run, request, json)


def _book(
    target: str,
    market: Path,
    how: "How",
    greeks: bool,
    asset: str | None,
    output: Path | None,
    json: bool,
) -> NoReturn:
    from rfos_lang.cli import book

    request = book.Request(Path(target), market, how, greeks, asset, output)
    leave_with(json, book.run, request, json)


@app.command()
def greeks(
    target: Valued,
    market: Annotated[
        Path | None, typer.Option("--market", "-m", help="The market file (TOML).")
    ] = None,
    set_: Set = None,
    start: Start = None,
    history: History = None,
    method: Method = MethodName.AUTO,
    paths: Paths = 100_000,
    seed: Seed = 1,
    sampling: Sampling = SamplingName.PSEUDO,
    formula: Annotated[
        bool, typer.Option("--formula", help="Print the formulas; needs no market.")
    ] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Formulas as LaTeX.")] = False,
    asset: ToldIn = None,
    output: Output = None,
    json: Json = False,
) -> None:
    """Price and Greeks of a contract or portfolio; formulas."""
    if formula or latex:
        from rfos_lang.cli import formula as reading

        leave_with(json, reading.run, target, tuple(set_ or ()), latex, json)
    if market is None:
        raise typer.BadParameter("needed, unless --formula is given", param_hint="--market")
    from rfos_lang.cli import price as command
    from rfos_lang.driver.positions import is_portfolio
    from rfos_lang.driver.pricing import How

    how = How(method.value, paths, seed, sampling=sampling.value)
    if is_portfolio(target):
        _book(target, market, how, True, asset, output, json)
    request = command.Request(target, market, tuple(set_ or ()), start, how, True, history)
    leave_with(json, command.run, request, json)


@app.command()
def ladder(
    target: Valued,
    market: Market,
    spots: Annotated[
        str, typer.Option("--spots", help="First, last and how many moves: -20%..20%:9.")
    ] = "-20%..20%:9",
    volatilities: Annotated[
        str, typer.Option("--volatilities", help="The same for volatilities.")
    ] = "-20%..20%:5",
    set_: Set = None,
    method: Method = MethodName.AUTO,
    paths: Paths = 20_000,
    seed: Seed = 1,
    sampling: Sampling = SamplingName.PSEUDO,
    asset: ToldIn = None,
    output: Output = None,
    json: Json = False,
) -> None:
    """Value over a grid of spots and volatilities."""
    from rfos_lang.cli import ladder as command
    from rfos_lang.driver.pricing import How

    how = How(method.value, paths, seed, sampling=sampling.value)
    request = command.Request(target, tuple(set_ or ()), market, how, asset, output)
    leave_with(json, command.run_ladder, request, spots, volatilities, json)


@app.command()
def scenarios(
    target: Valued,
    file: Annotated[Path, typer.Argument(metavar="SCENARIOS", help="A TOML file of scenarios.")],
    market: Market,
    set_: Set = None,
    method: Method = MethodName.AUTO,
    paths: Paths = 20_000,
    seed: Seed = 1,
    sampling: Sampling = SamplingName.PSEUDO,
    asset: ToldIn = None,
    output: Output = None,
    json: Json = False,
) -> None:
    """Value in markets that are moved as a file says."""
    from rfos_lang.cli import ladder as command
    from rfos_lang.driver.pricing import How

    how = How(method.value, paths, seed, sampling=sampling.value)
    request = command.Request(target, tuple(set_ or ()), market, how, asset, output)
    leave_with(json, command.run_scenarios, request, file, json)


@app.command()
def attribute(
    target: Valued,
    market: Market,
    after: Annotated[Path, typer.Option("--after", help="The market at the later date (TOML).")],
    set_: Set = None,
    method: Method = MethodName.AUTO,
    paths: Paths = 20_000,
    seed: Seed = 1,
    sampling: Sampling = SamplingName.PSEUDO,
    asset: ToldIn = None,
    json: Json = False,
) -> None:
    """Tell where a gain came from, Greek by Greek."""
    from rfos_lang.cli import attribution as command
    from rfos_lang.driver.pricing import How

    how = How(method.value, paths, seed, sampling=sampling.value)
    request = command.Request(target, tuple(set_ or ()), market, after, how, asset)
    leave_with(json, command.run, request, json)


@app.command()
def calibrate(
    chain: Annotated[
        Path,
        typer.Argument(help="A CSV file of listed options, or quotes of rates and credit (TOML)."),
    ],
    model: Annotated[
        ModelName, typer.Option("--model", help="A smile for each expiry, or one model for all.")
    ] = ModelName.SVI,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The market file to write (TOML).")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw the fit: a .png or .svg file.")
    ] = None,
    beta: Annotated[
        float, typer.Option("--beta", help="SABR's power of the forward, 0 to 1.", min=0, max=1)
    ] = 1.0,
    json: Json = False,
) -> None:
    """Fit a model to options, or curves to quotes."""
    from rfos_lang.cli import calibrate as command

    leave_with(json, command.run, command.Request(chain, model.value, beta, output, plot), json)


@app.command()
def payoff(
    target: Target,
    set_: Set = None,
    market: Annotated[
        Path | None,
        typer.Option("--market", "-m", help="Draws today's value too, and centres the picture."),
    ] = None,
    start: Start = None,
    asset: Annotated[
        str | None, typer.Option("--asset", help="Whose price moves, if there are several.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A .png or .svg file.")
    ] = None,
    low: Annotated[float | None, typer.Option("--from", help="Lowest price drawn.")] = None,
    high: Annotated[float | None, typer.Option("--to", help="Highest price drawn.")] = None,
    json: Json = False,
) -> None:
    """Draw what a contract pays against the price of its asset."""
    from rfos_lang.cli import payoff as command

    request = command.Request(target, tuple(set_ or ()), market, start, asset, output, low, high)
    leave_with(json, command.run, request, json)


@app.command()
def margin(
    policy: Annotated[str, typer.Argument(metavar="FILE:POLICY", help="A `margin` of a file.")],
    portfolio: Annotated[Path, typer.Argument(help="A TOML file of positions.")],
    market: Market,
    paths: Annotated[
        int, typer.Option("--paths", min=2, max=100_000_000, help="Of a simulation.")
    ] = 20_000,
    json: Json = False,
) -> None:
    """Margin a portfolio under a policy: worst loss, initial."""
    from rfos_lang.cli import margin as command
    from rfos_lang.driver.pricing import How

    request = command.Request(policy, portfolio, market, How(paths=paths))
    leave_with(json, command.run, request, json)


@app.command()
def compile(
    target: Target,
    output: Annotated[Path, typer.Option("--output", "-o", help="The .wasm file to write.")],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE", help="A list fixes its length."),
    ] = None,
    json: Json = False,
) -> None:
    """Compile a contract definition to its WebAssembly artefact."""
    from rfos_lang.cli import compile as command

    leave_with(json, command.run, target, output, tuple(set_ or ()), json)


@app.command()
def inspect(
    artefact: Annotated[Path, typer.Argument(help="A compiled .wasm file.")], json: Json = False
) -> None:
    """Show what an artefact says of itself."""
    from rfos_lang.cli import inspect as command

    leave_with(json, command.run, artefact, json)


app.registered_commands += kernel_commands.registered_commands
app.add_typer(journals, name="journal")


@app.command()
def explain(
    code: Annotated[
        str | None, typer.Argument(help="A code such as E0203; none lists all.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Explain every code.")] = False,
    json: Json = False,
) -> None:
    """Explain an error code."""
    from rfos_lang.cli import explain as command

    leave_with(json, command.run, code, all_, json)


def main() -> None:
    """The console script."""
    # Loading modules makes no garbage; looking for it would cost a tenth of `check`.
    gc.set_threshold(100_000)
    _leave_only(*sys.argv[1:2])
    app()


def _leave_only(*words: str) -> None:
    """Of all commands leaves the one that is asked for: reading the options of each costs time."""
    asked = [each for each in app.registered_commands if _word(each) in words]
    if asked:
        app.registered_commands, app.registered_groups = asked, []


def _word(command: CommandInfo) -> str:
    assert command.callback is not None
    return command.name or command.callback.__name__
