"""A programme's bill adds up by line and by month, and counts no compute twice."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import Cluster
from costmodel.messages import InputError
from costmodel.money import programme, training_cost
from costmodel.money.programme import (
    COMPUTE_LINES,
    LINES,
    POSTURES,
    Member,
    ProgrammeEstimate,
    ProgrammePlan,
    Purchase,
    inputs_for,
    with_part,
)
from costmodel.money.programme.bill import Part
from costmodel.money.programme.plan import months_of, schedule, spread
from costmodel.uncertainty import Number, Range
from costmodel.workload.model_spec import SizeOnly, TrainingPlan

N = 1_000
SHARES = ("failed_run_share", "post_training_share", "evaluation_share")
PARTS: tuple[Part, ...] = ("experiments", "failed_runs", "post_training", "evaluation")

PLAN = ProgrammePlan(
    posture="challenger",
    months=18,
    final_run_start_month=10.5,
    final_run_months=2.0,
    team=(
        Member(role="ml_engineer", region="China", headcount=40),
        Member(role="senior engineer", region="US", headcount=10, first_month=3, months=6.5),
        Member(role="ml-engineer", region="中国", headcount=3, first_month=12),
    ),
    purchases=(
        Purchase(kind="text licence", quantity=1e9),
        Purchase(kind="preference pair, expert", quantity=1e5),
        Purchase(kind="domain expert hour", quantity=2e4),
        Purchase(kind="synthetic sample", quantity=1e6),
        Purchase(kind="cleaning of web text", quantity=15e12),
    ),
    storage_bytes=2e15,
    egress_bytes=1e14,
)
BARE = replace(PLAN, team=(), purchases=(), storage_bytes=0.0, egress_bytes=0.0)

share = st.floats(0.001, 0.999)
multiple = st.floats(1.0, 50.0)


def scalar(
    plan: ProgrammePlan = PLAN, /, final_run: float = 1e6, **stated: Number
) -> ProgrammeEstimate:
    inputs = inputs_for(plan)
    return programme.estimate(inputs, {**inputs.medians(), **stated}, final_run_usd=final_run)


def drawn(plan: ProgrammePlan = PLAN) -> ProgrammeEstimate:
    inputs = inputs_for(plan)
    rng = np.random.default_rng(0)
    final_run = Range(1e6, 3e6).draw(rng, N)
    return programme.estimate(inputs, inputs.draw(rng, N), final_run_usd=final_run)


def compute(bill: ProgrammeEstimate) -> Number:
    return sum(bill.lines[line] for line in COMPUTE_LINES)


# --- it adds up -------------------------------------------------------------------------------


@pytest.mark.parametrize("bill", [scalar(), drawn()], ids=["float", "draws"])
def test_items_sum_to_lines_lines_to_the_total_and_months_to_both(
    bill: ProgrammeEstimate,
) -> None:
    assert tuple(bill.lines) == LINES
    for line in LINES:
        items = sum(np.asarray(item.usd) for item in bill.items if item.line == line)
        np.testing.assert_allclose(np.asarray(bill.lines[line]), items)
        np.testing.assert_allclose(bill.by_month(line).sum(axis=-1), bill.lines[line])
    np.testing.assert_allclose(np.asarray(bill.usd), sum(map(np.asarray, bill.lines.values())))
    np.testing.assert_allclose(bill.cash_curve()[..., -1], bill.usd)
    np.testing.assert_allclose(
        bill.by_month(), sum(bill.by_month(line) for line in LINES), rtol=1e-9
    )
    assert bill.by_month().shape == (*np.shape(bill.usd), 18)


def test_the_cash_curve_never_falls() -> None:
    assert np.all(np.diff(drawn().cash_curve(), axis=-1) >= 0)


def test_a_plain_number_goes_the_same_way_as_draws() -> None:
    bill = drawn()
    world = {name: float(np.asarray(draws)[7]) for name, draws in bill.values.items()}
    final_run = float(np.asarray(bill.lines["final_run"])[7])
    one = programme.estimate(bill.inputs, world, final_run_usd=final_run)
    assert isinstance(one.usd, float)
    for line in LINES:
        many = np.broadcast_to(np.asarray(bill.lines[line]), (N,))
        assert one.lines[line] == pytest.approx(many[7])


# --- compute: beside the final run, never twice ----------------------------------------------


@given(multiple, share, share, share)
def test_compute_is_the_final_run_times_the_multiple_whatever_the_shares(
    times: float, failed: float, post: float, evaluation: float
) -> None:
    bill = scalar(
        research_multiple=times,
        failed_run_share=failed,
        post_training_share=post,
        evaluation_share=evaluation,
    )
    assert compute(bill) == pytest.approx(1e6 * times)
    assert all(bill.lines[line] >= 0 for line in COMPUTE_LINES)
    assert bill.compute_over_final_run == times


def test_a_multiple_of_one_leaves_the_final_run_alone() -> None:
    bill = scalar(research_multiple=1.0)
    assert bill.lines["final_run"] == 1e6
    assert all(bill.lines[line] == 0 for line in COMPUTE_LINES[1:])


def test_no_programme_is_less_than_its_final_run() -> None:
    """The follower's range has a tail below one; it counts as one."""
    assert compute(scalar(research_multiple=0.9)) == 1e6


