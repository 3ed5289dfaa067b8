"""Fits everything that is learnt from published figures, and stores it in ``data/``.

The constants of the step-time model with their covariance, the errors on rows left out,
and what published whole runs kept of their best layout's pace.
"""

import json
from pathlib import Path
from typing import Final

from costmodel import facts
from costmodel.hardware import efficiency, fitting, measurements, whole_runs
from costmodel.hardware.constants import fitted

_FILE: Final = "step_time_fit.json"


def store() -> Path:
    """Fit to the rows of ``data/`` and write the fit there; the path written."""
    path = facts.data_dir() / _FILE
    found = fitting.calibrate()
    _write(path, found)
    # Whole runs are timed by the constants just stored.
    shares = efficiency.stored_shares(whole_runs.published())
    found["whole_runs"] = shares["shares"]
    for what in ("reach", "generations"):
        of_classes = found[what]
        assert isinstance(of_classes, dict)
        of_classes[efficiency.WHOLE_RUNS] = shares[what]
    _write(path, found)
    return path


def n_rows() -> int:
    """Published step times that are fitted to."""
    return sum(m.step_s is not None for m in measurements.published())


def _write(path: Path, found: dict[str, object]) -> None:
    path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    fitted.cache_clear()
    efficiency.fastest.cache_clear()
    efficiency.whole_run_shares.cache_clear()
