"""How a printed figure looks: fonts, inks and sizes, the light theme on white."""

from typing import Final

#: First family that the reader's machine has; the Chinese ones hold the Latin letters too.
FONTS: Final = "Noto Sans, Noto Sans SC, Noto Sans CJK SC, sans-serif"
PAPER: Final = "#ffffff"
#: Text that the figure gives no colour, and the labels and titles of axes.
INK: Final = "#0b151c"
SOFT_INK: Final = "#46535c"
#: Lines that the figure gives no colour, as in Plotly.
LINE_INK: Final = "#444444"
GRID: Final = "#e3e8eb"
GRID_PX: Final = 0.75
#: Colours of traces that name none, as on screen.
COLOURWAY: Final = (
    "#0f6b68",
    "#b367e6",
    "#172c4c",
    "#4c2222",
    "#99432e",
    "#99992e",
    "#592e99",
    "#4545e6",
    "#cc5cb6",
    "#739973",
)
FONT_PX: Final = 12.0
TITLE_PX: Final = 12.5
#: The smallest text that a label which is too long shrinks to before it is cut.
LEAST_FONT_PX: Final = 8.5
LINE_SPACING: Final = 1.3
#: Height of a capital over the size of its font.
CAP_HEIGHT: Final = 0.73
#: Between the plot and the labels of its ticks, and between these and the title.
TICK_GAP_PX: Final = 6.0
TITLE_GAP_PX: Final = 6.0
#: Between the outermost sign and the edge of the picture.
EDGE_PX: Final = 2.0
#: Of the picture's width, how much the labels of a vertical axis may take.
MOST_LABEL_SHARE: Final = 0.4
#: Of the height that a figure asks for, what its plot keeps where the legend grows.
LEAST_PLOT_SHARE: Final = 0.5
#: The figure's height where it names none, as in Plotly.
HEIGHT_PX: Final = 450
