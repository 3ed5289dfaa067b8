"""Decoders in the shapes of GPT-2 and Llama, with the weight names of ``transformers``.

A trained model is a Hugging Face folder that ``transformers`` loads and that gives the same
logits there; the code is our own because it trains faster at the sizes of a lab.
"""

from functools import lru_cache
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from lab.models import rotary
from lab.shapes import NORM_EPS

_INIT_STD: Final = 0.02
#: Attention over at most so many tokens is multiplied out on a CPU.
_SHORT: Final = 256


def make(hf: dict[str, Any], *, dropout: float, checkpointing: bool) -> "Decoder":
    """The decoder of a ``config.json`` of ``shapes.decoder_config``, freshly initialised."""
    if hf["model_type"] == "gpt2":
        return Gpt2(hf, dropout=dropout, checkpointing=checkpointing)
    return Llama(hf, dropout=dropout, checkpointing=checkpointing)


class Decoder(nn.Module):
    """Token ids ``(batch, length)`` to logits ``(batch, length, vocabulary)``."""

    context_tokens: int
    vocab_size: int

    def forward(self, ids: Tensor) -> Tensor:
        """Logits at every position."""
        raise NotImplementedError


class LanguageLoss(nn.Module):
    """Mean cross-entropy, in nats per token, of the next token."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, ids: Tensor, targets: Tensor) -> Tensor:
        """The loss of ``ids`` against ``targets``, both ``(batch, length)``."""
        logits = self.decoder(ids)
        return functional.cross_entropy(
            logits.reshape(-1, logits.shape[-1]).float(), targets.reshape(-1)
        )


class _Linear(nn.Module):
    """GPT-2's "Conv1D": a dense layer whose weight lies as (in, out)."""

    def __init__(self, n_in: int, n_out: int, *, std: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out).normal_(0.0, std))
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addmm(self.bias, x, self.weight)


class _Gpt2Attention(nn.Module):
    def __init__(self, width: int, std: float, last_std: float) -> None:
        super().__init__()
        self.c_attn = _Linear(width, 3 * width, std=std)
        self.c_proj = _Linear(width, width, std=last_std)


class _Gpt2Mlp(nn.Module):
    def __init__(self, width: int, std: float, last_std: float) -> None:
        super().__init__()
        self.c_fc = _Linear(width, 4 * width, std=std)
        self.c_proj = _Linear(4 * width, width, std=last_std)


class _Gpt2Block(nn.Module):
    def __init__(self, width: int, n_heads: int, dropout: float, std: float, last: float) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=NORM_EPS)
        self.attn = _Gpt2Attention(width, std, last)
        self.ln_2 = nn.LayerNorm(width, eps=NORM_EPS)
        self.mlp = _Gpt2Mlp(width, std, last)
        self.n_heads = n_heads
        self.dropout = dropout

    def forward(self, x: Tensor, batch: int) -> Tensor:
        """Rows ``(batch * length, width)``: one matrix product after another, no reshaping."""
        qkv = self.attn.c_attn(self.ln_1(x))
        q, k, v = qkv.view(batch, -1, 3, self.n_heads, x.shape[1] // self.n_heads).unbind(2)
        p = self.dropout if self.training else 0.0
        mixed = attend(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), dropout=p)
        out = self.attn.c_proj(mixed.transpose(1, 2).reshape(x.shape))
        x = x + (functional.dropout(out, p) if p else out)
        out = self.mlp.c_proj(functional.gelu(self.mlp.c_fc(self.ln_2(x)), approximate="tanh"))
        return x + (functional.dropout(out, p) if p else out)


