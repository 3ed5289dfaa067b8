"""The page of serving shows the cost model's own figures, and says what it cannot."""

from collections.abc import Mapping

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from costmodel.uncertainty import Number, Percentiles
from dashboard import deal as deals
from dashboard import serving
from dashboard.language import amount, interval
from dashboard.serving import Answer
from tests.dashboard.views.test_views import FAILED, opened, words

SAMPLE = "deepseek-v3"


@pytest.fixture(autouse=True)
def fresh_caches() -> None:
    """AppTest shares caches between tests."""
    st.cache_resource.clear()


def linked(page: str = "serving", **query: str) -> AppTest:
    """A page of the app as a deep link opens it."""
    return opened(page, **query)


def answered(typed: Mapping[str, str], deal_id: str = SAMPLE) -> Answer:
    question, refused = serving.read(deals.sample(deal_id), typed)
    assert question is not None, refused
    return serving.answer(question)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def middle(value: Number | None) -> Percentiles:
    assert value is not None
    return Percentiles.of(value)


def test_the_cards_show_what_the_cost_model_says() -> None:
    typed = {"input_price": "1", "output_price": "4 - 5", "requests_per_day": "20M"}
    answer = answered(typed)

    app = linked(lang="en", **typed)

    shown = metrics(app)
    reading, month = middle(answer.drawn.input_usd_per_million), middle(answer.fleet.usd_per_month)
    assert shown["Input, \\$/M tokens"] == amount(reading.p50, "usd")
    assert shown["Cost of a month"] == amount(month.p50, "usd")
    assert shown["Gross margin"] == amount(middle(answer.margin).p50, "fraction")
    assert answer.life is not None
    assert shown["Margin lasts"] == amount(answer.life.typical_months, "month")
    assert shown["Replica size"] == str(answer.drawn.inputs.replica.n_accelerators)
    assert interval(reading.p05, reading.p95, "usd").replace("$", "\\$") in words(app)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("deal_id", deals.samples())
def test_every_sample_is_answered_in_both_languages(deal_id: str, lang: str) -> None:
    app = linked(lang=lang, deal=deal_id)

    assert not app.exception
    assert not app.error
    assert len(app.metric) >= 8
    said = words(app)
    assert ("stall" in said) == (lang == "en")
    assert ("停顿" in said) == (lang == "zh")


def test_without_customer_prices_there_is_no_margin_but_a_break_even_price() -> None:
    shown = metrics(linked(lang="en"))

    assert "Gross margin" not in shown
    answer = answered({})
    assert shown["Break-even price"] == amount(middle(answer.asking[0.0]).p50, "usd")


def test_without_a_rent_the_dollars_are_left_out_and_the_reason_is_said() -> None:
    app = linked(lang="en", chip="Cambricon MLU370-X8", deal="baichuan2-13b", weights="int4")

    shown = metrics(app)
    assert shown["Cost of a month"] == "–"
    assert shown["Fleet size"] != "–"
    assert "No rental price of Cambricon" in words(app).replace("\\", "")


@pytest.mark.parametrize(
    ("field", "label", "typed"),
    [
        ("requests_per_day", "Requests a day", "-1"),
        ("requests_per_day", "Requests a day", "lots"),
        ("input_tokens", "Input tokens of a request", "2.5"),
        ("input_tokens", "Input tokens of a request", "1e30"),
        ("output_tokens", "Output tokens of a request", "0"),
        ("token_ms", "Longest time per token, ms", "0.1"),
        ("token_ms", "Longest time per token, ms", "0"),
        ("replica", "Accelerators of a replica", "1"),
        ("replica", "Accelerators of a replica", "0"),
        ("input_price", "Price of input, $ per million tokens", "3 - 1"),
        ("paid_share", "Share of requests paid for", "0%"),
        ("mean_over_peak", "Mean over peak traffic", "0"),
        ("headroom", "Capacity over peak traffic", "0.5"),
        ("cached_input_share", "Input read before (prefix cache)", "100%"),
        ("weights", "Number format of the weights", "fp7"),
        ("other_chip", "Compare with", "no such chip"),
        ("chip", "Accelerator", "no such chip"),
        ("usd_per_gpu_hour", "Price, $ per GPU-hour", "-2"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_refused_value_is_a_sentence_at_its_field(
    field: str, label: str, typed: str, lang: str
) -> None:
    app = linked(lang=lang, **{field: typed})

    assert not app.exception
    assert app.error
    said = app.error[0].value
    assert not any(phrase in said for phrase in FAILED)
    if lang == "en":
        assert label in said.replace("\\", "")
    reason = said.split("**: ", 1)[1]
    assert any(reason in str(text.value) for text in app.markdown if "red[" in str(text.value))


def test_only_the_size_of_a_model_is_not_enough_and_the_page_says_so() -> None:
    app = linked(lang="en", params="7B")

    assert "upload the config" in app.error[0].value.replace("\\", "")
    assert not app.metric


def test_what_was_typed_stands_in_the_address_and_in_the_field() -> None:
    app = linked(lang="en", input_tokens="4384", weights="int4")
    assert app.query_params["input_tokens"] == "4384"
    assert app.query_params["weights"] == "int4"

    box = next(b for b in app.text_input if b.label == "Output tokens of a request")
    app = box.set_value("1210").run()

    assert app.query_params["output_tokens"] == "1210"
    assert app.query_params["input_tokens"] == "4384"
    shown = metrics(app)
    answer = answered({"input_tokens": "4384", "weights": "int4", "output_tokens": "1210"})
    assert shown["Requests at once"] == amount(middle(answer.drawn.batch).p50, "ratio")

    emptied = next(b for b in app.text_input if b.label == "Output tokens of a request")
    app = emptied.set_value("").run()
    assert "output_tokens" not in app.query_params
    assert not app.error


def test_the_check_against_published_speeds_is_shown_with_its_caveats() -> None:
    said = words(linked(lang="en")).replace("\\", "")

    assert "published speeds lie inside the computed 90% range" in said
    assert "Not blind" in said
    assert "DeepSeek" in said
