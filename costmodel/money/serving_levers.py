"""What makes serving cheaper: the same service with one thing changed, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import Accelerator
from costmodel.hardware.serving_time import FILE
from costmodel.messages import InputError
from costmodel.money import prices
from costmodel.money.serving import ServingEstimate, ServingInputs, estimate, inputs_for
from costmodel.money.serving_margin import Fleet, fleet
from costmodel.uncertainty import Number, Range
from costmodel.workload.serving_load import (
    ServingLoad,
    WeightFormat,
    bytes_per_weight,
    serving_load,
)

LeverName: TypeAlias = Literal["as planned", "fp8", "int4", "fp4", "patience", "other chip"]
_NARROW: Final[tuple[Literal["fp8", "int4", "fp4"], ...]] = ("fp8", "int4", "fp4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is served on what, before the replica is chosen; see ``serving.inputs_for``."""

    load: ServingLoad
    chip: Accelerator
    bound_s: float
    requests_per_day: float
    n_accelerators: int | None = None
    given: Mapping[str, Range] = field(default_factory=dict)

    def inputs(self) -> ServingInputs:
        """The assumptions and the replica. Raises as ``serving.inputs_for`` does."""
        return inputs_for(
            self.load,
            self.chip,
            bound_s=self.bound_s,
            n_accelerators=self.n_accelerators,
            requests_per_day=self.requests_per_day,
            given=self.given,
        )

    def drawn(self, *, seed: int, n_draws: int) -> ServingEstimate:
        """The estimate in ``n_draws`` worlds; the same seed gives the same worlds."""
        inputs = self.inputs()
        return estimate(inputs, inputs.draw(np.random.default_rng(seed), n_draws))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lever:
    """The service with one thing changed, and the fleet that its traffic then takes.

    ``estimate`` and ``fleet`` are ``None`` where it cannot be done; ``refused`` says why.
    """

    name: LeverName
    service: Service
    estimate: ServingEstimate | None
    fleet: Fleet | None
    refused: InputError | FactError | None

    def bill_over(self, base: Fleet) -> Number | None:
        """The bill of this fleet over that of ``base``, world by world."""
        own = None if self.fleet is None else self.fleet.usd_per_day
        before = base.usd_per_day
        return None if own is None or before is None else own / before


def levers(
    service: Service, *, other_chip: Accelerator | None, seed: int, n_draws: int
) -> tuple[Lever, ...]:
    """The service as planned, and with one thing changed at a time, in the same worlds.

    Narrower weights (not what they do to quality), more time per token and with it larger
    batches, and another accelerator at its own quoted rent.
    """
    found: list[tuple[LeverName, Service]] = [("as planned", service)]
    found += [(form, _with_weights(service, form)) for form in _NARROW if _helps(service, form)]
    patience = facts.lookup(FILE, "starting point", "patience").value
    found.append(("patience", replace(service, bound_s=service.bound_s * patience)))
    if other_chip is not None and other_chip != service.chip:
        own_rent = {k: v for k, v in service.given.items() if k != "usd_per_gpu_hour"}
        other = replace(service, chip=other_chip, n_accelerators=None, given=own_rent)
        found.append(("other chip", other))
    return tuple(_pulled(name, changed, seed, n_draws) for name, changed in found)


def fastest_memory(*, beside: Accelerator) -> Accelerator | None:
    """The accelerator with the most memory bandwidth of those with enough prices on record,
    ``beside`` left out: something to compare with where nobody names one.
    """
    quoted = {quote.chip for quote in prices.quotes() if quote.price_type != "spot"}
    bandwidth = {
        chip: fact.value
        for chip in quoted - {beside.name}
        if (fact := facts.find("accelerators", chip, "memory_bandwidth_byte_per_s")) is not None
        and not prices.rental_price(chip).is_thin
    }
    if not bandwidth:
        return None
    return accelerators.find(max(bandwidth, key=lambda chip: (bandwidth[chip], chip)))


def _pulled(name: LeverName, service: Service, seed: int, n_draws: int) -> Lever:
    try:
        answer = service.drawn(seed=seed, n_draws=n_draws)
    except (InputError, FactError) as refused:
        return Lever(name=name, service=service, estimate=None, fleet=None, refused=refused)
    whole = fleet(answer, requests_per_day=service.requests_per_day)
    return Lever(name=name, service=service, estimate=answer, fleet=whole, refused=None)


def _helps(service: Service, form: WeightFormat) -> bool:
    """Whether the format is narrower; four-bit floats only where products run in them."""
    if form == "fp4" and not service.chip.has_peak("fp4"):
        return False
    return bytes_per_weight(form) < bytes_per_weight(service.load.weights)


def _with_weights(service: Service, form: WeightFormat) -> Service:
    """The service in another format; the cache never becomes wider by it."""
    load = service.load
    changed = serving_load(
        load.model,
        weights=form,
        input_tokens=load.input_tokens,
        output_tokens=load.output_tokens,
    )
    if bytes_per_weight(changed.cache) > bytes_per_weight(load.cache):
        changed = replace(changed, cache=load.cache)
    return replace(service, load=changed)
