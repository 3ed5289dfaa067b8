"""The figures of serving on cards, and the rows that stand behind each."""

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from costmodel import facts
from costmodel.facts import Fact
from costmodel.hardware.serving_time import FILE, compute_peak
from costmodel.money.assumed import Assumption
from costmodel.uncertainty import Number, Percentiles
from dashboard import serving
from dashboard.components import cards, provenance
from dashboard.components.provenance import Row
from dashboard.components.serving_inputs import FIELDS
from dashboard.components.text import plain
from dashboard.language import N_, amount, exact, interval, t
from dashboard.serving import Answer
from dashboard.serving_terms import assumption_label, formula, label, meaning

_SPEED: Final = (
    "memory_efficiency",
    "decode_efficiency",
    "step_overhead_s",
    "measured_over_computed",
)
_SPREAD: Final = ("link_efficiency", "link_latency_s", "network_latency_s")
_USE: Final = ("mean_over_peak", "headroom")
_BILL: Final = ("usd_per_gpu_hour", "overhead_share", *_USE)
#: What stands in each formula, by assumption; ``chip`` and ``load`` rows come first.
_FACTORS: Final[Mapping[str, tuple[str, ...]]] = {
    "input_usd": (*_BILL, "prefill_efficiency", "cached_input_share", "measured_over_computed"),
    "output_usd": (*_BILL, *_SPEED),
    "batch": (*_SPEED, "memory_reserve_share"),
    "token_s": (*_SPEED, *_SPREAD),
    "first_token_s": ("prefill_efficiency", "memory_efficiency", "cached_input_share", *_SPREAD),
    "replica": (*_SPEED, "memory_reserve_share"),
    "accelerators": _USE,
    "usd_month": ("usd_per_gpu_hour", "overhead_share"),
    "margin": _BILL,
    "months": (),
    "break_even": _BILL,
}
_KINDS: Final = {"16-bit": N_("16-bit"), "8-bit": N_("8-bit"), "4-bit": N_("4-bit")}


def figures(answer: Answer) -> None:
    """The answer in eight numbers, each with its range and its source."""
    drawn, fleet = answer.drawn, answer.fleet
    with st.grid(4, min_column_width=150):
        _card("input_usd", drawn.input_usd_per_million, "usd", answer)
        _card("output_usd", drawn.output_usd_per_million, "usd", answer)
        _card("token_s", drawn.token_s, "s", answer)
        _card("first_token_s", drawn.first_token_s, "s", answer)
        _card("batch", drawn.batch, "ratio", answer)
        _exact("replica", answer)
        _card("accelerators", fleet.n_accelerators, "count", answer)
        _card("usd_month", fleet.usd_per_month, "usd", answer)


def margin(answer: Answer) -> None:
    """What is left of the price, how long it lasts, and the price that leaves nothing."""
    with st.grid(3, min_column_width=150):
        if answer.margin is not None:
            _card("margin", answer.margin, "fraction", answer)
            _life(answer)
        _card("break_even", answer.asking[0.0], "usd", answer)


def assumptions(answer: Answer) -> None:
    """Everything that the figures rest on, with range, grade and source."""
    names = [a.name for a in answer.drawn.inputs.assumptions]
    rows = [*_load_rows(answer), *_chip_rows(answer), *_assumed(answer, names), *_trend_rows()]
    st.markdown(provenance.table(rows))


def _card(figure: str, value: Number | None, unit: str, answer: Answer) -> None:
    if value is None:
        _figure(figure, "–", t("no price"), answer)
        return
    spread = Percentiles.of(value)
    shown = amount(spread.p50, unit, beside=spread.p95)
    _figure(figure, shown, interval(spread.p05, spread.p95, unit), answer)


def _exact(figure: str, answer: Answer) -> None:
    replica = answer.drawn.inputs.replica
    shown = amount(replica.n_accelerators, "count")
    _figure(figure, shown, plain(replica.chip.name), answer)


def _life(answer: Answer) -> None:
    life = answer.life
    assert life is not None
    median, first = life.typical_months, life.months_at(0.05)
    if median == 0:
        below = t("negative today in most scenarios")
    elif first is None:
        below = t("never in nineteen of twenty scenarios")
    else:
        below = t(
            "one scenario in twenty: {first}; never in {share}",
            first=amount(first, "month"),
            share=amount(life.share_never, "fraction"),
        )
    shown = t("never") if median is None else amount(median, "month")
    _figure("months", shown, below, answer)


