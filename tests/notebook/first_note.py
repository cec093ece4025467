"""The example notebook, run: `python tests/notebook/first_note.py` stores its outputs anew."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.cli.running import ROOT

NOTEBOOK = ROOT / "examples" / "notebooks" / "first_note.ipynb"


def run(path: Path = NOTEBOOK) -> nbformat.NotebookNode:
    """The notebook with what its cells print now."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute(cwd=str(ROOT))
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


if __name__ == "__main__":
    nbformat.write(run(), NOTEBOOK)
