"""What a checkpoint is: counted from its weights, and set beside what its config says."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from costmodel.hardware import known_shapes
from costmodel.hardware.known_shapes import KnownShape
from costmodel.messages import InputError, Message
from costmodel.workload import hf_config
from costmodel.workload.flops import parameter_count
from costmodel.workload.model_spec import ModelSpec
from lab.runs import message_to_json
from lab.verify import kinship, matrices, numbers, roles, vocabulary
from lab.verify.folder import Checkpoint
from lab.verify.safetensors_file import TensorInfo

#: Up to this size every number is looked at; of a larger checkpoint a part of each tensor.
READ_WHOLE_BYTES: Final = 4_000_000_000
_SAMPLED_ROWS: Final = 64
_MOST_TRAINED_CHECKED: Final = 16
#: Tensors that libraries store and that are no weights.
_BUFFERS: Final = re.compile(
    r"(inv_freq|position_ids|(?:^|\.)masked_bias|(?:^|\.)(?:attn|attention)\.bias"
    r"|rotary_emb\..*cached|\.SCB|_scale_inv|weight_scale|input_scale|weight_format"
    r"|quant_state\.\w+|absmax|quant_map|qzeros|scales|g_idx)$"
)
_USUAL_NAMES: Final = {
    "F64": "fp64",
    "F32": "fp32",
    "F16": "fp16",
    "BF16": "bf16",
    "F8_E4M3": "fp8",
    "F8_E5M2": "fp8",
    "I8": "int8",
    "U8": "packed",
    "I32": "packed",
}
_BYTES_OF_KEYS_AND_VALUES: Final = 2
#: A task's own head, a pooler or a buffer is smaller than this share of the weights.
_SMALL: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """What was counted. ``None`` where a part cannot be told.

    ``precision`` has the share of weights in each stored type, most first; ``damaged`` the
    tensors that hold NaN or infinity, by how many were seen; ``trained_share`` the share of
    matrices that stand out of the noise that a fresh one is. ``lies`` are the statements of the
    config that the weights contradict.
    """

    params: int
    config_params: int | None
    active_params: float | None
    architecture: str
    spec: ModelSpec | None
    known: tuple[KnownShape, ...]
    precision: Mapping[str, float]
    n_bytes: int
    n_tokens: int | None
    n_embedding_rows: int | None
    kv_bytes_per_token: int | None
    damaged: Mapping[str, int]
    looked_at_share: float
    trained_share: float | None
    lies: tuple[Message, ...]
    notes: tuple[Message, ...]

    @property
    def main_precision(self) -> str:
        """The type that most weights are stored in, by the field's usual name."""
        kind = next(iter(self.precision), "unknown")
        return _USUAL_NAMES.get(kind, kind.lower())

    def as_json(self) -> dict[str, Any]:
        """Its fields, for ``assay lab verify --json``."""
        return {
            "params": self.params,
            "config_params": self.config_params,
            "active_params": self.active_params,
            "architecture": self.architecture,
            "known_shapes": [
                {"model": k.model, "source": k.source, "same_vocabulary": k.same_vocabulary}
                for k in self.known
            ],
            "precision": self.main_precision,
            "stored_as": dict(self.precision),
            "weights_bytes": self.n_bytes,
            "tokenizer_tokens": self.n_tokens,
            "embedding_rows": self.n_embedding_rows,
            "kv_cache_bytes_per_token": self.kv_bytes_per_token,
            "damaged": dict(self.damaged),
            "looked_at_share": self.looked_at_share,
            "trained_share": self.trained_share,
            "lies": [message_to_json(m) for m in self.lies],
            "notes": [message_to_json(m) for m in self.notes],
        }


