"""A GPT-2 shaped decoder and its training step as a good hand-written script has them.

The yardstick of ``tests.lab_bench``: fused attention, AdamW with decay on matrices alone,
clipped gradients, batches stacked from a memory-mapped text, no dropout.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """Attention and a four times as wide feed-forward part, each after a layer norm."""

    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.first_norm, self.second_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.act = nn.GELU()

    def forward(self, x: Tensor) -> Any:
        batch, length, width = x.shape
        shape = (batch, length, self.n_heads, width // self.n_heads)
        q, k, v = self.qkv(self.first_norm(x)).split(width, dim=2)
        q, k, v = (part.view(shape).transpose(1, 2) for part in (q, k, v))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).contiguous().view(batch, length, width))
        return x + self.narrow(self.act(self.wide(self.second_norm(x))))


class NanoGpt(nn.Module):
    """Ids and targets ``(batch, length)`` to the loss."""

    def __init__(
        self, *, vocab: int, width: int, n_layers: int, n_heads: int, context: int
    ) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocab, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocab, bias=False)
        self.head.weight = self.tokens.weight
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, 0.0, 0.02)

    def forward(self, ids: Tensor, targets: Tensor) -> Tensor:
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.norm(x))
        return functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets.reshape(-1))


def stepper(
    text: NDArray[np.uint16], *, batch: int, context: int, bf16: bool, **shape: Any
) -> Callable[[], float]:
    """A function that takes one training step and returns the loss."""
    model = NanoGpt(context=context, **shape)
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95))

    def window(start: int) -> Tensor:
        return torch.from_numpy(text[start : start + context].astype(np.int64))

    def step() -> float:
        starts = torch.randint(len(text) - context - 1, (batch,)).tolist()
        ids = torch.stack([window(i) for i in starts])
        targets = torch.stack([window(i + 1) for i in starts])
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = model(ids, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        value = float(loss.detach())
        assert math.isfinite(value)
        return value

    return step
