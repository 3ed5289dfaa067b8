"""A data-parallel step from its parts: what each process computes, and what they exchange.

The same volumes as in ``step_time``, for a machine whose link was measured: bus bandwidth
and the time that a message takes however short it is. No exchange is hidden behind
computation: where a process has one core, whoever talks does not compute.

Sources: NVIDIA nccl-tests, PERFORMANCE.md (bus bandwidth); Rajbhandari et al. 2020,
arXiv:1910.02054, section 7 (volumes of sharded training).
"""

from dataclasses import dataclass

from costmodel.uncertainty import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What the processes exchange in a step: ``passes`` times the parameters' bytes, each
    pass moving ``(n - 1) / n`` of them over the link, in ``messages`` pieces.
    """

    passes: float
    messages: int

    def seconds(
        self, *, parameter_bytes: float, n: int, byte_per_s: Number, latency_s: Number
    ) -> Number:
        """The exchange over a link of this bus bandwidth and latency."""
        moved = self.passes * (n - 1) / n * parameter_bytes
        return moved / byte_per_s + self.messages * latency_s


def all_reduced(messages: int) -> Exchange:
    """Gradients reduced and handed out again: two passes."""
    return Exchange(passes=2.0, messages=messages)


def fully_sharded(units: int) -> Exchange:
    """Weights gathered for the forward and for the backward pass, gradients scattered: three
    passes, each in as many messages as there are ``units`` sharded on their own.
    """
    return Exchange(passes=3.0, messages=3 * units)


def efficiency(*, alone_s: Number, together_s: Number) -> Number:
    """Weak scaling: the step of one process alone over the step of all together."""
    return alone_s / together_s
