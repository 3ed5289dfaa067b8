"""Training inside an experiment: the lab's own loop, without a run's folder."""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from costmodel.messages import Message
from lab import config as configs
from lab.config import LabConfig
from lab.jobs import Report, StoppedError
from lab.runs import StepRecord
from lab.task import Setting, Task
from lab.train import Loop, StopFlag

#: Never by itself: experiments look at held-out data when they choose to.
_NEVER = 10**9


class DivergedError(Exception):
    """The loss was no longer a number."""


def config(workload: str, options: Mapping[str, Any]) -> LabConfig:
    """A run's config that writes nothing and looks at held-out data at no step."""
    return configs.make(
        workload,
        {
            "device": "cpu",
            "precision": "fp32",
            "keep_weights": False,
            "evaluate_every_steps": _NEVER,
            "checkpoint_every_steps": _NEVER,
            **options,
        },
    )


def setting() -> Setting:
    """The CPU in fp32: experiments compare, and compare on what every machine has."""
    return Setting(device=torch.device("cpu"), precision="fp32")


def train(
    task: Task,
    report: Report,
    doing: Message,
    *,
    shares: tuple[float, float],
    after_step: Callable[[], object] | None = None,
) -> list[StepRecord]:
    """Take the steps of the task's config; its last words say how far it is.

    ``shares`` are the shares of the whole experiment done before and after. Raises
    ``StoppedError`` where the job is asked to stop, ``DivergedError`` for a loss that is no
    number.
    """
    loop = Loop(task, folder=report.folder, events=None, stop=StopFlag(report.folder))
    n_steps = task.config.steps or 1
    first, last = shares

    def stepped() -> None:
        if after_step is not None:
            after_step()
        done = min(1.0, (len(loop.progress.steps) + 1) / n_steps)
        report.say_sometimes(doing, first + done * (last - first))

    loop.after_step = stepped
    report.say(doing, first)
    outcome = loop.run()
    if outcome.state == "stopped":
        raise StoppedError
    if outcome.state == "failed":
        raise DivergedError
    return outcome.progress.steps
