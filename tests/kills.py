"""A run killed at random moments, against an unbroken one: ``python -m tests.kills 20``.

Prints a line for each and ends with status 1 where one differs.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

from lab import launch, runs
from lab.config import LabConfig
from lab.events import Events
from tests.lab.small import gpt, text_file

#: How long a test waits for a state that must come.
PATIENCE_S = 120.0
N_STEPS = 600


def config(data: Path) -> LabConfig:
    """A run of about two seconds, with dropout, whose random state must come back too."""
    return gpt(data, steps=N_STEPS, dropout=0.2, checkpoint_every_steps=10)


def until(folder: Path, *states: str) -> runs.LabRun:
    """The run when it has reached one of ``states``."""
    end = time.monotonic() + PATIENCE_S
    while (run := runs.load(folder)).state not in states:
        assert time.monotonic() < end, run
        time.sleep(0.01)
    return run


def until_step(folder: Path, step: int) -> None:
    """Wait until the run has told of a step beyond this one."""
    end = time.monotonic() + PATIENCE_S
    while runs.load(folder).step <= step:
        assert time.monotonic() < end
        time.sleep(0.01)


def kill(process: subprocess.Popen[bytes], after_s: float) -> None:
    """SIGKILL after so many seconds, and wait for the end."""
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()


def history(folder: Path) -> list[tuple[int, float, float]]:
    """(step, loss, learning rate) of every step."""
    with Events(folder, writable=False) as events:
        return [(s.step, s.loss, s.learning_rate) for s in events.steps()]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """The trained model's."""
    return load_file(folder / "model" / "model.safetensors")


def differences(folder: Path, whole: Path) -> list[str]:
    """What of two runs is not equal to the last bit."""
    found = []
    if history(folder) != history(whole):
        found.append("the losses")
    ours, theirs = weights(folder), weights(whole)
    found += [name for name in theirs if not torch.equal(ours[name], theirs[name])]
    return found


def main(n: int) -> int:
    """Kill ``n`` runs, each up to three times; the exit status."""
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        os.environ["ASSAY_RUNS"] = name
        asked = config(text_file(Path(name)))
        whole = runs.create(asked)
        launch.spawn(whole, asked).wait()
        for number in range(n):
            rng = random.Random(number)
            folder = runs.create(asked)
            process = launch.spawn(folder, asked)
            at = []
            for _ in range(rng.randint(1, 3)):
                if rng.random() < 0.8:
                    until(folder, "running", "evaluating", "done")
                kill(process, rng.uniform(0.0, 2.0))
                run = runs.load(folder)
                at.append(f"{run.state} at {run.step}")
                if run.state == "done":
                    break
                process = launch.resume(folder)
            process.wait()
            wrong = differences(folder, whole)
            failed += bool(wrong)
            said = f"differs in {', '.join(wrong)}" if wrong else "equal to the unbroken run"
            print(f"{number + 1:3}  {said}   killed: {'; '.join(at)}", flush=True)
    print(f"{n - failed} of {n} equal")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
