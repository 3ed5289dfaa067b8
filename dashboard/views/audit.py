"""A sample of training data: what repeats, what must not be there, what the plan makes of it."""

import streamlit as st

from dashboard.components import audit, charts, frame, jobs
from dashboard.language import t

frame.follow_address(keep=("job",))
left, right = st.columns([7, 3], gap="medium")
with right:
    audit.form()
with left:
    frame.title(
        t("Audit a data sample"),
        t("What repeats, who is named, what was tested on, and what is left for the plan."),
    )
    if not audit.any_yet():
        st.caption(
            t(
                "Give files on the right and start: a megabyte takes less than a second. Nothing "
                "of them leaves this machine."
            )
        )
    jobs.panel("audit", live=audit.live, ended=audit.ended)
    audit.method()
charts.draw_now()
