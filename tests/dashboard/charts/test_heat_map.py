"""Every question is in its cell, or counted there and named when the reader points at it."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.charts import heat_map
from dashboard.charts.heat_map import Risk, Zone
from dashboard.language import use_language

ZONES = [
    Zone(band="low", label="low", least=1),
    Zone(band="moderate", label="moderate", least=5),
    Zone(band="high", label="high", least=10),
    Zone(band="critical", label="critical", least=16),
]
SPAN = st.integers(1, 5)
RISKS = st.lists(
    st.tuples(SPAN, SPAN, st.booleans()).map(
        lambda v: Risk(id="", label="what", likelihood=v[0], impact=v[1], proven=v[2])
    ),
    max_size=70,
).map(
    lambda found: [
        Risk(
            id=f"Q-{i:02}", label=r.label, likelihood=r.likelihood, impact=r.impact, proven=r.proven
        )
        for i, r in enumerate(found)
    ]
)


@settings(deadline=None, max_examples=50)
@given(RISKS, st.integers(1, 4), st.integers(1, 20))
def test_every_id_is_in_its_cell_once_or_counted_and_in_the_hover(
    risks: list[Risk], per_line: int, most_lines: int
) -> None:
    figure = heat_map.figure(risks, ZONES, per_line=per_line, most_lines=most_lines)

    cells = figure.data[0]
    by_id = {risk.id: risk for risk in risks}
    places, counted = set(), 0
    for trace in figure.data[2:-2]:
        for x, y, text in zip(trace.x, trace.y, trace.text, strict=True):
            column = sum(edge < x for edge in cells.x)
            row = sum(edge < y for edge in cells.y)
            assert (x, y) not in places
            places.add((x, y))
            if text.strip().startswith("+"):
                counted += int(text)
                continue
            risk = by_id.pop(text.strip())
            assert (row, column) == (risk.likelihood, risk.impact)
            assert trace.marker.symbol == ("circle" if risk.proven else "circle-open")
    assert counted == len(by_id)
    for risk in risks:
        assert risk.id in cells.hovertext[risk.likelihood - 1][risk.impact - 1]


@given(RISKS)
@settings(deadline=None, max_examples=20)
def test_lines_of_a_cell_stand_a_line_apart_and_below_its_band(risks: list[Risk]) -> None:
    figure = heat_map.figure(risks, ZONES)

    assert figure.layout.height >= figure.data[0].y[-1]  # one unit of the axis is one pixel
    names = dict(zip(zip(figure.data[1].x, figure.data[1].y, strict=True), range(25), strict=True))
    assert len(names) == 25
    heights: dict[float, list[float]] = {}
    for trace in figure.data[2:-2]:
        for x, y in zip(trace.x, trace.y, strict=True):
            heights.setdefault(round(x), []).append(y)
    for column in heights.values():
        column.sort()
        assert all(b - a >= 14 for a, b in itertools.pairwise(column))


@pytest.mark.parametrize(
    ("likelihood", "impact", "band"),
    [(1, 4, "low"), (1, 5, "moderate"), (3, 3, "moderate"), (2, 5, "high"), (4, 4, "critical")],
)
def test_a_cell_has_the_colour_and_the_name_of_its_band(
    likelihood: int, impact: int, band: str
) -> None:
    fills, names = heat_map.figure([], ZONES).data[:2]

    at = [zone.band for zone in ZONES].index(band)
    assert fills.z[likelihood - 1][impact - 1] == at
    assert names.text[(likelihood - 1) * 5 + impact - 1] == band


def test_twenty_ids_in_one_cell_are_all_written() -> None:
    risks = [
        Risk(id=f"CMP-{i:02}", label="", likelihood=4, impact=5, proven=False) for i in range(20)
    ]

    (written,) = heat_map.figure(risks, ZONES).data[2:-2]

    assert [text.strip() for text in written.text] == [risk.id for risk in risks]


def test_markup_in_ids_labels_and_bands_is_inert() -> None:
    risk = Risk(id="<b>", label="<img src=x>" * 30, likelihood=1, impact=1, proven=True)
    zone = Zone(band="low", label="<i>low</i>" * 30, least=1)

    figure = heat_map.figure([risk], [zone])

    assert figure.data[2].text[0] == " &lt;b&gt;"
    hover = figure.data[0].hovertext[0][0].replace("<b>", "").replace("</b>", "")
    assert "<" not in hover.replace("<br>", "")
    assert all("<" not in text for text in figure.data[1].text)


@pytest.mark.parametrize(("likelihood", "impact"), [(0, 3), (3, 6)])
def test_a_risk_outside_the_map_is_our_own_slip(likelihood: int, impact: int) -> None:
    with pytest.raises(AssertionError):
        Risk(id="x", label="", likelihood=likelihood, impact=impact, proven=True)


def test_the_legend_says_what_hollow_means() -> None:
    solid, hollow = heat_map.figure([], ZONES).data[-2:]

    assert (hollow.marker.symbol, hollow.name) == ("circle-open", "unknown, assumed or claimed")
    assert solid.marker.symbol == "circle"
    with use_language("zh"):
        assert heat_map.figure([], ZONES).layout.xaxis.title.text == "影响"


def test_what_is_not_proven_tells_between_which_likelihoods_it_may_lie() -> None:
    said = Risk(id="CMP-01", label="Said", likelihood=3, impact=2, proven=False, span=(2, 5))
    shown = Risk(id="CMP-02", label="Shown", likelihood=3, impact=2, proven=True, span=(3, 4))

    hover = heat_map.figure([said, shown], ZONES).data[0].hovertext[2][1]

    assert "CMP-01 ├2–5┤" in hover
    assert "├3–4┤" not in hover
    with pytest.raises(AssertionError):
        Risk(id="x", label="", likelihood=1, impact=1, proven=False, span=(2, 5))
