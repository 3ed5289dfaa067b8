"""What a budget can buy, on screen: the inputs, the best model, the frontier, the levers."""

from typing import Final

import streamlit as st

from costmodel.facts import FactError
from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.money import prices
from costmodel.uncertainty import Number, Percentiles
from costmodel.workload.model_spec import PRECISIONS
from dashboard import planning
from dashboard.charts import frontier
from dashboard.charts.frontier import Point
from dashboard.components import cards, charts, notice, scenario_inputs, tables
from dashboard.components.page_fields import PageFields
from dashboard.components.text import plain
from dashboard.language import N_, amount, current, exact, figure, interval, say, t
from dashboard.planning import Answer
from dashboard.scenario import field_of
from dashboard.terms import of_what_label

FIELDS: Final = PageFields(
    "plan",
    labels={
        "budget_usd": N_("Budget of the final run, $"),
        "weeks": N_("Weeks until it must be done"),
        "chip": N_("Accelerator"),
        "precision": N_("Precision"),
        "context_tokens": N_("Context, tokens"),
        "unique_tokens": N_("Distinct tokens of data"),
        "served_tokens": N_("Output tokens to be served"),
        "usd_per_gpu_hour": N_("Price, $ per GPU-hour"),
        "region": N_("Region"),
    },
    helps={
        "budget_usd": N_("Dollars: 500k, 2M, 30M."),
        "weeks": N_("From the first day of the run to its last."),
        "chip": N_("Type to search; any accelerator of the data works."),
        "precision": N_("The number format of most matrix products."),
        "context_tokens": N_("Length of a training sequence."),
        "unique_tokens": N_(
            "Where data are scarce: what repeating them loses is then in the loss."
        ),
        "served_tokens": N_(
            "Over the model's life, such as 2T: shows what serving makes worth changing."
        ),
        "usd_per_gpu_hour": N_(
            "One number, or a 90% range such as 1.8 - 3.2. Empty: dated rental quotes."
        ),
        "region": N_("Whose grid the carbon is counted with."),
    },
    prefix="plan_",
)
#: What stands in a field until somebody types.
_STARTS: Final = {
    "budget_usd": "2M",
    "weeks": "12",
    "precision": "bf16",
    "context_tokens": "4096",
}


@st.cache_resource(max_entries=64, show_spinner=False)
def _computed(typed: tuple[tuple[str, str], ...], language: str) -> Answer | dict[str, InputError]:
    assert language == current()
    try:
        return planning.answer(planning.from_text(**(_STARTS | dict(typed))))
    except InputError as error:
        return {field_of(error): error}
    except FactError as error:
        return {"chip": InputError("chip", "{problem}", problem=error.message)}


def computed() -> Answer | dict[str, InputError]:
    """What the budget can buy, or what was refused, by field; kept between clicks."""
    return _computed(tuple(sorted(FIELDS.typed().items())), current())


def inputs(refused: dict[str, InputError]) -> None:
    """Everything that can be typed; a refused field says why underneath."""

    def text(name: str, placeholder: str = "") -> None:
        FIELDS.text(name, refused, start=_STARTS.get(name, ""), placeholder=placeholder)

    with st.container(border=True, key="inputs"):
        st.markdown(f"#### {t('Your numbers')}")
        st.caption(t("Change a number and everything follows."))
        text("budget_usd")
        text("weeks")
        usual = prices.most_quoted_chip()
        FIELDS.choice(
            "chip",
            ["", *accelerators.names()],
            refused,
            start="",
            show=lambda name: name or t("{value}, assumed", value=usual),
            accept_new=True,
        )
        text("usd_per_gpu_hour", t("from the data"))
        left, right = st.columns(2)
        with left:
            FIELDS.choice(
                "precision", PRECISIONS, refused, start=_STARTS["precision"], show=str.upper
            )
        with right:
            text("context_tokens")
        text("unique_tokens", t("as many as the run takes"))
        text("served_tokens", t("none"))
        order, shown = scenario_inputs.regions()
        FIELDS.choice(
            "region",
            ["", *order],
            refused,
            start="",
            show=lambda name: shown(name) if name else t("assumed"),
        )
        FIELDS.undo_button()


def answer(found: Answer) -> None:
    """The best plan, the frontier and the levers."""
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
        cards.card(t("Parameters"), exact(best.params), plain(say_cluster(found)))
        cards.card(t("Training tokens"), *_spread(best.tokens, "token"))
        cards.card(t("GPU-hours"), *_spread(best.gpu_hours, "gpu_hour"))
        cards.card(t("Days"), *_spread(best.wall_days, "day"))
        loss = Percentiles.of(best.loss)
        cards.card(
            t("Loss"),
            f"{loss.p50:.3f}",
            f"{loss.p05:.3f} – {loss.p95:.3f} · {found.plan.request.law_name}",
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


def _frontier_table(found: Answer) -> None:
    heads = (t("Budget"), t("Parameters"), t("Training tokens"), t("Loss"))
    rows = (
        (
            amount(p.usd, "usd"),
            exact(p.params),
            amount(p.tokens.p50, "token"),
            f"{p.loss.p50:.3f} ({p.loss.p05:.3f} – {p.loss.p95:.3f})",
        )
        for p in found.frontier
    )
    tables.show(heads, rows, left=())


def _levers(found: Answer) -> None:
    heads = (t("Change"), t("Saves, median"), t("90% range"), t("Of what"))
    rows = (
        (
            plain(say(lever.detail)),
            amount(lever.saved_usd.p50, "usd"),
            interval(lever.saved_usd.p05, lever.saved_usd.p95, "usd"),
            of_what_label(lever.of_what),
        )
        for lever in found.levers
    )
    tables.show(heads, rows, left=(0, 3))
    st.caption(
        t(
            "Below zero it costs more. Each change is alone: two together save less than both "
            "added. With tokens to be served above, serving's own levers join."
        )
    )
