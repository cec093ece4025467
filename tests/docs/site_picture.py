"""The site of the docs as it is built, and the picture of one of its pages on the first page.

`python -m tests.docs.site_picture` takes it anew; it needs Chromium, `CHROMIUM` or the system's.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from threading import Thread

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "zensical.toml"
PICTURE = ROOT / "docs/site.png"
PAGE = "guide/margining-a-note"
WIDTH, HEIGHT = 1280, 900
SCRIPTS_MILLISECONDS = 5_000
"""So long the page's scripts run, by the browser's own clock, before it is taken."""


def built(folder: Path) -> Path:
    """Builds the site in a folder and returns where it lies; no link may lead nowhere."""
    copytree(ROOT / "docs", folder / "docs")
    (folder / CONFIGURATION.name).write_bytes(CONFIGURATION.read_bytes())
    command = (sys.executable, "-m", "zensical", "build", "--strict")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def taken(folder: Path) -> bytes:
    """The page as a browser shows it, as PNG. `folder`: an empty one to work in."""
    with _served(built(folder)) as address:
        picture = folder / PICTURE.name
        command = (
            os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            f"--user-data-dir={folder / 'browser'}",
            f"--window-size={WIDTH},{HEIGHT}",
            f"--virtual-time-budget={SCRIPTS_MILLISECONDS}",
            f"--screenshot={picture}",
            f"{address}/{PAGE}/",
        )
        subprocess.run(command, capture_output=True, check=True)
        return picture.read_bytes()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def _served(site: Path) -> Iterator[str]:
    """The address of a site while it is served to this machine alone."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        PICTURE.write_bytes(taken(Path(name)))
