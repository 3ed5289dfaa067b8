"""LibreOffice computes what Python computed: as written, and after somebody changed a cell."""

import math
import random
from collections.abc import Mapping
from typing import Any, Final

import pytest

from costmodel.venture import scenario as scenarios
from costmodel.venture.inputs import INPUTS, Switches, inputs_for, known
from costmodel.venture.returns.outcomes import odds_factor
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.report.case import Case
from dashboard.report.workbook import to_xlsx
from dashboard.report.workbook.reading import read_back
from dashboard.report.workbook.risk.columns import AT
from dashboard.report.workbook.subject import subject_of
from dashboard.risk.bank.loading import bank
from dashboard.risk_terms import verdict_label
from dashboard.spreadsheet.sheet import letters
from dashboard.venture import answering
from dashboard.venture.answering import Sources
from tests.dashboard.report.workbook.hostile import hostile
from tests.dashboard.report.workbook.office import (
    Opened,
    case,
    edited,
    opened,
    recalculated,
    sample_book,
    sample_case,
    typed,
)

SAMPLE: Final = "example-startup"
CLOSE: Final = 1e-6
#: Workbooks that are only opened and computed.
AS_WRITTEN: Final = ("example", "chinese", "glm", "deepseek", "hostile", "empty")
MONEY: Final[Mapping[str, Any]] = {
    "usd_per_gpu_hour": 2.4,
    "cash_usd": 1.1e6,
    "growth_per_month": 0.09,
    "investment_usd": 3e6,
    "headcount": 61,
    "training_tokens": 3e12,
    "tokens_served_per_month": 9e10,
}
#: What-ifs of the scenario: every line of the cash, a stress, terms of the round.
WHAT_IF: Final[Mapping[str, float]] = {
    "cash_usd": 2e6,
    "raise_usd": 6e6,
    "raise_delay_months": 2.5,
    "signed_funding_usd": 1e6,
    "next_raise_usd": 4e6,
    "next_raise_month": 9,
    "next_raise_probability": 0.6,
    "cloud_credits_usd": 0.5e6,
    "cloud_credits_months": 7,
    "people_multiple_per_year": 1.1,
    "licences_usd_per_month": 9e3,
    "commitment_usd_per_month": 3e5,
    "commitment_months": 5,
    "cny_cost_share": 0.4,
    "cny_revenue_share": 0.3,
    "fx_multiple_per_year": 0.9,
    "final_run_usd": 2e6,
    "research_multiple": 4,
    "months_between_models": 11,
    "compute_price_multiple_per_year": 0.8,
    "research_scale": 1.2,
    "market_scale": 0.7,
    "paid_tokens_per_month": 2e11,
    "seats": 900,
    "seat_growth_per_month": 0.03,
    "projects_multiple_per_year": 1.3,
    "market_ceiling_usd_per_year": 9e6,
    "months_to_proof": 8,
    "past_slip": 0.5,
    "investment_usd": 2e6,
    "post_money_usd": 60e6,
    "later_dilution_2": 0,
    "later_pool_2": 0,
    "later_dilution_4": 0.08,
    "pro_rata_share": 0.5,
    "preference_multiple": 1.5,
    "earlier_preferences_usd": 3e6,
    "exit_multiple": 9,
    "holding_years": 5.5,
    "cash_at_exit_usd": 1e6,
    "debt_at_exit_usd": 4e6,
    "compute_price_shock": 1.4,
    "token_price_shock": 0.8,
    "failed_runs": 1,
    "failed_run_months": 4,
    "extra_proof_months": 1,
    "lost_revenue_share": 0.1,
    "cutoff_months": 2.5,
    "claim_usd": 7e5,
    "claim_month": 4.5,
    "extra_people_share": 0.1,
    "compliance_usd_per_month": 2e4,
}
SWITCHES: Final[Mapping[str, Any]] = {
    "research_basis": "formula",
    "participating": 1,
    "seniority": "equal",
    "margin_in_multiple": 1,
}