def test_doubling_the_final_run_doubles_compute_and_nothing_else() -> None:
    one, two = scalar(final_run=1e6), scalar(final_run=2e6)
    for line in LINES:
        factor = 2 if line in COMPUTE_LINES else 1
        assert two.lines[line] == pytest.approx(factor * one.lines[line])


@given(multiple, share, share, share, st.sampled_from(PARTS), st.floats(0.0, 1.0))
@settings(deadline=None)
def test_less_of_one_part_saves_that_part_alone(
    times: float, failed: float, post: float, evaluation: float, part: Part, kept: float
) -> None:
    values = {
        "research_multiple": times,
        "failed_run_share": failed,
        "post_training_share": post,
        "evaluation_share": evaluation,
    }
    before = scalar(**values)
    changed = with_part(before.values, part, kept=kept)
    after = programme.estimate(before.inputs, changed, final_run_usd=1e6)
    for line in LINES:
        factor = kept if line == part else 1.0
        wanted = factor * before.lines[line]
        assert after.lines[line] == pytest.approx(wanted, rel=1e-6, abs=1e-2)


def test_a_smaller_share_alone_goes_to_experiments_and_saves_nothing() -> None:
    one, two = scalar(failed_run_share=0.2), scalar(failed_run_share=0.1)
    assert compute(two) == pytest.approx(compute(one))
    assert two.lines["experiments"] > one.lines["experiments"]


def test_a_bolder_posture_costs_more() -> None:
    totals = [scalar(replace(BARE, posture=posture)).usd for posture in POSTURES]
    assert totals == sorted(totals)
    assert len(set(totals)) == len(POSTURES)


# --- published programmes ---------------------------------------------------------------------

#: Epoch AI 2026 on OpenAI, MiniMax and Z.ai; Olmo 3 and OLMo by their papers' abstracts.
CONFIRMED = ("OpenAI 2024", "MiniMax and Z.ai", "Olmo 3", "OLMo 1 and 2")


def test_published_programmes_lie_within_the_postures_and_span_the_cited_range() -> None:
    cases = [facts.lookup("programme", case, "research_multiple").value for case in CONFIRMED]
    spans = [facts.lookup("programme", p, "research_multiple").range for p in POSTURES]
    for case in cases:
        assert any(span.low <= case <= span.high for span in spans)
    cited = facts.lookup("assumptions", "published programmes", "programme_over_final_run")
    assert (cited.range.low, cited.range.high) == (min(cases), max(cases))


