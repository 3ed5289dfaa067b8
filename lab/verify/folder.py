"""A local Hugging Face folder opened as data: no pickle is loaded, no code of it runs.

What can be told from names, sizes and headers is told without reading the weights, so that
a folder of a hundred gigabytes opens in a moment.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from costmodel.messages import InputError, Message, shown
from costmodel.workload.hf_config import MAX_BYTES
from lab.verify import safetensors_file
from lab.verify.safetensors_file import TensorInfo

_INDEX: Final = "model.safetensors.index.json"
_MOST_INDEX_BYTES: Final = 50_000_000
_MOST_FILES: Final = 20_000
#: Files that run code when they are read, or are code.
_PICKLES: Final = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"})
_CODE: Final = frozenset({".py", ".pyc", ".so", ".sh"})


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A folder whose weights are there and whole.

    ``notes`` say what lies in it that was left alone, and what its files disagree on.
    """

    folder: Path
    config: Mapping[str, Any]
    tensors: Mapping[str, TensorInfo]
    notes: tuple[Message, ...]

    @property
    def name(self) -> str:
        """What it is called: its folder's name."""
        return self.folder.resolve().name

    @cached_property
    def n_bytes(self) -> int:
        """Bytes of all tensors."""
        return sum(tensor.n_bytes for tensor in self.tensors.values())

    @cached_property
    def n_numbers(self) -> int:
        """Numbers stored in all tensors."""
        return sum(tensor.n for tensor in self.tensors.values())


def open_folder(folder: Path, *, field: str = "folder") -> Checkpoint:
    """The checkpoint in ``folder``, from its config and its headers.

    Raises ``InputError`` for a folder that is none, whose weights are pickled or missing,
    whose links lead out of it, or whose files are cut short.
    """
    if not folder.is_dir():
        raise InputError(
            field, "{path} is not a folder; give a local Hugging Face folder", path=str(folder)
        )
    files = _files(folder, field)
    config = _config(folder, field)
    notes: list[Message] = []
    weights = sorted(path for path in files if path.suffix == ".safetensors")
    pickles = sorted(path for path in files if path.suffix in _PICKLES)
    if not weights:
        raise _no_weights(folder, pickles, field)
    if pickles:
        notes.append(
            Message(
                "{n} pickled files lie beside the weights and were not opened: reading one can run "
                "code.",
                {"n": len(pickles)},
            )
        )
    code = [path for path in files if path.suffix in _CODE]
    if code or "auto_map" in config:
        notes.append(
            Message(
                "The folder brings code of its own ({names}); it was not run, so what the model "
                "does with its weights is not known from them alone.",
                {"names": ", ".join(p.name for p in code[:3]) or "auto_map"},
            )
        )
    return Checkpoint(
        folder=folder,
        config=config,
        tensors=_tensors(folder, weights, notes, field),
        notes=tuple(notes),
    )


def _files(folder: Path, field: str) -> list[Path]:
    """The files right in the folder. Raises ``InputError`` for a link that leads out of it."""
    found: list[Path] = []
    root = folder.resolve()
    # A download of the hub's own client links each file to ../../blobs of the same model.
    allowed = (root, root.parent.parent / "blobs")
    for path in sorted(folder.iterdir()):
        if len(found) > _MOST_FILES:
            raise InputError(field, "{path} holds too many files", path=str(folder))
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            raise InputError(
                field, "the link {name} leads nowhere; give a complete folder", name=path.name
            ) from None
        if not any(target.is_relative_to(place) for place in allowed):
            raise InputError(
                field,
                "the link {name} leads out of the folder, which is not followed; copy the file "
                "into it",
                name=path.name,
            )
        if target.is_file():
            found.append(path)
    return found


def _config(folder: Path, field: str) -> Mapping[str, Any]:
    path = folder / "config.json"
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(
                field,
                "config.json has {size} bytes and should have a few thousand; give the model's own",
                size=path.stat().st_size,
            )
        loaded = json.loads(path.read_text("utf-8-sig"))
        if not isinstance(loaded, dict):
            raise TypeError("no JSON object")
    except InputError:
        raise
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise InputError(
            field,
            "{path} has no config.json that can be read ({reason}); give a local Hugging Face "
            "folder",
            path=str(folder),
            reason=shown(error),
        ) from None
    return loaded


def _tensors(
    folder: Path, weights: list[Path], notes: list[Message], field: str
) -> dict[str, TensorInfo]:
    index = folder / _INDEX
    listed = _listed(index, field) if index.is_file() else None
    if listed is not None:
        there = {path.name for path in weights}
        missing = sorted({file for file in listed.values() if file not in there})
        if missing:
            raise InputError(
                field,
                "{n} of the {all} weight files that the index names are missing, the first is "
                "{name}; ask for the whole checkpoint",
                n=len(missing),
                all=len(set(listed.values())),
                name=shown(missing[0]),
            )
        weights = [path for path in weights if path.name in set(listed.values())]
    found: dict[str, TensorInfo] = {}
    for path in weights:
        for name, tensor in safetensors_file.tensors(path).items():
            if name in found:
                raise InputError(
                    field,
                    "{name} stands in two weight files, {first} and {second}; ask which counts",
                    name=shown(name),
                    first=found[name].path.name,
                    second=path.name,
                )
            found[name] = tensor
    if listed is not None:
        lost = [name for name in listed if name not in found]
        if lost:
            raise InputError(
                field,
                "the index names {n} tensors that no weight file holds, the first is {name}",
                n=len(lost),
                name=shown(lost[0]),
            )
        if len(found) > len(listed):
            notes.append(
                Message(
                    "The weight files hold {n} tensors that the index does not name.",
                    {"n": len(found) - len(listed)},
                )
            )
    if not found:
        raise InputError(field, "the weight files hold no tensor at all")
    return found


def _listed(index: Path, field: str) -> dict[str, str]:
    """Tensor names with the file of each."""
    try:
        if index.stat().st_size > _MOST_INDEX_BYTES:
            raise ValueError("too large")
        found = json.loads(index.read_text("utf-8"))["weight_map"]
        if not all(isinstance(file, str) for file in found.values()):
            raise TypeError("file names")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            field,
            "{name} cannot be read ({reason}); ask for the whole checkpoint",
            name=index.name,
            reason=shown(error),
        ) from None
    listed: dict[str, str] = found
    return listed


def _no_weights(folder: Path, pickles: list[Path], field: str) -> InputError:
    if pickles:
        return InputError(
            field,
            "{path} holds its weights as a pickle alone ({name}); reading one can run code, so it "
            "is never opened: ask for safetensors",
            path=str(folder),
            name=pickles[0].name,
        )
    return InputError(
        field,
        "{path} holds no safetensors weights; give the folder with the model's weights",
        path=str(folder),
    )
