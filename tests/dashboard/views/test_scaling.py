"""The page of size and data shows the scaling laws' own figures side by side."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from costmodel.uncertainty import Percentiles
from costmodel.workload import scaling as laws
from costmodel.workload.scaling_law import laws as all_laws
from dashboard import deal as deals
from dashboard import scaling
from dashboard.language import amount, interval, number, ranged
from dashboard.scaling import Answer
from tests.dashboard.views.test_serving import linked, metrics
from tests.dashboard.views.test_views import FAILED, words

SAMPLE = "bloom-176b"


@pytest.fixture(autouse=True)
def fresh_caches() -> None:
    """AppTest shares caches between tests."""
    st.cache_resource.clear()


def opened(**query: str) -> AppTest:
    return linked("scaling", **{"lang": "en", "deal": SAMPLE} | query)


def answered(**typed: str) -> Answer:
    question, refused = scaling.read(deals.sample(SAMPLE), typed)
    assert question is not None, refused
    return scaling.answer(question)


def test_every_law_stands_in_a_row_with_its_range_where_errors_are_published() -> None:
    said = words(opened())

    answer = answered()
    assert {each.law.name for each in answer.by_law} == {law.name for law in all_laws()}
    assert any(each.has_errors for each in answer.by_law)
    for each in answer.by_law:
        assert each.law.name in said
        assert ranged(Percentiles.of(each.best.params), "parameter") in said
        assert ranged(Percentiles.of(each.served.saved_share), "fraction") in said


def test_the_cards_span_the_laws_and_the_budget_is_the_plans() -> None:
    shown = metrics(opened())

    medians = [Percentiles.of(each.best.params).p50 for each in answered().by_law]
    assert shown["Best size"] == interval(min(medians), max(medians), "parameter")
    points = laws.by_law(6 * answered().question.params * 366e9).params
    assert (min(medians), max(medians)) == pytest.approx(points, rel=0.02)


def test_a_typed_budget_takes_the_plans_place() -> None:
    app = opened(flop="1e21")

    assert metrics(app)["Best size"] == interval(*laws.by_law(1e21).params, "parameter")
    assert app.query_params["flop"] == "1e21"
    assert "10²¹" in words(app)


def test_a_start_moves_with_the_deal_until_it_is_typed_over() -> None:
    app = opened()
    field = next(box for box in app.text_input if box.label == "Training tokens")
    field.set_value("200B").run()

    starts = {box.label: box.value for box in app.text_input}
    assert starts["Different tokens at hand"] == "200B"
    assert float(starts["Training compute, FLOP"] or 0) == pytest.approx(
        6 * answered().question.params * 200e9, rel=0.01
    )


def test_scarce_data_lose_what_the_model_says() -> None:
    app = opened(unique_tokens="40B")

    repeated = answered(unique_tokens="40B").repeated
    shown = metrics(app)
    assert shown["Data passes"] == amount(366 / 40, "ratio")
    assert shown["Effective tokens"] == amount(float(repeated.effective_tokens), "token")
    assert shown["Lost to repeats"] == number(float(repeated.lost))
    assert "can also do harm" in words(app)


def test_enough_data_lose_nothing_and_the_page_says_so() -> None:
    app = opened(flop="1e21", unique_tokens="366B")

    assert "are enough" in words(app)
    assert metrics(app)["Lost to repeats"] == "0"


def test_no_tokens_served_save_nothing_and_many_save_much() -> None:
    few, many = answered(served_tokens="1"), answered(served_tokens="1e16")

    for one, other in zip(few.by_law, many.by_law, strict=True):
        assert Percentiles.of(one.served.saved_share).p50 == pytest.approx(0, abs=1e-6)
        assert Percentiles.of(other.served.saved_share).p50 > 0.5


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("flop", "-1"),
        ("flop", "much"),
        ("flop", "1e80"),
        ("unique_tokens", "0"),
        ("unique_tokens", "1e60"),
        ("served_tokens", "-5"),
        ("served_tokens", "1e300"),
        ("tokens", "-3"),
        ("tokens", "many"),
        ("params", "x"),
    ],
)
def test_a_refused_value_is_a_sentence(field: str, typed: str, lang: str) -> None:
    app = opened(lang=lang, **{field: typed})

    assert not app.exception
    assert app.error
    assert not any(phrase in app.error[0].value for phrase in FAILED)


def test_the_curves_touch_zero_at_each_laws_best_and_the_median_lies_in_its_band() -> None:
    answer = answered()
    for curve, each in zip(answer.sizes, answer.by_law, strict=True):
        best = Percentiles.of(each.best.params).p50
        lowest = curve.x[curve.y.argmin()]
        assert lowest == pytest.approx(best, rel=0.3)
        assert curve.y.min() >= -1e-12
        if curve.low is not None and curve.high is not None:
            assert (curve.low <= curve.y).all()
            assert (curve.y <= curve.high).all()


@pytest.mark.parametrize(
    ("deal_id", "said"),
    [
        ("deepseek-v3", "more than any law's best"),
        ("bloom-176b", "fewer than any law's best"),
        ("llama-3.1-405b", "between what the laws"),
    ],
)
def test_the_plan_is_placed_among_the_laws(deal_id: str, said: str) -> None:
    assert said in words(opened(deal=deal_id))


def test_a_mixture_of_experts_is_said_to_be_outside_the_laws() -> None:
    assert "fitted on dense models" in words(opened(deal="deepseek-v3"))
    assert "fitted on dense models" not in words(opened())
