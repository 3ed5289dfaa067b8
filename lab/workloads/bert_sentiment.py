"""An encoder that classifies texts: Chinese reviews, a person's table, or a fine-tuned
local Hugging Face model.
"""

import json
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from costmodel.messages import Message
from lab import metrics
from lab.baselines import labels
from lab.config import LabConfig
from lab.corpora import reviews
from lab.models import bert, local_folder
from lab.models.flop import training_flop
from lab.models.pictures import ClassifierLoss
from lab.picture_task import baseline_scores
from lab.task import Batch, Setting, Task, check_enough, chosen_data, given
from lab.tokens import Marked

_FEWEST_TEXTS: Final = 20
_VALIDATION_TEXTS: Final = 512
#: Texts of like length share a batch: of this many batches drawn, sorted, then shuffled.
_POOL: Final = 20
#: Batches are padded to a multiple, so that few shapes occur.
_PADDED_TO: Final = 8
#: With ``augment``: pieces that a batch hides, so that no review is learnt by heart.
_HIDDEN_SHARE: Final = 0.15


class SentimentClassifier(Task):
    """Texts without copies, split by label; batches of like length."""

    varies = True

    def __init__(self, config: LabConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        chosen = chosen_data(config)
        found = reviews.load(
            chosen if isinstance(chosen, Path) else None,
            text_column=config.text_column,
            label_column=config.label_column,
        )
        self.notes += found.provenance.notes
        self.data = {
            **found.provenance.as_json(),
            "leaked_share_of_random_split": found.leak.leaked_share,
        }
        self.labels = list(found.classes)
        split = found.split(seed=config.seed)
        self.texts = found.texts
        self.train_rows, self.test_rows = split.train, split.test
        self.classes = found.labels
        check_enough(
            len(self.train_rows),
            _FEWEST_TEXTS,
            Message("Texts"),
            batch=config.batch_size,
            world=setting.world,
        )
        self.tokenizer: local_folder.TextEncoder
        self.hf: dict[str, Any] | None = None
        if config.from_folder is not None:
            folder = local_folder.classifier(Path(config.from_folder), labels=self.labels)
            self.model, self.tokenizer = folder.model, folder.tokenizer
            self.notes += folder.notes
            most = min(given(config.context_tokens), folder.most_tokens)
        else:
            train_texts = [self.texts[row] for row in self.train_rows]
            self.tokenizer = Marked.of(train_texts, most=given(config.vocab_size))
            self.hf = bert.hf_config(
                config, vocab_size=self.tokenizer.vocab_size, labels=self.labels
            )
            self.model = bert.Bert(
                self.hf, dropout=config.dropout or 0.0, checkpointing=bool(config.checkpointing)
            )
            most = given(config.context_tokens)
        self.model.to(setting.device)
        self.net = ClassifierLoss(
            self.model, loss=given(config.loss), label_smoothing=config.label_smoothing or 0.0
        )
        self._most = most
        self._ids: dict[int, NDArray[np.int64]] = {}
        self._unknown = self.tokenizer.unknown
        self.items_per_batch = config.batch_size
        self._per_epoch = len(self.train_rows) // config.batch_size
        self._pool: tuple[tuple[int, int], NDArray[np.int64]] | None = None

    def batch(self, index: int) -> Batch:
        """The next rows of an epoch; each rank takes its own part of the plan."""
        taken = index * self.setting.world + self.setting.rank
        epoch, place = divmod(taken, self._per_epoch)
        pool, place = divmod(place, _POOL)
        if self._pool is None or self._pool[0] != (epoch, pool):
            self._pool = (epoch, pool), self._drawn(epoch, pool)
        rows = self._pool[1][place]
        ids, mask = self.padded(rows)
        if self.config.augment:
            hidden = self.rng(index).random(ids.shape) < _HIDDEN_SHARE
            hidden[:, 0] = False  # the first mark is what the classifier reads
            ids = ids.masked_fill(torch.from_numpy(hidden).to(ids.device) & mask, self._unknown)
        return ids, mask, torch.from_numpy(self.classes[rows]).to(self.setting.device)

    def validation_loss(self) -> float:
        """The loss on up to 512 held-out texts."""
        rows = self.test_rows[:_VALIDATION_TEXTS]
        targets = torch.from_numpy(self.classes[rows]).to(self.setting.device)
        return float(self.net(*self.padded(rows), targets))

    def metrics(self) -> dict[str, Any]:
        """Accuracy, precision, recall, F1, AUC, confusion matrix, with bootstrap intervals."""
        targets = self.classes[self.test_rows]
        shares = self.shares(self.test_rows)
        return metrics.classification(targets, shares, tuple(self.labels)).as_json()

    def shares(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The probability of each class, shape ``(rows, classes)``."""
        order = np.argsort(self._lengths(rows), kind="stable")
        found = np.empty((len(rows), len(self.labels)))
        for start in range(0, len(rows), 256):
            part = order[start : start + 256]
            with self.setting.autocast():
                logits = self.model(*self.padded(rows[part]))
            found[part] = logits.float().softmax(-1).cpu().numpy()
        return found

    def baseline(self) -> dict[str, Any]:
        """TF-IDF of characters with logistic regression, on the same split."""
        found = labels.tfidf(
            [self.texts[row] for row in self.train_rows],
            self.classes[self.train_rows],
            [self.texts[row] for row in self.test_rows],
            n_classes=len(self.labels),
        )
        return baseline_scores(found, self.classes[self.test_rows], self.labels)

    def export(self, folder: Path) -> None:
        """``config.json`` and the tokenizer: a Hugging Face folder."""
        if self.hf is None:
            local_folder.save_classifier(self.model, self.tokenizer, folder)
            return
        content = {**self.hf, "assay_most_tokens": self.config.context_tokens}
        (folder / "config.json").write_text(
            json.dumps(content, ensure_ascii=False, indent=2), "utf-8"
        )
        self.tokenizer.save(folder)

    def _drawn(self, epoch: int, pool: int) -> NDArray[np.int64]:
        """The rows of each batch of a pool of an epoch, ``(batches, batch_size)``: of like
        length within a batch, the batches in any order.
        """
        size = self.config.batch_size
        order = np.random.default_rng((self.config.seed, 1, epoch)).permutation(self.train_rows)
        rows = order[: self._per_epoch * size][pool * _POOL * size : (pool + 1) * _POOL * size]
        rows = rows[np.argsort(self._lengths(rows), kind="stable")]
        rng = np.random.default_rng((self.config.seed, 2, epoch, pool))
        return rng.permutation(rows.reshape(-1, size))

    def _encoded(self, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """The ids of texts. Each text is encoded when it is first asked for: all at once would
        keep the first step waiting.
        """
        missing = [row for row in rows.tolist() if row not in self._ids]
        if missing:
            made = self.tokenizer.encode([self.texts[row] for row in missing], most=self._most)
            self._ids.update(zip(missing, made, strict=True))
        return [self._ids[row] for row in rows.tolist()]

    def _lengths(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.array([len(ids) for ids in self._encoded(rows)], np.int64)

    def _padded_to(self, longest: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.minimum(-(-longest // _PADDED_TO) * _PADDED_TO, self._most)

    def padded(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """(ids, mask) of rows, as long as the longest of them needs."""
        encoded, lengths = self._encoded(rows), self._lengths(rows)
        shape = len(rows), int(self._padded_to(lengths.max()))
        padded = np.full(shape, self.tokenizer.pad, np.int64)
        for place, ids in enumerate(encoded):
            padded[place, : len(ids)] = ids
        mask = torch.from_numpy(np.arange(shape[1]) < lengths[:, None])
        return torch.from_numpy(padded).to(self.setting.device), mask.to(self.setting.device)

    @cached_property
    def flop_per_batch(self) -> float:  # type: ignore[override]  # found when asked for
        """The mean over an epoch: batches differ in length. Padding is computed, and counted."""
        pools = [self._drawn(0, pool) for pool in range(-(-self._per_epoch // _POOL))]
        longest = [self._lengths(rows).max() for batches in pools for rows in batches]
        padded = self._padded_to(np.array(longest)).astype(float)
        size = self.config.batch_size
        one = torch.zeros(1, _PADDED_TO, dtype=torch.long, device=self.setting.device)
        with self.setting.autocast():
            per_token = training_flop(self.model, one, one == 0) / _PADDED_TO
        layers, width = _shape(self.model, self.config)
        # Scores and their sums over the whole square: 6 x 2 x width x length per token.
        attention = 12 * layers * width * float((padded**2).mean())
        return size * (per_token * float(padded.mean()) + attention)


def _shape(model: nn.Module, config: LabConfig) -> tuple[int, int]:
    """(layers, width) of the encoder."""
    inner = getattr(model, "hf_config", None)
    if inner is not None:
        return int(inner.num_hidden_layers), int(inner.hidden_size)
    return given(config.n_layers), given(config.d_model)


def make(config: LabConfig, setting: Setting) -> Task:
    """The task."""
    return SentimentClassifier(config, setting)
