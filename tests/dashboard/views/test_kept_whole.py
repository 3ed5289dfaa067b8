"""What was typed survives a newer message of the browser, whenever that arrives."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import AppTest

from dashboard.components import kept_whole
from tests.dashboard.views.test_views import APP, fresh_caches

__all__ = ["fresh_caches"]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit as it comes, whatever an earlier test has put on."""
    guarded = SafeSessionState.on_script_will_rerun
    original = getattr(guarded, "__wrapped__", guarded)
    monkeypatch.setattr(SafeSessionState, "on_script_will_rerun", original)
    clear = ForwardMsgQueue.clear
    monkeypatch.setattr(ForwardMsgQueue, "clear", getattr(clear, "__wrapped__", clear))


def app() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from dashboard.components import kept_whole

    if st.session_state.get("protected"):
        kept_whole.keep_whole(lambda: None)

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


def test_without_the_guard_streamlit_loses_it() -> None:
    """The reason for the guard: where this fails, Streamlit has mended it and we need none."""
    page = AppTest.from_function(app)
    page.session_state["newer"] = "rerun"
    page.session_state["suffix"] = "!"
    page.run()

    page.text_input(key="field").input("14.8T").run()

    assert "kept" not in page.session_state


def test_the_guard_is_put_on_once() -> None:
    kept_whole.keep_whole(lambda: None)
    first = SafeSessionState.on_script_will_rerun
    kept_whole.keep_whole(lambda: None)

    assert SafeSessionState.on_script_will_rerun is first


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_callback_speaks_the_readers_language(lang: str) -> None:
    page = AppTest.from_file(APP, default_timeout=60)
    page.query_params["lang"] = lang
    page.run()
    field = next(one for one in page.text_input if one.key == f"tokens:0:{lang}")

    page = field.input("9.9T").run()

    assert not page.exception
    assert page.query_params["tokens"] in ("9.9T", ["9.9T"])


@pytest.mark.parametrize("fragments", [None, ["some fragment"]])
@pytest.mark.parametrize("guarded", [False, True])
def test_an_upload_is_answered_though_a_run_starts(
    *, guarded: bool, fragments: list[str] | None
) -> None:
    """The answer that says where to send a file waits in the queue that a run empties."""
    if guarded:
        kept_whole.keep_whole(lambda: None)
    queue, answer, other = ForwardMsgQueue(), ForwardMsg(), ForwardMsg()
    answer.file_urls_response.response_id = "upload"
    other.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    for message in (answer, other):
        queue.enqueue(message)

    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=fragments)

    left = [message.WhichOneof("type") for message in queue.flush()]
    lost = not guarded and fragments is None  # Streamlit's own way
    assert left.count("file_urls_response") == (0 if lost else 1)
    assert "script_finished" in left
    assert queue.is_empty()
