"""The answers on a page: the quick scan or the whole list, filtered, one question at a time."""

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from dashboard import deal as deals
from dashboard.components import risk_change, risk_evidence, risk_form, risk_question, scenario
from dashboard.components.page_fields import PageFields
from dashboard.components.risk_assessment import Assessed
from dashboard.deal import Deal
from dashboard.language import N_, current, read, t
from dashboard.risk.answers.answer import Answer
from dashboard.risk.assessment import Assessment
from dashboard.risk.autofill import Numbers
from dashboard.risk.verdict.tally import OPEN
from dashboard.risk_terms import asked, named

#: What the page keeps in its address: the part that is open, the question, the filters.
FIELDS: Final = PageFields(
    "risk",
    is_view=True,
    labels={
        "risk_part": N_("Part of the page"),
        "risk_list": N_("Questions"),
        "risk_question": N_("Question"),
        "risk_area": N_("Area"),
        "risk_status": N_("Known as"),
        "risk_open": N_("Open ones alone"),
    },
)
#: Keys of the widgets that hold the same; without them they start from the address.
_WIDGETS: Final = ("risk_part:", "risk_list:", "risk_area:", "risk_status:", "risk_open:")
_ALL: Final = "all"
_QUICK: Final = "quick"
_MARKS: Final = {
    "unknown": "○",
    "assumed": "◔",
    "claimed": "◑",
    "documented": "◕",
    "verified": "●",
    "contradicted": "✕",
    "not_applicable": "–",
}
#: The mark of a question on which the deal's numbers speak.
_SPOKEN: Final = "№"


def part_at_hand() -> str:
    """Which part of the page is open."""
    return FIELDS.typed().get("risk_part", "scores")


def part() -> str:
    """Which part of the page is open, to be chosen here."""
    parts = {
        "scores": t("Scores"),
        "answers": t("Answers"),
        "next": t("What next"),
        "bank": t("Questions and numbers"),
    }
    return _segmented("risk_part", parts, "scores")


def start_quick_scan() -> None:
    """Open the quick scan on its first open question."""
    open_list("quick", question=None)


def open_list(which: str, *, question: str | None) -> None:
    """Open the answers without a filter, on a question or on the first open one."""
    for name in ("risk_area", "risk_status", "risk_open"):
        FIELDS.put(name, None)
    FIELDS.put("risk_part", "answers")
    FIELDS.put("risk_list", which)
    FIELDS.put("risk_question", question)
    for key in [k for k in st.session_state if str(k).startswith(_WIDGETS)]:
        del st.session_state[key]


def show(deal: Deal, found: Assessed) -> None:
    """Filters, the question at hand with its form, and the list beside it."""
    assessment = found.assessment
    listed = _filters(assessment)
    if not listed:
        st.caption(t("No question is left by these filters."))
        return
    at_hand = FIELDS.typed().get("risk_question", "")
    if at_hand not in listed:
        at_hand = next((i for i in listed if _is_open(assessment, i)), listed[0])
    if _is_quick():
        _spoken_to(assessment)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        _walk(assessment, listed, at_hand)
        question = assessment.bank.questions[at_hand]
        risk_question.show(found, at_hand)
        answer = deal.answers.get(at_hand, Answer())
        place = listed.index(at_hand)

        def saved(goes_on: bool) -> None:
            step = 1 if goes_on and place + 1 < len(listed) else 0
            FIELDS.put("risk_question", listed[place + step])

        risk_form.confirm(assessment, question, answer, saved=lambda: saved(True))
        risk_evidence.show(assessment, question, answer)
        risk_form.show(deal, assessment, question, saved=saved)
        risk_change.show(deal, assessment)  # beside the button, where nothing moves for it
    with right:
        _list(assessment, listed, at_hand)
        _keep(deal)


def _filters(assessment: Assessment) -> list[str]:
    """The questions that the filters leave: those of the quick scan with what the numbers fill
    in first, else in the order of the bank.
    """
    bank, typed = assessment.bank, FIELDS.typed()
    quick = {p.id for p in bank.frame.priorities if p.quick_scan}
    n_quick = sum(q.priority in quick for q in bank.questions.values())
    lists = {
        _QUICK: t("Quick scan: the {n} of first priority", n=n_quick),
        _ALL: t("All {n} questions", n=len(bank.questions)),
    }
    areas = {_ALL: t("every area")} | {row.id: read(row.name) for row in bank.frame.areas}
    statuses = {_ALL: t("however known")} | {r.id: read(r.name) for r in bank.frame.statuses}
    with st.container(horizontal=True, vertical_alignment="bottom", key="risk_filters"):
        kind = _segmented("risk_list", lists, _QUICK)
        area = _choice("risk_area", areas)
        status = _choice("risk_status", statuses)
        key = f"risk_open:{current()}"
        only_open = st.checkbox(
            t("Open ones alone"),
            value="risk_open" in typed,
            key=key,
            on_change=lambda: FIELDS.put("risk_open", "1" if st.session_state[key] else None),
        )
    scan = assessment.quick_scan()
    left_out = (i for i, q in bank.questions.items() if q.priority in quick and i not in scan)
    return [
        i
        for i in (bank.questions if kind == _ALL else (*scan, *left_out))
        if area in (_ALL, bank.areas[i])
        and status in (_ALL, _status(assessment, i))
        and (not only_open or _is_open(assessment, i))
    ]


