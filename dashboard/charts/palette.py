"""One colour for each meaning, the same on every page and in both themes.

The hues are Okabe and Ito's, which the common kinds of colour blindness keep apart;
a label always stands beside the colour.
"""

from typing import Final

#: Verdicts, as in the badges of the theme.
VERDICT_COLOURS: Final = {
    "consistent": "#0b8a6f",
    "stretched": "#c77700",
    "implausible": "#d1495b",
    "impossible": "#8f3f97",
    "cannot tell": "#7a8594",
}
#: What the estimate says; what somebody stated.
COMPUTED: Final = "#2f7fb8"
STATED: Final = "#cc79a7"
#: Lines of the bill.
LINE_COLOURS: Final = {"steps": "#2f7fb8", "lost": "#c77700", "extras": "#7a8594"}
#: Owning (what is computed) against renting.
OWNED: Final = COMPUTED
RENTED: Final = "#c77700"
#: Kinds of lines of a programme: the final run, compute beside it, people, data, the whole.
PROGRAMME_COLOURS: Final = {
    "final_run": "#2f7fb8",
    "compute": "#5b95c2",
    "people": "#a0743c",
    "data": "#6a6fc4",
    "storage": "#7a8594",
    "total": "#3f9088",
}
#: Frames, axes: readable on white and on near-black.
MUTED: Final = "#7a8594"
#: What the memory of a replica holds.
MEMORY_COLOURS: Final = {
    "weights": "#2f7fb8",
    "cache": "#c77700",
    "reserve": "#7a8594",
    "free": "#b5c7cf",
}
#: Scaling laws, in the order in which they were published; their lines differ in dash too.
LAW_COLOURS: Final = ("#c77700", "#2f7fb8", "#0b8a6f", "#8f3f97", "#d1495b")
#: Bands of risk; ``None`` is what nobody knows. They darken with the risk, and what is written on
#: them goes by the fill, which is opaque in both themes.
BAND_COLOURS: Final = {
    "low": "#d3e9e2",
    "moderate": "#f5d97a",
    "high": "#e8965a",
    "critical": "#9c2340",
    None: "#e3e8eb",
}
#: How well an answer is known, and the pattern that tells it without colour.
EVIDENCE_COLOURS: Final = {
    "unknown": "#e3e8eb",
    "assumed": "#c6dbea",
    "claimed": "#cc79a7",
    "documented": "#5b95c2",
    "verified": "#1b5482",
    "contradicted": "#9c2340",
    "not_applicable": "#a3adb3",
}
EVIDENCE_PATTERNS: Final = {
    "unknown": "/",
    "assumed": ".",
    "claimed": "\\",
    "documented": "",
    "verified": "",
    "contradicted": "x",
    "not_applicable": "",
}
