"""The web app: the frame, and its pages."""

import streamlit as st

from dashboard.components import frame
from dashboard.language import t

frame.configure()
chosen = st.navigation(
    [
        st.Page("views/overview.py", title=t("Overview"), url_path="overview", default=True),
        st.Page("views/training_cost.py", title=t("Training cost"), url_path="cost"),
        st.Page("views/plan.py", title=t("Plan"), url_path="plan"),
        st.Page("views/backtest.py", title=t("Backtest"), url_path="backtest"),
        st.Page("views/deals.py", title=t("Deals"), url_path="deals"),
        st.Page("views/sources.py", title=t("Sources"), url_path="sources"),
    ],
    position="top",
)
frame.toolbar()
frame.run(chosen)
