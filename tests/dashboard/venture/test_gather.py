"""A deal as a scenario: what it states stands, what it does not is said with what to ask."""

from typing import Any

import numpy as np
import pytest

from costmodel.messages import InputError
from costmodel.uncertainty import Percentiles
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.deal_scenarios import ScenarioEntry
from dashboard.findings import evaluate
from dashboard.language import use_language
from dashboard.venture.answering import Sources, answer, answers, gather, sources_of
from dashboard.venture.figures import LABELS, figures
from tests.dashboard.venture.deals_of_tests import FINANCE, MARKET, deal


def bare(given: Deal, **more: Any) -> Sources:
    return Sources(deal=given, evaluation=None, **more)


def span(given: Deal, name: str, entry: ScenarioEntry | None = None, **more: Any) -> Any:
    spans = gather(bare(given, **more), entry).inputs.spans()
    return spans[name].low, spans[name].high


def said(given: Deal, **more: Any) -> str:
    return " ".join(str(m) for m in gather(bare(given, **more)).assumed)


def test_what_is_stated_stands() -> None:
    given = deal()
    assert span(given, "cash_usd") == (4e6, 4e6)
    assert span(given, "people_usd_per_month") == (40 * 270_000 / 12,) * 2
    assert span(given, "paid_tokens_per_month") == (2.4e11, 2.4e11)
    assert span(given, "unit_cost_usd_per_million_tokens") == (0.8, 0.8)
    assert span(given, "months_to_proof") == (9, 9)


@pytest.mark.parametrize(
    ("section", "without", "asks"),
    [
        ("finance", "cash_usd", "finance.cash_usd"),
        ("finance", "other_usd_per_month", "finance.other_usd_per_month"),
        ("finance", "investment_usd", "finance.investment_usd"),
        ("finance", "post_money_usd", "finance.post_money_usd"),
        ("market", "free_share", "market.free_share"),
        ("market", "price_usd_per_million_tokens", "market.price_usd_per_million_tokens"),
        ("market", "cost_usd_per_million_tokens", "finance.cost_of_revenue_usd"),
        ("market", "tokens_served_per_month", "market.tokens_served_per_month"),
        ("finance", "", "finance.compute_usd_per_month"),
        ("market", "", "market.growth_per_month"),
    ],
)
def test_what_is_missing_is_asked(section: str, without: str, asks: str) -> None:
    entries = {"finance": FINANCE, "market": MARKET}[section]
    left = {name: value for name, value in entries.items() if name != without}
    assert asks in said(deal(**{section: left}))


@pytest.mark.parametrize(
    ("finance", "field"),
    [({}, "finance.cash_usd"), ({"cash_usd": 1e6}, "finance.headcount")],
)
def test_without_cash_or_without_costs_there_is_no_runway(
    finance: dict[str, float], field: str
) -> None:
    with pytest.raises(InputError) as caught:
        gather(bare(deal(finance=finance)))
    assert caught.value.field == field


def test_a_scenario_may_bring_what_the_deal_lacks() -> None:
    entry = ScenarioEntry(name="x", inputs={"cash_usd": 1e6, "people_usd_per_month": 1e5})
    found = gather(bare(deal(finance={})), entry)
    assert found.inputs.spans()["cash_usd"].low == 1e6
    assert found.typed == {"cash_usd", "people_usd_per_month"}


def test_revenue_of_a_year_is_a_twelfth_a_month_and_what_is_not_usage_is_projects() -> None:
    given = deal(
        finance={**FINANCE, "revenue_usd": 12e6, "usage_revenue_usd": 6e6},
        market={"tokens_served_per_month": 1e12, "free_share": 0.0},
    )
    assert span(given, "price_usd_per_million_tokens") == (0.5, 0.5)
    assert span(given, "projects_usd_per_month") == (0.5e6, 0.5e6)


