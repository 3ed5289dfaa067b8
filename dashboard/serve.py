"""Starts the web app in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

APP: Final = Path(__file__).with_name("app.py")


def serve(*, port: int, address: str = "localhost") -> int:
    """Serve the app until it is stopped; returns the server's exit status.

    The server reads its settings from ``.streamlit/config.toml`` beside the app, wherever
    the command was started.
    """
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(APP),
        f"--server.port={port}",
        f"--server.address={address}",
    ]
    environment = dict(os.environ)
    process = subprocess.Popen(command, cwd=APP.parent, env=environment)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        return 0
