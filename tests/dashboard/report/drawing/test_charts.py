"""Every chart of the pages is drawn whole, in both languages and at both widths of a report."""

import html
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import combinations

import plotly.graph_objects as go
import pytest

from dashboard import charts
from dashboard.language import use_language
from dashboard.report.drawing.picture import to_svg
from tests.dashboard.report.drawing.figures import FIGURES
from tests.dashboard.report.drawing.seen import Box, elements, said, size, words

#: What streams while it is measured, and what experiments measured: no report shows them.
ON_PAGES_ALONE = {"live", "measured"}
CASES = [
    pytest.param(name, lang, width, id=f"{name}-{lang}-{width}")
    for name in FIGURES
    for lang in ("en", "zh")
    for width in (450, 700)
]


def test_every_module_that_makes_a_figure_is_drawn_here() -> None:
    made = {
        info.name
        for info in pkgutil.iter_modules(charts.__path__)
        if _makes_figures(import_module(f"dashboard.charts.{info.name}"))
    }

    assert made - ON_PAGES_ALONE == {name.split(" ")[0] for name in FIGURES}


@pytest.mark.parametrize(("name", "lang", "width"), CASES)
def test_everything_written_in_the_figure_stands_in_the_picture_and_inside_it(
    name: str, lang: str, width: int
) -> None:
    figure, svg = _drawn(name, lang, width)

    text = said(svg)
    for expected in _written(figure):
        assert "".join(expected.split()) in text
    assert "…" not in text
    across, down = size(svg)
    assert across == width
    for found in words(svg):
        left, top, right, bottom = found.box
        assert -0.5 <= left < right <= across + 0.5, found
        assert -0.5 <= top < bottom <= down + 0.5, found


@pytest.mark.parametrize(("name", "lang", "width"), CASES)
def test_no_word_lies_over_another(name: str, lang: str, width: int) -> None:
    _, svg = _drawn(name, lang, width)

    for one, other in combinations(words(svg), 2):
        assert not _overlap(one.box, other.box), (one, other)


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_figure_gives_the_same_bytes_and_no_trace_of_the_machine(name: str) -> None:
    svg = to_svg(FIGURES[name](), width_px=450)

    assert svg == to_svg(FIGURES[name](), width_px=450)
    assert not re.search(r"0x[0-9a-f]{6}", svg)
    assert not re.search(r"\d\.\d{3}", svg.replace("rgba", ""))
    for forbidden in ("<script", "foreignObject", "href", "class=", " style="):
        assert forbidden not in svg


def test_ids_of_two_pictures_on_one_page_differ() -> None:
    ids = [
        set(re.findall(r'id="([^"]+)"', to_svg(FIGURES[name](), width_px=450)))
        for name in ("fan", "course", "coverage_map", "lines")
    ]

    assert all(ids)
    assert not any(one & other for one, other in combinations(ids, 2))


@pytest.mark.parametrize("name", FIGURES)
def test_every_reference_leads_to_a_definition(name: str) -> None:
    svg = to_svg(FIGURES[name](), width_px=450)

    assert set(re.findall(r"url\(#([^)]+)\)", svg)) == set(re.findall(r'id="([^"]+)"', svg))


def test_a_height_that_is_asked_for_is_kept() -> None:
    assert size(to_svg(FIGURES["fan"](), width_px=450, height_px=260)) == (450, 260)


def test_a_legend_that_needs_less_than_a_phone_gives_its_room_back() -> None:
    figure = FIGURES["whiskers"]()

    assert size(to_svg(figure, width_px=700))[1] < figure.layout.height
    assert len(elements(to_svg(figure, width_px=700), "circle")) == 8 + 1  # and in the legend


@cache
def _drawn(name: str, lang: str, width: int) -> tuple[go.Figure, str]:
    with use_language(lang):
        figure = FIGURES[name]()
    return figure, to_svg(figure, width_px=width)


def _makes_figures(module: object) -> bool:
    return any(
        inspect.signature(function).return_annotation is go.Figure
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == getattr(module, "__name__", "")
    )


def _written(figure: go.Figure) -> Iterator[str]:
    """All texts that no reader may miss; labels of a horizontal axis may be thinned."""
    layout = figure.layout
    texts = [note.text for note in layout.annotations]
    texts += [layout.xaxis.title.text, layout.yaxis.title.text]
    if layout.yaxis.visible is not False and layout.yaxis.range is not None:
        texts += list(layout.yaxis.ticktext or ())
    texts += list(layout.xaxis.ticktext or ())[:1]
    texts += list(layout.polar.angularaxis.ticktext or ())
    for trace in figure.data:
        if layout.showlegend and trace.showlegend is not False:
            texts.append(trace.name)
        if trace.type == "heatmap" and trace.text is not None:
            texts += [text for row in trace.text for text in row]
        elif trace.type == "bar" or "text" in (getattr(trace, "mode", None) or ""):
            texts += list(trace.text if trace.text is not None else ())
    for text in texts:
        for part in (text or "").split("<br>"):
            yield html.unescape(re.sub(r"</?[bi]>", "", part))


def _overlap(one: Box, other: Box) -> bool:
    slack = 1.5
    return (
        one[0] < other[2] - slack
        and other[0] < one[2] - slack
        and one[1] < other[3] - slack
        and other[1] < one[3] - slack
    )