class _Gpt2Body(nn.Module):
    def __init__(self, hf: dict[str, Any], dropout: float) -> None:
        super().__init__()
        width, n_layers = hf["n_embd"], hf["n_layer"]
        self.wte = nn.Embedding(hf["vocab_size"], width)
        self.wpe = nn.Embedding(hf["n_positions"], width)
        last = _INIT_STD / (2 * n_layers) ** 0.5
        self.h = nn.ModuleList(
            _Gpt2Block(width, hf["n_head"], dropout, _INIT_STD, last) for _ in range(n_layers)
        )
        self.ln_f = nn.LayerNorm(width, eps=NORM_EPS)
        nn.init.normal_(self.wte.weight, 0.0, _INIT_STD)
        nn.init.normal_(self.wpe.weight, 0.0, _INIT_STD)


class Gpt2(Decoder):
    """GPT-2: learned positions, layer norms before each part, tied embeddings.

    Source: Radford et al. 2019; weight names of ``transformers``' ``GPT2LMHeadModel``.
    """

    def __init__(self, hf: dict[str, Any], *, dropout: float, checkpointing: bool) -> None:
        super().__init__()
        self.transformer = _Gpt2Body(hf, dropout)
        self.context_tokens = hf["n_positions"]
        self.vocab_size = hf["vocab_size"]
        self.dropout = dropout
        self.checkpointing = checkpointing

    def forward(self, ids: Tensor) -> Tensor:
        """Logits at every position of ``ids``."""
        batch, length = ids.shape
        body = self.transformer
        x = (body.wte(ids) + body.wpe.weight[:length]).view(batch * length, -1)
        if self.training and self.dropout:
            x = functional.dropout(x, self.dropout)
        for block in body.h:
            if self.checkpointing and self.training:
                x = checkpoint(block, x, batch, use_reentrant=False)
            else:
                x = block(x, batch)
        return functional.linear(body.ln_f(x), body.wte.weight).view(batch, length, -1)


class _LlamaAttention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.q_proj, self.k_proj = _plain(width, width), _plain(width, width)
        self.v_proj, self.o_proj = _plain(width, width), _plain(width, width)


