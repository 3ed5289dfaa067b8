"""An encoder that classifies texts: Chinese reviews, a person's table, or a fine-tuned
local Hugging Face model.
"""

import json
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
        encoded = self.tokenizer.encode(self.texts, most=most)
        self.lengths = np.array([len(ids) for ids in encoded])
        self.ids = np.full((len(encoded), int(self.lengths.max())), self.tokenizer.pad, np.int64)
        for row, ids in enumerate(encoded):
            self.ids[row, : len(ids)] = ids
        self._unknown = self.tokenizer.unknown
        self.items_per_batch = config.batch_size
        self._epoch = -1
        self._plan: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self.flop_per_batch = self._flop_per_batch()

    def batch(self, index: int) -> Batch:
        """The next rows of an epoch; each rank takes its own part of the plan."""
        per_epoch = len(self._planned(0))
        epoch, place = divmod(index * self.setting.world + self.setting.rank, per_epoch)
        rows = self._planned(epoch)[place]
        ids, mask = self._padded(rows)
        if self.config.augment:
            hidden = self.rng(index).random(ids.shape) < _HIDDEN_SHARE
            hidden[:, 0] = False  # the first mark is what the classifier reads
            ids = ids.masked_fill(torch.from_numpy(hidden).to(ids.device) & mask, self._unknown)
        return ids, mask, torch.from_numpy(self.classes[rows]).to(self.setting.device)

    def validation_loss(self) -> float:
        """The loss on up to 512 held-out texts."""
        rows = self.test_rows[:_VALIDATION_TEXTS]
        targets = torch.from_numpy(self.classes[rows]).to(self.setting.device)
        return float(self.net(*self._padded(rows), targets))

    def metrics(self) -> dict[str, Any]:
        """Accuracy, precision, recall, F1, AUC, confusion matrix, with bootstrap intervals."""
        targets = self.classes[self.test_rows]
        shares = self.shares(self.test_rows)
        return metrics.classification(targets, shares, tuple(self.labels)).as_json()

    def shares(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The probability of each class, shape ``(rows, classes)``."""
        order = np.argsort(self.lengths[rows], kind="stable")
        found = np.empty((len(rows), len(self.labels)))
        for start in range(0, len(rows), 256):
            part = order[start : start + 256]
            with self.setting.autocast():
                logits = self.model(*self._padded(rows[part]))
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

    def _planned(self, epoch: int) -> NDArray[np.int64]:
        """The rows of each batch of an epoch, shape ``(batches, batch_size)``."""
        if epoch != self._epoch:
            rng = np.random.default_rng((self.config.seed, 1, epoch))
            size = self.config.batch_size
            order = rng.permutation(self.train_rows)
            order = order[: len(order) // size * size]
            pools = [
                order[start : start + _POOL * size] for start in range(0, len(order), _POOL * size)
            ]
            by_length = [pool[np.argsort(self.lengths[pool], kind="stable")] for pool in pools]
            batches = np.concatenate(by_length).reshape(-1, size)
            self._plan, self._epoch = rng.permutation(batches), epoch
        return self._plan

    def _padded(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """(ids, mask) of rows, as long as the longest of them needs."""
        longest = int(self.lengths[rows].max())
        longest = min(-(-longest // _PADDED_TO) * _PADDED_TO, self.ids.shape[1])
        ids = torch.from_numpy(self.ids[rows, :longest]).to(self.setting.device)
        mask = torch.from_numpy(np.arange(longest) < self.lengths[rows, None])
        return ids, mask.to(self.setting.device)

    def _flop_per_batch(self) -> float:
        """The mean over an epoch: batches differ in length. Padding is computed, and counted."""
        plan = self._planned(0)
        longest = self.lengths[plan].max(1)
        padded = np.minimum(-(-longest // _PADDED_TO) * _PADDED_TO, self.ids.shape[1])
        size = self.config.batch_size
        one = torch.zeros(1, _PADDED_TO, dtype=torch.long, device=self.setting.device)
        with self.setting.autocast():
            per_token = training_flop(self.model, one, one == 0) / _PADDED_TO
        layers, width = _shape(self.model, self.config)
        # Scores and their sums over the whole square: 6 x 2 x width x length per token.
        attention = 12 * layers * width * float((padded.astype(float) ** 2).mean())
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
