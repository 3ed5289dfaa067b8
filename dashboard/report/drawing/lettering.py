"""Labels written into the picture: every line where it belongs, none outside the picture."""

from xml.sax.saxutils import escape

from dashboard.report.drawing.elements import num, paint, tag
from dashboard.report.drawing.look import CAP_HEIGHT, EDGE_PX, INK, LINE_SPACING
from dashboard.report.drawing.text import RAISED_SIZE, Label, Line, plain


def write(
    label: Label,
    x: float,
    y: float,
    *,
    across: str = "start",
    down: str = "middle",
    colour: str = INK,
    angle: float = 0.0,
    italic: bool = False,
    within_px: float | None = None,
) -> str:
    """The label at a place in px: ``across`` start, middle or end, ``down`` top, middle, bottom.

    ``within_px`` is the width of a picture that the label must not leave; it moves aside.
    """
    if not label.letters:
        return ""
    if within_px is not None and not angle:
        x = _inside(label.width_px, x, across, within_px)
    top = y - {"top": 0.0, "middle": 0.5, "bottom": 1.0}[down] * label.height_px
    base = top + label.size_px * (LINE_SPACING + CAP_HEIGHT) / 2
    places = [base + i * label.size_px * LINE_SPACING for i in range(len(label.lines))]
    alone = len(label.lines) == 1
    spans = [
        _spans(line, label.size_px, None if alone else (x, place))
        for line, place in zip(label.lines, places, strict=True)
    ]
    return tag(
        "text",
        {
            "x": x,
            "y": places[0],
            "font-size": label.size_px,
            "text-anchor": None if across == "start" else across,
            **paint(colour),
            "font-style": "italic" if italic else None,
            "transform": f"rotate({num(angle)} {num(x)} {num(y)})" if angle else None,
            "xml:space": "preserve" if _has_wide_gaps(label) else None,
        },
        "".join(spans),
    )


def clean(text: str) -> str:
    """Text as XML may hold it, on one line."""
    return escape(plain(text).strip())


def _has_wide_gaps(label: Label) -> bool:
    """Whether a line begins or ends with a space or has two in a row, which XML would drop."""
    texts = ["".join(run.text for run in line) for line in label.lines]
    return any(text != " ".join(text.split()) for text in texts)


def _inside(width_px: float, x: float, across: str, within_px: float) -> float:
    before = {"start": 0.0, "middle": 0.5, "end": 1.0}[across] * width_px
    least, most = EDGE_PX + before, within_px - EDGE_PX - width_px + before
    return max(least, min(x, most))


def _spans(line: Line, size_px: float, at: tuple[float, float] | None) -> str:
    """The runs of a line; one of several starts at a place of its own."""
    written = []
    shift = 0.0
    for i, run in enumerate(line):
        move = shift - run.raised * size_px
        shift = run.raised * size_px
        attributes: dict[str, object] = {
            "x": at[0] if at and i == 0 else None,
            "y": at[1] if at and i == 0 else None,
            "dy": move or None,
            "font-weight": "bold" if run.bold else None,
            "font-style": "italic" if run.italic else None,
            "font-size": size_px * RAISED_SIZE if run.raised else None,
            "text-decoration": " ".join(
                name
                for name, on in (("underline", run.underlined), ("line-through", run.struck))
                if on
            )
            or None,
        }
        bare = all(value is None for value in attributes.values())
        text = escape(run.text)
        written.append(text if bare else tag("tspan", attributes, text))
    return "".join(written)
