"""Lab runs side by side, and the list of all of them."""

from typing import Final

import streamlit as st

from dashboard.charts import live
from dashboard.charts.live import Line
from dashboard.charts.palette import LAW_COLOURS
from dashboard.components import charts, tables
from dashboard.components.text import plain
from dashboard.lab_text import baseline_name, result_rows, state_label
from dashboard.language import current, t
from lab.events import Events
from lab.runs import LabRun

_MOST: Final = 4


def choose(found: list[LabRun], at_hand: str | None) -> str | None:
    """The run to look at; ``at_hand`` is the one of the address."""
    names = [run.run_id for run in found]
    labels = {run.run_id: f"{run.run_id} · {state_label(run.state)}" for run in found}
    return st.selectbox(
        t("Run"),
        names,
        index=names.index(at_hand) if at_hand in names else 0 if names else None,
        format_func=lambda name: labels[name],
        key=f"lab_run:{at_hand}:{current()}",
        placeholder=t("There is no run yet"),
    )


def compare(found: list[LabRun]) -> None:
    """Loss curves on one chart and figures in one table."""
    names = [run.run_id for run in found if run.step]
    chosen = st.multiselect(
        t("Runs to compare"),
        names,
        max_selections=_MOST,
        key=f"lab_compare:{current()}",
        placeholder=t("Choose up to four"),
    )
    if len(chosen) < 2:
        return
    picked = [run for run in found if run.run_id in chosen]
    lines = []
    for place, run in enumerate(picked):
        with Events(run.folder, writable=False) as events:
            lines.append(
                Line(
                    label=run.run_id,
                    series=events.loss_curve(),
                    colour=LAW_COLOURS[place],
                    dash=("solid", "dash", "dot", "dashdot")[place],
                )
            )
    charts.live(live.chart(lines, title=t("Loss"), time_label=t("Optimiser step"), from_zero=False))
    ended = [run for run in picked if run.result is not None]
    rows: dict[str, dict[str, str]] = {}
    for run in ended:
        assert run.result is not None
        for row in result_rows(run.result):
            rows.setdefault(row.label, {})[run.run_id] = row.value
            if row.baseline is not None:
                beside = t("{figure}, baseline", figure=row.label)
                rows.setdefault(beside, {})[run.run_id] = row.baseline
        rows.setdefault(t("Baseline"), {})[run.run_id] = baseline_name(run.result) or "–"
    tables.show(
        (t("Figure"), *(plain(run.run_id) for run in ended)),
        (
            [plain(label), *(plain(values.get(run.run_id, "–")) for run in ended)]
            for label, values in rows.items()
        ),
    )
