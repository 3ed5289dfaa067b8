"""Where a number comes from: its formula, its factors with their ranges, and their sources."""

from collections.abc import Callable, Collection, Sequence
from typing import Final, TypeAlias
from urllib.parse import quote

import streamlit as st

from costmodel.claims import Finding
from costmodel.facts import Fact
from costmodel.hardware.calibration import EfficiencyPrior
from costmodel.hardware.efficiency import LayoutEfficiency
from costmodel.hardware.goodput import ModelledGoodput
from costmodel.money.assumed import Assumption
from costmodel.money.prices import PriceRange
from costmodel.uncertainty import Number, Percentiles
from costmodel.workload.model_spec import SizeOnly
from dashboard.components import scenario, tables
from dashboard.components.text import cited_source, money, plain
from dashboard.deal import localised
from dashboard.findings import Evaluation
from dashboard.language import N_, amount, current, interval, t
from dashboard.output import source_line
from dashboard.terms import (
    assumption_label,
    evidence_label,
    explanation,
    quantity_label,
    source_title,
)

#: (label, value, source) in Markdown.
Row: TypeAlias = tuple[str, str, str]

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
_POWER: Final = ("server_power_ratio", "mean_draw_share", "pue")
#: What stands in each formula: names of assumptions, and of the rows of ``_ROWS``.
_FACTORS: Final = {
    "params": ("params", "active_params"),
    "active_params": ("active_params",),
    "train_flop": ("active_params", "tokens", "parameter_flop", "model_flop", "full_square"),
    "mfu": ("efficiency", "speedup", "parameter_flop", "model_flop"),
    "gpu_hours": ("model_flop", "peak", "efficiency", "speedup", "goodput"),
    "wall_days": ("gpu_hours", "n_accelerators"),
    "usd": ("gpu_hours", "usd_per_gpu_hour", "extras_share"),
    "usd_per_gpu_hour": ("usd_per_gpu_hour", "quotes"),
    "energy_kwh": ("gpu_hours", "board_power", *_POWER),
    "kg_co2e": ("energy", "carbon_kg_co2e_per_kwh"),
    "kw": ("board_power", *_POWER),
}


def popover(quantity: str, evaluation: Evaluation, *, key: str) -> None:
    """A button that opens how ``quantity`` was computed and from which sources."""
    with st.popover(t("Source"), key=key, type="tertiary"):
        st.markdown(f"**{quantity_label(quantity)}** = {_formula(quantity, evaluation)}")
        st.caption(money(explanation(quantity)))
        st.markdown(_table(evaluation, _FACTORS[quantity]))


def of_finding(evaluation: Evaluation, finding: Finding) -> None:
    """The same for a finding."""
    with st.popover(t("Source"), key=f"finding_source:{finding.claim}", type="tertiary"):
        if finding.quantity in _FORMULAS:
            label = quantity_label(finding.quantity)
            st.markdown(f"**{label}** = {_formula(finding.quantity, evaluation)}")
        st.markdown(_table(evaluation, _FACTORS[finding.quantity]))


def assumptions_table(evaluation: Evaluation) -> None:
    """Everything that the estimate rests on, with its range, grade and source."""
    names = tuple(assumption.name for assumption in evaluation.inputs.assumptions)
    st.markdown(
        _table(
            evaluation,
            (
                "params",
                "active_params",
                "tokens",
                "parameter_flop",
                "model_flop",
                "full_square",
                "n_accelerators",
                "peak",
                "board_power",
                *names,
            ),
        )
    )


def explained(label: str, formula: str, meaning: str, rows: Sequence[Row], *, key: str) -> None:
    """A button that opens how any figure was computed: formula, meaning, inputs, sources."""
    with st.popover(t("Source"), key=key, type="tertiary"):
        st.markdown(f"**{plain(label)}** = {formula}")
        st.caption(money(meaning))
        st.markdown(table(rows))


def table(rows: Sequence[Row]) -> str:
    """A Markdown table: input, value or 90% range, source as a link, grade."""
    cells = ((plain(label), plain(value), source) for label, value, source in rows)
    return tables.table((t("Input"), t("Value"), t("Source")), cells, left=(0, 2))


def plan_rows(evaluation: Evaluation, *names: str) -> list[Row]:
    """The rows of the deal's own plan by name: ``n_accelerators``, ``board_power`` ..."""
    rows = [_ROWS[name](evaluation) for name in names]
    return [row for row in rows if row is not None]


def assumption_row(assumption: Assumption, typed: Collection[str]) -> Row:
    """An assumption's name, range and source; ``typed`` are those that the reader stated."""
    label, span, origin = _assumed(assumption)
    return label, span, t("typed by you") if assumption.name in typed else origin


def fact_link(fact: Fact) -> str:
    """A link to the fact's own row, with the source's name and the evidence grade."""
    target = _sources_page("fact", fact.key)
    return (
        f"[{plain(source_title(fact.source))}]({target}) · {plain(evidence_label(fact.evidence))}"
    )


def _formula(quantity: str, evaluation: Evaluation) -> str:
    if quantity == "gpu_hours" and "speedup" in evaluation.estimate.values:
        return t("model FLOP ÷ (peak × efficiency × speed against 16-bit × goodput)")
    if quantity == "mfu" and "speedup" in evaluation.estimate.values:
        return t("efficiency in the step × speed against 16-bit × parameter FLOP ÷ model FLOP")
    return t(_FORMULAS[quantity])


