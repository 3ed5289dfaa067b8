"""The verdict of the rules on a page: what decided it, what would reverse it, what speaks up."""

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.components import risk_answers, risk_assessment, risk_change
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.language import current, listed, percent, points, read, say, t
from dashboard.risk.assessment import Assessment
from dashboard.risk.verdict.conditions import due_of
from dashboard.risk.verdict.red_flags import RedFlag
from dashboard.risk.verdict.reversal import Change, Reversal, Reversals
from dashboard.risk.verdict.tally import VerdictName
from dashboard.risk_terms import (
    asked,
    level_words,
    named,
    numbers_words,
    said_of,
    topics,
    verdict_label,
)

_BADGES: Final = {
    "proceed": "green",
    "conditional": "blue",
    "watch": "orange",
    "need_more_evidence": "gray",
    "decline": "red",
}
_FLAG_BADGES: Final = {"deal_breaker": "red", "deal_breaker_curable": "red", "condition": "blue"}
#: Two figures fit side by side on a phone.
_FIGURE_PX: Final = 130
#: Sets shown before the rest waits behind a click.
_SHOWN: Final = 3


def badge(assessment: Assessment) -> str:
    """The verdict in its colour, as Markdown."""
    name = assessment.verdict.name
    return f":{_BADGES[name]}-badge[{verdict_label(assessment, name)}]"


def line(deal: Deal) -> None:
    """The verdict and the red flags on one card, with the way to the risk page."""
    assessment = risk_assessment.assessed(deal).assessment
    with st.container(border=True, gap="xsmall", key="risk_line"):
        words, way = st.columns([5, 1], vertical_alignment="center")
        with words:
            parts = [f"{badge(assessment)} **{t('Verdict of the rules')}**", _score(assessment)]
            st.markdown(money(" · ".join(parts)))
            st.caption(money(_in_short(assessment)))
        with way:
            st.page_link("views/risk.py", label=t("To the risk page"))


def in_a_list(deal: Deal) -> None:
    """The verdict of the rules as a badge, with its score, for a list of deals."""
    assessment = risk_assessment.assessed(deal).assessment
    st.markdown(money(f"{t('Verdict of the rules')} {badge(assessment)} {_score(assessment)}"))


def show(deal: Deal, assessment: Assessment) -> DeltaGenerator:
    """The verdict with its rule and its numbers, then whatever speaks up.

    Gives the place beside it for ``reverses``, which takes longer and is filled at the end.
    """
    left, right = st.columns([3, 2], gap="medium")
    with right:
        place = _reversal_place()
    with left, st.container(border=True, key="risk_verdict"):
        st.subheader(f"{t('Verdict of the rules')} {badge(assessment)}", anchor=False)
        st.markdown(plain(say(assessment.verdict.because)))
        _figures(assessment)
        st.caption(
            t(
                "Rule {n} of 6, the first that holds, decided. The rules do not advise; a person "
                "signs.",
                n=assessment.verdict.rule,
            )
        )
        if assessment.verdict.open_p0:
            st.button(
                t("Quick scan: answer the {n} open ones", n=len(assessment.verdict.open_p0)),
                key="risk_quick_scan",
                on_click=risk_answers.start_quick_scan,
            )
    overview = risk_answers.part_at_hand() == "scores"
    with left if overview else right:
        if risk_answers.part_at_hand() != "answers":  # there it stands beside the form
            risk_change.show(deal, assessment)
        _flags(assessment, whole=overview)
        _numbers(assessment)
        _contradictions(assessment, whole=overview)
        _notices(assessment)
    return place


def _reversal_place() -> DeltaGenerator:
    """A card beside the scores; elsewhere it stays shut, so that the work begins higher up."""
    head = t("This verdict reverses …")
    if risk_answers.part_at_hand() != "scores":
        return st.expander(head, key=f"risk_reverses_shut:{current()}")
    with st.container(border=True, key="risk_reverses"):
        st.subheader(head, anchor=False)
        return st.container()


def reverses(deal: Deal, assessment: Assessment) -> None:
    """The smallest sets of answers that would change the verdict."""
    found = risk_assessment.reversals(deal)
    if found is None:
        return
    for verdict, sets in _nearest_first(found):
        _sets(assessment, verdict, sets)
    if found.out_of_reach:
        st.caption(
            t(
                "Out of reach, by up to three answers and by the larger sets that were tried: "
                "{verdicts}.",
                verdicts=", ".join(verdict_label(assessment, v) for v in found.out_of_reach),
            )
        )


def _score(assessment: Assessment) -> str:
    overall = assessment.scores.overall
    if overall is None:
        return t("no score")
    return t(
        "expected {expected} ({low} – {high}) of 100",
        expected=points(overall.expected),
        low=points(overall.low),
        high=points(overall.high),
    )


def _in_short(assessment: Assessment) -> str:
    flags = [f"{plain(read(f.text))} ({f.question})" for f in assessment.verdict.flags]
    if flags:
        return t("Red flags: {flags}", flags="; ".join(flags))
    return plain(say(assessment.verdict.because)) + " " + t("No red flag is raised.")


