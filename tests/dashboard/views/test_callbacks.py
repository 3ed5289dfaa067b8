"""What was typed survives a newer message of the browser, whenever that arrives."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import callbacks


def app() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from dashboard.components import callbacks

    if st.session_state.get("protected"):
        callbacks.keep_whole()

    def follow() -> None:
        typed = st.session_state["field"]
        # The browser sends its next message while this callback is at work.
        requests = get_script_run_ctx().script_requests  # type: ignore[union-attr]
        if st.session_state["newer"] == "rerun":
            requests.request_rerun(RerunData(widget_states=None))  # type: ignore[union-attr]
        else:
            requests.request_stop()  # type: ignore[union-attr]
        kept = st.session_state  # two more looks at the session, and a write
        kept["kept"] = typed + kept["suffix"]

    st.text_input("Field", key="field", on_change=follow)


@pytest.mark.parametrize("newer", ["rerun", "stop"])
def test_a_callback_ends_though_the_browser_has_sent_more(newer: str) -> None:
    page = AppTest.from_function(app)
    page.session_state["protected"] = True
    page.session_state["newer"] = newer
    page.session_state["suffix"] = "!"
    page.run()

    page.text_input(key="field").input("14.8T").run()

    assert page.session_state["kept"] == "14.8T!"


def test_without_the_guard_streamlit_loses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason for the guard: where this fails, Streamlit has mended it and we need none."""
    from streamlit.runtime.state.safe_session_state import SafeSessionState

    guarded = SafeSessionState.on_script_will_rerun
    bare = getattr(guarded, "__wrapped__", guarded)
    monkeypatch.setattr(SafeSessionState, "on_script_will_rerun", bare)
    page = AppTest.from_function(app)
    page.session_state["newer"] = "rerun"
    page.session_state["suffix"] = "!"
    page.run()

    page.text_input(key="field").input("14.8T").run()

    assert "kept" not in page.session_state


def test_the_guard_is_put_on_once() -> None:
    from streamlit.runtime.state.safe_session_state import SafeSessionState

    callbacks.keep_whole()
    first = SafeSessionState.on_script_will_rerun
    callbacks.keep_whole()

    assert SafeSessionState.on_script_will_rerun is first
