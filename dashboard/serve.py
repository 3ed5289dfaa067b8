"""Starts the web app in the place of this process."""

import os
import sys
from pathlib import Path
from typing import Final, NoReturn

APP: Final = Path(__file__).with_name("app.py")


def serve(*, port: int, address: str = "localhost") -> NoReturn:
    """Become the server of the app, so that every signal reaches it.

    It reads its settings from ``.streamlit/config.toml`` beside the app, wherever the
    command was started; ``-P`` keeps that folder's modules out of the app.
    """
    where = [f"--server.port={port}", f"--server.address={address}"]
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(APP), *where]
    os.execv(sys.executable, command)