def of(checkpoint: Checkpoint, tell: Callable[[float], None] = lambda _: None) -> Anatomy:
    """The anatomy of a checkpoint. ``tell`` hears the share that is done."""
    weights = {
        name: tensor
        for name, tensor in checkpoint.tensors.items()
        if not _BUFFERS.search(name) and tensor.dtype not in ("BOOL", "I64")
    }
    packed = [t for t in weights.values() if t.dtype not in numbers.WEIGHTS]
    params = sum(tensor.n for tensor in weights.values())
    notes: list[Message] = []
    spec, unknown = _spec(checkpoint)
    if unknown is not None:
        notes.append(unknown)
    if packed:
        notes.append(
            Message(
                "{n} tensors hold packed or coded numbers ({kind}): parameters are counted as "
                "stored, which is fewer than they stand for.",
                {"n": len(packed), "kind": packed[0].dtype},
            )
        )
    counted = parameter_count(spec) if spec is not None else None
    config_params = counted.total if counted is not None else None
    if (
        config_params is not None
        and not packed
        and 0 < _apart(config_params, params, spec) <= _SMALL
    ):
        notes.append(
            Message(
                "The config describes {stated} parameters and the weights hold {counted}: a head "
                "or a buffer that the config does not tell of.",
                {"stated": f"{config_params:,}", "counted": f"{params:,}"},
            )
        )
    embedding = matrices.outside(checkpoint, "embedding")
    tokens = vocabulary.of(checkpoint.folder)
    damaged, looked_at = _damaged(weights, checkpoint.n_bytes, lambda done: tell(0.7 * done))
    active = None
    if counted is not None and counted.total:
        active = params * counted.active / counted.total
    found = Anatomy(
        params=params,
        config_params=config_params,
        active_params=active,
        architecture=str(checkpoint.config.get("model_type") or "unknown"),
        spec=spec,
        known=known_shapes.alike(spec) if spec is not None else (),
        precision=_precision(weights),
        n_bytes=checkpoint.n_bytes,
        n_tokens=None if tokens is None else tokens.n,
        n_embedding_rows=None if embedding is None else embedding.shape[0],
        kv_bytes_per_token=None if spec is None else _kv_bytes(spec),
        damaged=damaged,
        looked_at_share=looked_at,
        trained_share=_trained_share(checkpoint, lambda done: tell(0.7 + 0.3 * done)),
        lies=tuple(_lies(checkpoint, spec, weights, config_params, params, packed=bool(packed))),
        notes=(*checkpoint.notes, *notes),
    )
    tell(1.0)
    return found


def serving_bytes(found: Anatomy, *, batch: int, context_tokens: int) -> float | None:
    """Memory to serve: the weights as stored and 16-bit keys and values of ``batch`` sequences
    of ``context_tokens``; ``None`` where the architecture is not known.
    """
    if found.kv_bytes_per_token is None:
        return None
    return found.n_bytes + batch * context_tokens * found.kv_bytes_per_token


def _spec(checkpoint: Checkpoint) -> tuple[ModelSpec | None, Message | None]:
    try:
        return hf_config.read(checkpoint.config, name=checkpoint.name), None
    except InputError as error:
        return None, Message(
            "The config's architecture cannot be counted: {why}", {"why": error.message}
        )


def _kv_bytes(spec: ModelSpec) -> int:
    if spec.latent is not None:
        width = spec.latent.kv_rank + spec.latent.d_rope
    else:
        width = 2 * spec.n_kv_heads * spec.d_head
    return spec.n_layers * width * _BYTES_OF_KEYS_AND_VALUES


