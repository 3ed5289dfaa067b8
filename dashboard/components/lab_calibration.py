"""The efficiency curve of this machine: measure it, see it beside what was published, ask it."""

import json
from typing import Final

import streamlit as st

from costmodel.hardware import calibration as published
from costmodel.hardware.machine import Calibration
from costmodel.messages import InputError
from costmodel.workload import hf_config
from dashboard.components import frame, notice, tables
from dashboard.components.text import plain
from dashboard.lab_text import share
from dashboard.language import current, number, say, t
from dashboard.quantities import parse_count
from lab import calibrate
from lab.runs import LabRun
from lab.shapes import decoder_config

_GENERATIONS: Final = ("ampere", "hopper")
_ASKED: Final = {
    "n_layers": 6,
    "d_model": 320,
    "n_heads": 5,
    "context_tokens": 128,
    "batch_size": 8,
}


def show(found: list[LabRun]) -> None:
    """The stored calibration, a question to it, and the ways to a new one."""
    stored = calibrate.stored()
    if stored is not None:
        _beside_published(stored)
        _ask(stored)
    else:
        st.caption(
            t(
                "Nothing is measured here yet. Seven sizes are trained for a moment each; the "
                "cost model then predicts other sizes on this machine, with an interval."
            )
        )
    _measure()
    _from_runs(found)


def _beside_published(stored: Calibration) -> None:
    """Efficiency measured here and efficiency learnt from published runs, in one table."""
    rows = []
    low, high = stored.reach["params"]
    # What a model FLOP alone costs; above one it is the fit's doubt and no efficiency.
    limit = 1 / (stored.s_per_flop * stored.peak_flop_per_s) if stored.s_per_flop > 0 else None
    best = limit if limit is not None and limit <= 1 else None
    peak = t("measured peak") if stored.peak_source == "measured" else t("datasheet peak")
    rows.append(
        [
            t(
                "Measured here: {device}, {precision}",
                device=plain(stored.device),
                precision=stored.precision,
            ),
            share(best),
            t(
                "the fit's limit for large sizes, not a measurement; "
                "{low} to {high} parameters were measured",
                low=number(low),
                high=number(high),
            ),
            peak,
        ]
    )
    for generation in _GENERATIONS:
        prior = published.efficiency_prior(generation, "dense")
        rows.append(
            [
                t("Published: dense models on {generation}", generation=generation.title()),
                share(prior.range.mid),
                t(
                    "{low} to {high} for the next run",
                    low=share(prior.range.low),
                    high=share(prior.range.high),
                ),
                t("datasheet peak"),
            ]
        )
    tables.show((t("Efficiency"), t("Median"), t("Range"), t("Held against")), rows, left=(0, 2, 3))
    errors = sorted(abs(error) for error in stored.left_out_errors)
    st.caption(
        t(
            "Measured on {date} from {n} sizes; with each size left out in turn, the others "
            "predicted it within {worst}.",
            date=stored.measured_at,
            n=len(stored.run_ids),
            worst=share(errors[-1]),
        )
    )
    if stored.kind == "cpu":
        st.caption(
            t("A CPU says nothing of what a GPU delivers: no GPU price rests on this figure.")
        )


def _ask(stored: Calibration) -> None:
    """Predict a size that was not measured."""
    st.markdown(f"**{t('How fast would this size train here?')}**")
    labels = {
        "n_layers": t("Layers"),
        "d_model": t("Width"),
        "n_heads": t("Attention heads"),
        "context_tokens": t("Context, tokens"),
        "batch_size": t("Batch size"),
    }
    columns = st.columns(len(_ASKED))
    typed = {}
    for column, (name, default) in zip(columns, _ASKED.items(), strict=True):
        with column:
            typed[name] = st.text_input(
                labels[name], str(default), key=f"lab_ask:{name}:{current()}"
            )
    try:
        asked = {name: parse_count(text, name) for name, text in typed.items()}
        content = json.dumps(
            decoder_config(
                "gpt2",
                vocab_size=85,
                **{
                    name: asked[name]
                    for name in ("n_layers", "d_model", "n_heads", "context_tokens")
                },
            )
        ).encode()
        found = stored.predict(
            hf_config.parse(content, name="asked"),
            context_tokens=asked["context_tokens"],
            tokens_per_step=asked["batch_size"] * asked["context_tokens"] * stored.n_devices,
        )
    except InputError as error:
        notice.refused(error, label=labels.get(error.field, ""))
        return
    left, right = st.columns(2)
    left.metric(
        t("Tokens per second"),
        number(found.tokens_per_s),
        help=t(
            "80% interval: {low} – {high}",
            low=number(found.low_80_tokens_per_s),
            high=number(found.high_80_tokens_per_s),
        ),
    )
    left.caption(
        t(
            "80% interval: {low} – {high}",
            low=number(found.low_80_tokens_per_s),
            high=number(found.high_80_tokens_per_s),
        )
    )
    right.metric(t("Efficiency"), share(found.efficiency))
    notice.notes(found.beyond)


def _measure() -> None:
    state = calibrate.progress()
    if state is not None and state.is_live:
        _follow()
        return
    if state is not None and state.why is not None:
        st.error(plain(say(state.why)))
    minutes = st.text_input(t("Minutes for all sizes"), "3", key=f"lab_minutes:{current()}")
    if st.button(t("Measure this machine"), key="lab_calibrate"):
        try:
            wanted = calibrate.checked_minutes(minutes)
        except InputError as error:
            notice.refused(error, label=t("Minutes for all sizes"))
            return
        calibrate.start(minutes=wanted)
        st.rerun()


@st.fragment(run_every=1.0)
def _follow() -> None:
    frame.speak()
    state = calibrate.progress()
    if state is None or not state.is_live:
        st.rerun()
    st.progress(
        state.n_done / state.n_sizes,
        text=t("Measuring: {n} of {all} sizes done", n=state.n_done, all=state.n_sizes),
    )


def _from_runs(found: list[LabRun]) -> None:
    """Runs that were made anyway, as a calibration."""
    fit = [run.run_id for run in found if calibrate.why_not(run) is None]
    with st.expander(t("Calibrate from runs")):
        chosen = st.multiselect(
            t("Runs that are fit for it"),
            fit,
            key=f"lab_from:{current()}",
            placeholder=t("Choose at least four sizes"),
        )
        if st.button(t("Send to calibration"), key="lab_send", disabled=not chosen):
            try:
                made, _ = calibrate.from_runs([run for run in found if run.run_id in chosen])
            except InputError as error:
                notice.refused(error)
            else:
                calibrate.store(made)
                st.rerun()
        unfit = [(run.run_id, why) for run in found if (why := calibrate.why_not(run)) is not None]
        for run_id, why in unfit[:8]:
            st.caption(f"{plain(run_id)}: {plain(say(why))}")
