"""Deals in the store, on the pages: kept, saved, changed by somebody else, brought back."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.store.access import LOCAL
from dashboard.store.store import Store, open_store
from tests.dashboard.views.test_views import fresh_caches, opened, words

__all__ = ["fresh_caches"]

SHEET = "name,company,tokens,params\nAlpha,Alpha Inc,2T,7B\nBeta,Beta Ltd,=1+1,13B\nGamma,Γ,1T,3B\n"


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def field(app: AppTest, label: str) -> Any:
    return next(one for one in app.text_input if one.label == label)


def with_tokens(deal: Deal, tokens: float) -> Deal:
    return deal.model_copy(update={"plan": deal.plan.model_copy(update={"tokens": tokens})})


@pytest.fixture
def store(fresh_caches: None) -> Store:
    """The store of the app."""
    return open_store()


@pytest.fixture
def deal_id(store: Store) -> str:
    """A stored copy of a sample, in its first version."""
    return store.create(deals.sample("glm-130b"), user=LOCAL, why="the pitch").deal_id


def test_a_sample_is_kept_and_saved_under_a_reason(store: Store) -> None:
    app = opened(deal="glm-130b")
    field(app, "Training tokens").input("500B").run()
    field(app, "Why this change").input("the founders corrected it").run()

    app = button(app, "Save this version").click().run()

    assert not app.exception
    (listed,) = store.listed(LOCAL)
    assert app.query_params["deal"] in (listed.deal_id, [listed.deal_id])
    assert store.load(listed.deal_id, user=LOCAL).deal.plan.tokens == 5e11
    assert store.history(listed.deal_id, user=LOCAL)[0].why == "the founders corrected it"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_of_two_savers_the_second_sees_both_sides_and_chooses(
    store: Store, deal_id: str, lang: str
) -> None:
    words_of = {
        "en": ("Training tokens", "Save this version", "Save both changes together"),
        "zh": ("训练词元数", "保存此版本", "合并双方修改并保存"),
    }
    tokens, save, both = words_of[lang]
    app = opened(deal=deal_id, lang=lang)
    field(app, tokens).input("700B").run()
    store.save(
        deal_id, with_tokens(deals.sample("glm-130b"), 5e11), base=1, user=LOCAL, why="elsewhere"
    )

    app = button(app, save).click().run()

    assert store.load(deal_id, user=LOCAL).deal.plan.tokens == 5e11  # nothing was written over
    assert button(app, both).disabled
    app = app.radio[0].set_value("mine").run()
    app = button(app, both).click().run()
    assert not app.exception
    assert store.load(deal_id, user=LOCAL).deal.plan.tokens == 7e11
    assert [v.number for v in store.history(deal_id, user=LOCAL)] == [3, 2, 1]


def test_what_a_closed_browser_had_typed_is_offered_and_taken_up(deal_id: str) -> None:
    first = opened(deal=deal_id)
    field(first, "Training tokens").input("123B").run()

    later = opened(deal=deal_id)  # another browser: the first never saved

    assert "400B" in field(later, "Training tokens").value
    later = button(later, "Take it up").click().run()
    assert field(later, "Training tokens").value == "123B"
    assert not [one for one in later.button if one.label == "Take it up"]


def test_a_newer_version_is_announced_and_opened(store: Store, deal_id: str) -> None:
    app = opened(deal=deal_id)
    store.save(deal_id, with_tokens(deals.sample("glm-130b"), 5e11), base=1, user=LOCAL, why="")

    app = app.run()

    assert "has saved version 2" in words(app)
    app = button(app, "Open version 2").click().run()
    assert field(app, "Training tokens").value == "500B"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_yesterdays_version_is_compared_and_restored(store: Store, deal_id: str, lang: str) -> None:
    store.save(
        deal_id, with_tokens(deals.sample("glm-130b"), 5e11), base=1, user=LOCAL, why="a mistake"
    )
    app = opened("history", deal=deal_id, lang=lang)
    change = {"en": "400B → 500B", "zh": "4000 亿 → 5000 亿"}[lang]
    assert change in words(app)
    assert "a mistake" in words(app)

    restore = {"en": "Restore version 1", "zh": "恢复第 1 版"}[lang]
    app = button(app, restore).click().run()

    assert not app.exception
    assert store.load(deal_id, user=LOCAL).deal == deals.sample("glm-130b")
    assert store.history(deal_id, user=LOCAL)[0].came_from == 1


def test_a_frozen_version_shows_its_hash(store: Store, deal_id: str) -> None:
    app = opened("history", deal=deal_id)

    app = button(app, "Freeze version 1").click().run()

    (version,) = store.history(deal_id, user=LOCAL)
    assert version.frozen_at is not None
    assert version.sha256[:16] in words(app)


def test_a_spreadsheet_is_shown_before_it_is_stored(store: Store) -> None:
    app = opened("deals")
    sheet = next(one for one in app.file_uploader if "spreadsheet" in one.label)

    app = sheet.set_value(("pipeline.csv", SHEET.encode(), "text/csv")).run()

    assert "2 of 3 rows make a deal" in words(app)
    assert "What is not clear (1)" in words(app)
    assert "| C3 |" in words(app)
    assert store.listed(LOCAL) == []
    app = button(app, "Store 2 deals").click().run()
    assert not app.exception
    assert {one.name for one in store.listed(LOCAL)} == {"Alpha", "Gamma"}
    assert app.success[0].value == "2 deals are stored."


def test_the_portfolio_is_one_row_a_deal(store: Store, deal_id: str) -> None:
    store.create(deals.sample("bloom-176b"), user=LOCAL, why="")
    app = opened("deals", deal=deal_id)

    app = button(app, "Compute the table of 2 deals").click().run()

    table = app.dataframe[0].value
    assert set(table.iloc[:, 0]) == {"GLM-130B", "BLOOM-176B"}
    labels = [one.label for one in app.get("download_button")]
    assert {"Download as XLSX", "Download as CSV"} <= set(labels)


def test_an_answer_half_typed_outlives_the_question_and_the_browser(
    store: Store, deal_id: str
) -> None:
    where = {"risk_part": "answers", "risk_question": "DAT-01", "deal": deal_id}
    first = opened("risk", **where)
    note = next(one for one in first.text_area if one.label == "Note")
    note.input("they promised the ledger for Monday").run()

    later = opened("risk", **where)  # another browser: nothing was saved
    assert "Answer to DAT-01" in words(later).replace("\\", "")
    later = button(later, "Take it up").click().run()
    note = next(one for one in later.text_area if one.label == "Note")
    assert note.value == "they promised the ledger for Monday"
    assert store.history(deal_id, user=LOCAL)[0].number == 1

    later.radio[0].set_value(2)
    status = next(one for one in later.selectbox if one.label == "How it is known")
    status.set_value("claimed").run()
    later = button(later, "Save").click().run()
    answer = store.load(deal_id, user=LOCAL).deal.answers["DAT-01"]
    assert (answer.level, answer.note) == (2, "they promised the ledger for Monday")
    assert not any(
        "DAT-01" in name for draft in store.drafts(LOCAL, deal_id) for name in draft.typed
    )


def test_another_deal_does_not_inherit_half_an_answer(store: Store, deal_id: str) -> None:
    app = opened("risk", risk_part="answers", risk_question="DAT-01", deal=deal_id)
    next(one for one in app.text_area if one.label == "Note").input("of this deal alone").run()

    deal_list = next(one for one in app.selectbox if one.label == "Deal")
    app = deal_list.set_value("bloom-176b").run()

    note = next(one for one in app.text_area if one.label == "Note")
    assert note.value == ""
