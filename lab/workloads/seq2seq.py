"""An encoder-decoder that translates English into Chinese; held-out names share no base
with those trained on.
"""

import json
from collections.abc import Mapping
from functools import cached_property
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
from lab.models.translator import (
    BEGIN,
    END,
    MARK,
    N_MARKS,
    N_SPECIAL,
    PAD,
    UNKNOWN,
    TranslationLoss,
    Translator,
)
from lab.task import Batch, Setting, Task, check_enough, chosen_data, given
from lab.tokens import Characters, Words, is_name
from lab.translation_examples import Example, Examples

_FEWEST_PAIRS: Final = 50
_SHOWN: Final = 8
_VALIDATION_PAIRS: Final = 256
_MOST_SCORED: Final = 1000
_MOST_WORDS: Final = 30_000
_AT_ONCE: Final = 64
#: Batches whose examples are drawn together and sorted by length.
_POOL: Final = 20


class Translation(Task):
    """Pairs of short sentences; words of the source, characters of the target."""

    varies = True

    def __init__(self, config: LabConfig, setting: Setting, *, trains: bool = True) -> None:
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
        check_enough(
            len(split.train),
            _FEWEST_PAIRS,
            Message("Pairs"),
            batch=c.batch_size,
            world=setting.world if trains else 0,
        )
        self.train_pairs = [(found.sources[i], found.targets[i]) for i in split.train]
        self.test_pairs = [(found.sources[i], found.targets[i]) for i in split.test]
        self._groups = [found.groups[i] for i in split.train]
        self.source_tokens = Words.of(
            (source for source, _ in self.train_pairs), n_unknown=N_MARKS, most=_MOST_WORDS
        )
        self.target_tokens = Characters.of(target for _, target in self.train_pairs)
        self.most = given(c.context_tokens)
        self.translator = Translator(
            source_vocab=self.source_tokens.vocab_size + N_SPECIAL,
            target_vocab=self.target_tokens.vocab_size + UNKNOWN,
            width=self.width,
            n_layers=self.n_layers,
            n_heads=given(c.n_heads),
            most_tokens=self.most + 2,  # with the marks of beginning and end
            dropout=c.dropout or 0.0,
            checkpointing=bool(c.checkpointing),
        ).to(setting.device)
        self.model = self.translator
        self.net = TranslationLoss(self.translator, label_smoothing=c.label_smoothing or 0.0)
        self._pool: tuple[int, list[list[Example]]] | None = None
        self.items_per_batch, self.flop_per_batch = 0, None
        if trains:
            lengths = self.examples.mean_lengths()
            self.translator.lengths[N_SPECIAL:] = torch.from_numpy(lengths)
            drawn = [example for batch in self._drawn(0) for example in batch]
            # Real tokens of an example on average: padding is not progress.
            mean_source = float(np.mean([len(example.source) for example in drawn]))
            mean_target = float(np.mean([len(example.target) + 1 for example in drawn]))
            self.items_per_batch = round(c.batch_size * (mean_source + mean_target))
            self.flop_per_batch = c.batch_size * self._flop_per_pair(mean_source, mean_target)

    @cached_property
    def examples(self) -> Examples:
        """What it is trained on; aligning the pairs takes a moment that a translation saves."""
        return Examples(
            self.train_pairs,
            self._groups,
            source=self.source_tokens,
            target=self.target_tokens,
            most=self.most,
        )

    def batch(self, index: int) -> Batch:
        """The next examples of an epoch, of like length."""
        pool, place = divmod(index * self.setting.world + self.setting.rank, self._n_batches)
        if self._pool is None or self._pool[0] != pool:
            self._pool = pool, self._drawn(pool)
        return self._tensors(self._pool[1][place])

    def validation_loss(self) -> float:
        """Nats per target token on up to 256 held-out pairs."""
        shown = self.test_pairs[:_VALIDATION_PAIRS]
        source = self._padded([self._source_ids(s) for s, _ in shown])
        framed = [_framed(self.target_tokens.encode(t)[: self.most] + N_MARKS) for _, t in shown]
        return float(self.net(source, self._padded(framed)))

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
        """The best translations found; an unknown name or number stands as it is, and what an
        unknown word means is guessed from the others.
        """
        self.translator.eval()
        order = np.argsort([len(source) for source in sources], kind="stable")
        made = [""] * len(sources)
        for start in range(0, len(order), _AT_ONCE):
            rows = order[start : start + _AT_ONCE]
            ids = self._padded([self._source_ids(sources[row]) for row in rows])
            copied = np.zeros((len(rows), N_MARKS), np.bool_)
            for number, row in enumerate(rows):
                for mark, word in enumerate(self._unknown(sources[row])):
                    copied[number, mark] = is_name(word)
            may_be = torch.from_numpy(copied).to(self.setting.device)
            found = self.translator.translate(ids, may_be, most_tokens=self.most)
            for row, line in zip(rows, found.tolist(), strict=True):
                made[row] = self._text(line, sources[row])
        return made

    def export(self, folder: Path) -> None:
        """The shape, and both vocabularies."""
        content = {
            "workload": "seq2seq",
            "config": self.config.model_dump(),
            "source_vocab": self.source_tokens.vocab_size + N_SPECIAL,
            "target_vocab": self.target_tokens.vocab_size + UNKNOWN,
            "most_tokens": self.most,
        }
        (folder / "config.json").write_text(json.dumps(content, indent=2), "utf-8")
        for name, tokenizer in (("source", self.source_tokens), ("target", self.target_tokens)):
            (folder / name).mkdir(exist_ok=True)
            tokenizer.save(folder / name)

    def _source_ids(self, text: str) -> NDArray[np.int64]:
        """At least one token: a sentence of spaces is an unknown word."""
        ids = self.source_tokens.encode(text)[: self.most] + N_SPECIAL
        return ids if len(ids) else np.array([MARK], np.int64)

    def _text(self, ids: list[int], source: str) -> str:
        unknown = self._unknown(source)
        made = []
        for i in ids:
            if i > UNKNOWN:
                made.append(self.target_tokens.decode([i - UNKNOWN]))
            elif MARK <= i < UNKNOWN:
                made.append(unknown[i - MARK])
        return "".join(made)

    def _unknown(self, source: str) -> list[str]:
        """The unknown words that have a mark each."""
        return self.source_tokens.unknown(source)[:N_MARKS]

    def _tensors(self, examples: list[Example]) -> Batch:
        """Sources, targets and the shares of the alignment."""
        sources = [example.source + N_SPECIAL for example in examples]
        targets = [_framed(example.target) for example in examples]
        source, target = self._padded(sources), self._padded(targets)
        guide = np.zeros((len(examples), target.shape[1] - 1, source.shape[1]), np.float32)
        for row, example in enumerate(examples):
            for place, linked in enumerate(example.links):
                if linked:
                    guide[row, place, list(linked)] = 1 / len(linked)
        return source, target, torch.from_numpy(guide).to(self.setting.device)

    def _padded(self, rows: list[NDArray[np.int64]]) -> Tensor:
        padded = np.full((len(rows), max(len(row) for row in rows)), PAD, np.int64)
        for number, row in enumerate(rows):
            padded[number, : len(row)] = row
        return torch.from_numpy(padded).to(self.setting.device)

    @property
    def _n_batches(self) -> int:
        """Batches of one pool: of an epoch, where that has fewer."""
        return min(_POOL, len(self.train_pairs) // self.config.batch_size)

    def _drawn(self, pool: int) -> list[list[Example]]:
        """The batches of a pool, each of examples of like length, in any order."""
        size, n = self.config.batch_size, self._n_batches
        per_epoch = len(self.train_pairs) // (n * size)
        epoch, place = divmod(pool, per_epoch)
        shares = self.examples.shares
        order = np.random.default_rng((self.config.seed, 1, epoch)).choice(
            len(shares), len(shares), p=shares
        )
        rows = order[place * n * size : (place + 1) * n * size]
        rng = np.random.default_rng((self.config.seed, 2, pool))
        changed = bool(self.config.augment)
        drawn = [self.examples.draw(int(row), rng, changed=changed) for row in rows]
        drawn.sort(key=lambda example: len(example.source) + len(example.target))
        return [drawn[k * size : (k + 1) * size] for k in rng.permutation(n)]

    def _flop_per_pair(self, source: float, target: float) -> float:
        """Training FLOP of one pair: matrix products, and attention's scores."""
        width, n_layers = self.width, self.n_layers
        layer = 12 * width**2  # attention 4, feed-forward 8
        # Of the cross-attention, keys and values run over the source, the rest over the target.
        cross = 2 * width**2
        head = width * (self.target_tokens.vocab_size + UNKNOWN)
        products = source * n_layers * (layer + cross)
        products += target * (n_layers * (layer + cross) + head)
        seen = source**2 + target**2 / 2 + source * target
        return 6 * products + 12 * n_layers * width * seen


def _framed(target: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ids between the marks of beginning and end."""
    return np.concatenate(([BEGIN], target + N_SPECIAL, [END]))


def make(config: LabConfig, setting: Setting) -> Task:
    """The task."""
    return Translation(config, setting)
