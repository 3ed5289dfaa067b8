"""A deal whose every text tries to be something else."""

from typing import Any, Final

from dashboard import deal as deals
from dashboard.deal import Deal

EVIL: Final = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1:A9)",
    "-2",
    "<b>bold</b>",
    "{{ 7 * 7 }} {name} %s",
    "\u202eright to left\u202c \u200f",
    "🚀 数据 \x07bell",
    '=HYPERLINK("http://example.com")',
    "http://example.com/=1",
)
LONG: Final = "x" * 5_000


def hostile() -> Deal:
    """A sample with such texts wherever a deal holds text."""
    state: dict[str, Any] = deals.sample("example-startup").model_dump(mode="json")
    state["name"] = EVIL[0]
    state["about"] = LONG
    state["company"] |= {"name": EVIL[1], "country": EVIL[2], "stage": EVIL[3], "sector": EVIL[5]}
    for i, section in enumerate(("finance", "market", "operations")):
        for j, entry in enumerate(state[section].values()):
            if isinstance(entry, dict) and "value" in entry:
                entry["source"] = EVIL[(i + j) % len(EVIL)]
    for i, answer in enumerate(state["answers"].values()):
        answer["note"] = EVIL[i % len(EVIL)] if i else LONG
        answer["na_reason"] = EVIL[(i + 1) % len(EVIL)]
        for piece in answer["evidence"]:
            piece["file"] = EVIL[i % len(EVIL)]
    for i, claim in enumerate(state["claims"]):
        claim |= {"text": EVIL[i], "source": EVIL[i + 1], "excludes": EVIL[i + 2]}
    for i, scenario in enumerate(state["scenarios"]):
        scenario["name"] = EVIL[i]
    state["memo"]["covenants"] = list(EVIL)
    state["memo"]["author"] = EVIL[0]
    return deals.from_mapping(state)
