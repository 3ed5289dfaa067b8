"""Every test of the lab has runs of its own, and leaves the process as it found it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import stopping


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the runs of this test lie."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("ASSAY_RUNS", str(folder))
    return folder


@pytest.fixture
def signals() -> Iterator[None]:
    """A worker inside this process listens to signals, which are pytest's."""
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    yield
    for kind, handler in before.items():
        signal.signal(kind, handler)
    stopping._heard.clear()
