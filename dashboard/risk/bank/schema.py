"""How the files of ``data/risk/`` are written: strict models, one for each kind of row."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    InstanceOf,
    PlainSerializer,
    model_validator,
)

from costmodel.messages import Text
from dashboard.risk.bank.expressions import Expression, ExpressionError, parse
from dashboard.risk.bank.parameters import Confidence
from dashboard.strict import STRICT

Level = Annotated[int, Field(ge=0, le=4, strict=True)]
Id = Annotated[str, Field(pattern=r"^[\w.-]+$", max_length=60)]


def _both_languages(given: object) -> Text:
    if isinstance(given, Text):
        return given
    if not isinstance(given, Mapping) or set(given) != {"en", "zh"}:
        raise ValueError("a text has both languages; write { en = ..., zh = ... }")
    for language, text in given.items():
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"the text {language!r} is empty; write it")
    return Text(given["en"], given["zh"])


def _parsed(given: object) -> Expression:
    if isinstance(given, Expression):
        return given
    if not isinstance(given, str):
        raise ValueError("an expression is a text; put it in quotes")
    try:
        return parse(given)
    except ExpressionError as error:
        raise ValueError(str(error)) from None


Bilingual = Annotated[
    InstanceOf[Text],
    BeforeValidator(_both_languages),
    PlainSerializer(lambda text: {"en": text.en, "zh": text.zh}),
]
Condition = Annotated[
    InstanceOf[Expression],
    BeforeValidator(_parsed),
    PlainSerializer(lambda expression: expression.text),
]


class _Row(BaseModel):
    model_config = STRICT


class Named(_Row):
    """An area, a stage, a fact of the profile, a status, a verdict ... and its name."""

    id: Id
    name: Bilingual


class Priority(_Row):
    """How urgent a question is; ``quick_scan`` says whether the first sitting asks it."""

    id: Id
    quick_scan: bool = False


class Status(Named):
    """A status of evidence, and what it takes."""

    meaning: Bilingual


class Dated(Named):
    """A kind of evidence or of close-out, and the days that it lasts, where it does."""

    days: Annotated[int, Field(gt=0)] | None = None


class Concern(Named):
    """One of the nine concerns of the risk map, and the questions that bear on it."""

    questions: Annotated[list[str], Field(min_length=1)]


class Origin(_Row):
    """Where numbers come from that do not say it themselves."""

    as_of: str
    source: str
    confidence: Confidence


class Frame(_Row):
    """``bank.toml``: what the questions are made of."""

    version: Annotated[int, Field(ge=1)]
    as_of: str
    levels: Annotated[list[Bilingual], Field(min_length=5, max_length=5)]
    thresholds: Origin
    areas: list[Named]
    stages: list[Named]
    profile: list[Named]
    priorities: list[Priority]
    statuses: list[Status]
    evidence_kinds: list[Dated]
    respondents: list[Named]
    flag_kinds: list[Named]
    close_out_kinds: list[Dated]
    verdicts: list[Named]
    jurisdictions: list[Named]
    law_statuses: list[Named]
    concerns: list[Concern]


class ParameterRow(_Row):
    """A row of ``parameters.toml`` or ``scoring.toml``: a number, or where it stands."""

    id: Id
    value: float | None = None
    regulation: str | None = None
    fact: str | None = None
    least: float | None = None
    most: float | None = None
    unit: str
    as_of: str = ""
    source: str = ""
    confidence: Confidence
    name: Bilingual
    note: str = ""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(x is not None for x in (self.value, self.regulation, self.fact)) != 1:
            raise ValueError("give one of value, regulation and fact")
        if self.value is not None and not (self.as_of and self.source):
            raise ValueError("a value has a date and a source; add as_of and source")
        return self


class MetricRow(Named):
    """A number that answers questions; ``words`` lists what it may say instead of a number."""

    unit: str
    sources: list[Literal["cost_model", "lab", "finance", "documents", "regulation"],]
    formula: str
    words: list[str] = []


class CrossCheckRow(Named):
    """A check of claims against each other, and the questions whose answers it feeds."""

    formula: str
    low: float | Condition | None = None
    high: float | Condition | None = None
    unit: str
    feeds: list[str]


class Framework(_Row):
    """Whose numbering a reference follows: the ids that exist, or the shape of one."""

    id: Id
    name: str
    ids: list[str] = []
    pattern: str = ""


class Rule(_Row):
    """What a condition over metrics does to a level, and what it says.

    ``set`` gives the level, ``cap`` and ``floor`` bound it, ``flag`` raises a notice and
    ``note`` only remarks.
    """

    code: Id
    when: Condition
    mode: Literal["set", "cap", "floor", "flag", "note"]
    level: Level | None = None
    text: Bilingual

    @model_validator(mode="after")
    def _level_where_it_counts(self) -> Self:
        if (self.level is None) != (self.mode in ("flag", "note")):
            raise ValueError("set, cap and floor have a level, flag and note have none")
        return self


class Autofill(_Row):
    """How numbers answer a question: a metric against the thresholds of levels 1 to 4, rules.

    A threshold is a number or ``p.<parameter>``. With ``match = "first"`` only the first
    rule that fires counts.
    """

    metric: str
    mode: Literal["set", "cap", "floor"] | None = None
    better: Literal["higher", "lower"] | None = None
    thresholds: list[float | Condition] = []
    source: str = ""
    confidence: Confidence | None = None
    match: Literal["first", "all"] = "all"
    rules: list[Rule] = []

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.thresholds and len(self.thresholds) != 4:
            raise ValueError("thresholds are four, for the levels 1 to 4")
        given = (bool(self.thresholds), self.mode is not None, self.better is not None)
        if len(set(given)) != 1:
            raise ValueError("mode, better and thresholds go together; give all or none")
        if not self.thresholds and not self.rules:
            raise ValueError("an autofill has thresholds or rules; add one")
        return self


class RedFlag(_Row):
    """What is wrong at some levels, and what it does to the verdict."""

    code: Id
    kind: str
    when: Condition
    text: Bilingual


class CloseOut(_Row):
    """What would have to be done, and by when: a condition, a covenant or the 100-day plan."""

    kind: str
    text: Bilingual


class Question(_Row):
    """One question, as asked, checked, graded and closed out."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{3}-\d{2}$")]
    priority: str
    impact: Annotated[int, Field(ge=1, le=5, strict=True)]
    applies_if: Condition = parse("True")
    evidence_in_level: bool = False
    stage_expect: dict[str, Level]
    respondent: str
    effort_hours: Annotated[float, Field(gt=0)]
    evidence_kind: str
    topic: Bilingual
    question: Bilingual
    why: Bilingual
    verify: Bilingual
    evidence: Bilingual
    levels: Annotated[list[Bilingual], Field(min_length=5, max_length=5)]
    close_out: CloseOut
    red_flag: RedFlag | None = None
    refs: dict[str, list[str]] = {}
    autofill: Autofill | None = None


