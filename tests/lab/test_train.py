"""The loop from the first step to an end that says why, in this process."""

import contextlib
import math
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from lab import checkpoint
from lab import config as configs
from lab.config import LabConfig
from lab.events import Events
from lab.models import pictures
from lab.runs import StepRecord
from lab.train import Loop, Outcome, StopFlag, compiled
from tests.lab.small import CPU, Line, linear


def looped(
    folder: Path, config: LabConfig, *, resume: bool = False, **of_task: Any
) -> tuple[Outcome, Line]:
    folder.mkdir(exist_ok=True)
    with Events(folder) as events:
        task = Line(config, **of_task)
        loop = Loop(task, folder=folder, events=events, stop=StopFlag(folder))
        kept = checkpoint.latest(folder)
        if resume and kept is not None:
            loop.resume(kept)
        return loop.run(), task


def losses(folder: Path) -> list[tuple[int, float, float]]:
    with Events(folder, writable=False) as events:
        return [(s.step, s.loss, s.learning_rate) for s in events.steps()]


def test_a_run_takes_its_steps_and_tells_each(tmp_path: Path) -> None:
    config = linear(steps=12, schedule="linear", accumulate=2)
    outcome, _ = looped(tmp_path, config)
    assert (outcome.state, outcome.why, outcome.progress.step) == ("done", None, 12)
    with Events(tmp_path, writable=False) as events:
        steps = events.steps()
    assert steps == outcome.progress.steps
    assert [s.step for s in steps] == list(range(1, 13))
    assert {s.items for s in steps} == {8}  # both micro-batches of four
    assert [s.learning_rate for s in steps] == pytest.approx(
        [0.1 * (1 - 0.9 * n / 12) for n in range(12)]
    )
    assert all(a.t_s <= b.t_s for a, b in pairwise(steps))
    assert steps[-1].loss < steps[0].loss


def test_a_budget_of_minutes_ends_the_run(tmp_path: Path) -> None:
    outcome, _ = looped(tmp_path, linear(steps=None, minutes=0.2 / 60, learning_rate=0.01))
    assert outcome.state == "done"
    assert outcome.progress.elapsed_s == pytest.approx(0.2, abs=0.15)
    assert outcome.progress.step > 20


def test_a_broken_off_run_goes_on_to_the_same_end(tmp_path: Path) -> None:
    config = linear(steps=30, optimizer="adamw", schedule="cosine", checkpoint_every_steps=7)
    whole, task = looped(tmp_path / "whole", config)

    class Killed(BaseException):
        pass

    broken = tmp_path / "broken"
    for at in (3, 18, 26):
        broken.mkdir(exist_ok=True)
        with Events(broken) as events:
            loop = Loop(Line(config), folder=broken, events=events, stop=StopFlag(broken))
            kept = checkpoint.latest(broken)
            if kept is not None:
                loop.resume(kept)

            def kill(loop: Loop = loop, at: int = at) -> None:
                if loop.progress.step >= at:
                    raise Killed

            loop.after_step = kill
            with pytest.raises(Killed):
                loop.run()
    resumed, again = looped(broken, config, resume=True)
    assert losses(broken) == losses(tmp_path / "whole")
    assert resumed.progress.step == whole.progress.step
    for a, b in zip(task.net.parameters(), again.net.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("workload", "options"), [("gan", {}), ("lstm", {"n_layers": 2}), ("mlp", {"augment": True})]
)
def test_workloads_with_more_than_weights_go_on_exactly_too(
    tmp_path: Path, workload: str, options: dict[str, Any]
) -> None:
    """Two optimisers and batch statistics, dropout inside a layer, shuffles and shifts."""
    small = {"steps": 9, "device": "cpu", "checkpoint_every_steps": 4, "d_model": 16}
    config = configs.make(workload, {**small, **options})
    torch.set_num_threads(1)
    ends = []
    state: dict[str, torch.Tensor] = {}
    for folder, stops in ((tmp_path / "whole", ()), (tmp_path / "broken", (6,))):
        folder.mkdir()
        for stop_at in (*stops, None):
            torch.manual_seed(config.seed)
            task = config.info.make(config, CPU)
            with Events(folder) as events:
                loop = Loop(task, folder=folder, events=events, stop=StopFlag(folder))
                kept = checkpoint.latest(folder)
                if kept is not None:
                    loop.resume(kept)

                def kill(loop: Loop = loop, at: int | None = stop_at) -> None:
                    if loop.progress.step == at:
                        raise KeyboardInterrupt

                loop.after_step = kill
                with contextlib.suppress(KeyboardInterrupt):
                    loop.run()
            state = task.net.state_dict()
        ends.append((losses(folder), state))
    assert len(ends[0][0]) == 9
    assert ends[0][0] == ends[1][0]
    for name, value in ends[0][1].items():
        assert torch.equal(value, ends[1][1][name]), name


