"""A checkpoint on the investor's own questions, with the doubt that their number leaves."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from costmodel.messages import InputError, Message
from lab import metrics
from lab.runs import message_to_json
from lab.verify.items import Items
from lab.verify.loaded import LanguageModel, pad

_BATCH: Final = 8
_MOST_NEW_TOKENS: Final = 48
_LN2: Final = math.log(2)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A score with its 90% interval, and what guessing would reach.

    ``metric`` is ``accuracy`` or ``bits_per_byte``; ``by_item`` holds 0 or 1, or bits, of each
    question, ``weights`` what each counts (bytes for a loss).
    """

    metric: str
    kind: str
    n: int
    value: float
    low: float
    high: float
    chance: float | None
    by_item: tuple[float, ...]
    draws: Floats
    extra: Mapping[str, float]
    notes: tuple[Message, ...]

    def as_json(self) -> dict[str, Any]:
        """Its fields, without the draws."""
        return {
            "metric": self.metric,
            "kind": self.kind,
            "n": self.n,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "chance": self.chance,
            **self.extra,
            "notes": [message_to_json(note) for note in self.notes],
        }


def evaluate(
    folder: Path, items: Items, *, seed: int = 0, tell: Callable[[float], None] = lambda _: None
) -> Evaluation:
    """Put every question to the model. ``tell`` hears the share that is done and may raise.

    Raises ``InputError`` for a folder that cannot be loaded without code of its own.
    """
    config = _config(folder)
    if items.kind == "classification" and _is_classifier(config):
        return _classified(folder, items, seed=seed, tell=tell)
    model = LanguageModel(folder)
    with torch.inference_mode():
        if items.kind == "loss":
            return _loss(model, items, seed=seed, tell=tell)
        if items.kind == "exact match":
            return _exact(model, items, seed=seed, tell=tell)
        return _chosen(model, items, seed=seed, tell=tell)


def _config(folder: Path) -> Mapping[str, Any]:
    from lab.models.local_folder import check_folder

    return check_folder(folder, field="folder")


def _is_classifier(config: Mapping[str, Any]) -> bool:
    named = " ".join(str(one) for one in config.get("architectures") or ())
    return (
        "SequenceClassification" in named
        or "labels" in config
        or config.get("workload") == "bert-sentiment"
    )


def _classified(
    folder: Path, items: Items, *, seed: int, tell: Callable[[float], None]
) -> Evaluation:
    """By the folder's own classifier head."""
    from lab.models.local_folder import classifier

    config = _config(folder)
    named = config.get("id2label") or {}
    labels = [str(named[key]) for key in sorted(named, key=int)]
    asked = sorted({item.answer for item in items.items})
    unknown = [label for label in asked if label not in labels]
    if unknown:
        raise InputError(
            "evaluate",
            "the questions have the label {label}, and the model's are: {known}",
            label=unknown[0],
            known=", ".join(labels)[:200],
        )
    found = classifier(folder, labels=labels)
    model = found.model.eval()
    right: list[float] = []
    with torch.inference_mode():
        for first in range(0, len(items.items), _BATCH):
            part = items.items[first : first + _BATCH]
            rows = found.tokenizer.encode([item.text for item in part], most=found.most_tokens)
            ids, lengths = pad([row.tolist() for row in rows])
            mask = torch.arange(ids.shape[1])[None] < lengths[:, None]
            ids[~mask] = found.tokenizer.pad
            said = model(ids, mask).argmax(-1).tolist()
            right += [
                float(labels[place] == item.answer) for place, item in zip(said, part, strict=True)
            ]
            tell(min(1.0, len(right) / len(items.items)))
    return _accuracy(items, right, 1 / len(labels), seed=seed)


def _chosen(
    model: LanguageModel, items: Items, *, seed: int, tell: Callable[[float], None]
) -> Evaluation:
    """The choice whose words the model gives the greatest chance for each token."""
    right: list[float] = []
    cut = 0
    for place, item in enumerate(items.items):
        start = model.encode(item.text.rstrip())
        rows, spans = [], []
        for choice in item.choices:
            words = model.encode(" " + choice.strip()) or [0]
            row = (start + words)[-model.context_tokens :]
            cut += len(start) + len(words) > model.context_tokens
            rows.append(row)
            spans.append(min(len(words), len(row) - 1))
        scores = _mean_log_chance(model, rows, spans)
        right.append(float(int(np.argmax(scores)) == item.right))
        tell((place + 1) / len(items.items))
    chance = float(np.mean([1 / len(item.choices) for item in items.items]))
    return _accuracy(items, right, chance, seed=seed, notes=_cut(cut))


