"""What to ask next is ordered by its worth, goes to the right person, and is ready to send."""

from typing import Any

import pytest

from dashboard.risk.assessment import Assessment, assess
from dashboard.risk.bank.loading import bank
from dashboard.risk.follow_up import by_respondent, request
from tests.dashboard.risk.cases import AS_OF, deal_with, every, failed, metrics


def assessed(answers: dict[str, Any], **more: Any) -> Assessment:
    given = {"metrics": metrics({}), "checks": []} | more
    return assess(deal_with(answers), as_of=AS_OF, **given)


def test_the_value_of_an_answer_follows_its_formula() -> None:
    found = assessed({})
    items = {item.question: item for item in found.scores.items}
    assert len(found.follow_up) == 63
    for one in found.follow_up:
        item, question = items[one.question], bank().questions[one.question]
        factor = 2 if one.flips else 1
        width = item.high - item.low
        assert one.value == pytest.approx(
            item.weight * item.impact * width * factor / question.effort_hours
        )


def test_the_most_valuable_comes_first() -> None:
    values = [one.value for one in assessed(every(3, "documented")).follow_up]
    assert values == sorted(values, reverse=True)


def test_what_is_verified_or_does_not_apply_is_not_asked_again() -> None:
    away = {"status": "not_applicable", "na_reason": "x", "second_reader": "y"}
    found = assessed(every(3, "verified", CMP_01=away, CMP_02={"level": 3, "status": "claimed"}))
    assert [one.question for one in found.follow_up] == ["CMP-02"]


def test_it_says_which_numbers_are_missing() -> None:
    asked = {one.question: one for one in assessed({}).follow_up}
    assert "Give the inputs of capacity_coverage." in [str(m) for m in asked["CMP-01"].missing]
    assert asked["TEC-06"].missing == ()


def test_every_question_goes_to_one_person() -> None:
    found = assessed({})
    groups = by_respondent(found.follow_up, bank())
    assert list(groups) == ["ceo", "cto", "cfo", "counsel"]
    assert sum(len(group) for group in groups.values()) == len(found.follow_up)
    for respondent, group in groups.items():
        assert {bank().questions[one.question].respondent for one in group} == {respondent}


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ["To the Counsel of Acme: ", "1. [", "Please send: ", "show the invoices"]),
        ("zh", ["Acme 的法律顾问", "1. [", "请提供："]),
    ],
)
def test_a_request_is_ready_to_send_in_either_language(language: str, says: list[str]) -> None:
    found = assessed(every(3, "verified"), checks=[failed("X01"), failed("X02")])
    text = request(
        found.follow_up, company="Acme", respondent=bank().name("respondents", "counsel"),
        language=language,
    )  # fmt: skip
    for part in says:
        assert part in text
    assert "{" not in text
    assert bank().questions["CMP-03"].question.en in text or language == "zh"
    assert bank().questions["CMP-03"].question.zh in text or language == "en"
