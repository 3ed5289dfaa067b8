"""What the lab found on its bench: audits, verifications and experiments of the deal."""

from typing import Final

from dashboard.deal_lab import LabJobEvidence, LabJobFinding
from dashboard.language import N_, amount, enumerated, interval, number, t
from dashboard.report.case import Case
from dashboard.report.document import Cell, Head, Table, cell, rich, row
from dashboard.report.sections.common import CLAIM_TONES, words
from dashboard.terms import verdict_label

_CHOSEN_BY: Final = {"analyst": N_("the analyst"), "company": N_("the company")}


def findings(case: Case, *, audits: bool) -> Table | None:
    """Findings of audits of data, or of everything else; ``None`` where there are none."""
    chosen = [one for one in case.deal.lab_jobs if (one.kind == "audit") is audits]
    rows = [_row(job, finding) for job in chosen for finding in job.findings]
    if not rows:
        return None
    return Table(
        id="audited" if audits else "bench",
        caption=t("Found in the data sample") if audits else t("Found on the bench"),
        heads=(
            Head(text=t("What was examined"), width=2.0),
            Head(text=t("Stated"), align="right", width=0.8),
            Head(text=t("Measured"), align="right", width=1.2),
            Head(text=t("Verdict"), width=1.0),
            Head(text=t("Sample chosen by"), width=1.0),
            Head(text=t("Why"), width=3.2),
        ),
        rows=tuple(rows),
    )


def _row(job: LabJobEvidence, one: LabJobFinding) -> tuple[Cell, ...]:
    chosen = t(_CHOSEN_BY[job.sample]) if job.sample else t("not known")
    return row(
        rich(enumerated((words(one.about), job.subject))),
        number(None) if one.stated is None else amount(one.stated, one.unit),
        _measured(one),
        cell(verdict_label(one.verdict), tone=CLAIM_TONES[one.verdict]),
        chosen,
        words(one.why),
    )


def _measured(one: LabJobFinding) -> str:
    if one.measured is None:
        return number(None)
    if one.low is None or one.high is None or one.low == one.high:
        return amount(one.measured, one.unit)
    return f"{amount(one.measured, one.unit)} ({interval(one.low, one.high, one.unit)})"
