"""How one training run is spread over its accelerators."""

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from costmodel.messages import InputError, Message
from costmodel.workload.model_spec import ModelSpec

Sharding: TypeAlias = Literal["none", "zero1", "zero2", "zero3"]
Recompute: TypeAlias = Literal["none", "selective", "full", "needed"]

SHARDINGS: Final[tuple[Sharding, ...]] = ("none", "zero1", "zero2", "zero3")
RECOMPUTES: Final[tuple[Recompute, ...]] = ("none", "selective", "full", "needed")


#: When libraries began to merge a token's copies on their way to experts (DeepEP).
_MERGED_SINCE: Final = "2025-06"
_DEGREES: Final = (
    "tensor",
    "pipeline",
    "interleave",
    "context",
    "expert",
    "expert_tensor",
    "micro_batch",
)
#: Chunks over layers that published layouts reach: their first and last stages are short.
_MOST_CHUNKS_A_LAYER: Final = 1.1


def merges_dispatch(released: str) -> bool:
    """Whether software of ``YYYY-MM`` (empty is today's) sends a token once for all experts
    of a distant server.
    """
    return not released or released >= _MERGED_SINCE


def even_interleaves(n_layers: int, pipeline: int) -> tuple[int, ...]:
    """Chunks a stage that split its layers evenly; one without a pipeline."""
    if pipeline <= 1:
        return (1,)
    per_stage = math.ceil(n_layers / pipeline)
    return tuple(v for v in range(1, per_stage + 1) if per_stage % v == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Degrees of parallelism and what is kept, sharded or computed twice.

    ``tensor``, ``pipeline`` (with ``interleave`` chunks a stage), ``context`` and
    ``expert`` are degrees; data parallelism is what is left of the cluster. Experts spread
    over all ranks of a stage, whole or each cut over ``expert_tensor`` of them. ``sharding``
    is ZeRO's stage (``zero3`` is FSDP);
    ``recompute`` what of the activations is computed twice (``needed``: as many layers as
    it takes to fit); ``micro_batch`` in sequences. With ``merged_dispatch`` a token crosses
    the network once for all experts of a distant server, else once for each.

    Raises ``InputError`` for degrees that cannot be.
    """

    tensor: int = 1
    pipeline: int = 1
    interleave: int = 1
    context: int = 1
    expert: int = 1
    expert_tensor: int = 1
    sharding: Sharding = "zero1"
    recompute: Recompute = "none"
    micro_batch: int = 1
    sequence_parallel: bool = True
    flash_attention: bool = True
    merged_dispatch: bool = True

    def __post_init__(self) -> None:
        for field in _DEGREES:
            value = getattr(self, field)
            if value < 1 or value != int(value):
                raise InputError(
                    field, "{value} is not possible here; write a whole number from 1", value=value
                )
        if self.interleave > 1 and self.pipeline == 1:
            raise InputError(
                "interleave", "without pipeline stages there is nothing to interleave; write 1"
            )

    @property
    def model_parallel(self) -> int:
        """Accelerators that share one copy of the model (experts aside)."""
        return self.tensor * self.pipeline * self.context

    def data(self, n_accelerators: int) -> int:
        """Data-parallel copies on a cluster. Raises ``InputError`` where they do not divide."""
        copies, rest = divmod(n_accelerators, self.model_parallel)
        if rest or copies == 0:
            raise InputError(
                "n_accelerators",
                "{n} accelerators do not divide into groups of {group} "
                "(tensor x pipeline x context); change one of the degrees",
                n=n_accelerators,
                group=self.model_parallel,
            )
        ranks, together = n_accelerators // self.pipeline, self.expert * self.expert_tensor
        if ranks % together:
            raise InputError(
                "expert",
                "{expert} ranks that share out the experts do not divide the {ranks} "
                "accelerators of a pipeline stage",
                expert=together,
                ranks=ranks,
            )
        return copies

    def check_model(self, spec: ModelSpec, context_tokens: int) -> None:
        """Raise ``InputError`` where the model cannot be cut so: more chunks than layers
        (a tenth is allowed for stages that hold no layer beside an embedding), heads that do
        not divide, fewer tokens than context ranks, experts that do not.
        """
        experts = spec.experts.n_experts if spec.experts else 1
        if experts % self.expert:
            raise InputError(
                "expert",
                "{experts} experts cannot be shared out evenly over {expert} ranks",
                experts=experts,
                expert=self.expert,
            )
        chunks = self.pipeline * self.interleave
        if chunks > _MOST_CHUNKS_A_LAYER * spec.n_layers:
            raise InputError(
                "pipeline",
                "{chunks} chunks (pipeline x interleave) are more than {layers} layers; "
                "make one of the degrees smaller",
                chunks=chunks,
                layers=spec.n_layers,
            )
        if spec.n_heads % self.tensor:
            raise InputError(
                "tensor",
                "{heads} attention heads do not divide over {tensor} tensor-parallel ranks",
                heads=spec.n_heads,
                tensor=self.tensor,
            )
        if self.context > context_tokens:
            raise InputError(
                "context",
                "{tokens} tokens of context cannot be split over {ranks} ranks",
                tokens=context_tokens,
                ranks=self.context,
            )

    def micro_batches(self, n_accelerators: int, global_batch_sequences: int) -> int:
        """Micro-batches that each copy runs in a step: the batch over copies and micro-batch.

        Raises ``InputError`` where the global batch does not divide.
        """
        together = self.data(n_accelerators) * self.micro_batch
        count, rest = divmod(global_batch_sequences, together)
        if rest or count == 0:
            raise InputError(
                "global_batch_sequences",
                "a batch of {batch} sequences does not divide by {copies} data-parallel copies "
                "x a micro-batch of {micro}; the next that does is {near}",
                batch=global_batch_sequences,
                copies=self.data(n_accelerators),
                micro=self.micro_batch,
                near=(count + 1) * together,
            )
        return count

    def in_words(self) -> Message:
        """The layout as a person would note it down."""
        zero3 = self.sharding == "zero3"
        values = {
            "tensor": self.tensor,
            "pipeline": self.pipeline,
            "interleave": self.interleave,
            "context": self.context,
            "expert": self.expert,
            "micro": self.micro_batch,
        }
        if zero3:
            return Message(
                "fully sharded (FSDP), tensor {tensor}, context {context}, expert {expert}, "
                "micro-batch {micro}",
                values,
            )
        return Message(
            "tensor {tensor}, pipeline {pipeline} with interleave {interleave}, "
            "context {context}, expert {expert}, micro-batch {micro}",
            values,
        )