def test_a_look_at_held_out_data_changes_nothing_of_the_training(tmp_path: Path) -> None:
    class Dropping(Line):
        def __init__(self, config: LabConfig) -> None:
            super().__init__(config)
            self.model = nn.Sequential(nn.Dropout(0.5), self.model)
            self.net.layer = self.model

    found = []
    for every in (1, 15, None):
        folder = tmp_path / str(every)
        folder.mkdir()
        with Events(folder) as events:
            task = Dropping(linear(steps=40, evaluate_every_steps=every))
            Loop(task, folder=folder, events=events, stop=StopFlag(folder)).run()
            events.commit()
            n_looks = len(events.events("validation"))
        found.append((losses(folder), n_looks))
    assert found[0][0] == found[1][0] == found[2][0]
    assert [n_looks for _, n_looks in found[:2]] == [40, 2]
    assert 7 <= found[2][1] <= 10  # about ten looks by themselves


def test_looks_that_take_long_are_rare(tmp_path: Path) -> None:
    class Slow(Line):
        def validation_loss(self) -> float:
            time.sleep(0.25)
            return super().validation_loss()

    with Events(tmp_path) as events:
        task = Slow(linear(steps=None, minutes=0.05))
        Loop(task, folder=tmp_path, events=events, stop=StopFlag(tmp_path)).run()
        events.commit()
        looks = events.events("validation")
    assert 1 <= len(looks) <= 2  # a quarter of a second each, in a run of three


def test_a_stop_saves_the_run_and_it_goes_on_from_there(tmp_path: Path) -> None:
    config = linear(steps=100_000)
    tmp_path.joinpath("stop").touch()  # asked for before the first step, while torch is imported
    outcome, _ = looped(tmp_path, config)
    assert outcome.state == "stopped"
    assert "go on from here" in str(outcome.why)
    kept = checkpoint.latest(tmp_path)
    assert kept is not None
    assert int(kept.name[-9:]) == outcome.progress.step < 100_000


@pytest.mark.parametrize(("broken_at", "kept"), [(0, 0), (4, 3), (9, 9)])
def test_a_loss_that_is_no_number_stops_the_run_at_the_last_good_state(
    tmp_path: Path, broken_at: int, kept: int
) -> None:
    config = linear(steps=30, checkpoint_every_steps=3)
    outcome, _ = looped(tmp_path, config, broken_at=broken_at)
    assert outcome.state == "failed"
    assert f"at step {broken_at + 1}; the checkpoint of step {kept} is kept" in str(outcome.why)
    assert len(losses(tmp_path)) == broken_at
    path = checkpoint.latest(tmp_path)
    assert path is not None
    assert int(path.name[-9:]) == kept
    weights = load_file(path / "net.safetensors")
    assert all(bool(w.isfinite().all()) for w in weights.values())


def test_weights_that_are_no_numbers_are_never_saved(tmp_path: Path) -> None:
    class Poisoned(Line):
        def update(self, *args: Any) -> torch.Tensor:
            loss = super().update(*args)
            with torch.no_grad():
                next(self.net.parameters())[0, 0] = math.inf
            return loss

    with Events(tmp_path) as events:
        task = Poisoned(linear(steps=1))
        outcome = Loop(task, folder=tmp_path, events=events, stop=StopFlag(tmp_path)).run()
    assert outcome.state == "failed"
    assert [p.name[-9:] for p in tmp_path.glob("checkpoint-*")] == ["000000000"]


def test_compiling_wraps_the_net_and_leaves_the_task_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch, "compile", nn.Sequential)
    task = Line(linear(compile=True))
    wrapped = compiled(task)
    assert isinstance(wrapped, nn.Sequential)
    assert wrapped[0] is task.net
    plain = Line(linear())
    assert compiled(plain) is plain.net


def test_dropout_is_of_training_alone() -> None:
    dense = pictures.Dense(n_inputs=9, n_classes=3, width=64, n_layers=1, act="relu", dropout=0.5)
    x = torch.ones(1, 1, 3, 3)
    torch.manual_seed(0)
    assert not torch.equal(dense(x), dense(x))
    dense.eval()
    assert torch.equal(dense(x), dense(x))


def test_a_step_record_is_what_the_event_file_gives_back(tmp_path: Path) -> None:
    record = StepRecord(step=1, t_s=0.1, loss=1e-30, learning_rate=1e-9, step_s=1e-6, items=1)
    with Events(tmp_path) as events:
        events.put_step(record)
        events.commit()
        assert events.steps() == [record]
