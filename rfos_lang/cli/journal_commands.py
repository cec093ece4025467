"""`rfos journal`: the commands that look into a journal, with their options."""

from typing import Annotated

import typer

from rfos_lang.cli.arguments import Folder, Json, leave_with

journals = typer.Typer(no_args_is_help=True, help="Check a journal, or look into it.")


@journals.command("verify")
def journal_verify(folder: Folder, json: Json = False) -> None:
    """Check every hash, every state root, and what must hold after every block."""
    from rfos_lang.cli import journal as command

    leave_with(json, command.verify, folder, json)


@journals.command("show")
def journal_show(
    folder: Folder,
    block: Annotated[
        int | None, typer.Option("--block", help="Tell this one in full: commands, events.")
    ] = None,
    json: Json = False,
) -> None:
    """List the blocks of a journal."""
    from rfos_lang.cli import journal as command

    leave_with(json, command.show, folder, block, json)
