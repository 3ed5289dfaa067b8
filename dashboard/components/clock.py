"""Moments on the reader's own clock."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from dashboard.language import moment


def clock(at: datetime) -> str:
    """The moment to the minute in the browser's time zone; in the server's where it names none."""
    try:
        zone = ZoneInfo(st.context.timezone) if st.context.timezone else None
    except (ZoneInfoNotFoundError, ValueError):
        zone = None
    return moment(at, zone)
