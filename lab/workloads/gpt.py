"""A decoder language model on a text: GPT-2's or Llama's shape, its own tokenizer."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from costmodel.messages import Message
from costmodel.workload import flops, hf_config
from lab import metrics, shapes
from lab.baselines import ngrams
from lab.config import LabConfig
from lab.corpora import text as texts
from lab.models import decoder as decoders
from lab.models.generate import generate
from lab.task import Batch, Setting, Task, check_enough, chosen_data, given
from lab.tokens import Characters, Pieces, Tokenizer

#: The end of the text is held out; a model of language is judged on what it never read.
_HELD_OUT_SHARE: Final = 0.1
_MOST_HELD_OUT_TOKENS: Final = 60_000
_VALIDATION_TOKENS: Final = 4_096
_BASELINE_ORDER: Final = 4
_MANY_TOKENS: Final = 512
_SAMPLE_TOKENS: Final = 120
#: Byte pairs are learnt from the beginning of a long text: the rest adds little.
_MOST_LEARNT_CHARACTERS: Final = 4_000_000


class LanguageModel(Task):
    """Next-token prediction; windows of the text drawn at random."""

    def __init__(self, config: LabConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        length = given(config.context_tokens)
        self.length = length
        corpus = _corpus(config)
        self.notes += corpus.provenance.notes
        self.data = corpus.provenance.as_json()
        self.tokenizer: Tokenizer = (
            Characters.of([corpus.text])
            if config.tokenizer == "char"
            else Pieces.of(
                corpus.text[:_MOST_LEARNT_CHARACTERS], vocab_size=given(config.vocab_size)
            )
        )
        ids = self.tokenizer.encode(corpus.text)
        check_enough(len(ids), 20 * (length + 1), Message("Tokens of text"))
        held_out = max(min(int(len(ids) * _HELD_OUT_SHARE), _MOST_HELD_OUT_TOKENS), length + 1)
        self.train_ids, self.test_ids = ids[:-held_out], ids[-held_out:]
        self._n_tokens, self._n_characters = len(ids), len(corpus.text)
        self._device_ids = torch.from_numpy(self.train_ids).to(setting.device)
        self._window = torch.arange(length + 1, device=setting.device)

        self.hf = shapes.decoder_config(
            given(config.shape),
            vocab_size=self.tokenizer.vocab_size,
            n_layers=given(config.n_layers),
            d_model=given(config.d_model),
            n_heads=given(config.n_heads),
            context_tokens=length,
            dropout=given(config.dropout),
        )
        with setting.device:  # a large model is drawn where it will lie, or does not fit there
            made = decoders.make(
                self.hf, dropout=given(config.dropout), checkpointing=bool(config.checkpointing)
            )
        self.model = made
        self.net = decoders.LanguageLoss(made)
        self.items_per_batch = config.batch_size * length
        self.flop_per_batch = flop_per_token(self.hf, length) * self.items_per_batch

    def use(self, train: str, held_out: str) -> None:
        """Train on one text and judge by another, both in the tokens of the task's corpus."""
        self.train_ids = self.tokenizer.encode(train)
        self.test_ids = self.tokenizer.encode(held_out)[:_MOST_HELD_OUT_TOKENS]
        check_enough(len(self.train_ids), 20 * (self.length + 1), Message("Tokens of text"))
        check_enough(len(self.test_ids), self.length + 1, Message("Tokens of held-out text"))
        self._n_tokens, self._n_characters = len(self.train_ids), len(train)
        self._device_ids = torch.from_numpy(self.train_ids).to(self.setting.device)

    def batch(self, index: int) -> Batch:
        """Windows at random places, and the same one token on."""
        last = len(self.train_ids) - self.length - 1
        starts = self.rng(index).integers(0, last + 1, size=(self.config.batch_size, 1))
        window = self._device_ids[torch.from_numpy(starts).to(self.setting.device) + self._window]
        return window[:, :-1], window[:, 1:]

    def validation_loss(self) -> float:
        """Nats per token on the beginning of the held-out text."""
        return float(self._held_out_losses(_VALIDATION_TOKENS).mean())

    def metrics(self) -> dict[str, Any]:
        """Loss in nats per token on held-out text, its perplexity and bits per character.

        The intervals are of windows drawn anew: the text is one book's end, so they say
        nothing of other texts.
        """
        losses = self._held_out_losses(len(self.test_ids))
        rng = np.random.default_rng(0)
        drawn = rng.integers(len(losses), size=(metrics.N_RESAMPLES, len(losses)))
        of_loss = losses[drawn].mean(1)
        figures = {
            "validation_loss": (float(losses.mean()), of_loss),
            "perplexity": (
                metrics.perplexity(float(losses.mean())),
                np.array([metrics.perplexity(loss) for loss in of_loss]),
            ),
            "bits_per_character": (self._bits(float(losses.mean())), of_loss * self._bits(1.0)),
        }
        found = {name: metrics.estimate(*figure) for name, figure in figures.items()}
        return {
            **{name: each.value for name, each in found.items()},
            "held_out_tokens": len(losses) * self.length,
            "intervals": {name: each.interval_json() for name, each in found.items()},
        }

    def baseline(self) -> dict[str, Any]:
        """An n-gram model of the same tokens."""
        n_types = self.tokenizer.vocab_size
        # Longer contexts help where tokens are few, as characters are.
        order = _BASELINE_ORDER if n_types < _MANY_TOKENS else 2
        found = ngrams.ngram(self.train_ids, self.test_ids, n_types=n_types, order=order)
        loss = found.loss_nats
        return {
            "name": found.name,
            "validation_loss": loss,
            "bits_per_character": self._bits(loss),
        }

    def sample(self) -> Mapping[str, Any]:
        """A continuation of a line break, with the seed fixed."""
        prompt = self.tokenizer.encode("\n")
        ids = generate(
            self._decoder, prompt, n_tokens=_SAMPLE_TOKENS, temperature=0.8, top_k=40, seed=0
        )
        return {"text": self.tokenizer.decode(ids)}

    def export(self, folder: Path) -> None:
        """``config.json`` and ``tokenizer.json``: a Hugging Face folder."""
        (folder / "config.json").write_text(json.dumps(self.hf, indent=2), "utf-8")
        self.tokenizer.save(folder)

    @property
    def _decoder(self) -> decoders.Decoder:
        assert isinstance(self.model, decoders.Decoder)
        return self.model

    def _bits(self, loss: float) -> float:
        """A loss per token in bits per character."""
        return metrics.bits_per_character(
            loss, n_tokens=self._n_tokens, n_characters=self._n_characters
        )

    def _held_out_losses(self, n_tokens: int) -> "np.ndarray[Any, Any]":
        """The mean loss of each window of held-out text, in nats per token."""
        length = self.length
        rows = max(1, min(n_tokens, len(self.test_ids) - 1) // length)
        used = self.test_ids[: rows * length + 1]
        ids = torch.from_numpy(used[:-1].reshape(rows, length))
        targets = torch.from_numpy(used[1:].reshape(rows, length))
        losses = []
        with torch.no_grad():
            for start in range(0, rows, 32):
                part = slice(start, start + 32)
                losses.append(self._row_losses(ids[part], targets[part]))
        return np.concatenate(losses)

    def _row_losses(self, ids: Tensor, targets: Tensor) -> "np.ndarray[Any, Any]":
        device = self.setting.device
        with self.setting.autocast():
            logits = self.model(ids.to(device)).float()
        losses = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), targets.to(device).flatten(), reduction="none"
        )
        return losses.view(ids.shape).mean(1).cpu().numpy()


def _corpus(config: LabConfig) -> texts.Text:
    given = chosen_data(config)
    if isinstance(given, Path):
        return texts.from_file(given)
    return texts.python_help() if given == "python-docs" else texts.shakespeare()


def flop_per_token(hf: Mapping[str, Any], context_tokens: int) -> float:
    """Model FLOP of training on one token: matrix products, and attention's lower half.

    Source: ``costmodel.workload.flops``.
    """
    spec = hf_config.parse(json.dumps(hf).encode(), name="lab")
    count = flops.parameter_count(spec)
    return 6 * count.multiplied + flops.attention_flop_per_token(
        spec, context_tokens=context_tokens, causal=True
    )


def make(config: LabConfig, setting: Setting) -> Task:
    """The task."""
    return LanguageModel(config, setting)
