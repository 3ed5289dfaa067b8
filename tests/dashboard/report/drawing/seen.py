"""What a reader finds in a picture: its texts with the room that each takes, and its signs."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.report.drawing.look import LINE_SPACING
from dashboard.report.drawing.text import Run, em

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text and its box in px: left, top, right, bottom."""

    text: str
    box: Box


def root(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def size(svg: str) -> tuple[float, float]:
    _, _, width, height = map(float, root(svg).attrib["viewBox"].split())
    return width, height


def elements(svg: str, name: str) -> list[ET.Element]:
    """All of a kind that are drawn, the definitions left out."""
    return [e for part in root(svg) if part.tag != f"{SVG}defs" for e in part.iter(SVG + name)]


def numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", text)]


def words(svg: str) -> list[Words]:
    return [found for element in elements(svg, "text") for found in _lines(element)]


def said(svg: str) -> str:
    """Everything written, without spaces."""
    return "".join("".join(found.text for found in words(svg)).split())


def _lines(element: ET.Element) -> Iterator[Words]:
    font = float(element.attrib["font-size"])
    anchor = element.attrib.get("text-anchor", "start")
    at = float(element.attrib["x"]), float(element.attrib["y"])
    rows: list[tuple[tuple[float, float], list[Run]]] = [(at, [])]
    if element.text:
        rows[0][1].append(Run(element.text))
    for span in element:
        if "x" in span.attrib and rows[-1][1]:
            rows.append(((float(span.attrib["x"]), float(span.attrib["y"])), []))
        bold = span.attrib.get("font-weight") == "bold"
        rows[-1][1].append(Run(span.text or "", bold=bold))
        if span.tail:
            rows[-1][1].append(Run(span.tail))
    turned = "rotate(-90" in element.attrib.get("transform", "")
    around = numbers(element.attrib["transform"])[1:] if turned else [0.0, 0.0]
    for (x, y), runs in rows:
        width = em(tuple(runs)) * font
        left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * width
        box = left, y - 0.8 * font, left + width, y + (LINE_SPACING - 1) * font * 0.7
        yield Words("".join(run.text for run in runs), _turned(box, around) if turned else box)


def _turned(box: Box, around: list[float]) -> Box:
    """The box of upright text, turned against the clock around its place."""
    left, top, right, bottom = box
    cx, cy = around
    return cx + top - cy, cy - (right - cx), cx + bottom - cy, cy - (left - cx)
