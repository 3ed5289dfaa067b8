"""The signs of an SVG: numbers, attributes, colours and paths, written the same everywhere."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from dashboard.report.drawing.known import NotDrawn

Points = NDArray[np.float64]

#: Stands for the picture's own prefix in every id; no text can hold it.
PREFIX: Final = "\x00"
#: What lies further outside than this is drawn here: renderers count in single precision.
_FAR_PX: Final = 1e5
_RGB: Final = re.compile(
    r"rgba?\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*(?:,\s*(\d*\.?\d+)\s*)?\)", re.IGNORECASE
)
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")
#: Multiples of the line's width, which counts as 3 px where it is thinner.
_DASHES: Final[Mapping[str, tuple[int, ...]]] = {
    "dot": (1, 1),
    "dash": (3, 3),
    "longdash": (5, 5),
    "dashdot": (3, 1, 1, 1),
    "longdashdot": (5, 2, 1, 2),
}
_LEAST_DASH_PX: Final = 3.0


def num(value: float) -> str:
    """A length in px with at most two decimals."""
    text = f"{min(max(value, -_FAR_PX), _FAR_PX):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def tag(name: str, attributes: Mapping[str, object], content: str | None = None) -> str:
    """An element; numbers are rounded, and what is ``None`` is left out."""
    written = "".join(
        f" {key}={quoteattr(num(value) if isinstance(value, float | int) else str(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}/>" if content is None else f"<{name}{written}>{content}</{name}>"


def group(content: Iterable[str], **attributes: object) -> str:
    """The elements together; without attributes, or where there are none, no group is made."""
    inner = "".join(content)
    named = {key.replace("_", "-"): value for key, value in attributes.items() if value is not None}
    return tag("g", named, inner) if inner and named else inner


def paint(colour: str, what: str = "fill") -> dict[str, object]:
    """``fill`` or ``stroke`` of a colour as figures write it, its opacity apart."""
    if _HEX.fullmatch(colour):
        return {what: colour.lower()}
    if found := _RGB.fullmatch(colour):
        red, green, blue, alpha = found.groups()
        plain: dict[str, object] = {
            what: "#" + "".join(f"{min(int(c), 255):02x}" for c in (red, green, blue))
        }
        return plain if alpha is None else {**plain, f"{what}-opacity": float(alpha)}
    raise NotDrawn(f"the colour {colour!r} is not drawn; write it as #rrggbb or rgba(…)")


def stroke(colour: str, width_px: float, dash: str = "solid") -> dict[str, object]:
    """The look of a line that fills nothing."""
    return {
        "fill": "none",
        **paint(colour, "stroke"),
        "stroke-width": float(width_px),
        "stroke-dasharray": _dashes(dash, width_px),
    }


def line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width_px: float, dash: str = "solid"
) -> str:
    """A straight line from one place to another."""
    return tag(
        "path",
        {"d": f"M{num(x1)},{num(y1)}L{num(x2)},{num(y2)}", **stroke(colour, width_px, dash)},
    )


def rect(x: float, y: float, width: float, height: float, **look: object) -> str:
    """A rectangle from its upper left corner."""
    named = {key.replace("_", "-"): value for key, value in look.items()}
    return tag("rect", {"x": x, "y": y, "width": width, "height": height, **named})


def pieces(x: Points, y: Points) -> list[list[str]]:
    """The places ``x,y`` of a line, in px, in pieces that end where a place is not a number."""
    known = (np.isfinite(x) & np.isfinite(y)).tolist()
    found: list[list[str]] = [[]]
    for here, at_x, at_y in zip(known, x.tolist(), y.tolist(), strict=True):
        if here:
            found[-1].append(f"{num(at_x)},{num(at_y)}")
        elif found[-1]:
            found.append([])
    return [piece for piece in found if piece]


def path(found: Sequence[Sequence[str]], *, closed: bool = False) -> str:
    """The ``d`` of a path through the pieces."""
    end = "Z" if closed else ""
    return "".join(f"M{'L'.join(piece)}{end}" for piece in found)


def opaque(colour: str) -> str:
    """The colour as ``#rrggbb``, without its opacity."""
    return str(paint(colour)["fill"])


def mixed(one: str, other: str, share: float) -> str:
    """The colour ``#rrggbb`` that lies ``share`` of the way between two opaque ones."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{math.floor(a + (b - a) * share + 0.5):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    plain = opaque(colour)
    return int(plain[1:3], 16), int(plain[3:5], 16), int(plain[5:7], 16)


def _dashes(dash: str, width_px: float) -> str | None:
    if dash == "solid":
        return None
    if dash not in _DASHES:
        raise NotDrawn(f"the dash {dash!r} is not drawn; write one of {', '.join(_DASHES)}")
    unit = max(width_px, _LEAST_DASH_PX)
    return ",".join(num(unit * times) for times in _DASHES[dash])


def numbers(values: Any) -> Points:
    """Values of a figure as floats, not a number where one is missing or none."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu":
        return values.astype(float)
    return np.array([_number(value) for value in values], dtype=float)


def _number(value: Any) -> float:
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError):
        return math.nan