def random_answers(seed: int) -> dict[str, dict[str, Any]]:
    """A level and a status for every question that the sample is asked."""
    draw = random.Random(seed)
    statuses = [row.id for row in bank().frame.statuses]
    found: dict[str, dict[str, Any]] = {}
    for question in sample_case(SAMPLE).assessment.graded:
        level = draw.choice([None, 0, 1, 2, 3, 4])
        found[question] = {"level": level, "status": draw.choice(statuses)}
        if draw.random() < 0.7:
            found[question] |= {"na_reason": "not in scope", "second_reader": "L. Wang"}
    return found


def with_answers(answers: Mapping[str, Mapping[str, Any]]) -> Deal:
    state = deals.sample(SAMPLE).model_dump(mode="json")
    for question, answer in answers.items():
        state["answers"][question] = {**state["answers"].get(question, {}), **answer}
    return deals.from_mapping(state)


def by_programme() -> Deal:
    """The sample where research is that of the R&D programme, and people what the burn leaves."""
    state = deals.sample(SAMPLE).model_dump(mode="json")
    state["plan"]["cluster"]["usd_per_gpu_hour"] = 2.0
    state["finance"] |= {"cash_usd": 3e6, "raise_usd": 6e6, "investment_usd": 5e6}
    for name in ("compute_usd_per_month", "headcount", "market_usd_per_month", "inference_usd",
                 "hosting_usd", "cost_of_revenue_usd"):  # fmt: skip
        state["finance"][name] = None
    return deals.from_mapping(state)


