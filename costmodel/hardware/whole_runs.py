"""Published training runs as plans: what they trained, on what, and the hours they took.

``data/reference_runs.csv`` and any file with its columns. The achieved throughput, MFU and
hours of a row are never an input to its prediction.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import accelerators, measurements
from costmodel.hardware.accelerators import Cluster
from costmodel.hardware.measurements import Excluded
from costmodel.messages import InputError
from costmodel.workload.flops import parameter_count, total_params, training_flop
from costmodel.workload.model_spec import (
    Model,
    ModelSpec,
    Precision,
    SizeOnly,
    TrainingPlan,
)

COLUMNS: Final = (
    "run_id",
    "run_type",
    "modality",
    "total_params",
    "active_params",
    "layers",
    "hidden",
    "heads",
    "kv_heads",
    "ffn",
    "vocab",
    "seq_len",
    "global_batch_tokens",
    "training_tokens",
    "chip",
    "chip_count",
    "precision",
    "gpu_hours_reported",
    "release_date",
    "source",
    "verified",
    "recall_columns",
)
#: Cells without which hours cannot be compared.
_NEEDED: Final = ("active_params", "training_tokens", "gpu_hours_reported", "chip")
_SHAPE: Final = ("layers", "hidden", "heads")
_NAMED_FORMATS: Final[tuple[Precision, ...]] = (
    "nvfp4", "mxfp8", "fp4", "fp8", "fp16", "bf16", "tf32", "fp32",
)  # fmt: skip
#: What step times call these columns.
_NAMES: Final[Mapping[str, str]] = {
    "model": "run_id",
    "n_layers": "layers",
    "d_model": "hidden",
    "n_heads": "heads",
    "n_kv_heads": "kv_heads",
    "d_ff": "ffn",
    "vocab_size": "vocab",
}
_DAYS_TO_PUBLICATION: Final = 60.0
_DAYS_A_MONTH: Final = 30.4
_DATE: Final = re.compile(r"(\d{4}(-\d{2}(-\d{2})?)?)?")
#: No figure of any run is larger.
_MOST: Final = 1e18
_UNKNOWN_CLUSTER: Final = 512
_UNKNOWN_CONTEXT: Final = 2048
#: How far the architecture's own count may lie from the published parameters.
_COUNT_TOLERANCE: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRun:
    """One published run as a plan on a cluster, with the hours that were published.

    ``layout`` says what is known of it, in words; ``merged_dispatch`` whether its experts'
    copies were merged on their way (``None``: as usual in its time). ``model_flop`` counts
    matrix products and causal attention; of a mixture of experts without widths, ``6 N D``
    and ``6 L h s D``.
    """

    run_id: str
    plan: TrainingPlan
    cluster: Cluster
    global_batch_tokens: float | None
    released: str
    gpu_hours: float
    model_flop: float
    source: str
    from_memory: bool
    layout: str
    merged_dispatch: bool | None


@cache
def published() -> tuple[WholeRun, ...]:
    """The language-model runs of ``data/reference_runs.csv`` that are fit to compare with."""
    return read(facts.data_dir() / "reference_runs.csv")


def read(path: Path) -> tuple[WholeRun, ...]:
    """The comparable runs of a file in the columns of ``data/reference_runs.csv``.

    Raises ``FactError`` naming file, line and remedy for a cell that cannot be read.
    """
    found = []
    for line, row in facts.read_rows(path, COLUMNS):
        if not why_not(row):
            where = f"{path.name}:{line}"
            try:
                found.append(_run(row, where=where))
            except InputError as refused:
                raise FactError(f"{where}: {refused}") from refused
    return tuple(found)


def excluded(path: Path | None = None) -> tuple[Excluded, ...]:
    """The rows that are not compared with, and why."""
    path = path or facts.data_dir() / "reference_runs.csv"
    rows = [(row, why_not(row)) for _, row in facts.read_rows(path, COLUMNS)]
    return tuple(
        Excluded(run_id=row["run_id"], model=row.get("model", row["run_id"]), reason=reason)
        for row, reason in rows
        if reason
    )


def why_not(row: Mapping[str, str]) -> str:
    """Why a row cannot be compared with, or nothing.

    A file without the column ``unfit_reason`` gets the reasons on record for the same runs.
    """
    recorded = _recorded(row, "unfit_reason")
    if recorded.get("unfit_reason"):
        return recorded["unfit_reason"]
    if row["run_type"] != "pretrain":
        return f"not a pre-training run but {row['run_type']}"
    if row["modality"] != "language":
        return f"not a language model but {row['modality']}"
    missing = [name for name in _NEEDED if not row[name]]
    if missing:
        return f"{', '.join(missing)} not published"
    try:
        accelerators.find(row["chip"])
    except InputError:
        return f"{row['chip']} names several accelerators or none on record"
    return ""


def _recorded(row: Mapping[str, str], column: str) -> Mapping[str, str]:
    """The row itself where its file has that column, else the run's row on record, if any."""
    return row if column in row else _rows_on_record().get(row["run_id"], row)