def _figure(figure: str, value: str, below: str, answer: Answer) -> None:
    cards.explained(
        figure,
        label(figure),
        value,
        below,
        meaning=meaning(figure),
        formula=formula(figure),
        rows=_behind(figure, answer),
    )


def _behind(figure: str, answer: Answer) -> list[Row]:
    """What a figure is made of."""
    rows: list[Row] = []
    if figure in ("input_usd", "output_usd", "batch", "token_s", "first_token_s", "replica"):
        rows += [*_load_rows(answer), *_chip_rows(answer)]
    if figure in ("accelerators", "usd_month", "break_even", "margin"):
        rows += _fleet_rows(answer)
    rows += _trend_rows() if figure == "months" else []
    return [*rows, *_assumed(answer, _FACTORS[figure])]


def _load_rows(answer: Answer) -> list[Row]:
    load, replica = answer.drawn.inputs.load, answer.drawn.inputs.replica
    counted = plain(t("counted from the architecture"))
    n = replica.n_accelerators
    return [
        (t("Parameters"), exact(load.count.total), counted),
        (t("Active parameters"), exact(load.count.active), counted),
        (
            t("Weights of a replica in {form}", form=load.weights.upper()),
            amount(float(answer.typical.memory.weights), "bytes"),
            counted,
        ),
        (
            t("Input and output of a request"),
            f"{load.input_tokens:,} + {load.output_tokens:,}",
            _said("input_tokens"),
        ),
        (
            t("Longest time per token"),
            amount(answer.drawn.inputs.bound_s, "s"),
            _said("token_ms"),
        ),
        (t("Accelerators of a replica"), f"{n}", _said("replica", otherwise=t("chosen"))),
    ]


def _chip_rows(answer: Answer) -> list[Row]:
    load, replica = answer.drawn.inputs.load, answer.drawn.inputs.replica
    chip = replica.chip
    kind, peak = compute_peak(chip, load)
    rows = [_fact_row(t("Peak of {chip}, {kind}", chip=chip.name, kind=t(_KINDS[kind])), peak)]
    for name, said in (
        ("memory_bytes", t("Memory")),
        ("memory_bandwidth_byte_per_s", t("Memory bandwidth")),
        ("intranode_bandwidth_byte_per_s", t("Bandwidth between accelerators of a node")),
    ):
        fact = facts.find("accelerators", chip.name, name)
        if fact is not None:
            rows.append(_fact_row(said, fact))
    if replica.spans_nodes:
        rows.append(_fact_row(t("Network of one accelerator"), replica.network()))
    return rows


def _fleet_rows(answer: Answer) -> list[Row]:
    fleet, see = answer.fleet, t("see that figure")
    per_replica = Percentiles.of(answer.drawn.requests_per_s)
    many = Percentiles.of(fleet.n_accelerators)
    used = Percentiles.of(fleet.utilization)
    traffic = amount(answer.question.service.requests_per_day, "count")
    return [
        (t("Requests a day"), traffic, _said("requests_per_day")),
        (
            t("Requests a second of a replica"),
            interval(per_replica.p05, per_replica.p95, "ratio"),
            plain(t("computed")),
        ),
        (label("accelerators"), interval(many.p05, many.p95, "count"), see),
        (
            t("Mean use of the fleet"),
            interval(used.p05, used.p95, "fraction"),
            plain(t("computed")),
        ),
    ]


def _trend_rows() -> list[Row]:
    names = ("price_multiple_per_year", "cost_multiple_per_year")
    return [
        _fact_row(assumption_label(name), facts.lookup(FILE, "any service", name)) for name in names
    ]


def _assumed(answer: Answer, names: Sequence[str]) -> list[Row]:
    by_name = {a.name: a for a in answer.drawn.inputs.assumptions}
    return [_assumption_row(by_name[name]) for name in names if name in by_name]


def _assumption_row(assumption: Assumption) -> Row:
    span = interval(assumption.range.low, assumption.range.high, assumption.unit)
    name = assumption.name
    if assumption.origin is None and name in serving.FIELDS:
        source = _said(name, otherwise=t("none is assumed"))
    else:
        source = provenance.origin_link(assumption)
    return assumption_label(name), span, source


def _fact_row(said: str, fact: Fact) -> Row:
    low, high = fact.low, fact.high
    value = amount(fact.value, fact.unit) if low is None else interval(low, high, fact.unit)
    return said, value, provenance.fact_link(fact)


def _said(name: str, *, otherwise: str = "") -> str:
    """Who stated a field of this page."""
    if name in FIELDS.typed():
        return plain(t("typed by you"))
    return plain(otherwise or t("a start, until you type"))
