"""An encoder-decoder Transformer for short sentences."""

import math
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from lab.models import rotary

#: Ids that every vocabulary of the translator begins with; marks of unknown words follow.
PAD: Final = 0
BEGIN: Final = 1
END: Final = 2
N_SPECIAL: Final = 3
N_MARKS: Final = 6
#: The first mark; the character that stands for those never seen comes after the last.
MARK: Final = N_SPECIAL
UNKNOWN: Final = MARK + N_MARKS

_THETA: Final = 100.0  # sentences are short
#: Hypotheses kept while translating, and what a character earns: without it, short
#: translations win. Chosen on the names of emoji, splits 0 to 7.
BEAM: Final = 4
PER_TOKEN: Final = 2.0
#: Weight of the alignment in the loss.
_GUIDE: Final = 1.0
_LEAST: Final = 1e-6


class Translator(nn.Module):
    """Source ids ``(batch, s)`` and target ids ``(batch, t)`` to logits ``(batch, t, vocab)``.

    Layer norms before each part, rotary positions; attention is a softmax of
    ``q k / sqrt(d_k)``; embeddings of the target are tied to the output.

    Source: Vaswani et al. 2017, arXiv:1706.03762; Xiong et al. 2020 (norms before),
    arXiv:2002.04745.
    """

    cos: Tensor
    sin: Tensor
    #: Mean target characters of each source token, ``(source_vocab,)``; kept with the weights.
    lengths: Tensor

    def __init__(
        self,
        *,
        source_vocab: int,
        target_vocab: int,
        width: int,
        n_layers: int,
        n_heads: int,
        most_tokens: int,
        dropout: float,
        checkpointing: bool,
    ) -> None:
        super().__init__()
        self.source = nn.Embedding(source_vocab, width, padding_idx=PAD)
        self.target = nn.Embedding(target_vocab, width, padding_idx=PAD)
        self.encoder = nn.ModuleList(
            _Layer(width, n_heads, dropout, crosses=False) for _ in range(n_layers)
        )
        self.decoder = nn.ModuleList(
            _Layer(width, n_heads, dropout, crosses=True) for _ in range(n_layers)
        )
        self.encoder_norm = nn.LayerNorm(width)
        self.decoder_norm = nn.LayerNorm(width)
        self.dropout = dropout
        self.checkpointing = checkpointing
        cos, sin = rotary.tables(most_tokens, width // n_heads, theta=_THETA)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.register_buffer("lengths", torch.zeros(source_vocab))
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, 0.0, 1 / math.sqrt(width))
            elif isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)

    def forward(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """(logits of the token after each target position, what each position looks at)."""
        return self.decode(target, *self.encode(source))

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """(states ``(batch, s, width)``, mask of the real source tokens)."""
        seen = (source != PAD)[:, None, None, :]
        x = self._dropped(self.source(source))
        for layer in self.encoder:
            x, _ = self._through(layer, x, seen, None, None)
        return self.encoder_norm(x), seen

    def decode(self, target: Tensor, states: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Logits after each target position, given the encoded source; and the last layer's
        attention to the source, the mean of its heads, ``(batch, t, s)``.
        """
        x = self._dropped(self.target(target))
        looks = states.new_zeros(())
        for layer in self.decoder:
            x, looks = self._through(layer, x, None, states, seen)
        return functional.linear(self.decoder_norm(x), self.target.weight), looks

    @torch.no_grad()
    def translate(
        self,
        source: Tensor,
        copied: Tensor,
        *,
        most_tokens: int,
        beam: int = BEAM,
        per_token: float = PER_TOKEN,
    ) -> Tensor:
        """The best translation found, ``(batch, most_tokens)`` padded, by beam search for the
        logarithm of the chance plus ``per_token`` for each character, as far as the source
        tokens that it looks at have had fewer characters than they have on average. Of the
        marks, those that are ``copied``, ``(batch, N_MARKS)``, can be made, and earn nothing.

        Sources: Huang, Zhao, Ma 2017, When to finish? Optimal beam search for neural text
        generation, arXiv:1809.00069 (a bounded reward of length); Tu et al. 2016, Modeling
        coverage for neural machine translation, arXiv:1601.04811 (counted by source token).
        """
        n = len(source)
        states, seen = (part.repeat_interleave(beam, 0) for part in self.encode(source))
        is_absent = ~copied.repeat_interleave(beam, 0)
        owed = self.lengths[source].repeat_interleave(beam, 0)
        found = torch.full((n * beam, 1), BEGIN, dtype=torch.long, device=source.device)
        score = torch.full((n, beam), -torch.inf, device=source.device)
        score[:, 0] = 0.0
        ended = torch.zeros(n * beam, dtype=torch.bool, device=source.device)
        first = torch.arange(n, device=source.device)[:, None] * beam
        for _ in range(most_tokens):
            logits, looks = self.decode(found, states, seen)
            logits = logits[:, -1].float()
            logits[:, (PAD, BEGIN, UNKNOWN)] = -torch.inf
            logits[:, MARK:UNKNOWN].masked_fill_(is_absent, -torch.inf)
            gain = logits.log_softmax(-1)
            left = (owed - looks[:, :-1].sum(1)).clamp_min(0.0)
            gain[:, UNKNOWN:] += per_token * torch.minimum(looks[:, -1], left).sum(1)[:, None]
            gain[ended] = -torch.inf
            gain[ended, PAD] = 0.0
            score, place = (score.view(-1, 1) + gain).view(n, -1).topk(beam)
            parent = (first + place // gain.shape[1]).flatten()
            token = (place % gain.shape[1]).flatten()
            found = torch.cat((found[parent], token[:, None]), 1)
            ended = ended[parent] | (token == END)
            if bool(ended.all()):
                break
        return found[first[:, 0] + score.argmax(1), 1:]

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout) if self.training and self.dropout else x

    def _through(
        self,
        layer: nn.Module,
        x: Tensor,
        own_seen: Tensor | None,
        states: Tensor | None,
        seen: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        turn = self.cos[: x.shape[1]], self.sin[: x.shape[1]]
        made: tuple[Tensor, Tensor]
        if self.checkpointing and self.training:
            made = checkpoint(layer, x, turn, own_seen, states, seen, use_reentrant=False)
        else:
            made = layer(x, turn, own_seen, states, seen)
        return made


class TranslationLoss(nn.Module):
    """Mean cross-entropy per target token, padding left out; in training, also that of the
    decoder's attention against the alignment.

    Source: Chen et al. 2016, Guided alignment training for topic-aware neural machine
    translation, arXiv:1607.01628.
    """

    def __init__(self, translator: Translator, *, label_smoothing: float) -> None:
        super().__init__()
        self.translator = translator
        self.label_smoothing = label_smoothing

    def forward(self, source: Tensor, target: Tensor, guide: Tensor | None = None) -> Tensor:
        """``target`` begins with ``BEGIN`` and ends with ``END``, then padding; ``guide``
        ``(batch, t - 1, s)`` says which source tokens each token after the first translates,
        as shares that sum to one, or to zero where that is not known.
        """
        logits, looks = self.translator(source, target[:, :-1])
        loss = functional.cross_entropy(
            logits.flatten(0, 1).float(),
            target[:, 1:].flatten(),
            ignore_index=PAD,
            label_smoothing=self.label_smoothing if self.training else 0.0,
        )
        if guide is None or not self.training:
            return loss
        apart = -(guide * (looks.float() + _LEAST).log()).sum()
        return loss + _GUIDE * apart / guide.sum().clamp_min(1.0)


class _Attention(nn.Module):
    def __init__(self, width: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.n_heads = n_heads
        self.dropout = dropout

    def heads(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries of ``x``, keys and values of ``y``, each ``(batch, heads, length, d_head)``."""
        made = (self.query(x), self.key(y), self.value(y))
        q, k, v = (part.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for part in made)
        return q, k, v


class _Within(_Attention):
    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], seen: Tensor | None) -> Tensor:
        """``x`` attends to itself where ``seen``; without ``seen`` to what came before."""
        q, k, v = self.heads(x, x)
        mixed = functional.scaled_dot_product_attention(
            rotary.turned(q, *turn),
            rotary.turned(k, *turn),
            v,
            attn_mask=seen,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=seen is None,
        )
        made: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return made


