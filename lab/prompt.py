"""Using a trained model: continue a text, judge a text, translate one.

As a program (``python -m lab.prompt``) it answers one question, JSON in and out.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from costmodel.messages import InputError
from lab import checkpoint, runs
from lab.models import local_folder
from lab.models.decoder import Decoder
from lab.models.generate import stream
from lab.runs import LabRun
from lab.task import Setting
from lab.workloads import seq2seq


def complete(
    model: str,
    prompt: str,
    *,
    n_tokens: int,
    temperature: float = 0.8,
    top_k: int | None = 40,
    seed: int = 0,
) -> str:
    """What a language model puts after ``prompt``; see ``pieces``."""
    return "".join(
        pieces(model, prompt, n_tokens=n_tokens, temperature=temperature, top_k=top_k, seed=seed)
    )


def pieces(
    model: str,
    prompt: str,
    *,
    n_tokens: int,
    temperature: float = 0.8,
    top_k: int | None = 40,
    seed: int = 0,
) -> Iterator[str]:
    """The continuation bit by bit. ``model`` is a run's id or a local Hugging Face folder.

    Raises ``InputError`` for a run without a trained language model, and as
    ``generate.stream`` does.
    """
    decoder, tokenizer = local_folder.language_model(_model_folder(model))
    if not isinstance(decoder, Decoder):
        yield _library_completes(
            decoder, tokenizer, prompt, n_tokens, temperature=temperature, top_k=top_k, seed=seed
        )
        return
    ids: list[int] = []
    shown = ""
    for new in stream(
        decoder,
        np.asarray(tokenizer.encode(prompt), dtype=np.int64),
        n_tokens=n_tokens,
        temperature=temperature,
        top_k=top_k,
        seed=seed,
    ):
        ids.append(new)
        text = tokenizer.decode(ids)
        if not text.endswith("\ufffd"):  # a character whose bytes are not all there yet
            yield text[len(shown) :]
            shown = text
    rest = tokenizer.decode(ids)[len(shown) :]
    if rest:
        yield rest


def predict(run_id: str, texts: Sequence[str]) -> list[dict[str, Any]]:
    """What a run's classifier or translator makes of each text."""
    run = runs.load(runs.find(run_id))
    setting = Setting(device=torch.device("cpu"), precision="fp32")
    if run.config.workload == "seq2seq":
        translation = seq2seq.Translation(run.config, setting, trains=False)
        checkpoint.load_weights(translation.model, _weights(run))
        made = translation.translate(list(texts))
        return [{"text": t, "translation": m} for t, m in zip(texts, made, strict=True)]
    if run.config.workload == "bert-sentiment":
        return _classified(run, texts)
    raise InputError(
        "run",
        "{workload} takes no text; write a run of gpt, bert-sentiment or seq2seq",
        workload=run.config.workload,
    )


def _classified(run: LabRun, texts: Sequence[str]) -> list[dict[str, Any]]:
    folder = run.folder / "model"
    labels = list(local_folder.check_folder(folder, field="run")["id2label"].values())
    loaded = local_folder.classifier(folder, labels=labels)
    loaded.model.eval()
    encoded = loaded.tokenizer.encode(texts, most=loaded.most_tokens)
    found = []
    for text, row in zip(texts, encoded, strict=True):
        ids = torch.from_numpy(row)[None]
        with torch.inference_mode():
            shares = loaded.model(ids, torch.ones_like(ids, dtype=torch.bool)).softmax(-1)[0]
        best = int(shares.argmax())
        found.append({"text": text, "label": labels[best], "probability": float(shares[best])})
    return found


def _model_folder(model: str) -> Path:
    path = Path(model)
    if (path / "config.json").is_file() and not (path / "events.sqlite").is_file():
        return path
    if path.is_dir() and not (path / "events.sqlite").is_file():
        return path
    run = runs.load(runs.find(model))
    if run.config.workload != "gpt":
        raise InputError(
            "model",
            "{workload} continues no text; write a run of gpt",
            workload=run.config.workload,
        )
    _weights(run)
    return run.folder / "model"


def _weights(run: LabRun) -> Path:
    path = run.folder / "model" / "model.safetensors"
    if not path.is_file():
        raise InputError(
            "run", "the run {name} has no trained model yet; let it end first", name=run.run_id
        )
    return path


def _library_completes(
    model: Any,
    tokenizer: Any,
    prompt: str,
    n_tokens: int,
    *,
    temperature: float,
    top_k: int | None,
    seed: int,
) -> str:
    torch.manual_seed(seed)
    inputs = tokenizer(prompt, return_tensors="pt")
    sampled = {"do_sample": True, "temperature": temperature, "top_k": top_k or 0}
    with torch.inference_mode():
        out = model.generate(
            **inputs,
            max_new_tokens=n_tokens,
            pad_token_id=tokenizer.pad_token_id or tokenizer.eos_token_id or 0,
            **(sampled if temperature > 0 else {"do_sample": False}),
        )
    return str(tokenizer.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))


def main() -> int:
    """Answer the question on standard input."""
    asked = json.load(sys.stdin)
    what = asked.pop("what")
    answer: dict[str, Any]
    try:
        if what == "predict":
            answer = {"found": predict(asked["model"], asked["texts"])}
        else:
            model, prompt = asked.pop("model"), asked.pop("prompt")
            answer = {"found": complete(model, prompt, **asked)}
    except InputError as error:
        answer = {"refused": runs.message_to_json(error.message), "field": error.field}
    print(json.dumps(answer))  # noqa: T201 -- its answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
