"""A sector adds questions, law and concerns in two languages, and touches nothing else."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel import facts
from costmodel.messages import Text
from dashboard import deal as deals
from dashboard.language import say, use_language
from dashboard.risk.answers.profile import profile_of
from dashboard.risk.assessment import Assessment, assess
from dashboard.risk.bank.bank import BankError
from dashboard.risk.bank.loading import bank, load
from dashboard.risk.bank.parameters import Override
from dashboard.risk.bank.schema import Question
from dashboard.risk.bank.sectors import GENERAL, Sector, find
from dashboard.risk.comparison import compare
from dashboard.risk.scores.scoring import Item
from tests.dashboard.risk.cases import AS_OF, ASKED, Answers, deal_with, every, metrics, texts

FOLDER = facts.data_dir() / "risk"
#: The sectors that ask questions of their own.
PRESETS = [sector for sector in bank().sectors.values() if sector.id != GENERAL]
NAMED = pytest.mark.parametrize("sector", PRESETS, ids=lambda sector: sector.id)


def is_chinese(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text)


def texts_of(question: Question) -> list[Text]:
    found = [question.topic, question.question, question.why, question.verify, question.evidence]
    found += [*question.levels, question.close_out.text]
    found += [question.red_flag.text] if question.red_flag else []
    return found + ([rule.text for rule in question.autofill.rules] if question.autofill else [])


def assessed(sector: str, answers: Answers, **values: float) -> Assessment:
    deal = deal_with(answers, company={"stage": "growth", "sector": sector})
    return assess(deal, metrics=metrics(values), checks=[], as_of=AS_OF)


def items(found: Assessment) -> dict[str, Item]:
    return {item.question: item for item in found.scores.items}


# --- what the presets hold ----------------------------------------------------------------------


def test_the_sectors_of_the_brief_are_there() -> None:
    assert set(bank().sectors) == {
        "general", "health", "finance", "education", "manufacturing", "retail", "agriculture",
        "energy", "logistics", "driving", "media", "public_sector",
    }  # fmt: skip


@NAMED
def test_a_sector_asks_three_to_five_questions_in_full(sector: Sector) -> None:
    assert 3 <= len(sector.questions) <= 5
    prefix = next(iter(sector.questions))[:3]
    assert [f"{prefix}-{n:02d}" for n in range(1, len(sector.questions) + 1)] == list(
        sector.questions
    )
    for question in sector.questions.values():
        assert len(question.levels) == 5
        assert question.question.en.endswith("?")
        assert question.question.zh.endswith("？")
        for text in texts_of(question):
            assert is_chinese(text.zh), text
            assert not is_chinese(text.en), text
        assert len(set(question.levels)) == 5


def test_only_a_missing_licence_puts_a_sectors_question_first() -> None:
    first = {i for s in PRESETS for i, q in s.questions.items() if q.priority == "P0"}
    assert first <= {"HEA-01", "DRV-01"}
    breakers = {
        i
        for s in PRESETS
        for i, q in s.questions.items()
        if q.red_flag is not None and q.red_flag.kind.startswith("deal_breaker")
    }
    assert breakers == first


@pytest.mark.parametrize("sector", bank().sectors.values(), ids=lambda sector: sector.id)
def test_law_has_a_source_and_says_how_well_it_is_known(sector: Sector) -> None:
    assert sector.data_concerns
    assert sector.market
    assert {"CN", "EU", "US"} <= {row.jurisdiction for row in sector.regulation}
    for text in (*sector.data_concerns, *sector.market, sector.name):
        assert is_chinese(text.zh), text
        assert not is_chinese(text.en), text
    for row in sector.regulation:
        assert is_chinese(row.source.zh), row.source
        assert is_chinese(row.name.zh), row.name
        assert is_chinese(row.asks.zh), row.asks
        assert not is_chinese(row.asks.en), row.asks
        if row.evidence == "recall":
            assert row.confidence == "low"
            assert "verify" in row.source.en


def test_no_red_flag_or_rule_has_the_code_of_another_question() -> None:
    codes = [
        code
        for q in bank().every_question().values()
        for code in (
            *([q.red_flag.code] if q.red_flag else []),
            *([rule.code for rule in q.autofill.rules] if q.autofill else []),
        )
    ]
    assert sorted(codes) == sorted(set(codes))


# --- which sector a deal is of ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "sector"),
    [("", GENERAL), ("general", GENERAL), ("通用", GENERAL), ("vision", GENERAL), ("语音", GENERAL),
     ("health", "health"), ("Health-Care", "health"), ("医疗", "health"), (" Finance ", "finance")],
)  # fmt: skip
def test_a_sector_is_known_by_many_words(word: str, sector: str) -> None:
    found = find(word, bank().sectors)
    assert found is not None
    assert found.id == sector


@pytest.mark.parametrize(
    ("word", "says"),
    [("helth", "did you mean health? Known are general, "),
     ("finances", "did you mean finance?"),
     ("gardening of the moon", "write one of general, ")],
)  # fmt: skip
def test_an_unknown_sector_is_said_with_what_is_near_and_the_deal_opens(
    word: str, says: str
) -> None:
    deal = deal_with({}, company={"stage": "growth", "sector": word})
    profile = profile_of(deal, bank())
    assert profile.sector is None
    assert says in texts(profile.notices)
    found = assess(deal, metrics={}, checks=[], as_of=AS_OF)
    assert set(items(found)) == set(ASKED)
    for language in ("en", "zh"):
        with use_language(language):
            assert word in say(profile.notices[0])


def test_a_deal_file_that_states_a_sector_is_assessed_as_one_of_it() -> None:
    given = deals.sample("deepseek-v3")
    moved = given.model_copy(
        update={"company": given.company.model_copy(update={"sector": "自动驾驶"})}
    )
    found = assess(moved, metrics={}, checks=[], as_of=AS_OF)
    assert "DRV-01" in items(found)
    assert found.bank.sector is bank().sectors["driving"]


def test_samples_and_old_deals_ask_what_they_asked() -> None:
    for name in deals.samples():
        found = assess(deals.sample(name), metrics={}, checks=[], as_of=AS_OF)
        assert found.bank.questions is bank().questions
        assert found.profile.sector == GENERAL


# --- what a sector does to a deal ---------------------------------------------------------------


@NAMED
def test_a_deal_of_a_sector_gets_its_questions(sector: Sector) -> None:
    found = assessed(sector.id, {})
    assert set(items(found)) == {*ASKED, *sector.questions}
    assert {one.question for one in found.follow_up} >= set(sector.questions)
    assert {i: items(found)[i].area for i in sector.questions} == dict(sector.areas)
    assert f"{len(sector.questions)} of them of the sector {sector.name.en}" in str(found.extent)
    with use_language("zh"):
        assert sector.name.zh in say(found.extent)


@NAMED
@settings(max_examples=8, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(list(bank().questions)),
        st.fixed_dictionaries({
            "level": st.integers(0, 4),
            "status": st.sampled_from(["assumed", "claimed", "documented", "verified"]),
        }),
        max_size=12,
    ),
    st.integers(0, 4),
)  # fmt: skip
def test_a_sector_only_adds_and_changes_no_other_item(
    sector: Sector, answers: Answers, level: int
) -> None:
    own = {i: {"level": level, "status": "documented"} for i in sector.questions}
    without, with_ = assessed("", answers), assessed(sector.id, {**answers, **own})
    assert {i: item for i, item in items(with_).items() if i in ASKED} == items(without)
    assert set(items(with_)) - set(items(without)) == set(sector.questions)
    for area, scored in without.scores.areas.items():
        if area not in sector.areas.values():
            assert with_.scores.areas[area].score == scored.score
            assert with_.bands[area] == without.bands[area]


def test_a_sectors_questions_are_scored_by_the_same_formulas() -> None:
    own = {i: {"level": 3, "status": "verified"} for i in bank().sectors["health"].questions}
    found = assessed("health", every(3, "verified") | own)
    assert found.verdict.name == "proceed"
    assert found.scores.overall is not None
    assert found.scores.overall.expected == pytest.approx(75)
    missing = assessed("health", every(3, "verified"))
    assert missing.verdict.name == "need_more_evidence"


def test_a_missing_licence_stops_the_deal() -> None:
    own = {i: {"level": 3, "status": "verified"} for i in bank().sectors["health"].questions}
    own["HEA-01"] = {"level": 0, "status": "documented"}
    assert assessed("health", every(3, "verified") | own).verdict.name == "decline"


def test_an_answer_of_another_sector_is_kept_and_said() -> None:
    found = assessed("finance", {"HEA-01": {"level": 0, "status": "documented"}})
    assert "HEA-01" not in items(found)
    said = [notice for notice in found.notices if notice.question == "HEA-01"]
    assert len(said) == 1
    assert "of the sector Health" in str(said[0].text)
    assert "write the sector health" in str(said[0].text)


def test_a_number_answers_a_sectors_question() -> None:
    own = {"FIN-03": {"level": 4, "status": "claimed"}}
    found = assessed("finance", own, lab_pair_gap=0.15)
    assert found.graded["FIN-03"].level == 1


def test_a_fund_may_set_the_threshold_of_a_sectors_question() -> None:
    history = [Override(id="FIN-03.1", value=0.1, by="LW", date="2026-11-27", reason="ours")]
    assert bank().parameters(history)["FIN-03.1"] == 0.1


def test_a_move_to_another_sector_is_a_change() -> None:
    own = {"HEA-01": {"level": 0, "status": "documented"}}
    before, after = (
        assessed("health", every(3, "verified") | own),
        assessed("", every(3, "verified")),
    )
    for one, other in ((before, after), (after, before)):
        found = compare(one, other)
        assert (found.before, found.after) == (one.verdict.name, other.verdict.name)
        assert {change.question for change in found.changes} == set(
            bank().sectors["health"].questions
        )
        assert not found.numbers_moved
        assert found.moved_by


# --- refusals -----------------------------------------------------------------------------------

HEALTH = "sectors/health.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (HEALTH, 'id = "HEA-02"', 'id = "HEA-01"', "health.toml: questions: HEA-01 stands twice"),
        (HEALTH, 'id = "HEA-02"', 'id = "ETH-02"',
         "questions/ethics.toml and sectors/health.toml: ETH-02 stands twice"),
        (HEALTH, 'area = "data"', 'area = "date"', "sectors/health.toml: HEA-02: area: 'date' is"),
        (HEALTH, 'jurisdiction = "CN"', 'jurisdiction = "CH"', "cn-nmpa-class: jurisdiction"),
        (HEALTH, 'status = "guidance"', 'status = "guidence"', "near it: guidance"),
        (HEALTH, 'since = "2021-07"', 'since = "July 2021"', "cn-nmpa-class: since"),
        (HEALTH, "from memory; verify against the official text", "from memory",
         "cn-nmpa-review: what is from memory has the confidence low and a source that says"),
        (HEALTH, 'regulation = "eu-digital-omnibus"', 'regulation = "eu-omnibus"',
         "regulation: 'eu-"),
        (HEALTH, 'metric = "lab_pii_per_1k"', 'metric = "lab_pii"', "near it: lab_pii_per_1k"),
        (HEALTH, "[50, 10, 2, 0.5]", "[50, 2, 10, 0.5]", "HEA-02: thresholds run the wrong way"),
        (HEALTH, '"MAP 4.1"', '"MAP 9.1"', "sectors/health.toml: HEA-02: refs.nist_ai_rmf"),
        (HEALTH, 'priority = "P0"', 'priority = "P9"', "sectors/health.toml: HEA-01: priority"),
        (HEALTH, '"医疗"', '"金融"', "sectors: spellings: 金融 stands twice"),
        (HEALTH, 'id = "cn-hgr"', 'id = "eu-mdr"', "health.toml: regulation: eu-mdr stands"),
        (HEALTH, "market = [", "markets = [", "health.toml: "),
        ("sectors/general.toml", "data_concerns = [", "data_concerns = []\nold = [",
         "data_concerns"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_sectors_file_is_named(
    tmp_path: Path, file: str, old: str, new: str, says: str
) -> None:
    folder = tmp_path / "risk"
    shutil.copytree(FOLDER, folder)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BankError, match=re.escape(says)):
        load(folder)


def test_what_holds_for_every_company_has_a_file_of_its_own(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "risk")
    (tmp_path / "risk" / "sectors" / "general.toml").unlink()
    with pytest.raises(BankError, match=r"sectors/general\.toml: not found"):
        load(tmp_path / "risk")


def test_a_sector_with_too_few_questions_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "risk"
    shutil.copytree(FOLDER, folder)
    text = (folder / HEALTH).read_text("utf-8")
    (folder / HEALTH).write_text("[[questions]]".join(text.split("[[questions]]")[:3]), "utf-8")
    with pytest.raises(BankError, match=r"sectors/health\.toml: questions: a sector asks 3 to 5"):
        load(folder)


def test_every_question_of_a_sector_stands_on_the_risk_map() -> None:
    for sector in bank().sectors.values():
        of_sector = bank().of_sector(sector.id)
        on_the_map = {i for row in of_sector.frame.concerns for i in row.questions}
        assert set(sector.questions) <= on_the_map, sector.id
    assert not {"HEA-01"} & {i for row in bank().frame.concerns for i in row.questions}
