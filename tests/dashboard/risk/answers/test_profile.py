"""A profile decides what is asked; what it leaves open is never skipped in silence."""

import pytest

from dashboard import deal as deals
from dashboard.risk.answers.profile import Profile, profile_of
from dashboard.risk.bank.loading import bank
from tests.dashboard.risk.cases import ASKED, FULL_STACK, texts


def profile(**given: object) -> Profile:
    return profile_of(deals.from_mapping({"assay": 1, "name": "X"} | given), bank())


def asked(found: Profile, told: str = "yes") -> list[str]:
    return [i for i, q in bank().questions.items() if found.applies(q, bank()) == told]


def test_a_full_profile_leaves_nothing_open() -> None:
    found = profile(profile=FULL_STACK, company={"stage": "Series A"})
    assert asked(found) == list(ASKED)
    assert len(ASKED) == 63
    assert (found.stage, found.expects, found.notices) == ("series_a", "series_a", ())


def test_without_a_profile_every_p0_is_asked_and_the_others_wait() -> None:
    found = profile()
    priorities = {bank().questions[i].priority for i in asked(found, "waits")}
    assert "P0" not in priorities
    assert sum(bank().questions[i].priority == "P0" for i in asked(found)) == 26
    assert asked(found, "no") == []


def test_a_no_leaves_a_question_out_whatever_else_is_open() -> None:
    found = profile(profile={"cn_market": False})
    assert asked(found, "no") == ["ETH-02"]


@pytest.mark.parametrize("word", ["yes", "Yes", "true", True, "是"])
def test_yes_is_written_in_many_ways(word: object) -> None:
    assert profile(profile={"cn_market": word}).facts["cn_market"] is True


@pytest.mark.parametrize("word", ["no", "False", False, "否"])
def test_no_is_written_in_many_ways(word: object) -> None:
    assert profile(profile={"cn_market": word}).facts["cn_market"] is False


def test_a_word_that_is_neither_and_a_fact_that_is_not_known_are_said() -> None:
    found = profile(profile={"cn_market": "partly", "cn_markt": True, "eu_market": "unknown"})
    assert found.facts["cn_market"] is None
    assert "partly is neither yes nor no for cn_market" in texts(found.notices)
    assert "cn_markt, which is not a fact that the questions know; write cn_market" in texts(
        found.notices
    )
    assert "eu_market" not in texts(found.notices)


@pytest.mark.parametrize(
    ("word", "stage"), [("seed", "seed"), ("series-a", "series_a"), ("成长期", "growth")]
)
def test_a_stage_is_known_by_its_id_or_name(word: str, stage: str) -> None:
    assert profile(company={"stage": word}).stage == stage


@pytest.mark.parametrize("word", ["", "pre-IPO"])
def test_an_unknown_stage_is_held_to_the_strictest_and_said(word: str) -> None:
    found = profile(company={"stage": word})
    assert (found.stage, found.expects) == (None, "growth")
    assert "the strictest" in texts(found.notices)
