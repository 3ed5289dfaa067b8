"""Size and data on screen: the laws side by side, repetition, and the size cheapest to serve."""

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from costmodel.messages import Message
from costmodel.uncertainty import Number, Percentiles
from costmodel.workload.scaling import DIFFERENT_DATA
from costmodel.workload.scaling_data import REPETITION_LAW
from dashboard.charts import lines
from dashboard.charts.lines import Axis, Line, Mark
from dashboard.charts.palette import COMPUTED, LAW_COLOURS
from dashboard.components import charts, notice, provenance, tables
from dashboard.components.scaling_cards import by_repetition, label, span
from dashboard.components.text import plain
from dashboard.language import amount, interval, number, ranged, t
from dashboard.scaling import Answer, ByLaw, Curve


def allocations(answer: Answer) -> None:
    """The disagreement of the laws in three cards, and each law in a row."""
    with st.grid(3, min_column_width=220):
        span("best_params", answer.span("params"), "parameter", answer)
        span("best_tokens", answer.span("tokens"), "token", answer)
        span("ratio", answer.span("tokens_per_param"), "ratio", answer)
    st.markdown(_verdict(answer))
    q = answer.question
    head = (t("Scaling law"), t("Parameters"), t("Tokens"), t("Tokens per parameter"))
    rows = [
        (
            plain(each.law.name),
            _ranged(each.best.params, "parameter"),
            _ranged(each.best.tokens, "token"),
            _ranged(each.best.tokens_per_param, "ratio"),
        )
        for each in answer.by_law
    ]
    plan = (q.params, "parameter"), (q.tokens, "token"), (q.tokens / q.params, "ratio")
    of_the_plan = (f"*{amount(value, unit)}*" for value, unit in plan)
    tables.show(head, [*rows, (f"*{t('the plan')}*", *of_the_plan)])
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
    q, (least, most) = answer.question, answer.span("tokens_per_param")
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
        by_repetition("epochs", _value(repeated.epochs), "ratio", answer)
        by_repetition("effective", _value(repeated.effective_tokens), "token", answer)
        by_repetition("lost", max(_value(repeated.lost), 0.0), "nat_per_token", answer)
        by_repetition("limited_size", _value(limited.best.params), "parameter", answer)
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
        span("saved", (min(saved), max(saved)), "fraction", answer)
        span("served_params", (min(sizes), max(sizes)), "parameter", answer)
        span("served_tokens", (min(tokens), max(tokens)), "token", answer)
    head = (
        t("Scaling law"),
        label("served_params"),
        label("served_tokens"),
        t("Saved"),
    )
    tables.show(
        head,
        (
            (
                plain(each.law.name),
                _ranged(each.served.best.params, "parameter"),
                _ranged(each.served.best.tokens, "token"),
                _ranged(each.served.saved_share, "fraction"),
            )
            for each in answer.by_law
        ),
    )
    charts.show(
        lines.figure(
            [_line(curve, i) for i, curve in enumerate(answer.served)],
            x=Axis(title=t("tokens served, log scale"), unit="token"),
            y=Axis(title=t("saved share of all FLOP"), unit="fraction"),
            marks=[Mark(x=q.served_tokens, label=amount(q.served_tokens, "token"))],
        ),
        key="served_chart",
    )
    notice.notes([_SAME_QUALITY])


def constants(answer: Answer) -> None:
    """Each law's range of validity and its constants with their sources."""
    head = (t("Scaling law"), t("Fitted on parameters"), t("Fitted on tokens"), t("Constants"))
    rows = []
    for each in answer.by_law:
        fit = each.law.fitted_on
        sizes = interval(fit.least_params, fit.most_params, "parameter")
        tokens = interval(fit.least_tokens, fit.most_tokens, "token")
        link = provenance.fact_link(each.law.facts[0])
        rows.append((plain(each.law.name), sizes, tokens, link))
    tables.show(head, rows, left=(0, 3))
    st.caption(
        t(
            "Every law is L = E + A ÷ N^α + B ÷ D^β, the loss of N parameters after D tokens. Data "
            "quality, architecture and post-training are not in it; the loss says little about "
            "what a model can do."
        )
    )


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
