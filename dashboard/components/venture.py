"""The scenario at hand on its page: what is typed, the answer kept between clicks, stresses."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from costmodel.facts import FactError
from costmodel.messages import InputError
from costmodel.venture.inputs import INPUTS
from costmodel.venture.stress import CARDS
from dashboard.components import risk_assessment, scenario
from dashboard.components.evaluation import evaluate
from dashboard.components.page_fields import PageFields
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.deal_scenarios import ScenarioEntry
from dashboard.language import current, t
from dashboard.terms import assumption_label
from dashboard.venture import typed as texts
from dashboard.venture.answering import (
    Answer,
    Named,
    Sources,
    answer,
    explained,
    gather,
    programme_of,
    served_by,
)
from dashboard.venture.gathering import Base
from dashboard.venture_names import CARDS as CARD_NAMES
from dashboard.venture_names import CARDS_EXPLAINED, CASES, SWITCHES

#: The first scenario of every list: the deal without a word of ours.
AS_STATED: Final = ""


def _named(name: str) -> str:
    """What a field of the page is called."""
    if name.startswith(texts.SWITCH):
        return t(SWITCHES[name.removeprefix(texts.SWITCH)])
    if name.startswith(texts.CASE):
        return t(CASES[name.removeprefix(texts.CASE)])
    if name in INPUTS:
        return assumption_label(name)
    return {texts.STRESS: t("Stress"), "cases": t("Probabilities of the cases")}.get(name, "")


FIELDS: Final = PageFields("venture", labels={}, named=_named, read=texts.from_query, prefix="s.")


@st.cache_resource(max_entries=16, show_spinner=False)
def _sources(deal_json: str, overall: float | None, language: str) -> Sources:
    deal = Deal.model_validate_json(deal_json)
    assert language == current()
    try:
        evaluation = evaluate(deal)
    except (InputError, FactError):
        evaluation = None  # said on the page of the training cost; a scenario does without
    return Sources(
        deal=deal,
        evaluation=evaluation,
        programme=programme_of(evaluation),
        served_usd_per_million=served_by(deal, evaluation),
        overall=overall,
    )


def sources(deal: Deal) -> Sources:
    """What the deal's scenarios are gathered from, with the session's own checklist."""
    overall = None
    if deal.answers:
        score = risk_assessment.assessed(deal).assessment.scores.overall
        overall = None if score is None or score.known is None else score.expected
    plain = deal.model_copy(update={"scenarios": []})
    return _sources(plain.model_dump_json(), overall, current())


@st.cache_resource(max_entries=64, show_spinner=False)
def _answered(
    deal_json: str, overall: float | None, entry_json: str | None, language: str
) -> Answer:
    found = _sources(deal_json, overall, language)
    entry = None if entry_json is None else ScenarioEntry.model_validate_json(entry_json)
    return answer(found, entry)


def answered(deal: Deal, entry: ScenarioEntry | None) -> Answer:
    """The scenario's answer, kept between clicks. Raises ``InputError``."""
    found = sources(deal)
    entry_json = None if entry is None else entry.model_dump_json()
    return _answered(found.deal.model_dump_json(), found.overall, entry_json, current())


def side_by_side(columns: Sequence[tuple[Deal, ScenarioEntry | None]]) -> list[Named]:
    """Scenarios of one deal or of several in the same worlds, explained against the first: only
    one that has changed is computed anew. Raises ``InputError``.
    """
    return explained([answered(deal, entry) for deal, entry in columns])


def placeholders(deal: Deal, entry: ScenarioEntry) -> Base | None:
    """The scenario as far as it can be gathered where cash or people are missing, for the
    fields to show; ``None`` where something else is refused.
    """
    missing = dict.fromkeys(("cash_usd", "people_usd_per_month"), 0.0)
    filled = entry.model_copy(update={"inputs": {**missing, **entry.inputs}})
    try:
        found = gather(sources(deal), filled)
    except InputError:
        return None
    left = tuple(
        a for a in found.inputs.assumptions if a.name not in missing or a.name in entry.inputs
    )
    return replace(found, inputs=replace(found.inputs, assumptions=left))


