"""Many deals as one table: a row each with cost, claims and risk, or why it has none.

Everything comes from the code that judges one deal; the table only gathers it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from costmodel.claims import Finding
from costmodel.claims.finding import VERDICTS, Verdict
from costmodel.messages import InputError, Message
from costmodel.uncertainty import Percentiles
from costmodel.workload.flops import total_params
from dashboard.deal import Deal, model_of
from dashboard.risk.assessment import Assessment, assess
from dashboard.risk.bank.parameters import Parameters
from dashboard.risk.cross_checks import cross_checks
from dashboard.risk.metrics import basis_of, compute_metrics
from dashboard.risk.metrics.basis import NO_PRICE, Basis

#: Verdicts of claims, the one to look at first at the end.
SEVERITY: Final[tuple[Verdict, ...]] = (
    "consistent",
    "cannot tell",
    "stretched",
    "implausible",
    "impossible",
)
assert set(SEVERITY) == set(VERDICTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A deal's row. What nobody stated or nothing could be made of is ``None``.

    ``stage``, ``sector`` and ``country`` are as the deal writes them. ``usd`` is the final
    run's cost; ``worst`` the claims' worst verdict and ``counts`` how many have each. ``score``
    is the checklist's expected one of 100, between ``score_low`` and ``score_high``; ``verdict``
    is the id of the rules' verdict. ``why_not`` says of everything that could not be computed.
    """

    name: str
    company: str
    stage: str
    sector: str
    country: str
    params: float | None
    tokens: float | None
    usd: Percentiles | None
    worst: Verdict | None
    counts: Mapping[Verdict, int]
    score: float | None
    score_low: float | None
    score_high: float | None
    verdict: str
    n_open_p0: int
    n_flags: int
    runway_months: float | None
    why_not: tuple[Message, ...]


def lines(
    deals: Iterable[Deal],
    *,
    as_of: date,
    language: str = "en",
    seed: int = 0,
    parameters: Parameters | None = None,
) -> Iterator[Line]:
    """The row of each deal in turn, so that a page can show how far it is."""
    for deal in deals:
        yield line_of(deal, as_of=as_of, language=language, seed=seed, parameters=parameters)


def line_of(
    deal: Deal,
    *,
    as_of: date,
    language: str = "en",
    seed: int = 0,
    parameters: Parameters | None = None,
) -> Line:
    """A deal's row as of a day; evidence files are not looked for."""
    basis = basis_of(deal, language=language, seed=seed, parameters=parameters)
    assessed = assess(
        deal,
        metrics=compute_metrics(basis),
        checks=cross_checks(basis),
        as_of=as_of,
        parameters=parameters,
    )
    return assessed_line(deal, basis, assessed)


def assessed_line(deal: Deal, basis: Basis, assessed: Assessment) -> Line:
    """The row of a deal that was assessed already."""
    usd, why_not = _cost(basis)
    findings = () if basis.evaluation is None else basis.evaluation.findings
    overall = assessed.scores.overall
    runway = deal.finance.stated_runway_months
    return Line(
        name=deal.name,
        company=deal.company.name,
        stage=deal.company.stage,
        sector=deal.company.sector,
        country=deal.company.country,
        params=_params(deal),
        tokens=deal.plan.tokens,
        usd=usd,
        worst=_worst(findings),
        counts=Counter(finding.verdict for finding in findings),
        score=None if overall is None else overall.expected,
        score_low=None if overall is None else overall.low,
        score_high=None if overall is None else overall.high,
        verdict=assessed.verdict.name,
        n_open_p0=len(assessed.verdict.open_p0),
        n_flags=len(assessed.verdict.flags),
        runway_months=None if runway is None else runway.value,
        why_not=(*why_not, *_no_score(assessed)),
    )


def _cost(basis: Basis) -> tuple[Percentiles | None, tuple[Message, ...]]:
    """The cost of the final run, or why there is none."""
    if basis.estimate is None:
        return None, (basis.refusal,)
    if basis.estimate.usd is None:
        return None, (NO_PRICE,)
    return Percentiles.of(basis.estimate.usd), ()


def _no_score(assessed: Assessment) -> tuple[Message, ...]:
    if assessed.scores.overall is None:
        return (Message("No question of the checklist applies, so there is no score."),)
    return ()


def _params(deal: Deal) -> float | None:
    try:
        return float(total_params(model_of(deal)))
    except InputError:
        return None


def _worst(findings: Iterable[Finding]) -> Verdict | None:
    return max((finding.verdict for finding in findings), key=SEVERITY.index, default=None)
