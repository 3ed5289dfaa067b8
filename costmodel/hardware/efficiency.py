"""What share of the peak a run will deliver, judged by its best layout.

The fastest layout that fits sets the pace; published whole runs show how much of that pace
runs keep, whose layouts were never perfect. Those learnt from are dense; a mixture of
experts lies beyond them. Accelerators that no published step time calibrates are left to
the prior of ``calibration``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import calibration, layout_search, prediction, whole_runs
from costmodel.hardware.accelerators import Accelerator, Cluster
from costmodel.hardware.constants import CALIBRATED, RunClass, fitted
from costmodel.hardware.goodput import goodput
from costmodel.hardware.layout_search import Placed
from costmodel.hardware.whole_runs import WholeRun
from costmodel.messages import Amount, InputError, Message
from costmodel.uncertainty import Sample
from costmodel.units import SECONDS_PER_HOUR
from costmodel.workload.flops import total_params, training_flop
from costmodel.workload.model_spec import NARROW, ModelSpec, Precision, TrainingPlan

#: Under which name the reach of the whole runs is stored.
WHOLE_RUNS: Final = "whole_runs"
_BEYOND_EXTREMES: Final = 2.0
#: Which share of left-out steps errs by less than what a run may outpace its best layout by.
_SURE: Final = 0.95
#: From how many parameters on which usual batch applies, the largest first.
_SIZES: Final = (
    (100e9, "from 100e9 parameters"),
    (10e9, "from 10e9 parameters"),
    (0.0, "under 10e9 parameters"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutEfficiency:
    """The spread of in-step efficiency, and the layout and runs it stands on.

    ``best`` is the efficiency of the fastest layout that fits, on model FLOP over the dense
    16-bit peak; ``kept`` the shares of it that ``n_runs`` published runs, their figures
    confirmed, kept inside their steps. ``beyond`` says what lies outside of those runs.
    """

    range: Sample
    best: float
    kept: Sample
    placed: Placed
    n_runs: int
    left_out: str | None
    beyond: tuple[Message, ...]


def layout_efficiency(
    plan: TrainingPlan, cluster: Cluster, *, leave_out: str | None = None
) -> LayoutEfficiency | None:
    """The efficiency of a plan by its best layout; ``None`` where nothing calibrates it.

    ``leave_out`` names the published run that the plan is. Raises ``InputError`` when the
    model fits on the cluster in no layout.
    """
    spec = plan.model
    if not isinstance(spec, ModelSpec):
        return None
    if not calibrated(spec, cluster.accelerator, plan.precision):
        return None
    placed = fastest(spec, cluster, plan.precision, plan.context_tokens)[0]
    best = _efficiency(plan, cluster, placed)
    chip = cluster.accelerator
    beyond = beyond_runs(spec, cluster, plan.context_tokens)
    batch = placed.global_batch_sequences * plan.context_tokens
    usual = usual_batch_tokens(spec, cluster.n_accelerators)
    if batch > usual * layout_search.BATCH_TOLERANCE:
        beyond += (
            Message(
                "No layout that fits keeps the usual batch of {usual}; {batch} are taken.",
                {"usual": Amount(usual, "token"), "batch": Amount(float(batch), "token")},
            ),
        )
    shares = {run: share for run, share in whole_run_shares().items() if run != leave_out}
    sample = kept(shares, plan, n_beyond=len(beyond))
    most = chip.peak(plan.precision).value / _peak(cluster)
    return LayoutEfficiency(
        range=Sample(tuple(min(best * share, most) for share in sample.values)),
        best=best,
        kept=sample,
        placed=placed,
        n_runs=len(shares),
        left_out=leave_out,
        beyond=beyond,
    )


def beyond_runs(spec: ModelSpec, cluster: Cluster, context_tokens: int) -> tuple[Message, ...]:
    """What of a run lies outside of the published ones that show what runs keep."""
    found = prediction.extrapolations(
        WHOLE_RUNS,
        cluster.accelerator,
        {
            "params": total_params(spec),
            "context_tokens": context_tokens,
            "n_accelerators": cluster.n_accelerators,
        },
    )
    if spec.experts is None:
        return found
    return (
        *found,
        Message("None of the published runs behind the range is of a mixture of experts."),
    )


def calibrated(spec: ModelSpec, chip: Accelerator, precision: Precision) -> bool:
    """Whether published step times calibrate the layouts of such a run."""
    if spec.kind == "encoder-decoder":
        return False
    if chip.generation not in CALIBRATED:
        return False
    try:
        layout_search.search_constants(chip, precision)
    except (InputError, FactError):
        return False
    return True


@lru_cache(maxsize=256)
def fastest(
    spec: ModelSpec,
    cluster: Cluster,
    precision: Precision,
    context_tokens: int,
    *,
    global_batch_tokens: float | None = None,
    released: str = "",
    merged_dispatch: bool | None = None,
) -> tuple[Placed, ...]:
    """The fastest layouts; the batch is the usual one where none is stated."""
    batch = global_batch_tokens or usual_batch_tokens(spec, cluster.n_accelerators)
    return layout_search.search(
        spec,
        cluster,
        precision,
        context_tokens=context_tokens,
        global_batch_sequences=max(round(batch / context_tokens), 1),
        batch_is_stated=False,
        released=released,
        merged_dispatch=merged_dispatch,
    )


def usual_batch_tokens(spec: ModelSpec, n_accelerators: int) -> float:
    """Tokens of one step that runs of this size and cluster take."""
    size = next(name for least, name in _SIZES if total_params(spec) >= least)
    usual = facts.lookup("assumptions", size, "global_batch_tokens").value
    least = facts.lookup("assumptions", "any run", "least_batch_tokens_per_accelerator").value
    return max(usual, least * n_accelerators)


@cache
def whole_run_shares() -> Mapping[str, float]:
    """Share of the best layout's pace that each published dense run kept inside its steps.

    Runs with a figure that was not confirmed at its source are predicted, not learnt from,
    and so are mixtures of experts: too few are on record.
    """
    clusters = {run.run_id: run.cluster for run in whole_runs.published()}
    return {run: share / usual_goodput(clusters[run]) for run, share in confirmed_shares().items()}


def usual_goodput(cluster: Cluster) -> float:
    """The median share of billed time that a cluster of this kind keeps."""
    return goodput(cluster.accelerator.generation, cluster.n_accelerators).range.mid


def confirmed_shares() -> dict[str, float]:
    """Share of the best layout's pace over the whole run, of the runs learnt from."""
    return {run: share for run, (share, learnt) in fitted().whole_runs.items() if learnt}


