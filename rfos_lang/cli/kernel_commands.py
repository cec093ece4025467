"""The commands that run, replay and simulate the kernel, and prove what it owes: their options."""

import os
from pathlib import Path
from typing import Annotated

import typer

from rfos_lang.cli.arguments import (
    Folder,
    Journal,
    Json,
    KernelName,
    Secret,
    SimulatedKernels,
    leave_with,
)

kernel_commands = typer.Typer()


@kernel_commands.command()
def run(
    scenario: Annotated[Path, typer.Argument(help="A scenario file (TOML).")],
    journal: Journal = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw it: .png or .svg.")
    ] = None,
    kernel: Annotated[
        KernelName,
        typer.Option("--kernel", help="Which carries it out; both write the same journal."),
    ] = KernelName.FAST,
    snapshot_every: Annotated[
        int,
        typer.Option(
            "--snapshot-every",
            metavar="BLOCKS",
            min=0,
            help="Keep an image of the world in the journal's folder so often; 0: never use one.",
        ),
    ] = 1_000,
    json: Json = False,
) -> None:
    """Run a scenario on the kernel: trade, margin, settle."""
    from rfos_lang.cli import run as command

    wish = command.Wish(journal, plot, kernel, snapshot_every, json)
    leave_with(json, command.run, scenario, wish)


@kernel_commands.command()
def simulate(
    seed: Annotated[
        int, typer.Option("--seed", help="The first world; one seed is one world.")
    ] = 1,
    worlds: Annotated[int, typer.Option("--worlds", min=1, help="How many, seed by seed.")] = 1,
    commands: Annotated[int, typer.Option("--commands", min=1, help="In each world.")] = 1_000,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="Where a world that fails is kept."),
    ] = Path(),
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="On how many cores; all unless it is told."),
    ] = None,
    kernel: Annotated[
        SimulatedKernels,
        typer.Option("--kernel", help="The reference, or both, which must do the same."),
    ] = SimulatedKernels.BOTH,
    json: Json = False,
) -> None:
    """Play worlds in which all goes wrong, and check what holds."""
    from rfos_lang.cli import simulate as command
    from rfos_lang.cli.worlds import Wish

    cores = min(jobs or os.cpu_count() or 1, worlds)
    is_compared = kernel is SimulatedKernels.BOTH
    leave_with(json, command.run, Wish(seed, worlds, commands, output, cores, is_compared), json)


@kernel_commands.command()
def replay(
    journal: Folder,
    json: Json = False,
) -> None:
    """Replay a journal, and print the state root."""
    from rfos_lang.cli import replay as command

    leave_with(json, command.run, journal, json)


@kernel_commands.command()
def prove(
    account: Annotated[
        str | None, typer.Argument(metavar="ACCOUNT", help="To whom it is proved.")
    ] = None,
    journal: Annotated[
        Path, typer.Option("--journal", metavar="DIR", help="A journal's folder.")
    ] = ...,  # type: ignore[assignment]
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write; with --all a folder.")
    ] = ...,  # type: ignore[assignment]
    all_: Annotated[bool, typer.Option("--all", help="A proof for each account.")] = False,
    secret: Secret = None,
    json: Json = False,
) -> None:
    """Prove to an account that the ledger owes what it has."""
    from rfos_lang.cli import prove as command

    if (account is None) != all_:
        raise typer.BadParameter("name an account, or give --all")
    leave_with(json, command.run, journal, account, output, secret, json)


@kernel_commands.command("verify-proof")
def verify_proof(
    proof: Annotated[Path, typer.Argument(metavar="FILE", help="A proof made by `prove`.")],
    published: Annotated[
        str | None,
        typer.Option("--published", metavar="HEX", help="The commitment that was published."),
    ] = None,
    json: Json = False,
) -> None:
    """Check a proof, alone or against what was published."""
    from rfos_lang.cli import prove as command

    leave_with(json, command.verify, proof, published, json)
