"""The web app: the frame, and its pages."""

import streamlit as st

from dashboard.components import frame
from dashboard.language import t

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
        st.Page("views/compression.py", title=t("Compression"), url_path="compression"),
        st.Page("views/data_parallel.py", title=t("Data parallelism"), url_path="data-parallel"),
        st.Page("views/federated.py", title=t("Federated learning"), url_path="federated"),
        st.Page("views/privacy.py", title=t("Differential privacy"), url_path="privacy"),
        st.Page("views/scaling_sweep.py", title=t("Scaling sweep"), url_path="scaling-sweep"),
        st.Page("views/quality.py", title=t("Data quality"), url_path="quality"),
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
