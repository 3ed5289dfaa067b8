"""The charts of a run's cost and of the claims held against it."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from costmodel.claims import Finding
from costmodel.money.programme import COMPUTE_LINES, ProgrammeEstimate
from costmodel.money.training_cost import CostEstimate
from costmodel.uncertainty import Percentiles
from dashboard.bill_terms import bill_line
from dashboard.charts import bars, ratio, waterfall
from dashboard.charts.bars import Bar
from dashboard.charts.palette import LINE_COLOURS, PROGRAMME_COLOURS
from dashboard.charts.ratio import RatioRow
from dashboard.language import t
from dashboard.terms import finding_label, line_label


def claims(findings: Sequence[Finding]) -> go.Figure | None:
    """Every finding that has a computed side, as a ratio to it; ``None`` where none has."""
    rows = [
        RatioRow(
            label=finding_label(finding),
            stated=finding.stated,
            computed=finding.computed,
            unit=finding.unit,
            verdict=finding.verdict,
        )
        for finding in findings
        if finding.computed is not None
    ]
    return ratio.figure(rows) if rows else None


def bill_spreads(estimate: CostEstimate) -> dict[str, Percentiles]:
    """The final run's bill by line; empty without a price."""
    return {name: Percentiles.of(usd) for name, usd in estimate.lines.items()}


def bill(estimate: CostEstimate) -> go.Figure | None:
    """The same as bars; ``None`` without a price."""
    rows = [
        Bar(label=line_label(name), value=p.p50, spread=p, colour=LINE_COLOURS[name])
        for name, p in bill_spreads(estimate).items()
    ]
    return bars.figure(rows, "usd") if rows else None


def programme_spreads(estimate: ProgrammeEstimate) -> dict[str, Percentiles]:
    """The programme's bill by line, those that cost nothing left out."""
    return {line: Percentiles.of(usd) for line, usd in estimate.lines.items() if np.any(usd)}


def programme(estimate: ProgrammeEstimate) -> go.Figure:
    """From the final run to the whole programme."""
    total = Percentiles.of(estimate.usd)
    lines = [
        Bar(label=bill_line(line), value=p.p50, spread=p, colour=PROGRAMME_COLOURS[_kind(line)])
        for line, p in programme_spreads(estimate).items()
    ]
    colour = PROGRAMME_COLOURS["total"]
    whole = Bar(label=t("Total"), value=total.p50, spread=total, colour=colour)
    return waterfall.figure(lines, whole, "usd")


def _kind(line: str) -> str:
    if line in ("final_run", "people"):
        return line
    if line in COMPUTE_LINES:
        return "compute"
    return "storage" if line in ("storage", "egress") else "data"
