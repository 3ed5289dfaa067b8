"""Size and data on screen: the laws side by side, repetition, and the size cheapest to serve."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import streamlit as st

from costmodel.messages import InputError, Message
from costmodel.uncertainty import Number, Percentiles
from costmodel.workload.scaling import DIFFERENT_DATA
from costmodel.workload.scaling_data import REPETITION_LAW
from dashboard import scaling
from dashboard.charts import lines
from dashboard.charts.lines import Axis, Line, Mark
from dashboard.charts.palette import COMPUTED, LAW_COLOURS
from dashboard.components import charts, notice, provenance, scenario
from dashboard.components.page_fields import PageFields
from dashboard.components.provenance import Row
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.language import N_, amount, interval, number, ranged, t
from dashboard.scaling import Answer, ByLaw, Curve

FIELDS: Final = PageFields(
    "scaling",
    labels={
        "flop": N_("Training compute, FLOP"),
        "unique_tokens": N_("Different tokens at hand"),
        "served_tokens": N_("Tokens to be served"),
    },
    helps={
        "flop": N_("At first 6 × active parameters × tokens of the deal. Such as 3e24."),
        "unique_tokens": N_("What is left after removing duplicates, such as 5T or 5万亿."),
        "served_tokens": N_("Read and written over the model's whole life, such as 10T."),
    },
)

#: Figure -> (label, meaning, formula).
_FIGURES: Final = {
    "best_params": (
        N_("Best size"),
        N_(
            "The number of parameters with the least loss for this compute, by each law. From "
            "the least of the laws to the largest."
        ),
        N_("G × (C ÷ 6)^(β ÷ (α + β)), with G = (α A ÷ (β B))^(1 ÷ (α + β))"),
    ),
    "best_tokens": (
        N_("Best number of tokens"),
        N_("The training tokens that go with the best size, by each law."),
        N_("C ÷ (6 × best size)"),
    ),
    "ratio": (
        N_("Tokens per parameter"),
        N_("Training tokens over parameters at the least loss; serving is not counted in it."),
        N_("best number of tokens ÷ best size"),
    ),
    "epochs": (
        N_("Data passes"),
        N_("How often each token is seen (epochs): training tokens over different tokens."),
        N_("training tokens ÷ different tokens"),
    ),
    "effective": (
        N_("Effective tokens"),
        N_(
            "How many different tokens the repeated ones are worth. A repeated token teaches "
            "less each time it comes back."
        ),
        N_("U × (1 + R × (1 − e^(−(passes − 1) ÷ R))), U different tokens, R worth of repeats"),
    ),
    "lost": (
        N_("Lost to repeats"),
        N_("Nats per token above what as many different tokens would reach."),
        N_("loss with repeats − loss if no token were repeated"),
    ),
    "limited_size": (
        N_("Data-limited size"),
        N_("The size with the least loss for this compute when no more different tokens exist."),
        N_("the size N with the least loss at C ÷ (6 N) tokens, repeats discounted"),
    ),
    "served_params": (
        N_("Cheapest size"),
        N_(
            "The size that reaches the loss of the compute-optimal model at the least FLOP of "
            "training and serving together: smaller, and trained longer."
        ),
        N_("the N with the least 6 N D + 2 N served on the curve L(N, D) = loss"),
    ),
    "served_tokens": (
        N_("Its training tokens"),
        N_("The training tokens with which the cheapest size reaches that loss."),
        N_("(B ÷ (loss − E − A ÷ N^α))^(1 ÷ β)"),
    ),
    "saved": (
        N_("Saved by a smaller model"),
        N_(
            "Share of training and serving FLOP that the cheapest size saves against the "
            "compute-optimal one of the same loss."
        ),
        N_("1 − (6 N D + 2 N served) of the cheapest ÷ the same of the compute-optimal one"),
    ),
}


@st.cache_resource(max_entries=64, show_spinner=False)
def _computed(deal_json: str, typed: tuple[tuple[str, str], ...]) -> Answer | dict[str, InputError]:
    question, refused = scaling.read(Deal.model_validate_json(deal_json), dict(typed))
    if question is None:
        return refused
    try:
        return scaling.answer(question)
    except InputError as error:
        field = error.field.rsplit(".", 1)[-1]
        return {field: error}


def computed(deal: Deal, unread: Mapping[str, InputError]) -> Answer | dict[str, InputError]:
    """What the laws make of the deal's budget, or what was refused, by field.

    ``unread`` are the scenario's fields that could not be read.
    """
    refused = {n: why for n, why in unread.items() if n in scaling.SCENARIO_FIELDS}
    if refused:
        return refused
    return _computed(deal.model_dump_json(), tuple(sorted(FIELDS.typed().items())))


def inputs(deal: Deal, refused: dict[str, InputError]) -> None:
    """Everything that can be typed; a refused field says why underneath."""
    try:
        starts = scaling.starts(deal)
    except InputError:
        starts = dict.fromkeys(scaling.FIELDS, "")
    with st.container(border=True, key="inputs"):
        st.markdown(f"#### {t('Your numbers')}")
        st.caption(t("Change a number and everything follows."))
        for name in scaling.FIELDS:
            FIELDS.text(name, refused, start=starts[name])
        st.markdown(f"**{t('The plan')}**")
        scenario.field("tokens", refused)
        scenario.size(refused)
        FIELDS.undo_button(scaling.SCENARIO_FIELDS)


def allocations(answer: Answer) -> None:
    """The disagreement of the laws in three cards, and each law in a row."""
    found = answer.comparison
    with st.grid(3, min_column_width=220):
        _span("best_params", found.params, "parameter", answer)
        _span("best_tokens", found.tokens, "token", answer)
        _span("ratio", found.tokens_per_param, "ratio", answer)
    st.markdown(_verdict(answer))
    q = answer.question
    head = (t("Scaling law"), t("Parameters"), t("Tokens"), t("Tokens per parameter"))
    rows = [f"| {' | '.join(head)} |", "| :-- | --: | --: | --: |"]
    rows += [
        f"| {plain(each.law.name)} | {_ranged(each.best.params, 'parameter')} "
        f"| {_ranged(each.best.tokens, 'token')} | {_ranged(each.best.tokens_per_param, 'ratio')} |"
        for each in answer.by_law
    ]
    plan = (q.params, "parameter"), (q.tokens, "token"), (q.tokens / q.params, "ratio")
    cells = " | ".join(f"*{amount(value, unit)}*" for value, unit in plan)
    rows.append(f"| *{t('the plan')}* | {cells} |")
    st.markdown("\n".join(rows))
    if answer.is_sparse:
        st.caption(
            t(
                "The laws were fitted on dense models. Of this mixture of experts the active "
                "parameters stand in the plan's row; what its other weights add is not modelled."
            )
        )
    st.caption(
        t(
            "A range is the 90% range from the published errors of a law; a law without one "
            "publishes no errors, and its doubt is not zero."
        )
    )
    notice.notes(_once([w for each in answer.comparison.allocations for w in each.warnings]))


def _verdict(answer: Answer) -> str:
    """Where the plan stands against every law, by its tokens per parameter."""
    q, (least, most) = answer.question, answer.comparison.tokens_per_param
    ratio = q.tokens / q.params
    flop, said = amount(q.flop, "flop"), number(ratio)
    if ratio > most:
        return t(
            "At {flop}, the plan's {ratio} tokens per parameter are more than any law's best: a "
            "smaller model, trained longer. That pays where it is served a lot.",
            flop=flop,
            ratio=said,
        )
    if ratio < least:
        return t(
            "At {flop}, the plan's {ratio} tokens per parameter are fewer than any law's best: a "
            "smaller model on more data would reach the same loss for less.",
            flop=flop,
            ratio=said,
        )
    return t(
        "At {flop}, the plan's {ratio} tokens per parameter lie between what the laws call best.",
        flop=flop,
        ratio=said,
    )


def size_chart(answer: Answer) -> None:
    """Loss above each law's own best against the size, at the same compute."""
    q = answer.question
    marks = [Mark(x=q.params, label=t("the plan"))] if _inside(q.params, answer.sizes[0]) else []
    charts.show(
        lines.figure(
            [_line(curve, i) for i, curve in enumerate(answer.sizes)],
            x=Axis(title=t("parameters, log scale"), unit="parameter"),
            y=Axis(title=t("loss above best, nats per token"), unit="nat_per_token"),
            marks=marks,
        ),
        key="size_chart",
    )
    notice.notes([DIFFERENT_DATA, _FROM_OWN_BEST])


