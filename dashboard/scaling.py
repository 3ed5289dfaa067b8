"""What a page of size and data asks and answers: typed texts in, the scaling laws' figures out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.facts import Fact
from costmodel.messages import InputError, Message
from costmodel.uncertainty import Draws, Number, Percentiles
from costmodel.workload.flops import active_params, total_params
from costmodel.workload.model_spec import check_amount
from costmodel.workload.scaling import (
    TRAIN_FLOP,
    Allocation,
    Comparison,
    by_law,
    compute_optimal,
    loss_above_best,
)
from costmodel.workload.scaling_data import (
    REPETITION_LAW,
    DataLimited,
    RepetitionCost,
    best_for_data,
    lost_to_repetition,
)
from costmodel.workload.scaling_inference import InferenceAware, inference_aware
from costmodel.workload.scaling_law import FILE, ScalingLaw, check_positive, laws
from dashboard.deal import Deal, model_of
from dashboard.quantities import parse_number
from dashboard.scenario import compact, field_of

#: What the page asks for beside the scenario, in the order of the form.
FIELDS: Final = ("flop", "unique_tokens", "served_tokens")
#: Fields of the scenario that this page depends on.
SCENARIO_FIELDS: Final = ("tokens", "params", "active_params")

#: Worlds drawn of a law whose errors are published.
N_DRAWS: Final = 4_000
#: Points of a curve, and how far it reaches to both sides of what it is about.
_POINTS: Final = 61
_SIZES_FACTOR: Final = 30.0
_SERVED_DECADES: Final = 2.0
#: Passes over the data at the ends of the curve of repetition.
_MOST_EPOCHS: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, read and checked; ``params`` are those that a token passes through."""

    name: str
    params: float
    total_params: float
    tokens: float
    flop: float
    unique_tokens: float
    served_tokens: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ByLaw:
    """One law's answer: its best split of the budget, and the cheapest once it is served."""

    law: ScalingLaw
    drawn: ScalingLaw
    best: Allocation
    served: InferenceAware

    @property
    def has_errors(self) -> bool:
        """Whether the law's constants have published errors, so that its figures have ranges."""
        return self.drawn is not self.law


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One law along an axis: the median, and the 90 % range where it has one."""

    name: str
    x: Draws
    y: Draws
    low: Draws | None = None
    high: Draws | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """Everything that the page shows."""

    question: Question
    comparison: Comparison
    by_law: tuple[ByLaw, ...]
    repeated: RepetitionCost
    limited: DataLimited
    sizes: tuple[Curve, ...]
    repetition: Curve
    served: tuple[Curve, ...]

    def span(self, figure: str) -> tuple[float, float]:
        """Least and most of the laws' medians of a figure of their best split."""
        medians = [Percentiles.of(getattr(each.best, figure)).p50 for each in self.by_law]
        return min(medians), max(medians)

    @property
    def is_sparse(self) -> bool:
        """Whether a token passes through a part of the weights only."""
        return self.question.params < self.question.total_params

    @property
    def data_warnings(self) -> tuple[Message, ...]:
        """What to say beside the figures on limited data."""
        return (*self.repeated.warnings, *self.limited.warnings)


def starts(deal: Deal) -> dict[str, str]:
    """What stands in each field until somebody types. Raises ``InputError`` as ``read``."""
    tokens = _tokens(deal)
    unique = deal.plan.unique_tokens
    return {
        "flop": f"{TRAIN_FLOP * active_params(model_of(deal)) * tokens:.3g}",
        "unique_tokens": compact(tokens if unique is None else unique),
        "served_tokens": compact(facts.lookup(FILE, "starting point", "served_tokens").value),
    }


