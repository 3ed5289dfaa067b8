"""One of two processes that train together; ``test_distributed`` starts both.

Writes what it ended with as JSON: the weights, the losses, and how the run ended.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch

from lab import distributed
from lab.config import LabConfig
from lab.events import Events
from lab.task import Batch, Setting
from lab.train import Loop, StopFlag
from tests.lab.small import Line, linear


class Part(Line):
    """Each rank takes its own rows of what one process would take alone."""

    def __init__(self, config: LabConfig, setting: Setting, *, broken_at: int | None) -> None:
        super().__init__(config, broken_at=broken_at)
        self.setting = setting

    def batch(self, index: int) -> Batch:
        return super().batch(index * self.setting.world + self.setting.rank)


def ended(folder: Path, config: LabConfig, setting: Setting, **of_task: Any) -> dict[str, Any]:
    """One run of the loop on this rank; only the first has events."""
    folder.mkdir(exist_ok=True)
    events = Events(folder) if setting.rank == 0 else None
    task = Part(config, setting, **of_task)
    if setting.rank == 1:
        with torch.no_grad():  # the first rank's weights are the ones that count
            next(task.net.parameters()).zero_()
    outcome = Loop(task, folder=folder, events=events, stop=StopFlag(folder)).run()
    if events is not None:
        events.close()
    return {
        "state": outcome.state,
        "step": outcome.progress.step,
        "losses": [s.loss for s in outcome.progress.steps],
        "items": sum(s.items for s in outcome.progress.steps),
        "weights": torch.cat([p.detach().flatten() for p in task.net.parameters()]).tolist(),
    }


def main(folder: Path) -> None:
    """Train well, then with a batch on the second rank that is no number."""
    rank, world, _ = distributed.place()
    device = torch.device("cpu")
    torch.set_num_threads(1)
    distributed.join(device)
    setting = Setting(device=device, precision="fp32", rank=rank, world=world)
    config = linear(steps=12, accumulate=2, clip_norm=0.5, l2=0.01, optimizer="adamw")
    found = {
        "good": ended(folder / "good", config, setting, broken_at=None),
        "broken": ended(folder / "broken", config, setting, broken_at=9 if rank else None),
    }
    distributed.leave()
    (folder / f"{rank}.json").write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
