"""The memo as a value: what it says, to whom it ascribes it, and where each number comes from."""

import re
from typing import Final

import pytest

from dashboard.report.case import in_other_language
from dashboard.report.document import (
    Bullets,
    Chart,
    Decision,
    Memo,
    Paragraph,
    Rich,
    Table,
    numbered,
    plain,
)
from dashboard.report.memo import memo_of
from dashboard.report.sections.common import told_by
from tests.dashboard.report.cases import HOSTILE, case, memo

SAMPLES: Final = ("example-startup", "glm-130b", "deepseek-v3", "bare", "hostile")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


def _texts(found: Memo) -> list[Rich]:
    texts: list[Rich] = []
    for section in found.sections:
        for block in section.blocks:
            match block:
                case Paragraph():
                    texts.append(block.text)
                case Bullets():
                    texts += block.items
                case Table():
                    texts += [cell.text for row in block.rows for cell in row]
                case Decision():
                    texts += [block.because, *(figure.value for figure in block.figures)]
    return texts


@pytest.mark.parametrize("name", SAMPLES)
def test_every_key_leads_to_a_note_and_every_note_is_called_upon(name: str) -> None:
    found = memo(name)

    called = {key for text in _texts(found) for run in text for key in run.notes}

    assert called == {note.key for note in found.notes}
    assert [note.key for note in found.notes] == list(range(1, len(found.notes) + 1))


@pytest.mark.parametrize("name", SAMPLES)
def test_keys_rise_in_the_order_in_which_they_are_read(name: str) -> None:
    first: list[int] = []
    for text in _texts(memo(name)):
        first += [key for run in text for key in run.notes if key not in first]

    assert first == sorted(first)


def test_the_sections_are_those_of_a_committee_memo_the_decision_first() -> None:
    found = memo("example-startup")

    assert [s.id for s in found.sections] == [
        *("decision", "thesis", "company", "compute", "data", "evaluation", "ethics"),
        *("market", "traction", "team", "finance", "returns", "risks", "contradictions"),
        *("dissent", "conditions", "appendix"),
    ]
    assert [s.number for s in found.sections[1:-1]] == [str(n) for n in range(2, 17)]


def test_the_decision_page_holds_the_verdict_and_three_reasons_on_both_sides() -> None:
    decision = memo("example-startup").sections[0]

    verdict = next(b for b in decision.blocks if isinstance(b, Decision))
    for_it, against = [b for b in decision.blocks if isinstance(b, Bullets)][:2]

    assert verdict.verdict == "Need more evidence"
    assert "under 60%" in plain(verdict.because)
    assert len(for_it.items) == len(against.items) == 3
    assert "the company states $90,000" in plain(against.items[0])


def test_nothing_that_only_the_company_says_is_told_as_a_fact() -> None:
    found = case("example-startup")

    for item in found.assessment.scores.items:
        if item.level is None:
            continue
        told = told_by(found, item)
        by_company = told.startswith(("the company states", "by the company's own figures"))
        assert by_company == (item.status in ("assumed", "claimed")), item.question


def test_no_reason_for_a_deal_rests_on_the_companys_word_alone() -> None:
    found = memo("deepseek-v3").sections[0]

    for_it = next(b for b in found.blocks if isinstance(b, Bullets))

    # Nobody has documented an answer to a question about it.
    assert [plain(item) for item in for_it.items] == [
        "No answer at the level of its stage is backed by a document or a check yet."
    ]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_and_charts_have_captions_and_numbers_of_their_own(name: str, language: str) -> None:
    found = memo(name, language)

    numbers = numbered(found.sections)
    blocks = [b for s in found.sections for b in s.blocks if isinstance(b, Table | Chart)]

    assert set(numbers) == {block.id for block in blocks}
    for block in blocks:
        assert block.caption
        if isinstance(block, Chart):
            assert block.alt
        if language == "zh":
            assert _CHINESE.search(block.caption), block.caption


def test_a_chinese_memo_is_chinese_from_its_title_to_its_heads() -> None:
    found = memo("example-startup", "zh")

    for section in found.sections:
        assert _CHINESE.search(section.title), section.title
        for block in section.blocks:
            # Scenarios are named by the deal, and the glossary names the other language.
            if isinstance(block, Table) and block.id not in ("scenarios", "glossary"):
                assert all(
                    _CHINESE.search(head.text) or not re.search("[a-z]{3}", head.text)
                    for head in block.heads
                ), (block.id, [head.text for head in block.heads])
            if isinstance(block, Paragraph):
                assert _CHINESE.search(plain(block.text)), plain(block.text)


def test_a_deal_with_almost_nothing_says_what_is_missing_and_invents_nothing() -> None:
    found = memo("bare")

    said = " ".join(plain(text) for text in _texts(found))

    assert "The run cannot be estimated" in said
    assert "The cash cannot be followed" in said
    assert "Nobody has written a thesis yet" in said
    assert "No evidence is on record" in said
    assert not re.search(r"\bNone\b|\bnan\b", said)


def test_hidden_signs_are_gone_from_every_text() -> None:
    found = memo("hostile")

    for text in [found.title, found.author, found.confidential, *map(plain, _texts(found))]:
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x1f]", text)
    said = " ".join(map(plain, _texts(found)))
    assert HOSTILE[2].split("&")[0] in said  # as it was written, to be escaped by each format


def test_decision_and_register_can_stand_in_both_languages() -> None:
    one = case("example-startup")

    found = memo_of(one, beside=in_other_language(one))

    ids = [section.id for section in found.sections]
    assert ids[:3] == ["decision", "decision-zh", "thesis"]
    assert ids[ids.index("risks") + 1] == "risks-zh"
    titles = {section.id: section.title for section in found.sections}
    assert _CHINESE.search(titles["decision-zh"])
    assert not _CHINESE.search(titles["decision"])
    numbered(found.sections)  # every table and chart has an id of its own
    called = {key for text in _texts(found) for run in text for key in run.notes}
    assert called == {note.key for note in found.notes}
