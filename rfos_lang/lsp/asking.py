"""Questions that take long, each in a process of its own: with a deadline, and ended when nobody
waits for the answer any more."""

import asyncio
import json
import sys
from typing import Any

from rfos_lang.editing.lenses import OF_CONTRACT, TEST

DEADLINE = 120.0
"""Seconds after which a question is given up."""

COMMANDS = (*OF_CONTRACT, TEST)


async def answer_to(question: dict[str, Any], deadline: float = DEADLINE) -> dict[str, Any]:
    """The answer to a question of `asked`. Whoever cancels this ends the process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rfos_lang.lsp.asked"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        talk = process.communicate(json.dumps(question).encode())
        written, _ = await asyncio.wait_for(talk, deadline)
    except TimeoutError:
        return _without(f"no answer within {deadline:g} seconds")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        return _without("the question could not be answered")
    answer: dict[str, Any] = json.loads(written)
    return answer


def _without(reason: str) -> dict[str, Any]:
    return {"ok": False, "diagnostics": [], "text": reason}
