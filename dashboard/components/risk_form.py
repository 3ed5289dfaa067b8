"""The form of an answer: level, status, note, evidence, and what a person decides himself."""

from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import notice, risk_assessment, risk_evidence, scenario
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

_MOST: Final = 500
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


def show(deal: Deal, assessment: Assessment, question: Question) -> str | None:
    """The form; "next" once it is saved with the wish to go on, "stay" once it is saved."""
    answer = deal.answers.get(question.id, Answer())
    key = f"risk_answer:{question.id}:{scenario.revision()}:{current()}"
    with st.form(f"risk_form:{key}"):
        level, status = _level_and_status(assessment, question, answer, key)
        note = st.text_area(
            t("Note"),
            value=localised(answer.note, current()),
            key=f"{key}:note",
            max_chars=_MOST_NOTE,
            height=80,
        ).strip()
        with st.expander(t("Attach evidence")):
            typed = risk_evidence.ask(deal, assessment.bank, question, key)
        override = _override(assessment, question, answer, key)
        cured = _cured(question, answer, key)
        with st.expander(t("Does it not apply?"), expanded=status == "not_applicable"):
            st.caption(
                t("Choose the status “not applicable”, give the reason, and name who agrees.")
            )
            na_reason = _text(t("Reason"), answer.na_reason, f"{key}:na_reason")
            second = _text(t("Second reader"), answer.second_reader, f"{key}:second")
        with st.container(horizontal=True):
            stays = st.form_submit_button(t("Save"), key=f"{key}:save")
            goes_on = st.form_submit_button(t("Save and go on"), key=f"{key}:next")
        if not (stays or goes_on):
            return None
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
            return None
    risk_assessment.save(question.id, changed)
    return "next" if goes_on else "stay"


def confirm(assessment: Assessment, question: Question, answer: Answer) -> str | None:
    """One click that takes the numbers' level as the answer, while nobody has answered."""
    graded = assessment.graded.get(question.id)
    if answer != Answer() or graded is None or graded.decided_by != "numbers":
        return None
    label = t("Confirm level {n} and go on", n=graded.level if graded.level is not None else "")
    if not st.button(label, key=f"risk_confirm_{question.id}"):
        return None
    confirmed = answer.model_copy(update={"level": graded.level, "status": graded.status})
    risk_assessment.save(question.id, confirmed)
    return "next"


def _level_and_status(
    assessment: Assessment, question: Question, answer: Answer, key: str
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
    chosen = st.radio(
        t("Level"),
        options,
        index=options.index(-1 if level is None else level),
        format_func=lambda n: labels.get(n, str(n)),
        key=f"{key}:level",
    )
    statuses = {
        row.id: said_of(read(row.name), read(row.meaning)) for row in assessment.bank.frame.statuses
    }
    known = status if status in statuses else "unknown"
    picked = st.selectbox(
        t("How it is known"),
        list(statuses),
        index=list(statuses).index(known),
        format_func=lambda name: statuses.get(name, name),
        key=f"{key}:status",
    )
    return (None if chosen == -1 else chosen), picked


def _override(assessment: Assessment, question: Question, answer: Answer, key: str) -> _Decided:
    """Where numbers bind the level: keep one's own against them, with a reason."""
    numbers = assessment.numbers.get(question.id, Numbers())
    if not (numbers.says or numbers.cap or numbers.floor or answer.override):
        return _Decided(ticked=False, by="", reason="")
    held = answer.override or Decision()
    with st.container(border=True, gap="xsmall", key=f"risk_override_{question.id}"):
        st.caption(
            t("Where your level and the numbers differ, the numbers hold, and both are shown.")
        )
        ticked = st.checkbox(
            t("My level holds against the numbers"),
            value=answer.override is not None,
            key=f"{key}:override",
        )
        left, right = st.columns([1, 2])
        with left:
            by = _text(t("Who decides"), held.by, f"{key}:override_by")
        with right:
            reason = _text(t("Why"), held.reason, f"{key}:override_reason")
    return _Decided(ticked=ticked, by=by, reason=reason)


def _cured(question: Question, answer: Answer, key: str) -> _Decided:
    """What a curable deal-breaker is about has been put right."""
    if question.red_flag is None or question.red_flag.kind != CURABLE:
        return _Decided(ticked=False, by="", reason="")
    held = answer.cured or Decision()
    with st.expander(t("Has it been put right?"), expanded=answer.cured is not None):
        st.caption(plain(read(question.red_flag.text)))
        ticked = st.checkbox(
            t("It has been put right"), value=answer.cured is not None, key=f"{key}:cured"
        )
        by = _text(t("Who has seen it"), held.by, f"{key}:cured_by")
        reason = _text(t("How"), held.reason, f"{key}:cured_reason")
    return _Decided(ticked=ticked, by=by, reason=reason)


def _text(label: str, value: str, key: str) -> str:
    return st.text_input(label, value=value, key=key, max_chars=_MOST).strip()


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
