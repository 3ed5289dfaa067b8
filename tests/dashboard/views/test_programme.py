"""The programme page shows the model's own numbers, and refuses in a sentence."""

from typing import Any

import numpy as np
import pytest

from costmodel.uncertainty import Percentiles
from dashboard import deal as deals
from dashboard import programme, programme_plan
from dashboard.bill_terms import figure_label
from dashboard.components.programme_tables import edited
from dashboard.findings import evaluate
from dashboard.language import amount, use_language
from tests.dashboard.views.test_views import fresh_caches, opened, words

__all__ = ["fresh_caches"]

DEAL = "bloom-176b"


def answered(**typed: str) -> programme.ProgrammeAnswer:
    return programme.answer(evaluate(deals.sample(DEAL), language="en"), typed)


def shown(app: Any) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_numbers_shown_are_the_models(lang: str) -> None:
    app = opened("programme", lang=lang, deal=DEAL, months="24", posture="follower")

    estimate = answered(months="24", posture="follower").estimate
    assert estimate is not None
    with use_language(lang):
        wanted = {
            figure_label("programme"): amount(Percentiles.of(estimate.usd).p50, "usd"),
            figure_label("people"): amount(Percentiles.of(estimate.lines["people"]).p50, "usd"),
            figure_label("final_run"): amount(
                Percentiles.of(estimate.lines["final_run"]).p50, "usd"
            ),
        }
    assert wanted.items() <= shown(app).items()
    assert not app.error


def test_the_final_run_is_the_bill_of_the_training_cost_page() -> None:
    estimate = answered().estimate
    assert estimate is not None
    bill = evaluate(deals.sample(DEAL), language="en").estimate.usd
    assert bill is not None
    assert Percentiles.of(estimate.lines["final_run"]) == Percentiles.of(bill)
    assert shown(opened("programme", lang="en", deal=DEAL))["Final run"] == amount(
        Percentiles.of(bill).p50, "usd"
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("months", "1.5", ("not a whole number", "不是整数")),
        ("months", "2", ("write at least", "请至少填写")),
        ("months", "many", ("not a number", "不是数字")),
        ("start_month", "17", ("at the latest", "最迟")),
        ("storage", "-3", ("not possible here", "请填写")),
        ("team", "ml_engineer|France|x", ("not a number", "不是数字")),
        ("team", "senior_engineer|France|3", ("is on record", "薪酬记录")),
        ("team", "|France|3", ("choose both", "两项都选")),
        ("data", "gossip|3", ("names no kind of data", "数据类型")),
        ("research_multiple", "0.5", ("not possible here", "请填写")),
        ("failed_run_share", "45", ("not a fraction", "比例")),
        ("posture", "idle", ("is not on record", "没有")),
    ],
)
def test_a_refused_field_is_one_sentence_and_the_answer_waits(
    lang: str, field: str, typed: str, said: tuple[str, str]
) -> None:
    app = opened("programme", lang=lang, deal=DEAL, **{field: typed})

    assert not app.exception
    assert len(app.error) == 1
    assert said[lang == "zh"] in app.error[0].value
    assert not app.metric


def test_a_run_without_a_price_says_so_and_a_price_mends_it() -> None:
    app = opened("programme", lang="en", deal="baichuan2-13b")
    assert "has no price" in app.error[0].value

    price = next(box for box in app.text_input if str(box.key).startswith("usd_per_gpu_hour:"))
    price.set_value("2").run()

    assert not app.error
    assert shown(app)["Whole programme"]


def test_what_is_typed_moves_the_answer_and_goes_into_the_address() -> None:
    app = opened("programme", lang="en", deal=DEAL)
    before = shown(app)

    months = next(box for box in app.text_input if box.label == "Length, months")
    months.set_value("36").run()

    assert app.query_params["months"] == "36"
    assert shown(app)["People"] != before["People"]
    assert shown(app)["Final run"] == before["Final run"]
    next(box for box in app.button if str(box.key) == "programme:undo").click().run()
    assert shown(app) == before


def test_twice_the_people_cost_twice() -> None:
    one, two = (answered(team=f"ml_engineer|China|{n}").estimate for n in (10, 20))
    assert one is not None
    assert two is not None
    assert Percentiles.of(two.lines["people"]).p50 == pytest.approx(
        2 * Percentiles.of(one.lines["people"]).p50
    )


def test_an_emptied_table_stays_empty_and_a_missing_one_takes_the_default() -> None:
    empty, usual = answered(team="", data="").estimate, answered().estimate
    assert empty is not None
    assert usual is not None
    assert empty.lines["people"] == empty.lines["cleaning"] == 0
    assert Percentiles.of(usual.lines["people"]).p50 > 0


def test_a_price_by_the_token_is_typed_as_it_is_shown_by_the_million() -> None:
    kind = "price.cleaning of web text"
    stated = answered(**{kind: "0.01"}).estimate
    assert stated is not None
    tokens = evaluate(deals.sample(DEAL), language="en").inputs.plan.tokens
    assert Percentiles.of(stated.lines["cleaning"]).p50 == pytest.approx(tokens / 1e6 * 0.01)


def test_the_doubts_of_the_programme_do_not_move_with_those_of_the_run() -> None:
    found = answered()
    assert found.estimate is not None
    run, beside = found.final_run.estimate.values, found.estimate.values
    pairs = [(a, b) for a in run for b in beside if np.ptp(run[a]) > 0 and np.ptp(beside[b]) > 0]
    assert len(pairs) > 20
    for a, b in pairs:
        assert abs(np.corrcoef(run[a], beside[b])[0, 1]) < 0.06, (a, b)


def test_every_default_that_stands_is_cited() -> None:
    text = words(opened("programme", lang="en", deal=DEAL))
    for quantity in ("programme_months", "before_final_run_share", "team_headcount"):
        assert "sources?fact=programme/" in text
        assert quantity in text


def test_warnings_name_assumptions_in_words() -> None:
    for lang in ("en", "zh"):
        text = words(opened("programme", lang=lang, deal=DEAL))
        assert "pay.ml" not in text.replace("\\", "")
        assert "on_cost." not in text.replace("\\", "")


def test_edits_of_a_table_are_applied_to_the_rows_it_started_from() -> None:
    rows = [["a", "1"], ["b", "2"], ["c", "3"]]
    edits = {
        "edited_rows": {"1": {"n": "9"}, 2: {"n": None}},
        "added_rows": [{"kind": "d"}, {}],
        "deleted_rows": [0],
    }
    assert edited(rows, edits, ("kind", "n")) == [["b", "9"], ["c", ""], ["d", ""], ["", ""]]
    assert programme_plan.packed(edited(rows, edits, ("kind", "n"))) == "b|9;c;d"


def test_text_of_a_table_goes_and_comes_back() -> None:
    rows = [["ml_engineer", "China", "40", "", "6"], ["x|y", "a;b", "1", "2", ""]]
    text = programme_plan.packed(rows)
    assert programme_plan.cells(text, 5) == [rows[0], ["x y", "a b", "1", "2", ""]]


def test_a_link_takes_only_its_own_fields_and_keeps_them_short() -> None:
    query = {"months": "9" * 500, "deal": "x", "pay.a.b": "1", "fact": "y", "team": "t" * 9_000}
    read = programme.from_query(query)
    assert set(read) == {"months", "pay.a.b", "team"}
    assert len(read["months"]) == 120
    assert len(read["team"]) == 3_000
