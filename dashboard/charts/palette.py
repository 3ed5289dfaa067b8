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
