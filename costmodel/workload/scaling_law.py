"""The published scaling laws: what a model of some size learns from some data.

Every law here is ``L(N, D) = E + A / N^alpha + B / D^beta``, the loss in nats per token of
``N`` parameters after ``D`` tokens.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.facts import Fact
from costmodel.messages import InputError, figure
from costmodel.uncertainty import Draws, Number

FILE: Final = "scaling_laws"
#: The law that answers where one is asked for: a refit of Hoffmann's own data, with errors.
DEFAULT_LAW: Final = "Besiroglu 2024"
#: No size, count or budget comes near this; beyond it lies a slip of the keyboard.
_MOST: Final = 1e40


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedOn:
    """The models and data sets that a law was fitted on."""

    least_params: float
    most_params: float
    least_tokens: float
    most_tokens: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScalingLaw:
    """The constants of one law, plain numbers or draws (then index ``i`` is one world).

    ``floor`` is E in nats per token; ``params_scale`` A, ``params_exponent`` alpha;
    ``tokens_scale`` B, ``tokens_exponent`` beta. ``facts`` are the rows they come from.
    """

    name: str
    floor: Number
    params_scale: Number
    params_exponent: Number
    tokens_scale: Number
    tokens_exponent: Number
    fitted_on: FittedOn
    facts: tuple[Fact, ...]

    def loss(self, params: Number, tokens: Number) -> Number:
        """Nats per token of ``params`` parameters after ``tokens`` tokens, none seen twice.

        ``E + A / N^alpha + B / D^beta``. Not counted: data quality, architecture,
        instruction tuning. Raises ``InputError`` for a size or count that is not positive.

        Source: Hoffmann et al. 2022, arXiv:2203.15556, section 3.3.
        """
        check_positive("params", params)
        check_positive("tokens", tokens)
        return self.floor + self.of_params(params) + self.of_tokens(tokens)

    def of_params(self, params: Number) -> Number:
        """The part of the loss that a larger model would remove: ``A / N^alpha``."""
        return self.params_scale * params**-self.params_exponent

    def of_tokens(self, tokens: Number) -> Number:
        """The part of the loss that more data would remove: ``B / D^beta``."""
        return self.tokens_scale * tokens**-self.tokens_exponent

    @property
    def balance(self) -> Number:
        """``G = (alpha A / (beta B))^(1 / (alpha + beta))``, which splits compute."""
        alpha, beta = self.params_exponent, self.tokens_exponent
        odds = alpha * self.params_scale / (beta * self.tokens_scale)
        return odds ** (1 / (alpha + beta))

    @property
    def allocation_exponent(self) -> Number:
        """``beta / (alpha + beta)``: how fast the best size grows with compute."""
        return self.tokens_exponent / (self.params_exponent + self.tokens_exponent)

    def draw(self, rng: np.random.Generator, n: int) -> "ScalingLaw":
        """The law in ``n`` worlds, where the errors of its constants are published.

        A law without published errors comes back as it is: its doubt is not zero but
        unknown, and the spread between laws stands for it. See ``_drawn`` for how the
        errors hang together.
        """
        if facts.find(FILE, self.name, "floor_se") is None:
            return self
        return _drawn(self, rng, n)


@cache
def law(name: str = DEFAULT_LAW) -> ScalingLaw:
    """The law of this name with its published constants.

    Constants that are published as logarithms are raised here, unrounded. Raises
    ``FactError`` for a law that ``data/scaling_laws.csv`` does not hold.
    """

    def row(quantity: str) -> Fact:
        return facts.lookup(FILE, name, quantity)

    used = [row("params_exponent"), row("tokens_exponent")]

    def constant(quantity: str) -> float:
        logarithm = facts.find(FILE, name, f"ln_{quantity}")
        used.append(logarithm or row(quantity))
        return math.exp(logarithm.value) if logarithm else row(quantity).value

    return ScalingLaw(
        name=name,
        floor=constant("floor"),
        params_scale=constant("params_scale"),
        params_exponent=row("params_exponent").value,
        tokens_scale=constant("tokens_scale"),
        tokens_exponent=row("tokens_exponent").value,
        fitted_on=FittedOn(
            least_params=row("least_params").value,
            most_params=row("most_params").value,
            least_tokens=row("least_tokens").value,
            most_tokens=row("most_tokens").value,
        ),
        facts=tuple(used),
    )


@cache
def laws() -> tuple[ScalingLaw, ...]:
    """Every law with a full set of constants, oldest first."""
    rows = facts.facts_of(FILE)
    return tuple(law(name) for name in dict.fromkeys(s for s, q in rows if q == "params_exponent"))


def check_positive(field: str, value: Number) -> None:
    """Raise ``InputError`` unless every value is a positive number that a plan could hold."""
    values = np.asarray(figure(value) if isinstance(value, int) else value, dtype=np.float64)
    bad = ~(values > 0)  # refuses NaN too
    if bad.any():
        raise InputError(
            field,
            "{value} is not above zero; write a positive number",
            value=float(values[bad].flat[0]),
        )
    if (values > _MOST).any():
        raise InputError(
            field,
            "{value} is more than any model has had; the largest that makes sense here is {most}",
            value=float(values.max()),
            most=_MOST,
        )


def _drawn(law: ScalingLaw, rng: np.random.Generator, n: int) -> ScalingLaw:
    """``n`` worlds of a law whose standard errors are published, but not their covariance.

    E, alpha and beta are drawn together, normal with the published errors. Alpha and beta
    have the correlation that makes ``beta/(alpha+beta)`` as uncertain as published; both
    have a judged correlation with E. A and B follow alpha and beta: the parts of the loss
    at a pivot size and a pivot number of tokens are taken as known, ``ln A = ln A0 +
    (alpha - alpha0) ln N_pivot``. So the loss stays well known where the data were, and the
    doubt grows outwards. Independent draws would make even the fitted losses absurd.

    Source: standard errors of Besiroglu et al. 2024, arXiv:2404.10102; the correlations
    with E and the pivots are judgements, in ``data/scaling_laws.csv``.
    """

    def value(quantity: str) -> float:
        return facts.lookup(FILE, law.name, quantity).value

    alpha, beta = float(law.params_exponent), float(law.tokens_exponent)
    names = ("floor", "params_exponent", "tokens_exponent")
    errors = np.array([value(f"{name}_se") for name in names])
    square = (alpha + beta) ** 2
    from_alpha, from_beta = beta / square * errors[1], alpha / square * errors[2]
    shared = from_alpha**2 + from_beta**2 - value("allocation_exponent_se") ** 2
    between = shared / (2 * from_alpha * from_beta)
    with_alpha = value("floor_params_exponent_correlation")
    with_beta = value("floor_tokens_exponent_correlation")
    correlation = np.array(
        [[1, with_alpha, with_beta], [with_alpha, 1, between], [with_beta, between, 1]]
    )
    factor = np.linalg.cholesky(correlation)  # fails for a matrix that cannot be
    moves: Draws = (errors[:, None] * (factor @ rng.standard_normal((3, n)))).astype(np.float64)
    return ScalingLaw(
        name=law.name,
        floor=law.floor + moves[0],
        params_scale=law.params_scale * np.exp(moves[1] * math.log(value("pivot_params"))),
        params_exponent=alpha + moves[1],
        tokens_scale=law.tokens_scale * np.exp(moves[2] * math.log(value("pivot_tokens"))),
        tokens_exponent=beta + moves[2],
        fitted_on=law.fitted_on,
        facts=law.facts,
    )
