"""What a deal keeps of the lab: runs with their figures, jobs with what they found."""

from typing import Annotated, Final

from pydantic import BaseModel, Field, field_validator

from costmodel.claims.finding import Verdict
from costmodel.units import UNITS
from dashboard.deal_facts import Chooser
from dashboard.strict import STRICT, Localised, ShortText

#: More than any committee reads; each is one audit, verification or experiment.
MOST_LAB_JOBS: Final = 100
_MOST_FINDINGS: Final = 60


class LabEvidence(BaseModel):
    """A lab run that speaks for or against the deal: its figures, and its file's hash."""

    model_config = STRICT

    run_id: ShortText
    workload: ShortText
    date: ShortText = ""
    device: ShortText = ""
    sha256: ShortText = ""
    tokens_per_s: float | None = None
    samples_per_s: float | None = None
    mfu: float | None = None
    peak_source: ShortText = ""


class LabJobFinding(BaseModel):
    """One finding of a job: what was stated and measured in ``unit``, and the verdict.

    ``low`` and ``high`` are the ends of the 90% interval of ``measured``.
    """

    model_config = STRICT

    claim: ShortText
    about: Localised
    verdict: Verdict
    unit: ShortText
    stated: float | None = None
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    why: Localised = ""
    ask: Localised = ""

    @field_validator("unit")
    @classmethod
    def _is_known(cls, unit: str) -> str:
        if unit not in UNITS:
            raise ValueError(f"{unit} is not a unit; write one of {', '.join(sorted(UNITS))}")
        return unit


class LabJobEvidence(BaseModel):
    """An audit, a verification or an experiment: what it found, and its result file's hash.

    ``subject`` is what was on the bench, ``sample`` who chose it.
    """

    model_config = STRICT

    job_id: ShortText
    kind: ShortText
    subject: ShortText = ""
    date: ShortText = ""
    sample: Chooser | None = None
    sha256: ShortText = ""
    findings: Annotated[list[LabJobFinding], Field(max_length=_MOST_FINDINGS)] = []
