"""Editors as they are, run on a script without a screen."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rfos_lang.editing.generate import EDITORS


def answered(
    command: Callable[[Path], list[str]],
    script: str,
    files: Mapping[str, str],
    words: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> Any:
    """What an editor writes to `@ANSWERS@`, as JSON, when it runs a script.

    Names between two @ stand for `words`, for the paths of `files` - `text.rfos`, of which the text
    is given, is `@TEXT@` -, for the `@FOLDER@` that these lie in, and for the `@EDITORS@` of the
    project. `command` runs a script that lies at a path, for so many `seconds` at most."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        answers, at = folder / "answers", folder / "script"
        known = {"EDITORS": str(EDITORS), "FOLDER": name, "ANSWERS": str(answers), **(words or {})}
        for each, text in files.items():
            path = folder / each
            path.write_text(text, encoding="utf-8")
            known[path.stem.upper()] = str(path)
        for each, meaning in known.items():
            script = script.replace(f"@{each}@", meaning)
        at.write_text(script, encoding="utf-8")
        done = subprocess.run(
            command(at), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds
        )
        assert answers.exists(), done.stdout + done.stderr
        return json.loads(answers.read_text(encoding="utf-8"))
