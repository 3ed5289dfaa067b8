"""Numbers set, cap, lift or flag; what is missing does nothing and is named."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from dashboard.risk.answers.answer import Answer
from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.answers.profile import profile_of
from dashboard.risk.answers.standing import standing
from dashboard.risk.autofill import Graded, Numbers, grade, numbers_say
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override
from dashboard.risk.metrics.metric import MetricValue
from tests.dashboard.risk.cases import AS_OF, FULL_STACK, deal_with, metrics, texts


def numbers(
    question: str,
    values: Mapping[str, MetricValue],
    *,
    status: EvidenceStatus = "claimed",
    profile: Mapping[str, object] = FULL_STACK,
    overrides: tuple[Override, ...] = (),
) -> Numbers:
    return numbers_say(
        bank().questions[question],
        bank=bank(),
        metrics=metrics(values, status),
        profile=profile_of(deal_with({}, profile=profile), bank()),
        parameters=bank().parameters(overrides),
    )


def graded(
    question: str,
    said: Mapping[str, Any],
    values: Mapping[str, MetricValue],
    status: EvidenceStatus = "claimed",
) -> Graded:
    answer = Answer.model_validate(said)
    stands = standing(bank().questions[question], answer, bank=bank(), as_of=AS_OF, files={})
    return grade(stands, answer, numbers(question, values, status=status))


# --- what the numbers say -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "level"),
    [(0.0, 0), (0.2499, 0), (0.25, 1), (0.5, 2), (0.89, 2), (0.9, 3), (1.2, 4), (math.inf, 4)],
)
def test_a_level_is_the_highest_whose_threshold_is_met(value: float, level: int) -> None:
    says = numbers("CMP-01", {"capacity_coverage": value}).says
    assert says is not None
    assert (says.level, says.status) == (level, "claimed")


@pytest.mark.parametrize(("value", "level"), [(17.0, 0), (16.0, 1), (4.1, 2), (4.0, 3), (1.0, 4)])
def test_where_less_is_better_thresholds_run_down(value: float, level: int) -> None:
    says = numbers("DAT-03", {"epochs_effective": value}).says
    assert says is not None
    assert says.level == level


def test_two_equal_thresholds_give_the_higher_level() -> None:
    cap = numbers("CMP-10", {"schedule_slack": 0.25}).cap
    assert cap is not None
    assert cap.level == 4


@pytest.mark.parametrize(
    ("mfu", "level", "cap", "code"),
    [
        (1.2, 0, None, "MFU_IMPOSSIBLE"),
        (0.7, None, 1, "MFU_IMPLAUSIBLE"),
        (0.55, None, None, "MFU_HIGH"),
        (0.4, None, None, "MFU_PLAUSIBLE"),
        (0.1, None, None, "MFU_LOW"),
    ],
)
def test_the_first_rule_that_fires_decides(
    mfu: float, level: int | None, cap: int | None, code: str | None
) -> None:
    found = numbers("CMP-03", {"mfu_implied": mfu})
    assert (found.says.level if found.says else None) == level
    assert (found.cap.level if found.cap else None) == cap
    assert [flag.code for flag in found.flags] == ([code] if code else [])


def test_a_word_caps_or_lifts() -> None:
    denied = numbers("CMP-04", {"export_status": "presumption_of_denial"})
    free = numbers("CMP-04", {"export_status": "uncontrolled"})
    assert denied.cap is not None
    assert denied.cap.level == 1
    assert free.floor is not None
    assert (free.cap, free.floor.level) == (None, 2)


def test_every_rule_of_a_list_that_fires_is_said() -> None:
    codes = [flag.code for flag in numbers("ETH-01", {"cum_train_flop": 2e26}).flags]
    assert codes == ["EU_GPAI", "EU_SYSTEMIC", "US_FRONTIER", "CN_FILING"]
    near = numbers("ETH-01", {"cum_train_flop": 7e24}).flags
    assert "EU_NEAR" in [flag.code for flag in near]


def test_a_rule_of_another_market_neither_fires_nor_misses_anything() -> None:
    home = FULL_STACK | {"eu_market": False, "us_market": False}
    found = numbers("ETH-01", {}, profile=home)
    assert [flag.code for flag in found.flags] == ["CN_FILING"]
    assert found.missing == ()


def test_a_missing_metric_does_nothing_and_says_what_to_give() -> None:
    found = numbers("MKT-07", {})
    assert not found.speak
    assert texts(found.missing) == "Give the inputs of gross_retention."


def test_a_metric_that_nobody_provides_is_named() -> None:
    found = numbers_say(
        bank().questions["MKT-07"],
        bank=bank(),
        metrics={},
        profile=profile_of(deal_with({}), bank()),
        parameters=bank().parameters(),
    )
    assert texts(found.missing) == (
        "Gross revenue retention is not known; give what it is computed from."
    )


def test_a_fact_that_the_profile_leaves_open_is_named() -> None:
    open_market = {k: v for k, v in FULL_STACK.items() if k != "eu_market"}
    found = numbers("ETH-03", {"cum_train_flop": 2e25}, profile=open_market)
    assert "Offered in the EU; write yes or no" in texts(found.missing)


@pytest.mark.parametrize("value", ["plenty", True, math.nan])
def test_a_metric_that_is_no_number_is_a_problem(value: MetricValue) -> None:
    found = numbers("CMP-01", {"capacity_coverage": value})
    assert not found.speak
    assert "is not a number" in texts(found.problems)


def test_a_number_that_rests_on_something_unknown_decides_nothing() -> None:
    found = numbers("CMP-01", {"capacity_coverage": 1.5}, status="contradicted")
    assert found.says is None
    assert "rests on something unknown or contradicted" in texts(found.problems)


def test_a_funds_own_threshold_holds() -> None:
    stricter = Override(
        id="coverage_level_3", value=1.0, by="LW", date="2026-11-20", reason="delays"
    )
    says = numbers("CMP-01", {"capacity_coverage": 0.95}, overrides=(stricter,)).says
    assert says is not None
    assert says.level == 2


def test_a_remark_is_no_answer() -> None:
    found = numbers("CMP-11", {"energy_mwh": 900.0})
    assert [flag.remark for flag in found.flags] == [True]
    assert not found.speak


# --- what then counts ---------------------------------------------------------------------------


def test_numbers_answer_what_nobody_has_with_their_own_status() -> None:
    found = graded("CMP-01", {}, {"capacity_coverage": 1.0}, "documented")
    assert (found.level, found.status, found.decided_by) == (3, "documented", "numbers")
    assert found.disagreement is None


def test_numbers_decide_against_an_answer_and_both_stay_visible() -> None:
    found = graded("CMP-01", {"level": 3, "status": "documented"}, {"capacity_coverage": 0.3})
    assert (found.level, found.status, found.decided_by) == (1, "claimed", "numbers")
    assert str(found.disagreement) == "You say 3, the numbers say 1."
    assert not found.stands


def test_a_person_overrides_the_numbers_with_a_reason() -> None:
    said = {"level": 3, "status": "documented", "override": {"by": "LW", "reason": "new contract"}}
    found = graded("CMP-01", said, {"capacity_coverage": 0.3})
    assert (found.level, found.status, found.decided_by) == (3, "documented", "override")
    assert str(found.disagreement) == (
        "You say 3, the numbers say 1: overridden by LW, because new contract."
    )


@pytest.mark.parametrize(
    "override", [{"by": "LW"}, {"reason": "new contract"}, {"by": " ", "reason": "x"}]
)
def test_an_override_without_a_name_or_a_reason_does_not_hold(override: dict[str, str]) -> None:
    said = {"level": 3, "status": "documented", "override": override}
    assert graded("CMP-01", said, {"capacity_coverage": 0.3}).level == 1


@pytest.mark.parametrize(("mine", "theirs"), [("verified", "claimed"), ("claimed", "verified")])
def test_an_answer_that_agrees_keeps_the_better_of_both_statuses(
    mine: str, theirs: EvidenceStatus
) -> None:
    found = graded("CMP-01", {"level": 3, "status": mine}, {"capacity_coverage": 1.0}, theirs)
    assert (found.level, found.status, found.decided_by) == (3, "verified", "answer")


def test_a_cap_lowers_what_is_above_it_and_answers_nothing() -> None:
    values = {"provider_share_max": 0.8}
    above = graded("CMP-05", {"level": 4, "status": "documented"}, values)
    below = graded("CMP-05", {"level": 1, "status": "documented"}, values)
    nobody = graded("CMP-05", {}, values)
    assert (above.level, above.status, above.decided_by) == (2, "claimed", "numbers")
    assert (below.level, below.status, below.disagreement) == (1, "documented", None)
    assert (nobody.level, nobody.status, nobody.decided_by) == (None, "unknown", "nobody")


def test_a_floor_lifts_what_is_below_it_and_answers_what_nobody_has() -> None:
    free = {"export_status": "uncontrolled"}
    below = graded("CMP-04", {"level": 1, "status": "claimed"}, free)
    above = graded("CMP-04", {"level": 3, "status": "claimed"}, free)
    nobody = graded("CMP-04", {}, free)
    assert (below.level, below.decided_by) == (2, "numbers")
    assert (above.level, above.disagreement) == (3, None)
    assert (nobody.level, nobody.status) == (2, "claimed")


def test_numbers_do_not_lift_what_rests_on_better_evidence() -> None:
    found = graded(
        "CMP-04", {"level": 0, "status": "documented"}, {"export_status": "uncontrolled"}
    )
    assert (found.level, found.status, found.decided_by) == (0, "documented", "answer")
    assert found.stands
    assert str(found.disagreement) == "You say 0, the numbers say 2."


def test_a_floor_of_nothing_says_nothing() -> None:
    found = graded("DAT-08", {}, {"lab_filter_gain_sigma": 0.1})
    assert found.level is None


@pytest.mark.parametrize(
    "said",
    [
        {"level": 3, "status": "contradicted"},
        {"status": "not_applicable", "na_reason": "x", "second_reader": "y"},
    ],
)
def test_numbers_do_not_touch_what_is_contradicted_or_does_not_apply(said: dict[str, Any]) -> None:
    found = graded("CMP-01", said, {"capacity_coverage": 1.5}, "verified")
    assert found.status == said["status"]


@pytest.mark.parametrize(
    ("question", "below", "above", "code"),
    [
        ("CMP-01", {"cluster_coverage_ceiling": 0.89}, {"cluster_coverage_ceiling": 0.9},
         "CLUSTER_WOULD_COVER"),
        ("DAT-01", {"distinct_tokens": 1e12}, {"distinct_tokens": 1.1e12}, "LEDGER_OF_CRAWLS"),
        ("DAT-02", {"distinct_tokens": 1e12}, {"distinct_tokens": 1.1e12}, "CRAWLS_HOLD_TAINTED"),
        ("DAT-05", {"distinct_tokens": 1e12}, {"distinct_tokens": 1.1e12}, "CRAWLS_HOLD_PERSONS"),
        ("DAT-06", {"distinct_tokens": 1e12}, {"distinct_tokens": 1.1e12}, "CRAWLS_HOLD_TESTS"),
        ("DAT-11", {"tokens_served_per_month": 0.0}, {"tokens_served_per_month": 1e9},
         "TRAFFIC_ACROSS_BORDERS"),
        ("ETH-02", {"tokens_served_per_month": 0.0}, {"tokens_served_per_month": 1e9},
         "SERVICE_IS_LIVE"),
        ("ETH-13", {"users_per_month": 7e8}, {"users_per_month": 7.1e8}, "LICENCE_USERS"),
        ("ETH-13", {"modifier_share": 0.0}, {"modifier_share": 0.1}, "LICENCE_BASE"),
        ("MKT-01", {"lead_gap": 0.1}, {"lead_gap": 0.0}, "NO_LEAD_STATED"),
        ("MKT-06", {"recurring_share": 0.0}, {"recurring_share": 0.1}, "SOME_PAY"),
        ("TEC-01", {"final_run_usd": 1e6}, {"final_run_usd": 1.1e6}, "REBUILD_IS_DEAR"),
        ("TMF-03", {"key_attrition": 0.0}, {"key_attrition": 0.1}, "LEAVERS_SIGNED"),
        ("TMF-04", {"cash_months": 12.0}, {"cash_months": 11.9}, "CASH_IS_SHORT"),
    ],
)  # fmt: skip
def test_a_flag_of_the_quick_scan_fires_beyond_its_number_and_gives_no_level(
    question: str, below: dict[str, float], above: dict[str, float], code: str
) -> None:
    assert code not in [flag.code for flag in numbers(question, below).flags]
    found = numbers(question, above)
    assert code in [flag.code for flag in found.flags]
    assert found.speak
    assert (found.says, found.cap, found.floor) == (None, None, None)


@pytest.mark.parametrize(
    ("question", "values", "level"),
    [
        ("CMP-02", {"money_over_final_run": 0.9}, 0),
        ("MKT-06", {"annual_revenue": 0.0}, 1),
        ("TMF-04", {"runway_ceiling_months": -0.1}, 0),
    ],
)
def test_what_the_numbers_rule_out_is_a_cap(
    question: str, values: dict[str, float], level: int
) -> None:
    cap = numbers(question, values).cap
    assert cap is not None
    assert cap.level == level
    assert numbers(question, dict.fromkeys(values, 1.0)).cap is None


def test_traffic_in_one_country_crosses_no_border() -> None:
    home = FULL_STACK | {"eu_market": False, "us_market": False}
    assert not numbers("DAT-11", {"tokens_served_per_month": 1e9}, profile=home).speak