def test_a_multiple_that_no_programme_had_is_said() -> None:
    def said(times: float) -> bool:
        checks = scalar(BARE, research_multiple=times).checks
        return any("published programmes span" in str(check) for check in checks)

    assert [said(times) for times in (1.2, 3.0, 12.0)] == [True, False, True]


def test_a_team_far_from_those_of_published_models_is_said() -> None:
    """Cottier et al. 2024: research staff were 29 to 49 % of what frontier models cost."""

    def said(headcount: float) -> bool:
        team = (Member(role="ml_engineer", region="US", headcount=headcount),)
        checks = scalar(replace(BARE, team=team)).checks
        return any("shares and options included" in str(check) for check in checks)

    assert [said(n) for n in (0, 10, 1000)] == [True, False, True]


# --- people -----------------------------------------------------------------------------------


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.sampled_from(programme.regions()))
@settings(deadline=None)
def test_more_people_never_cost_less(few: float, extra: float, region: str) -> None:
    role = programme.roles(region)[0]

    def usd(headcount: float) -> Number:
        team = (Member(role=role, region=region, headcount=headcount),)
        return scalar(replace(BARE, team=team)).usd

    assert usd(few + extra) >= usd(few)


def test_people_are_pay_and_on_costs_for_the_months_they_stay() -> None:
    member = Member(role="ml_engineer", region="France", headcount=4, first_month=3, months=6)
    bill = scalar(replace(BARE, team=(member,)))
    pay, on_cost = bill.values["pay.ml_engineer.France"], bill.values["on_cost.France"]
    assert bill.lines["people"] == pytest.approx(4 * 0.5 * pay * on_cost)
    monthly = bill.by_month("people")
    assert np.flatnonzero(monthly).tolist() == [3, 4, 5, 6, 7, 8]
    assert months_of(PLAN, PLAN.team[0]) == (0, 18)


def test_pay_that_holds_its_on_costs_gets_no_more_of_them() -> None:
    team = (Member(role="researcher", region="United States", headcount=1),)
    bill = scalar(replace(BARE, team=team))
    pay = bill.values["pay.researcher.United States"]
    assert "on_cost.United States" not in bill.values
    assert bill.lines["people"] == pytest.approx(1.5 * pay)
    assert any("Shares and options" in str(w) for w in bill.inputs.warnings)


def test_every_role_on_record_can_be_hired() -> None:
    for region in programme.regions():
        for role in programme.roles(region):
            team = (Member(role=role, region=region, headcount=1),)
            assert scalar(replace(BARE, team=team)).lines["people"] > 10_000


def test_one_country_has_one_pay_by_whatever_name() -> None:
    names = [a.name for a in inputs_for(PLAN).assumptions if a.name.startswith("pay.")]
    assert names == ["pay.ml_engineer.China", "pay.senior_engineer.United States"]


def test_chinese_pay_is_the_renminbi_of_its_note_at_the_cited_rate() -> None:
    rate = facts.lookup("people", "CNY per USD", "exchange_rate").value
    for quantity, low, high in (
        ("cash_pay_junior_engineer", 264_000, 624_000),
        ("cash_pay_ml_engineer", 480_000, 600_000),
        ("cash_pay_senior_engineer", 600_000, 960_000),
        ("total_pay_ai_engineer", 800_000, 1_500_000),
    ):
        span = facts.lookup("people", "China", quantity).range
        assert span.low == pytest.approx(low / rate, rel=0.002)
        assert span.high == pytest.approx(high / rate, rel=0.002)


# --- data, storage, transfer ------------------------------------------------------------------


def test_a_billion_licensed_tokens_cost_what_a_broker_asks() -> None:
    """Defined.ai by way of Reuters 2024: $0.001 a word, at three quarters of a word a token."""
    price = facts.lookup("data_prices", "text licence", "licence_price").range
    assert price.low * 1e9 < 0.001 * 0.75e9 < price.high * 1e9
    assert price.mid * 1e9 == pytest.approx(0.001 * 0.75e9, rel=0.3)


