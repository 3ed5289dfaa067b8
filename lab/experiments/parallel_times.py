"""From the times of the processes to efficiencies, and to what the cost model foretold.

The forecast never sees a step of DDP or FSDP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from costmodel.hardware import data_parallel
from costmodel.hardware.data_parallel import Exchange
from lab.experiments import intervals
from lab.experiments.intervals import Measured

#: Draws of which step of each process meets which of the others'.
_DRAWS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An all-reduce between the processes: bus bandwidth, and the time of an empty message."""

    byte_per_s: float
    latency_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A kind of step against one process alone, measured and foretold."""

    step_s: Measured
    efficiency: Measured
    predicted_efficiency: Measured
    communication_share: Measured
    predicted_communication_share: Measured

    @property
    def error(self) -> float:
        """How far the foretold efficiency is from the measured one, as a share of it."""
        return self.predicted_efficiency.value / self.efficiency.value - 1


def link(rounds: Sequence[Mapping[str, Any]], world: int) -> Link:
    """Bandwidth and latency from all-reduces of several sizes, by least squares of relative
    error; neither is below nothing.
    """
    from scipy.optimize import nnls

    sizes = sorted(int(n) for n in rounds[0]["link"])
    took = np.array([np.median(np.concatenate([r["link"][str(n)] for r in rounds])) for n in sizes])
    moved = 2 * (world - 1) / world * np.array(sizes, float)
    scale = np.array([moved.max(), 1.0])
    terms = np.stack([moved / scale[0], np.ones(len(sizes))], axis=1) / took[:, None]
    (per_byte, latency), _ = nnls(terms, np.ones(len(sizes)))
    return Link(
        byte_per_s=scale[0] / per_byte if per_byte > 0 else float("inf"), latency_s=float(latency)
    )


def compared(measured: Mapping[str, Any], kind: str, exchange: Exchange) -> Compared:
    """Each round gives one ratio; the median over rounds with its interval."""
    rounds, world = measured["rounds"], measured["world"]
    found = link(rounds, world)
    talking = exchange.seconds(
        parameter_bytes=measured["parameter_bytes"],
        n=world,
        byte_per_s=found.byte_per_s,
        latency_s=found.latency_s,
    )
    steps, ratios, foretold, shares, foretold_shares = [], [], [], [], []
    for number, times in enumerate(rounds):
        alone = float(np.median(times["alone"][0]))
        together = float(np.median(np.concatenate([times[kind][rank] for rank in range(world)])))
        slowest = slowest_of([np.array(t) for t in times["apart"]], seed=number)
        steps.append(together)
        ratios.append(float(data_parallel.efficiency(alone_s=alone, together_s=together)))
        predicted = float(slowest + talking)
        foretold.append(float(data_parallel.efficiency(alone_s=alone, together_s=predicted)))
        shares.append(1 - slowest / together)
        foretold_shares.append(float(talking) / predicted)
    return Compared(
        step_s=intervals.median(steps),
        efficiency=intervals.median(ratios),
        predicted_efficiency=intervals.median(foretold),
        communication_share=intervals.median(shares),
        predicted_communication_share=intervals.median(foretold_shares),
    )


def apart(measured: Mapping[str, Any]) -> tuple[Measured, Measured]:
    """Step and efficiency of processes side by side that do not talk."""
    steps, ratios = [], []
    for times in measured["rounds"]:
        alone = float(np.median(times["alone"][0]))
        together = float(np.median(np.concatenate(times["apart"])))
        steps.append(together)
        ratios.append(alone / together)
    return intervals.median(steps), intervals.median(ratios)


def slowest_of(times: Sequence[NDArray[np.float64]], *, seed: int) -> float:
    """The median of the slowest of one step of each process, met at random: who exchanges
    gradients waits for the last.
    """
    rng = np.random.default_rng(seed)
    met = np.stack([rng.choice(each, _DRAWS) for each in times])
    return float(np.median(met.max(axis=0)))
