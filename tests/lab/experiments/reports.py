"""A report whose folder is a job's, for experiments that run inside the test."""

import contextlib
from collections.abc import Iterator
from typing import Any

from lab import jobs
from lab.events import Events
from lab.jobs import Report


@contextlib.contextmanager
def reporting(name: str, options: dict[str, Any] | None = None) -> Iterator[Report]:
    """A report of a job that nobody else works on."""
    folder = jobs.create("experiment", {"name": name, "options": options or {}}, name=name)
    with Events(folder) as events:
        yield Report(folder, events)
