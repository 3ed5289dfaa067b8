"""What a model is and how it is to be trained, before any hardware or price is known."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from costmodel.messages import InputError, Message, figure

Kind: TypeAlias = Literal["decoder", "encoder", "encoder-decoder"]
Norm: TypeAlias = Literal["rms", "layer", "layer-no-bias", "none"]
QkNorm: TypeAlias = Literal["none", "head", "full"]
Precision: TypeAlias = Literal["fp32", "tf32", "fp16", "bf16", "fp8", "mxfp8", "fp4", "nvfp4"]

PRECISIONS: Final[tuple[Precision, ...]] = (
    "fp32",
    "tf32",
    "fp16",
    "bf16",
    "fp8",
    "mxfp8",
    "fp4",
    "nvfp4",
)
#: Formats narrower than the 16-bit peak that MFU is stated against.
NARROW: Final[tuple[Precision, ...]] = ("fp8", "mxfp8", "fp4", "nvfp4")
#: Formats wider than it.
WIDE: Final[tuple[Precision, ...]] = ("fp32", "tf32")
#: The plain format on whose peak a format with block scales runs.
ELEMENT_FORMAT: Final[dict[Precision, Precision]] = {"mxfp8": "fp8", "nvfp4": "fp4"}

#: Largest values that any field may take: far above every model ever announced, low enough
#: that a slip of the keyboard is caught before it becomes a price.
LIMITS: Final[dict[str, float]] = {
    "n_layers": 10_000,
    "n_decoder_layers": 10_000,
    "d_model": 1_000_000,
    "n_heads": 10_000,
    "n_kv_heads": 10_000,
    "d_head": 100_000,
    "d_ff": 10_000_000,
    "vocab_size": 100_000_000,
    "n_experts": 1_000_000,
    "params": 1e16,
    "tokens": 1e18,
    "context_tokens": 100_000_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentAttention:
    """Multi-head latent attention: queries and keys/values through low-rank projections.

    Source: DeepSeek-AI 2024, DeepSeek-V2, section 2.1, arXiv:2405.04434.
    """

    q_rank: int | None
    kv_rank: int
    d_nope: int
    d_rope: int
    d_v: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Experts:
    """The expert layers of a mixture-of-experts model.

    A token visits ``n_active`` of ``n_experts`` routed experts and all of the shared width
    ``d_ff_shared``. ``n_layers`` counts the layers that have experts; the others are dense.
    """

    n_experts: int
    n_active: int
    d_ff: int
    n_layers: int
    d_ff_shared: int = 0
    shared_gate: bool = False
    bias: bool = False
    router_bias: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A Transformer's architecture, in the field's usual names.

    ``n_layers`` counts the decoder (or encoder) layers; an encoder-decoder adds
    ``n_decoder_layers`` to its encoder's ``n_layers``. ``d_ff`` is the width of one dense
    feed-forward layer (of one of the two gates where ``gated_mlp``). Raises ``InputError``
    naming the field for counts that cannot be.
    """

    name: str
    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_ff: int
    vocab_size: int
    kind: Kind = "decoder"
    n_decoder_layers: int = 0
    gated_mlp: bool = True
    tied_embeddings: bool = False
    norm: Norm = "rms"
    norms_per_layer: int = 2
    final_norm: bool = True
    embedding_norm: bool = False
    qk_norm: QkNorm = "none"
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    head_bias: bool = False
    attention_sinks: bool = False
    learned_positions: int = 0
    token_types: int = 0
    relative_position_buckets: int = 0
    pooler: bool = False
    mlm_head: bool = False
    n_window_layers: int = 0
    window_tokens: int = 0
    latent: LatentAttention | None = None
    experts: Experts | None = None
    notes: tuple[Message, ...] = ()

    def __post_init__(self) -> None:
        for field in ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "vocab_size"):
            check_count(field, getattr(self, field))
        if self.d_ff or self.experts is None or self.experts.n_layers < self.n_layers:
            check_count("d_ff", self.d_ff)
        for field in _MAY_BE_ZERO:
            _check_not_negative(field, getattr(self, field))
        self._check_stacks()
        if self.n_heads % self.n_kv_heads:
            raise InputError(
                "n_kv_heads",
                "{heads} attention heads cannot share {kv} key/value heads evenly; "
                "n_kv_heads must divide n_heads",
                heads=self.n_heads,
                kv=self.n_kv_heads,
            )
        if self.experts is not None:
            _check_experts(self.experts, n_layers=self.n_layers)
        if self.latent is not None:
            _check_latent(self.latent)

    def _check_stacks(self) -> None:
        if self.kind == "encoder-decoder":
            check_count("n_decoder_layers", self.n_decoder_layers)
            if self.experts is not None or self.latent is not None:
                raise InputError(
                    "kind",
                    "an encoder-decoder with experts or latent attention is not one that Assay "
                    "can count; type the size by hand",
                )
        elif self.n_decoder_layers:
            raise InputError(
                "n_decoder_layers", "only an encoder-decoder has a second stack; leave this out"
            )
        if self.n_window_layers > self.n_layers or (
            self.n_window_layers and not self.window_tokens
        ):
            raise InputError(
                "n_window_layers",
                "{n} layers with a window do not go with {layers} layers and a window of {tokens} "
                "tokens; correct one of the three",
                n=self.n_window_layers,
                layers=self.n_layers,
                tokens=self.window_tokens,
            )

    @property
    def n_dense_layers(self) -> int:
        """Layers whose feed-forward part is dense, the encoder's and the decoder's together."""
        return (
            self.n_layers + self.n_decoder_layers - (self.experts.n_layers if self.experts else 0)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeOnly:
    """A model of which only the size is known: FLOP then follow a rule of thumb."""

    name: str
    params: float
    active_params: float

    def __post_init__(self) -> None:
        check_amount("params", self.params)
        check_amount("active_params", self.active_params, limit="params")
        if self.active_params > self.params:
            raise InputError(
                "active_params",
                "{active} active parameters are more than the {total} in all; "
                "active_params may not pass params",
                active=self.active_params,
                total=self.params,
            )


Model: TypeAlias = ModelSpec | SizeOnly


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """One training run: which model, on how many tokens, at what length and precision.

    ``tokens`` counts every token seen, repeats included; ``unique_tokens`` the distinct
    ones where known. ``decoder_token_share`` matters to encoder-decoder models alone: the
    fraction of ``tokens`` that pass the decoder.
    """

    model: Model
    tokens: float
    context_tokens: int
    precision: Precision = "bf16"
    unique_tokens: float | None = None
    decoder_token_share: float | None = None

    def __post_init__(self) -> None:
        share = self.decoder_token_share
        assert share is None or 0 < share < 1, share
        check_amount("tokens", self.tokens)
        check_count("context_tokens", self.context_tokens)
        if self.unique_tokens is not None:
            check_amount("unique_tokens", self.unique_tokens, limit="tokens")
            if self.unique_tokens > self.tokens:
                raise InputError(
                    "unique_tokens",
                    "{unique} unique tokens are more than the {tokens} trained on; "
                    "unique_tokens may not pass tokens",
                    unique=self.unique_tokens,
                    tokens=self.tokens,
                )


def check_count(field: str, value: int | float) -> None:
    """Raise ``InputError`` unless ``value`` is a whole number from 1 to the field's limit."""
    if isinstance(value, float) and not value.is_integer():
        raise InputError(field, "{value} is not a whole number", value=value)
    check_amount(field, value)


def check_amount(field: str, value: float, *, limit: str | None = None) -> None:
    """Raise ``InputError`` unless ``value`` is from one to the field's limit.

    All that is checked here is counted in whole things, be it in the trillions: a value
    below one is a share or a slip (``45%``).
    """
    most = LIMITS[limit or field]
    if not value > 0:  # refuses NaN too
        raise InputError(
            field, "{value} is not above zero; write a positive number", value=figure(value)
        )
    if value < 1:
        raise InputError(field, "{value} is less than one; write how many", value=value)
    if value > most:
        raise InputError(
            field,
            "{value} is more than any model has had; the largest that makes sense here is {most}",
            value=figure(value),
            most=most,
        )


_MAY_BE_ZERO: Final = (
    "norms_per_layer",
    "learned_positions",
    "token_types",
    "relative_position_buckets",
    "n_window_layers",
    "window_tokens",
)


def _check_not_negative(field: str, value: int) -> None:
    most = LIMITS["context_tokens"]
    if not 0 <= value <= most:
        raise InputError(
            field,
            "{value} is not possible here; write a whole number from 0 to {most}",
            value=figure(value),
            most=most,
        )


def _check_latent(latent: LatentAttention) -> None:
    for field in ("kv_rank", "d_nope", "d_rope", "d_v"):
        check_amount(f"latent.{field}", getattr(latent, field), limit="d_model")
    if latent.q_rank is not None:
        check_amount("latent.q_rank", latent.q_rank, limit="d_model")


def _check_experts(experts: Experts, *, n_layers: int) -> None:
    check_count("n_experts", experts.n_experts)
    check_amount("d_ff", experts.d_ff)
    _check_not_negative("d_ff_shared", experts.d_ff_shared)
    if not 1 <= experts.n_active <= experts.n_experts:
        raise InputError(
            "n_active",
            "a token cannot visit {active} of {total} experts; "
            "write at least 1 and at most the number of experts",
            active=experts.n_active,
            total=experts.n_experts,
        )
    if not 1 <= experts.n_layers <= n_layers:
        raise InputError(
            "n_moe_layers",
            "{experts} expert layers do not fit into {layers} layers",
            experts=experts.n_layers,
            layers=n_layers,
        )
