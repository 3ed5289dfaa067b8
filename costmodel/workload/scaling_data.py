"""What is lost when there is too little data and it is seen more than once.

The answer follows Muennighoff et al. 2023, where repeats are worth less and less but never
do harm. A later law (Lovelace et al. 2026, in ``data/scaling_laws.csv``) adds a penalty, so
that repetition can raise the loss; its constants were not found, so it gives no figure here
and ``SECOND_OPINION`` says so beside every result.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.messages import Amount, Message
from costmodel.uncertainty import Draws, Number, Percentiles
from costmodel.workload import scaling, scaling_law
from costmodel.workload.scaling import (
    TRAIN_FLOP,
    Allocation,
    extrapolation,
)
from costmodel.workload.scaling_law import FILE, ScalingLaw, check_positive

#: The law whose authors also fitted what repeats are worth.
REPETITION_LAW: Final = "Muennighoff 2023"

#: Stands beside every figure of this module.
SECOND_OPINION: Final = Message(
    "A later study finds that repeating data can also do harm, above all to large models; its "
    "constants are not on record here, so the true loss may lie higher."
)

#: The search for the best size: points per round, and rounds of narrowing.
_POINTS: Final = 17
_ROUNDS: Final = 6
#: Sizes searched: from this factor below the optimum with endless data to this above.
_SEARCH_FACTOR: Final = 1e4


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """How fast repeats lose their worth: after ``repeats_worth`` of them (R_D*) a further
    one is worth 1/e of new tokens; ``excess_params_worth`` (R_N*) likewise for parameters.
    """

    repeats_worth: float
    excess_params_worth: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RepetitionCost:
    """What a limited corpus loses against the same number of tokens, all different.

    ``effective_tokens`` is how many different tokens the repeated ones are worth (the
    size's share of the loss apart), ``lost`` the loss above ``loss_if_unique``.
    """

    loss: Number
    loss_if_unique: Number
    effective_tokens: Number
    epochs: Number
    warnings: tuple[Message, ...]

    @property
    def lost(self) -> Number:
        """Nats per token lost to repetition; never below zero."""
        return self.loss - self.loss_if_unique


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DataLimited:
    """The best size and number of passes for a budget and a limited corpus."""

    best: Allocation
    unlimited: Allocation
    epochs: Number
    warnings: tuple[Message, ...]

    @property
    def lost(self) -> Number:
        """Nats per token above what the same compute reaches with endless data."""
        return self.best.loss - self.unlimited.loss


@cache
def repetition() -> Repetition:
    """The fitted worth of repeats."""
    return Repetition(
        repeats_worth=facts.lookup(FILE, REPETITION_LAW, "repeats_worth").value,
        excess_params_worth=facts.lookup(FILE, REPETITION_LAW, "excess_params_worth").value,
    )


def repetition_law() -> ScalingLaw:
    """The law that the worth of repeats belongs to."""
    return scaling_law.law(REPETITION_LAW)


def data_constrained_loss(*, params: Number, tokens: Number, unique_tokens: Number) -> Number:
    """Nats per token of ``tokens`` seen, of which only ``unique_tokens`` differ.

    ``L = E + A / N'^alpha + B / D'^beta`` with ``D' = U + U R_D* (1 - e^(-R_D/R_D*))``,
    ``R_D = D/U - 1``, and the same for the parameters above ``U_N``, the size that the
    unique tokens are just enough for. A corpus larger than ``tokens`` is not repeated.
    The excess size is discounted even without repeats, so a model that is too large for
    its data scores a little worse than the plain law says.

    Source: Muennighoff et al. 2023, arXiv:2305.16264, section 3; constants from its code.
    """
    law = repetition_law()
    for field, value in (
        ("params", params),
        ("tokens", tokens),
        ("unique_tokens", unique_tokens),
    ):
        check_positive(field, value)
    unique = np.minimum(unique_tokens, tokens)
    enough_for = law.balance * (unique * law.balance) ** (law.tokens_exponent / law.params_exponent)
    base = np.minimum(params, enough_for)
    worth = repetition().excess_params_worth
    effective_params = base * (1 - worth * np.expm1(-(params / base - 1) / worth))
    loss: Number = law.loss(effective_params, effective_tokens(tokens, unique_tokens))
    return float(loss) if np.ndim(loss) == 0 else loss


def effective_tokens(tokens: Number, unique_tokens: Number) -> Number:
    """How many different tokens ``tokens`` are worth when only ``unique_tokens`` differ.

    ``U (1 + R_D* (1 - e^(-R_D/R_D*)))``: at most ``1 + R_D*`` times the corpus.

    Source: Muennighoff et al. 2023, arXiv:2305.16264, section 3.1.
    """
    unique = np.minimum(unique_tokens, tokens)
    worth = repetition().repeats_worth
    found = unique * (1 - worth * np.expm1(-(tokens / unique - 1) / worth))
    return float(found) if np.ndim(found) == 0 else found


def lost_to_repetition(*, params: Number, tokens: Number, unique_tokens: Number) -> RepetitionCost:
    """What is lost against the same number of tokens, all different."""
    loss = data_constrained_loss(params=params, tokens=tokens, unique_tokens=unique_tokens)
    unique = data_constrained_loss(params=params, tokens=tokens, unique_tokens=tokens)
    epochs = np.maximum(tokens / unique_tokens, 1.0)
    return RepetitionCost(
        loss=loss,
        loss_if_unique=unique,
        effective_tokens=effective_tokens(tokens, unique_tokens),
        epochs=float(epochs) if np.ndim(epochs) == 0 else epochs,
        warnings=_warnings(params=params, tokens=tokens, epochs=epochs),
    )


def best_for_data(*, flop: Number, unique_tokens: Number) -> DataLimited:
    """The size and number of passes with the least loss for a budget and a corpus.

    ``D = C / (6 N)``; the size is searched for, around the optimum with endless data.
    Fewer passes than one leave a part of the corpus unread.

    Source: Muennighoff et al. 2023, arXiv:2305.16264, section 5.
    """
    check_positive("flop", flop)
    check_positive("unique_tokens", unique_tokens)
    law = repetition_law()
    unlimited = scaling.compute_optimal(law, flop)
    centre = np.log(np.asarray(unlimited.params, dtype=np.float64))
    centre = centre + 0 * np.asarray(unique_tokens)
    half = math.log(_SEARCH_FACTOR)
    steps = np.linspace(-1, 1, _POINTS)
    budget = np.asarray(flop, dtype=np.float64)[..., None]
    corpus = np.asarray(unique_tokens, dtype=np.float64)[..., None]
    for _ in range(_ROUNDS):
        params = np.exp(centre[..., None] + half * steps)
        losses = np.asarray(_loss_of_size(params, budget, corpus))
        choice = losses.argmin(axis=-1)
        centre = centre + half * steps[choice]
        half *= 2 / (_POINTS - 1)
    params = np.exp(centre)[()]
    tokens = flop / TRAIN_FLOP / params
    loss = data_constrained_loss(params=params, tokens=tokens, unique_tokens=unique_tokens)
    epochs = tokens / unique_tokens
    return DataLimited(
        best=Allocation(law=law, params=params, tokens=tokens, loss=loss),
        unlimited=unlimited,
        epochs=epochs,
        warnings=_warnings(params=params, tokens=tokens, epochs=epochs),
    )


def _loss_of_size(params: Draws, flop: Draws, unique_tokens: Draws) -> Number:
    tokens = flop / TRAIN_FLOP / params
    return data_constrained_loss(params=params, tokens=tokens, unique_tokens=unique_tokens)


def _warnings(*, params: Number, tokens: Number, epochs: Number) -> tuple[Message, ...]:
    """What to say beside a figure: the second opinion, many passes, extrapolation."""
    passes = Percentiles.of(epochs).p50
    saturated = facts.lookup(FILE, REPETITION_LAW, "saturated_epochs").value
    found = [SECOND_OPINION] if passes > 1 else []
    if passes > saturated:
        found.append(
            Message(
                "{epochs} passes over the data are more than the {most} after which further "
                "ones teach almost nothing.",
                {"epochs": Amount(passes, "ratio"), "most": Amount(saturated, "ratio")},
            )
        )
    beyond = extrapolation(repetition_law(), params=params, tokens=tokens)
    return (*found, beyond) if beyond else tuple(found)
