"""How much of their peak accelerators deliver, learnt from published training runs.

The prior is the achieved share of the dense 16-bit peak on *model FLOP* (matrix products
and causal attention), by chip generation and model class. It is refitted from the rows of
``data/reference_runs.csv`` whenever they change, so there is no second copy to go stale.
A step-time model takes its place by giving ``training_cost`` another efficiency.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypeAlias

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import prediction, whole_runs
from costmodel.hardware.goodput import goodput
from costmodel.messages import Message
from costmodel.uncertainty import Range, predictive_range
from costmodel.units import SECONDS_PER_HOUR
from costmodel.workload.flops import total_params
from costmodel.workload.model_spec import Model, SizeOnly

ModelClass: TypeAlias = Literal["dense", "moe"]

#: Fewer runs than this have no centre worth naming; the next wider group is taken.
_FEWEST_RUNS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRun:
    """A published run from whose hours the achieved efficiency follows.

    ``whole_run_efficiency`` is model FLOP over (reported accelerator-hours x dense 16-bit
    peak): failures and restarts are inside it. ``from_memory`` marks a row with a figure
    that was not confirmed at its source.
    """

    run_id: str
    chip: str
    generation: str
    model_class: ModelClass
    params: float
    n_accelerators: int
    whole_run_efficiency: float
    source: str
    from_memory: bool

    @property
    def in_step_efficiency(self) -> float:
        """Efficiency while steps run: the whole run's over the median goodput."""
        return self.whole_run_efficiency / goodput(self.generation, self.n_accelerators).range.mid


@dataclass(frozen=True, slots=True, kw_only=True)
class EfficiencyPrior:
    """The 90 % range of in-step efficiency for a run of this kind, and what it stands on.

    ``generation`` and ``model_class`` are ``any`` where too few runs were published for a
    narrower group.
    """

    generation: str
    model_class: str
    range: Range
    runs: tuple[PublishedRun, ...]
    left_out: str | None

    def for_run(self, *, params: float, n_accelerators: int) -> tuple[Range, tuple[Message, ...]]:
        """The range for a run of that size, and what of it lies beyond the runs: each such
        thing widens the range, and so do runs of other generations alone.
        """
        known = {
            "params": [run.params for run in self.runs],
            "n_accelerators": [float(run.n_accelerators) for run in self.runs],
        }
        reach = {name: (min(of), max(of)) for name, of in known.items()}
        of = {"params": params, "n_accelerators": float(n_accelerators)}
        beyond = prediction.outside(reach, of)
        wider = prediction.factor_beyond(len(beyond) + (self.generation == "any"))
        return self.range.widened(wider), beyond

    @property
    def n_from_memory(self) -> int:
        """Runs with a figure that was not confirmed at its source."""
        return sum(run.from_memory for run in self.runs)


def model_class(model: Model) -> ModelClass:
    """``moe`` where a token visits only a part of the weights."""
    if isinstance(model, SizeOnly):
        return "moe" if model.active_params < model.params else "dense"
    return "dense" if model.experts is None else "moe"


@cache
def efficiency_prior(
    generation: str, wanted: ModelClass, *, leave_out: str | None = None
) -> EfficiencyPrior:
    """The prior of the narrowest group with enough runs: this generation and class, else
    this class on every generation, else all runs.

    ``leave_out`` names a published run that must not judge itself. In-step efficiency is
    the whole run's over the median goodput of its cluster. The range is the one for the
    *next* run, its spread pooled over all groups of runs.
    """
    runs = tuple(run for run in published_runs() if run.run_id != leave_out)
    groups: tuple[tuple[str, str], ...] = ((generation, wanted), ("any", wanted), ("any", "any"))
    for group_generation, group_class in groups:
        chosen = tuple(
            run
            for run in runs
            if group_generation in ("any", run.generation)
            and group_class in ("any", run.model_class)
        )
        if len(chosen) >= _FEWEST_RUNS:
            others = [run for run in runs if run not in chosen]
            return EfficiencyPrior(
                generation=group_generation,
                model_class=group_class,
                range=_fit(chosen, others),
                runs=chosen,
                left_out=leave_out,
            )
    raise FactError("reference_runs.csv: too few usable runs to learn an efficiency from")


def _fit(chosen: Sequence[PublishedRun], others: Sequence[PublishedRun]) -> Range:
    """The 90 % range of the next run's in-step efficiency, judged by the chosen runs."""

    def in_step(runs: Sequence[PublishedRun]) -> list[float]:
        return [run.in_step_efficiency for run in runs]

    kinds = {(run.generation, run.model_class) for run in others}
    like = [
        in_step([r for r in others if (r.generation, r.model_class) == kind])
        for kind in sorted(kinds)
    ]
    return predictive_range(in_step(chosen), "fraction", like=like)


@cache
def run_ids() -> frozenset[str]:
    """The ids of every row, fit to learn from or not."""
    path = facts.data_dir() / "reference_runs.csv"
    return frozenset(row["run_id"] for _, row in facts.read_rows(path, whole_runs.COLUMNS))


@cache
def published_runs() -> tuple[PublishedRun, ...]:
    """The language-model training runs whose size, tokens, chip and hours are known and
    that are not marked unfit (the row says why).
    """
    return tuple(
        PublishedRun(
            run_id=run.run_id,
            chip=run.cluster.accelerator.name,
            generation=run.cluster.accelerator.generation,
            model_class=model_class(run.plan.model),
            params=total_params(run.plan.model),
            n_accelerators=run.cluster.n_accelerators,
            whole_run_efficiency=run.model_flop
            / (run.gpu_hours * SECONDS_PER_HOUR * run.cluster.accelerator.training_peak().value),
            source=run.source,
            from_memory=run.from_memory,
        )
        for run in whole_runs.published()
    )
