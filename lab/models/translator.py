"""An encoder-decoder Transformer for short sentences."""

import math
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

#: Ids that every vocabulary of the translator begins with.
PAD: Final = 0
BEGIN: Final = 1
END: Final = 2
UNKNOWN: Final = 3
N_SPECIAL: Final = 4


class Translator(nn.Module):
    """Source ids ``(batch, s)`` and target ids ``(batch, t)`` to logits ``(batch, t, vocab)``.

    Layer norms before each part; attention is a softmax of ``q k / sqrt(d_k)``; embeddings
    of the target are tied to the output.

    Source: Vaswani et al. 2017, arXiv:1706.03762; Xiong et al. 2020 (norms before),
    arXiv:2002.04745.
    """

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
        self.source_places = nn.Embedding(most_tokens, width)
        self.target_places = nn.Embedding(most_tokens, width)
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
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, 0.0, 1 / math.sqrt(width))
            elif isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits of the token after each target position."""
        return self.decode(target, *self.encode(source))

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """(states ``(batch, s, width)``, mask of the real source tokens)."""
        seen = (source != PAD)[:, None, None, :]
        x = self._dropped(self.source(source) + self.source_places.weight[: source.shape[1]])
        for layer in self.encoder:
            x = self._through(layer, x, seen, None, None)
        return self.encoder_norm(x), seen

    def decode(self, target: Tensor, states: Tensor, seen: Tensor) -> Tensor:
        """Logits after each target position, given the encoded source."""
        x = self._dropped(self.target(target) + self.target_places.weight[: target.shape[1]])
        for layer in self.decoder:
            x = self._through(layer, x, None, states, seen)
        return functional.linear(self.decoder_norm(x), self.target.weight)

    @torch.no_grad()
    def translate(self, source: Tensor, *, most_tokens: int) -> Tensor:
        """The likeliest next token until the end, ``(batch, most_tokens)`` padded."""
        states, seen = self.encode(source)
        found = torch.full((len(source), 1), BEGIN, dtype=torch.long, device=source.device)
        ended = torch.zeros(len(source), dtype=torch.bool, device=source.device)
        for _ in range(most_tokens):
            logits = self.decode(found, states, seen)[:, -1]
            logits[:, (PAD, BEGIN, UNKNOWN)] = -torch.inf
            best = logits.argmax(-1).masked_fill(ended, PAD)
            found = torch.cat((found, best[:, None]), 1)
            ended |= best == END
            if bool(ended.all()):
                break
        return found[:, 1:]

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout) if self.training and self.dropout else x

    def _through(self, layer: nn.Module, x: Tensor, *rest: Tensor | None) -> Tensor:
        if self.checkpointing and self.training:
            out: Tensor = checkpoint(layer, x, *rest, use_reentrant=False)
            return out
        return layer(x, *rest)


class TranslationLoss(nn.Module):
    """Mean cross-entropy per target token, padding left out."""

    def __init__(self, translator: Translator, *, label_smoothing: float) -> None:
        super().__init__()
        self.translator = translator
        self.label_smoothing = label_smoothing

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """``target`` begins with ``BEGIN`` and ends with ``END``, then padding."""
        logits = self.translator(source, target[:, :-1])
        return functional.cross_entropy(
            logits.flatten(0, 1).float(),
            target[:, 1:].flatten(),
            ignore_index=PAD,
            label_smoothing=self.label_smoothing if self.training else 0.0,
        )


class _Attention(nn.Module):
    def __init__(self, width: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.n_heads = n_heads
        self.dropout = dropout

    def forward(self, x: Tensor, y: Tensor, seen: Tensor | None) -> Tensor:
        """``x`` attends to ``y`` where ``seen``; without ``seen`` to what came before."""
        width = x.shape[-1] // self.n_heads
        q = self.query(x).unflatten(-1, (self.n_heads, width)).transpose(1, 2)
        k = self.key(y).unflatten(-1, (self.n_heads, width)).transpose(1, 2)
        v = self.value(y).unflatten(-1, (self.n_heads, width)).transpose(1, 2)
        p = self.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(
            q, k, v, attn_mask=seen, dropout_p=p, is_causal=seen is None
        )
        return self.out(mixed.transpose(1, 2).flatten(2))


class _Layer(nn.Module):
    def __init__(self, width: int, n_heads: int, dropout: float, *, crosses: bool) -> None:
        super().__init__()
        self.own = _Attention(width, n_heads, dropout)
        self.own_norm = nn.LayerNorm(width)
        self.cross = _Attention(width, n_heads, dropout) if crosses else None
        self.cross_norm = nn.LayerNorm(width) if crosses else None
        self.first = nn.Linear(width, 4 * width)
        self.second = nn.Linear(4 * width, width)
        self.norm = nn.LayerNorm(width)
        self.dropout = dropout

    def forward(
        self, x: Tensor, seen: Tensor | None, states: Tensor | None, states_seen: Tensor | None
    ) -> Tensor:
        normed = self.own_norm(x)
        x = x + self._dropped(self.own(normed, normed, seen))
        if self.cross is not None and self.cross_norm is not None and states is not None:
            x = x + self._dropped(self.cross(self.cross_norm(x), states, states_seen))
        return x + self._dropped(self.second(functional.gelu(self.first(self.norm(x)))))

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout) if self.training and self.dropout else x
