"""A circle of axes: rings, spokes and their labels, and the lines between them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from dashboard.report.drawing import scatter
from dashboard.report.drawing.elements import Points, num, numbers, stroke, tag
from dashboard.report.drawing.known import NotDrawn
from dashboard.report.drawing.lettering import write
from dashboard.report.drawing.look import EDGE_PX, FONT_PX, GRID, INK, LEAST_FONT_PX, SOFT_INK
from dashboard.report.drawing.text import Label, fit
from dashboard.report.drawing.traces import Content, of

_LABEL_GAP_PX: Final = 9.0
_RING_GAP_PX: Final = 3.0
_LEAST_RADIUS_PX: Final = 20.0
_MOST_LABEL_SHARE: Final = 0.3
#: How soon a label beside the circle stands wholly outside of it.
_LEAN: Final = 1.6
_LINE_PX: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Where the circle lies in px, from which to which distance it counts, and how it turns."""

    x: float
    y: float
    radius_px: float
    low: float
    high: float
    rotation: float
    sign: int

    def px(self, distances: Points, angles: Points) -> tuple[Points, Points]:
        """Places in px of distances along the spokes and angles in degrees."""
        turned = np.radians(self.rotation + self.sign * angles)
        with np.errstate(invalid="ignore"):
            far = (distances - self.low) / (self.high - self.low) * self.radius_px
        return self.x + far * np.cos(turned), self.y - far * np.sin(turned)


def draw(content: Content, box: tuple[float, float, float, float], width_px: float) -> str:
    """All polar traces in a box of left, top, right and bottom, labels included."""
    spec = content.of("polar", {})
    labels = _labels(spec, width_px)
    circle = _circle(spec, labels, box)
    parts = [_frame(spec, circle, labels, width_px)]
    for trace in content.traces:
        if trace.kind != "scatterpolar":
            continue
        distances, angles = numbers(trace.of("r", ())), numbers(trace.of("theta", ()))
        n = min(len(distances), len(angles))
        at_x, at_y = circle.px(distances[:n], angles[:n])
        parts.append(scatter.draw_around(trace, at_x, at_y, width_px))
    return "".join([*parts, _rings_labels(spec, circle, width_px)])


def _labels(spec: Mapping[str, Any], width_px: float) -> list[tuple[float, Label]]:
    size = float(of(spec, "angularaxis.tickfont.size", FONT_PX))
    angles = of(spec, "angularaxis.tickvals")
    texts = of(spec, "angularaxis.ticktext")
    if angles is None or texts is None:
        raise NotDrawn("layout.polar.angularaxis is drawn with its tickvals and ticktext alone")
    return [
        (
            float(angle),
            fit(str(text), size, most_px=width_px * _MOST_LABEL_SHARE, least_px=LEAST_FONT_PX),
        )
        for angle, text in zip(angles, texts, strict=False)
    ]


def _circle(
    spec: Mapping[str, Any],
    labels: Sequence[tuple[float, Label]],
    box: tuple[float, float, float, float],
) -> Circle:
    """As large as the labels around it let it be."""
    left, top, right, bottom = box
    given = of(spec, "radialaxis.range")
    if given is None:
        raise NotDrawn("layout.polar.radialaxis is drawn with its range alone")
    clockwise = of(spec, "angularaxis.direction", "counterclockwise") == "clockwise"
    circle = Circle(
        x=(left + right) / 2,
        y=(top + bottom) / 2,
        radius_px=1.0,
        low=float(given[0]),
        high=float(given[1]),
        rotation=float(of(spec, "angularaxis.rotation", 0.0)),
        sign=-1 if clockwise else 1,
    )
    room = [min(right - left, bottom - top) / 2 - EDGE_PX]
    for angle, label in labels:
        turned = math.radians(circle.rotation + circle.sign * angle)
        for part, side, half in (
            (math.cos(turned), label.width_px, (right - left) / 2),
            (math.sin(turned), label.height_px, (bottom - top) / 2),
        ):
            if abs(part) > 1e-6:
                reach = (_lean(part) + 1) * side / 2 if part > 0 else (1 - _lean(part)) * side / 2
                room.append((half - EDGE_PX - reach) / abs(part) - _LABEL_GAP_PX)
    return replace(circle, radius_px=max(min(room), _LEAST_RADIUS_PX))


def _lean(part: float) -> float:
    return max(-1.0, min(1.0, part * _LEAN))


def _frame(
    spec: Mapping[str, Any],
    circle: Circle,
    labels: Sequence[tuple[float, Label]],
    width_px: float,
) -> str:
    """Rings, spokes and the labels at their ends."""
    rings = stroke(str(of(spec, "radialaxis.gridcolor", GRID)), _LINE_PX)
    spokes = stroke(str(of(spec, "angularaxis.gridcolor", GRID)), _LINE_PX)
    outline = stroke(str(of(spec, "angularaxis.linecolor", GRID)), _LINE_PX)
    distances = [float(v) for v in of(spec, "radialaxis.tickvals", ()) if v < circle.high]
    parts = [_ring(circle, distance, rings) for distance in distances]
    parts.append(_ring(circle, circle.high, outline))
    for angle, label in labels:
        turned = math.radians(circle.rotation + circle.sign * angle)
        cos, sin = math.cos(turned), math.sin(turned)
        end = circle.x + circle.radius_px * cos, circle.y - circle.radius_px * sin
        way = f"M{num(circle.x)},{num(circle.y)}L{num(end[0])},{num(end[1])}"
        parts.append(tag("path", {"d": way, **spokes}))
        far = circle.radius_px + _LABEL_GAP_PX
        parts.append(
            write(
                label,
                circle.x + far * cos + _lean(cos) * label.width_px / 2,
                circle.y - far * sin - _lean(sin) * label.height_px / 2,
                across="middle",
                colour=INK,
                within_px=width_px,
            )
        )
    return "".join(parts)


def _ring(circle: Circle, distance: float, look: Mapping[str, object]) -> str:
    radius = (distance - circle.low) / (circle.high - circle.low) * circle.radius_px
    return tag("circle", {"cx": circle.x, "cy": circle.y, "r": radius, **look})


def _rings_labels(spec: Mapping[str, Any], circle: Circle, width_px: float) -> str:
    """What each ring stands for, along the angle that the figure gives."""
    size = float(of(spec, "radialaxis.tickfont.size", FONT_PX))
    angle = math.radians(float(of(spec, "radialaxis.angle", 0.0)))
    values = of(spec, "radialaxis.tickvals", ())
    written = []
    for value in values:
        far = (float(value) - circle.low) / (circle.high - circle.low) * circle.radius_px
        label = fit(f"{float(value):g}", size)
        away = _RING_GAP_PX + size / 2
        written.append(
            write(
                label,
                circle.x + far * math.cos(angle) + away * math.sin(angle),
                circle.y - far * math.sin(angle) + away * math.cos(angle),
                across="middle",
                colour=SOFT_INK,
                within_px=width_px,
            )
        )
    return "".join(written)
