"""How far off Assay and others are on the same published rows, in one run.

Assay predicts each row without having seen its model; the others cannot learn, so they
have nothing to forget. The constant is the median MFU of the other rows.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import numpy as np

from costmodel import backtest
from costmodel.hardware import measurements, whole_runs
from costmodel.hardware.layout import Layout
from costmodel.hardware.measurements import Measurement
from costmodel.hardware.whole_runs import WholeRun
from costmodel.units import SECONDS_PER_HOUR
from costmodel.workload.flops import parameter_count, total_params
from costmodel.workload.model_spec import ModelSpec

ROOT: Final = Path(__file__).parent.parent
_CHIPS: Final = {
    "A100 40GB SXM": "A100-40",
    "A100 80GB SXM": "A100-80",
    "H100 SXM 80GB": "H100",
}
_ZERO: Final = {"none": 0, "zero1": 1, "zero2": 2, "zero3": 3}


def peer_rows() -> list[dict[str, Any]]:
    """The published rows in the terms that every calculator knows: dense, 16 bit."""
    rows = []
    for m in measurements.published():
        dense = m.spec.experts is None and m.precision in ("bf16", "fp16")
        if dense and m.chip.name in _CHIPS and m.step_s is not None:
            rows.append(_row(m.run_id, m.spec, m.chip.name, m.n_accelerators, m.layouts[0], m))
    rows.extend(
        _run_row(run, spec)
        for run in whole_runs.published()
        if run.layout and (spec := _dense(run)) and run.cluster.accelerator.name in _CHIPS
    )
    return rows


def _dense(run: WholeRun) -> ModelSpec | None:
    spec = run.plan.model
    return spec if isinstance(spec, ModelSpec) and spec.experts is None else None


def others(python: Path | None) -> dict[str, Any]:
    """What the other calculators answer; nothing where they are not installed."""
    if python is None or not python.exists():
        return {}
    done = subprocess.run(
        [str(python), str(ROOT / "tests" / "peers.py")],
        input=json.dumps(peer_rows()),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def errors(answers: dict[str, Any]) -> dict[str, dict[str, list[float]]]:
    """Absolute errors by group of rows and by who predicted, as fractions."""
    found: dict[str, dict[str, list[float]]] = {}
    rows = {row["id"]: row for row in peer_rows()}
    assay = (*backtest.steps().rows, *backtest.runs().rows)
    mfu = {row.id: rows[row.id]["peak_units"] / row.published for row in assay if row.id in rows}
    for row in assay:
        if row.id not in rows:
            continue
        group = found.setdefault(row.group, {})
        group.setdefault("Assay", []).append(abs(row.error))
        same = [
            v for k, v in mfu.items() if k != row.id and rows[k]["kind"] == rows[row.id]["kind"]
        ]
        group.setdefault("constant MFU", []).append(abs(mfu[row.id] / float(np.median(same)) - 1))
        for name, answer in answers.items():
            step_s = answer["steps"].get(row.id)
            if step_s is not None:
                predicted = step_s * rows[row.id]["per_step"]
                group.setdefault(name, []).append(abs(predicted / row.published - 1))
    return found


def _row(
    name: str, spec: ModelSpec, chip: str, n: int, layout: Layout, m: Measurement
) -> dict[str, Any]:
    data = layout.data(n)
    return {
        **_model(name, spec, chip),
        **_layout(layout, n, data, m.global_batch_sequences),
        "context_tokens": m.context_tokens,
        "kind": "step",
        "per_step": 1.0,
        "peak_units": _flop(spec, m.global_batch_sequences * m.context_tokens)
        / (n * m.chip.training_peak().value),
    }


def _run_row(run: WholeRun, spec: ModelSpec) -> dict[str, Any]:
    """A whole run by the layout on record, at its batch or the nearest that divides."""
    chip, n = run.cluster.accelerator, run.cluster.n_accelerators
    degrees = dict(re.findall(r"(tensor|pipeline|micro-batch|ZeRO)[ -](\d+)", run.layout))
    layout = Layout(
        tensor=int(degrees["tensor"]),
        pipeline=int(degrees["pipeline"]),
        sharding="zero3" if degrees.get("ZeRO") == "3" else "zero1",
        recompute="full" if "recompute full" in run.layout else "none",
        micro_batch=int(degrees["micro-batch"]),
    )
    n -= n % layout.model_parallel
    data = layout.data(n)
    context = run.plan.context_tokens
    wanted = (run.global_batch_tokens or 4e6) / context
    batch = max(round(wanted / (data * layout.micro_batch)), 1) * data * layout.micro_batch
    steps = run.plan.tokens / (batch * context)
    return {
        **_model(run.run_id, spec, chip.name),
        **_layout(layout, n, data, batch),
        "context_tokens": context,
        "kind": "run",
        # Seconds of a step to accelerator-hours of the run, steps alone.
        "per_step": steps * n / SECONDS_PER_HOUR,
        "peak_units": _flop(spec, run.plan.tokens)
        / (chip.training_peak().value * SECONDS_PER_HOUR),
    }


def _model(name: str, spec: ModelSpec, chip: str) -> dict[str, Any]:
    return {
        "id": name,
        "n_layers": spec.n_layers,
        "d_model": spec.d_model,
        "n_heads": spec.n_heads,
        "n_kv_heads": spec.n_kv_heads,
        "d_ff": spec.d_ff,
        "vocab_size": spec.vocab_size,
        "gated": spec.gated_mlp,
        "params": total_params(spec),
        "chip": _CHIPS[chip],
    }


def _layout(layout: Layout, n: int, data: int, batch: int) -> dict[str, Any]:
    return {
        "n": n,
        "tensor": layout.tensor,
        "pipeline": layout.pipeline,
        "interleave": layout.interleave,
        "data": data,
        "batch": batch,
        "micro_batch": layout.micro_batch,
        "micro_batches": batch / (data * layout.micro_batch),
        "zero": _ZERO[layout.sharding],
        "full": layout.recompute == "full",
        "flash": layout.flash_attention,
    }


def _flop(spec: ModelSpec, tokens: float) -> float:
    return 6 * parameter_count(spec).active * tokens
