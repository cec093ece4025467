"""Contracts in a notebook: `%load_ext rfos_lang.notebook`, then `%%rfos` and `%rfos`."""

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext` calls: the magics over one session, and how results of the API look."""
    from rfos_lang.notebook.looks import register
    from rfos_lang.notebook.magics import RfosMagics

    shell.register_magics(RfosMagics(shell))
    register(shell.display_formatter)