class _LlamaMlp(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.gate_proj = _plain(width, inner)
        self.up_proj = _plain(width, inner)
        self.down_proj = _plain(inner, width)


class _LlamaBlock(nn.Module):
    def __init__(self, width: int, inner: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.input_layernorm = RmsNorm(width)
        self.self_attn = _LlamaAttention(width)
        self.post_attention_layernorm = RmsNorm(width)
        self.mlp = _LlamaMlp(width, inner)
        self.n_heads = n_heads
        self.dropout = dropout

    def forward(self, x: Tensor, batch: int, cos: Tensor, sin: Tensor) -> Tensor:
        """Rows ``(batch * length, width)``; queries and keys are turned together."""
        a, m = self.self_attn, self.mlp
        normed = self.input_layernorm(x)
        d_head = x.shape[1] // self.n_heads
        joined = functional.linear(normed, torch.cat((a.q_proj.weight, a.k_proj.weight)))
        both = rotary.turned(joined.view(batch, -1, 2, self.n_heads, d_head), cos, sin)
        q, k = (part.transpose(1, 2) for part in both.unbind(2))
        v = a.v_proj(normed).view(batch, -1, self.n_heads, d_head).transpose(1, 2)
        p = self.dropout if self.training else 0.0
        out = a.o_proj(attend(q, k, v, dropout=p).transpose(1, 2).reshape(x.shape))
        x = x + (functional.dropout(out, p) if p else out)
        normed = self.post_attention_layernorm(x)
        out = m.down_proj(functional.silu(m.gate_proj(normed)) * m.up_proj(normed))
        return x + (functional.dropout(out, p) if p else out)


class _LlamaBody(nn.Module):
    def __init__(self, hf: dict[str, Any], dropout: float) -> None:
        super().__init__()
        width = hf["hidden_size"]
        self.embed_tokens = nn.Embedding(hf["vocab_size"], width)
        nn.init.normal_(self.embed_tokens.weight, 0.0, _INIT_STD)
        self.layers = nn.ModuleList(
            _LlamaBlock(width, hf["intermediate_size"], hf["num_attention_heads"], dropout)
            for _ in range(hf["num_hidden_layers"])
        )
        self.norm = RmsNorm(width)


class Llama(Decoder):
    """Llama: rotary positions, RMS norms, a gated feed-forward, no biases, tied embeddings.

    Source: Touvron et al. 2023, arXiv:2302.13971; names of ``LlamaForCausalLM``.
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, hf: dict[str, Any], *, dropout: float, checkpointing: bool) -> None:
        super().__init__()
        self.model = _LlamaBody(hf, dropout)
        self.context_tokens = hf["max_position_embeddings"]
        self.vocab_size = hf["vocab_size"]
        self.checkpointing = checkpointing
        self.n_heads = hf["num_attention_heads"]
        d_head = hf["hidden_size"] // self.n_heads
        cos, sin = rotary.tables(self.context_tokens, d_head, theta=hf["rope_theta"])
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits at every position of ``ids``."""
        batch, length = ids.shape
        x = self.model.embed_tokens(ids).view(batch * length, -1)
        cos, sin = (self._spread(table[:length, None, None]) for table in (self.cos, self.sin))
        for block in self.model.layers:
            if self.checkpointing and self.training:
                x = checkpoint(block, x, batch, cos, sin, use_reentrant=False)
            else:
                x = block(x, batch, cos, sin)
        logits = functional.linear(self.model.norm(x), self.model.embed_tokens.weight)
        return logits.view(batch, length, -1)

    def _spread(self, table: Tensor) -> Tensor:
        """On a CPU a table for all heads: long rows are multiplied faster than many short."""
        if table.device.type != "cpu":
            return table
        return table.expand(-1, 2, self.n_heads, -1).contiguous()


def attend(q: Tensor, k: Tensor, v: Tensor, *, dropout: float) -> Tensor:
    """Causal attention of ``(batch, heads, length, d_head)``.

    On a CPU a short square is multiplied out whole: the fused kernel takes longer there.
    """
    length = q.shape[2]
    if q.device.type != "cpu" or length > _SHORT or dropout:
        return functional.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)
    flat = [part.reshape(-1, length, part.shape[-1]) for part in (q, k, v)]
    hidden = _hidden(length)
    scores = torch.baddbmm(hidden, flat[0], flat[1].transpose(1, 2), alpha=q.shape[-1] ** -0.5)
    return torch.bmm(scores.softmax(-1), flat[2]).view(q.shape)


@lru_cache(maxsize=64)
def _hidden(length: int) -> Tensor:
    """What is added to the scores: minus infinity where a position would look ahead."""
    return torch.full((length, length), -torch.inf).triu(1)


def _plain(n_in: int, n_out: int) -> nn.Linear:
    layer = nn.Linear(n_in, n_out, bias=False)
    nn.init.normal_(layer.weight, 0.0, _INIT_STD)
    return layer


class _Rms(torch.autograd.Function):
    """``x / rms(x) * weight`` in a few passes over the rows; torch's own takes a dozen."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        share = x.new_full((x.shape[1],), 1 / x.shape[1])
        scale = torch.mv(x * x, share).add_(NORM_EPS).rsqrt_()[:, None]
        normed = x * scale
        ctx.save_for_backward(normed, weight, scale)
        return normed * weight

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        normed, weight, scale = ctx.saved_tensors
        (gradient,) = gradients
        along = gradient * normed
        of_mean = torch.mv(along, weight)[:, None]
        through = torch.addcmul(gradient * weight, normed, of_mean, value=-1 / normed.shape[1])
        return through.mul_(scale), along.sum(0)


class RmsNorm(nn.Module):
    """Root-mean-square norm of rows ``(rows, width)``.

    Source: Zhang and Sennrich 2019, arXiv:1910.07467.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """The rows at root mean square one, times the weights."""
        if x.device.type == "cpu":
            return _Rms.apply(x, self.weight)
        return functional.rms_norm(x, self.weight.shape, self.weight, NORM_EPS)
