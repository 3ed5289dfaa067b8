"""The figures of a run from its steps: speed without the warm-up, MFU, contention.

Pure functions on records, readable without torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lab.runs import StepRecord

#: Steps at the start that are slower for reasons of their own: memory is taken, kernels
#: are chosen. At least this many are dropped, and at least this share.
WARM_UP_STEPS: Final = 5
WARM_UP_SHARE: Final = 0.1
#: Fewer steady steps than this say no percentile.
FEWEST_STEPS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How fast the steady steps were; ``None`` where too few were taken to say."""

    n_steps: int
    warm_up_dropped: int
    items_per_s: float | None
    p50_step_s: float | None
    p95_step_s: float | None
    mean_step_s: float | None


def steady(steps: Sequence[StepRecord]) -> Sequence[StepRecord]:
    """The steps after the warm-up; all where there are too few to drop any."""
    drop = max(WARM_UP_STEPS, int(len(steps) * WARM_UP_SHARE))
    drop = min(drop, len(steps) - FEWEST_STEPS)
    return steps[max(drop, 0) :]


def speed(steps: Sequence[StepRecord]) -> Speed:
    """Items per second of wall time in steady steps, and percentiles of the step time.

    Time between steps (evaluations, checkpoints) is not in it.
    """
    kept = steady(steps)
    if len(kept) < FEWEST_STEPS:
        return Speed(
            n_steps=len(steps),
            warm_up_dropped=0,
            items_per_s=None,
            p50_step_s=None,
            p95_step_s=None,
            mean_step_s=None,
        )
    took = np.array([step.step_s for step in kept])
    p50, p95 = np.quantile(took, (0.5, 0.95))
    return Speed(
        n_steps=len(steps),
        warm_up_dropped=len(steps) - len(kept),
        items_per_s=sum(step.items for step in kept) / float(took.sum()),
        p50_step_s=float(p50),
        p95_step_s=float(p95),
        mean_step_s=float(took.mean()),
    )


def mfu(
    flop_per_step: float | None, step_s: float | None, peak_flop_per_s: float | None
) -> float | None:
    """Model FLOP of a step over what the peak could do in its time; ``None`` if one is unknown."""
    if flop_per_step is None or step_s is None or peak_flop_per_s is None:
        return None
    return flop_per_step / (step_s * peak_flop_per_s)


def milliseconds(seconds: float | None) -> float | None:
    """For the JSON field ``step_ms``."""
    return None if seconds is None else 1000 * seconds


def loss_now(steps: Sequence[StepRecord], n: int = 20) -> float | None:
    """The mean loss of the last ``n`` steps: a single batch says little."""
    return float(np.mean([step.loss for step in steps[-n:]])) if steps else None


def as_json(speed: Speed, *, unit: str) -> dict[str, Any]:
    """The speed fields of ``assay lab train --json``."""
    return {
        "tokens_per_s": speed.items_per_s if unit == "tokens" else None,
        "samples_per_s": speed.items_per_s if unit == "samples" else None,
        "step_ms": {
            "p50": milliseconds(speed.p50_step_s),
            "p95": milliseconds(speed.p95_step_s),
        },
    }