class QuestionFile(_Row):
    """A file of ``questions/``: the area and its questions."""

    area: str
    questions: list[Question]


class SectorQuestion(Question):
    """A question that only companies of a sector are asked, the area that it counts in, and the
    concerns of the risk map that it bears on.
    """

    area: str
    concerns: Annotated[list[str], Field(min_length=1)]


class RegulationRow(Named):
    """A law or guidance: what it asks of a model company, and how well the project knows it.

    ``since`` is the year, month or day from which it holds, empty where that is not known;
    ``evidence`` a grade of the README of ``data/``; ``regulation`` a row of
    ``regulatory_thresholds.csv`` that tells more.
    """

    jurisdiction: str
    asks: Bilingual
    status: str
    since: Annotated[str, Field(pattern=r"^(\d{4}(-\d{2}){0,2})?$")] = ""
    evidence: Literal["stated", "reported", "recall"]
    source: Bilingual
    confidence: Confidence
    regulation: str | None = None

    @model_validator(mode="after")
    def _recall_is_not_trusted(self) -> Self:
        if self.evidence == "recall" and (
            self.confidence != "low" or "verify" not in self.source.en
        ):
            raise ValueError(
                "what is from memory has the confidence low and a source that says verify"
            )
        return self


class SectorFile(_Row):
    """A file of ``sectors/``: what a sector adds. ``spellings`` are other words for it."""

    name: Bilingual
    spellings: list[str] = []
    data_concerns: Annotated[list[Bilingual], Field(min_length=1)]
    market: Annotated[list[Bilingual], Field(min_length=1)]
    regulation: Annotated[list[RegulationRow], Field(min_length=1)]
    questions: Annotated[list[SectorQuestion], Field(max_length=5)] = []


class ParameterFile(_Row):
    """``parameters.toml``, ``scoring.toml``."""

    parameters: list[ParameterRow]


class MetricFile(_Row):
    """``metrics.toml``."""

    metrics: list[MetricRow]


class CrossCheckFile(_Row):
    """``cross_checks.toml``."""

    cross_checks: list[CrossCheckRow]


class FrameworkFile(_Row):
    """``frameworks.toml``."""

    frameworks: list[Framework]
