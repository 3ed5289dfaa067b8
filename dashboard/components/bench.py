"""The pages of the lab, each a link away from the others."""

from typing import Final

import streamlit as st

from dashboard.language import N_, say, t
from lab.experiments.registry import EXPERIMENTS

_LAB: Final = {
    "views/lab.py": N_("The lab"),
    "views/verify.py": N_("Verify a checkpoint"),
    "views/audit.py": N_("Audit a data sample"),
}


def links() -> None:
    """Training, verifying, auditing, and every experiment."""
    with st.container(horizontal=True, gap="small"):
        for page, label in _LAB.items():
            st.page_link(page, label=t(label))
        for name, experiment in EXPERIMENTS.items():
            st.page_link(f"views/{name}.py", label=say(experiment.title))
