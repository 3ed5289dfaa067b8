"""An answer to a question, as it stands in a deal file: a level, and what it rests on."""

from typing import Annotated

from pydantic import BaseModel, Field

from dashboard.strict import STRICT, Localised, ShortText


class _Strict(BaseModel):
    model_config = STRICT


class Decision(_Strict):
    """What a person decided against the rules: who, why, and when (an ISO date)."""

    by: ShortText = ""
    reason: ShortText = ""
    date: ShortText = ""

    @property
    def is_whole(self) -> bool:
        """Whether somebody stands for it and says why."""
        return bool(self.by.strip() and self.reason.strip())


class Evidence(_Strict):
    """What an answer rests on: a file, a link, a lab run or a calculation.

    ``kind`` is one of the bank's kinds of evidence and says how long it lasts from ``date``
    (the question's usual kind where it is not given); ``expires`` says it outright. ``against``
    marks evidence that speaks against the company's answer, until it is ``resolved``.
    """

    file: ShortText | None = None
    sha256: ShortText | None = None
    url: ShortText | None = None
    lab_run: ShortText | None = None
    calculation: ShortText | None = None
    kind: ShortText | None = None
    date: ShortText | None = None
    expires: ShortText | None = None
    page: int | None = None
    seen_by: ShortText | None = None
    against: bool = False
    resolved: Decision | None = None


class Answer(_Strict):
    """An answer to one question of the risk checklist.

    ``override`` keeps the answer's own level where the numbers say another. ``cured`` says
    that what a curable deal-breaker is about has been put right. A question that does not
    apply has a reason and a second reader.
    """

    level: Annotated[int, Field(ge=0, le=4)] | None = None
    status: ShortText = "unknown"
    note: Localised = ""
    evidence: list[Evidence] = []
    na_reason: ShortText = ""
    second_reader: ShortText = ""
    override: Decision | None = None
    cured: Decision | None = None
