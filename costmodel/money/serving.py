"""What serving costs: dollars per million tokens read and written, on the best replica.

``inputs_for`` gathers what the answer depends on, each with its range and source, and
chooses the replica; ``estimate`` turns values of them, plain floats or draws alike, into a
``ServingEstimate``. Fleet, margin and its life are in ``serving_margin``. Not counted:
waiting for a place, speculative decoding, training, staff.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.hardware.accelerators import Accelerator
from costmodel.hardware.serving_replica import Needs, choose_replica
from costmodel.hardware.serving_time import (
    FILE,
    MemoryUse,
    Replica,
    Values,
    compute_peak,
    first_token_s,
    largest_batch,
    memory_use,
    prefill_s,
    step_s,
)
from costmodel.messages import Amount, Message, check_within
from costmodel.money import prices
from costmodel.money.assumed import Assumption, Inputs
from costmodel.uncertainty import Number, Range
from costmodel.units import SECONDS_PER_HOUR, TOKENS_PER_MILLION
from costmodel.workload.scaling_law import check_positive
from costmodel.workload.serving_load import ServingLoad

#: Assumption -> the subject of its row; ``prefill_efficiency`` goes by number format.
_SUBJECTS: Final = {
    "memory_efficiency": "decode",
    "decode_efficiency": "decode",
    "link_efficiency": "any replica",
    "link_latency_s": "any replica",
    "network_latency_s": "any replica",
    "step_overhead_s": "any replica",
    "measured_over_computed": "any replica",
    "memory_reserve_share": "any replica",
    "mean_over_peak": "any service",
    "headroom": "any service",
    "overhead_share": "any service",
}
#: What somebody may state instead of the cited range, with the least and most it can be.
LIMITS: Final[dict[str, tuple[float, float]]] = {
    **dict.fromkeys(_SUBJECTS, (1e-6, 1.0)),
    "prefill_efficiency": (1e-6, 1.0),
    "headroom": (1.0, 100.0),
    "measured_over_computed": (0.1, 10.0),
    "overhead_share": (0.0, 10.0),
    "cached_input_share": (0.0, 0.99),
    "usd_per_gpu_hour": (1e-4, 1e6),
}
#: Stands beside every figure of a service.
NOT_COUNTED: Final = Message(
    "Not modelled: while a replica reads another request's input, the tokens of those being "
    "written stall. The reading is in the capacity and in the dollars, not in the time per token; "
    "waiting for a place and speculative decoding are not counted either."
)
#: The search for the batch ends this close to its bound.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingInputs(Inputs):
    """Everything that an estimate depends on; ``bound_s`` is the longest time per token."""

    load: ServingLoad
    replica: Replica
    bound_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ServingEstimate:
    """One replica at work; every ``Number`` is a float or draws of one shape.

    ``batch`` requests are written at once, one token each in ``token_s`` seconds;
    ``requests_per_s`` is what a replica does when it is never idle. The dollars per
    million tokens carry the fleet's mean ``utilization`` and the service's overhead, and
    are ``None`` where nobody gave a price and none is on record. ``share_missed`` is the
    share of worlds in which a request alone misses the bound or does not fit.
    """

    batch: Number
    token_s: Number
    first_token_s: Number
    prefill_s: Number
    requests_per_s: Number
    utilization: Number
    input_usd_per_million: Number | None
    output_usd_per_million: Number | None
    memory: MemoryUse
    share_missed: float
    inputs: ServingInputs
    values: Values

    @property
    def output_tokens_per_s(self) -> Number:
        """Tokens that a replica writes a second when it does nothing else."""
        return self.batch / self.token_s

    @property
    def usd_per_request(self) -> Number | None:
        """Dollars of one request, input and output."""
        if self.input_usd_per_million is None or self.output_usd_per_million is None:
            return None
        load = self.inputs.load
        dollars = load.input_tokens * self.input_usd_per_million
        return (dollars + load.output_tokens * self.output_usd_per_million) / TOKENS_PER_MILLION

    @property
    def usd_per_million(self) -> Number | None:
        """Dollars per million tokens of a request, read and written together."""
        whole = self.usd_per_request
        if whole is None:
            return None
        return whole / self.inputs.load.full_context * TOKENS_PER_MILLION

    @property
    def warnings(self) -> tuple[Message, ...]:
        """What to say beside the figures."""
        if not self.share_missed:
            return self.inputs.warnings
        missed = Message(
            "In {share} of the scenarios drawn, even one request at a time takes longer than "
            "{bound} per token, or does not fit in memory.",
            {
                "share": Amount(self.share_missed, "fraction"),
                "bound": Amount(self.inputs.bound_s, "s"),
            },
        )
        return (*self.inputs.warnings, missed)


def inputs_for(
    load: ServingLoad,
    chip: Accelerator,
    *,
    bound_s: float,
    n_accelerators: int | None = None,
    requests_per_day: float | None = None,
    given: Mapping[str, Range] | None = None,
) -> ServingInputs:
    """The assumptions of serving ``load`` on ``chip``, and the replica that does it cheapest.

    ``bound_s`` is the longest time per output token. Without ``n_accelerators`` the size
    (a power of two) with the smallest fleet for ``requests_per_day`` is taken, or, with no
    traffic given, with the least accelerator-time per request, all at the medians.
    Raises ``InputError`` for a model that fits on no replica, a bound that none can meet
    (with the time that can be met) and an override that cannot be; ``FactError`` where a
    needed fact of the chip is missing.
    """
    check_positive("bound_s", bound_s)
    if requests_per_day is not None:
        check_positive("requests_per_day", requests_per_day)
    stated = dict(given or {})
    unknown = [name for name in stated if name not in LIMITS]
    assert not unknown, unknown
    for name, span in stated.items():
        _check_stated(name, span)
    kind, peak = compute_peak(chip, load)
    warnings = list(load.model.notes)
    subjects = {**_SUBJECTS, "prefill_efficiency": f"prefill {kind}"}
    assumptions = [_assumption(name, subject, stated) for name, subject in subjects.items()]
    cached = stated.get("cached_input_share")
    assumptions.append(
        Assumption(
            name="cached_input_share",
            range=cached or Range(0.0, 0.0, "real"),
            unit="fraction",
            origin=None,
        )
    )
    assumptions += _price(chip, stated, warnings)
    medians: Values = {a.name: a.range.mid for a in assumptions}
    needs = Needs(load=load, chip=chip, bound_s=bound_s, requests_per_day=requests_per_day)
    replica = choose_replica(needs, medians, n_accelerators=n_accelerators)
    warnings += _warnings(load, replica, widened=kind == "16-bit", recalled=peak.evidence)
    return ServingInputs(
        load=load,
        replica=replica,
        bound_s=bound_s,
        assumptions=tuple(assumptions),
        warnings=tuple(warnings),
    )


def estimate(inputs: ServingInputs, values: Values) -> ServingEstimate:
    """One replica's work and price for these values of the assumptions, floats or draws.

    The batch is the largest that memory and the bound allow. A replica is busy
    ``prefill + output tokens x step / batch`` seconds with a request; dollars are
    accelerator-hours at the rental price, over the utilisation, with the overhead.

    Reading and writing are counted as if they did not disturb each other: waits for the
    prefill of other requests are in the capacity, not in ``token_s``.
    """
    load, replica = inputs.load, inputs.replica
    batch = largest_batch(load, replica, values, bound_s=inputs.bound_s)
    token = step_s(load, replica, batch, values)
    reading = prefill_s(load, replica, values)
    utilization = values["mean_over_peak"] / values["headroom"]
    price = values.get("usd_per_gpu_hour")
    input_usd = output_usd = None
    if price is not None:
        usd_per_s = replica.n_accelerators * price / SECONDS_PER_HOUR
        usd_per_s = usd_per_s * (1 + values["overhead_share"]) / utilization
        input_usd = _plain(usd_per_s * reading / load.input_tokens * TOKENS_PER_MILLION)
        output_usd = _plain(usd_per_s * token / batch * TOKENS_PER_MILLION)
    held = memory_use(load, replica, batch, values)
    slow = np.asarray(token) > inputs.bound_s * (1 + _ROUNDING)
    full = np.asarray(held.free) < -_ROUNDING * replica.memory_bytes
    return ServingEstimate(
        batch=batch,
        token_s=_plain(token),
        first_token_s=_plain(first_token_s(load, replica, values)),
        prefill_s=_plain(reading),
        requests_per_s=_plain(1 / (reading + load.output_tokens * token / batch)),
        utilization=utilization,
        input_usd_per_million=input_usd,
        output_usd_per_million=output_usd,
        memory=held,
        share_missed=float((slow | full).mean()),
        inputs=inputs,
        values=values,
    )


def _plain(value: Number) -> Number:
    return float(value) if np.ndim(value) == 0 else value


def _assumption(name: str, subject: str, stated: Mapping[str, Range]) -> Assumption:
    cited = facts.lookup(FILE, subject, name)
    if name in stated:
        return Assumption(name=name, range=stated[name], unit=cited.unit, origin=None)
    return Assumption(name=name, range=cited.range, unit=cited.unit, origin=cited)


def _price(
    chip: Accelerator, stated: Mapping[str, Range], warnings: list[Message]
) -> list[Assumption]:
    """The rental price, stated or quoted; none, said aloud, where nothing is on record."""
    name = "usd_per_gpu_hour"
    if name in stated:
        return [Assumption(name=name, range=stated[name], unit=name, origin=None)]
    quoted, said = prices.rent(chip.name)
    if said is not None:
        warnings.append(said)
    if quoted is None:
        return []
    return [Assumption(name=name, range=quoted.range, unit=name, origin=quoted)]


def _check_stated(name: str, span: Range) -> None:
    """Raise ``InputError`` for an override that no service can show."""
    least, most = LIMITS[name]
    check_within(name, span.high if span.high > most else span.low, least, most)


def _warnings(
    load: ServingLoad, replica: Replica, *, widened: bool, recalled: str
) -> list[Message]:
    chip, n = replica.chip, replica.n_accelerators
    found: list[Message] = []
    if widened and load.weights in ("fp8", "fp4"):
        found.append(
            Message(
                "{chip} has no cited peak for {format}: the weights are read in it, and the "
                "products run at 16 bits.",
                {"chip": chip.name, "format": load.weights.upper()},
            )
        )
    if recalled == "recall":
        found.append(
            Message(
                "The peak of {chip} is from memory and not confirmed at a source.",
                {"chip": chip.name},
            )
        )
    link = facts.find("accelerators", chip.name, "intranode_bandwidth_byte_per_s")
    if replica.spans_nodes:
        found.append(
            Message(
                "One copy of the model takes {n} accelerators, more than one server holds; the "
                "network between servers is assumed, not known.",
                {"n": n},
            )
        )
    elif n > 1 and link is not None and link.evidence == "recall":
        found.append(
            Message(
                "The link bandwidth of {chip} is from memory and not confirmed at a source.",
                {"chip": chip.name},
            )
        )
    return found
