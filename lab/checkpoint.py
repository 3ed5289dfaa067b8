"""Checkpoints that a killed run goes on from: safetensors and JSON, never a pickle.

A checkpoint is a folder written under another name and renamed when it is whole; the
older one goes only after that.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from costmodel.messages import InputError, shown
from lab.optimise import Optimiser

_NAME: Final = re.compile(r"checkpoint-(\d+)")
#: What reading a file that is damaged, or of another model, raises.
_UNREADABLE: Final = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
    SafetensorError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a run a checkpoint was taken."""

    step: int
    elapsed_s: float


def save(
    folder: Path,
    *,
    step: int,
    elapsed_s: float,
    net: nn.Module,
    optimisers: Sequence[Optimiser],
) -> Path:
    """Write the state after ``step`` and drop older ones; one of this step is left as it is.

    Raises ``OSError`` or ``SafetensorError`` on a full disk.
    """
    whole = folder / f"checkpoint-{step:09d}"
    if whole in _all(folder):
        return whole
    part = folder / f".{whole.name}.part"
    for left in folder.glob(".checkpoint-*.part"):  # of a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        tensors, rest = _optimiser_state(optimisers)
        tensors["rng.cpu"] = torch.get_rng_state()
        if torch.cuda.is_available():
            tensors["rng.cuda"] = torch.cuda.get_rng_state()
        _write(net.state_dict(), part / "net.safetensors")
        _write(tensors, part / "optimiser.safetensors")
        state = {"step": step, "elapsed_s": elapsed_s, "optimisers": rest}
        (part / "state.json").write_text(json.dumps(state), "utf-8")
        for path in part.iterdir():
            _sync(path)
        _sync(part)
        part.rename(whole)
        _sync(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    for older in _all(folder):
        if older != whole:
            shutil.rmtree(older, ignore_errors=True)
    return whole


def latest(folder: Path) -> Path | None:
    """The newest whole checkpoint of a run, ``None`` where there is none yet."""
    found = _all(folder)
    return found[-1] if found else None


def restore(path: Path, *, net: nn.Module, optimisers: Sequence[Optimiser]) -> Place:
    """Load net, optimisers and random state; where in the run that was.

    Raises ``InputError`` where the checkpoint is damaged or of another model.
    """
    try:
        state = json.loads((path / "state.json").read_text("utf-8"))
        place = Place(step=int(state["step"]), elapsed_s=float(state["elapsed_s"]))
        weights = load_file(path / "net.safetensors")
        tensors = load_file(path / "optimiser.safetensors")
        missing, unknown = net.load_state_dict(_with_tied(net, weights), strict=False)
        if missing or unknown:
            raise ValueError(f"weights do not fit: {[*missing, *unknown][:3]}")
        for number, (optimiser, rest) in enumerate(
            zip(optimisers, state["optimisers"], strict=True)
        ):
            _restore_optimiser(optimiser, number, tensors, rest)
        torch.set_rng_state(tensors["rng.cpu"])
        if "rng.cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["rng.cuda"].cpu())
    except _UNREADABLE as error:
        raise InputError(
            "checkpoint",
            "{path} cannot be read ({reason}); start the run anew",
            path=path.name,
            reason=shown(error),
        ) from None
    return place


def save_weights(module: nn.Module, path: Path) -> None:
    """The weights of ``module`` as safetensors, tied ones once."""
    _write(module.state_dict(), path)


def load_weights(module: nn.Module, path: Path) -> None:
    """Load ``save_weights``' file. Raises ``InputError`` for a pickle or another model."""
    check_is_safetensors(path)
    try:
        weights = load_file(path)
        missing, unknown = module.load_state_dict(_with_tied(module, weights), strict=False)
    except _UNREADABLE as error:
        raise InputError(
            "checkpoint",
            "{path} cannot be read ({reason}); give a safetensors file of this model",
            path=path.name,
            reason=shown(error),
        ) from None
    if missing or unknown:
        raise InputError(
            "checkpoint",
            "{path} holds another model: {names} do not fit",
            path=path.name,
            names=", ".join([*missing, *unknown][:3]),
        )


def check_is_safetensors(path: Path) -> None:
    """Raise ``InputError`` for anything but a safetensors file: a pickle runs code when read."""
    if not path.is_file():
        raise InputError("checkpoint", "{path} does not exist", path=str(path))
    with path.open("rb") as file:
        head = file.read(9)
    # Eight bytes of length, then a JSON object; a pickle starts with 0x80, a zip with "PK".
    if path.suffix != ".safetensors" or len(head) < 9 or head[8:9] != b"{":
        raise InputError(
            "checkpoint",
            "{path} is not a safetensors file; pickled checkpoints can run code and are never "
            "opened; convert it with safetensors first",
            path=path.name,
        )


def _all(folder: Path) -> list[Path]:
    found = [p for p in folder.glob("checkpoint-*") if _NAME.fullmatch(p.name)]
    return sorted(p for p in found if (p / "state.json").is_file())


def _write(tensors: Mapping[str, Tensor], path: Path) -> None:
    kept: dict[str, Tensor] = {}
    seen: set[tuple[int, torch.Size]] = set()
    for name, tensor in tensors.items():
        if tensor.numel() and _place(tensor) in seen:
            continue  # tied weights stand once
        seen.add(_place(tensor))
        kept[name] = tensor.detach().cpu().contiguous()
    save_file(kept, path, metadata={"format": "pt"})


def _with_tied(module: nn.Module, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``weights`` with those that ``_write`` left out because they are tied to another."""
    state = module.state_dict()
    by_place = {_place(state[name]): tensor for name, tensor in weights.items() if name in state}
    tied = {
        name: by_place[_place(tensor)]
        for name, tensor in state.items()
        if name not in weights and tensor.numel() and _place(tensor) in by_place
    }
    return {**weights, **tied}


def _place(tensor: Tensor) -> tuple[int, torch.Size]:
    return tensor.data_ptr(), tensor.shape


def _optimiser_state(optimisers: Sequence[Optimiser]) -> tuple[dict[str, Tensor], list[Any]]:
    tensors: dict[str, Tensor] = {}
    rest = []
    for number, optimiser in enumerate(optimisers):
        for place, values in optimiser.torch.state_dict()["state"].items():
            for key, value in values.items():
                if value is not None:
                    tensors[f"{number}.{place}.{key}"] = torch.as_tensor(value).detach().clone()
        scaler = optimiser.scaler
        rest.append({"scaler": None if scaler is None else scaler.state_dict()})
    return tensors, rest


def _restore_optimiser(
    optimiser: Optimiser, number: int, tensors: Mapping[str, Tensor], rest: Mapping[str, Any]
) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        which, _, key = name.partition(".")
        if which == str(number):
            place, _, key = key.partition(".")
            state.setdefault(int(place), {})[key] = tensor
    groups = optimiser.torch.state_dict()["param_groups"]
    optimiser.torch.load_state_dict({"state": state, "param_groups": groups})
    if optimiser.scaler is not None and rest["scaler"] is not None:
        optimiser.scaler.load_state_dict(rest["scaler"])


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
