"""A folder is opened as data, and what is wrong with it is a sentence."""

import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import save_file

from costmodel.messages import InputError
from lab.verify.folder import open_folder
from tests.lab.verify import made


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return made.save(tmp_path / "model", made.start(1))


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as error:
        open_folder(folder)
    return str(error.value.message)


class _Bomb:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_a_pickle_is_never_opened(whole: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (whole / "pytorch_model.bin").write_bytes(pickle.dumps(_Bomb(ran)))
    opened = open_folder(whole)
    assert any("pickled" in str(note) for note in opened.notes)
    (whole / "model.safetensors").unlink()
    assert "ask for safetensors" in refused(whole)
    assert not ran.exists()


def test_code_of_the_folder_is_named_and_not_run(whole: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (whole / "modeling_x.py").write_text(f"open({str(ran)!r}, 'w')")
    assert any("modeling_x.py" in str(note) for note in open_folder(whole).notes)
    assert not ran.exists()


def test_a_file_cut_short_is_refused(whole: Path) -> None:
    path = whole / "model.safetensors"
    os.truncate(path, path.stat().st_size - 100)
    assert "cut short" in refused(whole)


def header(whole: Path) -> tuple[dict[str, Any], bytes]:
    content = (whole / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def rewrite(whole: Path, head: dict[str, Any], data: bytes) -> None:
    text = json.dumps(head).encode()
    (whole / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.update(shape=[7, 7]), "disagree"),
        (lambda t: t.update(dtype="EVIL"), "not one of the format"),
        (lambda t: t.update(shape=[-1, 4]), "cannot be"),
        (lambda t: t.update(shape=["a"]), "cannot be"),
        (lambda t: t.update(data_offsets=[0, 4]), "disagree"),
        (lambda t: t.pop("dtype"), "lacks"),
        (lambda t: t.update(data_offsets=[10**30, 10**30 + 65536], shape=[256, 64]), "begin"),
    ],
)
def test_a_header_that_cannot_be_is_refused(whole: Path, change: Any, says: str) -> None:
    head, data = header(whole)
    change(head["lm_head.weight"])
    rewrite(whole, head, data)
    assert says in refused(whole)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 7, b"\xff" * 64, struct.pack("<Q", 10) + b"not json!!", b"\x80\x04K\x01."],
)
def test_what_is_no_safetensors_file_is_refused(whole: Path, content: bytes) -> None:
    (whole / "model.safetensors").write_bytes(content)
    assert "not a whole safetensors file" in refused(whole)


def test_a_header_of_a_gigabyte_is_not_read(whole: Path) -> None:
    path = whole / "model.safetensors"
    path.write_bytes(struct.pack("<Q", 2**30))
    os.truncate(path, 2**31)
    assert "length of its header" in refused(whole)


def test_links_that_lead_out_are_refused_and_those_of_a_download_followed(
    whole: Path, tmp_path: Path
) -> None:
    blobs = tmp_path / "hub" / "blobs"
    snapshot = tmp_path / "hub" / "snapshots" / "abc"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for path in whole.iterdir():
        path.rename(blobs / path.name)
        (snapshot / path.name).symlink_to(blobs / path.name)
    assert open_folder(snapshot).n_numbers > 0
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    (snapshot / "extra.json").symlink_to(secret)
    assert "leads out of the folder" in refused(snapshot)
    (snapshot / "extra.json").unlink()
    (snapshot / "gone.json").symlink_to(tmp_path / "nowhere")
    assert "leads nowhere" in refused(snapshot)


def test_shards_are_checked_against_their_index(tmp_path: Path) -> None:
    weights = made.start(1)
    folder = made.save(tmp_path / "model", weights)
    (folder / "model.safetensors").unlink()
    names = sorted(weights)
    halves = {"model-1.safetensors": names[:8], "model-2.safetensors": names[8:]}
    for file, held in halves.items():
        save_file({name: weights[name] for name in held}, folder / file)
    index = {name: file for file, held in halves.items() for name in held}
    path = folder / "model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": index}))
    assert len(open_folder(folder).tensors) == len(weights)
    path.write_text(json.dumps({"weight_map": {**index, "extra.weight": "model-1.safetensors"}}))
    assert "no weight file holds" in refused(folder)
    path.write_text(json.dumps({"weight_map": {**index, names[0]: "model-3.safetensors"}}))
    assert "are missing" in refused(folder)
    path.unlink()
    save_file({names[0]: weights[names[0]]}, folder / "model-3.safetensors")
    assert "stands in two weight files" in refused(folder)


@pytest.mark.parametrize("config", [None, "", "[1]", "{", '{"a": ' + "[" * 100_000])
def test_a_folder_without_a_config_is_refused(whole: Path, config: str | None) -> None:
    (whole / "config.json").unlink()
    if config is not None:
        (whole / "config.json").write_text(config)
    assert "config.json" in refused(whole)


def test_a_hundred_gigabytes_open_from_their_headers(tmp_path: Path) -> None:
    """A sparse file: read whole, it would take minutes and the machine's memory."""
    folder = made.save(tmp_path / "model", made.start(1))
    rows = 100_000_000_000 // (2 * 4096)
    size = rows * 4096 * 2
    head = {"model.embed_tokens.weight": {"dtype": "BF16", "shape": [rows, 4096]}}
    head["model.embed_tokens.weight"]["data_offsets"] = [0, size]
    rewrite(folder, head, b"")
    path = folder / "model.safetensors"
    os.truncate(path, path.stat().st_size + size)
    assert open_folder(folder).n_numbers == rows * 4096