def _table(evaluation: Evaluation, names: tuple[str, ...]) -> str:
    """The rows of these names as a table; those that do not apply are left out."""
    rows = []
    by_name = {a.name: a for a in evaluation.inputs.assumptions}
    for name in names:
        row = None
        if name in _ROWS:
            row = _ROWS[name](evaluation)
        elif name in by_name:
            row = _assumed(by_name[name])
        if row is not None:
            rows.append(row)
    return table(rows)


def _assumed(assumption: Assumption) -> Row:
    span = interval(assumption.range.low, assumption.range.high, assumption.unit)
    return assumption_label(assumption.name), span, origin_link(assumption)


def _stated(evaluation: Evaluation, field: str) -> str:
    """Who stated a field of the plan: the reader in this session, or the deal."""
    if field in scenario.current_scenario().typed:
        return t("typed by you")
    stated = cited_source(localised(evaluation.deal.plan.source, current()))
    return stated or f"{t('the deal')}: {plain(evaluation.deal.name)}"


def _counted(evaluation: Evaluation) -> str:
    if isinstance(evaluation.inputs.plan.model, SizeOnly):
        return _stated(evaluation, "params")
    counted = plain(t("counted from the architecture of {deal}", deal=evaluation.deal.name))
    stated = cited_source(localised(evaluation.deal.plan.source, current()))
    return f"{counted} · {stated}" if stated else counted


def _params(e: Evaluation) -> Row:
    return t("Parameters"), f"{e.estimate.params:,.0f}", _counted(e)


def _active(e: Evaluation) -> Row:
    return t("Active parameters"), f"{e.estimate.active_params:,.0f}", _counted(e)


def _tokens(e: Evaluation) -> Row:
    return t("Training tokens"), amount(e.inputs.plan.tokens, "token"), _stated(e, "tokens")


def _parameter_flop(e: Evaluation) -> Row:
    return t("Parameter FLOP"), amount(e.inputs.flop.parameter, "flop"), _counted(e)


def _model_flop(e: Evaluation) -> Row:
    label = t("Model FLOP, causal attention included")
    if isinstance(e.inputs.plan.model, SizeOnly):
        label = t("Model FLOP, attention not counted")
    return label, amount(e.inputs.flop.model, "flop"), _counted(e)


def _full_square(e: Evaluation) -> Row | None:
    if isinstance(e.inputs.plan.model, SizeOnly):
        return None
    label = t("FLOP with the whole attention square")
    return label, amount(e.inputs.flop.full_square, "flop"), _counted(e)


def _peak(e: Evaluation) -> Row:
    label = t("Dense 16-bit peak of {chip}", chip=e.inputs.cluster.accelerator.name)
    return label, amount(e.inputs.peak.value, e.inputs.peak.unit), fact_link(e.inputs.peak)


def _board_power(e: Evaluation) -> Row:
    power = e.inputs.board_power
    return t("Board power"), amount(power.value, power.unit), fact_link(power)


def _accelerators(e: Evaluation) -> Row:
    number = f"{e.inputs.cluster.n_accelerators:,}"
    return t("Number of accelerators"), number, _stated(e, "n_accelerators")


def _above(label: str, value: Number, unit: str) -> Row:
    spread = Percentiles.of(value)
    return label, interval(spread.p05, spread.p95, unit), t("see that figure")


def _gpu_hours(e: Evaluation) -> Row:
    return _above(quantity_label("gpu_hours"), e.estimate.gpu_hours, "gpu_hour")


def _energy(e: Evaluation) -> Row:
    return _above(quantity_label("energy_kwh"), e.estimate.energy_kwh, "kwh")


def _quotes(e: Evaluation) -> Row:
    chip = e.inputs.cluster.accelerator.name
    link = f"[{t('dated rental quotes')}]({_sources_page('prices', chip)})"
    return t("Prices on record"), chip, link


_ROWS: Final[dict[str, Callable[[Evaluation], Row | None]]] = {
    "params": _params,
    "active_params": _active,
    "tokens": _tokens,
    "parameter_flop": _parameter_flop,
    "model_flop": _model_flop,
    "full_square": _full_square,
    "peak": _peak,
    "board_power": _board_power,
    "n_accelerators": _accelerators,
    "gpu_hours": _gpu_hours,
    "energy": _energy,
    "quotes": _quotes,
}


def origin_link(assumption: Assumption) -> str:
    """Where an assumption comes from, as a link where there is something to open."""
    origin = assumption.origin
    if isinstance(origin, Fact):
        return fact_link(origin)
    if origin is None and assumption.name in scenario.current_scenario().typed:
        return t("typed by you")
    label = plain(source_line(assumption))
    if isinstance(origin, EfficiencyPrior):
        kind = (origin.generation, origin.model_class, origin.left_out or "")
        return f"[{label}]({_sources_page('runs', *kind)})"
    if isinstance(origin, LayoutEfficiency):
        return f"[{label}](backtest?lang={current()})"
    if isinstance(origin, ModelledGoodput):
        return " · ".join([label, *dict.fromkeys(fact_link(fact) for fact in origin.facts)])
    if isinstance(origin, PriceRange):
        return f"[{label}]({_sources_page('prices', origin.chip)})"
    return label


def _sources_page(kind: str, *parts: str) -> str:
    value = quote("/".join(parts), safe="/")
    return f"sources?{kind}={value}&lang={current()}"
