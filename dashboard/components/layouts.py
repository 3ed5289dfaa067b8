"""The layouts that fit, the fastest first, and what fills one accelerator's memory."""

from dataclasses import fields
from typing import Final

import streamlit as st

from costmodel.facts import FactError
from costmodel.hardware import efficiency, layout_search, memory
from costmodel.hardware.constants import fitted
from costmodel.hardware.layout_search import Placed
from costmodel.hardware.memory import MemoryUse
from costmodel.messages import InputError
from costmodel.workload.flops import active_params
from costmodel.workload.model_spec import ModelSpec
from dashboard.charts import bars
from dashboard.charts.bars import Bar
from dashboard.components import charts, notice, tables
from dashboard.components.text import plain
from dashboard.findings import Evaluation
from dashboard.language import amount, say, t
from dashboard.terms import memory_label

_SHOWN: Final = 5


def show(evaluation: Evaluation) -> None:
    """The fastest layouts of the deal's plan and the memory of the best, or why there are none."""
    inputs = evaluation.inputs
    spec, cluster = inputs.plan.model, inputs.cluster
    if not isinstance(spec, ModelSpec):
        st.caption(t("Only the size is known; a layout needs the architecture."))
        return
    if not efficiency.calibrated(spec, cluster.accelerator, inputs.plan.precision):
        st.caption(
            t(
                "No published step time calibrates this kind of model, accelerator or number "
                "format, so no layout is predicted."
            )
        )
        return
    try:
        found = efficiency.fastest(
            spec, cluster, inputs.plan.precision, inputs.plan.context_tokens
        )[:_SHOWN]
    except (InputError, FactError) as error:
        if isinstance(error, InputError):
            notice.refused(error)
        else:
            st.caption(plain(say(error.message)))
        return
    if spec.experts is not None:
        st.caption(
            t(
                "Steps of mixture-of-experts models left out of the fit were {error} off on "
                "average, more than those of dense ones; the range is wider for it.",
                error=amount(fitted().mean_error("experts"), "fraction"),
            )
        )
    _table(evaluation, spec, found)
    use = layout_search.memory_of(
        spec,
        cluster,
        inputs.plan.precision,
        found[0],
        context_tokens=inputs.plan.context_tokens,
    )
    _memory(evaluation, use)


def _table(evaluation: Evaluation, spec: ModelSpec, found: tuple[Placed, ...]) -> None:
    inputs = evaluation.inputs
    heads = (
        t("Layout"),
        t("Batch"),
        t("Step"),
        t("MFU of the step"),
        t("Memory"),
        t("Recomputed layers"),
    )
    rows = []
    peak = inputs.peak.value * inputs.cluster.n_accelerators
    for placed in found:
        tokens = placed.global_batch_sequences * inputs.plan.context_tokens
        mfu = 6 * active_params(spec) * tokens / (placed.step_s * peak)
        cells = (
            _in_words(placed, inputs.cluster.n_accelerators),
            f"{placed.global_batch_sequences:,}",
            amount(placed.step_s, "s"),
            amount(mfu, "fraction"),
            amount(placed.memory_bytes, "bytes"),
            amount(placed.recomputed_share, "fraction") if placed.recomputed_share else "–",
        )
        rows.append(cells)
    tables.show(heads, rows)
    st.caption(
        t(
            "Batches are sequences of {context} tokens. MFU counts 6 x active parameters "
            "x tokens over the dense 16-bit peak; the estimate takes what published runs kept "
            "of the fastest layout's pace.",
            context=f"{inputs.plan.context_tokens:,}",
        )
    )


def _in_words(placed: Placed, n_accelerators: int) -> str:
    layout, idle = say(placed.layout.in_words()), n_accelerators - placed.n_used
    if not idle:
        return layout
    return t("{layout}; {idle} accelerators idle", layout=layout, idle=f"{idle:,}")


def _memory(evaluation: Evaluation, use: MemoryUse) -> None:
    chip = evaluation.inputs.cluster.accelerator
    st.markdown(f"**{t('Memory of one accelerator')}**")
    parts = [(f.name, float(getattr(use, f.name))) for f in fields(use)]
    chart = [Bar(label=memory_label(name), value=value) for name, value in parts if value]
    charts.show(bars.figure(chart, "bytes"), key="memory_chart")
    st.caption(
        t(
            "{used} of {most} on the fullest {chip}: a board sold as 80 GB holds 80 GiB, which is "
            "85.9 GB, and layers are recomputed only as far as it takes to fit.",
            used=amount(float(use.total_bytes), "bytes"),
            most=amount(memory.usable_bytes(chip), "bytes"),
            chip=chip.name,
        )
    )
    plan = evaluation.inputs.plan
    assert isinstance(plan.model, ModelSpec)
    least = layout_search.smallest_that_fits(plan.model, chip, plan.precision, plan.context_tokens)
    if least is not None:
        st.caption(
            t(
                "The smallest cluster that holds it, at any speed: {n} × {chip}.",
                n=f"{least.n_accelerators:,}",
                chip=chip.name,
            )
        )
