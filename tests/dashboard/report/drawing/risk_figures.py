"""A figure of every chart of risk, with likely scores."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import coverage_map, heat_map, radar, risk_map, whiskers
from dashboard.charts.palette import EVIDENCE_COLOURS
from dashboard.charts.whiskers import Reach, ScoreRow
from dashboard.language import t

_AREAS: Final = (
    "Compute and cost",
    "Data",
    "Model quality",
    "Research and development",
    "Market demand",
    "Competition",
    "Ethics and privacy",
    "Technical maturity",
    "Applications",
)


def _coverage_map() -> go.Figure:
    rng = np.random.default_rng(3)
    return coverage_map.figure(
        [
            coverage_map.CoverageRow(
                label=area,
                counts={s: int(rng.integers(0, 9)) for s in EVIDENCE_COLOURS},
                p0_closed=2,
                n_p0=6,
            )
            for area in _AREAS
        ],
        {s: s.replace("_", " ") for s in EVIDENCE_COLOURS},
    )


def _heat_map() -> go.Figure:
    rng = np.random.default_rng(2)
    zones = [
        heat_map.Zone(band=band, label=t(band), least=least)
        for band, least in (("low", 1), ("moderate", 5), ("high", 10), ("critical", 16))
    ]
    risks = [
        heat_map.Risk(
            id=f"CMP-{i:02}",
            label="what",
            likelihood=int(rng.integers(1, 6)),
            impact=int(rng.integers(1, 6)),
            proven=bool(i % 3),
        )
        for i in range(60)
    ]
    return heat_map.figure(risks, zones, per_line=1, most_lines=8)


def _scores() -> list[ScoreRow]:
    return [
        ScoreRow(
            label=area,
            reach=None
            if i == 3
            else Reach(
                low=10 + 2 * i, expected=40 + 4 * i, high=70 + 3 * i, band=(25 + 2 * i, 60 + 2 * i)
            ),
            known=55 if i % 2 else None,
            stage=50 - i,
        )
        for i, area in enumerate(_AREAS)
    ]


def _risk_map() -> go.Figure:
    bands = ("low", "moderate", "high", "critical", None, "low", "moderate", "high", "critical")
    concerns = {
        key: risk_map.Concern(
            label=area,
            band=band,
            says=t("unknown") if band is None else t(band),
            reach=None if band is None else Reach(low=20, expected=45, high=80),
            thin=i == 3,
            answered="3 / 10" if i == 3 else "",
        )
        for i, (key, area, band) in enumerate(zip(risk_map.PLACES, _AREAS, bands, strict=True))
    }
    ties = [
        risk_map.Tie(one=one, other=other, says="")
        for one, other in (
            ("model", "compute"),
            ("compute", "applications"),
            ("rd_cost", "technical_maturity"),
            ("data_quality", "ethics_privacy"),
        )
    ]
    return risk_map.figure(concerns, ties)


#: By the module of the chart.
FIGURES: Final[Mapping[str, Callable[[], go.Figure]]] = {
    "coverage_map": _coverage_map,
    "heat_map": _heat_map,
    "radar": lambda: radar.figure(_scores()),
    "risk_map": _risk_map,
    "whiskers": lambda: whiskers.figure(_scores()[0], _scores()[1:]),
}