def read(deal: Deal, typed: Mapping[str, str]) -> tuple[Question | None, dict[str, InputError]]:
    """The question, or what was refused, by field of the page or of the scenario."""
    refused: dict[str, InputError] = {}
    values: dict[str, float] = {}
    try:
        model, tokens, texts = model_of(deal), _tokens(deal), starts(deal)
    except InputError as error:
        return None, {field_of(error): error}
    params = active_params(model)
    for name in FIELDS:
        text = typed.get(name, "").strip()
        try:
            values[name] = parse_number(text or texts[name], name)
            if name == "flop":
                check_positive(name, values[name])
            else:
                check_amount(name, values[name], limit="tokens")
        except InputError as error:
            refused[name] = error
    if refused:
        return None, refused
    if not typed.get("flop", "").strip():
        values["flop"] = TRAIN_FLOP * params * tokens  # unrounded, as the deal has it
    return (
        Question(
            name=deal.name,
            params=params,
            total_params=total_params(model),
            tokens=tokens,
            **values,
        ),
        {},
    )


def answer(question: Question, *, seed: int = 0, n_draws: int = N_DRAWS) -> Answer:
    """Everything that the page shows, the laws in worlds where their errors are published."""
    flop = question.flop
    drawn = {each.name: each.draw(np.random.default_rng(seed), n_draws) for each in laws()}
    found = tuple(_by_law(each, drawn[each.name], question) for each in laws())
    comparison = by_law(flop)
    low, high = comparison.params
    sizes = np.geomspace(low / _SIZES_FACTOR, high * _SIZES_FACTOR, _POINTS)
    served = np.geomspace(
        question.served_tokens / 10**_SERVED_DECADES,
        question.served_tokens * 10**_SERVED_DECADES,
        _POINTS,
    )
    return Answer(
        question=question,
        comparison=comparison,
        by_law=found,
        repeated=lost_to_repetition(
            params=question.params, tokens=question.tokens, unique_tokens=question.unique_tokens
        ),
        limited=best_for_data(flop=flop, unique_tokens=question.unique_tokens),
        sizes=tuple(_size_curve(each, flop, sizes) for each in found),
        repetition=_repetition_curve(question),
        served=tuple(_served_curve(each.law, flop, served) for each in found),
    )


def repetition_fact() -> Fact:
    """The fitted worth of repeats."""
    return facts.lookup(FILE, REPETITION_LAW, "repeats_worth")


def _tokens(deal: Deal) -> float:
    if deal.plan.tokens is None:
        raise InputError("plan.tokens", "the number of training tokens is missing; add it")
    return deal.plan.tokens


def _by_law(law: ScalingLaw, drawn: ScalingLaw, question: Question) -> ByLaw:
    best = compute_optimal(drawn, question.flop)
    served = inference_aware(drawn, loss=best.loss, output_tokens=question.served_tokens)
    return ByLaw(law=law, drawn=drawn, best=best, served=served)


def _size_curve(found: ByLaw, flop: float, sizes: Draws) -> Curve:
    """Nats per token lost at each size against the law's own best, same budget."""
    middle = np.asarray(loss_above_best(found.law, flop=flop, params=sizes))
    if not found.has_errors:
        return Curve(name=found.law.name, x=sizes, y=middle)
    spreads = [
        Percentiles.of(loss_above_best(found.drawn, flop=flop, params=size)) for size in sizes
    ]
    return Curve(
        name=found.law.name,
        x=sizes,
        y=np.array([spread.p50 for spread in spreads]),
        low=np.array([spread.p05 for spread in spreads]),
        high=np.array([spread.p95 for spread in spreads]),
    )


def _repetition_curve(question: Question) -> Curve:
    """Nats per token that the plan loses, by how often it sees each token."""
    epochs = np.geomspace(1.0, _MOST_EPOCHS, _POINTS)
    cost = lost_to_repetition(
        params=question.params,
        tokens=question.tokens,
        unique_tokens=question.tokens / epochs,
    )
    return Curve(name="", x=epochs, y=np.asarray(cost.lost))


def _served_curve(law: ScalingLaw, flop: float, served: Draws) -> Curve:
    """Share of training and serving saved, by the tokens served."""
    loss: Number = compute_optimal(law, flop).loss
    saved = inference_aware(law, loss=loss, output_tokens=served).saved_share
    return Curve(name=law.name, x=served, y=np.asarray(saved))
