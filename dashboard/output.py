"""The JSON that other programs read, and the plain-text tables of the command line."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from costmodel.facts import Fact
from costmodel.hardware.calibration import EfficiencyPrior
from costmodel.hardware.efficiency import LayoutEfficiency
from costmodel.hardware.goodput import ModelledGoodput
from costmodel.money.assumed import Assumption
from costmodel.money.prices import PriceRange
from costmodel.money.training_cost import CostEstimate
from costmodel.uncertainty import Number, Percentiles
from dashboard.findings import Evaluation
from dashboard.language import amount, exact, interval, ranged, say, t
from dashboard.terms import (
    assumption_label,
    finding_label,
    line_label,
    quantity_label,
    source_title,
    verdict_label,
)


def estimate_json(evaluation: Evaluation) -> dict[str, Any]:
    """The object that ``assay estimate --json`` prints; P objects are 5th, 50th, 95th."""
    estimate = evaluation.estimate
    return {
        "params": estimate.params,
        "active_params": estimate.active_params,
        "train_flop": estimate.flop.parameter,
        "train_flop_model": estimate.flop.model,
        "train_flop_full_attention": estimate.flop.full_square,
        "mfu": _p(estimate.mfu),
        "gpu_hours": _p(estimate.gpu_hours),
        "wall_days": _p(estimate.wall_days),
        "usd": None if estimate.usd is None else _p(estimate.usd),
        "energy_kwh": _p(estimate.energy_kwh),
        "kg_co2e": _p(estimate.kg_co2e),
        "lines": [{"name": name, "usd": _p(usd)} for name, usd in estimate.lines.items()],
        "assumptions": [
            {
                "name": a.name,
                "low": a.range.low,
                "high": a.range.high,
                "unit": a.unit,
                "source": source_line(a),
            }
            for a in evaluation.inputs.assumptions
        ],
        "layout": _layout_json(evaluation),
        "chip": evaluation.inputs.cluster.accelerator.name,
        "n_accelerators": evaluation.inputs.cluster.n_accelerators,
        "warnings": [say(warning) for warning in evaluation.warnings],
    }


def _layout_json(evaluation: Evaluation) -> dict[str, Any] | None:
    """The fastest layout behind the efficiency; none where it stands on something else."""
    origin = next(a.origin for a in evaluation.inputs.assumptions if a.name == "efficiency")
    if not isinstance(origin, LayoutEfficiency):
        return None
    placed = origin.placed
    return {
        **{f.name: getattr(placed.layout, f.name) for f in fields(placed.layout)},
        "n_accelerators_used": placed.n_used,
        "step_s": placed.step_s,
        "memory_bytes": placed.memory_bytes,
        "global_batch_sequences": placed.global_batch_sequences,
        "efficiency": origin.best,
    }


def check_json(evaluation: Evaluation) -> dict[str, Any]:
    """The object that ``assay check --json`` prints."""
    estimate = evaluation.estimate
    return {
        "params": estimate.params,
        "active_params": estimate.active_params,
        "train_flop": estimate.flop.parameter,
        "findings": [
            {
                "claim": finding.claim,
                "quantity": finding.quantity,
                "verdict": finding.verdict,
                "stated": finding.stated,
                "computed": None if finding.computed is None else finding.computed.as_json(),
                "unit": finding.unit,
                "why": say(finding.why),
                "ask": say(finding.ask),
            }
            for finding in evaluation.findings
        ],
        "warnings": [say(warning) for warning in evaluation.warnings],
    }


def source_line(assumption: Assumption) -> str:
    """Where an assumption comes from, in one line."""
    origin = assumption.origin
    if origin is None:
        return t("stated in the deal")
    if isinstance(origin, Fact):
        parts = [source_title(origin.source), origin.locator, origin.as_of]
        return "; ".join(part for part in parts if part)
    if isinstance(origin, EfficiencyPrior):
        return t(
            "{n} published training runs ({m} with a figure from memory)",
            n=len(origin.runs),
            m=origin.n_from_memory,
        )
    if isinstance(origin, LayoutEfficiency):
        return t(
            "fastest layout ({layout}), and what {n} published runs with confirmed figures kept "
            "of theirs",
            layout=say(origin.placed.layout.in_words()),
            n=origin.n_runs,
        )
    if isinstance(origin, ModelledGoodput):
        return t(
            "failures, checkpoints and restarts of {n} accelerators, and other losses; "
            "ranges partly judged",
            n=f"{origin.n_accelerators:,}",
        )
    assert isinstance(origin, PriceRange)
    return t(
        "{n} dated rental quotes, {oldest} to {newest}",
        n=len(origin.quotes),
        oldest=origin.oldest,
        newest=origin.newest,
    )


def estimate_text(evaluation: Evaluation) -> str:
    """The estimate as lines for a terminal."""
    estimate = evaluation.estimate
    rows = [
        (quantity_label("params"), _counted(estimate.params)),
        (quantity_label("active_params"), _counted(estimate.active_params)),
        (quantity_label("train_flop"), amount(estimate.flop.parameter, "flop")),
        *((quantity_label(name), _ranged(value, unit)) for name, value, unit in _ranges(estimate)),
        *(("  " + line_label(name), _ranged(usd, "usd")) for name, usd in estimate.lines.items()),
        ("", ""),
        (t("Assumptions (90% range)"), ""),
        *(
            (
                "  " + assumption_label(a.name),
                f"{interval(a.range.low, a.range.high, a.unit)}  [{source_line(a)}]",
            )
            for a in evaluation.inputs.assumptions
        ),
    ]
    return "\n".join(_aligned(rows))


def check_text(evaluation: Evaluation) -> str:
    """The findings as blocks for a terminal."""
    blocks = []
    for finding in evaluation.findings:
        head = f"[{verdict_label(finding.verdict)}] {finding_label(finding)}"
        head += f": {amount(finding.stated, finding.unit)}"
        lines = [head, f"    {say(finding.why)}"]
        if finding.verdict != "consistent":
            lines.append(f"    → {say(finding.ask)}")
        blocks.append("\n".join(lines))
    return "\n".join(blocks) if blocks else t("The deal states no claims to check.")


def _ranges(estimate: CostEstimate) -> list[tuple[str, Number, str]]:
    rows: list[tuple[str, Number, str]] = [
        ("mfu", estimate.mfu, "fraction"),
        ("gpu_hours", estimate.gpu_hours, "gpu_hour"),
        ("wall_days", estimate.wall_days, "day"),
        ("energy_kwh", estimate.energy_kwh, "kwh"),
        ("kg_co2e", estimate.kg_co2e, "kg_co2e"),
    ]
    if estimate.usd is not None:
        rows.append(("usd", estimate.usd, "usd"))
    return rows


def _counted(value: float) -> str:
    return f"{exact(value)}  ({value:,.0f})"


def _ranged(value: Number, unit: str) -> str:
    return ranged(Percentiles.of(value), unit)


def _p(value: Number) -> dict[str, float]:
    return Percentiles.of(value).as_json()


def _aligned(rows: list[tuple[str, str]]) -> list[str]:
    """Two columns; a Chinese character takes two cells of a terminal."""
    width = max(_cells(label) for label, _ in rows)
    return [f"{label}{' ' * (width - _cells(label) + 2)}{value}".rstrip() for label, value in rows]


def aligned_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns for a terminal: the first flush left, the others flush right."""
    widths = [max(_cells(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        first = row[0] + " " * (widths[0] - _cells(row[0]))
        others = [" " * (w - _cells(c)) + c for w, c in zip(widths[1:], row[1:], strict=True)]
        lines.append("  ".join([first, *others]))
    return lines


def _cells(text: str) -> int:
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
