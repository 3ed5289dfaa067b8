"""The metrics of the question bank, computed from a deal by the cost model and the lab."""

from collections.abc import Mapping
from typing import Final

from costmodel.facts import FactError
from costmodel.messages import InputError
from dashboard.deal import Deal
from dashboard.findings import evaluate
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Parameters
from dashboard.risk.metrics import compute, data, finance, lab, market, plan, regulation
from dashboard.risk.metrics.basis import Basis, Evaluated
from dashboard.risk.metrics.metric import Metric
from dashboard.risk.metrics.reading import Formula, Reading

__all__ = ["METRIC_IDS", "Basis", "Evaluated", "basis_of", "compute_metrics"]

_FORMULAS: Final[Mapping[str, Formula]] = {
    **compute.METRICS,
    **data.METRICS,
    **regulation.METRICS,
    **finance.METRICS,
    **market.METRICS,
    **lab.METRICS,
    **plan.METRICS,
}
#: Every metric that can be computed, by the bank's ids.
METRIC_IDS: Final = tuple(_FORMULAS)


def basis_of(
    deal: Deal, *, language: str = "en", seed: int = 0, parameters: Parameters | None = None
) -> Basis:
    """The deal through the cost model, or with the reason why it could not go through."""
    try:
        evaluated: Evaluated = evaluate(deal, language=language, seed=seed)
    except (InputError, FactError) as refused:
        evaluated = refused
    numbers = parameters or bank().parameters()
    basis = Basis(deal=deal, evaluated=evaluated, parameters=numbers)
    _ = basis.serving_usd_per_million  # slow, so once and not with every score
    return basis


def compute_metrics(basis: Basis) -> dict[str, Metric]:
    """Every metric by its id; one that cannot be computed says what is missing."""
    found: dict[str, Metric] = {}
    for metric_id, formula in _FORMULAS.items():
        reading = Reading(basis)
        found[metric_id] = reading.metric(metric_id, formula(reading))
    return found
