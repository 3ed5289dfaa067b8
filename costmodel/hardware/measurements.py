"""Published step times as rows: what was run, and how long a step took.

``data/step_time.csv`` and any file with its columns. The optional columns describe what
the short form cannot: experts, latent attention, windows, expert parallelism.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final, cast

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import Accelerator
from costmodel.hardware.layout import (
    RECOMPUTES,
    Layout,
    Recompute,
    Sharding,
    even_interleaves,
    merges_dispatch,
)
from costmodel.messages import InputError
from costmodel.workload.model_spec import (
    PRECISIONS,
    Experts,
    LatentAttention,
    ModelSpec,
    Precision,
)

COLUMNS: Final = (
    "run_id",
    "source",
    "model",
    "n_layers",
    "d_model",
    "n_heads",
    "n_kv_heads",
    "d_ff",
    "vocab_size",
    "context_tokens",
    "chip",
    "n_accelerators",
    "precision",
    "tensor_parallel",
    "pipeline_parallel",
    "pipeline_interleave",
    "context_parallel",
    "sharding",
    "micro_batch",
    "global_batch_sequences",
    "recompute",
    "flash_attention",
    "tokens_per_s_per_gpu",
    "step_s",
)
_SHARDINGS: Final[Mapping[str, Sharding]] = {
    "full_shard": "zero3",
    "shard_grad_op": "zero2",
    "zero2-like": "zero2",
    "zero1": "zero1",
    "none": "none",
}
#: Software taken for an undated row on Ampere, or fully sharded on Hopper: the tables of
#: such runs are of 2021 to 2023.
_FIRST_TABLES: Final = "2023-11"
#: Micro-batches to try where none is published, and what stands for "tuned, not published"
#: in the interleave.
_MICRO_BATCHES: Final = (1, 2, 4, 8)
_TUNED: Final = "tuned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One published step time. ``step_s`` is what a prediction never sees.

    ``series`` names what is left out together: the rows of one model, or a table whose
    models are one series.

    ``layouts`` holds more than one candidate where none is published; the
    fastest is then taken, as its authors would have.
    """

    run_id: str
    source: str
    source_id: str
    series: str
    spec: ModelSpec
    context_tokens: int
    chip: Accelerator
    n_accelerators: int
    precision: Precision
    layouts: tuple[Layout, ...]
    global_batch_sequences: int
    released: str
    step_s: float | None

    @property
    def tokens(self) -> int:
        """Tokens of one step."""
        return self.global_batch_sequences * self.context_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A published row that is not learnt from, and why."""

    run_id: str
    model: str
    reason: str


@cache
def published() -> tuple[Measurement, ...]:
    """Every row of ``data/step_time.csv`` that is fit to learn from."""
    return read(facts.data_dir() / "step_time.csv")


def read(path: Path) -> tuple[Measurement, ...]:
    """The rows of a file in the columns of ``data/step_time.csv``, unfit ones left out.

    Raises ``FactError`` naming file, line and remedy for a cell that cannot be read.
    """
    return tuple(
        _measurement(row, where=f"{path.name}:{line}")
        for line, row in facts.read_rows(path, COLUMNS)
        if not row.get("unfit_reason")
    )


def series_of(model: str) -> str:
    """The name that rows of one model share, whatever its spelling."""
    plain = "".join(c for c in model.lower().split("(")[0] if c.isalnum())
    return plain.replace("gpt3", "gpt")


def excluded(path: Path | None = None) -> tuple[Excluded, ...]:
    """The rows left out, with the recorded reason."""
    path = path or facts.data_dir() / "step_time.csv"
    return tuple(
        Excluded(run_id=row["run_id"], model=row["model"], reason=row["unfit_reason"])
        for _, row in facts.read_rows(path, COLUMNS)
        if row.get("unfit_reason")
    )


def _measurement(row: Mapping[str, str], *, where: str) -> Measurement:
    sharding = _choice(row, "sharding", _SHARDINGS, where)
    try:
        chip = accelerators.find(row["chip"])
        spec = spec_of(row, where)
        released = row.get("released", "") or _usual_release(chip, sharding)
        layouts = _layouts(row, sharding, released, where)
    except InputError as refused:
        raise FactError(f"{where}: {refused}") from refused
    precision = row["precision"] or "bf16"
    if precision not in PRECISIONS:
        raise FactError(f"{where}: precision {precision!r}; write one of {', '.join(PRECISIONS)}")
    return Measurement(
        run_id=row["run_id"],
        source=row["source"],
        source_id=row.get("source_id", ""),
        series=row.get("series", "") or series_of(row["model"]),
        spec=spec,
        context_tokens=_count(row, "context_tokens", where),
        chip=chip,
        n_accelerators=int(_above_zero(row["n_accelerators"], f"{where} n_accelerators")),
        precision=precision,
        layouts=layouts,
        global_batch_sequences=_count(row, "global_batch_sequences", where, 1),
        released=released,
        step_s=_step_s(row, where),
    )


def _step_s(row: Mapping[str, str], where: str) -> float | None:
    """The step's seconds, stated or from the tokens per second."""
    if row["step_s"]:
        return _above_zero(row["step_s"], f"{where} step_s")
    if not row["tokens_per_s_per_gpu"]:
        return None
    rate = _above_zero(row["tokens_per_s_per_gpu"], f"{where} tokens_per_s_per_gpu")
    step_tokens = _count(row, "global_batch_sequences", where, 1) * _count(
        row, "context_tokens", where
    )
    return step_tokens / (rate * _count(row, "n_accelerators", where))


