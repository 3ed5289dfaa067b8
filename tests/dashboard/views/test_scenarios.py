"""The page of scenarios shows the model's own numbers, stresses by a click, and keeps scenarios."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.deal import Deal
from dashboard.findings import evaluate
from dashboard.language import amount, t, use_language
from dashboard.scenario import Scenario
from dashboard.store.access import LOCAL
from dashboard.store.store import open_store
from dashboard.venture.answering import answer, sources_of
from dashboard.venture.figures import figures
from tests.dashboard.venture.deals_of_tests import FINANCE, deal
from tests.dashboard.views.test_views import fresh_caches, opened, words

__all__ = ["fresh_caches"]

PARTS = ("cash", "beside", "drivers", "returns", "split", "behind")


def page(given: Deal | None = None, *, lang: str = "en", **typed: Any) -> AppTest:
    query = Scenario(deal_id="", own=given or deal(), typed={}).to_query()
    return opened("scenarios", lang=lang, **query, **{f"s.{k}": v for k, v in typed.items()})


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def pills(app: AppTest, label: str) -> Any:
    groups: list[Any] = list(app.get("pills"))
    return next(group for group in groups if group.label == label)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_stands_in_both_languages(lang: str, part: str) -> None:
    app = page(lang=lang, part=part)
    assert not app.exception
    assert not app.error
    assert len(app.metric) == 4


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_first_is_the_models(lang: str) -> None:
    given = deal()
    found = answer(sources_of(given, evaluate(given, language=lang)))
    by_name = figures(found.inputs, found.result)
    with use_language(lang):
        wanted = {
            t("Runway"): amount(by_name["runway_months"].p50, "month"),
            t("Expected IRR"): amount(by_name["irr_expected"].p50, "fraction"),
        }
    assert wanted.items() <= metrics(page(given, lang=lang)).items()


def test_a_stress_is_one_click_and_two_go_together() -> None:
    app = page()
    usual = metrics(app)["Runway"]
    group = pills(app, "Stress it: one click each, any of them together")
    app = group.set_value(["late_raise"]).run()
    one = metrics(app)["Runway"]
    assert one != usual
    group = pills(app, "Stress it: one click each, any of them together")
    app = group.set_value(["late_raise", "compute_rise"]).run()
    assert not app.exception
    assert app.query_params["s.stress"] in (["compute_rise,late_raise"], "compute_rise,late_raise")


def test_a_typed_number_counts_and_can_be_undone() -> None:
    app = page(raise_usd="100M")
    more = metrics(app)["Runway"]
    app = next(b for b in app.button if b.label == "Undo my changes").click().run()
    assert metrics(app)["Runway"] != more
    assert metrics(app) == metrics(page())


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("past_slip", "45", "not possible here"),
        ("raise_usd", "much", "not a number"),
        ("growth_per_month", "0.3 - 0.1", "runs backwards"),
        ("switch.seniority", "none", "standard"),
        ("stress", "compute_ris", "not on record"),
        ("case.fail", "1.4", "not a share"),
        ("raise_usd", "200M", "the value after the round"),
    ],
)
def test_a_refused_field_is_one_sentence_and_the_answer_waits(
    field: str, typed: str, said: str
) -> None:
    asked: dict[str, Any] = {field: typed}
    app = page(**asked)
    assert not app.exception
    assert len(app.error) == 1
    assert said in app.error[0].value
    assert not app.metric


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_cash_the_page_asks_for_it_and_a_typed_sum_answers(lang: str) -> None:
    bare = deal(finance={k: v for k, v in FINANCE.items() if k not in ("cash_usd", "raise_usd")})
    app = page(bare, lang=lang)
    assert len(app.error) == 1
    assert "finance.cash_usd" in app.error[0].value.replace("\\", "")
    app = page(bare, lang=lang, cash_usd="30M")
    assert not app.error
    assert len(app.metric) == 4


def test_a_scenario_is_kept_in_the_deal_and_taken_out_again() -> None:
    app = page(deal(scenarios=[]), part="beside", stress="compute_rise", raise_usd="55M")
    app = app.text_input(key=_key(app, "keep")).set_value("Dear rents").run()
    app = next(b for b in app.button if b.label == "Keep it in the deal").click().run()
    kept = app.session_state["scenario"].base().scenarios
    assert [e.name for e in kept] == ["Dear rents"]
    assert kept[0].inputs == {"raise_usd": 55e6}
    assert kept[0].stress == ["compute_rise"]
    assert "Dear rents against As the deal states it" in [s.value for s in app.subheader]
    app = next(b for b in app.button if b.label == "Take it out of the deal").click().run()
    assert app.session_state["scenario"].base().scenarios == []
    assert not app.exception


def test_a_name_stays_text() -> None:
    name = "<b>x</b> **y** $5 [z](http://e.com)"
    app = page(deal(scenarios=[{"name": name, "stress": ["compute_rise"]}]), part="beside")
    assert not app.exception
    heading = next(s.value for s in app.subheader if "against" in s.value)
    assert "\\<b\\>x" in heading
    assert "\\*\\*y" in heading


def test_odds_that_pass_one_are_refused_on_the_page() -> None:
    odds: dict[str, Any] = {"case.fail": "0.8", "case.base": "0.4"}
    app = page(part="returns", **odds)
    assert "together they are 1" in app.error[0].value


def test_the_mean_of_rates_is_explained_and_not_the_answer() -> None:
    text = words(page(part="returns"))
    assert "guides nothing" in text
    assert "reported second" in text


def _key(app: AppTest, name: str) -> str:
    return next(
        str(box.key) for box in app.text_input if str(box.key).startswith(f"venture:{name}")
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_other_deals_stand_beside_and_a_refused_one_says_why(lang: str) -> None:
    store = open_store()
    less = FINANCE | {"cash_usd": 1e6, "headcount": 55}
    other = store.create(deal(name="Poorer", finance=less, scenarios=[]), user=LOCAL, why="")
    app = page(deal(scenarios=[]), lang=lang, part="beside")
    beside = next(one for one in app.multiselect)

    app = beside.set_value([other.deal_id, "deepseek-v3"]).run()

    assert not app.exception
    assert "| Sample plan | Poorer |" in words(app)
    assert "DeepSeek\\-V3" in words(app) or "DeepSeek-V3" in words(app)
    with use_language(lang):
        assert t("{scenario} against {first}", scenario="Poorer", first="Sample plan") in words(app)
