"""The evidence of an answer: asked for in its form, shown, opened again, taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import notice, risk_assessment
from dashboard.components.risk_draft import AnswerDraft
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.language import current, read, t
from dashboard.risk.answers import files
from dashboard.risk.answers.answer import Answer, Decision, Evidence
from dashboard.risk.answers.standing import expiry
from dashboard.risk.assessment import Assessment
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.schema import Question
from dashboard.risk_terms import named

_MOST: Final = 500
_TEXTS: Final = ("url", "calculation", "date", "expires", "page", "seen_by")
_WEB: Final = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed of one piece of evidence; ``upload`` is the file as it came."""

    upload: Any
    texts: Mapping[str, str]
    lab_run: str | None
    kind: str
    against: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was given."""
        return not (self.upload or self.lab_run or self.against or any(self.texts.values()))


def ask(deal: Deal, bank: Bank, question: Question, draft: AnswerDraft) -> None:
    """The fields of one more piece of evidence; its file is asked for beside the buttons."""
    left, right = st.columns(2)
    with left:
        draft.line("url", t("A link"))
        draft.line("calculation", t("Or a calculation, in words"))
        draft.option(
            "lab_run",
            t("Or a lab run of the deal"),
            {"": t("none"), **{one.run_id: one.run_id for one in deal.lab_runs}},
            "",
            help_text=t("A run is attached to the deal on the Lab page."),
        )
        draft.option(
            "kind",
            t("Kind"),
            {row.id: read(row.name) for row in bank.frame.evidence_kinds},
            question.evidence_kind,
            help_text=t("The kind says how long it counts from its date."),
        )
    with right:
        draft.line("date", t("Date, such as 2026-10-30"))
        draft.line("expires", t("Expires, if it says so"))
        draft.line("page", t("Page"))
        draft.line("seen_by", t("Seen by"))
    draft.tick("against", t("It speaks against the answer"))


def ask_file(draft: AnswerDraft) -> None:
    """The file of the evidence."""
    st.file_uploader(
        t("A file as evidence, up to {n} MB", n=files.MAX_BYTES // 1_000_000),
        key=draft.key("file"),
        help=t("Kept on the machine that runs Assay, by the hash of its content; never executed."),
    )


def typed(question: Question, draft: AnswerDraft) -> Typed:
    """What stands in those fields, as a callback finds it."""
    return Typed(
        upload=st.session_state.get(draft.key("file")),
        texts={name: draft.now(name) for name in _TEXTS},
        lab_run=draft.now("lab_run") or None,
        kind=draft.now("kind", question.evidence_kind),
        against=draft.ticked("against"),
    )


def stored(typed: Typed) -> Evidence | None:
    """The piece as the answer keeps it, its file stored; ``None`` where none was given.

    Raises ``InputError``; nothing is stored then.
    """
    if typed.is_empty:
        return None
    texts = typed.texts
    if not (typed.upload or texts["url"] or texts["calculation"] or typed.lab_run):
        raise InputError(
            "evidence",
            "there is no evidence yet; choose a file, a link, a lab run or a calculation",
        )
    if texts["url"] and not texts["url"].lower().startswith(_WEB):
        raise InputError("evidence.url", "a link begins with https:// or http://; correct it")
    for name in ("date", "expires"):
        _check_date(name, texts[name])
    page = _page(texts["page"])
    kept = None
    if typed.upload is not None:
        kept = files.store(files.evidence_dir(), typed.upload.name, typed.upload)
    return Evidence(
        file=kept.name if kept else None,
        sha256=kept.sha256 if kept else None,
        url=texts["url"] or None,
        lab_run=typed.lab_run,
        calculation=texts["calculation"] or None,
        kind=typed.kind,
        date=texts["date"] or None,
        expires=texts["expires"] or None,
        page=page,
        seen_by=texts["seen_by"] or None,
        against=typed.against,
    )


def show(assessment: Assessment, question: Question, answer: Answer) -> None:
    """Every piece of the answer, with the way to open it, to take it away, and to resolve it."""
    if not answer.evidence:
        return
    st.markdown(f"**{t('Evidence')}**")
    for n, piece in enumerate(answer.evidence):
        key = f"risk_evidence_{question.id}_{n}"
        with st.container(border=True, gap="xsmall", key=key):
            st.markdown(_headline(piece))
            st.caption(money(_about(assessment, question, piece)))
            state = "elsewhere"
            if piece.sha256:
                state = files.state(files.evidence_dir(), piece.sha256)
                _file_state(state)
            with st.container(horizontal=True):
                if piece.sha256 and state == "intact":
                    _download(piece, key)
                if piece.url and piece.url.lower().startswith(_WEB):
                    st.link_button(t("Open the link"), piece.url)
                if st.button(t("Take away"), key=f"{key}:remove:{current()}"):
                    rest = [one for i, one in enumerate(answer.evidence) if i != n]
                    _save(question, answer, rest)
                if piece.against and piece.resolved is None:
                    _resolve(question, answer, n, key)


def _text(label: str, key: str) -> str:
    return st.text_input(label, key=key, max_chars=_MOST).strip()


def _check_date(name: str, text: str) -> None:
    if text:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise InputError(
                f"evidence.{name}", "{text} is not a date; write it as 2026-10-30", text=text[:40]
            ) from None


def _page(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InputError(
            "evidence.page", "{text} is not a page number; write for example 12", text=text[:40]
        )
    return int(text)


def _headline(piece: Evidence) -> str:
    label = piece.file or piece.url or piece.lab_run or piece.calculation or piece.sha256 or ""
    against = f":red-badge[{t('against')}] " if piece.against else ""
    return f"{against}**{plain(label[:200])}**"


def _about(assessment: Assessment, question: Question, piece: Evidence) -> str:
    ends = expiry(piece, question, assessment.bank)
    parts = [
        plain(named(assessment.bank, "evidence_kinds", piece.kind)) if piece.kind else "",
        plain(t("dated {date}", date=piece.date)) if piece.date else "",
        plain(t("counts until {date}", date=ends.isoformat())) if ends else "",
        t("page {n}", n=piece.page) if piece.page is not None else "",
        plain(t("seen by {name}", name=piece.seen_by)) if piece.seen_by else "",
        f"SHA-256 `{plain(piece.sha256[:16])}…`" if piece.sha256 else "",
    ]
    if piece.resolved is not None:
        parts.append(
            plain(
                t("resolved by {by}: {reason}", by=piece.resolved.by, reason=piece.resolved.reason)
            )
        )
    return " · ".join(part for part in parts if part)


def _file_state(state: str) -> None:
    if state == "missing":
        st.warning(t("The file has vanished from this machine; attach it again."))
    elif state == "altered":
        st.warning(t("The file was altered after it was stored; attach the original again."))
    elif state == "elsewhere":
        st.caption(t("The file was never stored on this machine."))


def _download(piece: Evidence, key: str) -> None:
    sha256 = piece.sha256 or ""

    def content() -> bytes:
        with files.opened(files.evidence_dir(), sha256) as file:
            return file.read()

    st.download_button(
        t("Download"),
        content,
        file_name=files.clean_name(piece.file or sha256),
        mime="application/octet-stream",  # never shown in the page, whatever it is
        key=f"{key}:download:{current()}",
        on_click="ignore",
    )


def _resolve(question: Question, answer: Answer, n: int, key: str) -> None:
    with st.popover(t("Resolve"), key=f"{key}:resolve"), st.form(f"{key}:resolution"):
        by = _text(t("Who decides"), f"{key}:by")
        reason = _text(t("Why it no longer speaks against the answer"), f"{key}:reason")
        if st.form_submit_button(t("Save")):
            decision = Decision(by=by, reason=reason, date=risk_assessment.today().isoformat())
            if not decision.is_whole:
                notice.under_field(
                    InputError(
                        "resolved", "a decision says who made it and why; add what is missing"
                    )
                )
                return
            pieces = list(answer.evidence)
            pieces[n] = pieces[n].model_copy(update={"resolved": decision})
            _save(question, answer, pieces)


def _save(question: Question, answer: Answer, pieces: list[Evidence]) -> None:
    risk_assessment.save(question.id, answer.model_copy(update={"evidence": pieces}))
    st.rerun()