def test_hours_of_people_cost_the_client_more_than_the_worker_gets() -> None:
    hours = replace(BARE, purchases=(Purchase(kind="domain expert hour", quantity=100),))
    bill = scalar(hours, client_over_worker_pay=2.0)
    assert bill.lines["labelling"] == pytest.approx(200 * bill.values["price.domain expert hour"])
    pairs = replace(BARE, purchases=(Purchase(kind="preference pair, expert", quantity=100),))
    bill = scalar(pairs, client_over_worker_pay=2.0)
    price = bill.values["price.preference pair, expert"]
    assert bill.lines["labelling"] == pytest.approx(100 * price)


@pytest.mark.parametrize("kind", programme.kinds())
def test_every_kind_of_data_has_a_line_and_costs_by_its_quantity(kind: str) -> None:
    one, two = (
        scalar(replace(BARE, purchases=(Purchase(kind=kind, quantity=n),))) for n in (10.0, 20.0)
    )
    changed = [line for line in LINES if two.lines[line] != one.lines[line]]
    assert len(changed) == 1
    assert changed[0] in ("licences", "labelling", "synthetic_data", "cleaning")
    assert two.lines[changed[0]] == pytest.approx(2 * one.lines[changed[0]])


def test_storage_is_paid_by_the_month_and_transfer_once() -> None:
    bill = scalar(
        replace(BARE, storage_bytes=1e12, egress_bytes=1e12),
        storage_usd_per_gb_month=0.023,
        egress_usd_per_gb=0.08,
    )
    assert bill.lines["storage"] == pytest.approx(1000 * 0.023 * 18)
    assert bill.lines["egress"] == pytest.approx(1000 * 0.08)


def test_one_figure_without_a_spread_is_not_taken_as_certain() -> None:
    inputs = inputs_for(replace(BARE, purchases=(Purchase(kind="book licence", quantity=1),)))
    (price,) = [a for a in inputs.assumptions if a.name == "price.book licence"]
    assert price.range.low < 5000 < price.range.high
    assert all(a.range.low < a.range.high for a in inputs_for(PLAN).assumptions)


# --- the final run ----------------------------------------------------------------------------


def run_cost(chip: str = "H100 SXM 80GB") -> training_cost.CostEstimate:
    model = SizeOnly(name="x", params=7e9, active_params=7e9)
    plan = TrainingPlan(model=model, tokens=1e12, context_tokens=4096)
    cluster = Cluster(accelerator=accelerators.find(chip), n_accelerators=64)
    inputs = training_cost.inputs_for(plan, cluster)
    return training_cost.estimate(inputs, inputs.medians())


def test_the_runs_own_storage_and_transfer_do_not_count_twice() -> None:
    cost = run_cost()
    assert cost.usd is not None
    assert programme.final_run_usd(cost, BARE) == cost.usd
    without = cost.lines["steps"] + cost.lines["lost"]
    assert programme.final_run_usd(cost, PLAN) == pytest.approx(without)


def test_a_final_run_without_a_price_is_no_run_for_nothing() -> None:
    with pytest.raises(FactError, match="give the dollars"):
        programme.final_run_usd(run_cost("A800 80GB SXM"), PLAN)


# --- when it is paid --------------------------------------------------------------------------


@given(st.integers(1, 60), st.floats(0, 1), st.floats(0.001, 1))
def test_every_line_is_paid_in_full_within_the_programme(
    months: int, start: float, length: float
) -> None:
    lasts = max(0.01, length * months)
    plan = replace(
        BARE, months=months, final_run_months=lasts, final_run_start_month=start * (months - lasts)
    )
    for weights in schedule(plan).values():
        assert weights.shape == (months,)
        assert weights.min() >= 0
        assert weights.sum() == pytest.approx(1)


