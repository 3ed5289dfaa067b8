"""A startup's checkpoint on the bench: what it is, where it comes from, what it can do."""

import streamlit as st

from dashboard.components import bench, charts, frame, verify
from dashboard.language import t

frame.follow_address(keep=("job",))
left, right = st.columns([7, 3], gap="medium")
with left:
    frame.title(
        t("Verify a checkpoint"),
        t("What a model is, where its weights come from, and what it can do, against the claim."),
    )
    bench.links()
with right:
    verify.form()
with left:
    verify.results()
charts.draw_now()