class _Across(_Attention):
    def forward(self, x: Tensor, states: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """``x`` attends to ``states``; and to which of them, the mean over the heads."""
        q, k, v = self.heads(x, states)
        scores = (q @ k.transpose(-1, -2)) / math.sqrt(q.shape[-1])
        shares = scores.float().masked_fill(~seen, -torch.inf).softmax(-1)
        p = self.dropout if self.training else 0.0
        mixed = functional.dropout(shares, p).to(v.dtype) @ v
        return self.out(mixed.transpose(1, 2).flatten(2)), shares.mean(1)


class _Layer(nn.Module):
    def __init__(self, width: int, n_heads: int, dropout: float, *, crosses: bool) -> None:
        super().__init__()
        self.own = _Within(width, n_heads, dropout)
        self.own_norm = nn.LayerNorm(width)
        self.cross = _Across(width, n_heads, dropout) if crosses else None
        self.cross_norm = nn.LayerNorm(width) if crosses else None
        self.first = nn.Linear(width, 4 * width)
        self.second = nn.Linear(4 * width, width)
        self.norm = nn.LayerNorm(width)
        self.dropout = dropout

    def forward(
        self,
        x: Tensor,
        turn: tuple[Tensor, Tensor],
        own_seen: Tensor | None,
        states: Tensor | None,
        seen: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        x = x + self._dropped(self.own(self.own_norm(x), turn, own_seen))
        looks = x.new_zeros(())
        if self.cross is not None and self.cross_norm is not None and states is not None:
            crossed, looks = self.cross(self.cross_norm(x), states, seen)
            x = x + self._dropped(crossed)
        inner = functional.gelu(self.first(self.norm(x)))
        return x + self._dropped(self.second(inner)), looks

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout) if self.training and self.dropout else x
