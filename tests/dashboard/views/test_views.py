"""Every page, in both languages, through Streamlit's own test runner."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import pytest
import streamlit as st
from sqlalchemy import make_url
from streamlit.testing.v1 import AppTest

from dashboard import deal as deals
from dashboard import ownership, programme, scaling, scenario, serving
from dashboard.components.tables import table
from dashboard.components.text import money, plain
from dashboard.store.store import open_store

APP: Final = Path(__file__).parents[3] / "dashboard" / "app.py"
PAGES: Final = (
    "overview",
    "training_cost",
    "programme",
    "serving",
    "ownership",
    "scaling",
    "plan",
    "lab",
    "compression",
    "data_parallel",
    "federated",
    "privacy",
    "scaling_sweep",
    "quality",
    "verify",
    "audit",
    "risk",
    "scenarios",
    "backtest",
    "deals",
    "cases",
    "sources",
)
FAILED: Final = ("This page failed", "本页因 Assay")


@cache
def empty_database() -> Path:
    """A database without deals, to copy: to make one takes longer than many a test."""
    path = Path(tempfile.mkdtemp()) / "empty.sqlite"
    open_store(make_url(f"sqlite:///{path}")).engine.dispose()
    return path


@pytest.fixture(autouse=True)
def fresh_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest shares caches between tests; lab runs of other tests are not this one's."""
    monkeypatch.setenv("ASSAY_RUNS", str(tmp_path))
    shutil.copy(empty_database(), tmp_path / "assay.sqlite")
    monkeypatch.setenv("ASSAY_DATABASE_URL", f"sqlite:///{tmp_path}/assay.sqlite")
    st.cache_data.clear()
    st.cache_resource.clear()


@cache
def _started() -> AppTest:
    """The app on its first page, which knows what every start would find out anew: the pages,
    and that no component is installed.
    """
    return AppTest.from_file(str(APP), default_timeout=60).run()


def opened(page: str = "overview", **query: str) -> AppTest:
    """The app on one page, as a link opens it, once the browser has drawn the numbers: with
    its charts.
    """
    started = _started()
    app = AppTest.from_file(str(APP), default_timeout=60)
    app._registered_pages = started._registered_pages
    app._bidi_component_manager = started._bidi_component_manager
    app.session_state["numbers_shown"] = True
    app.query_params.update(query)
    if page != "overview":
        app.switch_page(f"views/{page}.py")
    return app.run()


def led_to(page: str, **query: str) -> AppTest:
    """The app on one page, reached from the first."""
    return opened(**query).switch_page(f"views/{page}.py").run()


