"""What is said about a number is short, on one line, and never fails itself."""

import math

import pytest

from costmodel.messages import Amount, InputError, Message, figure, shown


def test_a_message_fills_its_places() -> None:
    inner = Message("{n} runs", {"n": 3})
    text = Message(
        "{who} on {what}: {inner}", {"who": "A", "what": Amount(2, "usd"), "inner": inner}
    )
    assert str(text) == "A on 2 usd: 3 runs"


def test_a_refusal_names_its_field() -> None:
    error = InputError("plan.tokens", "{value} is not a number", value="x")
    assert str(error) == "plan.tokens: x is not a number"
    assert str(InputError("", "all of it")) == "all of it"


def test_a_value_with_braces_is_shown_and_not_filled_in() -> None:
    assert str(InputError("f", "{value} is wrong", value="{0.__class__}")) == (
        "f: {0.__class__} is wrong"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        ("", '""'),
        ("a\n b", "a b"),
        ("x" * 99, "x" * 40),
    ],
)
def test_anything_found_can_be_shown(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_number_too_long_to_print_is_shown_by_its_kind() -> None:
    assert shown(10**9_000) == "int"


def test_a_figure_of_an_error_can_be_printed() -> None:
    assert (figure(7), figure(-2.5), figure(10**9_000)) == (7, -2.5, math.inf)
    assert math.isnan(figure(math.nan))
