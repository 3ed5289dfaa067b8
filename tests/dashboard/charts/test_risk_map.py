"""Each of the nine concerns has its card and its word; a tie passes behind no third card."""

import itertools

import numpy as np
import pytest

from dashboard.charts import risk_map
from dashboard.charts.labels import ink_on
from dashboard.charts.palette import BAND_COLOURS
from dashboard.charts.risk_map import HALF_HEIGHT, HALF_WIDTH, PLACES, Concern, Tie
from dashboard.charts.whiskers import Reach

REACH = Reach(low=36.5, expected=53.7, high=86.5)
CONCERNS = {
    key: Concern(label=key[:7], band="moderate", says="middling", reach=REACH) for key in PLACES
}


def test_there_are_nine_places_of_their_own_with_the_model_in_the_middle() -> None:
    assert len(set(PLACES.values())) == len(PLACES) == 9
    assert PLACES["model"] == (1, 1)


def test_a_card_says_its_name_its_score_and_its_band_on_its_colour() -> None:
    figure = risk_map.figure(CONCERNS, [])

    for note, card, key in zip(figure.layout.annotations, figure.data, PLACES, strict=True):
        assert note.text == f"<b>{key[:7]}</b><br>53.7 (36.5 – 86.5)<br>middling"
        assert (note.x, note.y) == PLACES[key]
        assert card.fillcolor == BAND_COLOURS["moderate"]
        assert (min(card.x) + max(card.x)) / 2 == pytest.approx(note.x)


def test_what_nobody_knows_has_a_look_of_its_own_and_no_number() -> None:
    unknown = Concern(label="Model", band=None, says="unknown")

    figure = risk_map.figure({**CONCERNS, "model": unknown}, [])

    at = list(PLACES).index("model")
    assert figure.layout.annotations[at].text == "<b>Model</b><br>unknown"
    assert figure.data[at].line.dash == "dash"
    assert [card.line.dash for card in figure.data].count("dash") == 1
    assert list(BAND_COLOURS.values()).count(figure.data[at].fillcolor) == 1


def test_a_thinly_known_concern_is_dashed_and_pale_and_can_be_read() -> None:
    thin = Concern(label="Model", band="critical", says="grave", thin=True, answered="1 / 10")

    figure = risk_map.figure({**CONCERNS, "model": thin}, [])

    at = list(PLACES).index("model")
    card, note = figure.data[at], figure.layout.annotations[at]
    assert card.line.dash == "dash"
    assert card.fillcolor not in BAND_COLOURS.values()
    assert note.text.endswith("grave<br>1 / 10")
    # Dark ink, where the full colour of the band takes light ink.
    assert note.font.color == ink_on(card.fillcolor) != ink_on(BAND_COLOURS["critical"])


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(sorted(PLACES), 2)))
def test_a_tie_runs_from_card_to_card_and_behind_no_other(one: str, other: str) -> None:
    points = risk_map.route(one, other)

    assert tuple(points[0]) == PLACES[one]
    assert tuple(points[-1]) == PLACES[other]
    assert points.min() > -0.5
    assert points.max() < 2.5
    fine = np.concatenate([np.linspace(a, b, 5) for a, b in itertools.pairwise(points)])
    for key, place in PLACES.items():
        if key not in (one, other):
            away = np.abs(fine - np.array(place))
            assert not ((away[:, 0] < HALF_WIDTH) & (away[:, 1] < HALF_HEIGHT)).any(), key


def test_ties_are_drawn_before_the_cards_and_say_what_is_shared() -> None:
    tie = Tie(one="model", other="compute", says="CMP-03 <b>")

    figure = risk_map.figure(CONCERNS, [tie])

    assert [trace.name for trace in figure.data] == ["tie", *["card"] * 9]
    assert figure.data[0].text == "<b>model – compute</b><br>CMP-03 &lt;b&gt;"
    ends = {(figure.data[0].x[i], figure.data[0].y[i]) for i in (0, -1)}
    assert ends == {(0, 0), (1, 1)}


def test_a_long_name_with_markup_keeps_to_its_card() -> None:
    nasty = Concern(label="<b>x</b>" * 30, band="critical", says="<i>" * 30, reach=REACH)

    note = risk_map.figure({**CONCERNS, "compute": nasty}, []).layout.annotations[0]

    rows = note.text.replace("<b>", "").replace("</b>", "").split("<br>")
    assert len(rows) == 4
    assert all("<" not in row for row in rows)


def test_a_concern_left_out_or_unheard_of_is_our_own_slip() -> None:
    with pytest.raises(AssertionError):
        risk_map.figure({k: c for k, c in CONCERNS.items() if k != "model"}, [])
    with pytest.raises(AssertionError):
        Tie(one="model", other="weather", says="")
    with pytest.raises(AssertionError):
        Concern(label="x", band="terrible", says="")