def _above_zero(text: str, where: str) -> float:
    value = facts.number(text, where)
    if value <= 0:
        raise FactError(f"{where}: {text} is not above zero; leave the cell empty when unknown")
    return value


def _usual_release(chip: Accelerator, sharding: Sharding) -> str:
    """When an undated row was measured, judged by what it ran on; empty is today."""
    early_hopper = chip.generation == "hopper" and sharding in ("zero2", "zero3")
    return _FIRST_TABLES if chip.generation in ("volta", "ampere") or early_hopper else ""


def spec_of(row: Mapping[str, str], where: str) -> ModelSpec:
    """The architecture of a row. Raises ``FactError`` for a cell that cannot be read, and
    ``InputError`` for an architecture that cannot be.
    """

    def count(name: str, default: int | None = None) -> int:
        return _count(row, name, where, default)

    d_model, n_heads, d_ff = count("d_model"), count("n_heads"), count("d_ff")
    # Four times the width is the ungated form's mark; gated ones make up for a third
    # matrix by another width.
    stated = yes(row, "gated_mlp", where)
    experts = latent = None
    if row.get("n_experts"):
        experts = Experts(
            n_experts=count("n_experts"),
            n_active=count("n_active"),
            d_ff=count("d_ff_expert"),
            n_layers=count("n_moe_layers", count("n_layers")),
            d_ff_shared=count("d_ff_shared", 0),
        )
    if row.get("kv_rank"):
        latent = LatentAttention(
            q_rank=count("q_rank", 0) or None,
            kv_rank=count("kv_rank"),
            d_nope=count("d_nope"),
            d_rope=count("d_rope"),
            d_v=count("d_v"),
        )
    return ModelSpec(
        name=row["model"],
        n_layers=count("n_layers"),
        d_model=d_model,
        n_heads=n_heads,
        n_kv_heads=count("n_kv_heads", n_heads),
        d_head=count("d_head", max(d_model // max(n_heads, 1), 1)),
        d_ff=d_ff,
        vocab_size=count("vocab_size"),
        gated_mlp=d_ff != 4 * d_model if stated is None else stated,
        tied_embeddings=not stated,
        n_window_layers=count("n_window_layers", 0),
        window_tokens=count("window_tokens", 0),
        experts=experts,
        latent=latent,
    )


def _layouts(
    row: Mapping[str, str], sharding: Sharding, released: str, where: str
) -> tuple[Layout, ...]:
    tensor = _count(row, "tensor_parallel", where, 1)
    recompute = cast(Recompute, row["recompute"] or "needed")
    if recompute not in RECOMPUTES:
        raise FactError(f"{where}: recompute {recompute!r}; write one of {', '.join(RECOMPUTES)}")
    sequence = yes(row, "sequence_parallel", where)
    if sequence is None:
        # The first tables with full recomputation are older than sequence parallelism.
        sequence = not (sharding == "none" and recompute == "full")
    pipeline = _count(row, "pipeline_parallel", where, 1)
    known = row["micro_batch"]
    candidates = (_count(row, "micro_batch", where),) if known else _MICRO_BATCHES
    interleaves = _interleaves(row, pipeline, where)
    return tuple(
        Layout(
            tensor=tensor,
            pipeline=pipeline,
            interleave=interleave,
            context=_count(row, "context_parallel", where, 1),
            expert=_count(row, "expert_parallel", where, 1),
            expert_tensor=_count(row, "expert_tensor_parallel", where, 1),
            sharding=sharding,
            recompute=recompute,
            micro_batch=micro,
            sequence_parallel=sequence,
            flash_attention=yes(row, "flash_attention", where) is not False,
            merged_dispatch=merges_dispatch(released),
        )
        for micro, interleave in product(candidates, interleaves)
    )


def _interleaves(row: Mapping[str, str], pipeline: int, where: str) -> tuple[int, ...]:
    """Chunks a stage: as published, one where none are, each even split where tuned."""
    if pipeline > 1 and row["pipeline_interleave"] != _TUNED:
        return (_count(row, "pipeline_interleave", where, 1),)
    return even_interleaves(_count(row, "n_layers", where), pipeline)


def _choice(
    row: Mapping[str, str], name: str, known: Mapping[str, Sharding], where: str
) -> Sharding:
    if row[name] not in known:
        raise FactError(f"{where}: {name} {row[name]!r}; write one of {', '.join(known)}")
    return known[row[name]]


def yes(row: Mapping[str, str], name: str, where: str) -> bool | None:
    """Whether a cell says so; ``None`` where it is empty."""
    text = row.get(name, "")
    if text not in ("", "yes", "no"):
        raise FactError(f"{where}: {name} {text!r}; write yes or no, or leave it empty")
    return text == "yes" if text else None


def _count(row: Mapping[str, str], name: str, where: str, default: int | None = None) -> int:
    text = row.get(name, "")
    if not text:
        if default is None:
            raise FactError(f"{where}: {name} is empty; write a whole number")
        return default
    value = facts.number(text, f"{where} {name}")
    if value != int(value) or value < 0:
        raise FactError(f"{where} {name}: {text} is not a count; write a whole number")
    return int(value)