def kept(shares: Mapping[str, float], plan: TrainingPlan, *, n_beyond: int = 0) -> Sample:
    """The shares of the best layout's pace that runs kept, as a sample of the next one's.

    No shape is read into them: hours that count other work make the low side longer. The
    next of ``n`` lies beyond their extremes with a chance of ``1 / (n + 1)`` on each side;
    it is placed up to twice as far from the median. Each thing beyond the published
    figures stretches all about the median. No run outpaces its fastest layout by more than
    the error of that prediction.
    """
    logs = np.log(np.fromiter(shares.values(), dtype=np.float64))
    centre = np.median(logs)
    beyond = [centre + _BEYOND_EXTREMES * (end - centre) for end in (logs.min(), logs.max())]
    logs = np.concatenate([logs, beyond])
    stretched = centre + (logs - centre) * prediction.factor_beyond(n_beyond)
    error = max(
        prediction.half_width(fitted().errors_beside(name), n_beyond=n_beyond, coverage=_SURE)
        for name in _classes_of(plan)
    )
    return Sample(tuple(np.exp(stretched.clip(max=error)).tolist()))


def _classes_of(plan: TrainingPlan) -> tuple[RunClass, ...]:
    """The classes of run that a plan's layouts may be of."""
    if calibration.model_class(plan.model) == "moe":
        return ("experts",)
    return ("narrow",) if plan.precision in NARROW else ("sharded", "split")


def share_of_best(run: WholeRun) -> float | None:
    """Hours at the best layout's pace over the published hours; ``None`` where nothing
    calibrates the run. The layouts are those that its time's software could run.
    """
    spec, cluster = run.plan.model, run.cluster
    if not isinstance(spec, ModelSpec):
        return None
    if not calibrated(spec, cluster.accelerator, run.plan.precision):
        return None
    placed = fastest(
        spec,
        cluster,
        run.plan.precision,
        run.plan.context_tokens,
        global_batch_tokens=run.global_batch_tokens,
        released=run.released,
        merged_dispatch=run.merged_dispatch,
    )[0]
    return run.model_flop / (
        _efficiency(run.plan, cluster, placed) * _peak(cluster) * SECONDS_PER_HOUR * run.gpu_hours
    )


def _efficiency(plan: TrainingPlan, cluster: Cluster, placed: Placed) -> float:
    """Model FLOP of a step over what the cluster's 16-bit peak could do in its time."""
    per_token = training_flop(plan).model / plan.tokens
    tokens = placed.global_batch_sequences * plan.context_tokens
    return per_token * tokens / (placed.step_s * cluster.n_accelerators * _peak(cluster))


def _peak(cluster: Cluster) -> float:
    return cluster.accelerator.training_peak().value


def stored_shares(runs: Iterable[WholeRun]) -> dict[str, object]:
    """What ``assay calibrate`` stores of whole runs: shares, and how far they reach."""
    found = [(run, share) for run in runs if (share := share_of_best(run)) is not None]
    learnt = [run for run, _ in found if _is_learnt_from(run)]
    seen: dict[str, list[float]] = {
        "params": [total_params(run.plan.model) for run in learnt],
        "context_tokens": [run.plan.context_tokens for run in learnt],
        "n_accelerators": [run.cluster.n_accelerators for run in learnt],
    }
    return {
        "shares": {run.run_id: [round(share, 4), _is_learnt_from(run)] for run, share in found},
        "reach": {name: [float(min(of)), float(max(of))] for name, of in seen.items()},
        "generations": sorted({run.cluster.accelerator.generation for run in learnt}),
    }


def _is_learnt_from(run: WholeRun) -> bool:
    return not run.from_memory and calibration.model_class(run.plan.model) == "dense"