def _exact(
    model: LanguageModel, items: Items, *, seed: int, tell: Callable[[float], None]
) -> Evaluation:
    """The likeliest continuation, one token after another, up to a line's end."""
    right: list[float] = []
    cut = 0
    for place, item in enumerate(items.items):
        ids = model.encode(item.text) or [0]
        cut += len(ids) >= model.context_tokens
        most = min(_MOST_NEW_TOKENS, 4 + 2 * len(model.encode(item.answer)))
        said: list[int] = []
        for _ in range(most):
            seen = (ids + said)[-model.context_tokens :]
            said.append(int(model.logits(torch.tensor([seen]))[0, -1].argmax()))
            if "\n" in model.tokens.decode(said).lstrip():
                break
        words = model.tokens.decode(said).lstrip().split("\n")[0]
        right.append(float(_starts_with(words, item.answer)))
        tell((place + 1) / len(items.items))
    return _accuracy(items, right, None, seed=seed, notes=_cut(cut))


def _loss(
    model: LanguageModel, items: Items, *, seed: int, tell: Callable[[float], None]
) -> Evaluation:
    """Bits for each byte of text, so that models of different tokenizers compare; windows of
    the model's context that overlap by half, the first token not judged.
    """
    bits, sizes, tokens = [], [], 0
    for place, item in enumerate(items.items):
        ids = model.encode(item.text)
        if len(ids) < 2:
            continue
        nats, n = _nats(model, ids)
        tokens += n
        judged = model.tokens.decode(ids[1:])
        bits.append(nats / _LN2)
        sizes.append(max(1, len(judged.encode())))
        tell((place + 1) / len(items.items))
    if not bits:
        raise InputError("evaluate", "no text has two tokens or more")
    amounts, weights = np.array(bits), np.array(sizes, float)
    rng = np.random.default_rng(seed)
    picks = rng.integers(len(bits), size=(metrics.N_RESAMPLES, len(bits)))
    draws = amounts[picks].sum(1) / weights[picks].sum(1)
    low, high = np.quantile(draws, (0.05, 0.95))
    return Evaluation(
        metric="bits_per_byte",
        kind=items.kind,
        n=len(bits),
        value=float(amounts.sum() / weights.sum()),
        low=float(low),
        high=float(high),
        chance=8.0,
        by_item=tuple((amounts / weights).tolist()),
        draws=draws,
        extra={
            "nats_per_token": float(amounts.sum() * _LN2 / tokens),
            "bytes_per_token": float(weights.sum() / tokens),
        },
        notes=(),
    )


def _nats(model: LanguageModel, ids: list[int]) -> tuple[float, int]:
    """The nats of all tokens but the first, each seen with at least half a context before it."""
    step = max(1, model.context_tokens // 2)
    total, judged = 0.0, 1
    for first in range(0, len(ids), step):
        window = ids[first : first + model.context_tokens]
        if first + len(window) <= judged:
            break
        row = torch.tensor([window])
        logs = model.logits(row)[0, :-1].float().log_softmax(-1)
        chances = logs.gather(1, row[0, 1:, None])[:, 0]
        new = first + len(window) - judged
        total -= float(chances[-new:].sum())
        judged += new
    return total, judged - 1


def _mean_log_chance(
    model: LanguageModel, rows: Sequence[list[int]], spans: Sequence[int]
) -> Floats:
    """The mean log chance of the last ``span`` tokens of each row."""
    found = []
    for first in range(0, len(rows), _BATCH):
        part = rows[first : first + _BATCH]
        ids, lengths = pad(part)
        logs = model.logits(ids).float().log_softmax(-1)
        for place, row in enumerate(part):
            n, span = int(lengths[place]), spans[first + place]
            if span < 1:
                found.append(-math.inf)
                continue
            at = torch.arange(n - span, n)
            words = torch.tensor(row[n - span : n])
            found.append(float(logs[place, at - 1, words].mean()))
    return np.array(found)


def _accuracy(
    items: Items,
    right: Sequence[float],
    chance: float | None,
    *,
    seed: int,
    notes: tuple[Message, ...] = (),
) -> Evaluation:
    hits, n = int(sum(right)), len(right)
    rng = np.random.default_rng(seed)
    # The chance of a right answer given the answers seen, from Jeffreys' prior: also where all
    # were right there is doubt, which resampling would not show.
    draws = rng.beta(hits + 0.5, n - hits + 0.5, 20_000)
    low, high = np.quantile(draws, (0.05, 0.95))
    return Evaluation(
        metric="accuracy",
        kind=items.kind,
        n=n,
        value=hits / n,
        low=float(min(low, hits / n)),
        high=float(max(high, hits / n)),
        chance=chance,
        by_item=tuple(right),
        draws=draws,
        extra={},
        notes=notes,
    )


def _cut(n: int) -> tuple[Message, ...]:
    if not n:
        return ()
    return (
        Message(
            "{n} questions were longer than the model's context; their beginnings were left out.",
            {"n": n},
        ),
    )


def _starts_with(said: str, answer: str) -> bool:
    a, b = _plain(said), _plain(answer)
    return bool(b) and a.startswith(b) and not a[len(b) :][:1].isalnum()


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[^\w\s.%-]", " ", folded).split()).strip(" .")
