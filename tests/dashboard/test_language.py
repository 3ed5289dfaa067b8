import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.messages import Amount, InputError, Message
from costmodel.units import UNITS
from dashboard import language, number_formats
from dashboard.language import amount, interval, normalise, number, say, t, use_language
from tests import messages
from tests.messages import Said, problems, said_in


def test_the_catalogue_and_the_code_agree() -> None:
    found = problems(messages.said(), messages.read())
    assert found == [], "run `make messages` and translate:\n" + "\n".join(found)


def test_the_catalogue_is_as_make_messages_writes_it() -> None:
    known = messages.read()
    assert messages.updated(messages.said(), known) == language.CATALOGUE.read_text("utf-8")


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, "missing: 'Cost of {name}'"),
        ({"Cost of {name}": ""}, "missing: 'Cost of {name}'"),
        ({"Cost of {name}": "{name} 的成本", "Old": "旧"}, "unused: 'Old'"),
        ({"Cost of {name}": "{nom} 的成本"}, "places differ"),
        ({"Cost of {name}": "Costs of {name}"}, "not Chinese"),
    ],
)
def test_a_planted_fault_in_the_catalogue_is_found(known: dict[str, str], expected: str) -> None:
    found = problems([Said("Cost of {name}", "a.py")], known)
    assert any(problem.startswith(expected) for problem in found)


def test_every_way_of_saying_a_sentence_is_extracted() -> None:
    source = """
t("one {n}", n=1)
x = N_("two " "halves")
m = language.t("three" if x else "four")
raise InputError(f"plan.{key}", "five {v}", v=Message("six", {}))
t(variable); t("{only}"); other("no")
"""
    texts = [s.text for s in said_in(source, "a.py")]
    assert texts == ["one {n}", "two halves", "three", "four", "five {v}", "six"]


def test_a_sentence_put_together_before_translation_is_refused() -> None:
    with pytest.raises(SyntaxError, match=r"a\.py:1: .* write it whole"):
        list(said_in("t(f'{n} tokens')", "a.py"))


def test_a_missing_translation_falls_back_to_english() -> None:
    with use_language("zh"):
        assert t("No such {thing}", thing="sentence") == "No such sentence"


def test_braces_in_what_fills_a_sentence_are_left_alone() -> None:
    assert t("Deal {name}", name="{0} {x} {{") == "Deal {0} {x} {{"


def test_nested_messages_and_amounts_speak_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"{what} costs {usd}": "{what}花费 {usd}", "The run": "这次训练"}
    monkeypatch.setattr(language, "catalogue", lambda: known)
    message = Message(
        "{what} costs {usd}", {"what": Message("The run"), "usd": Amount(5_576_000, "usd")}
    )
    assert say(message) == "The run costs $5.58M"
    with use_language("zh"):
        assert say(message) == "这次训练花费 558 万美元"
        assert say(InputError("a", "The run").message) == "这次训练"


def test_a_refused_number_is_shown_as_it_was_typed() -> None:
    assert t("{value} is not whole", value=2.00001) == "2.00001 is not whole"
    assert t("{value} is not whole", value=1234567) == "1,234,567 is not whole"
    assert t("{value}", value=1 / 3) == "0.333"


