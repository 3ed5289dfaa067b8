"""What several sections are made of: tables of questions and of stated numbers, tones."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from costmodel.claims.finding import Verdict
from dashboard.deal import localised
from dashboard.deal_sections import entry, label_and_unit
from dashboard.language import aside, current, enumerated, number, percent, points, ranged, read, t
from dashboard.report.case import Case
from dashboard.report.document import Block, Cell, Head, Rich, Table, Tone, cell, rich, row
from dashboard.report.notes import Notes
from dashboard.risk.scores.scoring import Item
from dashboard.risk_terms import asked, band_label, named, value_words
from dashboard.strict import Localised

CLAIM_TONES: Final[Mapping[Verdict, Tone]] = {
    "consistent": "good",
    "stretched": "fair",
    "implausible": "bad",
    "impossible": "worst",
    "cannot tell": "neutral",
}
VERDICT_TONES: Final[Mapping[str, Tone]] = {
    "proceed": "good",
    "conditional": "fair",
    "watch": "fair",
    "need_more_evidence": "neutral",
    "decline": "bad",
}
BAND_TONES: Final[Mapping[str | None, Tone]] = {
    "low": "good",
    "moderate": "fair",
    "high": "bad",
    "critical": "worst",
    None: "neutral",
}
#: How an answer is known of which nobody has seen anything but the company's word.
_ITS_WORD: Final = frozenset({"assumed", "claimed"})
#: Units in which a median is read with its range.
_RANGED_UNITS: Final = frozenset({"usd", "gpu_hour", "flop", "day", "month"})


def words(text: Localised) -> str:
    """A text of the deal in the reader's language."""
    return localised(text, current())


def stated_rows(
    case: Case, notes: Notes, paths: Iterable[str], *, unit_of: Mapping[str, str] | None = None
) -> list[tuple[Cell, ...]]:
    """A row for each of these numbers that the deal states: label, value, status, source."""
    bank, found = case.assessment.bank, []
    for path in paths:
        section, name = path.split(".")
        one = entry(getattr(case.deal, section), name)
        if one is None:
            continue
        label, unit = label_and_unit(path)
        shown = value_words(one.value, (unit_of or {}).get(path, unit))
        found.append(
            row(
                t(label),
                rich(notes.stated(shown, path)),
                named(bank, "statuses", one.known),
                enumerated((one.source, one.date)) or number(None),
            )
        )
    return found


def stated_table(
    case: Case, notes: Notes, paths: Iterable[str], *, id_: str, caption: str
) -> Table | None:
    """The same as a table; ``None`` where nothing of it is stated."""
    rows = stated_rows(case, notes, paths)
    if not rows:
        return None
    return Table(
        id=id_,
        caption=caption,
        heads=(
            Head(text=t("The company states"), width=2.6),
            Head(text=t("Value"), align="right", width=1.4),
            Head(text=t("Known as"), width=1.0),
            Head(text=t("Source"), width=2.0),
        ),
        rows=tuple(rows),
    )


def metric_rows(case: Case, notes: Notes, ids: Iterable[str]) -> list[tuple[Cell, ...]]:
    """A row for each of these metrics that can be computed: name, value, how it is known."""
    bank, found = case.assessment.bank, []
    for metric_id in ids:
        metric = case.metrics.get(metric_id)
        if metric is None or metric.value is None:
            continue
        found.append(
            row(
                read(bank.metrics[metric_id].name),
                rich(notes.metric(metric_value(case, metric_id), metric_id)),
                named(bank, "statuses", metric.status),
            )
        )
    return found


def metric_value(case: Case, metric_id: str) -> str:
    """A metric's value with its unit, and its 90% range where it has one."""
    metric = case.metrics[metric_id]
    unit = case.assessment.bank.metrics[metric_id].unit
    spread = metric.spread
    if spread is not None and spread.p05 != spread.p95 and unit in _RANGED_UNITS:
        return ranged(spread, unit)
    return value_words(metric.value, unit)


def metric_table(
    case: Case, notes: Notes, ids: Iterable[str], *, id_: str, caption: str
) -> Table | None:
    """The same as a table; ``None`` where none can be computed."""
    rows = metric_rows(case, notes, ids)
    if not rows:
        return None
    return Table(
        id=id_,
        caption=caption,
        heads=(
            Head(text=t("Computed by Assay"), width=3),
            Head(text=t("Value"), align="right", width=2),
            Head(text=t("Known as"), width=1.2),
        ),
        rows=tuple(rows),
    )


def items_of(case: Case, area: str) -> tuple[Item, ...]:
    """The questions of an area that count."""
    found = case.assessment.scores.areas.get(area)
    return () if found is None else found.items


def question_table(
    case: Case, notes: Notes, items: Sequence[Item], *, id_: str, caption: str
) -> Table | None:
    """Questions with what stands at their level, how it is known, and the risk that is left."""
    if not items:
        return None
    bank = case.assessment.bank
    rows = []
    for item in items:
        question = bank.questions[item.question]
        level = (
            rich(t("not known"))
            if item.level is None
            else rich(notes.answer(told_by(case, item), item.question))
        )
        behind = "" if not item.gap else t("{n} below the stage", n=item.gap)
        rows.append(
            row(
                asked(question),
                (*level, *rich(aside(behind) if behind else "")),
                named(bank, "statuses", item.status),
                cell(
                    band_label(item.band if item.level is not None else None),
                    BAND_TONES[item.band] if item.level is not None else "neutral",
                ),
            )
        )
    return Table(
        id=id_,
        caption=caption,
        heads=(
            Head(text=t("Question"), width=1.7),
            Head(text=t("What stands there"), width=3),
            Head(text=t("Known as"), width=0.9),
            Head(text=t("Residual risk"), width=1),
        ),
        rows=tuple(rows),
    )


def area_sentence(case: Case, notes: Notes, area: str) -> Rich:
    """An area's score with its bounds and coverage, in a sentence."""
    found = case.assessment.scores.areas.get(area)
    if found is None:
        return rich(t("No question of this area applies."))
    score = found.score
    return rich(
        notes.checklist(
            t(
                "The checklist expects {expected} of 100 here, between {low} and {high}; evidence "
                "covers {coverage} of the weight.",
                expected=points(score.expected),
                low=points(score.low),
                high=points(score.high),
                coverage=percent(score.coverage),
            )
        )
    )


def told_by(case: Case, item: Item) -> str:
    """What stands at an item's level, as the company's own where nothing but its word, or its
    own figures, stand behind it. The item has a level.
    """
    assert item.level is not None
    text = read(case.assessment.bank.questions[item.question].levels[item.level])
    if item.status not in _ITS_WORD:
        return text
    if case.assessment.graded[item.question].decided_by == "numbers":
        return t("by the company's own figures: {text}", text=text)
    return t("the company states: {text}", text=text)


def present(*blocks: Block | None) -> list[Block]:
    """The blocks that there are."""
    return [block for block in blocks if block is not None]
