"""`rfos lsp` on a socket, and what it refuses."""

import asyncio
import json
import socket
import subprocess
from typing import Any

import pytest

from tests.lsp.conftest import COMMAND


@pytest.mark.parametrize(
    "words",
    [
        ["--tcp", "nope"],
        ["--ws", "h:x"],
        ["--tcp", "a:1", "--ws", "b:2"],
        ["--stdio", "--ws", "b:2"],
    ],
)
def test_an_address_is_a_host_and_a_port(words: list[str]) -> None:
    done = subprocess.run(
        [*COMMAND, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_editors_may_say_that_they_speak_over_standard_input() -> None:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}
    body = json.dumps(asked)
    done = subprocess.run(
        [*COMMAND, "--stdio"],
        input=f"Content-Length: {len(body)}\r\n\r\n{body}",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert '"positionEncoding":"utf-16"' in done.stdout.replace(" ", ""), done.stderr


@pytest.mark.parametrize("wire", ["--tcp", "--ws"])
def test_it_serves_on_sockets(wire: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = subprocess.Popen([*COMMAND, wire, f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
    try:
        answer = asyncio.run(asyncio.wait_for(_begun(wire, port), 60))
    finally:
        serving.kill()
        serving.wait()
    offered = answer["result"]["capabilities"]
    assert offered["positionEncoding"] == "utf-16"
    assert "rfos.price" in offered["executeCommandProvider"]["commands"]


async def _begun(wire: str, port: int) -> dict[str, Any]:
    """What the server says of itself, once it is there."""
    params = {
        "processId": None,
        "rootUri": None,
        "capabilities": {"general": {"positionEncodings": ["utf-8"]}},
    }
    asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    while True:
        try:
            return await (_over_tcp if wire == "--tcp" else _over_ws)(port, asked)
        except OSError:
            await asyncio.sleep(0.1)


async def _over_tcp(port: int, asked: str) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"Content-Length: {len(asked)}\r\n\r\n{asked}".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.split(b"Content-Length:")[1].split(b"\r\n")[0])
    return json.loads(await reader.readexactly(length))


async def _over_ws(port: int, asked: str) -> dict[str, Any]:
    from websockets.asyncio.client import connect

    async with connect(f"ws://127.0.0.1:{port}") as wire:
        await wire.send(asked)
        return json.loads(await wire.recv())
