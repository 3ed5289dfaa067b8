"""The lab: train, measure and watch on this machine, and feed the cost model."""

import streamlit as st

from dashboard.components import (
    bench,
    charts,
    frame,
    lab_calibration,
    lab_compare,
    lab_form,
    lab_machine,
    lab_prompt,
    lab_run,
)
from dashboard.language import t
from lab import runs

frame.follow_address(keep=("run",))
left, right = st.columns([7, 3], gap="medium")
with right:
    started = lab_form.form()
    if started is not None:
        st.query_params["run"] = started
    lab_machine.show()
with left:
    frame.title(
        t("The lab"),
        t("Train on this machine, watch what it really delivers, and feed that to the cost model."),
    )
    bench.links()
    found = runs.every()
    chosen = lab_compare.choose(found, st.query_params.get("run"))
    if chosen is not None:
        if st.query_params.get("run") != chosen:
            st.query_params["run"] = chosen
        lab_run.show(chosen)
        lab_prompt.show(next(run for run in found if run.run_id == chosen))
    else:
        st.caption(t("Choose a workload on the right and start it: a minute is enough."))
    if len(found) > 1:
        st.subheader(t("Side by side"), anchor=False)
        lab_compare.compare(found)
    st.subheader(t("What this machine delivers"), anchor=False)
    lab_calibration.show(found)
charts.draw_now()
