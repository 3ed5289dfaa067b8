"""A checkpoint is whole or not there, holds no code, and brings everything back."""

import json
import pickle
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from costmodel.messages import InputError
from lab import checkpoint
from lab.optimise import Optimiser
from tests.lab.small import Line, linear


class Tied(nn.Module):
    """Two names for one weight, and one beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4, bias=False)
        self.beside = nn.Linear(4, 4, bias=False)
        self.last = nn.Linear(4, 4, bias=False)
        self.last.weight = self.first.weight


def a_step_taken(name: str = "adamw") -> tuple[Line, Sequence[Optimiser]]:
    task = Line(linear(optimizer=name))
    optimisers = task.optimisers()
    task.update(task.net, optimisers, 0, 0.1)
    return task, optimisers


def saved(folder: Path, step: int = 1, name: str = "adamw") -> Path:
    task, optimisers = a_step_taken(name)
    return checkpoint.save(folder, step=step, elapsed_s=2.5, net=task.net, optimisers=optimisers)


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam", "adamw"])
def test_the_step_after_a_restore_is_the_step_that_was_coming(tmp_path: Path, name: str) -> None:
    task, optimisers = a_step_taken(name)
    path = checkpoint.save(tmp_path, step=1, elapsed_s=2.5, net=task.net, optimisers=optimisers)
    drawn = torch.rand(3)
    task.update(task.net, optimisers, 1, 0.1)

    torch.manual_seed(999)
    again = Line(linear(optimizer=name, seed=7))
    fresh = again.optimisers()
    place = checkpoint.restore(path, net=again.net, optimisers=fresh)
    assert (place.step, place.elapsed_s) == (1, 2.5)
    assert torch.equal(torch.rand(3), drawn)  # dropout goes on where it was
    again.x, again.y = task.x, task.y
    again.update(again.net, fresh, 1, 0.1)
    for a, b in zip(task.net.parameters(), again.net.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_checkpoint_is_safetensors_and_json_alone(tmp_path: Path) -> None:
    path = saved(tmp_path)
    assert sorted(p.name for p in path.iterdir()) == [
        "net.safetensors",
        "optimiser.safetensors",
        "state.json",
    ]
    for weights in path.glob("*.safetensors"):
        checkpoint.check_is_safetensors(weights)
    json.loads((path / "state.json").read_text("utf-8"))


def test_only_the_newest_stays_and_leftovers_of_a_kill_go(tmp_path: Path) -> None:
    (tmp_path / ".checkpoint-000000004.part").mkdir()
    (tmp_path / "checkpoint-000000007").mkdir()  # without a state: a copy that broke off
    saved(tmp_path, step=5)
    newest = saved(tmp_path, step=10)
    assert checkpoint.latest(tmp_path) == newest
    assert {p.name for p in tmp_path.iterdir()} == {newest.name, "checkpoint-000000007"}


def test_saving_a_step_again_leaves_its_checkpoint_in_place(tmp_path: Path) -> None:
    before = (saved(tmp_path) / "net.safetensors").stat()
    after = (saved(tmp_path) / "net.safetensors").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_write_that_fails_keeps_the_older_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = saved(tmp_path, step=1)

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(OSError, match="No space left"):
        saved(tmp_path, step=2)
    assert list(tmp_path.iterdir()) == [older]


@pytest.mark.parametrize("part", ["net.safetensors", "optimiser.safetensors", "state.json"])
@pytest.mark.parametrize("damage", ["cut", "noise", "pickle", "gone", "list"])
def test_a_damaged_checkpoint_is_refused_with_a_sentence(
    tmp_path: Path, part: str, damage: str
) -> None:
    path = saved(tmp_path)
    content = (path / part).read_bytes()
    match damage:
        case "cut":
            (path / part).write_bytes(content[: len(content) // 2])
        case "noise":
            (path / part).write_bytes(random.Random(0).randbytes(len(content)))
        case "pickle":
            (path / part).write_bytes(pickle.dumps({"step": 1}))
        case "gone":
            (path / part).unlink()
        case "list":
            (path / part).write_bytes(b"[1, 2]")
    task, optimisers = a_step_taken()
    with pytest.raises(InputError, match=r"cannot be read .* start the run anew"):
        checkpoint.restore(path, net=task.net, optimisers=optimisers)


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    other = Line(linear(), n_inputs=7)
    with pytest.raises(InputError, match="start the run anew"):
        checkpoint.restore(path, net=other.net, optimisers=other.optimisers())
    with pytest.raises(InputError, match="start the run anew"):
        checkpoint.restore(path, net=Tied(), optimisers=[])


def test_tied_weights_stand_once_and_come_back_tied(tmp_path: Path) -> None:
    tied = Tied()
    checkpoint.save_weights(tied, tmp_path / "model.safetensors")
    assert set(load_file(tmp_path / "model.safetensors")) == {"first.weight", "beside.weight"}
    again = Tied()
    checkpoint.load_weights(again, tmp_path / "model.safetensors")
    assert torch.equal(again.last.weight, tied.first.weight)
    assert torch.equal(again.beside.weight, tied.beside.weight)
    assert again.last.weight is again.first.weight


class Bomb:
    """What a pickle may do when it is opened."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.target,)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "model.pt"])
@pytest.mark.parametrize("kind", ["torch", "pickle", "empty", "text"])
def test_a_pickle_is_refused_unopened_whatever_it_is_called(
    tmp_path: Path, name: str, kind: str
) -> None:
    path, mark = tmp_path / name, tmp_path / "it ran"
    if kind == "torch":
        torch.save({"weight": Bomb(mark)}, path)
    else:
        path.write_bytes(
            {"pickle": pickle.dumps(Bomb(mark)), "empty": b"", "text": b"weights" * 9}[kind]
        )
    with pytest.raises(InputError, match="not a safetensors file; pickled checkpoints can run"):
        checkpoint.load_weights(Tied(), path)
    assert not mark.exists()


def test_weights_cut_short_or_of_another_model_are_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    checkpoint.save_weights(Tied(), path)
    with pytest.raises(InputError, match=r"holds another model: .* do not fit"):
        checkpoint.load_weights(nn.Linear(4, 4), path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match=r"cannot be read .* give a safetensors file"):
        checkpoint.load_weights(Tied(), path)
    with pytest.raises(InputError, match="does not exist"):
        checkpoint.load_weights(Tied(), tmp_path / "none.safetensors")
