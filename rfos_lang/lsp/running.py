"""A server on a wire."""

import logging
import sys

from rfos_lang.lsp.server import made


def serve(tcp: tuple[str, int] | None, ws: tuple[str, int] | None) -> None:
    """Serves on standard input and output, or on a socket; until the editor ends it."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    server = made()
    if ws is not None:
        server.start_ws(*ws)
    elif tcp is not None:
        server.start_tcp(*tcp)
    else:
        server.start_io()
