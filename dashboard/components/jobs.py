"""Jobs of the lab on a page: started, followed live, stopped, and taken into the deal."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import frame, notice, scenario, sign_in
from dashboard.components.claims import BADGES, BY_WEIGHT
from dashboard.components.progress import STATE_COLOURS, time_left
from dashboard.components.text import money, plain
from dashboard.deal import Deal, localised
from dashboard.deal_lab import LabJobEvidence
from dashboard.lab_jobs import evidence_of, taking, title_of
from dashboard.lab_text import state_label
from dashboard.language import amount, current, interval, say, t
from dashboard.scenario import Scenario
from dashboard.serve import LOOPBACK
from dashboard.terms import verdict_label
from lab import jobs, launch
from lab.findings import LabFinding
from lab.jobs import Job, JobKind

_EVERY_S: Final = 1.0
_ADDRESS: Final = "job"


def may_name_paths() -> bool:
    """Whether who sits before the page may name a path of the server's machine: it is theirs."""
    return not sign_in.is_on() and str(st.get_option("server.address")) in LOOPBACK


def start(kind: JobKind, request: Mapping[str, Any], *, name: str = "") -> None:
    """Begin a job and make it the one on the page."""
    try:
        folder = jobs.start(kind, request, name=name, owner=_owner())
    except InputError as error:
        notice.refused(error)
    else:
        st.query_params[_ADDRESS] = folder.name
        st.rerun()


def panel(
    kind: JobKind,
    name: str = "",
    *,
    live: Callable[[Job], None],
    ended: Callable[[Job], None],
    empty: str = "",
) -> None:
    """The chosen job of this page: its state and Stop while it works, then what it found.

    ``live`` draws what is found so far, ``ended`` the result; earlier jobs can be chosen.
    Before the first there is ``empty`` to read.
    """
    mine = [job for job in jobs.every(kind, name=name) if job.owner == _owner()]
    if not mine:
        st.caption(empty)
        return
    ids = [job.job_id for job in mine]
    asked = st.query_params.get(_ADDRESS)
    chosen = asked if asked in ids else ids[0]
    if len(mine) > 1:
        picked = st.selectbox(
            t("Earlier ones"),
            ids,
            index=ids.index(chosen),
            format_func=lambda one: _label(mine[ids.index(one)]),
            key=f"job_of:{kind}:{name}:{chosen}:{current()}",
        )
        if picked != chosen:
            st.query_params[_ADDRESS] = picked
            st.rerun()
    job = mine[ids.index(chosen)]
    if job.is_live:
        _stops(job)
        _follow(job.job_id, live)
        return
    _state(job)
    if job.result is not None:
        ended(job)
        attach(job)


@st.fragment(run_every=_EVERY_S)
def _follow(job_id: str, live: Callable[[Job], None]) -> None:
    frame.speak()
    job = jobs.load(jobs.find(job_id))
    if not job.is_live:
        st.rerun()  # what was found takes the progress's place
    _state(job)
    live(job)


