"""Using a trained model on the page: continue a text, or judge and translate one.

The model is loaded by a process of its own: importing torch here would slow every page.
"""

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import notice, tables
from dashboard.components.text import plain
from dashboard.lab_text import share
from dashboard.language import current, t
from lab import launch
from lab.runs import LabRun

_USES = ("gpt", "bert-sentiment", "seq2seq")


def show(run: LabRun) -> None:
    """A box to type in, for the workloads that read text."""
    if (
        run.config.workload not in _USES
        or not (run.folder / "model" / "model.safetensors").exists()
    ):
        return
    st.subheader(t("Try it"), anchor=False)
    if run.config.workload == "gpt":
        _complete(run)
    else:
        _predict(run)


def _complete(run: LabRun) -> None:
    with st.form(f"prompt:{run.run_id}", border=False):
        text = st.text_area(t("Your text"), "ROMEO:\n", key=f"prompt_text:{current()}", height=100)
        left, middle, right = st.columns(3)
        temperature = left.slider(
            t("Temperature"),
            0.0,
            2.0,
            0.8,
            0.1,
            key=f"prompt_temperature:{current()}",
            help=t("0 takes the likeliest token; higher is more varied."),
        )
        top_k = middle.slider(
            t("Draw among the likeliest"), 1, 100, 40, key=f"prompt_top_k:{current()}"
        )
        n_tokens = right.slider(
            t("Tokens to add"), 20, 500, 200, 20, key=f"prompt_tokens:{current()}"
        )
        asked = st.form_submit_button(t("Continue"))
    if asked:
        with st.spinner(t("Writing…")):
            try:
                made = launch.complete(
                    run.run_id, text, n_tokens=n_tokens, temperature=temperature, top_k=top_k
                )
            except InputError as error:
                notice.refused(error)
                return
        st.session_state[f"made:{run.run_id}"] = text + made
    if f"made:{run.run_id}" in st.session_state:
        st.code(st.session_state[f"made:{run.run_id}"], language=None, wrap_lines=True)


def _predict(run: LabRun) -> None:
    translates = run.config.workload == "seq2seq"
    usual = "woman running" if translates else "房间很干净，服务也好，下次还来。"
    with st.form(f"predict:{run.run_id}", border=False):
        text = st.text_area(
            t("Your text, one a line"), usual, key=f"predict_text:{current()}", height=100
        )
        asked = st.form_submit_button(t("Translate") if translates else t("Judge"))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not asked or not lines:
        return
    with st.spinner(t("Reading…")):
        try:
            found = launch.predict(run.run_id, lines)
        except InputError as error:
            notice.refused(error)
            return
    if translates:
        rows = [[plain(row["text"]), plain(row["translation"])] for row in found]
        tables.show((t("Text"), t("Translation")), rows, left=(0, 1))
    else:
        rows = [[plain(r["text"]), plain(r["label"]), share(r["probability"])] for r in found]
        tables.show((t("Text"), t("Class"), t("Probability")), rows, left=(0, 1))