def test_the_final_run_is_paid_while_it_runs_and_post_training_after_it() -> None:
    when = schedule(PLAN)
    assert np.flatnonzero(when["final_run"]).tolist() == [10, 11, 12]
    assert when["final_run"][10:13].tolist() == pytest.approx([0.25, 0.5, 0.25])
    assert np.flatnonzero(when["experiments"]).max() == 10
    assert np.flatnonzero(when["post_training"]).min() == 12
    at_the_end = replace(PLAN, final_run_start_month=16.0)
    assert np.flatnonzero(schedule(at_the_end)["post_training"]).tolist() == [16, 17]


def test_what_lasts_no_time_is_not_paid() -> None:
    assert spread(6, 3.0, 3.0).sum() == 0


# --- what cannot be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("posture", {"posture": "folower"}),
        ("months", {"months": 0}),
        ("months", {"months": 12.5}),
        ("months", {"months": 1000}),
        ("final_run_months", {"final_run_months": 19.0}),
        ("final_run_start_month", {"final_run_start_month": 17.0}),
        ("storage_bytes", {"storage_bytes": -1.0}),
        ("egress_bytes", {"egress_bytes": float("nan")}),
        ("team.0.headcount", {"team": (Member(role="x", region="y", headcount=-1),)}),
        (
            "team.0.months",
            {"team": (Member(role="x", region="y", headcount=1, first_month=9, months=10),)},
        ),
        ("purchases.0.quantity", {"purchases": (Purchase(kind="x", quantity=float("inf")),)}),
    ],
)
def test_what_cannot_be_is_refused_by_name(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        replace(PLAN, **change)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "near", "change"),
    [
        (
            "team.0.role",
            "ml_engineer",
            {"team": (Member(role="ml engineeer", region="US", headcount=1),)},
        ),
        ("team.0.region", "Germany", {"team": (Member(role="x", region="Germny", headcount=1),)}),
        ("team.0.region", "Canada", {"team": (Member(role="x", region="Norway", headcount=1),)}),
        (
            "purchases.0.kind",
            "book licence",
            {"purchases": (Purchase(kind="book license", quantity=1),)},
        ),
    ],
)
def test_an_unknown_role_region_or_kind_is_refused_with_near_ones(
    field: str, near: str, change: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=near) as caught:
        inputs_for(replace(BARE, **change))
    assert caught.value.field == field


@pytest.mark.parametrize("name", [a.name for a in inputs_for(PLAN).assumptions])
def test_every_default_can_be_stated_and_a_slip_of_the_keyboard_is_refused(name: str) -> None:
    value = 0.5 if name in SHARES or name.endswith(("_gb", "_month")) else 1.5
    kept = inputs_for(PLAN, given={name: Range(value, value)})
    (assumption,) = [a for a in kept.assumptions if a.name == name]
    assert (assumption.origin, assumption.range.mid) == (None, value)
    assert all(a.origin is not None for a in kept.assumptions if a.name != name)
    with pytest.raises(InputError) as caught:
        inputs_for(PLAN, given={name: Range(1e15, 1e15)})
    assert caught.value.field == name


def test_an_assumption_that_the_plan_does_not_have_is_refused_with_near_ones() -> None:
    with pytest.raises(InputError, match=r"on_cost\.China"):
        inputs_for(PLAN, given={"on_cost.Chna": Range(1.2, 1.3)})


def test_what_is_judged_or_from_memory_is_said() -> None:
    said = " ".join(str(warning) for warning in inputs_for(PLAN).warnings)
    assert "judgement by posture" in said
    assert "on_cost.China" in said
    assert "storage_usd_per_gb_month" in said
    bare = " ".join(str(warning) for warning in inputs_for(BARE).warnings)
    assert "storage_usd_per_gb_month" not in bare
    stated = inputs_for(BARE, given={"research_multiple": Range(2, 3)})
    assert "by posture" not in " ".join(map(str, stated.warnings))
