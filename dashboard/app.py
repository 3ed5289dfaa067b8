"""The web app: the frame, and its pages."""

import streamlit as st

from dashboard.components import frame
from dashboard.language import t
from dashboard.views import deals, overview, sources, training_cost

frame.configure()
first = st.Page(overview.page, title=t("Overview"), url_path="overview", default=True)
frame.remember_overview(first)
chosen = st.navigation(
    [
        first,
        st.Page(training_cost.page, title=t("Training cost"), url_path="cost"),
        st.Page(deals.page, title=t("Deals"), url_path="deals"),
        st.Page(sources.page, title=t("Sources"), url_path="sources"),
    ]
)
frame.sidebar()
frame.run(chosen)
