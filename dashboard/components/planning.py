"""What a budget can buy, on screen: the inputs, the best model, the frontier, the levers."""

from typing import Final

import streamlit as st

from costmodel.facts import FactError
from costmodel.messages import InputError
from costmodel.uncertainty import Number, Percentiles
from dashboard import planning
from dashboard.charts import frontier
from dashboard.charts.frontier import Point
from dashboard.components import charts, notice
from dashboard.components.text import money, plain
from dashboard.language import N_, amount, current, exact, figure, interval, say, t
from dashboard.planning import Answer
from dashboard.terms import of_what_label

#: Fields of the address, with what stands in them at first.
PREFIX: Final = "plan_"
_FIELDS: Final = {
    "budget_usd": ("2M", N_("Budget of the final run, $"), N_("Dollars: 500k, 2M, 30M.")),
    "weeks": ("12", N_("Weeks until it must be done"), N_("Empty: 90 days.")),
    "chip": ("", N_("Accelerator"), N_("Empty: the one that most providers quote.")),
    "precision": ("bf16", N_("Precision"), N_("bf16, fp8, mxfp8 or nvfp4.")),
    "context_tokens": ("4096", N_("Context, tokens"), N_("Length of a training sequence.")),
    "unique_tokens": (
        "",
        N_("Distinct tokens of data"),
        N_("Where data are scarce: what repeating them loses is then in the loss."),
    ),
    "served_tokens": (
        "",
        N_("Output tokens to be served"),
        N_("Over the model's life, such as 2T: shows what serving makes worth changing."),
    ),
    "usd_per_gpu_hour": (
        "",
        N_("Price, $ per GPU-hour"),
        N_("One number, or a 90% range such as 1.8 - 3.2. Empty: dated rental quotes."),
    ),
    "region": ("", N_("Region"), N_("Whose grid the carbon is counted with.")),
}
KEPT: Final = tuple(PREFIX + name for name in _FIELDS)


@st.cache_resource(max_entries=64, show_spinner=False)
def _answered(fields: tuple[tuple[str, str], ...], language: str) -> Answer:
    return planning.answer(planning.from_text(**dict(fields)))


def inputs() -> dict[str, str]:
    """The inputs; what is typed goes into the address."""
    st.subheader(t("Inputs"), anchor=False)
    typed = {}
    for name, (default, label, hint) in _FIELDS.items():
        key = PREFIX + name
        start = st.query_params.get(key, default)
        typed[name] = st.text_input(t(label), value=start, help=money(t(hint)), key=f"{key}:field")
        if typed[name] != default:
            st.query_params[key] = typed[name]
        else:
            st.query_params.pop(key, None)
    return typed


def answer(typed: dict[str, str]) -> None:
    """The answer to what is typed, or the field that is refused and why."""
    try:
        found = _answered(tuple(typed.items()), current())
    except InputError as error:
        field = error.field.rsplit(".", 1)[-1]
        label = t(_FIELDS[field][1]) if field in _FIELDS else ""
        notice.refused(error, label=label)
        return
    except FactError as error:
        notice.refused(InputError("", "{problem}", problem=str(error)))
        return
    _figures(found)
    notice.notes(found.plan.warnings)
    st.subheader(t("Loss against dollars"), anchor=False)
    budget = found.plan.request.budget_usd
    points = [
        Point(usd=p.usd, loss=p.loss, params=p.params, chosen=p.usd == budget)
        for p in found.frontier
    ]
    charts.show(frontier.figure(points), key="frontier_chart")
    _frontier_table(found)
    st.subheader(t("What would save the most at the same loss"), anchor=False)
    _levers(found)


def _figures(found: Answer) -> None:
    best = found.plan.best
    with st.grid(4, min_column_width=150):
        _figure(t("Parameters"), exact(best.params), say_cluster(found))
        _figure(t("Training tokens"), *_spread(best.tokens, "token"))
        _figure(t("GPU-hours"), *_spread(best.gpu_hours, "gpu_hour"))
        _figure(t("Days"), *_spread(best.wall_days, "day"))
        loss = Percentiles.of(best.loss)
        _figure(
            t("Loss by {law}", law=found.plan.request.law_name),
            f"{loss.p50:.3f}",
            f"{loss.p05:.3f} – {loss.p95:.3f}",
        )
    st.caption(
        t(
            "Tokens per parameter: {n}. Only the loss of one law's own data is compared; "
            "skills on other data are not.",
            n=f"{best.tokens_per_param:.0f}",
        )
    )


def say_cluster(found: Answer) -> str:
    """The cluster of the plan in words."""
    cluster = found.plan.best.cluster
    return f"{cluster.n_accelerators:,} × {cluster.accelerator.name}"


def _spread(value: Number, unit: str) -> tuple[str, str]:
    spread = Percentiles.of(value)
    # The card's label says GPU-hours already.
    in_hours = unit == "gpu_hour"
    headline = figure(spread.p50, unit) if in_hours else amount(spread.p50, unit, beside=spread.p95)
    return headline, interval(spread.p05, spread.p95, unit)


def _figure(label: str, value: str, below: str) -> None:
    with st.container(border=True, gap="xsmall"):
        st.metric(label, value)
        st.caption(money(plain(below)))


def _frontier_table(found: Answer) -> None:
    heads = (t("Budget"), t("Parameters"), t("Training tokens"), t("Loss"))
    rows = [f"| {' | '.join(heads)} |", "| --: | --: | --: | --: |"]
    rows += [
        f"| {amount(p.usd, 'usd')} | {exact(p.params)} | {amount(p.tokens.p50, 'token')} "
        f"| {p.loss.p50:.3f} ({p.loss.p05:.3f} – {p.loss.p95:.3f}) |"
        for p in found.frontier
    ]
    st.markdown(money("\n".join(rows)))


def _levers(found: Answer) -> None:
    heads = (t("Change"), t("Saves, median"), t("90% range"), t("Of what"))
    rows = [f"| {' | '.join(heads)} |", "| :-- | --: | --: | :-- |"]
    for lever in found.levers:
        saved = lever.saved_usd
        rows.append(
            f"| {plain(say(lever.detail))} | {amount(saved.p50, 'usd')} "
            f"| {interval(saved.p05, saved.p95, 'usd')} | {of_what_label(lever.of_what)} |"
        )
    st.markdown(money("\n".join(rows)))
    st.caption(
        t(
            "Below zero it costs more. Each change is alone: two together save less than both "
            "added. With tokens to be served above, serving's own levers join."
        )
    )
