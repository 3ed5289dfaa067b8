"""One lab run on the page: live while it goes on, its figures when it has ended."""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import streamlit as st

from costmodel.messages import InputError
from dashboard.charts import classes, live
from dashboard.charts.live import Line
from dashboard.charts.palette import COMPUTED, LAW_COLOURS, MUTED, RENTED
from dashboard.components import charts, frame, lab_evidence, notice, tables
from dashboard.components.progress import STATE_COLOURS, time_left
from dashboard.components.text import plain
from dashboard.lab_text import baseline_name, result_rows, score, state_label
from dashboard.language import listed, number, say, t
from lab import launch, runs
from lab.events import Events, Series
from lab.runs import LabRun, message_from_json
from lab.telemetry.report import THROTTLE_NAMES

_EVERY_S: Final = 1.0
_PLOT: Final = {"displayModeBar": False}


def show(run_id: str) -> None:
    """The run; follows it once a second while it is live, whoever started it."""
    run = runs.load(runs.find(run_id))
    if run.is_live:
        _stops(run)
        _follow(run_id)
    else:
        _panel(run)
        _ended(run)


@st.fragment(run_every=_EVERY_S)
def _follow(run_id: str) -> None:
    frame.speak()
    run = runs.load(runs.find(run_id))
    if not run.is_live:
        st.rerun()  # the figures take the charts' place
    _panel(run)


