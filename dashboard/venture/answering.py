"""A deal's scenarios answered, side by side where there are several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

import numpy as np

from costmodel.facts import FactError
from costmodel.messages import InputError, Message
from costmodel.money.programme import ProgrammeEstimate
from costmodel.uncertainty import Draws, Number
from costmodel.venture import scenario as scenarios
from costmodel.venture.explore import comparison
from costmodel.venture.explore.comparison import Explained
from costmodel.venture.explore.drivers import Outcome
from costmodel.venture.inputs import CaseLevel, Switches, VentureInputs, cited, inputs_for
from costmodel.venture.returns import exits
from costmodel.venture.scenario import ScenarioResult
from costmodel.venture.stress import stressed
from dashboard import programme, serving
from dashboard.deal import Deal
from dashboard.deal_scenarios import ScenarioEntry, span_of
from dashboard.findings import Evaluation
from dashboard.language import t
from dashboard.risk.answers import files
from dashboard.risk.assessment import assess
from dashboard.risk.cross_checks import cross_checks
from dashboard.risk.metrics import basis_of, compute_metrics
from dashboard.venture import investment, market, money
from dashboard.venture.gathering import Base, Gathered

#: Worlds of a scenario.
N_DRAWS: Final = 5_000
#: Worlds drawn for the cost of serving: a range, no more.
_SERVING_DRAWS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """One scenario of a deal: what it changes, and what comes of it."""

    name: str
    entry: ScenarioEntry | None
    base: Base
    result: ScenarioResult

    @property
    def inputs(self) -> VentureInputs:
        """The inputs that it was computed from."""
        return self.base.inputs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Named:
    """A scenario beside the first one, with what makes the difference, by outcome."""

    answer: Answer
    explained: Mapping[Outcome, Explained]


def column_names(found: Sequence[Named]) -> list[str]:
    """What the columns are called: the scenarios of one deal by their names, several deals by
    theirs.
    """
    several = len({one.answer.base.deal.name for one in found}) > 1
    names = []
    for one in found:
        scenario = one.answer.name or t("As the deal states it")
        deal = one.answer.base.deal.name
        if several:
            scenario = f"{deal}, {one.answer.name}" if one.answer.name else deal
        names.append(scenario)
    return names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sources:
    """What a deal's scenarios are gathered from.

    ``evaluation`` is the deal through the cost model, ``None`` where its plan cannot be
    estimated; ``programme`` and ``served_usd_per_million`` are the R&D programme and the unit
    cost of the serving model, where there are any; ``overall`` is the checklist's expected
    score, ``None`` where nothing is answered.
    """

    deal: Deal
    evaluation: Evaluation | None
    programme: ProgrammeEstimate | None = None
    served_usd_per_million: Number | None = None
    overall: float | None = None


def sources_of(deal: Deal, evaluation: Evaluation | None, *, seed: int = 0) -> Sources:
    """The deal with the programme, the serving model and the checklist asked."""
    return Sources(
        deal=deal,
        evaluation=evaluation,
        programme=programme_of(evaluation, seed=seed),
        served_usd_per_million=served_by(deal, evaluation, seed=seed),
        overall=overall_of(deal, seed=seed),
    )


def gather(sources: Sources, entry: ScenarioEntry | None = None, *, at: str = "scenario") -> Base:
    """A scenario of the deal: what ``entry`` states, then the deal, the cost model and the
    data; its stresses come on top.

    Raises ``InputError`` with the field where cash and rounds, or people and burn, are
    missing, and with the path below ``at`` for what the entry cannot state.
    """
    deal, typed = sources.deal, {}
    if entry is not None:
        for name, value in entry.inputs.items():
            typed[name] = span_of(name, value, f"{at}.inputs.{name}")
    found = Gathered(typed=typed)
    money.gather_money(deal, found)
    market.gather(deal, found, served_usd_per_million=sources.served_usd_per_million)
    run = sources.evaluation.estimate.usd if sources.evaluation is not None else None
    basis, by_month = money.gather_research(
        deal, found, final_run_usd=run, programme=sources.programme
    )
    research = money.research_monthly(found, basis, by_month)
    money.gather_costs(deal, found, programme=sources.programme, research_usd_per_month=research)
    participating = investment.gather(deal, found)
    _market_spend(found, research)
    if sources.overall is None:
        found.say(
            Message(
                "Nothing of the risk checklist is answered, so that the odds of the outcomes are "
                "those of history."
            )
        )
    switches = Switches(research=basis, participating=participating)
    if entry is not None:
        changed = {n: v for n, v in entry.switches.model_dump().items() if v is not None}
        switches = replace(switches, **changed)
    if entry is not None and entry.switches.research is not None:
        by_month = _research_of_choice(
            found, sources, switches, by_month, f"{at}.switches.research"
        )
    inputs = inputs_for(
        found.spans, origins=found.origins, switches=switches, programme_usd=by_month
    )
    if entry is None or entry.switches.case_level is None:
        inputs = replace(inputs, switches=replace(switches, case_level=_level(found, inputs)))
    return Base(
        deal=deal,
        inputs=stressed(inputs, entry.stress if entry is not None else ()),
        typed=frozenset(typed),
        assumed=tuple(found.assumed),
        stated=frozenset(found.stated),
        computed=frozenset(found.computed),
        overall=sources.overall,
    )


def programme_of(evaluation: Evaluation | None, *, seed: int = 0) -> ProgrammeEstimate | None:
    """The R&D programme around the deal's plan, at its defaults; ``None`` without a price."""
    if evaluation is None:
        return None
    return programme.answer(evaluation, {}, seed=seed).estimate


