"""BERT for classification, with the weight names of ``transformers``.

A trained model is a Hugging Face folder that ``BertForSequenceClassification`` loads.
"""

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from lab.config import LabConfig
from lab.task import given

_NORM_EPS: Final = 1e-12
_INIT_STD: Final = 0.02


def hf_config(config: LabConfig, *, vocab_size: int, labels: list[str]) -> dict[str, Any]:
    """The ``config.json`` of this shape."""
    width = given(config.d_model)
    return {
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "vocab_size": vocab_size,
        "hidden_size": width,
        "num_hidden_layers": config.n_layers,
        "num_attention_heads": config.n_heads,
        "intermediate_size": 4 * width,
        "max_position_embeddings": config.context_tokens,
        "type_vocab_size": 1,
        "hidden_act": "gelu",
        "layer_norm_eps": _NORM_EPS,
        "hidden_dropout_prob": config.dropout,
        "attention_probs_dropout_prob": config.dropout,
        "pad_token_id": 0,
        "id2label": {str(i): label for i, label in enumerate(labels)},
        "label2id": {label: i for i, label in enumerate(labels)},
        "dtype": "float32",
    }


class Bert(nn.Module):
    """Token ids ``(batch, length)`` and a mask of the real ones to logits ``(batch, labels)``.

    Source: Devlin et al. 2018, arXiv:1810.04805: layer norms after each part, the first
    token's state through a tanh layer to the classifier.
    """

    def __init__(self, hf: dict[str, Any], *, dropout: float, checkpointing: bool) -> None:
        super().__init__()
        self.bert = _Body(hf, dropout)
        self.classifier = nn.Linear(hf["hidden_size"], len(hf["id2label"]))
        self.dropout = dropout
        self.checkpointing = checkpointing
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0.0, _INIT_STD)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, 0.0, _INIT_STD)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits of each row; ``mask`` is true where a token is real."""
        x = self.bert.embeddings(ids)
        seen = mask[:, None, None, :]
        for layer in self.bert.encoder.layer:
            if self.checkpointing and self.training:
                x = checkpoint(layer, x, seen, use_reentrant=False)
            else:
                x = layer(x, seen)
        pooled = torch.tanh(self.bert.pooler.dense(x[:, 0]))
        if self.training and self.dropout:
            pooled = functional.dropout(pooled, self.dropout)
        return self.classifier(pooled)


class _Named(nn.Module):
    """A place for modules under the names that ``transformers`` gives them."""

    def __init__(self, /, **modules: nn.Module) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)

    def __getattr__(self, name: str) -> Any:
        return super().__getattr__(name)


class _Body(nn.Module):
    def __init__(self, hf: dict[str, Any], dropout: float) -> None:
        super().__init__()
        self.embeddings = _Embeddings(hf, dropout)
        layers = nn.ModuleList(_Layer(hf, dropout) for _ in range(hf["num_hidden_layers"]))
        self.encoder = _Named(layer=layers)
        self.pooler = _Named(dense=nn.Linear(hf["hidden_size"], hf["hidden_size"]))


class _Embeddings(nn.Module):
    def __init__(self, hf: dict[str, Any], dropout: float) -> None:
        super().__init__()
        width = hf["hidden_size"]
        self.word_embeddings = nn.Embedding(hf["vocab_size"], width)
        self.position_embeddings = nn.Embedding(hf["max_position_embeddings"], width)
        self.token_type_embeddings = nn.Embedding(hf["type_vocab_size"], width)
        self.LayerNorm = nn.LayerNorm(width, eps=_NORM_EPS)
        self.dropout = dropout

    def forward(self, ids: Tensor) -> Tensor:
        places = self.position_embeddings.weight[: ids.shape[1]]
        x = self.word_embeddings(ids) + places + self.token_type_embeddings.weight[0]
        x = self.LayerNorm(x)
        return functional.dropout(x, self.dropout) if self.training and self.dropout else x


class _Layer(nn.Module):
    def __init__(self, hf: dict[str, Any], dropout: float) -> None:
        super().__init__()
        width, inner = hf["hidden_size"], hf["intermediate_size"]
        self.n_heads = hf["num_attention_heads"]
        self.dropout = dropout
        query, key, value = (nn.Linear(width, width) for _ in range(3))
        self.attention = _Named(
            self=_Named(query=query, key=key, value=value),
            output=_Named(
                dense=nn.Linear(width, width), LayerNorm=nn.LayerNorm(width, eps=_NORM_EPS)
            ),
        )
        self.intermediate = _Named(dense=nn.Linear(width, inner))
        self.output = _Named(
            dense=nn.Linear(inner, width), LayerNorm=nn.LayerNorm(width, eps=_NORM_EPS)
        )

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        batch, length, _ = x.shape
        own: Any = self.attention.get_submodule("self")
        # Not the layer's width: heads can be taken out of a trained model.
        heads = (batch, length, self.n_heads, own.query.out_features // self.n_heads)
        q, k, v = (part(x).view(heads).transpose(1, 2) for part in (own.query, own.key, own.value))
        p = self.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen, dropout_p=p)
        out = self.attention.output.dense(mixed.transpose(1, 2).reshape(batch, length, -1))
        x = self.attention.output.LayerNorm(x + (functional.dropout(out, p) if p else out))
        out = self.output.dense(functional.gelu(self.intermediate.dense(x)))
        return self.output.LayerNorm(x + (functional.dropout(out, p) if p else out))
