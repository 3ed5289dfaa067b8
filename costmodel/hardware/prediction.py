"""A predicted step with the interval that left-out rows earned, and how far it reaches.

The interval is conformal: the quantile of the errors that rows of the same class had when
their own series was left out of the fit, where each series counts alike. Outside of what
the class was learnt from it is widened, and the prediction says so.

Source: Dunn et al. 2018, Distribution-Free Prediction Sets for Two-Layer Hierarchical
Models, arXiv:1809.07441 (CDF pooling).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.hardware import memory, step_numbers, step_time
from costmodel.hardware.accelerators import Accelerator
from costmodel.hardware.constants import (
    RunClass,
    class_of,
    constants_for,
    fitted,
    kind_of,
)
from costmodel.hardware.layout import Layout
from costmodel.hardware.step_time import StepTime
from costmodel.messages import Message
from costmodel.units import SECONDS_PER_HOUR
from costmodel.workload.flops import parameter_count, total_params
from costmodel.workload.model_spec import ModelSpec, Precision

_COVERAGE: Final = 0.80
#: Form factors of boards without the fast links and power of the ones measured.
_BOARDS: Final = frozenset({"PCIe", "consumer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPrediction:
    """Seconds of a step with an 80 % interval.

    ``mfu`` is by the parameter convention (``6 N D``) over the dense 16-bit peak.
    ``beyond`` says what lies outside of the rows learnt from; each widened the interval.
    """

    step_s: float
    low_80_s: float
    high_80_s: float
    parts: StepTime
    memory_bytes: float
    mfu: float
    run_class: RunClass
    beyond: tuple[Message, ...]


def predict(
    spec: ModelSpec,
    chip: Accelerator,
    layout: Layout,
    *,
    precision: Precision,
    n_accelerators: int,
    context_tokens: int,
    global_batch_sequences: int,
    released: str = "",
) -> StepPrediction:
    """The step of a stated layout. Nothing measured of the run enters.

    Raises ``InputError`` where cluster, batch or generation do not go or the layout does not
    fit, and ``FactError`` where the accelerator lacks a needed fact.
    """
    layout.check_model(spec, context_tokens)
    y = step_numbers.layout_numbers(
        layout,
        precision,
        n_accelerators=n_accelerators,
        global_batch_sequences=global_batch_sequences,
    )
    y, use = memory.arranged(spec, context_tokens, layout, y, chip)
    memory.check_fits(use, chip)
    kind = kind_of(chip, precision, layout, released=released)
    numbers = step_numbers.chip_numbers(chip, precision)
    model = step_numbers.model_numbers(spec, context_tokens)
    parts = step_time.step_time(model, numbers, y, constants_for(kind, fitted().values))
    seconds = float(parts.total_s)
    run_class = class_of(kind, has_experts=spec.experts is not None)
    beyond = extrapolations(
        run_class,
        chip,
        {
            "params": total_params(spec),
            "context_tokens": context_tokens,
            "n_accelerators": n_accelerators,
        },
    )
    half = half_width(fitted().errors_beside(run_class), n_beyond=len(beyond))
    tokens = global_batch_sequences * context_tokens
    flop = 6 * parameter_count(spec).active * tokens
    return StepPrediction(
        step_s=seconds,
        low_80_s=seconds * math.exp(-half),
        high_80_s=seconds * math.exp(half),
        parts=parts,
        memory_bytes=float(use.total_bytes),
        mfu=flop / (seconds * n_accelerators * float(numbers.peak_flop_per_s)),
        run_class=run_class,
        beyond=beyond,
    )


def gpu_hours(*, step_s: float, n_accelerators: int, steps: float) -> float:
    """Accelerator-hours inside ``steps`` steps."""
    return step_s * n_accelerators * steps / SECONDS_PER_HOUR


def half_width(
    errors: Sequence[Sequence[float]], *, n_beyond: int = 0, coverage: float = _COVERAGE
) -> float:
    """Half the interval in log step time: the ``coverage`` quantile of sizes of errors.

    ``errors`` are by series: rows of one model err together, so each series weighs the
    same, and a new model's error is wider by ``sqrt(1 + 1/series)``. Each thing beyond the
    rows multiplies by a judged factor.
    """
    sizes = np.abs(np.concatenate([np.asarray(of) for of in errors]))
    weights = np.concatenate([np.full(len(of), 1 / len(of)) for of in errors]) / len(errors)
    order = np.argsort(sizes)
    half = float(np.interp(coverage, np.cumsum(weights[order]), sizes[order]))
    return half * math.sqrt(1 + 1 / len(errors)) * factor_beyond(n_beyond)


def factor_beyond(n_beyond: int) -> float:
    """How many times as wide an interval is for that many things beyond the rows."""
    wider = facts.lookup("assumptions", "any run", "interval_factor_beyond_rows").value
    return float(wider**n_beyond)


def extrapolations(
    learnt_from: str, chip: Accelerator, of: Mapping[str, float]
) -> tuple[Message, ...]:
    """What of a run lies outside the rows learnt from: those of a class, or whole runs.

    Sizes count as outside beyond twice the largest and half the least.
    """
    reach = fitted().reach[learnt_from]
    found = []
    if chip.generation not in fitted().generations[learnt_from]:
        found.append(
            Message(
                "None of the published figures behind the range is of a {generation} accelerator.",
                {"generation": chip.generation_name},
            )
        )
    elif chip.form_factor in _BOARDS:
        found.append(
            Message(
                "None of the published figures behind the range is of a plug-in board such as "
                "{chip}; its links and sustained clocks are lower.",
                {"chip": chip.name},
            )
        )
    return (*found, *outside(reach, of))


def outside(
    reach: Mapping[str, tuple[float, float]], of: Mapping[str, float]
) -> tuple[Message, ...]:
    """Which sizes of a run lie beyond twice the largest or half the least of those known."""
    return tuple(
        _outside(name, {"value": value, "low": reach[name][0], "high": reach[name][1]})
        for name, value in of.items()
        if not reach[name][0] / 2 <= value <= reach[name][1] * 2
    )


def _outside(name: str, span: Mapping[str, float]) -> Message:
    match name:
        case "params":
            return Message(
                "The published figures behind the range are of {low} to {high} parameters; "
                "{value} lies outside.",
                span,
            )
        case "context_tokens":
            return Message(
                "The published figures behind the range are of contexts of {low} to {high} "
                "tokens; {value} lies outside.",
                span,
            )
        case _:
            return Message(
                "The published figures behind the range are of {low} to {high} accelerators; "
                "{value} lies outside.",
                span,
            )