def typed_answers(answers: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The workbook of the sample with these answers typed into it."""
    content = sample_book(SAMPLE)
    book = opened(content)
    names = {row.id: row.name.en for row in bank().frame.statuses}
    cells: dict[tuple[str, str], Any] = {}
    for question, answer in answers.items():
        code = question.replace("-", "_")
        row = book.row(f"level_{code}")
        cells[book.place(f"level_{code}")] = answer["level"]
        cells[book.place(f"status_{code}")] = names[answer["status"]]
        if "na_reason" in answer:
            cells["Checklist", f"{letters(AT['na_reason'])}{row}"] = answer["na_reason"]
            cells["Checklist", f"{letters(AT['second_reader'])}{row}"] = answer["second_reader"]
    return typed(content, cells)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, bytes]]:
    """Each workbook before and after LibreOffice computed it, all in one call."""
    written = {
        "example": sample_book(SAMPLE),
        "chinese": sample_book(SAMPLE, "zh"),
        "glm": sample_book("glm-130b"),
        "deepseek": sample_book("deepseek-v3"),
        "hostile": to_xlsx(case(hostile())),
        "empty": to_xlsx(case(deals.from_mapping({"assay": 1, "name": "Nothing"}))),
        "money": edited(sample_book(SAMPLE), inputs=MONEY),
        "answers": typed_answers(random_answers(7)),
        "programme": edited(to_xlsx(case(by_programme())), inputs={"usd_per_gpu_hour": 3.5}),
        "what_if": edited(sample_book(SAMPLE), inputs={**WHAT_IF, **SWITCHES}),
    }
    computed = recalculated(written, tmp_path_factory.mktemp("office"))
    return {name: (written[name], computed[name]) for name in written}


def values_of(books: Mapping[str, tuple[bytes, bytes]], name: str) -> Opened:
    return opened(books[name][1])


# --- as written --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", AS_WRITTEN)
def test_every_formula_gives_what_python_wrote_beside_it(
    books: dict[str, tuple[bytes, bytes]], name: str
) -> None:
    written, computed = (opened(content) for content in books[name])
    wrong = [
        (sheet, cell, written.of(sheet, cell), computed.of(sheet, cell))
        for sheet, cell in written.formulas()
        if not alike(written.of(sheet, cell), computed.of(sheet, cell))
    ]
    assert wrong == []


def alike(stored: Any, found: Any) -> bool:
    """The same number to six digits, the same text; an empty text is an empty cell."""
    if isinstance(stored, int | float) and isinstance(found, int | float):
        return math.isclose(stored, found, rel_tol=CLOSE, abs_tol=CLOSE)
    return (stored or "") == (found or "")


@pytest.mark.parametrize("name", AS_WRITTEN)
def test_no_cell_holds_an_error_and_all_checks_hold(
    books: dict[str, tuple[bytes, bytes]], name: str
) -> None:
    book = values_of(books, name)
    errors = [
        (sheet, cell, held.value)
        for sheet, cells in book.sheets.items()
        for cell, held in cells.items()
        if held.is_error
    ]
    assert errors == []
    assert book.at("model_ok") == "OK"


def test_enough_figures_are_held_against_python(books: dict[str, tuple[bytes, bytes]]) -> None:
    cells = values_of(books, "example").sheets["Model_check"]
    held = [c for c, cell in cells.items() if c.startswith("E") and cell.value == "OK"]
    with_python = [c for c in held if c.replace("E", "F") in cells]
    assert len(with_python) >= 30


# --- after a change ----------------------------------------------------------------------------


def test_money_follows_other_inputs_as_the_deal_read_back_does(
    books: dict[str, tuple[bytes, bytes]],
) -> None:
    written, _ = books["money"]
    changed = read_back(written, deals.sample(SAMPLE)).deal
    assert changed.finance.cash_usd is not None
    assert changed.finance.cash_usd.value == MONEY["cash_usd"]
    subject = subject_of(case(changed))
    assert subject.cost is not None
    assert subject.served is not None
    assert subject.run is not None
    assert subject.returns is not None
    run, returns = subject.run, subject.returns
    python = {
        "run_usd": subject.cost.usd,
        "gpu_hours": subject.cost.gpu_hours,
        "energy_kwh": subject.cost.energy_kwh,
        "served_usd_per_million": subject.served.estimate.usd_per_million,
        "people_usd_per_month": run.values["people_usd_per_month"],
        "research_usd_per_month": run.values["research_usd_per_month"],
        "runway_months": run.runway_months,
        "year_3_margin": run.year_3_margin,
        "cash_at_the_end": run.flow.cash_usd[-1],
        "exit_usd": returns.exit_usd,
        "owned_at_exit": returns.dilution.owned_at_exit,
        "moic": returns.moic,
    }
    assert found(values_of(books, "money"), python) == close(python)


def test_the_programme_follows_the_price_of_the_run(
    books: dict[str, tuple[bytes, bytes]],
) -> None:
    again = case(read_back(books["programme"][0], by_programme()).deal)
    assert again.answer is not None
    assert again.answer.inputs.switches.research == "programme"
    run = again.answer.result.middle
    python = {
        "final_run_usd": run.values["final_run_usd"],
        "unit_cost_usd_per_million_tokens": run.values["unit_cost_usd_per_million_tokens"],
        "people_usd_per_month": run.values["people_usd_per_month"],
        "market_usd_per_month": run.values["market_usd_per_month"],
        "runway_months": run.runway_months,
        "cash_after_a_year": run.flow.cash_usd[12],
    }
    assert found(values_of(books, "programme"), python) == close(python)


def test_the_expected_multiple_follows_money_at_the_score_as_it_is(
    books: dict[str, tuple[bytes, bytes]],
) -> None:
    base = sample_case(SAMPLE)
    changed = read_back(books["money"][0], base.deal).deal
    again = case(changed)
    assert base.answer is not None
    sources = Sources(
        deal=changed,
        evaluation=again.basis.evaluation,
        programme=again.programme,
        served_usd_per_million=answering.served_by(changed, again.basis.evaluation),
        overall=base.answer.base.overall,
    )
    expected = answering.answer(sources, n_draws=50).result.expected
    assert expected.irr is not None
    python = {"moic_expected": expected.moic, "irr_expected": expected.irr}
    assert found(values_of(books, "money"), python) == close(python)


def test_scores_and_verdict_follow_other_answers(
    books: dict[str, tuple[bytes, bytes]],
) -> None:
    answers = random_answers(7)
    again = case(with_answers(answers))
    overall, verdict = again.assessment.scores.overall, again.assessment.verdict
    assert overall is not None
    python = {
        "score_known": overall.known,
        "score_expected": overall.expected,
        "score_low": overall.low,
        "score_high": overall.high,
        "coverage": overall.coverage,
        "open_p0": len(verdict.open_p0),
        "critical_risks": sum(i.band == "critical" for i in again.assessment.scores.items),
        "deciding_rule": verdict.rule,
        "odds_factor": odds_factor(overall.expected),
    }
    book = values_of(books, "answers")
    assert found(book, python) == close(python)
    assert book.at("verdict_of_rules") == verdict_label(again.assessment, verdict.name)
    assert_items(book, again)


def assert_items(book: Opened, again: Case) -> None:
    """Every question counts as the assessment says."""
    items = {item.question: item for item in again.assessment.scores.items}
    for question in again.assessment.graded:
        row = book.row(f"level_{question.replace('-', '_')}")
        on_sheet = {
            name: book.of("Checklist", f"{letters(AT[name])}{row}")
            for name in ("counts", "expected", "low", "high", "residual")
        }
        item = items.get(question)
        if item is None:
            assert on_sheet["residual"] == 0, question
            continue
        level = None if on_sheet["counts"] < 0 else on_sheet["counts"]
        assert level == item.level, question
        ends = tuple(on_sheet[name] for name in ("expected", "low", "high"))
        assert ends == pytest.approx((item.expected, item.low, item.high)), question
        assert on_sheet["residual"] == item.residual, question


def test_every_line_of_the_scenario_follows_its_input(
    books: dict[str, tuple[bytes, bytes]],
) -> None:
    """All what-ifs at once, the switches turned, against the scenario run on the same values."""
    base = sample_case(SAMPLE)
    assert base.answer is not None
    book = values_of(books, "what_if")
    held = {name: book.at(name) for name in INPUTS}
    for name, value in WHAT_IF.items():
        assert held[name] == pytest.approx(value), name
    stepped = {"long_run_growth_per_month", "step_up"}
    given = {name: known(float(v)) for name, v in held.items() if name not in stepped}
    switches = Switches(
        research="formula",
        participating=True,
        seniority="equal",
        margin_in_multiple=True,
        case_level=book.at("case_level"),
    )
    inputs = inputs_for(given, switches=switches)
    result = scenarios.answer(
        inputs, seed=0, n_draws=3, overall=base.answer.base.overall,
        months=base.answer.result.middle.horizon,
    )  # fmt: skip
    middle, returns = result.middle, result.middle.returns
    assert returns is not None
    python = {
        "runway_months": middle.runway_months,
        "proof_months": middle.proof_months,
        "year_3_margin": middle.year_3_margin,
        "cash_after_a_year": middle.flow.cash_usd[12],
        "cash_at_the_end": middle.flow.cash_usd[-1],
        "spent_of_year_1": middle.flow.spent_usd[:12].sum(),
        "exit_usd": returns.exit_usd,
        "owned_at_exit": returns.dilution.owned_at_exit,
        "retention": returns.dilution.retention,
        "paid_usd": returns.paid_usd,
        "proceeds_usd": returns.proceeds_usd,
        "moic": returns.moic,
        "moic_expected": result.expected.moic,
        "irr_expected": result.expected.irr,
        **{f"case_moic_{c.name}": c.moic for c in result.cases},
        **{f"probability_{c.name}": c.probability for c in result.cases},
    }
    assert middle.values["cutoff_months"] == WHAT_IF["cutoff_months"]
    assert found(book, python) == close(python)


def found(book: Opened, python: Mapping[str, Any]) -> dict[str, Any]:
    return {name: book.at(name) for name in python}


def close(python: Mapping[str, Any]) -> dict[str, Any]:
    return {name: pytest.approx(float(v), rel=CLOSE, abs=1e-9) for name, v in python.items()}
