"""Hatching of bars, which tells them apart without colour."""

import math
from dataclasses import dataclass
from typing import Final

from dashboard.report.drawing.elements import PREFIX, num, paint, tag
from dashboard.report.drawing.look import LINE_INK
from dashboard.report.drawing.traces import Trace

_SIZE_PX: Final = 8.0
_SOLIDITY: Final = 0.3
_OPACITY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Hatching:
    """Its id without the picture's prefix, and its definition."""

    key: str
    definition: str


def hatching_of(trace: Trace) -> Hatching | None:
    """The hatching over a trace's bars, ``None`` where it has none."""
    shape = str(trace.of("marker.pattern.shape", ""))
    if not shape:
        return None
    size = float(trace.of("marker.pattern.size", _SIZE_PX))
    solidity = float(trace.of("marker.pattern.solidity", _SOLIDITY))
    colour = str(trace.of("marker.pattern.fgcolor", LINE_INK))
    opacity = float(trace.of("marker.pattern.fgopacity", _OPACITY))
    sign = _sign(shape, size, solidity, colour)
    key = "-".join(["h", str(ord(shape)), *(num(v) for v in (size, solidity, opacity)), colour[1:]])
    look = {"id": PREFIX + key, "width": size, "height": size, "patternUnits": "userSpaceOnUse"}
    return Hatching(key, tag("pattern", look, tag("g", {"opacity": opacity}, sign)))


def _sign(shape: str, size: float, solidity: float, colour: str) -> str:
    if shape == ".":
        r = math.sqrt(solidity * size * size / math.pi)
        return tag("circle", {"cx": size / 2, "cy": size / 2, "r": r, **paint(colour)})
    width = solidity * size
    if shape == "x":
        width = size - size * math.sqrt(1 - solidity)
    s, q = size, size / 4
    rising = ((-q, q, q, -q), (0, s, s, 0), (s - q, s + q, s + q, s - q))
    falling = ((s - q, -q, s + q, q), (0, 0, s, s), (-q, s - q, q, s + q))
    lines = {
        "/": rising,
        "\\": falling,
        "x": (*rising, *falling),
        "-": ((0, s / 2, s, s / 2),),
        "|": ((s / 2, 0, s / 2, s),),
        "+": ((0, s / 2, s, s / 2), (s / 2, 0, s / 2, s)),
    }[shape]
    steps = "".join(f"M{num(a)},{num(b)}L{num(c)},{num(d)}" for a, b, c, d in lines)
    return tag("path", {"d": steps, **paint(colour, "stroke"), "stroke-width": width})
