"""What the sheets are about: a case, and the same deal in the middle of all its inputs.

The formulas follow these middles; the draws of the case stand beside them as numbers.
"""

from dataclasses import dataclass

from costmodel.facts import FactError
from costmodel.messages import InputError, Message
from costmodel.money import serving as serving_model
from costmodel.money import serving_margin, training_cost
from costmodel.money.serving import ServingEstimate
from costmodel.money.serving_margin import Fleet
from costmodel.money.training_cost import CostEstimate
from costmodel.venture.returns.exits import Returns
from costmodel.venture.scenario import Run
from dashboard import serving
from dashboard.report.case import Case
from dashboard.venture.answering import Answer

NO_EXIT = Message(
    "No exit is valued, so that no return is computed: it takes an investment, the value after "
    "the round and some revenue. The five cases are those of past financings and say nothing of "
    "this deal."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Served:
    """The service of the deal's model at the usual load, in the middle of its assumptions."""

    estimate: ServingEstimate
    fleet: Fleet
    requests_per_day: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """A case with its middles. Of each part that is missing ``why`` says why, by sheet.

    ``cost`` is the run's bill, ``served`` the service, ``answer`` the deal's own scenario.
    """

    case: Case
    cost: CostEstimate | None
    served: Served | None
    why: dict[str, Message]

    @property
    def answer(self) -> Answer | None:
        """The deal's own scenario."""
        return self.case.answer

    @property
    def run(self) -> Run | None:
        """The scenario in the middle of its inputs."""
        return None if self.answer is None else self.answer.result.middle

    @property
    def returns(self) -> Returns | None:
        """What the investment returns in the middle of the inputs."""
        return None if self.run is None else self.run.returns


def subject_of(case: Case) -> Subject:
    """The case with its middles."""
    why: dict[str, Message] = {}
    cost = None
    if case.evaluation is None:
        why["cost"] = case.basis.refusal
    else:
        inputs = case.evaluation.inputs
        cost = training_cost.estimate(inputs, inputs.medians())
    served = _served(case, why)
    if case.answer is None:
        why["scenario"] = case.no_scenario or NO_EXIT
        why["returns"] = why["scenario"]
    elif case.answer.result.middle.returns is None:
        why["returns"] = NO_EXIT
    return Subject(case=case, cost=cost, served=served, why=why)


def _served(case: Case, why: dict[str, Message]) -> Served | None:
    if case.evaluation is None:
        why["serving"] = case.basis.refusal
        return None
    question, refused = serving.read(case.deal, {})
    if question is None:
        why["serving"] = next(iter(refused.values())).message
        return None
    try:
        inputs = question.service.inputs()
    except (InputError, FactError) as error:
        why["serving"] = error.message
        return None
    estimate = serving_model.estimate(inputs, inputs.medians())
    traffic = question.service.requests_per_day
    return Served(
        estimate=estimate,
        fleet=serving_margin.fleet(estimate, requests_per_day=traffic),
        requests_per_day=traffic,
    )