def _is_quick() -> bool:
    return FIELDS.typed().get("risk_list", _QUICK) == _QUICK


def _spoken_to(assessment: Assessment) -> None:
    """On how many of the quick scan's questions the numbers speak already."""
    scan = assessment.quick_scan()
    numbers = [assessment.numbers[i] for i in scan]
    st.caption(
        t(
            "The deal's numbers speak on {n} of these {all} questions ({mark}) and give a level "
            "to {filled}: those come first, and one click confirms the level.",
            n=sum(one.speak for one in numbers),
            all=len(scan),
            mark=_SPOKEN,
            filled=sum(one.fills_in for one in numbers),
        )
    )


def _segmented(name: str, labels: Mapping[str, str], start: str) -> str:
    key = f"{name}:{current()}"
    picked: str = st.segmented_control(
        FIELDS.label(name),
        list(labels),
        default=_held(name, labels, start),
        format_func=lambda one: labels.get(one, one),
        required=True,
        key=key,
        label_visibility="collapsed",
        on_change=lambda: FIELDS.put(name, st.session_state[key]),
    )
    return picked


def _choice(name: str, labels: Mapping[str, str]) -> str:
    key = f"{name}:{current()}"
    picked: str = st.selectbox(
        FIELDS.label(name),
        list(labels),
        index=list(labels).index(_held(name, labels, _ALL)),
        format_func=lambda one: labels.get(one, one),
        key=key,
        on_change=lambda: FIELDS.put(
            name, None if st.session_state[key] == _ALL else st.session_state[key]
        ),
        width=210,
    )
    return picked


def _held(name: str, labels: Mapping[str, str], start: str) -> str:
    held = FIELDS.typed().get(name, start)
    return held if held in labels else start


def _walk(assessment: Assessment, listed: Sequence[str], at_hand: str) -> None:
    """Which of the questions it is, and the way to its neighbours."""
    place = listed.index(at_hand)
    labels = {i: _label(assessment, i) for i in listed}
    key = f"risk_question:{at_hand}:{len(listed)}:{current()}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            t("Question {n} of {all}", n=place + 1, all=len(listed)),
            list(listed),
            index=place,
            format_func=lambda i: labels.get(i, i),
            key=key,
            on_change=lambda: FIELDS.put("risk_question", st.session_state[key]),
        )
        st.button(
            t("Back"),
            key="risk_back",
            disabled=place == 0,
            on_click=FIELDS.put,
            args=("risk_question", listed[max(place - 1, 0)]),
        )
        st.button(
            t("Next"),
            key="risk_next",
            disabled=place + 1 == len(listed),
            on_click=FIELDS.put,
            args=("risk_question", listed[min(place + 1, len(listed) - 1)]),
        )


def _list(assessment: Assessment, listed: Sequence[str], at_hand: str) -> None:
    """Every question of the list by area, those of the quick scan by what the numbers leave to
    do; each with its marks, to open with a click.
    """
    n_open = sum(_is_open(assessment, i) for i in listed)
    st.markdown(f"**{t('{n} of {all} are open', n=n_open, all=len(listed))}**")
    st.progress(1 - n_open / len(listed))
    head = ""
    with st.container(gap=None, key="risk_list_of_questions"):
        for i in listed:
            if _head(assessment, i) != head:
                head = _head(assessment, i)
                st.caption(head)
            label = _label(assessment, i)
            st.button(
                f"**{label}**" if i == at_hand else label,
                key=f"risk_open_{i}",
                type="tertiary",
                on_click=FIELDS.put,
                args=("risk_question", i),
            )
    st.caption(
        "  \n".join(
            f"{mark} {named(assessment.bank, 'statuses', status)}"
            for status, mark in _MARKS.items()
        )
        + f"  \n{_SPOKEN} {t('the numbers speak on it')}"
    )


def _head(assessment: Assessment, question: str) -> str:
    """Under which heading a question stands in the list."""
    if not _is_quick():
        return named(assessment.bank, "areas", assessment.bank.areas[question])
    numbers = assessment.numbers.get(question, Numbers())
    if numbers.fills_in:
        return t("Level from the numbers: confirm it")
    return t("The numbers speak: choose a level") if numbers.speak else t("People alone")


def _label(assessment: Assessment, question: str) -> str:
    graded = assessment.graded.get(question)
    level = "" if graded is None or graded.level is None else f" · {graded.level}"
    mark = _MARKS[_status(assessment, question)]
    spoken = f" {_SPOKEN}" if assessment.numbers.get(question, Numbers()).speak else ""
    return f"{mark} {asked(assessment.bank.questions[question])}{level}{spoken}"


def _status(assessment: Assessment, question: str) -> str:
    graded = assessment.graded.get(question)
    return "not_applicable" if graded is None else graded.status


def _is_open(assessment: Assessment, question: str) -> bool:
    return _status(assessment, question) in OPEN


def _keep(deal: Deal) -> None:
    """Where the answers are, and the way to take them along."""
    st.caption(
        t(
            "Every answer is saved as a version of the deal; the History page shows who gave it, "
            "when, and what it replaced."
        )
    )
    st.download_button(
        t("Download the deal with its answers"),
        lambda: deals.dumps(deal),
        file_name="deal.yaml",
        mime="application/yaml",
        key=f"risk_deal:{scenario.revision()}:{current()}",
        on_click="ignore",
    )
