"""The question bank is whole, in two languages, and refuses what does not fit."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from costmodel import facts
from costmodel.messages import Text
from dashboard.language import read, use_language
from dashboard.risk.answers.evidence import BY_STRENGTH
from dashboard.risk.bank.bank import BankError, level_thresholds
from dashboard.risk.bank.loading import bank, load

FOLDER = facts.data_dir() / "risk"


def changed(tmp_path: Path, file: str, old: str, new: str) -> str:
    """What the bank says once ``old`` is written ``new`` in one of its files."""
    folder = tmp_path / "risk"
    shutil.copytree(FOLDER, folder)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BankError) as caught:
        load(folder)
    return str(caught.value)


def is_chinese(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text)


# --- what the bank holds ------------------------------------------------------------------------


def test_the_bank_holds_sixty_four_questions_in_six_areas() -> None:
    assert Counter(bank().areas.values()) == {
        "compute": 12, "data": 13, "ethics": 13, "market": 12, "tech": 6, "team_finance": 8,
    }  # fmt: skip


def test_twenty_six_questions_make_the_quick_scan() -> None:
    quick = {p.id for p in bank().frame.priorities if p.quick_scan}
    priorities = Counter(q.priority for q in bank().questions.values())
    assert priorities == {"P0": 26, "P1": 34, "P2": 4}
    assert quick == {"P0"}


def test_numbers_bear_on_most_questions() -> None:
    filled = [q for q in bank().questions.values() if q.autofill is not None]
    assert len(filled) == 55
    assert len(bank().metrics) == 76
    assert len(bank().cross_checks) == 16


def test_red_flags_and_close_outs_are_of_the_kinds_counted() -> None:
    questions = bank().questions.values()
    flags = Counter(q.red_flag.kind for q in questions if q.red_flag)
    assert flags["deal_breaker"] == 11
    assert flags["deal_breaker_curable"] == 2
    assert flags.total() == 27
    assert Counter(q.close_out.kind for q in questions) == {"CP": 25, "CS": 3, "100D": 36}


def test_every_text_reads_chinese_in_chinese() -> None:
    texts = [
        text
        for q in bank().questions.values()
        for text in (
            q.topic, q.question, q.why, q.verify, q.evidence, *q.levels, q.close_out.text,
            *([q.red_flag.text] if q.red_flag else []),
            *([rule.text for rule in q.autofill.rules] if q.autofill else []),
        )
    ]  # fmt: skip
    texts += [row.name for row in bank().metrics.values()]
    texts += [parameter.name for parameter in bank().defaults.values()]
    assert len(texts) > 900
    for text in texts:
        assert is_chinese(text.zh) or not any(letter.isalpha() for letter in text.zh), text
        assert not is_chinese(text.en), text


def test_every_number_has_a_date_a_source_and_a_confidence() -> None:
    for parameter in bank().defaults.values():
        assert parameter.as_of, parameter.id
        assert parameter.source, parameter.id
        assert parameter.confidence in ("high", "medium", "low")


def test_numbers_of_law_and_literature_are_read_where_they_stand() -> None:
    numbers = bank().parameters()
    assert numbers["eu_systemic_flop"] == 1e25
    assert numbers["eu_modifier_share"] == pytest.approx(1 / 3)
    assert (
        numbers["epochs_free"]
        == facts.lookup("scaling_laws", "Muennighoff 2023", "nearly_free_epochs").value
    )


def test_stronger_evidence_counts_more() -> None:
    numbers = bank().parameters()
    credits_ = [numbers[f"credit_{status}"] for status in BY_STRENGTH[1:]]
    assert credits_ == sorted(credits_)


def test_the_weights_of_the_areas_make_a_whole() -> None:
    numbers = bank().parameters()
    weights = [numbers[f"area_weight_{area.id}"] for area in bank().frame.areas]
    assert sum(weights) == pytest.approx(1)


def test_the_limits_of_a_cross_check_follow_its_parameters() -> None:
    assert bank().limits("X08", {"revenue_gap_max": 0.1}) == pytest.approx((0.9, 1.1))
    assert bank().limits("X09", {}) == (None, 1)


def test_a_threshold_that_is_a_parameter_follows_it() -> None:
    fill = bank().questions["DAT-03"].autofill
    assert fill is not None
    numbers = dict(bank().parameters())
    assert level_thresholds(fill, numbers, "DAT-03") == [16, 8, 4, 1.2]
    assert level_thresholds(fill, numbers | {"epochs_free": 3.0}, "DAT-03") == [16, 8, 3, 1.2]


def test_a_text_quotes_the_number_in_force() -> None:
    fill = bank().questions["ETH-02"].autofill
    assert fill is not None
    text = bank().parameters().fill(fill.rules[0].text)
    assert str(text) == "Sampled pass rate under 0.9"
    with use_language("en"):
        assert read(text) == "Sampled pass rate under 90%"
    with use_language("zh"):
        assert read(text) == "抽测合格率低于 90%"


def test_a_name_is_found_in_both_languages() -> None:
    assert bank().name("verdicts", "decline") == Text("decline", "否决")
    assert bank().days("evidence_kinds", "financial") == 95
    assert bank().days("evidence_kinds", "contract") is None


# --- refusals -----------------------------------------------------------------------------------

COMPUTE = "questions/compute.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (COMPUTE, 'metric = "capacity_coverage"', 'metric = "capacity_cover"',
         "CMP-01: autofill.metric: 'capacity_cover' is not known; near it: capacity_coverage"),
        (COMPUTE, "p.mfu_suspicious", "p.mfu_suspicous",
         "questions/compute.toml: CMP-03: MFU_HIGH: the expression: 'mfu_suspicous' is not known"),
        (COMPUTE, "mfu_implied > 1.0", "mfu_implide > 1.0", "near it: mfu_implied"),
        (COMPUTE, "mfu_implied > 1.0", "mfu_implied >", "MFU_IMPOSSIBLE: when: "),
        (COMPUTE, "mfu_implied > 1.0", "print(mfu_implied)", "is not allowed"),
        (COMPUTE, 'topic = { en = "Secured capacity", zh = "已锁定算力" }',
         'topic = { en = "Secured capacity" }',
         "compute.toml: CMP-01: topic: a text has both languages; write { en = ..., zh = ... }"),
        (COMPUTE, 'zh = "锁定不足需求的四分之一"', 'zh = ""', "CMP-01: levels.1: the text 'zh'"),
        (COMPUTE, "[1.0, 2.0, 3.3, 5.0]", "[1.0, 3.3, 2.0, 5.0]", "run the wrong way"),
        (COMPUTE, "[1.0, 2.0, 3.3, 5.0]", "[1.0, 2.0, 3.3]", "thresholds are four"),
        (COMPUTE, 'id = "CMP-02"', 'id = "CMP-01"', "CMP-01 stands twice; keep one"),
        (COMPUTE, 'area = "compute"', 'area = "computer"', "near it: compute"),
        (COMPUTE, "trains_from_scratch or fine_tunes", "trains or fine_tunes",
         "CMP-01: applies_if: the expression: 'trains' is not known"),
        (COMPUTE, 'kind = "cap_watch"', 'kind = "cap_wach"', "near it: cap_watch"),
        (COMPUTE, 'kind = "CP"', 'kind = "PC"', "close_out.kind"),
        (COMPUTE, '"MANAGE 2.1"', '"MANAGE 2.9"',
         "refs.nist_ai_rmf: 'MANAGE 2.9' is not in NIST AI 100-1"),
        (COMPUTE, '["24", "25", "29"]', '["24", "25", "129"]', "129"),
        (COMPUTE, "nist_ai_rmf =", "nist_rmf =", "near it: nist_ai_rmf"),
        (COMPUTE, "impact = 4", "impact = 6", "CMP-01: impact: "),
        (COMPUTE, "impact = 4", "impact = 4\nweight = 3", "weight: the key is not known"),
        (COMPUTE, 'respondent = "cfo"\n', "", "CMP-01: respondent: the key is missing"),
        (COMPUTE, "series_a = 2, ", "", "stage_expect: series_a stands on one side only"),
        (COMPUTE, "level = 0\n", "", "set, cap and floor have a level"),
        (COMPUTE, "{mfu_implausible}", "{mfu}", "'mfu' is not known"),
        (COMPUTE, "[[questions]]", "[[questions]", "not valid TOML"),
        ("bank.toml", 'id = "verified"', 'id = "proven"', "'verified' is not known"),
        ("bank.toml", 'id = "rd_cost"', 'id = "cost"', "rd_cost is missing"),
        ("bank.toml", '"CMP-01", "CMP-03"', '"CMP-01", "CMP-33"', "concerns: compute"),
        ("bank.toml", '"CMP-01", "CMP-03"', '"CMP-01", "CMP-01"', "CMP-01 stands twice"),
        ("parameters.toml", "eu-gpai-1e23", "eu-gpai", "near it: eu-gpai-1e23"),
        ("parameters.toml", 'value = 0.5\n', "", "give one of value, regulation and fact"),
        ("metrics.toml", 'id = "goodput"', 'id = "uptime"', "uptime stands twice"),
        ("cross_checks.toml", 'feeds = ["DAT-03"]', 'feeds = ["DAT-33"]', "X04: feeds"),
        ("scoring.toml", 'id = "weight_p0"', 'id = "weight_p9"', "'weight_p0' is not known"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_named_with_its_row(
    tmp_path: Path, file: str, old: str, new: str, says: str
) -> None:
    assert says in changed(tmp_path, file, old, new)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "risk")
    (tmp_path / "risk" / "metrics.toml").unlink()
    with pytest.raises(BankError, match=r"metrics\.toml: not found"):
        load(tmp_path / "risk")
