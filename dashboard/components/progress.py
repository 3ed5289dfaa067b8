"""How far work in another process is, in the colours and words of every page that follows it."""

from typing import Final

from dashboard.language import t

#: The colour of the badge of each state.
STATE_COLOURS: Final = {
    "starting": "blue",
    "running": "blue",
    "evaluating": "blue",
    "done": "green",
    "stopped": "orange",
    "failed": "red",
    "dead": "red",
}
_IN_SECONDS: Final = 90


def time_left(elapsed_s: float, done: float) -> str:
    """The time that the rest takes at the pace so far; ``done`` is the share above 0."""
    left_s = elapsed_s * (1 - done) / done
    if left_s < _IN_SECONDS:
        return t("about {n} seconds left", n=round(left_s))
    return t("about {n} minutes left", n=round(left_s / 60))
