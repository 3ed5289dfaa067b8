"""The web app: the frame, and its pages."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.components import frame
from dashboard.language import t


def _of_the_bench(path: str, title: str, address: str) -> StreamlitPage:
    """A page that the lab's own links lead to: the bar above has no room for every one."""
    return st.Page(path, title=title, url_path=address, visibility="hidden")


frame.configure()
chosen = st.navigation(
    # One list: in sections, Streamlit puts what is no list item into a list, and a screen
    # reader stumbles over it (axe: "list", serious).
    [
        st.Page("views/overview.py", title=t("Overview"), url_path="overview", default=True),
        st.Page("views/training_cost.py", title=t("Training cost"), url_path="cost"),
        st.Page("views/programme.py", title=t("R&D programme"), url_path="programme"),
        st.Page("views/serving.py", title=t("Serving"), url_path="serving"),
        st.Page("views/ownership.py", title=t("Rent or own"), url_path="rent-or-own"),
        st.Page("views/scaling.py", title=t("Model size and data"), url_path="scaling"),
        st.Page("views/plan.py", title=t("Plan"), url_path="plan"),
        st.Page("views/lab.py", title=t("Lab"), url_path="lab"),
        st.Page("views/audit.py", title=t("Data audit"), url_path="audit"),
        st.Page("views/verify.py", title=t("Verify"), url_path="verify"),
        _of_the_bench("views/compression.py", t("Compression"), "compression"),
        _of_the_bench("views/data_parallel.py", t("Data parallelism"), "data-parallel"),
        _of_the_bench("views/federated.py", t("Federated learning"), "federated"),
        _of_the_bench("views/privacy.py", t("Differential privacy"), "privacy"),
        _of_the_bench("views/scaling_sweep.py", t("Scaling sweep"), "scaling-sweep"),
        _of_the_bench("views/quality.py", t("Data quality"), "quality"),
        st.Page("views/risk.py", title=t("Risk"), url_path="risk"),
        st.Page("views/scenarios.py", title=t("Scenarios"), url_path="scenarios"),
        st.Page("views/memo.py", title=t("Memo"), url_path="memo"),
        st.Page("views/backtest.py", title=t("Backtest"), url_path="backtest"),
        st.Page("views/deals.py", title=t("Deals"), url_path="deals"),
        st.Page("views/history.py", title=t("History"), url_path="history"),
        st.Page("views/cases.py", title=t("Case library"), url_path="cases"),
        st.Page("views/sources.py", title=t("Sources"), url_path="sources"),
    ],
    position="top",
)
frame.toolbar()
frame.run(chosen)
frame.keep()
