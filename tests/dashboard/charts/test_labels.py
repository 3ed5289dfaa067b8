"""What people wrote stands in a figure as they wrote it, and takes no more room than it has."""

import html
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.labels import inert, ink_on, lines, short, width
from dashboard.charts.palette import (
    BAND_COLOURS,
    EVIDENCE_COLOURS,
    EVIDENCE_PATTERNS,
)
from tests.dashboard.test_theme import contrast

TEXTS = st.text(max_size=200)


@given(TEXTS)
def test_no_text_holds_a_tag_or_a_line_break(text: str) -> None:
    shown = inert(text)

    assert not set(shown) & set("<>\n\r\t\u202e")
    assert "&" not in html.unescape(shown) or "&" in text


def test_markup_is_shown_letter_by_letter() -> None:
    assert html.unescape(inert('<a href="x">A & B</a>')) == '<a href="x">A & B</a>'
    assert inert("a\u202eb\x00\nc") == "ab c"


@given(TEXTS, st.integers(2, 40))
def test_a_short_text_is_whole_and_a_long_one_is_cut(text: str, most: int) -> None:
    shown = html.unescape(short(text, most))

    assert width(shown) <= most
    whole = html.unescape(inert(text))
    assert shown == whole if width(whole) <= most else shown.endswith("…")


@given(TEXTS, st.integers(3, 20), st.integers(1, 4))
def test_lines_keep_within_their_room_and_lose_nothing_before_the_cut(
    text: str, most: int, n_lines: int
) -> None:
    found = [html.unescape(line) for line in lines(text, most, n_lines)]

    assert 1 <= len(found) <= n_lines
    assert all(width(line) <= most for line in found)
    whole = html.unescape(inert(text)).replace(" ", "")
    kept = "".join(found).replace(" ", "")
    assert kept == whole or whole.startswith(kept.removesuffix("…"))


def test_lines_break_at_spaces_and_between_chinese_characters() -> None:
    assert lines("Ethics and governance", 12, 3) == ["Ethics and", "governance"]
    assert lines("技术成熟度与团队", 10, 2) == ["技术成熟度", "与团队"]
    assert lines("Supercalifragilistic", 10, 2) == ["Supercalif", "ragilistic"]


@pytest.mark.parametrize("fill", [*BAND_COLOURS.values(), *EVIDENCE_COLOURS.values()])
def test_what_is_written_on_a_fill_can_be_read(fill: str) -> None:
    assert contrast(ink_on(fill), fill) >= 4.5


def test_bands_darken_with_the_risk_so_that_no_hue_need_be_told() -> None:
    on_white = [contrast(BAND_COLOURS[band], "#ffffff") for band in _RISING]

    assert on_white == sorted(on_white)
    assert all(b / a > 1.05 for a, b in itertools.pairwise(on_white))


def test_statuses_of_like_lightness_differ_in_pattern_or_stand_apart() -> None:
    assert set(EVIDENCE_PATTERNS) == set(EVIDENCE_COLOURS)
    plain = [c for s, c in EVIDENCE_COLOURS.items() if not EVIDENCE_PATTERNS[s]]
    shades = sorted(contrast(c, "#ffffff") for c in plain)
    assert all(b / a > 1.3 for a, b in itertools.pairwise(shades))
    patterns = [p for p in EVIDENCE_PATTERNS.values() if p]
    assert len(set(patterns)) == len(patterns)


_RISING = ("low", "moderate", "high", "critical")
