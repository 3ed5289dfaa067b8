"""Whatever goes wrong in a run's process ends as a sentence: memory, disk, numbers, signals."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import pytest
import torch
from safetensors.torch import load_file

from costmodel.messages import Amount, InputError
from lab import body, checkpoint, memory, runs, stopping, train, worker
from lab.config import LabConfig
from lab.events import Events
from lab.train import DiskError, Loop
from tests.lab.small import gpt, linear, text_file


def worked(config: LabConfig) -> tuple[int, runs.LabRun]:
    """The exit status of a worker in this process, and what the run says."""
    folder = runs.create(config)
    status = worker.main([str(folder)])
    return status, runs.load(folder)


@pytest.mark.usefixtures("signals")
def test_a_run_for_its_figures_alone_leaves_no_weights(tmp_path: Path) -> None:
    config = gpt(text_file(tmp_path), keep_weights=False, checkpoint_every_steps=2)
    status, run = worked(config)
    assert (status, run.state, run.step) == (body.DONE, "done", 20)
    assert run.result is not None
    assert run.result["step_ms"]["p50"] is not None
    assert list(run.folder.rglob("*.safetensors")) == []
    assert (run.folder / "model" / "config.json").is_file()
    shorter = config.model_copy(update={"steps": 8})
    (run.folder / "config.json").write_text(shorter.model_dump_json(), "utf-8")
    assert worker.main([str(run.folder), "--resume"]) == body.DONE
    with Events(run.folder, writable=False) as events:
        assert [step.step for step in events.steps()] == list(range(1, 9))


@pytest.mark.usefixtures("signals")
def test_a_resumed_runs_speed_is_of_the_steps_that_this_process_took(tmp_path: Path) -> None:
    """What slowed the process before, its contention is not known here."""
    config = gpt(text_file(tmp_path), steps=20)
    status, run = worked(config)
    assert status == body.DONE
    longer = config.model_copy(update={"steps": 40})
    (run.folder / "config.json").write_text(longer.model_dump_json(), "utf-8")
    with Events(run.folder) as events:
        events._db.execute("UPDATE steps SET step_s = 100.0")
        events._db.commit()
    assert worker.main([str(run.folder), "--resume"]) == body.DONE
    result = runs.load(run.folder).result
    assert result is not None
    assert (result["steps"], result["items"]) == (40, 40 * 4 * 16)
    assert result["step_ms"]["p95"] < 50_000
    assert result["tokens_per_s"] > 4 * 16 / 50
    assert result["warm_up_steps_dropped"] < 20


def test_a_run_says_that_it_lives_while_it_looks_at_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "_BEAT_EVERY_S", 0.02)
    with Events(tmp_path) as events:
        events.put_meta(beat=0.0)
        with body._beating(events):
            until = time.monotonic() + 10
            while events.meta()["beat"] == 0.0 and time.monotonic() < until:
                time.sleep(0.01)
        assert events.meta()["beat"] == pytest.approx(time.time(), abs=5)


@pytest.mark.usefixtures("signals")
def test_a_learning_rate_beyond_all_reason_ends_in_a_sentence_and_a_model(
    tmp_path: Path,
) -> None:
    config = gpt(
        text_file(tmp_path),
        optimizer="sgd",
        learning_rate=100.0,
        clip_norm=1e30,
        warmup_steps=0,
        steps=200,
        checkpoint_every_steps=2,
    )
    status, run = worked(config)
    assert (status, run.state) == (body.FAILED, "failed")
    assert "no longer a number at step" in str(run.why)
    assert "Lower the learning rate" in str(run.why)
    weights = load_file(run.folder / "model" / "model.safetensors")
    assert all(bool(w.isfinite().all()) for w in weights.values())
    assert run.result is not None
    json.dumps(run.result, allow_nan=False)


@pytest.mark.usefixtures("signals")
def test_memory_that_runs_out_is_said_with_its_size(tmp_path: Path) -> None:
    config = gpt(
        text_file(tmp_path), batch_size=1_000_000, d_model=1024, n_heads=2, context_tokens=64
    )
    status, run = worked(config)
    assert (status, run.state) == (body.FAILED, "failed")
    needed = run.why.params["needed"] if run.why is not None else None
    assert isinstance(needed, Amount)
    # The states of one layer: a million rows of 64 tokens of 1024 numbers of four bytes.
    assert needed.value == pytest.approx(1e6 * 64 * 1024 * 4, rel=0.01)
    assert "Lower the batch size, the context or the width" in str(run.why)


def test_memory_beyond_the_share_is_refused_here_and_not_by_the_kernel() -> None:
    most = memory.available_bytes() // 50
    with memory.limited(share=0.02), pytest.raises(RuntimeError) as failed:
        torch.empty(2 * most // 4)
    why = body.explained(failed.value)
    needed = why.params["needed"]
    assert isinstance(needed, Amount)
    assert needed.value == pytest.approx(2 * most, abs=8)
    assert len(torch.empty(2 * most // 4))  # and afterwards all is as before


@pytest.mark.parametrize("limit", ["max", "3000000"])
def test_a_containers_limit_counts_where_it_is_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    (tmp_path / "memory.max").write_text(f"{limit}\n", "ascii")
    (tmp_path / "memory.current").write_text("1000000\n", "ascii")
    monkeypatch.setattr(memory, "_own_groups", lambda: [tmp_path, tmp_path / "none"])
    free = psutil.virtual_memory().available
    wanted = 2_000_000 if limit != "max" else pytest.approx(free, rel=0.2)
    assert memory.available_bytes() == wanted


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of a few megabytes for the runs; skips where this user cannot mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except OSError:
        pytest.skip("no mount here")
    if done.returncode:
        pytest.skip("this user cannot mount a small disk")
    monkeypatch.setenv("ASSAY_RUNS", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.usefixtures("signals")
def test_a_checkpoint_too_large_for_the_disk_ends_the_run_with_a_sentence(
    small_disk: Path, tmp_path: Path
) -> None:
    config = gpt(text_file(tmp_path), d_model=128, n_layers=2, checkpoint_every_steps=5)
    status, run = worked(config)
    assert (status, run.state) == (body.FAILED, "failed")
    assert "could not write to its folder" in str(run.why)
    assert "No space left" in str(run.why)
    # What fits stays: the state before the first step, and the steps so far.
    kept = checkpoint.latest(run.folder)
    assert kept is not None
    assert not list(run.folder.glob(".checkpoint-*"))
    assert run.step == 5


@pytest.mark.usefixtures("signals")
def test_a_disk_that_fills_up_beside_the_run_still_takes_its_last_word(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = train.Loop._evaluate

    def fills(loop: Loop) -> None:
        fill(loop)
        assert loop.events is not None
        loop.events.commit()
        with (small_disk / "others").open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 512)
            except OSError:
                return

    monkeypatch.setattr(train.Loop, "_evaluate", fills)
    config = gpt(text_file(tmp_path), steps=None, minutes=0.2, evaluate_every_steps=5)
    status, run = worked(config)
    assert (status, run.state) == (body.FAILED, "failed")
    assert "could not write to its folder" in str(run.why)
    assert run.step >= 5


def test_a_run_on_a_full_disk_is_not_begun(small_disk: Path) -> None:
    (small_disk / "others").write_bytes(b"x" * (4 << 20))
    with pytest.raises(InputError, match=r"cannot be written .* ASSAY_RUNS"):
        runs.create(linear())


#: As torch 2.11 said it on an H200, its advice left off: 16 GiB on top of 128.91 are 1.556e11
#: bytes.
OUT_OF_CUDA_MEMORY: Final = (
    "CUDA out of memory. Tried to allocate 16.00 GiB. GPU 0 has a total capacity of 139.80 GiB of "
    "which 6.41 GiB is free. Including non-PyTorch memory, this process has 133.39 GiB memory in "
    "use. Of the allocated memory 128.91 GiB is allocated by PyTorch, and 3.81 GiB is reserved by "
    "PyTorch but unallocated."
)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (MemoryError(), "Memory ran out. Lower the batch size"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.50 GiB."), "2.68e+09 bytes more"),
        (RuntimeError(OUT_OF_CUDA_MEMORY), "1.56e+11 bytes were needed. Lower the batch size"),
        (RuntimeError("[enforce] you tried to allocate 8000000 bytes. Error"), "8e+06 bytes more"),
        (RuntimeError("could not create a memory object"), "Memory ran out"),
        (OSError(28, "No space left on device"), "could not write to its folder"),
        (OSError(27, "File too large"), "could not write to its folder"),
        (sqlite3.OperationalError("database or disk is full"), "could not write to its folder"),
        (DiskError("No space left on device (os error 28)"), "could not write to its folder"),
        (RuntimeError("CUDA error: GPU is lost"), "The GPU was lost in the middle of the run"),
        (KeyError("x"), "for a reason inside it (KeyError); its log.txt"),
    ],
)
def test_what_went_wrong_is_a_sentence(error: Exception, says: str) -> None:
    assert says in str(body.explained(error))


@pytest.mark.usefixtures("signals")
def test_a_signal_asks_to_stop_instead_of_ending_the_process() -> None:
    stopping.listen()
    assert not stopping.signalled()
    os.kill(os.getpid(), signal.SIGTERM)
    assert stopping.signalled()
