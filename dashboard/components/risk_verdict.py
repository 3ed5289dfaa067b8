"""The verdict of the rules on a page: what decided it, what would reverse it, what speaks up."""

from collections.abc import Sequence
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.components import risk_assessment
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.language import amount, number, read, say, t
from dashboard.risk.assessment import Assessment
from dashboard.risk.comparison import compare
from dashboard.risk.verdict.red_flags import RedFlag
from dashboard.risk.verdict.reversal import Change, Reversal, Reversals
from dashboard.risk.verdict.tally import VerdictName
from dashboard.risk_terms import asked, level_words, named, topics

_BADGES: Final = {
    "proceed": "green",
    "conditional": "blue",
    "watch": "orange",
    "need_more_evidence": "gray",
    "decline": "red",
}
_FLAG_BADGES: Final = {"deal_breaker": "red", "deal_breaker_curable": "red", "condition": "blue"}
#: Sets shown before the rest waits behind a click.
_SHOWN: Final = 3


def badge(assessment: Assessment) -> str:
    """The verdict in its colour, as Markdown."""
    name = assessment.verdict.name
    return f":{_BADGES[name]}-badge[{_name(assessment, name)}]"


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
            st.page_link("views/risk.py", label=t("Risk"))


def show(deal: Deal, assessment: Assessment) -> DeltaGenerator:
    """The verdict with its rule and its numbers, then whatever speaks up.

    Gives the place beside it for ``reverses``, which takes longer and is filled at the end.
    """
    left, right = st.columns([3, 2], gap="medium")
    with right, st.container(border=True, key="risk_reverses"):
        st.subheader(t("This verdict reverses …"), anchor=False)
        place = st.container()
    with left, st.container(border=True, key="risk_verdict"):
        st.subheader(t("Verdict of the rules"), anchor=False)
        st.markdown(f"{badge(assessment)} {plain(say(assessment.verdict.because))}")
        _figures(assessment)
        st.caption(
            t(
                "Rule {n} of 6, the first that holds, decided. The rules do not advise; a person "
                "signs.",
                n=assessment.verdict.rule,
            )
        )
    with left:
        _changed(deal, assessment)
    _flags(assessment)
    _contradictions(assessment)
    _notices(assessment)
    return place


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
                verdicts=", ".join(_name(assessment, v) for v in found.out_of_reach),
            )
        )


def _name(assessment: Assessment, verdict: VerdictName) -> str:
    name = named(assessment.bank, "verdicts", verdict)
    return name[:1].upper() + name[1:]


def _score(assessment: Assessment) -> str:
    overall = assessment.scores.overall
    if overall is None:
        return t("no score")
    return t(
        "expected {expected} ({low} – {high}) of 100",
        expected=number(overall.expected),
        low=number(overall.low),
        high=number(overall.high),
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
    columns = st.columns(4)
    interval = f"{number(overall.low)} – {number(overall.high)}"
    columns[0].metric(
        t("Expected score"),
        number(overall.expected),
        help=t(
            "Of 100, higher is better. An admission counts in full, a claim of strength is shrunk "
            "by how well it is known, and what is not known stands at 25 with the whole range open."
        ),
    )
    columns[0].caption(t("between {interval}", interval=interval))
    columns[1].metric(
        t("Coverage"),
        amount(overall.coverage, "fraction"),
        help=t("The share of the questions' weight that evidence stands for."),
    )
    columns[1].caption(
        t("{n} of {all} questions answered", n=_answered(assessment), all=len(_items(assessment)))
    )
    columns[2].metric(
        t("Open P0"),
        str(len(verdict.open_p0)),
        help=t("Questions of the first priority that are unknown, assumed or only claimed."),
    )
    columns[3].metric(t("Red flags"), str(len(verdict.flags)))
    against = sum(not one.settled for one in assessment.contradictions)
    columns[3].caption(t("contradictions: {n}", n=against))


def _items(assessment: Assessment) -> Sequence[object]:
    return assessment.scores.items


def _answered(assessment: Assessment) -> int:
    return sum(item.level is not None for item in assessment.scores.items)


def _changed(deal: Deal, assessment: Assessment) -> None:
    """What the last answer did to the verdict and the score."""
    last = risk_assessment.last_change(deal)
    if last is None:
        return
    question, before = last
    found = compare(before, assessment)
    was, now = before.scores.overall, assessment.scores.overall
    if was is None or now is None:
        return
    names = {"before": _name(assessment, found.before), "after": _name(assessment, found.after)}
    if found.before != found.after:
        head = t(
            "The verdict went from {before} to {after}, because of {questions}.",
            questions=topics(assessment, found.moved_by) or question,
            **names,
        )
    else:
        head = t("Saved: {question}. The verdict stays {after}.", question=question, **names)
    moved = t(
        "Expected score {was} → {now}, coverage {covered} → {covers}, open P0 {open} → {left}.",
        was=number(was.expected),
        now=number(now.expected),
        covered=amount(was.coverage, "fraction"),
        covers=amount(now.coverage, "fraction"),
        open=len(before.verdict.open_p0),
        left=len(assessment.verdict.open_p0),
    )
    st.info(f"{plain(head)} {plain(moved)}")


def _flags(assessment: Assessment) -> None:
    if not assessment.verdict.flags:
        return
    st.subheader(t("Red flags"), anchor=False)
    for flag in assessment.verdict.flags:
        with st.container(border=True, gap="xsmall", key=f"risk_flag_{flag.question}"):
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
    cure = bank.questions[flag.question].close_out.text
    return f"{' · '.join(parts)}. {t('Cure')}: {plain(read(cure))}"


def _contradictions(assessment: Assessment) -> None:
    if not assessment.contradictions:
        return
    st.subheader(t("Contradictions"), anchor=False)
    for n, one in enumerate(assessment.contradictions):
        with st.container(border=True, gap="xsmall", key=f"risk_against_{n}"):
            settled = f" :gray-badge[{t('settled')}]" if one.settled else ""
            st.markdown(f"**{plain(topics(assessment, one.questions) or one.id)}**{settled}")
            st.markdown(plain(say(one.text)))
            if not one.settled:
                st.caption(f"→ {plain(say(one.ask))}")


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
    colour = f":{_BADGES[verdict]}-badge[{_name(assessment, verdict)}]"
    first = sets[0]
    if not first.smallest:
        st.markdown(
            colour
            + " "
            + t(
                "by no set of up to three answers that was looked at; these {n} together would "
                "lead there",
                n=len(first.changes),
            )
        )
        with st.expander(t("The {n} answers", n=len(first.changes))):
            st.markdown("\n".join(f"- {_change(assessment, c)}" for c in first.changes))
        return
    head = (
        t("if any one of these is verified:")
        if len(first.changes) == 1
        else t("if all {n} answers of one of these lines are verified:", n=len(first.changes))
    )
    st.markdown(f"{colour} {head}")
    lines = [f"- {' + '.join(_change(assessment, c) for c in one.changes)}" for one in sets]
    st.markdown("\n".join(lines[:_SHOWN]))
    if len(lines) > _SHOWN:
        with st.expander(t("{n} more", n=len(lines) - _SHOWN)):
            st.markdown("\n".join(lines[_SHOWN:]))


def _change(assessment: Assessment, change: Change) -> str:
    question = assessment.bank.questions[change.question]
    before, after = level_words(change.before), level_words(change.level)
    return plain(f"{asked(question)}: {before} → {after}")
