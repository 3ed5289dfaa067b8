"""A real PostgreSQL server for the tests: private folder, private socket, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.browser import free_port

_WAIT_S: Final = "30"
#: Run as root the server refuses to start; this account comes with Debian's package.
_ACCOUNT: Final = "postgres"


def _programs() -> Path:
    """The folder of ``initdb`` and ``pg_ctl``; the newest where Debian has several."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    assert folders, "no PostgreSQL server was found; install the package postgresql"
    return folders[-1]


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server; yields the address of its databases, to which a name is added."""
    # The path of a socket may have a hundred characters, and pytest's folders have more.
    folder = Path(tempfile.mkdtemp(prefix="assay-pg-", dir="/tmp"))
    as_account: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, _ACCOUNT)
        as_account = ["runuser", "-u", _ACCOUNT, "--"]
    programs, data, port = _programs(), folder / "data", free_port()

    def run(program: str, *arguments: str) -> None:
        command = [*as_account, str(programs / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, f"{program}: {done.stdout[-500:]}{done.stderr[-500:]}"

    try:
        run("initdb", "-D", str(data), "-U", "assay", "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = (
            f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
            "-c max_connections=120"
        )
        log = str(folder / "log")
        run("pg_ctl", "-D", str(data), "-w", "-t", _WAIT_S, "-l", log, "-o", settings, "start")
        try:
            yield f"postgresql://assay@127.0.0.1:{port}/"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
