"""Which size and tokens are cheapest once the model is also served."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.messages import InputError, Message, figure
from costmodel.uncertainty import Number
from costmodel.workload.scaling import (
    TRAIN_FLOP,
    Allocation,
    least_compute,
)
from costmodel.workload.scaling_law import ScalingLaw, check_positive

#: Forward FLOP per parameter and token served.
INFERENCE_FLOP: Final = 2
#: Halvings of the bracket: it shrinks below what a float can tell.
_STEPS: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InferenceAware:
    """The cheapest way to reach a quality and serve it, beside the compute-optimal one.

    ``cost`` and ``compute_optimal_cost`` cover training and serving, in the unit of the
    prices: FLOP where none were given, else dollars.
    """

    best: Allocation
    compute_optimal: Allocation
    inference_flop: Number
    training_cost: Number
    inference_cost: Number
    compute_optimal_cost: Number

    @property
    def cost(self) -> Number:
        """Training and serving of the best choice."""
        return self.training_cost + self.inference_cost

    @property
    def saved(self) -> Number:
        """What the compute-optimal choice of the same quality would cost more."""
        return self.compute_optimal_cost - self.cost

    @property
    def saved_share(self) -> Number:
        """The saving over what the compute-optimal choice costs."""
        return self.saved / self.compute_optimal_cost

    @property
    def warnings(self) -> tuple[Message, ...]:
        """What to say beside the figure."""
        return self.best.warnings


def inference_aware(
    law: ScalingLaw,
    *,
    loss: Number,
    input_tokens: Number = 0.0,
    output_tokens: Number = 0.0,
    training_price: Number = 1.0,
    input_price: Number = 1.0,
    output_price: Number = 1.0,
) -> InferenceAware:
    """The size and tokens that reach ``loss`` at the least cost of training and serving.

    Minimises ``6 N D c_train + 2 N (D_in c_in + D_out c_out)`` on the curve
    ``L(N, D) = loss``; the tokens are those served over the model's life, the prices per
    FLOP (1 gives the count in FLOP; in dollars, price per accelerator-second over peak
    times utilisation). With ``o`` the ratio of the two reducible parts of the loss, the
    least cost has ``alpha o / beta = 1 + serving / training``, found by bisection.
    Attention, the cache and batching are not counted: ``money.serving`` does.

    Raises ``InputError`` for a loss that no size reaches and for negative tokens.

    Source: Sardana et al. 2024, arXiv:2401.00448, sections 3 and 4.
    """
    for field, price in (
        ("training_price", training_price),
        ("input_price", input_price),
        ("output_price", output_price),
    ):
        check_positive(field, price)
    for field, tokens in (("input_tokens", input_tokens), ("output_tokens", output_tokens)):
        _check_not_negative(field, tokens)
    plain = least_compute(law, loss)
    served_cost = INFERENCE_FLOP * (input_tokens * input_price + output_tokens * output_price)
    # Serving over training cost, per token trained on: the size cancels.
    ratio = served_cost / (TRAIN_FLOP * training_price)
    best = _on_curve(law, loss, _best_odds(law, plain, ratio))
    return InferenceAware(
        best=best,
        compute_optimal=plain,
        inference_flop=INFERENCE_FLOP * best.params * (input_tokens + output_tokens),
        training_cost=best.flop * training_price,
        inference_cost=best.params * served_cost,
        compute_optimal_cost=plain.flop * training_price + plain.params * served_cost,
    )


def same_quality(law: ScalingLaw, *, params: Number) -> Number:
    """The loss of the compute-optimal model of this size: a target said as a size."""
    check_positive("params", params)
    odds = law.tokens_exponent / law.params_exponent
    return law.floor + law.of_params(params) * (1 + 1 / odds)


def _best_odds(law: ScalingLaw, plain: Allocation, ratio: Number) -> Number:
    """The ratio of the size's to the data's part of the loss at the least cost."""
    least = law.tokens_exponent / law.params_exponent
    low = np.log(np.asarray(least + 0 * ratio + 0 * plain.loss, dtype=np.float64))
    high = low + np.log1p(ratio / plain.tokens)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        tokens = _tokens(law, plain.loss, np.exp(middle))
        too_large = np.exp(middle) > least * (1 + ratio / tokens)
        low, high = np.where(too_large, low, middle), np.where(too_large, middle, high)
    odds = np.exp((low + high) / 2)
    return float(odds) if odds.ndim == 0 else odds


def _on_curve(law: ScalingLaw, loss: Number, odds: Number) -> Allocation:
    """The point of ``L = loss`` where the size's part is ``odds`` times the data's."""
    of_params = (loss - law.floor) * odds / (1 + odds)
    params = (law.params_scale / of_params) ** (1 / law.params_exponent)
    return Allocation(law=law, params=params, tokens=_tokens(law, loss, odds), loss=loss)


def _tokens(law: ScalingLaw, loss: Number, odds: Number) -> Number:
    """Tokens of that point."""
    return (law.tokens_scale * (1 + odds) / (loss - law.floor)) ** (1 / law.tokens_exponent)


def _check_not_negative(field: str, value: Number) -> None:
    values = np.asarray(value, dtype=np.float64)
    bad = ~((values >= 0) & np.isfinite(values))
    if bad.any():
        raise InputError(
            field,
            "{value} is less than zero; write zero or more",
            value=figure(float(values[bad].flat[0])),
        )
