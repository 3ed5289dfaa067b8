"""What a compute budget buys, by every published scaling law side by side.

Each law was fitted on its own data and tokenizer: sizes and tokens compare between laws,
losses do not. ``scaling_data`` says what repeated data loses, ``scaling_inference`` which
size is cheapest once it is served.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.messages import Amount, InputError, Message
from costmodel.uncertainty import Draws, Number, Percentiles
from costmodel.workload.scaling_law import ScalingLaw, check_positive, laws

#: Training FLOP per parameter and token: two forward, four backward.
TRAIN_FLOP: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Allocation:
    """One way to spend a compute budget, by one law: ``6 N D`` FLOP."""

    law: ScalingLaw
    params: Number
    tokens: Number
    loss: Number

    @property
    def flop(self) -> Number:
        """Training FLOP by the parameter convention."""
        return TRAIN_FLOP * self.params * self.tokens

    @property
    def tokens_per_param(self) -> Number:
        """Tokens over parameters."""
        return self.tokens / self.params

    @property
    def warnings(self) -> tuple[Message, ...]:
        """What to say beside the figure."""
        beyond = extrapolation(self.law, params=self.params, tokens=self.tokens)
        return (beyond,) if beyond else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What every law makes of one budget, and how far they are apart.

    ``params``, ``tokens`` and ``tokens_per_param`` are (least, most) over the laws.
    Losses are of different data and are not compared.
    """

    allocations: tuple[Allocation, ...]
    params: tuple[float, float]
    tokens: tuple[float, float]
    tokens_per_param: tuple[float, float]
    warnings: tuple[Message, ...]


def compute_optimal(law: ScalingLaw, flop: Number) -> Allocation:
    """The size and tokens with the least loss for ``flop`` training FLOP.

    ``N = G (C/6)^(beta/(alpha+beta))``, ``D = C / (6 N)``. Serving is not counted: see
    ``scaling_inference``. Raises ``InputError`` for a budget that is not positive.

    Source: Hoffmann et al. 2022, arXiv:2203.15556, section 3.3, equation 4.
    """
    check_positive("flop", flop)
    params = law.balance * (flop / TRAIN_FLOP) ** law.allocation_exponent
    tokens = flop / TRAIN_FLOP / params
    return Allocation(law=law, params=params, tokens=tokens, loss=law.loss(params, tokens))


def loss_above_best(law: ScalingLaw, *, flop: Number, params: Number) -> Number:
    """Nats per token that another size than the best one loses at the same budget.

    ``L(N, C/6N) - L(N*, D*)``. Unlike the losses themselves, these differences may stand
    side by side for several laws: each is measured from its own law's best.
    """
    check_positive("flop", flop)
    best = compute_optimal(law, flop)
    return law.loss(params, flop / TRAIN_FLOP / params) - best.loss


def least_compute(law: ScalingLaw, loss: Number) -> Allocation:
    """The least compute that reaches ``loss``: its size and tokens.

    At the optimum the two reducible parts stand as ``beta`` to ``alpha``. Raises
    ``InputError`` for a loss at or below the law's floor in any world.
    """
    check_reachable(law, loss)
    reducible = loss - law.floor
    share = law.allocation_exponent
    params = (law.params_scale / (reducible * share)) ** (1 / law.params_exponent)
    tokens = (law.tokens_scale / (reducible * (1 - share))) ** (1 / law.tokens_exponent)
    return Allocation(law=law, params=params, tokens=tokens, loss=loss)


def tokens_to_reach(law: ScalingLaw, *, params: Number, loss: Number) -> Number:
    """Tokens after which ``params`` parameters reach ``loss``; infinite where no data can.

    ``D = (B / (l - E - A / N^alpha))^(1/beta)``. Raises ``InputError`` for a loss at or
    below the floor.
    """
    check_positive("params", params)
    check_reachable(law, loss)
    left = np.asarray(loss - law.floor - law.of_params(params), dtype=np.float64)
    possible = left > 0
    tokens = (law.tokens_scale / np.where(possible, left, 1.0)) ** (1 / law.tokens_exponent)
    return _as_number(np.where(possible, tokens, np.inf))


def by_law(flop: float) -> Comparison:
    """The best size and tokens for ``flop``, by every law side by side."""
    found = tuple(compute_optimal(each, flop) for each in laws())
    warnings = [message for each in found for message in each.warnings]

    def ends(values: list[Number]) -> tuple[float, float]:
        return float(min(values)), float(max(values))

    return Comparison(
        allocations=found,
        params=ends([each.params for each in found]),
        tokens=ends([each.tokens for each in found]),
        tokens_per_param=ends([each.tokens_per_param for each in found]),
        warnings=(*warnings, DIFFERENT_DATA),
    )


#: Stands beside every table of several laws.
DIFFERENT_DATA: Final = Message(
    "Each law was fitted on its own data and tokenizer: compare sizes and tokens between laws, "
    "not losses."
)


def extrapolation(law: ScalingLaw, *, params: Number, tokens: Number) -> Message | None:
    """What to say where the (median) size or tokens lie outside what the law was fitted on."""
    fit = law.fitted_on
    size, count = Percentiles.of(params).p50, Percentiles.of(tokens).p50
    factor = max(
        size / fit.most_params,
        fit.least_params / size,
        count / fit.most_tokens,
        fit.least_tokens / count,
    )
    if factor <= 1:
        return None
    return Message(
        "{law} was fitted on models of {least_params} to {most_params} parameters trained on "
        "{least_tokens} to {most_tokens} tokens; this one lies {factor} times outside, so its "
        "figures are an extrapolation.",
        {
            "law": law.name,
            "least_params": Amount(fit.least_params, "count"),
            "most_params": Amount(fit.most_params, "count"),
            "least_tokens": Amount(fit.least_tokens, "count"),
            "most_tokens": Amount(fit.most_tokens, "count"),
            "factor": Amount(factor, "ratio"),
        },
    )


def check_reachable(law: ScalingLaw, loss: Number) -> None:
    """Raise ``InputError`` unless ``loss`` lies above the law's floor in every world."""
    check_positive("loss", loss)
    if np.any(np.asarray(loss) <= np.asarray(law.floor)):
        raise InputError(
            "loss",
            "no size and no data reach a loss of {loss} by {law}, whose floor is {floor}; "
            "write a higher loss",
            loss=Amount(float(np.min(loss)), "nat_per_token"),
            law=law.name,
            floor=Amount(float(np.max(law.floor)), "nat_per_token"),
        )


def _as_number(values: Draws) -> Number:
    return float(values) if values.ndim == 0 else values
