"""Scenarios in the deal file: read strictly, refused with the nearest, kept when written."""

import pytest

from costmodel.messages import InputError
from dashboard import deal as deals


def read(text: str) -> deals.Deal:
    return deals.loads(f"assay: 1\nname: X\n{text}\n")


def refusal(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        read(text)
    return caught.value


def test_a_scenario_survives_writing_and_reading() -> None:
    given = read(
        "scenarios: [{name: Lean, inputs: {research_multiple: [2, 4], cash_usd: 1e6}, "
        "stress: [failed_run], switches: {checklist: false}, cases: {fail: 0.4}}]"
    )
    assert given.scenarios[0].inputs == {"research_multiple": (2.0, 4.0), "cash_usd": 1e6}
    assert deals.loads(deals.dumps(given)) == given


def test_a_deal_without_scenarios_is_written_without_them() -> None:
    assert "scenarios" not in deals.dumps(read("finance: {cash_usd: 1e6}"))


@pytest.mark.parametrize(
    ("entry", "field", "says"),
    [
        ("{name: x, inputs: {cash_us: 1}}", "scenarios.0.inputs.cash_us", "cash_usd"),
        ("{name: x, stress: [failed_runs]}", "scenarios.0.stress", "failed_run"),
        ("{name: x, switches: {checklists: true}}", "scenarios.0.switches.checklists", "checklist"),
        ("{name: x, input: {}}", "scenarios.0.input", "inputs"),
        ("{inputs: {}}", "scenarios.0.name", "missing"),
        ("{name: x, inputs: {cash_usd: -1}}", "scenarios.0.inputs.cash_usd", "not possible here"),
        ("{name: x, inputs: {past_slip: [0.5, 0.2]}}", "scenarios.0.inputs.past_slip", "backwards"),
        ("{name: x, inputs: {exit_multiple: many}}", "scenarios.0.inputs.exit_multiple", "many"),
        ("{name: x, cases: {fail: 1.5}}", "scenarios.0.cases.fail", "share"),
        ("{name: x, switches: {research: other}}", "scenarios.0.switches.research", "stated"),
        ("{name: x}, {name: x}", "scenarios.1.name", "twice"),
        ("{name: a}, {name: b}, {name: c}, {name: d}, {name: e}", "scenarios", ""),
    ],
)
def test_what_cannot_be_is_refused_at_its_path(entry: str, field: str, says: str) -> None:
    error = refusal(f"scenarios: [{entry}]")
    assert error.field == field
    assert says in str(error.message)
