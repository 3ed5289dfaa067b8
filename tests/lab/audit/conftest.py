"""An audit of files made for a test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.audit import job
from lab.events import Events
from lab.jobs import Report


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """Audit files with options, in a job's folder of its own."""
    folder = tmp_path / "job"
    folder.mkdir()
    with Events(folder) as events:

        def run(*files: Path, **options: Any) -> dict[str, Any]:
            request = {"files": [str(file) for file in files], **options}
            return job.work(request, Report(folder, events))

        yield run