def at_hand(deal: Deal) -> tuple[ScenarioEntry, dict[str, InputError]]:
    """The scenario at hand, and what is refused of it by field."""
    start = start_of(deal)
    return texts.entry_of(FIELDS.typed(), start, name=t("At hand"))


def start_of(deal: Deal) -> ScenarioEntry | None:
    """The named scenario that the one at hand starts from; none for the deal's own."""
    name = FIELDS.typed().get("at", AS_STATED)
    return next((e for e in deal.scenarios if e.name == name), None)


def is_changed() -> bool:
    """Whether anything is typed over the scenario that it starts from."""
    return any(name not in texts.PAGE for name in FIELDS.typed())


def choose(deal: Deal) -> None:
    """Which scenario is at hand: the deal's own, or one that was saved."""
    if not deal.scenarios:
        return
    names = [AS_STATED, *(e.name for e in deal.scenarios)]
    labels = {name: plain(name) or t("As the deal states it") for name in names}
    at = FIELDS.typed().get("at", AS_STATED)
    key = f"{FIELDS.key('at')}:{scenario.revision()}:{len(names)}"
    st.segmented_control(
        t("Scenario at hand"),
        names,
        default=at if at in names else AS_STATED,
        format_func=lambda name: labels.get(name, plain(name)),
        required=True,
        wrap=True,
        key=key,
        on_change=_choose,
        args=(key,),
    )


def _choose(key: str) -> None:
    start_from(st.session_state[key] or None)


def start_from(name: str | None) -> None:
    """Start from another scenario: what was typed over the last one goes with it."""
    for field in list(FIELDS.typed()):
        if field not in ("part", "beside"):
            FIELDS.put(field, None)
    FIELDS.put("at", name)
    st.session_state["venture_revision"] = revision() + 1


def revision() -> int:
    """How often another scenario was opened: part of the key of a widget that starts anew."""
    number: int = st.session_state.get("venture_revision", 0)
    return number


def stresses(entry: ScenarioEntry) -> None:
    """The nine stress cards: one click each, any of them together."""
    key = f"{FIELDS.key('stress')}:{revision()}"
    names = {card: t(CARD_NAMES[card]) for card in CARDS}
    st.pills(
        t("Stress it: one click each, any of them together"),
        list(CARDS),
        selection_mode="multi",
        wrap=True,
        default=[card for card in CARDS if card in entry.stress],
        format_func=lambda card: names[card],
        key=key,
        on_change=_stress,
        args=(key,),
        help="\n".join(f"- {t(CARD_NAMES[c])}: {t(CARDS_EXPLAINED[c])}" for c in CARDS),
    )


def _stress(key: str) -> None:
    chosen = [card for card in CARDS if card in (st.session_state[key] or [])]
    FIELDS.put("stress", texts.stress_text(chosen))


def part() -> str:
    """Which part of the page is open, to be chosen here."""
    parts = {
        "cash": t("Cash"),
        "beside": t("Side by side"),
        "drivers": t("What drives it"),
        "returns": t("Returns"),
        "split": t("Technology and market"),
        "behind": t("Assumptions"),
    }
    at = FIELDS.typed().get("part", "cash")
    key = FIELDS.key("part")
    st.segmented_control(
        t("Part of the page"),
        list(parts),
        default=at if at in parts else "cash",
        format_func=lambda name: parts[name],
        required=True,
        wrap=True,
        key=key,
        label_visibility="collapsed",
        on_change=_open_part,
        args=(key,),
    )
    return at if at in parts else "cash"


def _open_part(key: str) -> None:
    chosen = st.session_state[key]
    FIELDS.put("part", None if chosen == "cash" else chosen)
