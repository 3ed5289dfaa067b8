"""Which fitted constants apply to a generation, number format, layout and age of kernels."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from costmodel import facts
from costmodel.hardware.accelerators import Accelerator
from costmodel.hardware.layout import Layout
from costmodel.hardware.step_numbers import Constants
from costmodel.messages import InputError
from costmodel.uncertainty import Number
from costmodel.workload.model_spec import NARROW, WIDE, Precision

#: Generations that published step times calibrate.
CALIBRATED: Final = ("ampere", "hopper", "blackwell")
#: What an uncalibrated generation borrows, with a wider interval.
_BORROWED: Final[Mapping[str, str]] = {"volta": "ampere", "ada": "ampere"}
#: When kernels written for Hopper reached the usual libraries, and when expert layers
#: began to run without waiting for the host (Megatron-Bridge 26.06).
_HOPPER_KERNELS: Final = "2024"
_EXPERT_GRAPHS: Final = "2026-06"
_FORMATS: Final[Mapping[str, str]] = {"fp4": "nvfp4"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What decides which constants apply.

    ``early_kernels`` are those before Hopper's own came into the usual libraries,
    ``early_experts`` those before whole steps of expert layers ran as one graph,
    ``early_dispatch`` those that waited for tokens on their way to experts and back.
    """

    generation: str
    precision: Precision
    fully_sharded: bool
    early_kernels: bool
    early_experts: bool
    early_dispatch: bool
    high_power: bool

    @property
    def variant(self) -> str:
        """What sets the matrix units' yield apart from the usual one of the generation."""
        if self.early_kernels and self.generation == "hopper":
            return "_2023"
        return "_ultra" if self.high_power else ""


def kind_of(chip: Accelerator, precision: Precision, layout: Layout, *, released: str = "") -> Kind:
    """The kind of a run with the software of ``released`` (``YYYY-MM``; empty is today's).

    Raises ``InputError`` for a generation that nothing calibrates.
    """
    generation = _BORROWED.get(chip.generation, chip.generation)
    if generation not in CALIBRATED:
        raise InputError(
            "chip",
            "no published step time calibrates {generation} accelerators, so a layout's speed "
            "on {chip} cannot be predicted",
            generation=chip.generation_name,
            chip=chip.name,
        )
    if precision in WIDE:
        raise InputError(
            "precision",
            "no published step time calibrates {precision} on {generation} accelerators",
            precision=precision.upper(),
            generation=generation.title(),
        )
    return Kind(
        generation=generation,
        precision=precision,
        fully_sharded=layout.sharding in ("zero2", "zero3"),
        early_kernels=bool(released) and released < _HOPPER_KERNELS,
        early_experts=bool(released) and released < _EXPERT_GRAPHS,
        early_dispatch=not layout.merged_dispatch,
        high_power=generation == "blackwell" and "B300" in chip.name,
    )


RunClass: TypeAlias = Literal["sharded", "split", "narrow", "experts", "early_experts"]


def class_of(kind: Kind, *, has_experts: bool) -> RunClass:
    """The class whose errors on left-out rows judge a prediction.

    ``experts`` for mixture-of-experts models (``early_experts`` before copies were merged on
    their way), ``narrow`` for dense ones in formats below 16 bit, else ``sharded`` (fully
    sharded) or ``split`` (tensor and pipeline parallel).
    """
    if has_experts:
        return "early_experts" if kind.early_dispatch else "experts"
    if kind.precision in NARROW:
        return "narrow"
    return "sharded" if kind.fully_sharded else "split"


