"""Charts on a page; on the first one the numbers come before them."""

from typing import Final

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.charts.live import Chart

_NUMBERS_SHOWN: Final = "numbers_shown"
_ASKED: Final = "charts_asked"
_PAUSE_S: Final = 1.0
_PLOT: Final = {"displayModeBar": False}


def show(figure: go.Figure, *, key: str) -> None:
    """A chart; until the session's first numbers are on screen, the space that it will take.

    The browser needs a second to load its chart library, and would show nothing meanwhile.
    """
    if _NUMBERS_SHOWN in st.session_state:
        st.plotly_chart(figure, config=_PLOT, key=key)
    else:
        st.skeleton(height=int(figure.layout.height))


def live(chart: Chart) -> None:
    """A chart whose data moves; what it says is its title, for who cannot see it."""
    st.vega_lite_chart(
        pd.DataFrame(chart.data), dict(chart.spec), width="stretch", alt=chart.spec["title"]["text"]
    )


def draw_now() -> None:
    """At the end of the session's first page: once the browser has drawn it, the charts."""
    if _NUMBERS_SHOWN not in st.session_state:
        _when_drawn()


@st.fragment(run_every=_PAUSE_S)
def _when_drawn() -> None:
    """Its first run is the page's own; the second is the browser asking, page drawn."""
    if _ASKED in st.session_state:
        st.session_state[_NUMBERS_SHOWN] = True
        st.rerun()
    st.session_state[_ASKED] = True