def served_by(deal: Deal, evaluation: Evaluation | None, *, seed: int = 0) -> Number | None:
    """The serving model's dollars per million tokens; ``None`` where it cannot say."""
    if evaluation is None or deal.market.cost_usd_per_million_tokens is not None:
        return None
    question, _ = serving.read(deal, {})
    if question is None:
        return None
    try:
        return question.service.drawn(seed=seed, n_draws=_SERVING_DRAWS).usd_per_million
    except (InputError, FactError):
        return None


def overall_of(deal: Deal, *, seed: int = 0, as_of: date | None = None) -> float | None:
    """The checklist's expected overall score; ``None`` where no question is answered."""
    if not deal.answers:
        return None
    basis = basis_of(deal, seed=seed)
    found = assess(
        deal,
        metrics=compute_metrics(basis),
        checks=cross_checks(basis),
        as_of=as_of or datetime.now(UTC).date(),
        files=files.states(files.evidence_dir(), deal.answers.values()),
    )
    score = found.scores.overall
    return None if score is None or score.known is None else score.expected


def answer(
    sources: Sources,
    entry: ScenarioEntry | None = None,
    *,
    seed: int = 0,
    n_draws: int = N_DRAWS,
) -> Answer:
    """One scenario in ``n_draws`` worlds. Raises ``InputError`` as ``gather`` does."""
    base = gather(sources, entry)
    typed: dict[str, float] = {} if entry is None else {str(n): p for n, p in entry.cases.items()}
    result = scenarios.answer(
        _with_worlds(base.inputs, n_draws),
        seed=seed,
        n_draws=n_draws,
        overall=base.overall,
        case_probabilities=typed,
    )
    return Answer(name=entry.name if entry else "", entry=entry, base=base, result=result)


def answers(
    sources: Sources,
    entries: Sequence[ScenarioEntry | None],
    *,
    seed: int = 0,
    n_draws: int = N_DRAWS,
) -> list[Named]:
    """Scenarios side by side, in the same worlds; each explained against the first."""
    return explained([answer(sources, e, seed=seed, n_draws=n_draws) for e in entries])


def explained(found: Sequence[Answer]) -> list[Named]:
    """Answers beside the first one, each with what its differing inputs explain."""
    return [
        Named(
            answer=one,
            explained=comparison.explained(found[0].inputs, one.inputs) if i else {},
        )
        for i, one in enumerate(found)
    ]


def _with_worlds(inputs: VentureInputs, n: int) -> VentureInputs:
    """The programme's bill in as many worlds as are drawn; fewer are used again."""
    usd = inputs.programme_usd
    if usd is None or usd.ndim == 1 or len(usd) == n:
        return inputs
    return replace(inputs, programme_usd=usd[np.arange(n) % len(usd)])


def _research_of_choice(
    found: Gathered, sources: Sources, switches: Switches, by_month: Draws | None, at: str
) -> Draws | None:
    """The programme's bill where a scenario asks for it; refuses a choice that has no numbers."""
    if switches.research == "programme" and by_month is None:
        if sources.programme is None:
            raise InputError(at, "there is no R&D programme with a price; write stated or formula")
        return money.programme_compute(sources.programme)
    if switches.research == "stated" and not found.has("research_usd_per_month"):
        raise InputError(
            at,
            "no spend on compute is stated; add finance.compute_usd_per_month, or choose another",
        )
    if switches.research == "formula" and not found.has("final_run_usd"):
        raise InputError(at, "the final run has no price; write the dollars per accelerator-hour")
    return by_month


def _level(found: Gathered, inputs: VentureInputs) -> CaseLevel:
    """Whether the cases may start from the plan's own exit: only where its growth is stated and
    the revenue then still carries its own cost. Elsewhere history is the better guide.
    """
    if not scenarios.has_exit(inputs):
        return "history"
    if "growth_per_month" not in found.stated | set(found.typed):
        found.say(
            Message(
                "The growth is assumed and not stated, so that the five cases keep the multiples "
                "of past financings; the switch case_level starts them from the plan's exit."
            )
        )
        return "history"
    _, margin = exits.exit_revenue(scenarios.middle_inputs(inputs).middle())
    if margin < 0 and not inputs.switches.margin_in_multiple:
        found.say(
            Message(
                "By the exit the revenue does not carry its own cost, so that the five cases keep "
                "the multiples of past financings; the switch case_level starts them from the "
                "plan's exit all the same."
            )
        )
        return "history"
    return "plan"


def _market_spend(found: Gathered, research: float) -> None:
    """Go-to-market where nobody states it: a judged share of it and research together, which
    stands in the other costs already and moves only when the split does.
    """
    if not found.has("market_usd_per_month") and research > 0:
        share = cited("market_spend_share").value
        found.compute("market_usd_per_month", research * share / (1 - share))
