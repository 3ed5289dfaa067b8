"""Being asked to stop: by a signal at any moment of a run's life, or by the file ``stop``.

Apart from the training loop, so that a signal in the seconds of importing torch is heard too.
"""

import signal
from pathlib import Path
from types import FrameType
from typing import Final

#: Ctrl-C, and what a shell, ``torchrun`` or a container sends to end a process.
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_heard: Final[list[int]] = []


def listen() -> None:
    """From now on a signal asks to stop instead of ending the process; main thread only."""
    for kind in _SIGNALS:
        signal.signal(kind, _on_signal)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def hold() -> None:
    """Keep signals until the next ``listen``, also one in the program that takes this over."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def signalled() -> bool:
    """Whether a signal asked to stop since ``listen``."""
    return bool(_heard)


def request(folder: Path) -> None:
    """Ask the run in ``folder`` to stop, from any process that sees the folder."""
    (folder / "stop").touch()


def requested(folder: Path) -> bool:
    """Whether somebody asked the run in ``folder`` to stop."""
    return (folder / "stop").exists()


def forget(folder: Path) -> None:
    """Drop a request that was meant for an earlier process of the run."""
    (folder / "stop").unlink(missing_ok=True)


def _on_signal(kind: int, frame: FrameType | None) -> None:
    _heard.append(kind)
