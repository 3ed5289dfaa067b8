"""From hours of training steps to hours on the bill.

``run_goodput`` has failures, checkpoints and restarts by the number of accelerators, and
other losses beside them; ``goodput`` is its spread for a cluster. Known: failure rates of a
few clusters, and billed over step hours of two runs. Judged: what a checkpoint, a restart
and a detection take. The other losses are *tuned* so that the whole meets both runs; that
the failure part alone leaves Llama 3 above 90 % of its time, as its makers state, is
*checked*, for it is computed without that figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Final, Literal, TypeAlias

import numpy as np

from costmodel import facts
from costmodel.facts import Fact
from costmodel.messages import InputError, check_within
from costmodel.uncertainty import Number, Sample
from costmodel.units import SECONDS_PER_HOUR

IntervalRule: TypeAlias = Literal["exact", "young", "saxena"]

#: What a reliability figure may be: beyond lies a slip of the keyboard.
_LIMITS: Final = {
    "accelerator_hours_between_failures": (1.0, 1e9),
    "checkpoint_s": (1e-3, 1e6),
    "restart_s": (0.0, 1e6),
    "detection_s": (0.0, 1e6),
    "other_losses": (0.0, 0.99),
}
#: Worlds drawn for the spread, and the quantiles of them that are kept.
_N_WORLDS: Final = 4_000
_N_STEPS: Final = 201
#: A run that usually keeps less than this is no plan; no world is counted below it.
_LEAST_KEPT: Final = 1e-2
#: Newton steps to the best interval; each squares the error of a start that is near.
_NEWTON_STEPS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """What takes time from a run; every value a float or draws of one shape.

    ``accelerator_hours_between_failures`` counts every cause that stops the run, per
    accelerator; ``checkpoint_s`` what a checkpoint stops the steps for, ``detection_s`` and
    ``restart_s`` what passes from a failure to the first new step. ``other_losses`` is the
    share lost to all else: stragglers, evaluation, waiting for data, planned maintenance.
    Raises ``InputError`` for a value that cannot be.
    """

    accelerator_hours_between_failures: Number
    checkpoint_s: Number
    restart_s: Number
    detection_s: Number
    other_losses: Number

    def __post_init__(self) -> None:
        for field in fields(self):
            least, most = _LIMITS[field.name]
            values = np.asarray(getattr(self, field.name))
            for value in (values.min(), values.max()):
                check_within(field.name, float(value), least, most)

    @classmethod
    def of(cls, values: Mapping[str, Number]) -> "Reliability":
        """From values by name, whatever else stands beside them."""
        return cls(**{field.name: values[field.name] for field in fields(cls)})

    def seconds_between_failures(self, n_accelerators: Number) -> Number:
        """Mean seconds between failures of a run on ``n_accelerators``, any of which stops it."""
        return self.accelerator_hours_between_failures * SECONDS_PER_HOUR / n_accelerators


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelledGoodput:
    """Goodput of a run on ``n_accelerators`` of one generation, and the facts behind it."""

    generation: str
    n_accelerators: int
    range: Sample
    facts: tuple[Fact, ...]


@cache
def goodput(generation: str, n_accelerators: int) -> ModelledGoodput:
    """Share of billed accelerator time that ends in steps kept, as a sample of worlds:
    failures, checkpoints, restarts and other losses take the rest (``run_goodput``).

    Raises ``InputError`` for a cluster that fails so often that it keeps next to nothing.
    """
    spans = reliability_facts(generation)
    rng = np.random.default_rng(0)
    drawn = {name: fact.range.draw(rng, _N_WORLDS) for name, fact in spans.items()}
    kept = np.asarray(run_goodput(n_accelerators, Reliability.of(drawn)))
    steps = np.quantile(kept, np.linspace(0, 1, _N_STEPS)).clip(_LEAST_KEPT)
    if np.median(steps) <= _LEAST_KEPT:
        raise InputError(
            "n_accelerators",
            "{n} accelerators fail so often that a run on all of them keeps next to none of its "
            "steps; take fewer",
            n=n_accelerators,
        )
    return ModelledGoodput(
        generation=generation,
        n_accelerators=n_accelerators,
        range=Sample(tuple(steps.tolist())),
        facts=tuple(spans.values()),
    )


def step_gpu_hours(*, flop: Number, peak_flop_per_s: float, efficiency: Number) -> Number:
    """Accelerator-hours inside training steps to execute ``flop`` model FLOP.

    ``efficiency`` in (0, 1] is the achieved share of the dense peak on those FLOP.
    """
    return flop / (peak_flop_per_s * efficiency) / SECONDS_PER_HOUR


def billed_gpu_hours(*, step_hours: Number, goodput: Number) -> Number:
    """Accelerator-hours on the bill; ``goodput`` in (0, 1]."""
    return step_hours / goodput


def reliability_facts(generation: str) -> dict[str, Fact]:
    """The cited range of every field of ``Reliability``: the failures of this chip
    generation where some are published, else the wide range of all; the rest for any run.
    """
    name = "accelerator_hours_between_failures"
    own = facts.find("reliability", generation, name)
    found = {name: own or facts.lookup("reliability", "other", name)}
    rest = [field.name for field in fields(Reliability) if field.name != name]
    return found | {field: facts.lookup("reliability", "any run", field) for field in rest}


def run_goodput(
    n_accelerators: Number, reliability: Reliability, *, interval_s: Number | None = None
) -> Number:
    """Share of billed time that ends in steps kept, of a run on ``n_accelerators``.

    ``share_kept x (1 - other_losses)``, with a checkpoint every ``interval_s`` seconds of
    steps, or at the best interval. Billed over step hours is its inverse. Not counted:
    accelerators that are held in reserve (BLOOM held 32 beside its 384).

    Raises ``InputError`` for less than one accelerator or an interval that cannot be.
    """
    if not np.min(n_accelerators) >= 1:
        raise InputError(
            "n_accelerators",
            "{value} accelerators are not a cluster; write at least 1",
            value=float(np.min(n_accelerators)),
        )
    if interval_s is not None:
        check_within("interval_s", float(np.min(interval_s)), *_LIMITS["checkpoint_s"])
    kept = share_kept(
        checkpoint_s=reliability.checkpoint_s,
        restart_s=reliability.restart_s + reliability.detection_s,
        seconds_between_failures=reliability.seconds_between_failures(n_accelerators),
        interval_s=interval_s,
    )
    return kept * (1 - reliability.other_losses)


def share_kept(
    *,
    checkpoint_s: Number,
    restart_s: Number,
    seconds_between_failures: Number,
    interval_s: Number | None = None,
) -> Number:
    """Share of time that ends in steps kept where failures come at random.

    ``tau e^(-R/M) / (M (e^((tau + C)/M) - 1))``: what a failure undoes is done again, and a
    failure may strike during a checkpoint or a restart. It lies between 0 and 1 however
    often the run fails, and meets ``first_order_share_kept`` where that is seldom.

    Source: Daly 2006, A higher order estimate of the optimum checkpoint interval for
    restart dumps, Future Generation Computer Systems 22, total wall-clock time.
    """
    mean = seconds_between_failures
    interval = interval_s
    if interval is None:
        interval = optimal_checkpoint_interval(
            checkpoint_s=checkpoint_s, seconds_between_failures=mean
        )
    cycle = (interval + checkpoint_s) / mean
    # Written with negative exponents: a run that fails all the time keeps nothing, it does
    # not overflow.
    kept: Number = interval / mean * np.exp(-restart_s / mean) * np.exp(-cycle) / -np.expm1(-cycle)
    return kept


def first_order_share_kept(
    *,
    checkpoint_s: Number,
    restart_s: Number,
    seconds_between_failures: Number,
    interval_s: Number,
) -> Number:
    """``1 - C/tau - (tau/2 + R)/M``: as textbooks write it, good where failures are seldom.

    Kept to compare with published figures; it falls below zero where they are not.

    Source: Young 1974, A first order approximation to the optimum checkpoint interval,
    Communications of the ACM 17(9).
    """
    rework = (interval_s / 2 + restart_s) / seconds_between_failures
    return 1 - checkpoint_s / interval_s - rework


def optimal_checkpoint_interval(
    *,
    checkpoint_s: Number,
    seconds_between_failures: Number,
    restart_s: Number = 0.0,
    rule: IntervalRule = "exact",
) -> Number:
    """Seconds of steps between two checkpoints that keep the largest share of time.

    ``exact`` is the maximum of ``share_kept``, on which the restart has no influence;
    ``young`` is ``sqrt(2 C M)``; ``saxena`` is the cycle ``C + sqrt(2 (M + R) C + C^2)``
    less its checkpoint. They agree where a checkpoint is short against the time between
    failures.

    Sources: Young 1974 as above; Saxena et al. 2024, arXiv:2410.18124, read second-hand, so
    that its cycle counts the checkpoint is our reading.
    """
    if rule == "young":
        return _root(2 * checkpoint_s * seconds_between_failures)
    if rule == "saxena":
        mean = seconds_between_failures + restart_s
        return _root(2 * mean * checkpoint_s + checkpoint_s**2)
    # 1 - u = e^-(u + c), with u and c interval and checkpoint over the mean time: convex,
    # and Young's value lies above the root, so Newton walks down to it without a leap.
    cost = checkpoint_s / seconds_between_failures
    best = np.minimum(_root(2 * cost), 1.0)
    for _ in range(_NEWTON_STEPS):
        gone = np.expm1(-(best + cost))
        best = best + (best + gone) / gone
    interval: Number = best * seconds_between_failures
    return interval


def _root(value: Number) -> Number:
    root: Number = np.sqrt(value)
    return root
