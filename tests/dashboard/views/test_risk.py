"""The Risk page shows what the checklist says, takes answers, and refuses half ones."""

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.deal import Deal, Plan
from dashboard.risk.answers import files
from dashboard.risk.answers.answer import Answer, Evidence
from dashboard.risk.bank import own_values
from dashboard.risk.bank.parameters import Override
from dashboard.scenario import Scenario
from tests.dashboard.views.test_views import FAILED, opened, words

PARTS = ("scores", "answers", "next", "bank")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs and evidence of this test alone; AppTest shares caches between tests."""
    monkeypatch.setenv("ASSAY_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("ASSAY_EVIDENCE", str(tmp_path / "evidence"))
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path


def risk(part: str = "scores", question: str = "", **query: str) -> AppTest:
    """The page on one of its parts, and on one question of all."""
    if question:
        query |= {"risk_question": question, "risk_list": "all"}
    app = opened("risk", **{"lang": "en", "deal": "deepseek-v3", "risk_part": part} | query)
    assert not app.exception
    assert not any(failed in words(app) for failed in FAILED)
    return app


def own(answers: dict[str, Answer]) -> dict[str, str]:
    """The link to a small deal with these answers."""
    deal = Deal(assay=1, name="Small", plan=Plan(model={"params": 7e9}), answers=answers)
    return Scenario(deal_id="", own=deal, typed={}).to_query() | {"deal": ""}


def test_a_sector_brings_its_law_and_asks_its_questions() -> None:
    app = risk("bank")
    labelled(app.selectbox, "Sector of the company").set_value("health").run()
    assert "genetic resources" in words(app)
    take = next(one for one in app.button if one.label.startswith("Ask 5 questions more"))
    take.click().run()
    assert not app.exception
    assert app.session_state["scenario"].own.company.sector == "health"
    assert any("HEA-01" in str(one) for one in labelled(app.selectbox, "Question").options)


def labelled(elements: Any, label: str) -> Any:
    """The element with this label."""
    return next(one for one in elements if one.label == label)


def answer(app: AppTest, *, level: int | None, status: str, **more: str) -> AppTest:
    """The page after the form was filled and saved."""
    labelled(app.radio, "Level").set_value(-1 if level is None else level)
    labelled(app.selectbox, "How it is known").set_value(status)
    for label, text in more.items():
        name = label.replace("_", " ")
        labelled(app.text_input, name).set_value(text)
    labelled(app.button, "Save").click().run()
    assert not app.exception
    return app


def figure(app: AppTest, label: str) -> str:
    return str(labelled(app.metric, label).value)


def answers_of(app: AppTest) -> dict[str, Answer]:
    deal = app.session_state["scenario"].own
    return {} if deal is None else deal.answers


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_in_its_language(part: str, lang: str) -> None:
    app = risk(part, lang=lang)

    text = words(app)
    chinese = sum("一" <= character <= "鿿" for character in text)
    assert (chinese > 30) == (lang == "zh")
    verdict = "Need more evidence" if lang == "en" else "需补充证据"
    assert verdict in text
    if lang == "zh":
        for english in ("Verdict", "question", "evidence", "known", "level"):
            assert english not in text.replace("evidence\\_", "")


def test_the_verdict_says_its_rule_its_numbers_and_what_reverses_it() -> None:
    text = words(risk()).replace("\\", "")

    assert "Rule 3 of 6" in text
    assert "a person signs" in text
    assert "if any one of these is verified" in text
    assert "DAT-02 Tainted sources: not known → level 0" in text


def test_a_level_from_the_numbers_stands_in_the_form_with_where_it_comes_from() -> None:
    app = risk("answers", "CMP-03")

    assert labelled(app.radio, "Level").value == 2
    assert labelled(app.selectbox, "How it is known").value == "claimed"
    text = words(app)
    assert "Filled in by the numbers" in text
    assert "GPU\\-hours" in text or "2.79M" in text
    assert "At least level 2" in text


def test_the_quick_scan_asks_p0_questions_and_goes_on_to_the_next() -> None:
    app = risk("answers")
    first = labelled(app.selectbox, "Question 1 of 26")
    assert len(first.options) == 26

    labelled(app.radio, "Level").set_value(1)
    labelled(app.selectbox, "How it is known").set_value("documented")
    labelled(app.button, "Save and go on").click().run()

    assert len(answers_of(app)) == 1
    assert any(box.label == "Question 2 of 26" for box in app.selectbox)


def test_the_quick_scan_says_on_what_the_numbers_speak_and_one_click_confirms() -> None:
    app = risk("answers")
    assert "speak on 20 of these 26 questions" in words(app)
    listed = labelled(app.selectbox, "Question 1 of 26").options
    assert [option.endswith("№") for option in listed] == [True] * 20 + [False] * 6

    level = labelled(app.radio, "Level").value
    labelled(app.button, f"Confirm level {level} and go on").click().run()
    ((question, answer),) = answers_of(app).items()
    assert listed[0].startswith(f"◑ {question}")
    assert (answer.level, answer.status) == (level, "claimed")
    assert any(box.label == "Question 2 of 26" for box in app.selectbox)


def test_an_answer_that_breaks_the_deal_changes_the_verdict_and_says_why() -> None:
    app = risk("answers", "DAT-02")

    answer(app, level=0, status="verified")

    text = words(app) + "\n".join(str(one.value) for one in app.info)
    assert "from Need more evidence to Decline" in text.replace("\\", "")
    assert "because of DAT-02" in text.replace("\\", "")
    assert figure(app, "Red flags") == "1"


def test_the_whole_quick_scan_answered_moves_coverage_and_verdict() -> None:
    app = risk("answers")
    before = figure(app, "Coverage")
    for _ in range(26):
        labelled(app.radio, "Level").set_value(3)
        labelled(app.selectbox, "How it is known").set_value("verified")
        labelled(app.button, "Save and go on").click().run()
        assert not app.exception

    assert figure(app, "Coverage") != before
    assert int(figure(app, "Open P0")) < 5
    assert len(answers_of(app)) == 26


def test_an_override_with_a_reason_holds_and_one_without_is_refused() -> None:
    app = risk("answers", "CMP-03")
    labelled(app.checkbox, "My level holds against the numbers").set_value(True)

    answer(app, level=1, status="documented")
    assert "an override says who decides and why" in words(app).replace("\\", "")
    assert not answers_of(app)
    assert labelled(app.radio, "Level").value == 1  # nothing typed is lost

    answer(app, level=1, status="documented", Who_decides="LW", Why="the log says so")
    assert answers_of(app)["CMP-03"].override is not None
    shown = words(app).replace("\\", "") + "".join(str(one.value) for one in app.warning)
    assert "You say 1, the numbers say 2: overridden by LW" in shown.replace("\\", "")


def test_where_numbers_and_answer_differ_both_are_shown_and_the_numbers_hold() -> None:
    app = risk("answers", "CMP-04")

    answer(app, level=4, status="claimed")

    said = "".join(str(one.value) for one in app.warning).replace("\\", "")
    assert "You say 4, the numbers say 2." in said
    assert "decided by the numbers" in words(app)


@pytest.mark.parametrize(
    ("level", "status", "said"),
    [
        (None, "not_applicable", "needs a reason and a second reader"),
        (None, "claimed", "choose a level"),
        (3, "unknown", "say how the level is known"),
    ],
)
def test_half_an_answer_is_refused_and_nothing_is_saved(
    level: int | None, status: str, said: str
) -> None:
    app = risk("answers", "DAT-07")

    answer(app, level=level, status=status)

    assert said in words(app).replace("\\", "")
    assert not answers_of(app)


def test_what_does_not_apply_leaves_the_scores_with_a_reason_and_a_second_reader() -> None:
    app = risk("answers", "DAT-07")

    answer(app, level=None, status="not_applicable", Reason="one language", Second_reader="HK")

    assert answers_of(app)["DAT-07"].na_reason == "one language"
    assert "of 62 answered" in words(app)


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [
        ("A link", "javascript:alert(1)", "a link begins with https://"),
        ("Date, such as 2026-10-30", "last week", "there is no evidence yet"),
        ("Page", "12", "there is no evidence yet"),
    ],
)
def test_evidence_that_is_none_is_refused(label: str, typed: str, said: str) -> None:
    app = risk("answers", "DAT-07")
    labelled(app.text_input, label).set_value(typed)

    answer(app, level=2, status="documented")

    assert said in words(app).replace("\\", "")
    assert not answers_of(app)


def test_a_link_becomes_evidence_and_can_be_taken_away() -> None:
    app = risk("answers", "DAT-07")
    labelled(app.text_input, "A link").set_value("https://example.org/a_b*c")

    answer(app, level=2, status="documented", Seen_by="LW")
    (piece,) = answers_of(app)["DAT-07"].evidence
    assert (piece.url, piece.seen_by) == ("https://example.org/a_b*c", "LW")
    assert "a\\_b\\*c" in words(app)

    labelled(app.button, "Take away").click().run()
    assert answers_of(app)["DAT-07"].evidence == []


def test_a_file_that_vanished_is_said(own_folders: Path) -> None:
    kept = files.store(files.evidence_dir(), "log.csv", b"step,loss")
    piece = Evidence(file="log.csv", sha256=kept.sha256, date="2026-11-01")
    held = Answer(level=3, status="documented", evidence=[piece])
    path = own_folders / "evidence" / kept.sha256[:2] / kept.sha256

    app = risk("answers", "DAT-07", **own({"DAT-07": held}))
    assert not app.warning

    path.unlink()
    app.run()
    assert "vanished" in "".join(str(one.value) for one in app.warning)
    assert "counts as claimed" in "".join(str(one.value) for one in app.warning)


def test_what_a_deal_says_cannot_become_markup() -> None:
    bad = "[x](javascript:alert(1)) <script> :red[no] **b**"
    held = Answer(level=2, status="claimed", note=bad, evidence=[Evidence(file=bad)])
    app = risk("answers", "DAT-07", **own({"DAT-07": held}))

    assert "](javascript" not in words(app)


def test_an_own_value_of_a_number_needs_a_name_and_a_reason_and_shows_both() -> None:
    app = risk("bank")
    labelled(app.selectbox, "Number").set_value("evidence_coverage")
    labelled(app.text_input, "Value; empty for the default").set_value("0.01")
    save = [one for one in app.button if one.label == "Save"][-1]
    save.click().run()
    assert "who set it, when and why" in words(app)

    labelled(app.text_input, "Who sets it").set_value("IC")
    labelled(app.text_input, "Why").set_value("a pilot")
    [one for one in app.button if one.label == "Save"][-1].click().run()

    text = words(app)
    assert "a pilot" in text
    assert "60%" in text
    assert "under 60%" not in text  # the rule goes by the own value now


def test_downloaded_values_are_loaded_again_and_bad_ones_are_refused() -> None:
    app = risk("bank")
    one = Override(id="evidence_coverage", value=0.01, by="IC", date="2026-11-20", reason="a pilot")

    def load(content: bytes) -> None:
        app.file_uploader[0].set_value(("own.json", content, "application/json"))
        next(each for each in app.button if each.label == "Load").click().run()

    load(own_values.written([one]).replace(b"0.01", b"7"))
    assert "overrides" in words(app)
    assert "a pilot" not in words(app)

    load(own_values.written([one]))
    assert "a pilot" in words(app)
    assert "under 60%" not in words(app)
