"""From a budget and a deadline to the best model that it can buy."""

import streamlit as st

from dashboard.components import charts, frame, planning
from dashboard.language import t

frame.follow_address(keep=planning.KEPT)
left, right = st.columns([7, 3], gap="medium")
with right:
    typed = planning.inputs()
with left:
    frame.title(
        t("What a budget can buy"),
        t("The best model for the money and the time, and what would make it cheaper."),
    )
    planning.answer(typed)
charts.draw_now()
