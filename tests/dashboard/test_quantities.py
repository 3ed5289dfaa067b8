"""A number is what its writer meant, or it is refused."""

import math
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.messages import InputError
from costmodel.uncertainty import Kind, Range
from dashboard.quantities import make_range, parse_count, parse_number, parse_range
from tests.refusals import outcome


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14.8T", 14.8e12),
        ("14.8t", 14.8e12),
        ("671B", 671e9),
        ("2.788M", 2.788e6),
        ("7 k", 7e3),
        ("6710亿", 671e9),
        ("6710億", 671e9),
        ("14.8万亿", 14.8e12),
        ("70 万", 70e4),
        ("1e-3", 1e-3),
        ("2.5E12", 2.5e12),
        ("45%", 0.45),
        ("45 ％", 0.45),
        ("1,000", 1000),
        ("1,000,000.5", 1_000_000.5),
        ("1，000", 1000),
        ("1_000", 1000),
        ("１２", 12),
        ("１２．５", 12.5),
        ("$2", 2),
        ("-5", -5),
        ("+5", 5),
        (".5", 0.5),
        ("2.", 2),
        ("  7B  ", 7e9),
    ],
)
def test_a_number_is_read_as_it_is_meant(text: str, value: float) -> None:
    assert parse_number(text, "f") == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nan",
        "inf",
        "-inf",
        "Infinity",
        "1e400",
        "seven",
        "7BB",
        "7 B B",
        "1,5",  # fifteen, or one and a half?
        "1,00",
        "12,34,567",
        "1.000,50",
        "3兆",  # a million to one reader, a trillion to the next
        "¥3",
        "€3",
        "0x10",
        "1..2",
        "--5",
        "1 000",
        "5" * 99,
        "1;2",
        "{x}",
        "\0",
    ],
)
def test_what_is_no_number_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_number(text, "plan.tokens")
    assert caught.value.field == "plan.tokens"
    assert "number" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind", "low", "high"),
    [
        ("1.8-3.2", "positive", 1.8, 3.2),
        ("1.8 - 3.2", "positive", 1.8, 3.2),
        ("1.8–3.2", "positive", 1.8, 3.2),
        ("1.8 — 3.2", "positive", 1.8, 3.2),
        ("1.8~3.2", "positive", 1.8, 3.2),
        ("1.8～3.2", "positive", 1.8, 3.2),
        ("1.8 to 3.2", "positive", 1.8, 3.2),
        ("1.8至3.2", "positive", 1.8, 3.2),
        ("1.8 到 3.2", "positive", 1.8, 3.2),
        ("2..3", "positive", 2.0, 3.0),
        ("1e-3-2e-3", "positive", 1e-3, 2e-3),
        ("$1.8 - $3.2", "positive", 1.8, 3.2),
        ("30%-45%", "fraction", 0.30, 0.45),
        ("30-45%", "fraction", 0.30, 0.45),
        ("0.3 - 45%", "fraction", 0.3, 0.45),
        ("0.30 - 0.45", "fraction", 0.30, 0.45),
        ("2", "positive", 2.0, 2.0),
        ("1e-3", "positive", 1e-3, 1e-3),
        ("45%", "fraction", 0.45, 0.45),
    ],
)
def test_a_range_is_read_as_it_is_meant(text: str, kind: Kind, low: float, high: float) -> None:
    span = parse_range(text, "f", kind)
    assert (span.low, span.high) == pytest.approx((low, high))
    assert span.kind == kind


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("3.2 - 1.8", "positive", "runs backwards"),
        ("0.5 - 2%", "fraction", "runs backwards"),
        ("-5", "positive", "not above zero"),
        ("0", "positive", "not above zero"),
        ("0-2", "positive", "not above zero"),
        ("45", "fraction", "write 45% or 0.45"),
        ("30-45", "fraction", "write 45% or 0.45"),
        ("0%", "fraction", "not a fraction"),
        ("150%", "fraction", "not a fraction"),
        ("1-2-3", "positive", "not a number"),
        ("1-", "positive", "not a number"),
        ("..", "positive", "not a number"),
        ("", "positive", "not a number"),
        ("a to b", "positive", "not a number"),
    ],
)
def test_a_range_that_cannot_be_is_refused(text: str, kind: Kind, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_range(text, "f", kind)


@pytest.mark.parametrize("text", ["1.035M", "4.35M", "1.1k", "0.07%", "1.005亿", "2.3万"])
def test_a_scale_word_moves_the_point_and_nothing_else(text: str) -> None:
    scales = {"M": "1e6", "k": "1e3", "%": "0.01", "亿": "1e8", "万": "1e4"}
    exact = Decimal(text[:-1]) * Decimal(scales[text[-1]])
    assert parse_number(text, "x") == float(exact)


@pytest.mark.parametrize("text", ["1e-99999999999999999999", "0e99999999999999999999"])
def test_what_is_too_small_is_nothing(text: str) -> None:
    assert parse_number(text, "x") == 0


def test_a_count_is_whole() -> None:
    assert parse_count("1.035M", "x") == 1_035_000
    assert parse_count("2,048", "f") == 2048
    assert parse_count("1.5k", "f") == 1500
    with pytest.raises(InputError, match="not a whole number"):
        parse_count("2.5", "f")


def test_a_range_of_a_deal_is_refused_by_its_field() -> None:
    assert make_range(1.0, 2.0, "f") == Range(1.0, 2.0)
    with pytest.raises(InputError) as caught:
        make_range(2.0, 1.0, "plan.assumptions.pue")
    assert caught.value.field == "plan.assumptions.pue"


@given(st.text() | st.from_regex(r"[-+$]?[0-9.,eE%TB -]{0,12}", fullmatch=True))
def test_any_text_is_a_number_or_a_refusal(text: str) -> None:
    for parse in (parse_number, parse_count, parse_range):
        value = outcome(partial(parse, text, "f"))
        if isinstance(value, InputError):
            assert value.field == "f"
        else:
            assert isinstance(value, Range) or math.isfinite(float(str(value)))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_reads_back(value: float) -> None:
    assert parse_number(repr(value), "f") == value


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_every_range_reads_back(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert parse_range(f"{low!r} - {high!r}", "f") == Range(low, high)