def _precision(weights: Mapping[str, TensorInfo]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for tensor in weights.values():
        counts[tensor.dtype] += tensor.n
    total = sum(counts.values())
    return {kind: n / total for kind, n in counts.most_common()} if total else {}


def _damaged(
    weights: Mapping[str, TensorInfo], n_bytes: int, tell: Callable[[float], None]
) -> tuple[dict[str, int], float]:
    """Tensors with NaN or infinity, and the share of all numbers that was looked at."""
    found: dict[str, int] = {}
    seen = total = 0
    is_whole = n_bytes <= READ_WHOLE_BYTES
    for name, tensor in weights.items():
        total += tensor.n
        if not numbers.is_readable(tensor) or not tensor.n:
            continue
        if is_whole or not tensor.shape:
            parts = numbers.pieces(tensor)
        else:
            parts = iter([numbers.rows(tensor, matrices.drawn(tensor.shape[0], _SAMPLED_ROWS))])
        bad = 0
        for part in parts:
            seen += part.size
            bad += int(part.size - np.count_nonzero(np.isfinite(part)))
            tell(min(1.0, seen / max(1, sum(t.n for t in weights.values()))))
        if bad:
            found[name] = bad
    return found, seen / total if total else 1.0


def _trained_share(checkpoint: Checkpoint, tell: Callable[[float], None]) -> float | None:
    """The share of the layers' matrices that stand out of noise; a fresh network has none."""
    all_of_them = list(matrices.by_place(checkpoint).values())
    chosen = [all_of_them[i] for i in matrices.drawn(len(all_of_them), _MOST_TRAINED_CHECKED)]
    stands = []
    for place, matrix in enumerate(chosen):
        part = matrix.part(matrices.drawn(matrix.shape[0]), matrices.drawn(matrix.shape[1], salt=1))
        if np.isfinite(part).all():
            stands.append(kinship.stands_out(part))
        tell((place + 1) / len(chosen))
    return sum(stands) / len(stands) if stands else None


def _lies(
    checkpoint: Checkpoint,
    spec: ModelSpec | None,
    weights: Mapping[str, TensorInfo],
    config_params: int | None,
    params: int,
    *,
    packed: bool,
) -> list[Message]:
    """What the config says and the weights contradict."""
    found = []
    if config_params is not None and not packed and _apart(config_params, params, spec) > _SMALL:
        found.append(
            Message(
                "The config describes {stated} parameters and the weights hold {counted}.",
                {"stated": f"{config_params:,}", "counted": f"{params:,}"},
            )
        )
    stated = checkpoint.config.get("num_hidden_layers", checkpoint.config.get("n_layer"))
    layers = {p.layer for p in map(roles.place_of, weights) if p.layer is not None}
    is_one_stack = spec is not None and spec.kind != "encoder-decoder"
    if isinstance(stated, int) and layers and is_one_stack and len(layers) != stated:
        found.append(
            Message(
                "The config says {stated} layers and the weights have {counted}.",
                {"stated": stated, "counted": len(layers)},
            )
        )
    embedding = matrices.outside(checkpoint, "embedding")
    vocab, width = (
        checkpoint.config.get("vocab_size"),
        checkpoint.config.get("hidden_size", checkpoint.config.get("n_embd")),
    )
    if embedding is not None:
        if isinstance(vocab, int) and embedding.shape[0] != vocab:
            found.append(
                Message(
                    "The config says {stated} tokens and the embedding has {rows} rows.",
                    {"stated": vocab, "rows": embedding.shape[0]},
                )
            )
        if isinstance(width, int) and embedding.shape[1] != width:
            found.append(
                Message(
                    "The config says a width of {stated} and the embedding has {width}.",
                    {"stated": width, "width": embedding.shape[1]},
                )
            )
        tokens = vocabulary.of(checkpoint.folder)
        if tokens is not None and tokens.n > embedding.shape[0]:
            found.append(
                Message(
                    "The tokenizer gives numbers up to {tokens} and the embedding has {rows} rows: "
                    "it belongs to another model.",
                    {"tokens": tokens.n - 1, "rows": embedding.shape[0]},
                )
            )
    return found


def _apart(config_params: int, params: int, spec: ModelSpec | None) -> float:
    """By which share the two differ, apart from the head that tied embeddings store twice or not
    at all.
    """
    head = 0 if spec is None else spec.vocab_size * spec.d_model
    off = abs(config_params - params)
    return min(off, abs(off - head)) / max(params, 1)
