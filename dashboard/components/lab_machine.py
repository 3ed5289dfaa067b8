"""The devices of this machine, as they are now."""

import streamlit as st

from dashboard.components.text import plain
from dashboard.lab_text import devices_text
from dashboard.language import t
from lab.telemetry import report
from lab.telemetry.source import open_source


def show() -> None:
    """The GPUs with their readings, or why there are none."""
    with st.container(border=True, key="lab_machine"):
        st.markdown(f"#### {t('This machine')}")
        source = open_source()
        try:
            found = report.devices_json(source)
            lines = devices_text(found, source).splitlines()
        finally:
            source.close()
        st.caption("  \n".join(plain(line) for line in lines))
