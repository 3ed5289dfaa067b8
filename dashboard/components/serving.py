"""Serving on screen: the memory, the margin, the levers, the published speeds."""

from typing import Final

import streamlit as st

from costmodel.hardware.serving_benchmarks import ServedSpeed, agreement, served_speeds
from costmodel.money.serving_levers import Lever
from costmodel.uncertainty import Percentiles
from dashboard import serving
from dashboard.charts import bars, stacked, strips
from dashboard.charts.bars import Bar
from dashboard.charts.palette import COMPUTED, MEMORY_COLOURS, MUTED
from dashboard.charts.stacked import Part
from dashboard.charts.strips import Dot
from dashboard.components import charts, notice, serving_cards, tables
from dashboard.components.text import plain
from dashboard.language import N_, amount, interval, number, ranged, say, t
from dashboard.serving import Answer
from dashboard.serving_terms import part_label
from dashboard.terms import source_title

_NAMES: Final = {
    "as planned": N_("As planned"),
    "fp8": N_("FP8 weights"),
    "int4": N_("INT4 weights"),
    "fp4": N_("FP4 weights"),
}
#: Below this share of its usual use a fleet is called half empty.
_NOT_FULL: Final = 0.9


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
    serving_cards.margin(answer)
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
    asked = {
        share: Percentiles.of(price) for share, price in answer.asking.items() if price is not None
    }
    tables.show(
        (t("Gross margin"), t("Median price"), t("90% range")),
        (
            (
                amount(share, "fraction"),
                amount(price.p50, "usd"),
                interval(price.p05, price.p95, "usd"),
            )
            for share, price in asked.items()
        ),
        left=(),
    )
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
    tables.show(heads, (_lever_row(lever, answer) for lever in answer.levers[1:]))
    st.caption(
        t(
            "The bill is compared in the same scenarios: below 100% is cheaper. Narrower weights "
            "can cost quality; ask for a measured comparison."
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
    st.caption(" · ".join(_source(source_title(source), source.url) for source in sources.values()))


def _lever_label(lever: Lever) -> str:
    if lever.name == "patience":
        return t("{time} per token", time=amount(lever.service.bound_s, "s"))
    if lever.name == "other chip":
        return lever.service.chip.name
    return t(_NAMES[lever.name])


def _lever_row(lever: Lever, answer: Answer) -> tuple[str, ...]:
    name = plain(_lever_label(lever))
    if lever.estimate is None:
        assert lever.refused is not None
        reason = serving.refusal(lever.refused)
        return name, plain(say(reason.message)), "–", "–"
    assert lever.fleet is not None
    ratio = lever.bill_over(answer.fleet)
    bill = "–" if ratio is None else ranged(Percentiles.of(ratio), "fraction")
    token = Percentiles.of(lever.estimate.token_s)
    many = ranged(Percentiles.of(lever.fleet.n_accelerators), "count")
    return name, bill, amount(token.p50, "s"), many


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
