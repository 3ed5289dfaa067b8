"""Serving on screen: what it takes, the memory, the margin, the levers, the published speeds."""

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from costmodel import facts
from costmodel.facts import Fact
from costmodel.hardware import accelerators
from costmodel.hardware.serving_benchmarks import ServedSpeed, agreement, served_speeds
from costmodel.hardware.serving_time import FILE, compute_peak
from costmodel.messages import InputError
from costmodel.money.serving_levers import Lever
from costmodel.money.training_cost import Assumption
from costmodel.uncertainty import Number, Percentiles
from costmodel.workload.serving_load import WEIGHT_FORMATS
from dashboard import serving
from dashboard.charts import bars, stacked, strips
from dashboard.charts.bars import Bar
from dashboard.charts.palette import COMPUTED, MEMORY_COLOURS, MUTED
from dashboard.charts.stacked import Part
from dashboard.charts.strips import Dot
from dashboard.components import charts, notice, provenance, scenario
from dashboard.components.page_fields import PageFields, pair
from dashboard.components.provenance import Row
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.language import N_, amount, exact, interval, number, ranged, say, t
from dashboard.serving import Answer
from dashboard.serving_terms import assumption_label, formula, label, meaning, part_label

FIELDS: Final = PageFields(
    "serving",
    labels={
        "requests_per_day": N_("Requests a day"),
        "input_tokens": N_("Input tokens of a request"),
        "output_tokens": N_("Output tokens of a request"),
        "token_ms": N_("Longest time per token, ms"),
        "weights": N_("Number format of the weights"),
        "replica": N_("Accelerators of a replica"),
        "other_chip": N_("Compare with"),
        "input_price": N_("Price of input, $ per million tokens"),
        "output_price": N_("Price of output, $ per million tokens"),
        "cached_price": N_("Price of cached input, $ per million tokens"),
        "paid_share": N_("Share of requests paid for"),
        "cached_input_share": N_("Input read before (prefix cache)"),
        "mean_over_peak": N_("Mean over peak traffic"),
        "headroom": N_("Capacity over peak traffic"),
        "overhead_share": N_("Overhead of the service over rent"),
    },
    helps={
        "requests_per_day": N_("On an average day, such as 1M or 100万."),
        "input_tokens": N_("Everything that is read before the answer: prompt, history, context."),
        "token_ms": N_("50 ms is twenty tokens a second for each user. A looser bound is cheaper."),
        "weights": N_("Fewer bits hold and read less; ask what they do to the quality."),
        "replica": N_("Empty: the size with the smallest fleet is chosen."),
        "other_chip": N_("At its own quoted rent. At first the fastest memory with prices known."),
        "input_price": N_("What customers pay: a number or a 90% range such as 0.4 - 0.6."),
        "output_price": N_("What customers pay: a number or a 90% range such as 1 - 2."),
        "cached_price": N_("Of input that was read before. Empty: the full price."),
        "paid_share": N_("100% where no request is free."),
        "cached_input_share": N_("Share of the input that an earlier request has read already."),
        "mean_over_peak": N_("Average traffic of a week over its busiest hour."),
        "headroom": N_("1.3 is 30% more than the busiest hour needs."),
        "overhead_share": N_("Gateways, safety models, storage and support over rent."),
    },
)

