"""An encoder-decoder that translates English into Chinese; held-out names share no base
with those trained on.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from costmodel.messages import Message
from lab import translation_scores
from lab.baselines import phrases
from lab.config import LabConfig
from lab.corpora import pairs
from lab.models.translator import BEGIN, END, N_SPECIAL, PAD, TranslationLoss, Translator
from lab.task import Batch, Setting, Task, check_enough, chosen_data, given
from lab.tokens import Characters, Pieces

_FEWEST_PAIRS: Final = 50
_SHOWN: Final = 8
_VALIDATION_PAIRS: Final = 256
_MOST_SCORED: Final = 1000
#: Byte pairs of English: short names have few words, and a new word is made of known parts.
_SOURCE_PIECES: Final = 1000


class Translation(Task):
    """Pairs of short sentences; byte pairs of the source, characters of the target."""

    def __init__(self, config: LabConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        c = config
        self.width, self.n_layers = given(c.d_model), given(c.n_layers)
        chosen = chosen_data(config)
        found = (
            pairs.load(chosen)
            if isinstance(chosen, Path)
            else pairs.load(name=chosen or config.info.data[0])
        )
        self.notes += found.provenance.notes
        split = found.split(seed=config.seed)
        self.data = {
            **found.provenance.as_json(),
            "n_train": len(split.train),
            "n_test": len(split.test),
        }
        check_enough(len(split.train), max(_FEWEST_PAIRS, c.batch_size), Message("Pairs"))
        self.train_pairs = [(found.sources[i], found.targets[i]) for i in split.train]
        self.test_pairs = [(found.sources[i], found.targets[i]) for i in split.test]
        english = "\n".join(source for source, _ in self.train_pairs)
        self.source_tokens = Pieces.of(english, vocab_size=_SOURCE_PIECES)
        self.target_tokens = Characters.of(target for _, target in self.train_pairs)
        # Positions: the marks of beginning and end come on top.
        self.most = given(c.context_tokens)
        self.sources = self._encoded([s for s, _ in self.train_pairs], target=False)
        self.targets = self._encoded([t for _, t in self.train_pairs], target=True)
        self.lengths = (self.sources != PAD).sum(1) + (self.targets != PAD).sum(1)
        self.translator = Translator(
            source_vocab=self.source_tokens.vocab_size + N_SPECIAL,
            target_vocab=self.target_tokens.vocab_size + N_SPECIAL,
            width=self.width,
            n_layers=self.n_layers,
            n_heads=given(c.n_heads),
            most_tokens=self.most + 2,
            dropout=c.dropout or 0.0,
            checkpointing=bool(c.checkpointing),
        ).to(setting.device)
        self.model = self.translator
        self.net = TranslationLoss(self.translator, label_smoothing=c.label_smoothing or 0.0)
        self._epoch = -1
        self._plan: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        # Real tokens of a batch, source and target, on average: padding is not progress.
        mean_source = float((self.sources != PAD).sum(1).mean())
        mean_target = float((self.targets != PAD).sum(1).mean())
        self.items_per_batch = round(c.batch_size * (mean_source + mean_target))
        self.flop_per_batch = c.batch_size * self._flop_per_pair(mean_source, mean_target)

    def batch(self, index: int) -> Batch:
        """The next pairs of an epoch, of like length."""
        per_epoch = len(self._planned(0))
        epoch, place = divmod(index * self.setting.world + self.setting.rank, per_epoch)
        rows = self._planned(epoch)[place]
        return self._trimmed(self.sources[rows]), self._trimmed(self.targets[rows])

    def validation_loss(self) -> float:
        """Nats per target token on up to 256 held-out pairs."""
        shown = self.test_pairs[:_VALIDATION_PAIRS]
        source = self._trimmed(self._encoded([s for s, _ in shown], target=False))
        target = self._trimmed(self._encoded([t for _, t in shown], target=True))
        return float(self.net(source, target))

    def metrics(self) -> dict[str, Any]:
        """BLEU of characters, chrF and exact matches on held-out pairs."""
        shown = self.test_pairs[:_MOST_SCORED]
        made = self.translate([source for source, _ in shown])
        return translation_scores.scores(made, [target for _, target in shown])

    def baseline(self) -> dict[str, Any]:
        """A phrase table of the training pairs."""
        shown = self.test_pairs[:_MOST_SCORED]
        found = phrases.phrase_table(
            [source for source, _ in self.train_pairs],
            [target for _, target in self.train_pairs],
            [source for source, _ in shown],
        )
        scores = translation_scores.scores(found.outputs, [target for _, target in shown])
        return {"name": found.name, **scores}

    def sample(self) -> Mapping[str, Any]:
        """A few held-out pairs with what the model makes of them."""
        shown = self.test_pairs[:_SHOWN]
        made = self.translate([source for source, _ in shown])
        return {
            "pairs": [
                {"source": source, "target": target, "made": text}
                for (source, target), text in zip(shown, made, strict=True)
            ]
        }

    def translate(self, sources: list[str]) -> list[str]:
        """The likeliest translation, token by token."""
        self.translator.eval()
        order = np.argsort([len(source) for source in sources], kind="stable")
        made = [""] * len(sources)
        for start in range(0, len(order), 128):
            rows = order[start : start + 128]
            ids = self._trimmed(self._encoded([sources[row] for row in rows], target=False))
            found = self.translator.translate(ids, most_tokens=self.most).cpu().numpy()
            for row, line in zip(rows, found, strict=True):
                kept = [i - N_SPECIAL for i in line if i >= N_SPECIAL]
                made[row] = self.target_tokens.decode(kept)
        return made

    def export(self, folder: Path) -> None:
        """The shape, and both vocabularies."""
        content = {
            "workload": "seq2seq",
            "config": self.config.model_dump(),
            "source_vocab": self.source_tokens.vocab_size + N_SPECIAL,
            "target_vocab": self.target_tokens.vocab_size + N_SPECIAL,
            "most_tokens": self.most,
        }
        (folder / "config.json").write_text(json.dumps(content, indent=2), "utf-8")
        for name, tokenizer in (("source", self.source_tokens), ("target", self.target_tokens)):
            (folder / name).mkdir(exist_ok=True)
            tokenizer.save(folder / name)

    def _encoded(self, texts: list[str], *, target: bool) -> NDArray[np.int64]:
        """Rows of ids, padded; targets between the marks of beginning and end."""
        rows = []
        for text in texts:
            if target:
                ids = self.target_tokens.encode(text)[: self.most] + N_SPECIAL
                rows.append(np.concatenate(([BEGIN], ids, [END])))
            else:
                rows.append(self.source_tokens.encode(text)[: self.most] + N_SPECIAL)
        encoded = np.full((len(rows), max(len(row) for row in rows)), PAD, np.int64)
        for number, row in enumerate(rows):
            encoded[number, : len(row)] = row
        return encoded

    def _trimmed(self, ids: NDArray[np.int64]) -> Tensor:
        longest = int((ids != PAD).sum(1).max())
        return torch.from_numpy(np.ascontiguousarray(ids[:, :longest])).to(self.setting.device)

    def _planned(self, epoch: int) -> NDArray[np.int64]:
        if epoch != self._epoch:
            rng = np.random.default_rng((self.config.seed, 1, epoch))
            size = self.config.batch_size
            order = rng.permutation(len(self.train_pairs))
            order = order[: len(order) // size * size]
            pools = [order[i : i + 20 * size] for i in range(0, len(order), 20 * size)]
            by_length = [pool[np.argsort(self.lengths[pool], kind="stable")] for pool in pools]
            self._plan = rng.permutation(np.concatenate(by_length).reshape(-1, size))
            self._epoch = epoch
        return self._plan

    def _flop_per_pair(self, source: float, target: float) -> float:
        """Training FLOP of one pair: matrix products, and attention's scores."""
        width, n_layers = self.width, self.n_layers
        layer = 12 * width**2  # attention 4, feed-forward 8
        # Of the cross-attention, keys and values run over the source, the rest over the target.
        cross = 2 * width**2
        head = width * (self.target_tokens.vocab_size + N_SPECIAL)
        products = source * n_layers * (layer + cross)
        products += target * (n_layers * (layer + cross) + head)
        seen = source**2 + target**2 / 2 + source * target
        return 6 * products + 12 * n_layers * width * seen


def make(config: LabConfig, setting: Setting) -> Task:
    """The task."""
    return Translation(config, setting)
