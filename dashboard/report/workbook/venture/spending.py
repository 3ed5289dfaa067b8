"""Rows of costs: research, people and all else that is spent in a month."""

from typing import Final

import numpy as np

from costmodel.uncertainty import Draws
from costmodel.venture import demand
from costmodel.venture.cash import research_usd
from costmodel.venture.demand import Values
from costmodel.venture.scenario import Run
from dashboard.language import t
from dashboard.report.workbook.venture.timeline import Timeline

_ROUNDING: Final = 1e-9


def spending(timeline: Timeline, run: Run) -> None:
    """The rows of costs, and what is spent in all."""
    v, flow, n = run.values, run.flow, run.horizon
    t_ = np.arange(n, dtype=np.float64)
    timeline.heading(t("Costs"))
    fx = demand.fx(v, n)
    in_dollars = _number(v, "cny_cost_share") * (fx - 1) + 1
    timeline.write(
        "in_dollars",
        t("Dollars of a cost over those of today"),
        "ratio",
        "=1-cny_cost_share+cny_cost_share*{fx}",
        in_dollars,
    )
    _research(timeline, run, t_)
    committed = np.where(
        t_ < _number(v, "commitment_months"), _number(v, "commitment_usd_per_month"), 0.0
    )
    timeline.write(
        "committed",
        t("Compute that must be paid for"),
        "usd",
        "=IF({t}<commitment_months,commitment_usd_per_month,0)*{in_dollars}",
        committed * in_dollars,
    )
    timeline.write(
        "idle",
        t("Paid for and not used"),
        "usd",
        "=MAX({committed}-{research}-{serving},0)",
        flow.costs["idle"],
        total=True,
    )
    lines = (
        (
            "people",
            t("People"),
            (
                "=people_usd_per_month*(1+extra_people_share)*people_multiple_per_year^({t}/12)"
                "*{in_dollars}"
            ),
        ),
        ("data", t("Data"), "=data_usd_per_month*{in_dollars}"),
        ("other", t("All else"), "=(other_usd_per_month+compliance_usd_per_month)*{in_dollars}"),
        (
            "market",
            t("Go-to-market beyond the plan"),
            "=market_usd_per_month*(market_scale-1)*{in_dollars}",
        ),
        (
            "one_off",
            t("Claims to be paid"),
            "=IF(AND({t}<=claim_month,claim_month<{t}+1),claim_usd,0)",
        ),
    )
    for key, label, formula in lines:
        timeline.write(key, label, "usd", formula, flow.costs[key], total=True)
    timeline.write(
        "spent",
        t("Spent in the month"),
        "usd",
        "={people}+{research}+{serving}+{data}+{licences}+{support}+{other}+{market}+{idle}"
        "+{one_off}",
        flow.spent_usd,
        total=True,
        key_row=True,
    )


def _research(timeline: Timeline, run: Run, t_: Draws) -> None:
    """Research by the basis in use: a stated bill, the programme's, or final run x multiple."""
    v, flow, n = run.values, run.flow, run.horizon
    inputs = run.inputs
    programme = "0"
    if inputs.programme_usd is not None:
        usd = inputs.programme_usd[np.arange(n) % inputs.programme_usd.shape[-1]]
        timeline.given(
            "programme_as_computed", t("Compute of the programme, as computed"), "usd", usd
        )
        scaled = timeline.page.book.has("run_usd_as_computed")
        timeline.write(
            "programme",
            t("Compute of the programme, at the run's bill"),
            "usd",
            "={programme_as_computed}*run_usd/run_usd_as_computed"
            if scaled
            else "={programme_as_computed}",
            usd,
        )
        programme = "{programme}"
    rent = demand.yearly(np.asarray([_number(v, "compute_price_multiple_per_year")]), t_)
    rent = rent * _number(v, "compute_price_shock")
    timeline.write(
        "rent",
        t("Rents over those of today"),
        "ratio",
        "=compute_price_multiple_per_year^({t}/12)*compute_price_shock",
        rent,
    )
    planned, lasts = _number(v, "months_to_proof"), max(_number(v, "failed_run_months"), _ROUNDING)
    again = np.clip(t_ + 1, planned, planned + lasts) - np.clip(t_, planned, planned + lasts)
    timeline.write(
        "again",
        t("Share of a failed run that is paid again"),
        "fraction",
        "=(MIN(MAX({t}+1,months_to_proof),months_to_proof+failed_run_lasts)"
        "-MIN(MAX({t},months_to_proof),months_to_proof+failed_run_lasts))/failed_run_lasts",
        again / lasts,
    )
    found = research_usd(v, inputs.switches, months=n, programme_usd=inputs.programme_usd)
    assert np.allclose(found * _in_dollars(v, n), flow.costs["research"])
    timeline.write(
        "research",
        t("Research compute"),
        "usd",
        '=((IF(research_basis="stated",research_usd_per_month,IF(research_basis="programme",'
        + programme
        + ",final_run_usd*research_multiple/months_between_models))*research_scale"
        "*(1-MIN(MAX(cutoff_months-{t},0),1))+failed_runs*final_run_usd*{again})*{rent})"
        "*{in_dollars}",
        flow.costs["research"],
        total=True,
    )


def _number(v: Values, name: str) -> float:
    return float(np.asarray(v[name]))


def _in_dollars(v: Values, n: int) -> Draws:
    share = _number(v, "cny_cost_share")
    found: Draws = 1 - share + share * demand.fx(v, n)
    return found
