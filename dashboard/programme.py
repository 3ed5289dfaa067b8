"""A deal's whole programme: what was typed beside the deal, as a plan, a bill and a link.

Everything is kept as it was typed, so that a refused value still stands in its field; an
empty field takes its cited default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from costmodel.facts import Fact, FactError
from costmodel.messages import InputError, Message
from costmodel.money import programme
from costmodel.money.programme import (
    ProgrammeEstimate,
    ProgrammeInputs,
    ProgrammePlan,
)
from costmodel.uncertainty import Draws, Kind, Percentiles, Range
from costmodel.units import TOKENS_PER_MILLION
from dashboard.bill_terms import posture_label
from dashboard.findings import Evaluation
from dashboard.programme_plan import CLEANING, Usual, plan_of
from dashboard.quantities import parse_range
from dashboard.terms import region_label

#: What can be typed beside the assumptions; the tables hold rows by ";" and cells by "|".
FIELDS: Final = ("posture", "months", "start_month", "storage", "egress", "team", "data")
#: Assumptions by name, or by the part before the first dot.
ASSUMPTIONS: Final = (
    "research_multiple",
    "post_training_share",
    "failed_run_share",
    "evaluation_share",
    "client_over_worker_pay",
    "storage_usd_per_gb_month",
    "egress_usd_per_gb",
)
_KEYED: Final = ("pay.", "on_cost.", "price.")
_FRACTIONS: Final = ("post_training_share", "failed_run_share", "evaluation_share")

_MOST_TYPED: Final = {"team": 3_000, "data": 3_000}
_MOST_FIELDS: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeAnswer:
    """What Assay makes of a programme; ``estimate`` is missing while a field is refused.

    ``cited`` are the assumptions with nothing typed over them, for the fields to show;
    ``spent`` and ``monthly`` are the dollars by the end of, and in, each month.
    """

    final_run: Evaluation
    final_run_months: float
    defaults: Mapping[str, str]
    facts: Mapping[str, Fact]
    refused: Mapping[str, InputError]
    cited: ProgrammeInputs | None = None
    estimate: ProgrammeEstimate | None = None
    spent: Sequence[Percentiles] = ()
    monthly: Sequence[Percentiles] = ()
    warnings: Sequence[Message] = ()


def from_query(query: Mapping[str, str]) -> dict[str, str]:
    """What a link says about the programme; all else is left to others."""
    known = [n for n in query if n in FIELDS or n in ASSUMPTIONS or n.startswith(_KEYED)]
    return {name: query[name][: _MOST_TYPED.get(name, 120)] for name in known[:_MOST_FIELDS]}


def answer(final_run: Evaluation, typed: Mapping[str, str], *, seed: int = 0) -> ProgrammeAnswer:
    """The programme around ``final_run``. Refusals are kept by field, never raised."""
    usual = Usual.of(final_run, typed)
    refused: dict[str, InputError] = {}
    unanswered = ProgrammeAnswer(
        final_run=final_run,
        final_run_months=usual.final_run_months,
        defaults=usual.texts,
        facts=usual.facts,
        refused=refused,
    )
    plan = plan_of(typed, usual, refused)
    if plan is None:
        return unanswered
    unanswered = replace(unanswered, cited=programme.inputs_for(plan))
    given = _given(plan, typed, refused)
    try:
        bill = programme.final_run_usd(final_run.estimate, plan)
    except FactError:
        refused["usd_per_gpu_hour"] = InputError(
            "usd_per_gpu_hour",
            "the final run has no price; write the dollars per accelerator-hour",
        )
        return unanswered
    if refused:
        return unanswered
    inputs = programme.inputs_for(plan, given=given)
    # A stream of its own: with the final run's seed its doubts would move with the run's.
    values = inputs.draw(np.random.default_rng([seed, 1]), np.size(bill))
    estimate = programme.estimate(inputs, values, final_run_usd=bill)
    return replace(
        unanswered,
        estimate=estimate,
        spent=_by_month(estimate.cash_curve()),
        monthly=_by_month(estimate.by_month()),
        warnings=(*_assumed(typed, usual, plan), *inputs.warnings),
    )


def _given(
    plan: ProgrammePlan, typed: Mapping[str, str], refused: dict[str, InputError]
) -> dict[str, Range]:
    """The ranges typed over assumptions that this plan has."""
    given: dict[str, Range] = {}
    for assumption in programme.inputs_for(plan).assumptions:
        text = typed.get(assumption.name, "").strip()
        if not text:
            continue
        kind: Kind = "fraction" if assumption.name in _FRACTIONS else "positive"
        try:
            span = parse_range(text, assumption.name, kind)
            if assumption.unit == "usd_per_token":  # shown, and so typed, by the million
                span = Range(span.low / TOKENS_PER_MILLION, span.high / TOKENS_PER_MILLION)
            programme.inputs_for(plan, given={assumption.name: span})
        except InputError as error:
            refused[assumption.name] = error
        else:
            given[assumption.name] = span
    return given


def _assumed(typed: Mapping[str, str], usual: Usual, plan: ProgrammePlan) -> list[Message]:
    """What had to be assumed for want of a word."""
    found = []
    if not typed.get("posture", "").strip():
        found.append(
            Message(
                "No posture is given; {posture} is assumed.",
                {"posture": posture_label(plan.posture)},
            )
        )
    if "team" not in typed:
        found.append(
            Message(
                "No team is given; {n} people are assumed by posture, a judgement. "
                "People are often the largest line beside compute: write the real team.",
                {"n": int(usual.facts["team"].value)},
            )
        )
        if not usual.region_known:
            found.append(
                Message(
                    "No country with pay on record is given; pay is taken from {region}.",
                    {"region": region_label(usual.region)},
                )
            )
    if not typed.get("months", "").strip():
        found.append(
            Message(
                "No length is given; {n} months are assumed, a judgement. It sets what people "
                "and storage cost.",
                {"n": plan.months},
            )
        )
    if {purchase.kind for purchase in plan.purchases} <= {CLEANING}:
        found.append(
            Message(
                "No licences, labelling or synthetic data are in this plan; ask what the "
                "company pays for data, and add it."
            )
        )
    if not plan.storage_bytes and not plan.egress_bytes:
        found.append(
            Message(
                "No storage or transfer is given; the final run's own share of rent stands for it."
            )
        )
    return found


def _by_month(draws: Draws) -> list[Percentiles]:
    by_month = draws.T if draws.ndim > 1 else draws
    return [Percentiles.of(month) for month in np.ascontiguousarray(by_month)]