def limited_data(answer: Answer) -> None:
    """What repeated data loses for the plan, and the best split for these data."""
    q, repeated, limited = answer.question, answer.repeated, answer.limited
    with st.grid(4, min_column_width=150):
        _card("epochs", _value(repeated.epochs), "ratio", answer)
        _card("effective", _value(repeated.effective_tokens), "token", answer)
        _card("lost", max(_value(repeated.lost), 0.0), "nat_per_token", answer)
        _card("limited_size", _value(limited.best.params), "parameter", answer)
    enough = _value(limited.epochs) <= 1
    st.markdown(
        t(
            "For {flop}, {unique} different tokens are enough: {law} puts the least loss at "
            "{params} parameters, which read {share} of them once.",
            flop=amount(q.flop, "flop"),
            unique=amount(q.unique_tokens, "token"),
            law=REPETITION_LAW,
            params=amount(_value(limited.best.params), "parameter"),
            share=amount(_value(limited.epochs), "fraction"),
        )
        if enough
        else t(
            "For {flop} and {unique} different tokens, {law} puts the least loss at {params} "
            "parameters and {epochs} passes, {lost} above what endless data would reach.",
            flop=amount(q.flop, "flop"),
            unique=amount(q.unique_tokens, "token"),
            law=REPETITION_LAW,
            params=amount(_value(limited.best.params), "parameter"),
            epochs=number(_value(limited.epochs)),
            lost=amount(max(_value(limited.lost), 0.0), "nat_per_token"),
        )
    )
    here = _value(repeated.epochs)
    curve = answer.repetition
    marks = [Mark(x=here, label=t("the plan"))] if 1 < here < curve.x[-1] else []
    charts.show(
        lines.figure(
            [Line(label=REPETITION_LAW, x=curve.x, y=curve.y, colour=COMPUTED)],
            x=Axis(title=t("passes over the data, log scale"), unit="ratio"),
            y=Axis(title=t("lost, nats per token"), unit="nat_per_token"),
            marks=marks,
        ),
        key="repetition_chart",
    )
    notice.notes(_once(answer.data_warnings))