_NAMES: Final = {
    "as planned": N_("As planned"),
    "fp8": N_("FP8 weights"),
    "int4": N_("INT4 weights"),
    "fp4": N_("FP4 weights"),
}
#: Below this share of its usual use a fleet is called half empty.
_NOT_FULL: Final = 0.9
_SPEED: Final = ("memory_efficiency", "decode_efficiency", "step_overhead_s")
_SPREAD: Final = ("link_efficiency", "link_latency_s", "network_latency_s")
_USE: Final = ("mean_over_peak", "headroom")
_BILL: Final = ("usd_per_gpu_hour", "overhead_share", *_USE)
#: What stands in each formula, by assumption; ``chip`` and ``load`` rows come first.
_FACTORS: Final[Mapping[str, tuple[str, ...]]] = {
    "input_usd": (*_BILL, "prefill_efficiency", "cached_input_share"),
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


@st.cache_resource(max_entries=64, show_spinner=False)
def _computed(deal_json: str, typed: tuple[tuple[str, str], ...]) -> Answer | dict[str, InputError]:
    deal = Deal.model_validate_json(deal_json)
    question, refused = serving.read(deal, dict(typed))
    if question is None:
        return refused
    try:
        return serving.answer(question)
    except (InputError, facts.FactError) as error:
        reason = serving.refusal(error)
        return {serving.own_field(reason): reason}


def computed(deal: Deal, unread: Mapping[str, InputError]) -> Answer | dict[str, InputError]:
    """What serving the deal's model takes, or what was refused, by field; kept between clicks.

    ``unread`` are the scenario's fields that could not be read.
    """
    refused = {n: why for n, why in unread.items() if n in serving.SCENARIO_FIELDS}
    if refused:
        return refused
    return _computed(deal.model_dump_json(), tuple(sorted(FIELDS.typed().items())))


def inputs(deal: Deal, refused: dict[str, InputError]) -> None:
    """Everything that can be typed; a refused field says why underneath."""
    starts = serving.starts(deal)

    def text(name: str, placeholder: str = "") -> None:
        FIELDS.text(name, refused, start=starts[name], placeholder=placeholder)

    with st.container(border=True, key="inputs"):
        st.markdown(f"#### {t('Your numbers')}")
        st.caption(t("Change a number and everything follows."))
        text("requests_per_day")
        pair(text, "input_tokens", "output_tokens")
        text("token_ms")
        scenario.field("chip", refused)
        left, right = st.columns(2)
        with left:
            FIELDS.choice(
                "weights",
                WEIGHT_FORMATS,
                refused,
                start=starts["weights"],
                show=str.upper,
            )
        with right:
            scenario.field("usd_per_gpu_hour", refused)
        st.markdown(f"**{t('What customers pay')}**")
        pair(lambda name: text(name, t("not stated")), "input_price", "output_price")
        pair(lambda name: text(name, t("full price")), "cached_price")
        text("paid_share", "100%")
        with st.expander(t("Replica and comparison"), expanded="replica" in refused):
            text("replica", t("chosen"))
            FIELDS.choice(
                "other_chip",
                ["", *accelerators.names()],
                refused,
                start="",
                show=lambda name: name or t("fastest memory with prices"),
            )
        with st.expander(t("Assumptions"), expanded=any(n in refused for n in _ASSUMED)):
            for name in _ASSUMED:
                text(name, "0%" if name == "cached_input_share" else t("from the data"))
        scenario.size(refused)
        FIELDS.undo_button(serving.SCENARIO_FIELDS)


_ASSUMED: Final = ("cached_input_share", "mean_over_peak", "headroom", "overhead_share")


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


def memory(answer: Answer) -> None:
    """What the memory of one replica holds, at the medians."""
    held, typical = answer.drawn.memory, answer.typical
    parts = []
    for name, colour in MEMORY_COLOURS.items():
        value = float(getattr(typical.memory, name))
        if value > 0:
            spread = Percentiles.of(getattr(held, name))
            part = Part(label=part_label(name), value=value, colour=colour, spread=spread)
            parts.append(part)
    charts.show(stacked.figure(parts, "bytes"), key="memory_chart")
    replica = typical.inputs.replica
    st.caption(
        t(
            "{n} × {chip} with {total}, at the medians: {batch} requests of {context} tokens.",
            n=replica.n_accelerators,
            chip=plain(replica.chip.name),
            total=amount(replica.memory_bytes, "bytes"),
            batch=number(float(typical.batch)),
            context=number(typical.inputs.load.full_context),
        )
    )


def margin(answer: Answer) -> None:
    """Gross margin and how long it lasts, or what price would earn one."""
    if answer.fleet.usd_per_month is None:
        st.caption(t("There is no price, so there is no bill. Write one in the inputs."))
        return
    with st.grid(3, min_column_width=150):
        if answer.margin is not None:
            _card("margin", answer.margin, "fraction", answer)
            _life(answer)
        _card("break_even", answer.asking[0.0], "usd", answer)
    full, used = (
        Percentiles.of(value).p50 for value in (answer.drawn.utilization, answer.fleet.utilization)
    )
    if used < _NOT_FULL * full:
        st.caption(
            t(
                "The smallest fleet is more than this traffic needs: it is used {used} on average "
                "where a full one is used {full}, so a token costs more here than in the cards "
                "above.",
                used=amount(used, "fraction"),
                full=amount(full, "fraction"),
            )
        )
    if answer.margin is None:
        st.caption(t("Write what customers pay, and the gross margin and its life appear here."))
    heads = (t("Gross margin"), t("Median price"), t("90% range"))
    rows = [f"| {' | '.join(heads)} |", "| --: | --: | --: |"]
    for share, asking in answer.asking.items():
        assert asking is not None
        spread = Percentiles.of(asking)
        rows.append(
            f"| {amount(share, 'fraction')} | {amount(spread.p50, 'usd')} "
            f"| {interval(spread.p05, spread.p95, 'usd')} |"
        )
    st.markdown(money("\n".join(rows)))
    st.caption(
        t("Price per million tokens, read and written alike, that leaves this margin today.")
    )


def levers(answer: Answer) -> None:
    """The service with one thing changed at a time, in the same worlds."""
    cost = [
        Bar(
            label=_lever_label(lever),
            value=Percentiles.of(month).p50,
            spread=Percentiles.of(month),
            colour=MUTED if lever.name == "as planned" else COMPUTED,
        )
        for lever in answer.levers
        if lever.fleet is not None and (month := lever.fleet.usd_per_month) is not None
    ]
    if cost:
        st.caption(t("Dollars a month for this traffic, one thing changed at a time."))
        charts.show(bars.figure(cost, "usd"), key="levers_chart")
    heads = (t("Lever"), t("Bill against plan"), t("Time per token"), t("Accelerators"))
    lines = [f"| {' | '.join(heads)} |", "| :-- | --: | --: | --: |"]
    lines += [_lever_row(lever, answer) for lever in answer.levers[1:]]
    st.markdown(money("\n".join(lines)))
    st.caption(
        t(
            "The bill is compared in the same worlds: below 100% is cheaper. Narrower weights can "
            "cost quality; ask for a measured comparison."
        )
    )


def benchmarks() -> None:
    """The roofline against published speeds, with what is wrong with that check."""
    rows = served_speeds()
    dots = [
        Dot(
            group=f"{row.model} · {row.chip.split()[0]}",
            ratio=row.ratio,
            inside=row.is_covered,
            blind=not row.in_view,
            hover=_benchmark_hover(row),
        )
        for row in rows
    ]
    charts.show(
        strips.figure(dots, title=t("computed ÷ measured speed, log scale")),
        key="benchmarks_chart",
    )
    found = agreement(rows)
    blind = sum(not row.in_view for row in rows)
    inside = sum(row.is_covered for row in rows)
    furthest = max(rows, key=lambda row: max(row.ratio, 1 / row.ratio))
    st.caption(
        "\n".join(
            f"- {line}"
            for line in (
                t(
                    "{inside} of {n} published speeds lie inside the computed 90% range, where 9 "
                    "in 10 should: the ranges of this page are too narrow.",
                    inside=inside,
                    n=found.n,
                )
                if found.share_covered < 0.85
                else t(
                    "{inside} of {n} published speeds lie inside the computed 90% range.",
                    inside=inside,
                    n=found.n,
                ),
                t(
                    "Not blind: the efficiency ranges were chosen with all but {n} of these rows "
                    "in view.",
                    n=blind,
                ),
                t(
                    "The furthest is {factor} times off: {model} on {chip}.",
                    factor=number(found.furthest),
                    model=plain(furthest.model),
                    chip=plain(furthest.chip),
                ),
                t(
                    "Makers' own benchmarks of one busy replica: no idle time, no headroom, fixed "
                    "lengths, software of 2023 and 2025."
                ),
            )
        )
    )
    sources = {row.source.id: row.source for row in rows}
    st.caption(" · ".join(_source(source.title, source.url) for source in sources.values()))


def assumptions(answer: Answer) -> None:
    """Everything that the figures rest on, with range, grade and source."""
    names = [a.name for a in answer.drawn.inputs.assumptions]
    rows = [*_load_rows(answer), *_chip_rows(answer), *_assumed(answer, names), *_trend_rows()]
    st.markdown(provenance.table(rows))


def _card(figure: str, value: Number | None, unit: str, answer: Answer) -> None:
    with st.container(border=True, gap="xsmall"):
        if value is None:
            st.metric(label(figure), "–", help=money(meaning(figure)))
            st.caption(t("no price"))
        else:
            spread = Percentiles.of(value)
            shown = amount(spread.p50, unit, beside=spread.p95)
            st.metric(money(label(figure)), shown, help=money(meaning(figure)))
            st.caption(money(interval(spread.p05, spread.p95, unit)))
        _source_button(figure, answer)


def _exact(figure: str, answer: Answer) -> None:
    replica = answer.drawn.inputs.replica
    with st.container(border=True, gap="xsmall"):
        st.metric(label(figure), amount(replica.n_accelerators, "count"), help=meaning(figure))
        st.caption(plain(replica.chip.name))
        _source_button(figure, answer)


def _life(answer: Answer) -> None:
    life = answer.life
    assert life is not None
    with st.container(border=True, gap="xsmall"):
        median = life.typical_months
        shown = t("never") if median is None else amount(median, "month")
        st.metric(label("months"), shown, help=money(meaning("months")))
        first = life.months_at(0.05)
        if median == 0:
            st.caption(t("negative today in most worlds"))
        elif first is None:
            st.caption(t("never in nineteen of twenty worlds"))
        else:
            st.caption(
                t(
                    "one world in twenty: {first}; never in {share}",
                    first=amount(first, "month"),
                    share=amount(life.share_never, "fraction"),
                )
            )
        _source_button("months", answer)


def _source_button(figure: str, answer: Answer) -> None:
    rows: list[Row] = []
    if figure in ("input_usd", "output_usd", "batch", "token_s", "first_token_s", "replica"):
        rows += [*_load_rows(answer), *_chip_rows(answer)]
    if figure in ("accelerators", "usd_month", "break_even", "margin"):
        rows += _fleet_rows(answer)
    rows += _trend_rows() if figure == "months" else []
    rows += _assumed(answer, _FACTORS[figure])
    provenance.explained(
        money(label(figure)), formula(figure), meaning(figure), rows, key=f"source:{figure}"
    )


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


_KINDS: Final = {"16-bit": N_("16-bit"), "8-bit": N_("8-bit"), "4-bit": N_("4-bit")}


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


def _lever_label(lever: Lever) -> str:
    if lever.name == "patience":
        return t("{time} per token", time=amount(lever.service.bound_s, "s"))
    if lever.name == "other chip":
        return lever.service.chip.name
    return t(_NAMES[lever.name])


def _lever_row(lever: Lever, answer: Answer) -> str:
    name = plain(_lever_label(lever))
    if lever.estimate is None:
        assert lever.refused is not None
        reason = serving.refusal(lever.refused)
        return f"| {name} | {plain(say(reason.message))} | – | – |"
    assert lever.fleet is not None
    ratio = lever.bill_over(answer.fleet)
    bill = "–" if ratio is None else ranged(Percentiles.of(ratio), "fraction")
    token = Percentiles.of(lever.estimate.token_s)
    many = ranged(Percentiles.of(lever.fleet.n_accelerators), "count")
    return f"| {name} | {bill} | {amount(token.p50, 's')} | {many} |"


def _benchmark_hover(row: ServedSpeed) -> str:
    return t(
        "{id}: measured {measured}, computed {computed} ({low} to {high}) a second and accelerator",
        id=row.id,
        measured=number(row.measured),
        computed=number(row.at_medians),
        low=number(row.predicted.p05),
        high=number(row.predicted.p95),
    )


def _source(title: str, url: str) -> str:
    return f"[{plain(title)}]({url})" if url.startswith("https://") else plain(title)


def notes(answer: Answer) -> None:
    """What had to be assumed, and what is not modelled."""
    notice.notes(answer.warnings)
