"""Everything that a report says of one version of a deal, computed once for all formats.

``case_of`` is the one way in. It reads nothing but its arguments and the evidence files that
are kept here, so that the same version on the same day gives the same report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from costmodel.messages import InputError, Message
from costmodel.money.programme import ProgrammeEstimate
from dashboard.deal import Deal
from dashboard.deal_scenarios import MOST_SCENARIOS, ScenarioEntry
from dashboard.findings import Evaluation
from dashboard.language import LANGUAGES, current, use_language
from dashboard.report.edition import Edition
from dashboard.risk.answers import files
from dashboard.risk.assessment import Assessment, assess
from dashboard.risk.bank.parameters import Parameters
from dashboard.risk.cross_checks import cross_checks
from dashboard.risk.cross_checks.cross_check import CrossCheck
from dashboard.risk.metrics import basis_of, compute_metrics
from dashboard.risk.metrics.basis import Basis
from dashboard.risk.metrics.metric import Metric
from dashboard.venture.answering import (
    Answer,
    Named,
    Sources,
    answer,
    explained,
    programme_of,
    served_by,
)

#: Worlds of the scenarios of a report, as many as the page draws.
N_DRAWS: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A version of a deal with all that was computed of it, in one language.

    ``scenarios`` holds the deal as it states itself, then the scenarios of its file, all in the
    same worlds; empty, with the reason in ``no_scenario``, where its cash or its people are not
    stated. ``programme`` is the R&D programme around the run, where it has a price.
    """

    deal: Deal
    edition: Edition
    language: str
    seed: int
    basis: Basis
    metrics: Mapping[str, Metric]
    checks: Sequence[CrossCheck]
    assessment: Assessment
    programme: ProgrammeEstimate | None
    scenarios: Sequence[Named]
    no_scenario: Message | None

    @property
    def as_of(self) -> date:
        """The day on which the evidence is judged."""
        return self.edition.as_of

    @property
    def evaluation(self) -> Evaluation | None:
        """The deal through the cost model, where its plan can be estimated."""
        return self.basis.evaluation

    @property
    def answer(self) -> Answer | None:
        """The deal's first scenario: as it states itself."""
        return self.scenarios[0].answer if self.scenarios else None


def case_of(
    deal: Deal,
    edition: Edition,
    *,
    seed: int = 0,
    parameters: Parameters | None = None,
) -> Case:
    """A version of a deal through the cost model, the checklist and its scenarios, in the
    language in use. Nothing is raised for a deal that states little: what is missing is said.
    """
    basis = basis_of(deal, language=current(), seed=seed, parameters=parameters)
    metrics, checks = compute_metrics(basis), cross_checks(basis)
    assessment = assess(
        deal,
        metrics=metrics,
        checks=checks,
        as_of=edition.as_of,
        parameters=parameters,
        files=files.states(files.evidence_dir(), deal.answers.values()),
    )
    programme = programme_of(basis.evaluation, seed=seed)
    scenarios, refused = _scenarios(deal, basis, assessment, programme, seed)
    return Case(
        deal=deal,
        edition=edition,
        language=current(),
        seed=seed,
        basis=basis,
        metrics=metrics,
        checks=checks,
        assessment=assessment,
        programme=programme,
        scenarios=scenarios,
        no_scenario=refused,
    )


def in_other_language(case: Case, parameters: Parameters | None = None) -> Case:
    """The same case, computed with the same numbers, in the other language."""
    other = next(one for one in LANGUAGES if one != case.language)
    with use_language(other):
        return case_of(case.deal, case.edition, seed=case.seed, parameters=parameters)


def _scenarios(
    deal: Deal,
    basis: Basis,
    assessment: Assessment,
    programme: ProgrammeEstimate | None,
    seed: int,
) -> tuple[Sequence[Named], Message | None]:
    """The deal as it states itself and its scenarios, or why there are none."""
    overall = assessment.scores.overall
    sources = Sources(
        deal=deal,
        evaluation=basis.evaluation,
        programme=programme,
        served_usd_per_million=served_by(deal, basis.evaluation, seed=seed),
        overall=None if overall is None or overall.known is None else overall.expected,
    )
    entries: list[ScenarioEntry | None] = [None, *deal.scenarios[: MOST_SCENARIOS - 1]]
    try:
        return explained([answer(sources, e, seed=seed, n_draws=N_DRAWS) for e in entries]), None
    except InputError as refused:
        if refused.field:
            return (), Message(
                "The cash cannot be followed ({field}): {problem}.",
                {"field": refused.field, "problem": refused.message},
            )
        return (), Message("The cash cannot be followed: {problem}.", {"problem": refused.message})