def served(answer: Answer) -> None:
    """The size that is cheapest to train and serve at the same loss, by each law."""
    q = answer.question
    sizes, tokens, saved = ([_value(value(each)) for each in answer.by_law] for value in _SERVED)
    with st.grid(3, min_column_width=220):
        _span("saved", (min(saved), max(saved)), "fraction", answer)
        _span("served_params", (min(sizes), max(sizes)), "parameter", answer)
        _span("served_tokens", (min(tokens), max(tokens)), "token", answer)
    head = (t("Scaling law"), label("served_params"), label("served_tokens"), t("Saved"))
    rows = [f"| {' | '.join(head)} |", "| :-- | --: | --: | --: |"]
    rows += [
        f"| {plain(each.law.name)} | {_ranged(each.served.best.params, 'parameter')} "
        f"| {_ranged(each.served.best.tokens, 'token')} "
        f"| {_ranged(each.served.saved_share, 'fraction')} |"
        for each in answer.by_law
    ]
    st.markdown("\n".join(rows))
    charts.show(
        lines.figure(
            [_line(curve, i) for i, curve in enumerate(answer.served)],
            x=Axis(title=t("tokens served, log scale"), unit="token"),
            y=Axis(title=t("saved share of all FLOP"), unit="fraction"),
            marks=[Mark(x=q.served_tokens, label=t("typed"))],
        ),
        key="served_chart",
    )
    notice.notes([_SAME_QUALITY])


def constants(answer: Answer) -> None:
    """Each law's range of validity and its constants with their sources."""
    head = (t("Scaling law"), t("Fitted on parameters"), t("Fitted on tokens"), t("Constants"))
    rows = [f"| {' | '.join(head)} |", "| :-- | --: | --: | :-- |"]
    for each in answer.by_law:
        fit = each.law.fitted_on
        rows.append(
            f"| {plain(each.law.name)} "
            f"| {interval(fit.least_params, fit.most_params, 'parameter')} "
            f"| {interval(fit.least_tokens, fit.most_tokens, 'token')} "
            f"| {provenance.fact_link(each.law.facts[0])} |"
        )
    st.markdown("\n".join(rows))
    st.caption(
        t(
            "Every law is L = E + A ÷ N^α + B ÷ D^β, the loss of N parameters after D tokens. Data "
            "quality, architecture and post-training are not in it; the loss says little about "
            "what a model can do."
        )
    )


