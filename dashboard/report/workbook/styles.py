"""How cells look: inputs blue, formulas black, what does not follow a change in grey."""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

Style: TypeAlias = Literal[
    "title", "note", "head", "number_head", "group", "label", "text", "id",
    "input", "given", "formula", "key", "frozen", "ok",
]  # fmt: skip

_BLUE: Final = "#0000FF"
_GREY: Final = "#6B7280"
STYLES: Final[Mapping[Style, Mapping[str, Any]]] = {
    "title": {"bold": True, "font_size": 15, "font_color": "#12324A"},
    "note": {"font_color": _GREY, "text_wrap": True, "valign": "top"},
    "head": {"bold": True, "bg_color": "#E8EEF2", "bottom": 1, "text_wrap": True, "valign": "top",
             "align": "left"},
    "number_head": {
        "bold": True, "bg_color": "#E8EEF2", "bottom": 1, "text_wrap": True, "valign": "top",
        "align": "right",
    },
    "group": {"bold": True, "font_color": "#12324A", "bottom": 1, "bottom_color": "#B8C4CE"},
    "label": {"text_wrap": True, "valign": "top", "align": "left"},
    "text": {"text_wrap": True, "valign": "top", "align": "left"},
    "id": {"font_color": _GREY, "valign": "top", "align": "left"},
    "input": {
        "font_color": _BLUE, "bg_color": "#FFF9DB", "border": 1, "border_color": "#D9D2A6",
        "valign": "top", "locked": False,
    },
    "given": {"font_color": _BLUE, "valign": "top"},
    "formula": {"font_color": "#000000", "valign": "top"},
    "key": {"font_color": "#000000", "bold": True, "bg_color": "#EAF4EA", "valign": "top"},
    "frozen": {"font_color": _GREY, "italic": True, "valign": "top"},
    "ok": {"font_color": "#000000", "bold": True, "align": "center", "valign": "top"},
}  # fmt: skip
#: Fonts that every Excel has; LibreOffice takes one of its own that is as wide.
FONTS: Final = {"en": "Calibri", "zh": "Microsoft YaHei"}