def test_free_tokens_are_what_revenue_does_not_explain() -> None:
    given = deal(
        finance={**FINANCE, "usage_revenue_usd": 12e6},
        market={"tokens_served_per_month": 3e12, "price_usd_per_million_tokens": 0.5},
    )
    assert span(given, "paid_tokens_per_month")[0] == pytest.approx(2e12)
    assert span(given, "free_share")[0] == pytest.approx(0.5)


def test_the_accounts_cost_of_revenue_comes_before_the_serving_model() -> None:
    given = deal(
        finance={**FINANCE, "revenue_usd": 10e6, "cost_of_revenue_usd": 4e6},
        market={k: v for k, v in MARKET.items() if k != "cost_usd_per_million_tokens"},
    )
    low, _ = span(given, "unit_cost_usd_per_million_tokens", served_usd_per_million=9.0)
    assert low * 1.25 == pytest.approx(2.0 * 0.4)


def test_a_serving_cost_above_all_compute_is_not_believed() -> None:
    market = {k: v for k, v in MARKET.items() if k != "cost_usd_per_million_tokens"}
    given = deal(finance={**FINANCE, "compute_usd_per_month": 1e6}, market=market)
    dear = span(given, "unit_cost_usd_per_million_tokens", served_usd_per_million=50.0)
    fair = span(given, "unit_cost_usd_per_million_tokens", served_usd_per_million=0.5)
    assert dear[1] < 2.0
    assert fair == (0.5, 0.5)


def test_people_are_what_the_burn_leaves_where_nobody_counts_them() -> None:
    given = deal(
        finance={
            "cash_usd": 10e6,
            "net_burn_usd_per_month": 3e6,
            "compute_usd_per_month": 2e6,
        }
    )
    inputs = gather(bare(given)).inputs
    flow = answer(bare(given), n_draws=100).result.middle.flow
    assert inputs.switches.research == "stated"
    # The first month burns what is stated: what comes in pays for a part of what is spent.
    assert flow.burn_usd[0] == pytest.approx(3e6, rel=1e-6)


def test_a_stated_burn_holds_the_research_too() -> None:
    """Without a stated spend on compute the programme's research is inside the burn, not on
    top of it.
    """
    given = deal(finance={"cash_usd": 30e6, "net_burn_usd_per_month": 3e6})
    entry = ScenarioEntry(
        name="x",
        inputs={
            "final_run_usd": 3e6,
            "research_multiple": 4.0,
            "months_between_models": 12.0,
            "people_multiple_per_year": 1.0,
        },
    )
    flow = answer(bare(given), entry, n_draws=100).result.middle.flow
    assert flow.burn_usd[0] == pytest.approx(3e6, rel=1e-6)
    assert flow.costs["research"][0] == pytest.approx(1e6)


def test_a_burn_below_the_plans_research_is_said() -> None:
    given = deal(finance={"cash_usd": 30e6, "net_burn_usd_per_month": 0.1e6})
    entry = ScenarioEntry(name="x", inputs={"final_run_usd": 30e6, "research_multiple": 4.0})
    assert "spends more than the company does" in " ".join(
        str(m) for m in gather(bare(given), entry).assumed
    )


def test_a_chinese_company_is_not_at_a_fixed_rate() -> None:
    given = deal(company={"country": "CN", "stage": "A 轮"})
    low, high = span(given, "cny_cost_share")
    assert 0.5 < low < high < 1
    assert span(deal(), "cny_cost_share") == (0.0, 0.0)


@pytest.mark.parametrize(
    ("stage", "rounds"), [("seed", 4), ("series A", 3), ("B 轮", 2), ("growth", 1), ("?", 3)]
)
def test_later_rounds_follow_from_the_stage(stage: str, rounds: int) -> None:
    spans = gather(bare(deal(company={"stage": stage}))).inputs.spans()
    assert sum(spans[f"later_dilution_{i}"].high > 0 for i in range(1, 5)) == rounds