def _state(job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(state_label(job.state), color=STATE_COLOURS[job.state])  # type: ignore[arg-type]
        st.markdown(f"**{plain(title_of(job))}** · {plain(job.job_id)}")
    if job.is_live:
        doing = t("Starting…") if job.doing is None else say(job.doing)
        left = _time_left(job)
        st.progress(job.done or 0.0, text=plain(f"{doing} {left}".strip()))
    if job.why is not None:
        (st.info if job.state == "stopped" else st.error)(plain(say(job.why)))
    elif job.state == "stopped":
        st.info(t("It was stopped; what it had found by then stands below."))


def _stops(job: Job) -> None:
    """Stop, outside of what is drawn every second: there a click can be overtaken and lost."""
    asked = launch.is_asked_to_stop(job.folder)
    st.button(
        t("Stopping…") if asked else t("Stop"),
        key=f"job_stop:{job.job_id}",
        disabled=asked,
        on_click=_stop,
        args=(job.job_id,),
    )


def _stop(job_id: str) -> None:
    jobs.stop(jobs.find(job_id))


def _time_left(job: Job) -> str:
    if not job.done or job.elapsed_s < 2:
        return ""
    return time_left(job.elapsed_s, job.done)


def _label(job: Job) -> str:
    return f"{job.started_at:%Y-%m-%d %H:%M} · {title_of(job)} · {state_label(job.state)}"


def findings(job: Job) -> None:
    """What the job found, a card each; what needs a question first."""
    assert job.result is not None
    found = [LabFinding.from_json(one) for one in job.result.get("findings", [])]
    for finding in sorted(found, key=lambda f: BY_WEIGHT.index(f.verdict)):
        with st.container(border=True, gap="xsmall"):
            numbers = _numbers(
                finding.stated, finding.measured, finding.low, finding.high, finding.unit
            )
            st.markdown(_headline(finding.verdict, say(finding.about), numbers))
            st.markdown(plain(say(finding.why)))
            if finding.verdict != "consistent":
                st.markdown(f"→ {plain(say(finding.ask))}")


def attach(job: Job) -> None:
    """The form that takes the job's findings, and the numbers it measured, into the deal."""
    deal = scenario.current_scenario().effective()[0]
    if any(one.job_id == job.job_id for one in deal.lab_jobs):
        st.caption(t("This is evidence of {deal}.", deal=deal.name))
        return
    assert job.result is not None
    numbers = job.result.get("for_deal", [])
    with st.container(border=True, key=f"take:{job.job_id}"):
        st.markdown(f"**{plain(t('Into the deal {deal}', deal=deal.name))}**")
        sample = st.radio(
            t("Who chose what was examined?"),
            ("analyst", "company"),
            index=None,
            format_func=lambda one: {"analyst": t("we did"), "company": t("the company did")}[one],
            horizontal=True,
            key=f"take_sample:{job.job_id}:{current()}",
        )
        kept = [
            number
            for place, number in enumerate(numbers)
            if st.checkbox(
                plain(taking(number)), value=True, key=f"take_number:{job.job_id}:{place}"
            )
        ]
        if st.button(
            t("Attach to {deal} as evidence", deal=deal.name),
            key=f"take_it:{job.job_id}",
            disabled=sample is None,
        ):
            assert sample is not None
            _take(job, sample, kept)


def _take(job: Job, sample: Any, numbers: list[Mapping[str, Any]]) -> None:
    at_hand = scenario.current_scenario()
    content = (job.folder / "result.json").read_bytes()
    try:
        own = evidence_of(
            at_hand.base(),
            job,
            sample=sample,
            numbers=numbers,
            sha256=hashlib.sha256(content).hexdigest(),
        )
    except InputError as error:
        notice.refused(error)
        return
    changed = Scenario(deal_id="", own=own, typed=at_hand.typed)
    scenario.replace_deal(changed, why=t("lab job {job}", job=job.job_id))
    st.rerun()


def show(deal: Deal) -> None:
    """What jobs of the lab found about the deal, if any did."""
    if not deal.lab_jobs:
        return
    st.subheader(t("Found on the bench"), anchor=False)
    for one in deal.lab_jobs:
        _evidence(one)


def _evidence(one: LabJobEvidence) -> None:
    chosen = {
        "analyst": t("sample chosen by us"),
        "company": t("sample chosen by the company"),
        None: t("who chose the sample is not known"),
    }[one.sample]
    language = current()
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{plain(one.subject)}** · {plain(one.date)} · {chosen}")
        for f in one.findings:
            numbers = _numbers(f.stated, f.measured, f.low, f.high, f.unit)
            st.markdown(_headline(f.verdict, localised(f.about, language), numbers))
            st.caption(plain(localised(f.why, language)))


def _headline(verdict: str, about: str, numbers: str) -> str:
    badge = f":{BADGES[verdict]}-badge[{verdict_label(verdict)}]"
    return money(" · ".join(part for part in (f"{badge} **{plain(about)}**", numbers) if part))


def _numbers(
    stated: float | None, measured: float | None, low: float | None, high: float | None, unit: str
) -> str:
    parts = []
    if stated is not None:
        parts.append(f"{t('stated')} {amount(stated, unit)}")
    if measured is not None:
        found = f"{t('measured')} {amount(measured, unit)}"
        if low is not None and high is not None and low != high:
            found += f" ({interval(low, high, unit)})"
        parts.append(found)
    return " · ".join(parts)


def _owner() -> str:
    """Whoever is signed in; nobody in particular where nobody is asked to."""
    if not sign_in.is_on():
        return ""
    who = sign_in.user()
    return f"{who.issuer}|{who.subject}"
