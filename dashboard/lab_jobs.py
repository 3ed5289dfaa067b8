"""A job of the lab as evidence of a deal: its findings, and the numbers that it measured."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from costmodel.messages import InputError, Message
from dashboard import deal as deals
from dashboard.change_terms import entry_label, entry_value
from dashboard.deal import Deal
from dashboard.deal_facts import Chooser
from dashboard.deal_lab import LabJobEvidence, LabJobFinding
from dashboard.language import LANGUAGES, N_, say, t, use_language
from lab.experiments.registry import EXPERIMENTS
from lab.findings import LabFinding
from lab.jobs import Job
from lab.runs import message_from_json

_KINDS = {
    "audit": N_("Audit of a data sample"),
    "verify": N_("Verification of a checkpoint"),
}


def title_of(job: Job) -> str:
    """What the job was, in the current language."""
    if job.kind in _KINDS:
        return t(_KINDS[job.kind])
    name = str(job.request.get("name", ""))
    if name in EXPERIMENTS:
        return say(EXPERIMENTS[name].title)
    return t("Experiment {name}", name=name.replace("_", " "))


def taking(number: Mapping[str, Any]) -> str:
    """What it means to take a measured number into the deal."""
    path, value = tuple(number["path"].split(".")), number["value"]
    return t(
        "{label}: {value}. {why}",
        label=entry_label(path),
        value=entry_value(path, value),
        why=say(message_from_json(number["why"])),
    )


def evidence_of(
    deal: Deal,
    job: Job,
    *,
    sample: Chooser,
    numbers: Sequence[Mapping[str, Any]],
    sha256: str,
) -> Deal:
    """The deal with the job as evidence, and with those of its measured ``numbers`` in place.

    A measurement says who chose the sample, and which job measured it. Raises ``InputError``
    where the deal does not take a number.
    """
    assert job.result is not None
    day = job.started_at.date().isoformat()
    found = [LabFinding.from_json(one) for one in job.result.get("findings", [])]
    evidence = LabJobEvidence(
        job_id=job.job_id,
        kind=job.kind,
        subject=str(job.result.get("subject") or job.request.get("name") or job.kind)[:400],
        date=day,
        sample=sample,
        sha256=sha256,
        findings=[_finding(one) for one in found],
    )
    state = deal.model_dump(mode="json", exclude_unset=True)
    state.setdefault("lab_jobs", []).append(evidence.model_dump(mode="json"))
    for number in numbers:
        section, _, name = str(number["path"]).partition(".")
        value: Any = number["value"]
        if section == "measurements":
            value = {"value": value, "sample": sample, "run": job.job_id, "date": day}
        elif section not in state and section not in Deal.model_fields:
            raise InputError(number["path"], "the deal has no such field")
        state.setdefault(section, {})[name] = value
    return deals.from_mapping(state)


def _finding(one: LabFinding) -> LabJobFinding:
    return LabJobFinding(
        claim=one.claim,
        about=_both(one.about),
        verdict=one.verdict,
        unit=one.unit,
        stated=one.stated,
        measured=one.measured,
        low=one.low,
        high=one.high,
        why=_both(one.why),
        ask=_both(one.ask),
    )


def _both(message: Message) -> dict[Any, str]:
    return {language: _said_in(language, lambda: say(message)) for language in LANGUAGES}


def _said_in(language: str, words: Callable[[], str]) -> str:
    with use_language(language):
        return words()
