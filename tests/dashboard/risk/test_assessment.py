"""Whatever stands in a deal file, the checklist says something and loses nothing."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import deal as deals
from dashboard.language import LANGUAGES, say, use_language
from dashboard.risk.assessment import assess
from dashboard.risk.bank.loading import bank
from dashboard.risk.metrics.metric import Metric
from tests.dashboard.risk.cases import AS_OF, FULL_STACK, deal_with, every, failed, metric, metrics

DATES = st.sampled_from(["2026-01-01", "2027-01-01", "2026-11-27", "soon", ""])
DECISIONS = st.fixed_dictionaries(
    {}, optional={"by": st.sampled_from(["LW", ""]), "reason": st.sampled_from(["seen", " "])}
)
EVIDENCE = st.fixed_dictionaries(
    {},
    optional={
        "file": st.sampled_from(["a.pdf", ""]),
        "sha256": st.sampled_from(["a" * 64, "b" * 64, "x"]),
        "kind": st.sampled_from(["financial", "contract", "hearsay"]),
        "date": DATES,
        "expires": DATES,
        "against": st.booleans(),
        "resolved": DECISIONS,
    },
)
ANSWERS = st.dictionaries(
    st.sampled_from([*bank().questions, "OLD-01", "anything"]),
    st.fixed_dictionaries(
        {},
        optional={
            "level": st.integers(0, 4),
            "status": st.sampled_from([row.id for row in bank().frame.statuses]),
            "evidence": st.lists(EVIDENCE, max_size=3),
            "override": DECISIONS,
            "cured": DECISIONS,
            "na_reason": st.sampled_from(["", "no chips"]),
            "second_reader": st.sampled_from(["", "LW"]),
        },
    ),
    max_size=20,
)
PROFILES = st.dictionaries(
    st.sampled_from([*FULL_STACK, "nonsense"]), st.sampled_from([True, False, "yes", "no", "?"])
)
VALUES = st.one_of(
    st.none(), st.floats(allow_nan=True), st.booleans(), st.sampled_from(["uncontrolled", "x"])
)
METRICS = st.dictionaries(st.sampled_from(list(bank().metrics)), VALUES, max_size=20)


@settings(max_examples=60, deadline=None)
@given(ANSWERS, PROFILES, METRICS, st.sampled_from(["", "seed", "series_a", "later"]))
def test_any_deal_is_assessed(
    answers: dict[str, Any], profile: dict[str, Any], values: dict[str, Any], stage: str
) -> None:
    deal = deals.from_mapping(
        {"assay": 1, "name": "X", "answers": answers, "profile": profile}
        | {"company": {"stage": stage}}
    )
    numbers: dict[str, Metric] = {i: metric(i, value) for i, value in values.items()}
    found = assess(
        deal, metrics=numbers, checks=[failed("X01"), failed("X16")], as_of=AS_OF,
        files={"a" * 64: "missing", "b" * 64: "altered"},
    )  # fmt: skip
    assert set(found.graded) | set(found.inapplicable) | set(found.waiting) == set(bank().questions)
    for i in answers:
        assert i in bank().questions or any(notice.question == i for notice in found.notices)
    for item in found.scores.items:
        assert 0 <= item.low <= item.expected <= item.high <= 1
    sentences = [notice.text for notice in found.notices]
    sentences += [one.text for one in found.contradictions] + [found.verdict.because]
    for language in LANGUAGES:
        with use_language(language):
            for sentence in sentences:
                assert "{" not in say(sentence)


def test_the_same_deal_on_the_same_day_gives_the_same_assessment() -> None:
    deal = deal_with(every(3, "documented"))
    one, other = (assess(deal, metrics={}, checks=[], as_of=AS_OF) for _ in range(2))
    assert (one.scores, one.bands, one.verdict) == (other.scores, other.bands, other.verdict)


def test_a_day_on_which_evidence_has_expired_gives_another() -> None:
    piece = {"file": "a.pdf", "expires": "2026-12-01"}
    answers = {i: answer | {"evidence": [piece]} for i, answer in every(3, "verified").items()}
    deal = deal_with(answers)
    now = assess(deal, metrics={}, checks=[], as_of=AS_OF)
    later = assess(deal, metrics={}, checks=[], as_of=AS_OF.replace(month=12, day=2))
    assert (now.verdict.name, later.verdict.name) == ("proceed", "conditional")
    assert {item.status for item in later.scores.items} == {"documented"}


def test_numbers_alone_bear_on_many_questions() -> None:
    """A number for every metric of the cost model, the lab and finance, and no answer."""
    values = {i: row.words[0] if row.words else 0.5 for i, row in bank().metrics.items()}
    found = assess(deal_with({}), metrics=metrics(values), checks=[], as_of=AS_OF)
    assert sum(numbers.speak for numbers in found.numbers.values()) >= 38
    assert found.scores.overall is not None
    assert found.scores.overall.coverage > 0


def test_every_sample_deal_is_assessed() -> None:
    for name in deals.samples():
        found = assess(deals.sample(name), metrics={}, checks=[], as_of=AS_OF)
        assert found.verdict.name == "need_more_evidence"
        assert found.reversals() is not None


def test_a_question_that_somebody_answered_does_not_wait_for_the_profile() -> None:
    given_ = {"MKT-07": {"level": 3, "status": "claimed"}}
    open_, answered = (
        assess(deal_with(a, profile={}), metrics={}, checks=[], as_of=AS_OF) for a in ({}, given_)
    )
    assert "MKT-07" in open_.waiting
    assert "MKT-07" not in answered.waiting
    assert answered.graded["MKT-07"].level == 3
