"""A local Hugging Face folder is read as data: no code, no pickle, and errors are sentences."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from costmodel.messages import InputError
from lab import checkpoint
from lab.models import local_folder
from lab.models.pictures import ClassifierLoss
from lab.workloads.gpt import LanguageModel
from tests.lab.small import CPU, gpt, text_file


def exported(tmp_path: Path) -> Path:
    task = LanguageModel(gpt(text_file(tmp_path)), CPU)
    folder = tmp_path / "model"
    folder.mkdir()
    checkpoint.save_weights(task.model, folder / "model.safetensors")
    task.export(folder)
    return folder


def test_a_folder_that_a_run_exports_is_loaded_again(tmp_path: Path) -> None:
    folder = exported(tmp_path)
    model, tokenizer = local_folder.language_model(folder)
    assert tokenizer.decode(tokenizer.encode("12 lazy dogs")) == "12 lazy dogs"
    assert model.context_tokens == 16


def damage_config(folder: Path, **values: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | values), "utf-8")


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        ("auto_map", "brings code of its own, which is never run"),
        ("tokenizer auto_map", "brings code of its own, which is never run"),
        ("code", "brings code of its own, which is never run"),
        ("bin", "holds no safetensors weights; pickled ones can run code"),
        ("pickle", "is not a safetensors file"),
        ("no config", "no config.json that can be read"),
        ("list", "no config.json that can be read"),
        ("missing width", "cannot be loaded"),
        ("odd width", "cannot be loaded"),
        ("other width", "holds another model|cannot be read"),
        ("no tokenizer", "tokenizer.json"),
    ],
)
def test_a_folder_that_is_unsafe_or_broken_is_refused(tmp_path: Path, harm: str, says: str) -> None:
    folder = exported(tmp_path)
    weights = folder / "model.safetensors"
    match harm:
        case "auto_map":
            damage_config(folder, auto_map={"AutoModel": "evil.Model"})
        case "tokenizer auto_map":
            content = json.dumps({"auto_map": {"AutoTokenizer": ["evil.T", None]}})
            (folder / "tokenizer_config.json").write_text(content, "utf-8")
        case "code":
            (folder / "modeling_evil.py").write_text("raise SystemExit", "utf-8")
        case "bin":
            weights.rename(folder / "pytorch_model.bin")
        case "pickle":
            weights.write_bytes(pickle.dumps({}))
        case "no config":
            (folder / "config.json").unlink()
        case "list":
            (folder / "config.json").write_text("[]", "utf-8")
        case "missing width":
            content = json.loads((folder / "config.json").read_text("utf-8"))
            del content["n_embd"]
            (folder / "config.json").write_text(json.dumps(content), "utf-8")
        case "odd width":
            damage_config(folder, n_embd="wide")
        case "other width":
            damage_config(folder, n_embd=64)
        case "no tokenizer":
            (folder / "tokenizer.json").write_text('{"kind": "char"}', "utf-8")
    with pytest.raises(InputError, match=says):
        local_folder.language_model(folder)


def test_a_library_model_is_checkpointed_under_the_librarys_names() -> None:
    """Alone, as a run exports it, and inside a loss, as a checkpoint holds it."""
    from transformers import BertConfig, BertForSequenceClassification

    shape = BertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=12,
    )
    first, second = (local_folder._Library(BertForSequenceClassification(shape)) for _ in range(2))
    assert set(first.state_dict()) == set(first.inner.state_dict())
    losses = [
        ClassifierLoss(model, loss="cross-entropy", label_smoothing=0.0)
        for model in (first, second)
    ]
    told = losses[1].load_state_dict(losses[0].state_dict())
    assert not told.missing_keys
    assert not told.unexpected_keys
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
