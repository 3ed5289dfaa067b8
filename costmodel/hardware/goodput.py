"""From hours of training steps to hours on the bill."""

from costmodel import facts
from costmodel.facts import Fact
from costmodel.uncertainty import Number
from costmodel.units import SECONDS_PER_HOUR


def goodput() -> Fact:
    """Share of billed accelerator time that ends in steps kept: failures, checkpoints and
    restarts take the rest. A cited 90 % range.
    """
    return facts.lookup("assumptions", "any run", "goodput")


def step_gpu_hours(*, flop: Number, peak_flop_per_s: float, efficiency: Number) -> Number:
    """Accelerator-hours inside training steps to execute ``flop`` model FLOP.

    ``efficiency`` in (0, 1] is the achieved share of the dense peak on those FLOP.
    """
    return flop / (peak_flop_per_s * efficiency) / SECONDS_PER_HOUR


def billed_gpu_hours(*, step_hours: Number, goodput: Number) -> Number:
    """Accelerator-hours on the bill; ``goodput`` in (0, 1]."""
    return step_hours / goodput
