"""Where a number comes from: its formula, its inputs with their ranges, and their sources."""

from typing import Final
from urllib.parse import quote

import streamlit as st

from costmodel.claims import Finding
from costmodel.facts import Fact
from costmodel.hardware.calibration import EfficiencyPrior
from costmodel.money.prices import PriceRange
from costmodel.money.training_cost import Assumption
from dashboard.components.text import money, plain
from dashboard.findings import Evaluation
from dashboard.language import N_, amount, current, interval, t
from dashboard.output import source_line
from dashboard.terms import assumption_label, evidence_label, explanation, quantity_label

_FORMULAS: Final = {
    "params": N_("sum of every weight of the architecture"),
    "active_params": N_("sum of the weights that one token passes through"),
    "train_flop": N_("6 × active parameters × tokens"),
    "mfu": N_("efficiency in the step × parameter FLOP ÷ model FLOP"),
    "gpu_hours": N_("model FLOP ÷ (peak × efficiency × goodput)"),
    "wall_days": N_("GPU-hours ÷ (accelerators × 24)"),
    "usd": N_("GPU-hours × price × (1 + storage and data transfer)"),
    "energy_kwh": N_("GPU-hours × board power × server ratio × average draw × PUE"),
    "kg_co2e": N_("energy × carbon of the grid"),
}
_TIME: Final = ("efficiency", "speedup", "goodput")
_POWER: Final = ("server_power_ratio", "mean_draw_share", "pue")
_DEPENDS: Final = {
    "params": (),
    "active_params": (),
    "train_flop": (),
    "mfu": ("efficiency", "speedup"),
    "gpu_hours": _TIME,
    "wall_days": _TIME,
    "usd": (*_TIME, "usd_per_gpu_hour", "extras_share"),
    "energy_kwh": (*_TIME, *_POWER),
    "kg_co2e": (*_TIME, *_POWER, "carbon_kg_co2e_per_kwh"),
}


def popover(quantity: str, evaluation: Evaluation, *, key: str) -> None:
    """A button that opens how ``quantity`` was computed and from which sources."""
    with st.popover(t("Source"), key=key, type="tertiary"):
        st.markdown(f"**{quantity_label(quantity)}** = {t(_FORMULAS[quantity])}")
        st.caption(money(explanation(quantity)))
        st.markdown(_table(evaluation, _DEPENDS[quantity], quantity))


def assumptions_table(evaluation: Evaluation) -> None:
    """Every assumption of the estimate with its range, grade and source."""
    names = tuple(assumption.name for assumption in evaluation.inputs.assumptions)
    st.markdown(_table(evaluation, names, "energy_kwh"))


def of_finding(evaluation: Evaluation, finding: Finding) -> None:
    """The same for a finding."""
    with st.popover(t("Source"), key=f"finding_source:{finding.claim}", type="tertiary"):
        st.markdown(_table(evaluation, finding.depends_on, finding.quantity))


def _table(evaluation: Evaluation, names: tuple[str, ...], quantity: str) -> str:
    """A Markdown table: input, value or 90 % range, source as a link, grade."""
    rows = [f"| {t('Input')} | {t('Value')} | {t('Source')} |", "| --- | --- | --- |"]
    rows += [_row(label, value, source) for label, value, source in _fixed(evaluation, quantity)]
    by_name = {a.name: a for a in evaluation.inputs.assumptions}
    for name in names:
        if name in by_name:
            assumption = by_name[name]
            span = interval(assumption.range.low, assumption.range.high, assumption.unit)
            rows.append(_row(assumption_label(name), span, _origin(assumption)))
    return "\n".join(rows)


def _row(label: str, value: str, source: str) -> str:
    return f"| {plain(label)} | {plain(value)} | {source} |"


def _fixed(evaluation: Evaluation, quantity: str) -> list[tuple[str, str, str]]:
    """The inputs without doubt that a quantity rests on: the plan's own, and the data sheet's."""
    inputs, estimate = evaluation.inputs, evaluation.estimate
    deal = plain(evaluation.deal.name)
    said = f"{t('the deal')}: {deal}"
    counted = t("counted from the architecture of {deal}", deal=evaluation.deal.name)
    rows = [
        (t("Parameters"), f"{estimate.params:,.0f}", plain(counted)),
        (t("Active parameters"), f"{estimate.active_params:,.0f}", plain(counted)),
    ]
    if quantity in ("params", "active_params"):
        return rows
    rows += [
        (t("Training tokens"), amount(inputs.plan.tokens, "token"), said),
        (t("Parameter FLOP"), amount(inputs.flop.parameter, "flop"), plain(counted)),
        (
            t("Model FLOP, causal attention included"),
            amount(inputs.flop.model, "flop"),
            plain(counted),
        ),
        (
            t("FLOP with the whole attention square"),
            amount(inputs.flop.full_square, "flop"),
            plain(counted),
        ),
    ]
    if quantity == "train_flop":
        return rows
    chip = inputs.cluster.accelerator.name
    rows.append(
        (
            t("Dense 16-bit peak of {chip}", chip=chip),
            amount(inputs.peak.value, inputs.peak.unit),
            fact_link(inputs.peak),
        )
    )
    if quantity in ("energy_kwh", "kg_co2e", "kw"):
        power = inputs.board_power
        rows.append((t("Board power"), amount(power.value, power.unit), fact_link(power)))
    if quantity == "wall_days":
        number = str(inputs.cluster.n_accelerators)
        rows.append((t("Number of accelerators"), number, said))
    return rows


def _origin(assumption: Assumption) -> str:
    origin = assumption.origin
    if isinstance(origin, Fact):
        return fact_link(origin)
    label = plain(source_line(assumption))
    if isinstance(origin, EfficiencyPrior):
        return f"[{label}]({_sources_page('runs', origin.generation, origin.model_class)})"
    if isinstance(origin, PriceRange):
        return f"[{label}]({_sources_page('prices', origin.chip)})"
    return label


def fact_link(fact: Fact) -> str:
    """A link to the fact's own row, with the source's name and the evidence grade."""
    grade = evidence_label(fact.evidence)
    target = _sources_page("fact", fact.key)
    return f"[{plain(fact.source.title)}]({target}) · {plain(grade)}"


def _sources_page(kind: str, *parts: str) -> str:
    value = quote("/".join(parts), safe="/")
    return f"sources?{kind}={value}&lang={current()}"
