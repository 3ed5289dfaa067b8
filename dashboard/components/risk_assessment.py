"""The deal at hand through the checklist: kept between clicks, and changed by an answer.

An answer goes into the deal, and the deal into the session; its link and its file carry it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import streamlit as st

from dashboard.components import keeping, scenario
from dashboard.deal import Deal
from dashboard.language import current, t
from dashboard.risk import assessment as assessments
from dashboard.risk.answers import files
from dashboard.risk.answers.answer import Answer
from dashboard.risk.answers.files import FileState
from dashboard.risk.assessment import Assessment
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override, Parameters
from dashboard.risk.cross_checks import cross_checks
from dashboard.risk.metrics import basis_of, compute_metrics
from dashboard.risk.metrics.metric import Metric
from dashboard.risk.verdict.reversal import Reversals
from dashboard.scenario import Scenario

_HISTORY: Final = "risk_overrides"
_CHANGE: Final = "risk_change"

_Key = tuple[str, date, tuple[Override, ...], tuple[tuple[str, FileState], ...], str]


@dataclass(frozen=True, slots=True)
class Assessed:
    """The assessment, and the metrics that it was made with."""

    assessment: Assessment
    metrics: Mapping[str, Metric]


@dataclass(frozen=True, slots=True)
class _Change:
    """The assessment before the last answer, the question, and the deal that came of it."""

    before: Assessment
    question: str
    deal_json: str


@st.cache_resource(max_entries=48, show_spinner=False)
def _assessed(
    deal_json: str,
    day: date,
    history: tuple[Override, ...],
    states: tuple[tuple[str, FileState], ...],
    language: str,
) -> Assessed:
    deal = Deal.model_validate_json(deal_json)
    parameters = bank().parameters(history)
    basis = basis_of(deal, language=language, parameters=parameters)
    metrics = compute_metrics(basis)
    found = assessments.assess(
        deal,
        metrics=metrics,
        checks=cross_checks(basis),
        as_of=day,
        parameters=parameters,
        files=dict(states),
    )
    return Assessed(found, metrics)


@st.cache_resource(max_entries=48, show_spinner=False)
def _reversed(
    deal_json: str,
    day: date,
    history: tuple[Override, ...],
    states: tuple[tuple[str, FileState], ...],
    language: str,
) -> Reversals | None:
    return _assessed(deal_json, day, history, states, language).assessment.reversals()


@st.cache_data(max_entries=512, show_spinner=False)
def _state(folder: str, sha256: str, signature: tuple[int, int] | None) -> FileState:
    del signature  # a part of the key: a file that was touched is read again
    return files.state(Path(folder), sha256)


def today() -> date:
    """The day that answers are held against."""
    return datetime.now(UTC).date()


def assessed(deal: Deal) -> Assessed:
    """What the checklist says of the deal today, with the session's own parameters."""
    return _assessed(*_key(deal))


def reversals(deal: Deal) -> Reversals | None:
    """The smallest sets of answers that would change the verdict."""
    return _reversed(*_key(deal))


def history() -> tuple[Override, ...]:
    """The session's own values of parameters, in the order in which they were set."""
    kept: tuple[Override, ...] = st.session_state.get(_HISTORY, ())
    return kept


def parameters() -> Parameters:
    """The bank's numbers with the session's own values."""
    return bank().parameters(history())


def override(one: Override) -> None:
    """Set a parameter from now on. Raises ``InputError`` for a value that cannot be."""
    add((one,))


def add(more: tuple[Override, ...]) -> None:
    """Set parameters from now on, in this order; what was set word for word stays as it is.

    Raises ``InputError`` for a value that cannot be, and then sets none.
    """
    held = history()
    longer = (*held, *(one for one in more if one not in held))
    bank().parameters(longer)
    st.session_state[_HISTORY] = longer


def save(question: str, answer: Answer) -> None:
    """Put the answer into the deal at hand, in the place of the one that it had."""
    at_hand = scenario.current_scenario()
    deal = at_hand.effective()[0]
    before = assessed(deal).assessment
    base = at_hand.base()
    own = base.model_copy(update={"answers": {**base.answers, question: answer}})
    changed = Scenario(deal_id="", own=own, typed=at_hand.typed)
    keeping.let_go()  # what is still typed is kept again, of the deal as it will be
    scenario.replace_deal(changed, why=t("answer to {question}", question=question))
    st.session_state[_CHANGE] = _Change(before, question, changed.effective()[0].model_dump_json())


def last_change(deal: Deal) -> tuple[str, Assessment] | None:
    """The question answered last and the assessment before it, while the deal is as it was."""
    change: _Change | None = st.session_state.get(_CHANGE)
    if change is None or change.deal_json != deal.model_dump_json():
        return None
    return change.question, change.before


def _key(deal: Deal) -> _Key:
    return (deal.model_dump_json(), today(), history(), _states(deal), current())


def _states(deal: Deal) -> tuple[tuple[str, FileState], ...]:
    """How the evidence files are, by hash; one is read again only when it was touched."""
    folder = files.evidence_dir()
    named = {e.sha256 for a in deal.answers.values() for e in a.evidence if e.sha256}
    return tuple(
        (sha256, _state(str(folder), sha256, files.signature(folder, sha256)))
        for sha256 in sorted(named)
    )
