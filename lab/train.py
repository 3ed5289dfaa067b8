"""The training loop: steps, checkpoints, telemetry, and an end that says why.

Everything that a run shows goes into its event file as it happens; the figures are made
from there when the steps are done.
"""

import gc
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from torch import nn

from costmodel.messages import Message
from lab import checkpoint, distributed, stopping
from lab.clock import clock_for
from lab.config import LabConfig
from lab.crowd import Crowd, CrowdedError
from lab.events import Events
from lab.optimise import Optimiser, learning_rate
from lab.runs import RunState, StepRecord
from lab.task import Setting, Task

#: The loss on held-out data is taken about this often over a run.
_EVALUATIONS: Final = 10
#: Of a run of so many minutes, looks at held-out data take about this share at most.
_MOST_LOOKING: Final = 0.1
_LOOK_EVERY_S: Final = 0.2


class DivergedError(Exception):
    """The loss or a weight is no longer a number."""

    def __init__(self, step: int) -> None:
        self.step = step
        super().__init__(f"step {step}")


@dataclass(slots=True)
class Progress:
    """How far a run has come; what a checkpoint stores beside the tensors."""

    step: int = 0
    elapsed_s: float = 0.0
    steps: list[StepRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the steps ended: ``done``, ``stopped`` or ``failed`` and why."""

    state: RunState
    why: Message | None
    progress: Progress


class StopFlag:
    """Whether the run was asked to stop: by a signal or by the file ``stop``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_set(self) -> bool:
        """Look at both."""
        return stopping.signalled() or stopping.requested(self._folder)


class Loop:
    """The steps of one run, from the last checkpoint or from the start."""

    def __init__(self, task: Task, *, folder: Path, events: Events | None, stop: StopFlag) -> None:
        self.task = task
        self.config: LabConfig = task.config
        self.setting: Setting = task.setting
        self.folder = folder
        self.events = events
        self.stop = stop
        self.optimisers: Sequence[Optimiser] = task.optimisers()
        self.net: nn.Module = distributed.wrapped(task, compiled(task))
        self.progress = Progress()
        self.after_step: Callable[[], object] = lambda: None
        self.crowd: Crowd | None = None
        self._saved_at = time.monotonic()
        self._stop_seen = False
        self._looked_at = -math.inf
        self._rates: deque[float] = deque()  # of the steps in flight

    def resume(self, path: Path) -> None:
        """Go on from the checkpoint at ``path``."""
        place = checkpoint.restore(path, net=self.task.net, optimisers=self.optimisers)
        self.progress.step = place.step
        self.progress.elapsed_s = place.elapsed_s
        if self.events is not None:
            self.events.forget_after(place.step, t_s=place.elapsed_s)
            self.progress.steps = self.events.steps()
            self.events.put("resumed", t_s=self.progress.elapsed_s, step=self.progress.step)

    def run(self) -> Outcome:
        """Take steps until the budget is used, a stop is asked for, or the loss diverges.

        Raises ``CrowdedError``, with all saved, where the watch ``crowd`` finds a crowd.
        """
        self.net.train()
        gc.collect()
        gc.freeze()  # a collection in the middle of a step would look like a slow step
        try:
            if self.progress.step == 0:
                # What a run that diverges early falls back to; and a disk too small shows now.
                self._save()
            state, why = self._steps()
        except DivergedError as error:
            state, why = "failed", self._diverged(error.step)
        finally:
            gc.unfreeze()
        return Outcome(state=state, why=why, progress=self.progress)

    def _diverged(self, step: int) -> Message:
        kept = checkpoint.latest(self.folder)
        if kept is None:
            return Message(
                "The loss was no longer a number at step {step}. Lower the learning rate, warm up "
                "longer, or clip the gradient.",
                {"step": step},
            )
        return Message(
            "The loss was no longer a number at step {step}; the checkpoint of step {kept} "
            "is kept. Lower the learning rate, warm up longer, or clip the gradient.",
            {"step": step, "kept": int(kept.name.rpartition("-")[2])},
        )

    def _steps(self) -> tuple[RunState, Message | None]:
        config, progress = self.config, self.progress
        clock = clock_for(self.setting.device)
        evaluate_at = self._next_evaluation(self._share_done(progress.step, progress.elapsed_s))
        queued = progress.step
        began = time.monotonic() - progress.elapsed_s
        clock.start()
        while True:
            elapsed_s = time.monotonic() - began
            done = self._share_done(queued, elapsed_s)
            if done >= 1:
                break
            if self._asked_to_stop():
                self._record(clock.finished(wait=True), began)
                self._save()
                return "stopped", Message("Stopped on request; it can go on from here.")
            rate = learning_rate(config, step=queued, progress=done)
            self._rates.append(rate)
            loss = self.task.update(self.net, self.optimisers, queued, rate)
            loss = distributed.mean(loss, self.setting)
            queued += 1
            self.after_step()
            clock.end(loss)
            self._record(clock.finished(), began)
            if self.crowd is not None and self.crowd.is_here():
                self._save()
                raise CrowdedError(self.crowd.taken)
            due = self._checkpoint_due(queued)
            evaluate = self._evaluation_due(queued, done >= evaluate_at)
            if due or evaluate:
                self._record(clock.finished(wait=True), began)
                if due:
                    self._save()
                if evaluate:
                    looked_at = time.monotonic()
                    self._evaluate()
                    evaluate_at = self._next_evaluation(done, time.monotonic() - looked_at)
                clock.start()
        self._record(clock.finished(wait=True), began)
        self._save()
        return "done", None

    def _share_done(self, step: int, elapsed_s: float) -> float:
        shares = [0.0]
        if self.config.steps is not None:
            shares.append(step / self.config.steps)
        if self.config.minutes is not None:
            shares.append(elapsed_s / (60 * self.config.minutes))
        return distributed.agreed(min(max(shares), 1.0), self.setting)

    def _asked_to_stop(self) -> bool:
        if self.events is not None:
            self.events.commit_when_due()
        # The file is looked for several times a second, not at each of a thousand steps.
        now = time.monotonic()
        if stopping.signalled() or now - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = now
            self._stop_seen = self.stop.is_set()
        return bool(distributed.agreed(float(self._stop_seen), self.setting))

    def _record(self, finished: list[tuple[float, float]], began: float) -> None:
        """Note steps that have ended; raises ``DivergedError`` at the first without a loss."""
        progress = self.progress
        items = self.task.items_per_batch * self.config.accumulate * self.setting.world
        for step_s, loss in finished:
            progress.step += 1
            progress.elapsed_s = time.monotonic() - began
            if not math.isfinite(loss):
                raise DivergedError(progress.step)
            record = StepRecord(
                step=progress.step,
                t_s=progress.elapsed_s,
                loss=loss,
                learning_rate=self._rates.popleft(),
                step_s=step_s,
                items=items,
            )
            progress.steps.append(record)
            if self.events is not None:
                self.events.put_step(record)

    def _checkpoint_due(self, step: int) -> bool:
        every = self.config.checkpoint_every_steps
        if every is not None:
            return step % every == 0
        late = time.monotonic() - self._saved_at >= self.config.checkpoint_every_s
        return bool(distributed.agreed(float(late), self.setting))

    def _save(self) -> None:
        """Write a checkpoint, unless a weight is no longer a number."""
        finite = torch.stack([p.detach().isfinite().all() for p in self.task.net.parameters()])
        if not bool(finite.all()):
            raise DivergedError(self.progress.step)
        self._saved_at = time.monotonic()
        if self.setting.rank != 0:
            return
        if self.events is not None:
            # First: a run killed in between may forget steps, but never miss some.
            self.events.commit()
        if not self.config.keep_weights:
            return
        try:
            checkpoint.save(
                self.folder,
                step=self.progress.step,
                elapsed_s=self.progress.elapsed_s,
                net=self.task.net,
                optimisers=self.optimisers,
            )
        except (OSError, SafetensorError) as error:
            raise DiskError(str(getattr(error, "strerror", None) or error)) from error
        self._note("checkpoint")

    def _next_evaluation(self, done: float, took_s: float = 0.0) -> float:
        """The share of the run at which to look again, after a look of ``took_s``."""
        share = 1 / _EVALUATIONS
        if self.config.minutes is not None:
            share = max(share, took_s / (_MOST_LOOKING * 60 * self.config.minutes))
        return done + share

    def _evaluation_due(self, step: int, is_time: bool) -> bool:
        every = self.config.evaluate_every_steps
        return is_time if every is None else step % every == 0

    def _evaluate(self) -> None:
        if self.setting.rank == 0:
            state = torch.get_rng_state()
            self.net.eval()
            with torch.no_grad():
                self._note("validation", loss=self.task.validation_loss())
                shown = self.task.sample()
            if shown is not None:
                self._note("sample", **shown)
            self.net.train()
            torch.set_rng_state(state)

    def _note(self, kind: str, **payload: Any) -> None:
        if self.events is not None:
            t_s, step = self.progress.elapsed_s, self.progress.step
            self.events.put(kind, t_s=t_s, step=step, **payload)


class DiskError(Exception):
    """A checkpoint could not be written."""


def compiled(task: Task) -> nn.Module:
    """The net, compiled where the config asks for it."""
    if not task.config.compile:
        return task.net
    return torch.compile(task.net)  # type: ignore[return-value]