def _figures(assessment: Assessment) -> None:
    overall, verdict = assessment.scores.overall, assessment.verdict
    if overall is None:
        return
    against = sum(not one.settled for one in assessment.contradictions)
    figures = (
        (
            t("Expected score"),
            points(overall.expected),
            t("between {low} and {high}", low=points(overall.low), high=points(overall.high)),
            t(
                "Of 100, higher is better. An admission counts in full, a claim of strength is "
                "shrunk by how well it is known, and what is not known stands at 25 with the whole "
                "range open."
            ),
        ),
        (
            t("Coverage"),
            percent(overall.coverage),
            t("{n} of {all} answered", n=_answered(assessment), all=len(assessment.scores.items)),
            t("The share of the questions' weight that evidence stands for."),
        ),
        (
            t("Open P0"),
            str(len(verdict.open_p0)),
            t("of first priority"),
            t("Questions of the first priority that are unknown, assumed or only claimed."),
        ),
        (t("Red flags"), str(len(verdict.flags)), t("contradictions: {n}", n=against), None),
    )
    with st.container(horizontal=True):
        for label, value, below, meaning in figures:
            with st.container(width=_FIGURE_PX, gap=None):
                st.metric(label, value, help=meaning)
                st.caption(below)


def _answered(assessment: Assessment) -> int:
    return sum(item.level is not None for item in assessment.scores.items)


def _board(head: str, n: int, *, whole: bool) -> DeltaGenerator:
    """A place for what speaks up: under a heading, or shut while a person works below."""
    if not whole:
        return st.expander(f"{head} ({n})")
    st.subheader(head, anchor=False)
    return st.container()


def _flags(assessment: Assessment, *, whole: bool) -> None:
    flags = assessment.verdict.flags
    if not flags:
        return
    board = _board(t("Red flags"), len(flags), whole=whole)
    for flag in flags:
        with board, st.container(border=True, gap="xsmall", key=f"risk_flag_{flag.question}"):
            colour = _FLAG_BADGES.get(flag.kind, "orange")
            st.markdown(f":{colour}-badge[{flag.question}] **{plain(read(flag.text))}**")
            st.caption(money(_flag_words(assessment, flag)))


def _flag_words(assessment: Assessment, flag: RedFlag) -> str:
    bank = assessment.bank
    parts = [
        plain(named(bank, "flag_kinds", flag.kind)),
        t("known as {status}", status=named(bank, "statuses", flag.status)),
    ]
    if flag.cured:
        parts.append(t("put right"))
    elif not flag.confirmed:
        parts.append(t("not confirmed by evidence"))
    question = bank.questions[flag.question]
    due = due_of(question.close_out.kind, bank, assessment.as_of)
    parts += [
        t("owner: {respondent}", respondent=plain(named(bank, "respondents", question.respondent))),
        t("due {date}", date=plain(due.isoformat())) if due else t("before closing"),
        plain(flag.code),
    ]
    told = (
        (t("Cure"), question.close_out.text),
        (t("Evidence to ask for"), question.evidence),
    )
    return "  \n".join(
        [" · ".join(parts), *(said_of(label, plain(read(text))) for label, text in told)]
    )


def _contradictions(assessment: Assessment, *, whole: bool) -> None:
    against = assessment.contradictions
    if not against:
        return
    board = _board(t("Contradictions"), len(against), whole=whole)
    for n, one in enumerate(against):
        with board, st.container(border=True, gap="xsmall", key=f"risk_against_{n}"):
            settled = f" :gray-badge[{t('settled')}]" if one.settled else ""
            st.markdown(f"**{plain(topics(assessment, one.questions) or one.id)}**{settled}")
            st.markdown(plain(say(one.text)))
            if not one.settled:
                st.caption(f"→ {plain(say(one.ask))}")


def _numbers(assessment: Assessment) -> None:
    """Everything that the deal's own numbers say, question by question."""
    speak = {i: found for i, found in assessment.numbers.items() if found.speak}
    if not speak:
        return
    with st.expander(t("Questions to which the numbers alone speak: {n}", n=len(speak))):
        st.caption(
            t("Before anybody answers: a level, a bound or a notice from the deal's own numbers.")
        )
        lines = []
        for i, found in speak.items():
            said = listed(numbers_words(assessment, found))
            lines.append(f"- {said_of(plain(asked(assessment.bank.questions[i])), plain(said))}")
        st.markdown(money("\n".join(lines)))


def _notices(assessment: Assessment) -> None:
    notices = assessment.notices
    if not notices:
        return
    with st.expander(t("What a person should put right: {n}", n=len(notices))):
        st.markdown(
            "\n".join(
                f"- {f'**{plain(one.question)}** ' if one.question else ''}{plain(say(one.text))}"
                for one in notices
            )
        )


def _nearest_first(
    found: Reversals,
) -> list[tuple[VerdictName, tuple[Reversal, ...]]]:
    return sorted(found.by_verdict.items(), key=lambda pair: len(pair[1][0].changes))


def _sets(assessment: Assessment, verdict: VerdictName, sets: tuple[Reversal, ...]) -> None:
    """The first sets that lead to a verdict, the others behind a click; a large one whole."""
    colour = f":{_BADGES[verdict]}-badge[{verdict_label(assessment, verdict)}]"
    first = sets[0]
    if not first.smallest:
        head = t(
            "if these {n} answers are verified; no three of those looked at are enough",
            n=len(first.changes),
        )
        with st.expander(f"{colour} {head}"):
            st.markdown("\n".join(f"- {_change(assessment, c)}" for c in first.changes))
        return
    head = (
        t("if any one of these is verified:")
        if len(first.changes) == 1
        else t("if all {n} answers of one of these lines are verified:", n=len(first.changes))
    )
    lines = [f"- {' + '.join(_change(assessment, c) for c in one.changes)}" for one in sets]
    st.markdown("\n".join([f"{colour} {head}", *lines[:_SHOWN]]))
    if len(lines) > _SHOWN:
        with st.expander(t("{n} more", n=len(lines) - _SHOWN)):
            st.markdown("\n".join(lines[_SHOWN:]))


def _change(assessment: Assessment, change: Change) -> str:
    question = assessment.bank.questions[change.question]
    before, after = level_words(change.before), level_words(change.level)
    return plain(said_of(asked(question), f"{before} → {after}"))
