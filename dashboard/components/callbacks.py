"""Callbacks that run to their end, in the reader's language."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from streamlit.runtime.state.safe_session_state import SafeSessionState

_MARK: Final = "runs_callbacks_whole"


def keep_whole(prepare: Callable[[], None]) -> None:
    """From now on no callback of any session is broken off, and ``prepare`` runs before them:
    they come before the script, in a thread that knows nothing of it yet.

    Streamlit ends a run at its next look at the session once the browser has sent something
    newer. Inside a callback that loses what was typed, chosen or uploaded: the field shows it,
    the session never heard of it, and the newer run does not call back again for a value that
    it has seen. The newer run waits for the lock that the callbacks hold; all that is new is
    that they are allowed to finish.
    """
    original = SafeSessionState.on_script_will_rerun
    if hasattr(original, _MARK):
        return

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
