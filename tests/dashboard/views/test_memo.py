"""The Memo page: the first page to read, what is missing, and a workbook of an older version."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import deal as deals
from dashboard.language import use_language
from dashboard.report.case import case_of
from dashboard.report.edition import of_stored
from dashboard.report.workbook import to_xlsx
from dashboard.store.access import LOCAL
from dashboard.store.store import Store, open_store
from tests.dashboard.views.test_views import fresh_caches, opened, words

__all__ = ["fresh_caches"]


@pytest.fixture
def store(fresh_caches: None) -> Store:
    """The store of the app."""
    return open_store()


@pytest.mark.parametrize(
    ("lang", "verdict", "reason", "missing"),
    [
        ("en", "Need more evidence", "the company states $90,000", "bear case"),
        ("zh", "需补充证据", "公司声明为 9 万美元", "看空理由"),
    ],
)
def test_the_page_says_what_the_memo_says_first(
    lang: str, verdict: str, reason: str, missing: str
) -> None:
    app = opened("memo", deal="example-startup", lang=lang)

    assert not app.exception
    said = words(app).replace("\\", "")
    assert verdict in said
    assert reason in said
    assert missing not in said  # everything that people write is there

    bare = words(opened("memo", deal="deepseek-v3", lang=lang)).replace("\\", "")
    assert missing in bare


def test_a_field_that_is_refused_stands_in_the_place_of_the_memo() -> None:
    app = opened("memo", deal="example-startup", tokens="many")

    assert not app.exception
    assert app.error
    assert not [one for one in app.button if one.key == "memo_make"]


def _notices(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*app.info, *app.warning, *app.success))


def _upload(app: AppTest, content: bytes) -> AppTest:
    uploader = next(one for one in app.file_uploader if "workbook" in one.label)
    return uploader.set_value(("changed.xlsx", content, "application/octet-stream")).run()


def test_a_workbook_of_an_older_version_meets_what_was_saved_since(store: Store) -> None:
    made = store.create(deals.sample("example-startup"), user=LOCAL, why="first")
    with use_language("en"):
        content = to_xlsx(case_of(made.deal, of_stored(made)))
    changed = made.deal.model_copy(update={"name": "Renamed"})
    store.save(made.deal_id, changed, base=1, user=LOCAL, why="second")

    app = _upload(opened("memo", deal=made.deal_id), content)

    assert not app.exception
    assert "made of version 1" in _notices(app)
    assert "Nothing was changed in it" in _notices(app)


def test_a_workbook_of_another_deal_is_said_to_be_one(store: Store) -> None:
    with use_language("en"):
        other = deals.sample("glm-130b")
        made = store.create(other, user=LOCAL, why="first")
        content = to_xlsx(case_of(other, of_stored(made)))

    app = _upload(opened("memo", deal="example-startup"), content)

    assert not app.exception
    assert "not made of a state of this deal" in _notices(app)
