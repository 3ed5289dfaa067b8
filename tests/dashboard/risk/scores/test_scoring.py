"""Scores follow their formulas, and every total is made of the items it opens into."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.risk.answers.evidence import BY_STRENGTH, EvidenceStatus
from dashboard.risk.assessment import Assessment, assess
from dashboard.risk.autofill import Graded
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override
from dashboard.risk.scores.scoring import Item, item_of, overall_of, scores_of
from tests.dashboard.risk.cases import (
    AS_OF,
    ASKED,
    FULL_STACK,
    chosen,
    deal_with,
    every,
    metrics,
    texts,
)

NUMBERS = dict(bank().parameters())


def assessed(answers: dict[str, Any], **more: Any) -> Assessment:
    return assess(deal_with(answers, **more), metrics=metrics({}), checks=[], as_of=AS_OF)


def item(question: str, level: int | None, status: EvidenceStatus, **numbers: float) -> Item:
    return item_of(
        bank().questions[question],
        Graded(level=level, status=status, decided_by="answer"),
        area=bank().areas[question],
        expects="growth",
        numbers=NUMBERS | numbers,
    )


# --- the worked cases ---------------------------------------------------------------------------

EVERY_SECOND = set(list(bank().questions)[::2])

CASES: dict[str, tuple[dict[str, Any], str]] = {
    "deck only, every answer 4": (
        every(4, "claimed"), "53.7 [36.5, 86.5] 40% 26 need_more_evidence"),
    "every answer 3, documented": (
        every(3, "documented"), "63.6 [50.0, 87.5] 75% 0 conditional"),
    "every answer 3, verified": (
        every(3, "verified"), "75.0 [62.5, 87.5] 100% 0 proceed"),
    "half unknown, half 4 documented": (
        chosen(4, "documented", lambda i: i in EVERY_SECOND),
        "54.2 [37.3, 100.0] 38% 12 need_more_evidence"),
    "all unknown": (
        {}, "25.0 [0.0, 100.0] 0% 26 need_more_evidence"),
    "honest and weak, every answer 1": (
        every(1, "documented"), "25.0 [0.0, 37.5] 75% 0 decline"),
    "all 3 verified, unfiled in mainland China": (
        every(3, "verified", ETH_02={"level": 0, "status": "documented"}),
        "71.4 [59.5, 83.9] 99% 0 decline"),
    "all 3 verified, data at 1": (
        every(3, "verified") | chosen(1, "verified", lambda i: i.startswith("DAT")),
        "53.0 [40.5, 65.5] 100% 0 conditional"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_worked_case_comes_out_as_printed(case: str) -> None:
    answers, printed = CASES[case]
    found = assessed(answers)
    overall = found.scores.overall
    assert overall is not None
    assert len(found.scores.items) == 63
    assert (
        f"{overall.expected:.1f} [{overall.low:.1f}, {overall.high:.1f}] {overall.coverage:.0%} "
        f"{len(found.verdict.open_p0)} {found.verdict.name}"
    ) == printed


def test_known_counts_what_is_answered_alone() -> None:
    half = assessed(CASES["half unknown, half 4 documented"][0]).scores.overall
    nothing = assessed({}).scores.overall
    assert half is not None
    assert nothing is not None
    assert half.known == pytest.approx(100)
    assert nothing.known is None


def test_the_two_verdicts_of_decline_are_by_different_rules() -> None:
    weak = assessed(CASES["honest and weak, every answer 1"][0]).verdict
    unfiled = assessed(CASES["all 3 verified, unfiled in mainland China"][0]).verdict
    assert (weak.rule, unfiled.rule) == (2, 1)
    assert "ETH-02" in str(unfiled.because)


# --- one item -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "status", "expected", "low", "high"),
    [
        (None, "unknown", 0.25, 0.0, 1.0),
        (3, "contradicted", 0.0, 0.0, 0.25),
        (0, "claimed", 0.0, 0.0, 0.125),
        (1, "claimed", 0.25, 0.0, 0.375),
        (2, "assumed", 0.3, 0.0, 0.75),
        (2, "claimed", 0.35, 0.0, 0.5),
        (3, "documented", 0.625, 0.5, 0.875),
        (4, "documented", 0.8125, 0.75, 1.0),
        (4, "verified", 1.0, 0.875, 1.0),
        (4, "assumed", 0.4, 0.4, 1.0),  # its own lower bound would be above what is expected
    ],
)
def test_an_item_stands_where_its_formula_puts_it(
    level: int | None, status: EvidenceStatus, expected: float, low: float, high: float
) -> None:
    found = item("CMP-01", level, status)
    assert (found.expected, found.low, found.high) == pytest.approx((expected, low, high))


@pytest.mark.parametrize(
    ("status", "level", "locked"), [("claimed", 2, True), ("documented", 4, False)]
)
def test_levels_that_need_proof_are_locked_without_it(
    status: EvidenceStatus, level: int, locked: bool
) -> None:
    found = item("CMP-03", 4, status)
    assert (found.level, found.locked) == (level, locked)
    assert found.expected == level / 4  # such a level is not shrunk on top


@pytest.mark.parametrize(
    ("level", "status", "likelihood", "residual", "band"),
    [
        (4, "verified", 1, 4, "low"),
        (3, "verified", 2, 8, "moderate"),
        (3, "documented", 2, 8, "moderate"),  # 4 x 0.625 is 2.5: rounded up to 3
        (2, "verified", 3, 12, "high"),
        (1, "verified", 4, 16, "critical"),
        (0, "verified", 5, 20, "critical"),
        (None, "unknown", 4, 16, "critical"),
    ],
)
def test_residual_risk_is_likelihood_times_impact(
    level: int | None, status: EvidenceStatus, likelihood: int, residual: int, band: str
) -> None:
    found = item("CMP-01", level, status)
    assert found.impact == 4
    assert (found.likelihood, found.residual, found.band) == (likelihood, residual, band)


def test_a_gap_is_what_is_missing_to_the_stage() -> None:
    assert item("CMP-01", 1, "verified").gap == 2
    assert item("CMP-01", 4, "verified").gap == 0
    assert item("CMP-01", None, "unknown").gap is None


# --- properties ---------------------------------------------------------------------------------

#: A whole assessment in each example.
SEVERAL = settings(max_examples=30, deadline=None)
LEVELS = st.integers(0, 4)
STATUSES = st.sampled_from(BY_STRENGTH[1:])
QUESTIONS = st.sampled_from(ASKED)
ANSWERS = st.dictionaries(
    QUESTIONS,
    st.one_of(
        st.fixed_dictionaries({"level": LEVELS, "status": STATUSES}),
        st.just({"status": "contradicted"}),
        st.just({"status": "not_applicable", "na_reason": "x", "second_reader": "y"}),
    ),
    max_size=12,
)


def weight_name(found: Item) -> str:
    return f"weight_{bank().questions[found.question].priority.lower()}"


def width(found: Item) -> float:
    return found.high - found.low


@given(QUESTIONS, LEVELS, STATUSES)
def test_what_is_expected_lies_within_its_bounds(
    question: str, level: int, status: EvidenceStatus
) -> None:
    found = item(question, level, status)
    assert 0 <= found.low <= found.expected <= found.high <= 1


@given(QUESTIONS, LEVELS, st.integers(0, 3))
def test_better_evidence_never_widens_an_interval(question: str, level: int, rank: int) -> None:
    weaker, stronger = BY_STRENGTH[rank], BY_STRENGTH[rank + 1]
    before = item(question, None if weaker == "unknown" else level, weaker)
    assert width(item(question, level, stronger)) <= width(before)


@SEVERAL
@given(ANSWERS, QUESTIONS, LEVELS, STATUSES)
def test_answering_one_question_changes_no_other(
    answers: dict[str, Any], question: str, level: int, status: str
) -> None:
    before = assessed(answers)
    after = assessed(answers | {question: {"level": level, "status": status}})
    others = [
        {i.question: i for i in found.scores.items if i.question != question}
        for found in (before, after)
    ]
    assert others[0] == others[1]


@SEVERAL
@given(ANSWERS)
def test_totals_recompute_from_their_items(answers: dict[str, Any]) -> None:
    scores = assessed(answers).scores
    assert scores.overall is not None
    parts: dict[str, list[tuple[float, float]]] = {"expected": [], "low": [], "high": []}
    for area in scores.areas.values():
        stake = sum(i.weight * i.impact for i in area.items)
        for name, pairs in parts.items():
            total = sum(i.weight * i.impact * getattr(i, name) for i in area.items)
            assert getattr(area.score, name) == pytest.approx(100 * total / stake)
            pairs.append((area.weight, 100 * total / stake))
    for name, pairs in parts.items():
        assert getattr(scores.overall, name) == pytest.approx(
            0.7 * sum(w * s for w, s in pairs) + 0.3 * min(s for _, s in pairs)
        )
    weight = sum(i.weight for i in scores.items)
    credit = sum(i.weight * i.credit for i in scores.items)
    assert scores.overall.coverage == pytest.approx(credit / weight)


@SEVERAL
@given(ANSWERS, QUESTIONS)
def test_what_does_not_apply_leaves_the_mean_and_nothing_else(
    answers: dict[str, Any], question: str
) -> None:
    away = {"status": "not_applicable", "na_reason": "x", "second_reader": "y"}
    before, after = assessed(answers).scores, assessed(answers | {question: away}).scores
    left = [i for i in before.items if i.question != question]
    assert list(after.items) == left
    assert after == scores_of(left, bank=bank(), numbers=NUMBERS)


@SEVERAL
@given(ANSWERS, st.sampled_from(["weight_p0", "weight_p1", "weight_p2"]), st.floats(1.1, 3))
def test_a_heavier_weight_moves_the_score_towards_its_items(
    answers: dict[str, Any], weight: str, factor: float
) -> None:
    deal = deal_with(answers)
    heavier = Override(id=weight, value=NUMBERS[weight] * factor, by="x", date="x", reason="x")
    found = [
        assess(deal, metrics={}, checks=[], as_of=AS_OF, parameters=bank().parameters(history))
        for history in ((), (heavier,))
    ]
    for area in found[0].scores.areas.values():
        own = [
            i
            for i in area.items
            if f"weight_{bank().questions[i.question].priority.lower()}" == weight
        ]
        if not own:
            continue
        pull = 100 * sum(i.stake * i.expected for i in own) / sum(i.stake for i in own)
        before = area.score.expected
        after = found[1].scores.areas[area.area].score.expected
        assert abs(after - pull) <= abs(before - pull) + 1e-9


@SEVERAL
@given(QUESTIONS)
def test_unknown_is_neither_zero_nor_skipped(question: str) -> None:
    full = every(3, "verified")
    unknown = assessed({i: a for i, a in full.items() if i != question}).scores
    zero = assessed(full | {question: {"level": 0, "status": "verified"}}).scores
    away = {"status": "not_applicable", "na_reason": "x", "second_reader": "y"}
    skipped = assessed(full | {question: away}).scores
    area = bank().areas[question]
    scores = [s.areas[area].score.expected for s in (zero, unknown, skipped)]
    assert scores[0] < scores[1] < scores[2]
    assert len(unknown.items) == len(zero.items) == len(skipped.items) + 1


# --- areas --------------------------------------------------------------------------------------


def test_an_area_without_a_question_is_left_out_and_said() -> None:
    away = {"status": "not_applicable", "na_reason": "x", "second_reader": "y"}
    answers = every(3, "verified") | {i: away for i in ASKED if bank().areas[i] == "tech"}
    found = assessed(answers)
    assert found.scores.left_out == ("tech",)
    assert sum(area.weight for area in found.scores.areas.values()) == pytest.approx(1)
    assert found.scores.overall is not None
    assert found.scores.overall.expected == pytest.approx(75)
    assert "No question of the area Technology maturity applies" in texts(
        notice.text for notice in found.notices
    )


def test_without_any_question_there_is_no_score_and_the_verdict_asks_for_more() -> None:
    away = {"status": "not_applicable", "na_reason": "x", "second_reader": "y"}
    found = assessed(dict.fromkeys(ASKED, away))
    assert found.scores.overall is None
    assert (found.band, found.reversals(), found.follow_up) == (None, None, ())
    assert found.verdict.name == "need_more_evidence"
    assert "No question applies" in str(found.verdict.because)


def test_the_weakest_area_is_not_averaged_away() -> None:
    assert overall_of([(0.5, 80.0), (0.5, 20.0)], NUMBERS) == pytest.approx(0.7 * 50 + 0.3 * 20)


def test_a_stage_that_is_not_given_leaves_the_score_as_it_is() -> None:
    found = assessed(every(1, "verified"), company={})
    known = assessed(every(1, "verified"), company={"stage": "growth"})
    assert found.scores == known.scores
    assert "the strictest" in texts(n.text for n in found.notices)


def test_an_answer_that_counts_nowhere_is_kept_and_told() -> None:
    given_ = {
        "CMP-99": {"level": 2, "status": "claimed"},
        "OLD-QUESTION": {"level": 2, "status": "claimed"},
        "MKT-04": {"level": 2, "status": "claimed"},
    }
    found = assessed(given_)
    told = {notice.question: str(notice.text) for notice in found.notices}
    assert "did you mean CMP-" in told["CMP-99"]
    assert "not a question of the checklist any more" in told["OLD-QUESTION"]
    assert "does not count" in told["MKT-04"]
    assert "MKT-04" in found.inapplicable
    assert found.scores == assessed({}).scores


def test_a_flag_that_the_profile_leaves_open_is_told() -> None:
    open_ = {k: v for k, v in FULL_STACK.items() if k != "consumer_facing"}
    found = assessed({"ETH-08": {"level": 0, "status": "verified"}}, profile=open_)
    told = texts(n.text for n in found.notices if n.question == "ETH-08")
    assert "the profile does not say consumer_facing" in told