@cache
def _rows_on_record() -> dict[str, dict[str, str]]:
    path = facts.data_dir() / "reference_runs.csv"
    rows = facts.read_rows(path, COLUMNS)
    return {row["run_id"]: row for _, row in rows}


def _run(row: Mapping[str, str], *, where: str) -> WholeRun:
    def number(name: str) -> float | None:
        if not row[name]:
            return None
        value = facts.number(row[name], f"{where} {name}")
        if not 0 < value <= _MOST:
            raise FactError(f"{where} {name}: {value:g} cannot be; empty the cell when unknown")
        return value

    chip = accelerators.find(row["chip"])
    context = int(number("seq_len") or _UNKNOWN_CONTEXT)
    tokens, hours = number("training_tokens"), number("gpu_hours_reported")
    assert tokens is not None
    assert hours is not None
    recalled = set(row["recall_columns"].split(";"))
    count = number("chip_count")
    widths = _recorded(row, "n_experts")
    plan = TrainingPlan(
        model=_with_experts(widths, row, where) or _model(row, number),
        tokens=tokens,
        context_tokens=context,
        precision=_precision(row["precision"], chip.has_peak("bf16")),
    )
    return WholeRun(
        run_id=row["run_id"],
        plan=plan,
        cluster=Cluster(accelerator=chip, n_accelerators=int(count or _UNKNOWN_CLUSTER)),
        global_batch_tokens=number("global_batch_tokens"),
        released=_software_of(row["release_date"], where),
        gpu_hours=hours,
        model_flop=_model_flop(plan, number("layers"), number("hidden")),
        source=row["source"],
        from_memory=row["verified"] != "yes" or bool(recalled & {"all", *_NEEDED, "total_params"}),
        layout=_recorded(row, "layout").get("layout", ""),
        merged_dispatch=measurements.yes(widths, "merged_dispatch", where),
    )


def _with_experts(
    widths: Mapping[str, str], row: Mapping[str, str], where: str
) -> ModelSpec | None:
    """The mixture of experts that these cells describe, if its counts are the row's."""
    if not widths.get("n_experts"):
        return None
    cells = dict(widths) | {ours: widths[theirs] for ours, theirs in _NAMES.items()}
    spec = measurements.spec_of(cells, where)
    count = parameter_count(spec)
    stated = [facts.number(row[name], where) for name in ("total_params", "active_params")]
    return spec if _close(count.total, stated[0]) and _close(count.active, stated[1]) else None


def _model(row: Mapping[str, str], number: Callable[[str], float | None]) -> Model:
    """The architecture where the row describes a dense one, else the size alone."""
    active = number("active_params") or 1.0
    total = number("total_params")
    size = SizeOnly(name=row["run_id"], params=max(total or active, active), active_params=active)
    if size.params > active or not all(row[name] for name in _SHAPE):
        return size
    shape = {name: int(number(name) or 0) for name in _SHAPE}
    heads, hidden = shape["heads"], shape["hidden"]
    ffn = int(number("ffn") or 4 * hidden)
    try:
        spec = ModelSpec(
            name=row["run_id"],
            n_layers=shape["layers"],
            d_model=hidden,
            n_heads=heads,
            n_kv_heads=int(number("kv_heads") or heads),
            d_head=max(hidden // max(heads, 1), 1),
            d_ff=ffn,
            vocab_size=int(number("vocab") or 50_000),
            gated_mlp=ffn != 4 * hidden,
        )
    except InputError:
        return size
    return spec if _close(total_params(spec), active) else size


def _close(counted: float, published: float) -> bool:
    return abs(counted / published - 1) <= _COUNT_TOLERANCE


def _software_of(release: str, where: str) -> str:
    """The month (``YYYY-MM``) in which the run began: its software is of that time.

    The publication less 60 days and a usual run: its own days are an outcome, which no
    prediction may see.

    Source: Cottier et al. 2024, arXiv:2405.21015, training start.
    """
    if not _DATE.fullmatch(release):
        raise FactError(f"{where} release_date: {release!r}; write 2024-01-31, 2024-01 or 2024")
    if len(release) < len("2024-01"):
        return release
    usual = facts.lookup("assumptions", "any run", "days_to_plan_for").value
    months = int(release[:4]) * 12 + int(release[5:7]) - 1
    months -= round((_DAYS_TO_PUBLICATION + usual) / _DAYS_A_MONTH)
    return f"{months // 12}-{months % 12 + 1:02d}"


def _model_flop(plan: TrainingPlan, layers: float | None, hidden: float | None) -> float:
    flop = training_flop(plan).model
    if isinstance(plan.model, SizeOnly) and layers and hidden:
        flop += 6 * layers * hidden * plan.context_tokens * plan.tokens
    return flop


def _precision(text: str, has_bf16: bool) -> Precision:
    """The number format that a cell names, narrowest first; mixed 16 bit where it names none."""
    for known in _NAMED_FORMATS:
        if known in text.lower():
            return known
    return "bf16" if has_bf16 else "fp16"
