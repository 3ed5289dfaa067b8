"""What commands share that follow work in another process: its signals, and the answer."""

import contextlib
import json
import signal
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from dashboard.language import normalise, use_language
from lab import launch


@contextlib.contextmanager
def signals_stop(folder: Path) -> Iterator[None]:
    """While entered, Ctrl-C and SIGTERM ask the work in ``folder`` to stop; again kills it."""
    asked = 0

    def on_signal(kind: int, frame: types.FrameType | None) -> None:
        nonlocal asked
        asked += 1
        launch.stop(folder, now=asked > 1)

    before = {kind: signal.signal(kind, on_signal) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def speak(lang: str) -> None:
    """Take the language that was asked for, if any."""
    if lang:
        use_language(normalise(lang))


def print_answer(answer: Mapping[str, Any] | str) -> None:
    """A text, or one JSON object."""
    if not isinstance(answer, str):
        answer = json.dumps(answer, ensure_ascii=False, allow_nan=False)
    typer.echo(answer)
