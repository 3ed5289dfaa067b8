"""What Streamlit would lose of what a reader does, kept."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.state.safe_session_state import SafeSessionState

_MARK: Final = "kept_whole"


def keep_whole(prepare: Callable[[], None]) -> None:
    """From now on, for every session of the server: no callback is broken off, ``prepare`` runs
    before them, and an upload is answered. Once is enough; again does nothing.
    """
    if not hasattr(SafeSessionState.on_script_will_rerun, _MARK):
        _keep_callbacks(prepare)
        _keep_uploads()


def _keep_callbacks(prepare: Callable[[], None]) -> None:
    """Streamlit ends a run at its next look at the session once the browser has sent something
    newer. Inside a callback that loses what was typed, chosen or uploaded: the field shows it,
    the session never heard of it, and the newer run does not call back again for a value that
    it has seen. The newer run waits for the lock that the callbacks hold; all that is new is
    that they are allowed to finish. They come before the script, in a thread that knows
    nothing of it yet: hence ``prepare``.
    """
    original = SafeSessionState.on_script_will_rerun

    @wraps(original)
    def whole(self: SafeSessionState, *args: Any, **kwargs: Any) -> None:
        self._yield_callback()  # where a run that is out of date still ends
        runner = self._yield_callback.__self__  # type: ignore[attr-defined]
        was, runner._execing = runner._execing, False
        try:
            prepare()
            original(self, *args, **kwargs)
        finally:
            runner._execing = was

    setattr(whole, _MARK, True)
    SafeSessionState.on_script_will_rerun = whole  # type: ignore[method-assign]


def _keep_uploads() -> None:
    """A browser with a file asks where to send it. A run that starts before the answer has left
    empties the queue that it stands in, and the file is never sent, without a word.
    """
    original = ForwardMsgQueue.clear

    @wraps(original)
    def clear(
        self: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, *args: Any, **kwargs: Any
    ) -> None:
        before = self._queue
        original(self, retain_lifecycle_msgs, *args, **kwargs)
        if retain_lifecycle_msgs:
            kept = {id(message) for message in self._queue}
            self._queue += [
                message
                for message in before
                if message.WhichOneof("type") == "file_urls_response" and id(message) not in kept
            ]

    ForwardMsgQueue.clear = clear  # type: ignore[method-assign]
