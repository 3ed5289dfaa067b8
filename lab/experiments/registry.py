"""The experiments by name: what each measures, its options and what it cannot see.

Readable without torch; the code of an experiment is imported by the process that runs it.
"""

import difflib
from collections.abc import Mapping
from typing import Final

from costmodel.messages import InputError, shown
from lab.experiments.about import (
    compression,
    data_parallel,
    federated,
    privacy,
    quality,
    scaling_sweep,
)
from lab.experiments.about.common import Column, Experiment

__all__ = ["EXPERIMENTS", "Column", "Experiment", "find"]

EXPERIMENTS: Final[Mapping[str, Experiment]] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (compression, data_parallel, federated, privacy, scaling_sweep, quality)
}


def find(name: object) -> Experiment:
    """The experiment of that name. Raises ``InputError`` with near names."""
    wanted = str(name).replace("-", "_")
    if wanted in EXPERIMENTS:
        return EXPERIMENTS[wanted]
    near = difflib.get_close_matches(wanted, EXPERIMENTS, n=2)
    raise InputError(
        "name",
        "{name} is no experiment; write one of: {known}",
        name=shown(name),
        known=", ".join(near or EXPERIMENTS),
    )
