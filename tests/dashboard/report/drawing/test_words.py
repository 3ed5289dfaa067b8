"""Texts are measured, cut and escaped, whatever somebody wrote."""

from itertools import pairwise

import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.report.drawing.picture import to_svg
from dashboard.report.drawing.text import fit, parse
from tests.dashboard.report.drawing.seen import elements, root, said, size, words

NASTY = (
    "<script>alert(1)</script>",
    "a & b ]]> c",
    "\x00\x01\x1b[31m",
    "\u202eback\u202c\u200f",
    "W" * 5000,
    "长" * 5000,
    "<b>" * 3000,
    "&#0;&lt;x&gt;",
    "\ud800 alone",
    "<b>x <i>y</b> z</i>",
    "url(#a) \x00c",
)
TEXT = st.text(max_size=60) | st.sampled_from(NASTY)


@settings(deadline=None, max_examples=25)
@given(st.lists(TEXT, min_size=6, max_size=6))
def test_whatever_is_written_the_picture_is_well_formed_and_nothing_leaves_it(
    texts: list[str],
) -> None:
    rows, name, note, x, y, alt = texts
    figure = go.Figure(
        [
            go.Bar(x=[1, 2], y=[rows, "b"], orientation="h", name=name, text=[note, ""]),
            go.Scatter(x=[1, 2], y=["b", "c"], name=note),
        ]
    )
    figure.add_annotation(x=0.5, y=0.5, xref="paper", yref="paper", text=note, showarrow=False)
    figure.update_layout(xaxis_title=x, yaxis_title=y, barmode="stack")
    svg = to_svg(figure, width_px=450, alt=alt, empty=note)

    width, height = size(svg)
    for found in words(svg):
        left, top, right, bottom = found.box
        assert -0.5 <= left <= right <= width + 0.5
        assert -0.5 <= top <= bottom <= height + 0.5
    assert not elements(svg, "script")


def test_markup_that_means_nothing_to_plotly_shows_as_it_was_written() -> None:
    svg = to_svg(go.Figure(go.Bar(x=[1], y=[NASTY[0]], orientation="h")), width_px=450)

    assert NASTY[0] in said(svg)


def test_the_picture_says_what_it_shows_to_who_cannot_see_it() -> None:
    figure = go.Figure(go.Bar(x=[1], y=["a"], orientation="h"))
    told, untold = (to_svg(figure, width_px=450, alt=alt) for alt in ("Costs & <b>", ""))

    assert root(told)[0].text == "Costs & <b>"
    assert root(told).attrib["role"] == "img"
    assert "<title" not in untold


@pytest.mark.parametrize(
    "figure",
    [
        go.Figure(),
        go.Figure(go.Scatter(x=[], y=[])),
        go.Figure(go.Scatter(x=[None], y=[None]), {"xaxis": {"type": "log"}}),
        go.Figure(go.Bar(x=[], y=[], orientation="h")),
    ],
)
def test_a_figure_without_data_says_so_in_its_axes(figure: go.Figure) -> None:
    svg = to_svg(figure, width_px=450, empty="nothing yet")

    assert said(svg) == "nothingyet"
    assert len(elements(svg, "path")) == 2


def test_tags_and_entities_are_read_as_plotly_reads_them() -> None:
    one, two = parse("<b>a &amp; b</b> c<br>10<sup>24</sup> &lt;i&gt;")

    assert [(run.text, run.bold) for run in one] == [("a & b", True), (" c", False)]
    assert [run.text for run in two] == ["10", "24", " <i>"]
    assert two[1].raised > 0


def test_a_label_shrinks_then_breaks_then_is_cut() -> None:
    text = "training cost of the final run"
    whole = fit(text, 12)

    assert fit(text, 12, most_px=whole.width_px - 5, least_px=9).size_px < 12
    broken = fit(text, 12, most_px=whole.width_px * 0.6, n_lines=2)
    assert len(broken.lines) == 2
    assert broken.letters == text
    cut = fit(text, 12, most_px=whole.width_px * 0.6)
    assert cut.letters.endswith("…")
    assert cut.width_px <= whole.width_px * 0.6


def test_chinese_breaks_between_characters_but_not_before_a_comma() -> None:
    label = fit("训练成本，最终训练", 10, most_px=45, n_lines=3)

    lines = ["".join(run.text for run in line) for line in label.lines]
    assert "".join(lines) == "训练成本，最终训练"
    assert len(lines) == 3
    assert not any(line.startswith("，") for line in lines)


def test_a_chinese_character_is_as_wide_as_its_font_is_high() -> None:
    assert fit("训练", 12).width_px == pytest.approx(24)
    assert fit("<b>x</b>", 12).width_px > fit("x", 12).width_px


def test_labels_that_would_touch_are_thinned_evenly_and_long_names_set_upright() -> None:
    many = list(range(40))
    figure = go.Figure(go.Scatter(x=many, y=many))
    figure.update_xaxes(tickvals=many, ticktext=[f"{i} months" for i in many])
    shown = [
        int(w.text.split()[0]) for w in words(to_svg(figure, width_px=450)) if "months" in w.text
    ]
    assert 2 < len(shown) < 10
    assert len({b - a for a, b in pairwise(shown)}) == 1

    names = [f"a rather long name {i}" for i in range(12)]
    svg = to_svg(go.Figure(go.Bar(x=names, y=many[:12])), width_px=450)
    assert all("".join(name.split()) in said(svg) for name in names)