def words(app: AppTest) -> str:
    """Everything written on the page."""
    parts = [*app.markdown, *app.caption, *app.title, *app.subheader, *app.error]
    return "\n".join(
        [*(str(p.value) for p in parts), *(f"{m.label} {m.value}" for m in app.metric)]
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("deal_id", deals.samples())
def test_every_sample_opens_on_an_answer(lang: str, deal_id: str) -> None:
    app = opened(lang=lang, deal=deal_id)

    assert not app.exception
    assert not app.error
    assert len(app.metric) >= 7
    assert app.title[0].value


@pytest.mark.parametrize(("lang", "arrived"), [("en", opened), ("zh", led_to)])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_speaks_the_language_and_keeps_to_it(
    page: str, lang: str, arrived: Callable[..., AppTest]
) -> None:
    app = arrived(page, lang=lang, deal="glm-130b")

    text = words(app)
    assert not app.exception
    assert not app.error
    chinese = sum("一" <= character <= "鿿" for character in text)
    assert (chinese > 30) == (lang == "zh")


def test_the_first_screen_is_deepseek_with_its_verdicts() -> None:
    app = AppTest.from_file(str(APP), default_timeout=60)  # before its charts are drawn
    app.query_params["lang"] = "en"
    app.run()

    text = words(app)
    assert not app.exception
    assert "DeepSeek" in app.title[0].value
    assert "671.03B" in text
    assert "3.33 × 10²⁴" in text
    assert "33.6%" in text
    assert "prior research and ablation experiments" in text


def test_a_changed_number_moves_the_figures() -> None:
    app = opened(lang="en")
    before = {metric.label: metric.value for metric in app.metric}

    field = next(box for box in app.text_input if box.label == "Training tokens")
    field.set_value("29.6T").run()

    after = {metric.label: metric.value for metric in app.metric}
    assert before["Training FLOP"] == "3.33 × 10²⁴"
    assert after["Training FLOP"] == "6.67 × 10²⁴"
    assert after["GPU-hours"] != before["GPU-hours"]
    assert app.query_params["tokens"] == "29.6T"


@pytest.mark.parametrize(
    ("label", "typed"),
    [
        ("Training tokens", "-3"),
        ("Training tokens", "0"),
        ("Training tokens", "nan"),
        ("Training tokens", "1e40"),
        ("Training tokens", "many"),
        ("Number of accelerators", "2.5"),
        ("Number of accelerators", "0"),
        ("Price, $ per GPU-hour", "3 - 1"),
        ("Price, $ per GPU-hour", "-2"),
        ("Context, tokens", "1e300"),
        ("Efficiency in the step", "45"),
        ("PUE", "x"),
        ("Active parameters", "5B"),
    ],
)
def test_a_refused_value_stays_typed_and_says_why(label: str, typed: str) -> None:
    app = opened(lang="en")

    next(box for box in app.text_input if box.label == label).set_value(typed).run()

    assert not app.exception
    assert len(app.error) == 1
    assert label.replace("$", "\\$") in app.error[0].value or label in app.error[0].value
    assert not any(phrase in app.error[0].value for phrase in FAILED)
    assert next(box for box in app.text_input if box.label == label).value == typed
    assert not app.metric


def test_a_refusal_is_in_the_chosen_language() -> None:
    app = opened(lang="zh", tokens="-3")

    assert "请" in app.error[0].value
    assert "positive" not in app.error[0].value


def test_a_link_restores_the_scenario() -> None:
    app = opened(lang="zh", deal="bloom-176b", tokens="500B", chip="H100 SXM")

    assert "BLOOM" in app.title[0].value
    values = {box.value for box in (*app.text_input, *app.selectbox)}
    assert {"500B", "H100 SXM 80GB"} <= values


def test_an_unknown_deal_in_a_link_is_refused_and_the_first_sample_opens() -> None:
    app = opened(lang="en", deal="no-such-deal")

    assert "not a sample deal" in app.error[0].value
    assert "DeepSeek" in app.title[0].value


def test_a_deal_name_cannot_become_markup() -> None:
    name = "[x](javascript:alert(1)) $\\alpha$ <script> {{ =cmd() :red[no]"
    from dashboard.deal import Deal, Plan
    from dashboard.scenario import Scenario

    own = Deal(assay=1, name=name, plan=Plan(model={"params": 7e9}, tokens=2e12))
    query = Scenario(deal_id="", own=own, typed={}).to_query()
    app = opened(lang="en", **query)

    assert not app.exception
    assert "](javascript" not in app.title[0].value
    assert "<script>" not in app.title[0].value.replace("\\<", "")


def test_a_dollar_sign_is_escaped_once_whoever_escapes_it() -> None:
    assert money("$3 - " + plain("$4")) == "\\$3 - \\$4"
    assert table(("a", "b"), [(plain("$x|y"), "$1")]).splitlines()[-1] == "| \\$x\\|y | \\$1 |"


def typed(app: AppTest, label: str, text: str) -> AppTest:
    """The page after typing into the field of that label (the last one, of several)."""
    return [box for box in app.text_input if box.label == label][-1].set_value(text).run()


def test_a_pitch_can_be_typed_from_nothing_and_its_claims_are_judged() -> None:
    app = opened(lang="en")

    app.selectbox[0].set_value("__new__").run()
    typed(app, "GPU-hours", "2000")

    assert app.title[0].value == "My deal, with your changes"
    text = words(app)
    assert "Cost of the final run" in text
    assert "Impossible" in text
    assert "runs of this kind" in text or "At the full peak" in text


def test_what_was_typed_over_a_sample_is_named_and_not_called_the_deals() -> None:
    app = opened(lang="en", tokens="2T")

    text = words(app)
    assert "with your changes" in app.title[0].value
    assert "14\\.8T → 2T" in text
    assert "typed by you" in text


def test_an_own_deal_stays_in_the_list_when_another_is_opened() -> None:
    app = opened(lang="en")
    app.selectbox[0].set_value("__new__").run()

    app.selectbox[0].set_value("bloom-176b").run()

    assert "BLOOM" in app.title[0].value
    assert "My deal" in app.selectbox[0].options


# --- plan and backtest -------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", ["plan", "backtest"])
def test_plan_and_backtest_open_on_an_answer(page: str, lang: str) -> None:
    app = opened(page, lang=lang)

    assert not app.exception
    assert not app.error
    assert app.title[0].value
    chinese = sum("一" <= character <= "鿿" for character in words(app))
    assert (chinese > 30) == (lang == "zh")


def test_a_larger_budget_buys_a_larger_model_and_stands_in_the_link() -> None:
    app = opened("plan", lang="en")
    before = {metric.label: metric.value for metric in app.metric}
    typed(app, "Budget of the final run, \\$", "200M")
    after = {metric.label: metric.value for metric in app.metric}
    assert before["Parameters"] != after["Parameters"]
    assert app.query_params["plan_budget_usd"] == ["200M"] or "200M" in str(app.query_params)


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("budget_usd", "much", "much"),
        ("budget_usd", "-2M", "positive"),
        ("chip", "H9000", "H9000"),
        ("precision", "int3", "int3"),
        ("precision", "nvfp4", "no cited peak"),
        ("region", "Atlantis", "Atlantis"),
        ("weeks", "-1", "-1"),
    ],
)
def test_a_refused_field_of_a_plan_says_why_under_the_field_and_stays_typed(
    field: str, text: str, said: str
) -> None:
    app = opened("plan", lang="en", **{f"plan_{field}": text})
    assert not app.exception
    assert not app.metric
    assert [said in str(e.value).replace("\\", "") for e in app.error] == [True]
    reason = app.error[0].value.split("**: ", 1)[1]
    assert any(reason in str(m.value) for m in app.markdown if "red[" in str(m.value))
    assert text in {box.value for box in (*app.text_input, *app.selectbox)}
    assert text in str(app.query_params[f"plan_{field}"])