def label(figure: str) -> str:
    """What a figure is called."""
    return t(_FIGURES[figure][0])


_FROM_OWN_BEST: Final = Message(
    "Each curve is measured from its own law's best, so that the shapes may be compared; a flat "
    "bottom means that the size may be chosen for other reasons."
)
_SAME_QUALITY: Final = Message(
    "At the loss that the compute-optimal model of this budget reaches. Counted in FLOP, a token "
    "read as dear as one written; in dollars, writing is dearer and the saving larger."
)


_SERVED: Final[tuple[Callable[[ByLaw], Number], ...]] = (
    lambda each: each.served.best.params,
    lambda each: each.served.best.tokens,
    lambda each: each.served.saved_share,
)


def _span(figure: str, ends: tuple[float, float], unit: str, answer: Answer) -> None:
    """A card for the least and the most of the laws."""
    with st.container(border=True, gap="xsmall"):
        st.metric(label(figure), interval(*ends, unit), help=money(t(_FIGURES[figure][1])))
        st.caption(t("least and most of {n} laws", n=len(answer.by_law)))
        _source(figure, answer)


def _card(figure: str, value: float, unit: str, answer: Answer) -> None:
    with st.container(border=True, gap="xsmall"):
        shown = amount(value, unit)
        if unit == "nat_per_token":
            shown = number(value)
        st.metric(label(figure), shown, help=money(t(_FIGURES[figure][1])))
        st.caption(t("nats per token") if unit == "nat_per_token" else plain(REPETITION_LAW))
        _source(figure, answer)


def _source(figure: str, answer: Answer) -> None:
    q = answer.question
    rows: list[Row] = [
        (t("Training compute, FLOP"), amount(q.flop, "flop"), _said("flop", t("the deal"))),
    ]
    if figure in ("epochs", "effective", "lost", "limited_size"):
        rows += [
            (t("Training tokens"), amount(q.tokens, "token"), plain(q.name)),
            (t("Active parameters"), amount(q.params, "parameter"), plain(q.name)),
            (
                t("Different tokens at hand"),
                amount(q.unique_tokens, "token"),
                _said("unique_tokens", t("the deal")),
            ),
            _repetition_row(),
            *_law_rows([each for each in answer.by_law if each.law.name == REPETITION_LAW]),
        ]
    else:
        if figure in ("saved", "served_params", "served_tokens"):
            rows.append(
                (
                    t("Tokens to be served"),
                    amount(q.served_tokens, "token"),
                    _said("served_tokens", t("a start, until you type")),
                )
            )
        rows += _law_rows(list(answer.by_law))
    formula = plain(t(_FIGURES[figure][2]))
    provenance.explained(
        label(figure), formula, t(_FIGURES[figure][1]), rows, key=f"source:{figure}"
    )


def _law_rows(found: list[ByLaw]) -> list[Row]:
    rows: list[Row] = []
    for each in found:
        law = each.law
        values = ", ".join(
            f"{name} = {float(value):.4g}"
            for name, value in (
                ("E", law.floor),
                ("A", law.params_scale),
                ("α", law.params_exponent),
                ("B", law.tokens_scale),
                ("β", law.tokens_exponent),
            )
        )
        rows.append((law.name, values, provenance.fact_link(law.facts[0])))
    return rows


def _repetition_row() -> Row:
    fact = scaling.repetition_fact()
    return t("Worth of repeats, R"), number(fact.value), provenance.fact_link(fact)


def _said(name: str, otherwise: str) -> str:
    return plain(t("typed by you") if name in FIELDS.typed() else otherwise)


def _line(curve: Curve, index: int) -> Line:
    colour = LAW_COLOURS[index % len(LAW_COLOURS)]
    return Line(
        label=curve.name, x=curve.x, y=curve.y, colour=colour, low=curve.low, high=curve.high
    )


def _inside(value: float, curve: Curve) -> bool:
    return bool(curve.x[0] < value < curve.x[-1])


def _ranged(value: Number, unit: str) -> str:
    return ranged(Percentiles.of(value), unit)


def _value(value: Number) -> float:
    return Percentiles.of(value).p50


def _once(messages: Sequence[Message]) -> list[Message]:
    """Each kind of sentence once for each law."""
    return list({(m.text, m.params.get("law")): m for m in messages}.values())
