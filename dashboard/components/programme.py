"""The whole programme on a page: what is asked beside the deal, and the answer."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import streamlit as st

from costmodel.facts import Fact
from costmodel.messages import InputError
from costmodel.money.assumed import Assumption
from costmodel.money.programme import COMPUTE_LINES, LINES, POSTURES, ProgrammeEstimate
from costmodel.uncertainty import Number, Percentiles
from dashboard import programme
from dashboard.bill_terms import (
    bill_line,
    figure_explained,
    figure_label,
    posture_explained,
    posture_label,
)
from dashboard.charts import course
from dashboard.charts.course import Course
from dashboard.components import (
    cards,
    charts,
    notice,
    programme_tables,
    provenance,
    scenario,
    tables,
)
from dashboard.components.evaluation import evaluate
from dashboard.components.page_fields import PageFields, pair
from dashboard.components.provenance import Row
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.exhibits import cost
from dashboard.findings import Evaluation
from dashboard.language import N_, amount, current, interval, listed, say, t
from dashboard.programme import ProgrammeAnswer
from dashboard.programme_plan import FIRST_POSTURE
from dashboard.terms import assumption_label, fact_label, with_labels

_LABELS: Final = {
    "posture": N_("Posture"),
    "months": N_("Length, months"),
    "start_month": N_("Final run starts after, months"),
    "storage": N_("Storage held, TB"),
    "egress": N_("Transfer out, TB"),
    "team": N_("Team"),
    "data": N_("Data bought"),
}
_HELPS: Final = {
    "months": N_("From the first day paid for to the release; a whole number."),
    "start_month": N_("Months of experiments before the final run."),
    "storage": N_("Held throughout. Empty: a share of the final run's rent stands for it."),
    "egress": N_("Moved out in all. Empty: a share of the final run's rent stands for it."),
}
FIELDS: Final = PageFields(
    "programme",
    labels=_LABELS,
    helps=_HELPS,
    named=assumption_label,
    read=programme.from_query,
)

_DATA_LINES: Final = LINES[LINES.index("people") + 1 :]
_FORMULAS: Final = {
    "programme": N_("final run × compute multiple + people + data + storage and transfer"),
    "final_run": N_("the bill of the training-cost page, in the same scenarios"),
    "other_compute": N_("final run × (compute multiple − 1), split by the shares below"),
    "people": N_("people × yearly pay × on-costs × months ÷ 12"),
    "data": N_("quantity × price of each kind, and bytes × price"),
    "month": N_("every line spread over the months in which it is paid"),
}


@st.cache_resource(max_entries=16, show_spinner=False)
def _answered(deal_json: str, language: str, typed: tuple[tuple[str, str], ...]) -> ProgrammeAnswer:
    assert language == current()
    return programme.answer(evaluate(Deal.model_validate_json(deal_json)), dict(typed))


def _answer(evaluation: Evaluation) -> ProgrammeAnswer:
    typed = tuple(sorted(FIELDS.typed().items()))
    return _answered(evaluation.deal.model_dump_json(), current(), typed)


def inputs(evaluation: Evaluation | None) -> Mapping[str, InputError]:
    """Everything that is asked about the programme; gives what is refused of it."""
    answered = _answer(evaluation) if evaluation is not None else None
    refused = answered.refused if answered else {}
    with st.container(border=True, key="programme_inputs"):
        st.markdown(f"#### {t('The programme')}")
        st.caption(t("The team and the data bought are tables beside the answer."))
        FIELDS.choice(
            "posture",
            POSTURES,
            refused,
            start=FIRST_POSTURE,
            show=posture_label,
            help_text=posture_explained(),
        )
        pair(lambda name: _text(name, answered), "months", "start_month")
        if answered is not None:
            run = amount(answered.final_run_months, "month")
            st.caption(t("The final run itself lasts {time} in the median.", time=run))
        pair(lambda name: _text(name, answered), "storage", "egress")
        _assumption_fields(answered)
        FIELDS.undo_button()
    return refused


def _text(name: str, answered: ProgrammeAnswer | None) -> None:
    usual = answered.defaults.get(name, "") if answered else ""
    FIELDS.text(
        name,
        answered.refused if answered else {},
        placeholder=t("{value}, assumed", value=usual) if usual else t("in the rent"),
    )


def _assumption_fields(answered: ProgrammeAnswer | None) -> None:
    if answered is None or answered.cited is None:
        return
    typed, refused = FIELDS.typed(), answered.refused
    names = [assumption.name for assumption in answered.cited.assumptions]
    opened = any(name in refused or name in typed for name in names)
    with st.expander(t("Assumptions"), expanded=opened):
        st.caption(t("One number, or a 90% range such as 1.8 - 3.2. Empty: the cited range."))
        for assumption in answered.cited.assumptions:
            span = interval(assumption.range.low, assumption.range.high, assumption.unit)
            FIELDS.text(
                assumption.name,
                refused,
                placeholder=span,
                help_text=t("In dollars per million tokens.")
                if assumption.unit == "usd_per_token"
                else None,
            )


def show(evaluation: Evaluation) -> None:
    """The answer first; while a field is refused, why, and the tables to mend it in."""
    answered = _answer(evaluation)
    estimate = answered.estimate
    if estimate is None:
        FIELDS.refusals(answered.refused)
        _tables(answered)
        return
    _figures(answered, estimate)
    st.subheader(t("Dollars by line"), anchor=False)
    _bill(estimate)
    st.subheader(t("Dollars spent by the end of each month"), anchor=False)
    _months(answered)
    _tables(answered)
    st.subheader(t("What to mind"), anchor=False)
    for check in estimate.checks:
        st.markdown(f":orange-badge[{t('Check')}] {plain(say(check))}")
    notice.notes([with_labels(warning) for warning in answered.warnings])
    st.subheader(t("Assumptions"), anchor=False)
    st.markdown(provenance.table([*_default_rows(answered), *_rows(estimate)]))


def _figures(answered: ProgrammeAnswer, estimate: ProgrammeEstimate) -> None:
    lines = estimate.lines
    beside = [lines[line] for line in COMPUTE_LINES if line != "final_run"]
    values: dict[str, Number] = {
        "programme": estimate.usd,
        "final_run": lines["final_run"],
        "other_compute": sum(beside),
        "people": lines["people"],
        "data": sum(lines[line] for line in _DATA_LINES),
    }
    with st.grid(3, min_column_width=150):
        for name, value in values.items():
            _card(name, Percentiles.of(value), answered, estimate)
        dearest = max(answered.monthly, key=lambda month: month.p50)
        _card("month", dearest, answered, estimate)


def _card(
    name: str, spread: Percentiles, answered: ProgrammeAnswer, estimate: ProgrammeEstimate
) -> None:
    formula = t(_FORMULAS[name])
    if name == "final_run" and _has_own_storage(estimate):
        formula = t("the bill of the training-cost page without its storage and transfer")
    cards.explained(
        name,
        figure_label(name),
        amount(spread.p50, "usd"),
        interval(spread.p05, spread.p95, "usd"),
        meaning=figure_explained(name),
        formula=formula,
        rows=_behind(name, answered, estimate),
    )


def _has_own_storage(estimate: ProgrammeEstimate) -> bool:
    plan = estimate.inputs.plan
    return plan.storage_bytes > 0 or plan.egress_bytes > 0


def _behind(name: str, answered: ProgrammeAnswer, estimate: ProgrammeEstimate) -> list[Row]:
    """What a headline figure is made of."""
    if name == "programme":
        return [_line_row(line, usd) for line, usd in estimate.lines.items() if np.any(usd)]
    if name == "final_run":
        link = f"[{t('Training cost')}](cost?{scenario.link_query()})"
        return [(figure_label(name), *_line_row(name, estimate.lines[name])[1:2], link)]
    if name == "other_compute":
        shares = ("post_training_share", "failed_run_share", "evaluation_share")
        return [*_rows(estimate, "research_multiple", *shares), *_default_rows(answered, "posture")]
    if name == "people":
        return [*_default_rows(answered, "team"), *_rows(estimate, "pay.", "on_cost.")]
    if name == "data":
        paid = ("price.", "client_over_worker_pay", "storage_usd", "egress_usd")
        return _rows(estimate, *paid)
    return _default_rows(answered, "months", "start_month")


def _line_row(line: str, usd: Number) -> Row:
    spread = Percentiles.of(usd)
    return bill_line(line), interval(spread.p05, spread.p95, "usd"), t("see that figure")


def _rows(estimate: ProgrammeEstimate, *starts: str) -> list[Row]:
    """The assumptions whose names start so, all of them where nothing is named."""
    idle = _idle(estimate)
    chosen: list[Assumption] = [
        a
        for a in estimate.inputs.assumptions
        if (not starts or a.name.startswith(starts)) and a.name not in idle
    ]
    return [provenance.assumption_row(a, FIELDS.typed()) for a in chosen]


def _idle(estimate: ProgrammeEstimate) -> set[str]:
    """Assumptions that nothing in this plan is paid by."""
    plan = estimate.inputs.plan
    used = {
        "storage_usd_per_gb_month": plan.storage_bytes > 0,
        "egress_usd_per_gb": plan.egress_bytes > 0,
        "client_over_worker_pay": bool(np.any(estimate.lines["labelling"])),
    }
    return {name for name, is_used in used.items() if not is_used}


def _default_rows(answered: ProgrammeAnswer, *names: str) -> list[Row]:
    """Cited defaults that stand because nothing was typed."""
    typed = FIELDS.typed()
    return [
        (fact_label(fact.quantity), _value(fact), provenance.fact_link(fact))
        for name, fact in answered.facts.items()
        if name not in typed and (not names or name in names)
    ]


def _value(fact: Fact) -> str:
    return amount(fact.value, fact.unit)


def _bill(estimate: ProgrammeEstimate) -> None:
    spreads, total = cost.programme_spreads(estimate), Percentiles.of(estimate.usd)
    charts.show(cost.programme(estimate), key="programme_bill")
    absent = [bill_line(line) for line in estimate.lines if line not in spreads]
    st.caption(t("Medians of lines need not add up to the median of their sum."))
    if absent:
        st.caption(t("Not in this plan: {lines}.", lines=listed(absent)))
    rows = [*((bill_line(line), p) for line, p in spreads.items()), (t("Total"), total)]
    with st.expander(t("The same as a table")):
        tables.spreads(t("Line"), rows)


def _months(answered: ProgrammeAnswer) -> None:
    assert answered.estimate is not None
    plan = answered.estimate.inputs.plan
    nothing = Percentiles(0.0, 0.0, 0.0)
    curve = Course(
        label=t("Spent"),
        times=list(range(plan.months + 1)),
        spreads=[nothing, *answered.spent],
    )
    mark = (plan.final_run_start_month, t("final run starts"))
    figure = course.figure([curve], "usd", time_label=t("months from the start"), mark=mark)
    charts.show(figure, key="programme_cash")
    st.caption(
        t(
            "When each line is paid is a convention: experiments before the final run, "
            "post-training after it, people while they are employed, licences at once."
        )
    )
    with st.expander(t("Month by month")):
        heads = (t("Month"), t("Spent in it"), t("90% range"), t("Spent so far"))
        rows = (
            (
                str(month),
                amount(p.p50, "usd"),
                interval(p.p05, p.p95, "usd"),
                amount(so_far.p50, "usd"),
            )
            for month, (p, so_far) in enumerate(
                zip(answered.monthly, answered.spent, strict=True), start=1
            )
        )
        tables.show(heads, rows, left=())


def _tables(answered: ProgrammeAnswer) -> None:
    st.subheader(t("Team"), anchor=False)
    programme_tables.team(FIELDS, answered)
    st.subheader(t("Data bought"), anchor=False)
    programme_tables.data(FIELDS, answered)