def test_an_emptied_field_of_a_plan_returns_to_its_start() -> None:
    app = opened("plan", lang="en", plan_budget_usd="200M")
    usual = {m.label: m.value for m in opened("plan", lang="en").metric}

    typed(app, "Budget of the final run, \\$", "")

    assert {m.label: m.value for m in app.metric} == usual
    assert "plan_budget_usd" not in app.query_params


def test_a_link_fills_the_fields_of_a_page_that_is_opened_later_and_undo_empties_them() -> None:
    app = led_to("serving", lang="en", requests_per_day="7M", chip="H20")
    assert "7M" in {box.value for box in app.text_input}

    next(button for button in app.button if str(button.key) == "serving:undo").click().run()

    assert "7M" not in {box.value for box in app.text_input}
    assert "requests_per_day" not in app.query_params
    assert "chip" not in app.query_params


def test_no_two_pages_have_a_field_of_the_same_name() -> None:
    of_the_deal = scenario.FIELDS
    names = [*of_the_deal, *programme.FIELDS, *programme.ASSUMPTIONS]
    names += [*serving.FIELDS, *ownership.FIELDS, *scaling.FIELDS]
    assert len(set(names)) == len(names)


def test_the_cost_page_shows_layouts_and_what_fills_the_memory() -> None:
    text = words(opened("training_cost", lang="en", deal="llama-3.1-405b"))
    assert "tensor 8" in text
    assert "Memory of one accelerator" in text
    moe = words(opened("training_cost", lang="en", deal="deepseek-v3"))
    assert "more than those of dense ones" in moe