def test_the_programme_is_the_research_where_no_spend_is_stated() -> None:
    given = deal(finance={k: v for k, v in FINANCE.items() if k != "months_to_proof"})
    evaluation = evaluate(given, language="en", n_draws=400)
    sources = sources_of(given, evaluation)
    found = answer(sources, n_draws=300)
    assert found.inputs.switches.research == "programme"
    assert sources.programme is not None
    programme = sources.programme
    whole = sum(Percentiles.of(programme.lines[n]).p50 for n in ("final_run", "experiments"))
    research = found.result.worlds.flow.costs["research"]
    assert np.median(research[:, :18].sum(axis=1)) > 0.6 * whole
    assert found.inputs.spans()["months_to_proof"].low == programme.inputs.plan.months


def test_scenarios_stand_side_by_side_and_explain_themselves() -> None:
    given = deal()
    named = answers(bare(given), [None, *given.scenarios], n_draws=400)
    assert [n.answer.name for n in named] == ["", "Lean", "Hard year"]
    assert named[0].explained == {}
    for one in named[1:]:
        for outcome in one.explained.values():
            parts = sum(p.part for p in outcome.parts)
            assert parts == pytest.approx(outcome.after - outcome.before, abs=1e-9)
    hard = named[2].answer
    assert hard.inputs.switches.checklist is False
    assert hard.result.cases[0].probability == pytest.approx(0.6)


def test_every_figure_has_a_name_in_both_languages() -> None:
    found = answer(bare(deal()), n_draws=200)
    assert set(figures(found.inputs, found.result)) <= set(LABELS)
    from dashboard.language import t

    with use_language("zh"):
        for label in LABELS.values():
            assert any("一" <= c <= "鿿" for c in t(label)), label


def test_samples_without_cash_say_what_they_lack_and_the_one_with_it_answers() -> None:
    for given in map(deals.sample, deals.samples()):
        if given.published_run is None:
            continue  # the invented one
        if given.finance.cash_usd is None:
            with pytest.raises(InputError, match=r"neither cash nor a round"):
                gather(bare(given))
        else:
            months = answer(bare(given), n_draws=200).result.worlds.runway_months
            # Its listing documents were read as cash for less than a year.
            assert 6 <= np.median(months) <= 12


def test_cases_start_from_the_plan_only_where_its_growth_is_stated_and_it_earns() -> None:
    """An exit that rests on an assumed growth, or on tokens sold below their cost, is no base
    case: history stands for it, said so, unless a switch says otherwise.
    """
    falls = {"price_fall_per_year": 0.3, "cost_fall_per_year": 0.3}
    stated = deal(market={**MARKET, "growth_per_month": 0.1, **falls})
    below = deal(
        market={**MARKET, "growth_per_month": 0.1, **falls, "cost_usd_per_million_tokens": 3.0}
    )
    levels = [gather(bare(g)).inputs.switches.case_level for g in (stated, deal(), below)]
    assert levels == ["plan", "history", "history"]
    assert "keep the multiples of past financings" in said(below)
    forced = ScenarioEntry.model_validate({"name": "x", "switches": {"case_level": "plan"}})
    assert gather(bare(deal()), forced).inputs.switches.case_level == "plan"


@pytest.mark.parametrize("research", ["stated", "programme", "formula"])
def test_a_choice_of_research_without_its_numbers_is_refused(research: str) -> None:
    entry = ScenarioEntry.model_validate({"name": "x", "switches": {"research": research}})
    with pytest.raises(InputError) as caught:
        gather(bare(deal()), entry)
    assert caught.value.field == "scenario.switches.research"


def test_a_stated_spend_can_be_chosen_over_a_formula() -> None:
    given = deal(finance={**FINANCE, "compute_usd_per_month": 2e6})
    entry = ScenarioEntry.model_validate(
        {"name": "x", "inputs": {"final_run_usd": 1e6}, "switches": {"research": "stated"}}
    )
    flow = answer(bare(given), entry, n_draws=50).result.middle.flow
    serving = 3e11 / 1e6 * 0.8
    assert flow.costs["research"][0] == pytest.approx(2e6 - serving)