def parameter_names(field: str, kind: Kind) -> tuple[str, ...]:
    """The fitted constants whose product is ``field`` of ``Constants``."""
    if field == "matmul":
        return (f"matmul/{kind.generation}{kind.variant}",)
    if field == "flash":
        return (f"flash/{kind.generation}{kind.variant if kind.early_kernels else ''}",)
    if field == "launch_s":
        return ("launch_s/2023",) if kind.early_kernels else ("launch_s",)
    if field in ("pointwise_bytes", "exposed_sharding") and kind.early_kernels:
        return (f"{field}/2023",)
    if field in ("grouped", "expert_launch_s"):
        return (field, f"{field}/2025") if kind.early_experts else (field,)
    if field == "exposed_expert" and kind.early_dispatch:
        return (field, f"{field}/2024")
    if field == "narrow":
        if kind.precision not in NARROW:
            return ()
        return (f"narrow/{kind.generation}_{_FORMATS.get(kind.precision, kind.precision)}",)
    if field in ("width", "rows"):
        own_scale = () if kind.generation == "ampere" else (f"scale/{kind.generation}",)
        return (field, *own_scale)
    if field == "optimiser_bytes":
        return (f"optimiser_bytes/{'zero3' if kind.fully_sharded else 'other'}",)
    return (field,)


def constants_for(kind: Kind, values: Mapping[str, Number]) -> Constants:
    """The constants of a kind from fitted values, floats or draws.

    Raises ``InputError`` for a number format that nothing calibrates on this generation.
    """
    found: dict[str, Number] = {}
    for f in fields(Constants):
        product: Number = 1.0
        for name in parameter_names(f.name, kind):
            if name not in values:
                raise InputError(
                    "precision",
                    "no published step time calibrates {precision} on {generation} accelerators",
                    precision=kind.precision.upper(),
                    generation=kind.generation.title(),
                )
            product = product * values[name]
        found[f.name] = product
    return Constants(**found)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCalibration:
    """The stored fit: constants, their covariance, and the errors on rows left out.

    ``errors`` holds, by class of run, series and row, the log of predicted over published
    step time, each series predicted by a fit to the others. ``reach`` holds the least and
    largest of what was learnt from, by class and for whole runs, ``generations`` the
    accelerators'; ``whole_runs`` by published run the hours at its
    best layout's pace over its hours, and whether other runs are judged by it.
    """

    names: tuple[str, ...]
    log_values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    errors: Mapping[str, Mapping[str, Mapping[str, float]]]
    reach: Mapping[str, Mapping[str, tuple[float, float]]]
    generations: Mapping[str, tuple[str, ...]]
    whole_runs: Mapping[str, tuple[float, bool]]

    @property
    def values(self) -> dict[str, Number]:
        """The constants by name."""
        return dict(zip(self.names, np.exp(self.log_values).tolist(), strict=True))

    def errors_beside(self, run_class: str, *series: str) -> tuple[tuple[float, ...], ...]:
        """The errors of a class by series, without those of ``series``."""
        return tuple(
            tuple(of.values()) for name, of in self.errors[run_class].items() if name not in series
        )

    def errors_beside_of_all(self, *series: str) -> tuple[tuple[float, ...], ...]:
        """The errors of every class by series, without those of ``series``."""
        return tuple(errors for name in self.errors for errors in self.errors_beside(name, *series))

    def mean_error(self, run_class: RunClass) -> float:
        """Mean absolute error of a class's left-out rows, as a fraction."""
        return float(np.mean(np.abs(np.expm1(np.concatenate(self.errors_beside(run_class))))))

    def row_errors(self) -> dict[str, float]:
        """The error of every row learnt from, by run."""
        return {
            run: error
            for by_series in self.errors.values()
            for of in by_series.values()
            for run, error in of.items()
        }


@cache
def fitted() -> StepCalibration:
    """The fit stored in ``data/step_time_fit.json``. Raises ``FactError`` where it is missing."""
    stored = facts.read_json("step_time_fit")
    return StepCalibration(
        names=tuple(stored["names"]),
        log_values=np.array(stored["log_values"]),
        covariance=np.array(stored["covariance"]),
        errors=stored["errors"],
        reach={
            name: {what: (low, high) for what, (low, high) in spans.items()}
            for name, spans in stored["reach"].items()
        },
        generations={name: tuple(of) for name, of in stored["generations"].items()},
        whole_runs={run: (share, learnt) for run, (share, learnt) in stored["whole_runs"].items()},
    )
