"""The form of an answer: level, status, note, evidence, and what a person decides himself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import frame, notice, risk_assessment, risk_evidence, scenario
from dashboard.components.risk_draft import AnswerDraft
from dashboard.components.risk_evidence import Typed
from dashboard.components.text import plain
from dashboard.deal import Deal, localised
from dashboard.language import N_, current, read, t
from dashboard.risk.answers.answer import Answer, Decision
from dashboard.risk.answers.standing import CURABLE
from dashboard.risk.assessment import Assessment
from dashboard.risk.autofill import Numbers
from dashboard.risk.bank.schema import Question
from dashboard.risk_terms import said_of

_MOST_NOTE: Final = 4_000


@dataclass(frozen=True, slots=True)
class _Decided:
    """A box that a person ticks against the rules, with who and why."""

    ticked: bool
    by: str
    reason: str

    def decision(self, field: str, text: str) -> Decision | None:
        """The decision; ``None`` where the box is empty. Raises ``InputError`` without a name
        or a reason.
        """
        if not self.ticked:
            return None
        made = Decision(by=self.by, reason=self.reason, date=risk_assessment.today().isoformat())
        if not made.is_whole:
            raise InputError(field, text)
        return made


@st.fragment
def show(
    deal: Deal, assessment: Assessment, question: Question, *, saved: Callable[[bool], None]
) -> None:
    """The form. What is typed is kept as one types; ``saved`` hears once it is saved, with
    whether to go on.
    """
    frame.speak()
    answer = deal.answers.get(question.id, Answer())
    draft = AnswerDraft(question.id)
    with st.container(border=True, key="risk_form"):
        level, status = _level_and_status(assessment, question, answer, draft)
        stored = localised(answer.note, current())
        note = draft.note("note", t("Note"), stored, most=_MOST_NOTE)
        with st.expander(t("Attach evidence")):
            typed = risk_evidence.ask(deal, assessment.bank, question, draft)
        override = _override(assessment, question, answer, draft)
        cured = _cured(question, answer, draft)
        with st.expander(t("Does it not apply?"), expanded=status == "not_applicable"):
            st.caption(
                t("Choose the status “not applicable”, give the reason, and name who agrees.")
            )
            na_reason = draft.line("na_reason", t("Reason"), answer.na_reason)
            second = draft.line("second", t("Second reader"), answer.second_reader)
        with st.container(horizontal=True):
            stays = st.button(t("Save"), key=draft.key("save"))
            goes_on = st.button(t("Save and go on"), key=draft.key("next"))
        scenario.autosave()
        if not (stays or goes_on):
            return
        try:
            if status == "not_applicable" and not (na_reason and second):
                raise InputError(
                    "not_applicable",
                    "that a question does not apply needs a reason and a second reader; give both",
                )
            changed = _answer(
                answer,
                level=level,
                status=status,
                note=note,
                na_reason=na_reason,
                second_reader=second,
                override=override.decision(
                    "override",
                    N_(
                        "an override says who decides and why; give both, or leave the level to "
                        "the numbers"
                    ),
                ),
                cured=cured.decision(
                    "cured", N_("what was put right says who saw it and how; give both")
                ),
            )
            changed = _with_evidence(changed, typed)
        except InputError as error:
            notice.under_field(error)
            return
    draft.forget()
    risk_assessment.save(question.id, changed)
    saved(goes_on)
    st.rerun()


def confirm(assessment: Assessment, question: Question, answer: Answer) -> bool:
    """One click that takes the numbers' level as the answer, while nobody has answered."""
    graded = assessment.graded.get(question.id)
    if answer != Answer() or graded is None or graded.decided_by != "numbers":
        return False
    label = t("Confirm level {n} and go on", n=graded.level if graded.level is not None else "")
    if not st.button(label, key=f"risk_confirm_{question.id}"):
        return False
    confirmed = answer.model_copy(update={"level": graded.level, "status": graded.status})
    risk_assessment.save(question.id, confirmed)
    return True


