"""What would make a plan cheaper at the same loss, ranked by the dollars it saves.

Each lever is the plan computed anew with one thing changed, in the same worlds. Levers on
serving need the tokens that the model will serve over its life. A lever that costs more is
shown too: it saves less than nothing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import accelerators, prediction
from costmodel.hardware.accelerators import Accelerator
from costmodel.hardware.constants import CALIBRATED, fitted
from costmodel.messages import Amount, InputError, Message
from costmodel.money import prices, serving
from costmodel.money.plan import MOST_TOKENS_PER_PARAM, N_DRAWS, Bought, Plan, Request, at
from costmodel.uncertainty import Number, Percentiles
from costmodel.units import TOKENS_PER_MILLION
from costmodel.workload.model_spec import NARROW, Precision
from costmodel.workload.scaling import TRAIN_FLOP
from costmodel.workload.scaling_inference import INFERENCE_FLOP, inference_aware
from costmodel.workload.scaling_law import law
from costmodel.workload.serving_load import ServingLoad, WeightFormat

#: Formats below 16 bit that are tried where the accelerator has them, by generation.
_NARROW: Final[dict[str, tuple[Precision, ...]]] = {
    "hopper": ("fp8",),
    "blackwell": ("mxfp8", "nvfp4"),
}
_RESERVED: Final = ("reserved_1yr", "reserved_3yr")
_SPOT: Final = ("spot",)
_QUANTISED: Final[WeightFormat] = "fp8"
#: A chat turn, where nothing is said of the requests.
_INPUT_TOKENS, _OUTPUT_TOKENS, _BOUND_S = 1024, 256, 0.05
#: Standard normal quantile at 90 %: the upper end of a central 80 % interval.
_Z_90: Final = NormalDist().inv_cdf(0.90)
#: More output tokens than all models together serve in years.
_MOST_SERVED: Final = 1e18
#: Accelerators shown besides the plan's own.
_MOST_CHIPS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lever:
    """Another way to the same loss, and what it saves (negative: it costs more).

    ``of_what`` says whose dollars: the final run's, the programme's beside it, or those of
    the run and of serving together.
    """

    name: str
    detail: Message
    saved_usd: Percentiles
    of_what: str


def levers(
    plan: Plan, *, served_tokens: float = 0.0, posture: str = "follower", seed: int = 0
) -> tuple[Lever, ...]:
    """Every lever that applies, the most saving first by its median.

    ``served_tokens`` are the output tokens of the model's life. Raises ``InputError`` for a
    count that cannot be.
    """
    if served_tokens < 0:
        raise InputError(
            "served_tokens", "{value} is less than zero; write zero or more", value=served_tokens
        )
    if served_tokens > _MOST_SERVED:
        raise InputError(
            "served_tokens",
            "{value} is more than any model has had; the largest that makes sense here is {most}",
            value=served_tokens,
            most=_MOST_SERVED,
        )
    found = [
        *_precision(plan, seed),
        *_chips(plan, seed),
        *_contracts(plan, seed),
        *_failed_runs(plan, posture),
    ]
    if served_tokens:
        found += _serving(plan, served_tokens, seed)
    return tuple(sorted(found, key=lambda lever: -lever.saved_usd.p50))


def _precision(plan: Plan, seed: int) -> Iterator[Lever]:
    chip = plan.request.chip
    for precision in _NARROW.get(chip.generation, ()):
        if precision == plan.request.precision or not chip.has_peak(precision):
            continue
        changed = _again(replace(plan.request, precision=precision), plan.best, seed)
        if changed is not None:
            yield Lever(
                name="precision",
                detail=Message(
                    "train in {precision} instead of {before}",
                    {"precision": precision.upper(), "before": plan.request.precision.upper()},
                ),
                saved_usd=_saved(plan, changed, seed),
                of_what="run",
            )


def _chips(plan: Plan, seed: int) -> list[Lever]:
    """The accelerators that do it cheapest, of those with prices and published step times."""
    found = []
    for chip in _priced():
        if chip == plan.request.chip or not chip.has_peak(plan.request.precision):
            continue
        changed = _again(replace(plan.request, chip=chip, given=None), plan.best, seed)
        if changed is not None:
            found.append(
                Lever(
                    name="chip",
                    detail=Message("rent {chip}", {"chip": chip.name}),
                    saved_usd=_saved(plan, changed, seed),
                    of_what="run",
                )
            )
    return sorted(found, key=lambda lever: -lever.saved_usd.p50)[:_MOST_CHIPS]


def _contracts(plan: Plan, seed: int) -> Iterator[Lever]:
    """The same accelerator under another contract, against the median of the usual quotes."""
    chip = plan.request.chip.name
    if "usd_per_gpu_hour" in (plan.request.given or {}):
        return
    usual = prices.rental_price(chip).range
    for types, detail in (
        (_RESERVED, Message("reserve for a year or more instead of renting on demand")),
        (_SPOT, Message("rent capacity that may be interrupted (spot); restarts come on top")),
    ):
        try:
            quoted = prices.rental_price(chip, price_types=types)
        except FactError:
            continue
        if quoted.is_thin:
            continue
        paid = quoted.range.draw(np.random.default_rng(seed), np.size(plan.best.tokens))
        yield Lever(
            name="contract",
            detail=detail,
            saved_usd=Percentiles.of(plan.best.usd * (1 - paid / usual.mid)),
            of_what="run",
        )


def _failed_runs(plan: Plan, posture: str) -> Iterator[Lever]:
    """Half as many failed runs in the programme around the final run."""
    multiple = facts.lookup("programme", posture, "research_multiple").range
    share = facts.lookup("programme", "any programme", "failed_run_share").range
    ends = zip(
        (multiple.low, multiple.mid, multiple.high), (share.low, share.mid, share.high), strict=True
    )
    beside = [(times - 1) * part / 2 for times, part in ends]
    saved = [plan.best.usd * max(part, 0.0) for part in beside]
    yield Lever(
        name="failed_runs",
        detail=Message("half as many failed runs in the programme around it"),
        saved_usd=Percentiles(saved[0], saved[1], saved[2]),
        of_what="programme",
    )


def _serving(plan: Plan, served_tokens: float, seed: int) -> Iterator[Lever]:
    """A smaller model trained longer, and quantised serving, over the tokens served."""
    best, chip = plan.best, plan.request.chip
    try:
        usd_per_token = _serving_usd(best, chip, "bf16", seed) / TOKENS_PER_MILLION
        quantised = _serving_usd(best, chip, _QUANTISED, seed) / TOKENS_PER_MILLION
    except (InputError, FactError):
        return  # it fits on no replica, or its rent or speed is not on record
    yield Lever(
        name="quantised_serving",
        detail=Message("serve with {format} weights", {"format": _QUANTISED.upper()}),
        saved_usd=Percentiles.of((usd_per_token - quantised) * served_tokens),
        of_what="both",
    )
    scaling = law(plan.request.law_name)
    tokens = float(np.median(best.tokens))
    training_price = np.asarray(best.usd_per_token) / (TRAIN_FLOP * best.params)
    cheapest = inference_aware(
        scaling,
        loss=scaling.loss(best.params, tokens),
        output_tokens=served_tokens,
        training_price=training_price,
        output_price=usd_per_token / (INFERENCE_FLOP * best.params),
    )
    longer = float(np.median(cheapest.best.tokens)) / float(np.median(cheapest.best.params))
    if longer > MOST_TOKENS_PER_PARAM:
        return  # far beyond what any scaling law was fitted on
    now = best.usd_per_token * tokens + usd_per_token * served_tokens
    yield Lever(
        name="smaller_model",
        detail=Message(
            "train about {params} on {tokens} instead, for the same loss",
            {
                "params": Amount(float(np.median(cheapest.best.params)), "parameter"),
                "tokens": Amount(float(np.median(cheapest.best.tokens)), "token"),
            },
        ),
        saved_usd=Percentiles.of(now - cheapest.cost),
        of_what="both",
    )


def _serving_usd(best: Bought, chip: Accelerator, weights: WeightFormat, seed: int) -> Number:
    """Dollars per million output tokens, the reading of their requests included."""
    load = ServingLoad(
        model=best.spec,
        weights=weights,
        cache="bf16",
        input_tokens=_INPUT_TOKENS,
        output_tokens=_OUTPUT_TOKENS,
    )
    inputs = serving.inputs_for(load, chip, bound_s=_BOUND_S)
    values = inputs.draw(np.random.default_rng(seed), np.size(best.tokens))
    usd = serving.estimate(inputs, values).usd_per_request
    if usd is None:
        raise prices.not_on_record(chip.name)
    return usd * TOKENS_PER_MILLION / _OUTPUT_TOKENS


def _again(request: Request, best: Bought, seed: int) -> Bought | None:
    """The same architecture under another request; ``None`` where it cannot be done."""
    try:
        return at(request, best.spec, seed=seed, n_draws=np.size(best.tokens) or N_DRAWS)
    except (InputError, FactError):
        return None


def _saved(plan: Plan, changed: Bought, seed: int) -> Percentiles:
    """Dollars saved on the same tokens, world by world.

    Both speeds are predictions: the errors that their classes had on left-out rows widen
    the comparison, for a shared error cancels only within one class.
    """
    error = math.hypot(_speed_error(plan.best), _speed_error(changed))
    noise = np.random.default_rng((seed, 2)).standard_normal(np.size(plan.best.tokens))
    ratio = changed.usd_per_token / plan.best.usd_per_token * np.exp(error * noise)
    return Percentiles.of(plan.best.usd * (1 - ratio))


def _speed_error(bought: Bought) -> float:
    """Standard deviation of log step time that left-out rows of the class show."""
    narrow = bought.inputs.plan.precision in NARROW
    errors = fitted().errors_beside("narrow" if narrow else "split")
    return prediction.half_width(errors) / _Z_90


def _priced() -> list[Accelerator]:
    names = {quote.chip for quote in prices.quotes() if quote.price_type in prices.RUN_PRICE_TYPES}
    chips = [accelerators.find(name) for name in sorted(names)]
    return [
        chip
        for chip in chips
        if chip.generation in CALIBRATED and not prices.rental_price(chip.name).is_thin
    ]
