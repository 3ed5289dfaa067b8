"""The form of an answer: level, status, note, evidence, and what a person decides himself."""

from collections.abc import Callable
from typing import Final, Literal

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import frame, notice, risk_assessment, risk_evidence, scenario
from dashboard.components.risk_draft import AnswerDraft
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
#: The choice "Not known" among the levels.
_NO_LEVEL: Final = -1
_SAVED: Final = "risk_saved"
_REFUSED: Final = "risk_refused"


@st.fragment
def show(
    deal: Deal, assessment: Assessment, question: Question, *, saved: Callable[[bool], None]
) -> None:
    """The form. What is typed is kept as one types; ``saved`` hears once it is saved, with
    whether to go on.
    """
    if st.session_state.pop(_SAVED, False):
        st.rerun()  # the whole page: the verdict has moved
    frame.speak()
    answer = deal.answers.get(question.id, Answer())
    draft = AnswerDraft(question.id)
    with st.container(border=True, key="risk_form"):
        status = _level_and_status(assessment, question, answer, draft)
        draft.note("note", t("Note"), localised(answer.note, current()), most=_MOST_NOTE)
        _override(assessment, question, answer, draft)
        _cured(question, answer, draft)
        with st.expander(t("Does it not apply?"), expanded=status == "not_applicable"):
            st.caption(
                t("Choose the status “not applicable”, give the reason, and name who agrees.")
            )
            draft.line("na_reason", t("Reason"), answer.na_reason)
            draft.line("second", t("Second reader"), answer.second_reader)
        with st.expander(t("Attach evidence")):
            risk_evidence.ask(deal, assessment.bank, question, draft)
        # In a form of their own: its buttons wait until the file has come.
        with st.form(draft.key("form"), border=False, enter_to_submit=False):
            risk_evidence.ask_file(draft)
            with st.container(horizontal=True):
                for name, label, goes_on in (
                    ("save", t("Save"), False),
                    ("next", t("Save and go on"), True),
                ):
                    st.form_submit_button(
                        label,
                        key=draft.key(name),
                        on_click=_save,
                        args=(answer, question, draft, lambda on=goes_on: saved(on)),
                    )
        refused: InputError | None = st.session_state.pop(_REFUSED, None)
        if refused is not None:
            notice.under_field(refused)
    scenario.autosave()


def _save(
    answer: Answer, question: Question, draft: AnswerDraft, saved: Callable[[], None]
) -> None:
    """A callback, which nothing breaks off: the answer is stored and shown, or neither."""
    try:
        changed = _typed(answer, question, draft)
    except InputError as error:
        st.session_state[_REFUSED] = error
        return
    draft.forget()
    risk_assessment.save(question.id, changed)
    saved()
    st.session_state[_SAVED] = True


def _typed(answer: Answer, question: Question, draft: AnswerDraft) -> Answer:
    """The answer that stands in the fields, its file stored. Raises ``InputError``."""
    status = draft.now("status", answer.status)
    na_reason = draft.now("na_reason", answer.na_reason)
    second = draft.now("second", answer.second_reader)
    if status == "not_applicable" and not (na_reason and second):
        raise InputError(
            "not_applicable",
            "that a question does not apply needs a reason and a second reader; give both",
        )
    level = int(draft.now("level", "-1"))
    changed = _answer(
        answer,
        level=None if level == _NO_LEVEL else level,
        status=status,
        note=draft.now("note", localised(answer.note, current())),
        na_reason=na_reason,
        second_reader=second,
        override=_decided(
            draft,
            "override",
            answer.override,
            N_(
                "an override says who decides and why; give both, or leave the level to the numbers"
            ),
        ),
        cured=_decided(
            draft,
            "cured",
            answer.cured,
            N_("what was put right says who saw it and how; give both"),
        ),
    )
    piece = risk_evidence.stored(risk_evidence.typed(question, draft))
    if piece is None:
        return changed
    return changed.model_copy(update={"evidence": [*changed.evidence, piece]})


def _decided(
    draft: AnswerDraft, part: str, held: Decision | None, incomplete: str
) -> Decision | None:
    """What a person has decided by a ticked box, with who and why; ``None`` for an empty one.

    Raises ``InputError`` without a name or a reason.
    """
    if not draft.ticked(part, stored=held is not None):
        return None
    before = held or Decision()
    made = Decision(
        by=draft.now(f"{part}_by", before.by),
        reason=draft.now(f"{part}_reason", before.reason),
        date=risk_assessment.today().isoformat(),
    )
    if not made.is_whole:
        raise InputError(part, incomplete)
    return made


def confirm(
    assessment: Assessment, question: Question, answer: Answer, *, saved: Callable[[], None]
) -> None:
    """One click that takes the numbers' level as the answer, while nobody has answered."""
    graded = assessment.graded.get(question.id)
    if answer != Answer() or graded is None or graded.decided_by != "numbers":
        return
    confirmed = answer.model_copy(update={"level": graded.level, "status": graded.status})

    def take() -> None:
        risk_assessment.save(question.id, confirmed)
        saved()

    st.button(
        t("Confirm level {n} and go on", n=graded.level if graded.level is not None else ""),
        key=f"risk_confirm_{question.id}",
        on_click=take,
    )


def _level_and_status(
    assessment: Assessment, question: Question, answer: Answer, draft: AnswerDraft
) -> str:
    """Level and status, the latter returned; unanswered, they start where the numbers are."""
    graded = assessment.graded.get(question.id)
    level, status = answer.level, answer.status
    if answer == Answer() and graded is not None and graded.decided_by == "numbers":
        level, status = graded.level, graded.status
        st.caption(t("Filled in by the numbers; change what you know better."))
    options = [_NO_LEVEL, *range(len(question.levels))]
    labels = {_NO_LEVEL: t("Not known")}
    labels |= {n: f"**{n}** {plain(read(text))}" for n, text in enumerate(question.levels)}
    stored = _NO_LEVEL if level is None else level
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
    return draft.option("status", t("How it is known"), statuses, known)


def _override(
    assessment: Assessment, question: Question, answer: Answer, draft: AnswerDraft
) -> None:
    """Where numbers bind the level: keep one's own against them, with a reason."""
    numbers = assessment.numbers.get(question.id, Numbers())
    if not (numbers.says or numbers.cap or numbers.floor or answer.override):
        return
    held = answer.override or Decision()
    with st.container(border=True, gap="xsmall", key=f"risk_override_{question.id}"):
        st.caption(
            t("Where your level and the numbers differ, the numbers hold, and both are shown.")
        )
        draft.tick(
            "override",
            t("My level holds against the numbers"),
            stored=answer.override is not None,
        )
        left, right = st.columns([1, 2])
        with left:
            draft.line("override_by", t("Who decides"), held.by)
        with right:
            draft.line("override_reason", t("Why"), held.reason)


def _cured(question: Question, answer: Answer, draft: AnswerDraft) -> None:
    """What a curable deal-breaker is about has been put right."""
    if question.red_flag is None or question.red_flag.kind != CURABLE:
        return
    held = answer.cured or Decision()
    with st.expander(t("Has it been put right?"), expanded=answer.cured is not None):
        st.caption(plain(read(question.red_flag.text)))
        draft.tick("cured", t("It has been put right"), stored=answer.cured is not None)
        draft.line("cured_by", t("Who has seen it"), held.by)
        draft.line("cured_reason", t("How"), held.reason)


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
