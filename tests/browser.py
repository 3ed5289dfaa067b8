"""A real Chromium on a running Assay, and what a page did behind the reader's back."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

ROOT: Final = Path(__file__).parent.parent
#: The installed command.
ASSAY: Final = str(Path(sys.executable).with_name("assay"))

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_START_S: Final = 60.0


def chromium() -> str:
    """The browser to drive, found as the set-up finds it; a failure where there is none."""
    found = subprocess.run([ROOT / ".ci" / "chromium"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr or (
        "no Chromium or Chrome was found; install one, or set ASSAY_CHROMIUM to its path"
    )
    return found.stdout.strip()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, *, health: str = "/_stcore/health") -> Iterator[str]:
    """Run a server from a folder of its own until the block ends; yields its address."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            url = f"http://localhost:{port}"
            _wait_for_health(server, f"{url}{health}", Path(folder) / "log")
            yield url
        finally:
            _stop(server)


@contextmanager
def running_assay() -> Iterator[str]:
    """``assay dashboard`` as a user starts it, through the installed command."""
    port = free_port()
    with running([ASSAY, "dashboard", "--port", str(port)], port) as url:
        yield url


@dataclass  # no slots: Playwright hangs its wrappers on the listener
class Watch:
    """What went wrong in a browser context, one line each."""

    problems: list[str] = field(default_factory=list)

    def context(self, context: BrowserContext) -> None:
        """Listen to every page of ``context``."""
        context.on("page", self._page)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)

    def leave(self, context: BrowserContext) -> None:
        """Listen no more: the next test listens for itself."""
        context.remove_listener("page", self._page)
        context.remove_listener("request", self._request)
        context.remove_listener("requestfailed", self._failed)

    def _page(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("websocket", lambda socket: self._address(socket.url))

    def _console(self, message: ConsoleMessage) -> None:
        # On a deep link Streamlit first looks for its server below the page's own path.
        probing = "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not probing:
            self.problems.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        self._address(request.url)

    def _failed(self, request: Request) -> None:
        # Leaving a page aborts what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed request: {request.url} ({request.failure})")

    def _address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in _LOCAL:
            self.problems.append(f"request to another machine: {url}")


def _wait_for_health(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        assert server.poll() is None, f"the app stopped: {_tail(log)}"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the app did not start in {_START_S:g} s: {_tail(log)}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Ctrl-C to the whole group, as from a terminal; then by force."""
    for kind, wait_s in ((signal.SIGINT, 10), (signal.SIGKILL, 5)):
        try:
            os.killpg(server.pid, kind)
        except ProcessLookupError:
            break
        try:
            server.wait(wait_s)
        except subprocess.TimeoutExpired:
            continue
    server.wait()


def _tail(log: Path) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", log.read_text("utf-8", errors="replace"))[-2000:]