def _level_and_status(
    assessment: Assessment, question: Question, answer: Answer, draft: AnswerDraft
) -> tuple[int | None, str]:
    """Level and status; where nobody has answered, those that the numbers give."""
    graded = assessment.graded.get(question.id)
    level, status = answer.level, answer.status
    if answer == Answer() and graded is not None and graded.decided_by == "numbers":
        level, status = graded.level, graded.status
        st.caption(t("Filled in by the numbers; change what you know better."))
    options = [-1, *range(len(question.levels))]
    labels = {-1: t("Not known")}
    labels |= {n: f"**{n}** {plain(read(text))}" for n, text in enumerate(question.levels)}
    stored = -1 if level is None else level
    start = draft.start("level", str(stored))
    chosen = st.radio(
        t("Level"),
        options,
        index=next((i for i, n in enumerate(options) if str(n) == start), options.index(stored)),
        format_func=lambda n: labels.get(n, str(n)),
        key=draft.key("level"),
    )
    draft.keep("level", str(chosen), str(stored))
    statuses = {
        row.id: said_of(read(row.name), read(row.meaning)) for row in assessment.bank.frame.statuses
    }
    known = status if status in statuses else "unknown"
    picked = draft.option("status", t("How it is known"), statuses, known)
    return (None if chosen == -1 else chosen), picked


def _override(
    assessment: Assessment, question: Question, answer: Answer, draft: AnswerDraft
) -> _Decided:
    """Where numbers bind the level: keep one's own against them, with a reason."""
    numbers = assessment.numbers.get(question.id, Numbers())
    if not (numbers.says or numbers.cap or numbers.floor or answer.override):
        return _Decided(ticked=False, by="", reason="")
    held = answer.override or Decision()
    with st.container(border=True, gap="xsmall", key=f"risk_override_{question.id}"):
        st.caption(
            t("Where your level and the numbers differ, the numbers hold, and both are shown.")
        )
        ticked = draft.tick(
            "override",
            t("My level holds against the numbers"),
            stored=answer.override is not None,
        )
        left, right = st.columns([1, 2])
        with left:
            by = draft.line("override_by", t("Who decides"), held.by)
        with right:
            reason = draft.line("override_reason", t("Why"), held.reason)
    return _Decided(ticked=ticked, by=by, reason=reason)


def _cured(question: Question, answer: Answer, draft: AnswerDraft) -> _Decided:
    """What a curable deal-breaker is about has been put right."""
    if question.red_flag is None or question.red_flag.kind != CURABLE:
        return _Decided(ticked=False, by="", reason="")
    held = answer.cured or Decision()
    with st.expander(t("Has it been put right?"), expanded=answer.cured is not None):
        st.caption(plain(read(question.red_flag.text)))
        ticked = draft.tick("cured", t("It has been put right"), stored=answer.cured is not None)
        by = draft.line("cured_by", t("Who has seen it"), held.by)
        reason = draft.line("cured_reason", t("How"), held.reason)
    return _Decided(ticked=ticked, by=by, reason=reason)


def _answer(
    answer: Answer,
    *,
    level: int | None,
    status: str,
    note: str,
    na_reason: str,
    second_reader: str,
    override: Decision | None,
    cured: Decision | None,
) -> Answer:
    """The answer as it was typed. Raises ``InputError`` where level and status do not agree."""
    open_status = status in ("unknown", "not_applicable", "contradicted")
    if level is None and not open_status:
        raise InputError("level", "choose a level, or say that it is unknown")
    if level is not None and status == "unknown":
        raise InputError("status", "say how the level is known, or choose “Not known”")
    kept = answer.note
    if note != localised(kept, current()):
        language: Literal["en", "zh"] = "zh" if current() == "zh" else "en"
        kept = note if isinstance(kept, str) else {**kept, language: note}
    return answer.model_copy(
        update={
            "level": None if status == "not_applicable" else level,
            "status": status,
            "note": kept,
            "na_reason": na_reason,
            "second_reader": second_reader,
            "override": _same(answer.override, override),
            "cured": _same(answer.cured, cured),
        }
    )


def _same(before: Decision | None, now: Decision | None) -> Decision | None:
    """The decision that was made before, with its day, where it is the same."""
    if (
        before is not None
        and now is not None
        and (before.by, before.reason) == (now.by, now.reason)
    ):
        return before
    return now


def _with_evidence(answer: Answer, typed: Typed) -> Answer:
    piece = risk_evidence.stored(typed)
    if piece is None:
        return answer
    return answer.model_copy(update={"evidence": [*answer.evidence, piece]})