def _panel(run: LabRun) -> None:
    """State, progress, Resume, and the charts of loss and telemetry."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(state_label(run.state), color=STATE_COLOURS[run.state])  # type: ignore[arg-type]
        st.markdown(f"**{plain(run.run_id)}** · {_progress(run)}")
    if run.is_live:
        done = _share_done(run)
        if done is not None:
            st.progress(done, text=_time_left(run, done))
    if run.why is not None:
        (st.info if run.state == "stopped" else st.error)(plain(say(run.why)))
    _resume(run)
    with Events(run.folder, writable=False) as events:
        _loss(run, events)
        _telemetry(events)
        _sample(events)
        messages = [message_from_json(e.payload["message"]) for e in events.events("note")]
    notice.notes(messages)


def _progress(run: LabRun) -> str:
    if not run.step:
        return t("Importing the libraries and reading the data…") if run.is_live else ""
    return t(
        "step {step}, {seconds} s, loss {loss}",
        step=run.step,
        seconds=f"{run.elapsed_s:.0f}",
        loss=number(run.last_loss),
    )


def _share_done(run: LabRun) -> float | None:
    shares = []
    if run.config.steps:
        shares.append(run.step / run.config.steps)
    if run.config.minutes:
        shares.append(run.elapsed_s / (60 * run.config.minutes))
    return min(max(shares), 1.0) if shares else None


def _time_left(run: LabRun, done: float) -> str:
    if run.state == "evaluating":
        return t("Judging it on held-out data, and the baseline beside it…")
    if done <= 0 or run.elapsed_s < 1:
        return t("Starting…")
    return time_left(run.elapsed_s, done)


def _stops(run: LabRun) -> None:
    """Stop and Kill. Not in what is drawn every second: a click there waits for the drawing to
    end, and is thrown away where another change of the page comes first.
    """
    asked = launch.is_asked_to_stop(run.folder)
    with st.container(horizontal=True):
        st.button(
            t("Stopping…") if asked else t("Stop"),
            key=f"stop:{run.run_id}",
            help=t("Saves itself and ends."),
            disabled=asked,
            on_click=_stop,
            args=(run.run_id,),
        )
        st.button(
            t("Kill"),
            key=f"kill:{run.run_id}",
            help=t("Ends it at once."),
            on_click=_stop,
            args=(run.run_id,),
            kwargs={"now": True},
        )


def _resume(run: LabRun) -> None:
    if run.is_live or run.state == "done" or run.refused_field is not None:
        return
    if st.button(t("Resume"), key=f"resume:{run.run_id}"):
        try:
            launch.resume(run.folder)
        except InputError as error:
            notice.refused(error)
        else:
            st.rerun()


def _stop(run_id: str, *, now: bool = False) -> None:
    """A callback: carried out although the page is overtaken before it comes to the button."""
    launch.stop(runs.find(run_id), now=now)


def _loss(run: LabRun, events: Events) -> None:
    curve = events.loss_curve()
    if not curve.t_s:
        return
    lines = [Line(label=t("Training"), series=curve)]
    held_out = events.events("validation")
    if held_out:
        values = tuple(float(e.payload["loss"]) for e in held_out)
        steps = tuple(float(e.step) for e in held_out)
        series = Series(t_s=steps, mean=values, low=values, high=values)
        lines.append(Line(label=t("Held out"), series=series, colour=RENTED, dash="dash"))
    charts.live(live.chart(lines, title=t("Loss"), time_label=t("Optimiser step"), from_zero=False))


def _telemetry(events: Events) -> None:
    """The GPUs' sensors where there are any; the host's share of CPU always."""
    devices = events.devices()
    series = {device: events.device_series(device) for device in devices}
    quantities: list[tuple[str, str, float, str, float | None]] = [
        ("power_w", t("Power"), 1.0, " W", None),
        ("utilization", t("Utilisation"), 100.0, "%", 100.0),
        ("memory_used_bytes", t("Memory used"), 1e-9, " GB", None),
        ("temperature_c", t("Temperature"), 1.0, " °C", None),
    ]
    columns = st.columns(2, gap="small")
    shown = 0
    for quantity, title, scale, suffix, most in quantities:
        lines = [
            Line(
                label=t("GPU {index}", index=device),
                series=series[device][quantity],
                colour=LAW_COLOURS[(device + 1) % len(LAW_COLOURS)],
                dash="solid" if place % 2 == 0 else "dash",
            )
            for place, device in enumerate(devices)
            if series[device][quantity].t_s
        ]
        if lines:
            with columns[shown % 2]:
                charts.live(
                    live.chart(
                        lines,
                        title=title,
                        time_label=t("Seconds"),
                        scale=scale,
                        suffix=suffix,
                        most=most,
                    )
                )
            shown += 1
    host = events.host_series()
    lines = [
        Line(label=t("This run"), series=host["cpu_share"], colour=COMPUTED),
        Line(label=t("Others"), series=host["contention"], colour=MUTED, dash="dash"),
    ]
    if host["cpu_share"].t_s:
        with columns[shown % 2]:
            charts.live(
                live.chart(
                    lines,
                    title=t("CPU"),
                    time_label=t("Seconds"),
                    scale=100.0,
                    suffix="%",
                    most=100.0,
                )
            )
        with columns[(shown + 1) % 2]:
            charts.live(
                live.chart(
                    [Line(label=t("This run"), series=host["rss_bytes"])],
                    title=t("Memory of the process"),
                    time_label=t("Seconds"),
                    scale=1e-9,
                    suffix=" GB",
                )
            )
    throttled = [
        t("GPU {index}: {reasons}", index=device, reasons=_reasons(reading.throttle_reasons))
        for device in devices
        if (reading := events.last_reading(device)) is not None and reading.throttle_reasons
    ]
    if throttled:
        st.warning(t("The clock is held down.") + " " + plain("; ".join(throttled)))


def _reasons(names: Iterable[str]) -> str:
    return listed(say(THROTTLE_NAMES[n]) if n in THROTTLE_NAMES else n for n in names)


def _sample(events: Events) -> None:
    """The latest of what the model makes."""
    found = events.events("sample")
    if not found:
        return
    payload = found[-1].payload
    st.markdown(f"**{t('What it makes at step {step}', step=found[-1].step)}**")
    if "text" in payload:
        st.code(payload["text"], language=None, wrap_lines=True)
    elif "pairs" in payload:
        tables.show(
            (t("English"), t("Reference"), t("Translated")),
            ([plain(p["source"]), plain(p["target"]), plain(p["made"])] for p in payload["pairs"]),
            left=(0, 1, 2),
        )
    elif "pictures" in payload:
        st.image(_grid(payload), width=320)


def _grid(payload: Any) -> Any:
    """The pictures side by side, as rows of bytes; enlarged so that pixels are seen."""
    channels, height, width = payload["shape"]
    columns = payload["columns"]
    pictures = np.array(payload["pictures"], dtype=np.uint8)
    rows = len(pictures) // columns
    grid = pictures.reshape(rows, columns, channels, height, width)
    grid = grid.transpose(0, 3, 1, 4, 2).reshape(rows * height, columns * width, channels)
    enlarged = grid.repeat(4, axis=0).repeat(4, axis=1)
    return enlarged[:, :, 0] if channels == 1 else enlarged


def _ended(run: LabRun) -> None:
    """The figures of a run that has ended, and what can be done with it."""
    if run.result is None:
        return
    st.subheader(t("Figures"), anchor=False)
    baseline = baseline_name(run.result)
    named = () if baseline is None else (t("Beside it: {name}", name=plain(baseline)),)
    tables.show(
        (t("Figure"), t("Value"), *named),
        (
            [plain(row.label), plain(row.value), *([plain(row.baseline or "")] if named else [])]
            for row in result_rows(run.result)
        ),
        left=(0,),
    )
    _classifier(run.result["metrics"])
    lab_evidence.attach(run)


def _classifier(metrics: Any) -> None:
    if "confusion" not in metrics:
        return
    labels = [each["name"] for each in metrics["per_class"]]
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{t('Confusion matrix')}**")
        figure = classes.confusion(
            metrics["confusion"], labels, true=t("True class"), called=t("Called")
        )
        st.plotly_chart(figure, config=_PLOT, key="confusion")
    with right:
        st.markdown(f"**{t('ROC')}**")
        figure = classes.roc(
            metrics["roc"],
            labels,
            false_rate=t("False positive rate"),
            true_rate=t("True positive rate"),
        )
        st.plotly_chart(figure, config=_PLOT, key="roc")
    tables.show(
        (t("Class"), t("Examples"), t("Class precision"), t("Recall"), t("F1")),
        (
            [
                plain(c["name"]),
                str(c["n"]),
                score(c["precision"]),
                score(c["recall"]),
                score(c["f1"]),
            ]
            for c in metrics["per_class"]
        ),
    )
