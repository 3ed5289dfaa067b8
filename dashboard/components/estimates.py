"""The estimate on screen: figures with their ranges, and the charts of them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import streamlit as st

from costmodel.claims import Claim
from costmodel.money.training_cost import CostEstimate
from costmodel.uncertainty import Number, Percentiles, sensitivity
from costmodel.workload.model_spec import SizeOnly
from dashboard.charts import bars, ranges
from dashboard.charts.bars import Bar
from dashboard.charts.ranges import RangeRow
from dashboard.components import cards, charts, provenance, tables
from dashboard.exhibits import cost
from dashboard.findings import Evaluation
from dashboard.language import amount, exact, interval, t
from dashboard.language import figure as at_scale
from dashboard.terms import assumption_label, explanation, line_label, quantity_label

#: What a figure is called, where it stands in the estimate, and its unit.
RANGED: Final = (
    ("gpu_hours", "gpu_hour"),
    ("wall_days", "day"),
    ("usd", "usd"),
    ("energy_kwh", "kwh"),
    ("kg_co2e", "kg_co2e"),
)


def outcomes(estimate: CostEstimate) -> list[tuple[str, Number, str]]:
    """The ranged figures of an estimate, those left out for want of a price excepted."""
    values = [(name, getattr(estimate, name), unit) for name, unit in RANGED]
    return [(name, value, unit) for name, value, unit in values if value is not None]


def figures(evaluation: Evaluation) -> None:
    """The answer in eight numbers, each with its range and its source."""
    estimate = evaluation.estimate
    with st.grid(4, min_column_width=150):
        _exact("params", estimate.params, "parameter", evaluation)
        _exact("train_flop", estimate.flop.parameter, "flop", evaluation)
        for name, value, unit in (("mfu", estimate.mfu, "fraction"), *outcomes(estimate)):
            _ranged(name, value, unit, evaluation)


def range_chart(evaluation: Evaluation) -> None:
    """Every ranged figure on its own scale, with what the deal states."""
    stated = _stated(evaluation.claims)
    rows = [
        RangeRow(
            label=quantity_label(name),
            spread=Percentiles.of(value),
            unit=unit,
            stated=stated.get(name),
        )
        for name, value, unit in outcomes(evaluation.estimate)
    ]
    charts.show(ranges.figure(rows), key="range_chart")


def bill(evaluation: Evaluation) -> None:
    """Dollars by line as a chart and as a table."""
    lines, figure = cost.bill_spreads(evaluation.estimate), cost.bill(evaluation.estimate)
    if figure is None:
        st.caption(t("There is no price, so there is no bill. Write one in the inputs."))
        return
    charts.show(figure, key="bill_chart")
    assert evaluation.estimate.usd is not None
    total = Percentiles.of(evaluation.estimate.usd)
    rows = [*((line_label(n), p) for n, p in lines.items()), (t("Total"), total)]
    tables.spreads(t("Line"), rows)
    st.caption(t("Medians of lines need not add up to the median of their sum."))


def sensitivity_chart(evaluation: Evaluation) -> None:
    """Which assumption the spread of the cost, or of the hours, comes from."""
    estimate = evaluation.estimate
    outcome = estimate.gpu_hours if estimate.usd is None else estimate.usd
    shares = sensitivity(np.asarray(outcome), estimate.values)
    chart = [Bar(label=assumption_label(n), value=s) for n, s in shares.items() if s >= 0.005]
    if chart:
        charts.show(bars.figure(chart, "fraction"), key="sensitivity_chart")
    else:
        st.caption(t("Nothing is uncertain: every input was given as one number."))


def _stated(claims: Sequence[Claim]) -> dict[str, float]:
    return {
        claim.quantity: claim.value
        for claim in reversed(claims)
        if not (claim.quantity in ("energy_kwh", "kg_co2e") and claim.basis != "site")
    }


def _exact(name: str, value: float, unit: str, evaluation: Evaluation) -> None:
    below = _exact_caption(name, evaluation)
    shown = _headline(value, unit)
    with cards.card(quantity_label(name), shown, below, meaning=explanation(name)):
        provenance.popover(name, evaluation, key=f"source:{name}")


def _headline(value: float, unit: str, *, beside: float = 0.0) -> str:
    """The figure of a card, without what its label says already."""
    if unit == "parameter":
        return exact(value)
    if unit in ("gpu_hour", "flop"):
        return at_scale(value, unit)
    return amount(value, unit, beside=beside).removesuffix(" CO₂e")


def _exact_caption(name: str, evaluation: Evaluation) -> str:
    estimate = evaluation.estimate
    if name == "params":
        return t("{n} active", n=exact(estimate.active_params))
    if isinstance(evaluation.inputs.plan.model, SizeOnly):
        return t("attention not counted")
    return t(
        "{flop} with attention",
        flop=amount(estimate.flop.model, "flop"),
    )


def _ranged(name: str, value: Number, unit: str, evaluation: Evaluation) -> None:
    spread = Percentiles.of(value)
    shown = _headline(spread.p50, unit, beside=spread.p95)
    below = interval(spread.p05, spread.p95, unit)
    with cards.card(quantity_label(name), shown, below, meaning=explanation(name)):
        provenance.popover(name, evaluation, key=f"source:{name}")