def test_the_language_lasts_as_long_as_its_block() -> None:
    with use_language("zh"):
        assert language.current() == "zh"
        with use_language("en"):
            assert language.current() == "en"
        assert language.current() == "zh"
    assert language.current() == "en"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh-CN", "zh"),
        ("zh_Hans", "zh"),
        ("zh", "zh"),
        ("ZH_cn.UTF-8", "zh"),
        ("en-US", "en"),
        ("en_GB.UTF-8", "en"),
        ("C.UTF-8", "en"),
        ("de", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_tags_become_our_languages(tag: str | None, expected: str) -> None:
    assert normalise(tag) == expected


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (5_576_000, "usd", "$5.58M", "558 万美元"),
        (557_600, "usd", "$558,000", "55.8 万美元"),
        (1.5e9, "usd", "$1.5B", "15 亿美元"),
        (-5_576_000, "usd", "-$5.58M", "-558 万美元"),
        (12.3, "usd", "$12.30", "12.30 美元"),
        (671e9, "parameter", "671B", "6710 亿"),
        (14.8e12, "token", "14.8T", "14.8 万亿"),
        (999.6e6, "token", "1B", "10 亿"),
        (512, "token", "512", "512"),
        (3.34e24, "flop", "3.34 × 10²⁴ FLOP", "3.34 × 10²⁴ FLOP"),
        (2.788e6, "gpu_hour", "2.79M GPU-hours", "279 万 GPU 小时"),
        (27_880, "gpu_hour", "27,900 GPU-hours", "2.79 万 GPU 小时"),
        (1, "gpu_hour", "1 GPU-hour", "1 GPU 小时"),
        (54.321, "day", "54.3 days", "54.3 天"),
        (12, "kwh", "12 kWh", "12 kWh"),
        (1_234_567, "kwh", "1.23 GWh", "1.23 GWh"),
        (580, "kg_co2e", "580 kg CO₂e", "580 千克 CO₂e"),
        (580e3, "kg_co2e", "580 t CO₂e", "580 吨 CO₂e"),
        (0.581, "kg_co2e_per_kwh", "0.581 kg CO₂e/kWh", "0.581 千克 CO₂e/kWh"),
        (0.3359, "fraction", "33.6%", "33.6%"),
        (700, "w", "700 W", "700 W"),
        (0.7, "kw", "700 W", "700 W"),
        (25_000, "kw", "25 MW", "25 MW"),
        (80e9, "bytes", "80 GB", "80 GB"),
        (3.35e12, "byte_per_s", "3.35 TB/s", "3.35 TB/s"),
        (989e12, "flop_per_s", "989 TFLOP/s", "989 TFLOP/s"),
        (2, "usd_per_gpu_hour", "$2.00/GPU-hour", "2.00 美元/GPU 小时"),
        (0.0812, "usd_per_kwh", "$0.0812/kWh", "0.0812 美元/kWh"),
        (1.1234, "ratio", "1.12", "1.12"),
        (2048, "count", "2,048", "2,048"),
        (None, "usd", "–", "–"),
        (0, "usd", "$0", "0 美元"),
    ],
)
def test_amounts_read_as_people_write_them(
    value: float | None, unit: str, english: str, chinese: str
) -> None:
    assert amount(value, unit) == english
    with use_language("zh"):
        assert amount(value, unit) == chinese


@pytest.mark.parametrize(
    ("low", "high", "unit", "english", "chinese"),
    [
        (2.1e6, 4.4e6, "gpu_hour", "2.1M – 4.4M GPU-hours", "210 万 – 440 万 GPU 小时"),
        (4.2e6, 7.1e6, "usd", "$4.2M – $7.1M", "420 万 – 710 万美元"),
        (0.301, 0.45, "fraction", "30.1% – 45%", "30.1% – 45%"),
        (980e3, 1.2e6, "kwh", "0.98 – 1.2 GWh", "0.98 – 1.2 GWh"),
        (1.8, 3.2, "usd_per_gpu_hour", "$1.80 – $3.20/GPU-hour", "1.80 – 3.20 美元/GPU 小时"),
        (2.0, 2.0, "usd_per_gpu_hour", "$2.00/GPU-hour", "2.00 美元/GPU 小时"),
        (None, 2.0, "usd", "–", "–"),
    ],
)
def test_intervals_name_their_unit_once(
    low: float | None, high: float, unit: str, english: str, chinese: str
) -> None:
    assert interval(low, high, unit) == english
    with use_language("zh"):
        assert interval(low, high, unit) == chinese


def test_plain_numbers_have_three_figures() -> None:
    assert [number(x) for x in (1234.5, 0.00012345, 2048, 3.3e24, None)] == [
        "1,230",
        "0.000123",
        "2,048",
        "3.3 × 10²⁴",
        "–",
    ]


@given(
    value=st.floats(allow_nan=False),
    unit=st.sampled_from(sorted(UNITS)),
    lang=st.sampled_from(language.LANGUAGES),
)
def test_every_number_in_every_unit_can_be_shown(value: float, unit: str, lang: str) -> None:
    shown = number_formats.amount(value, unit, lang)
    assert shown
    assert "{" not in shown
    assert "e+" not in shown
    assert number_formats.interval(value, value, unit, lang) == shown


def test_not_a_number_is_our_own_slip() -> None:
    for unit in sorted(UNITS):
        with pytest.raises(AssertionError):
            amount(float("nan"), unit)
