"""The work of a job of kind ``experiment``."""

import importlib
import os
from collections.abc import Mapping
from typing import Any, Final

from costmodel.messages import InputError, Message
from lab.experiments import registry
from lab.jobs import Report
from lab.telemetry.host import ContentionMeter

#: Turns of the waiting loop of GNU OpenMP before a thread sleeps, as ``lab.crowd`` has it:
#: threads that spin would hold up a run on a machine that others use too.
_FEW_TURNS: Final = "1000"


def work(request: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Run ``request["name"]`` with ``request["options"]``; what it found.

    Raises ``InputError`` for an unknown experiment or option.
    """
    experiment = registry.find(request.get("name", ""))
    given = request.get("options") or {}
    if not isinstance(given, Mapping):
        raise InputError("options", "write the options as names with values")
    options = experiment.read(given)
    report.say(Message("Preparing"), 0.0)
    os.environ.setdefault("GOMP_SPINCOUNT", _FEW_TURNS)  # read when torch is loaded
    module = importlib.import_module(f"lab.experiments.{experiment.name}")
    outcome = importlib.import_module("lab.experiments.outcome")
    meter = ContentionMeter()
    result: dict[str, Any] = module.run(options, report)
    result.setdefault("machine", outcome.machine(meter, report))
    return result
