"""The deal's versions, who may work on it, and what was done."""

from dashboard.components import frame, history
from dashboard.language import t

frame.follow_address()
frame.title(
    t("History"),
    t("Every saved version: who, when, what changed and why. Compare, restore, freeze, share."),
)
history.show()
