"""The checklist as JSON that other programs read, and as text for a terminal."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from costmodel.messages import Message, Text
from dashboard.language import percent, points, read, say, t
from dashboard.output import aligned_table
from dashboard.risk.assessment import Assessment
from dashboard.risk.autofill import Bound, Numbers
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.parameters import InForce
from dashboard.risk.scores.scoring import Item, Score
from dashboard.risk.verdict.conditions import due_of
from dashboard.risk.verdict.reversal import Reversal
from dashboard.risk_terms import value_words

#: Questions to ask next that a terminal shows.
_MOST_ASKED = 8


def score_json(found: Assessment) -> dict[str, Any]:
    """The object that ``assay risk score --json`` prints: scores from 0 to 100, shares as
    fractions, levels from 0 to 4.
    """
    verdict, scores, reversals = found.verdict, found.scores, found.reversals()
    return {
        "deal": found.deal,
        "as_of": found.as_of.isoformat(),
        "stage": found.profile.stage,
        "sector": found.profile.sector,
        "parameters": found.parameters.version,
        "own_values": [
            {
                "id": each.parameter.id,
                "value": each.value,
                "default": each.parameter.value,
                "unit": each.parameter.unit,
                "by": None if each.override is None else each.override.by,
                "date": None if each.override is None else each.override.date,
                "reason": None if each.override is None else each.override.reason,
            }
            for each in found.parameters.overridden()
        ],
        "overall": None if scores.overall is None else _score_json(scores.overall),
        "band": None if found.band is None else {"p10": found.band.p10, "p90": found.band.p90},
        "areas": {
            area: {**_score_json(each.score), "weight": each.weight, "n": len(each.items)}
            for area, each in scores.areas.items()
        },
        "coverage": None if scores.overall is None else scores.overall.coverage,
        "verdict": verdict.name,
        "rule": verdict.rule,
        "because": say(verdict.because),
        "reverses_if": []
        if reversals is None
        else [_reversal_json(each) for each in reversals.smallest],
        "reverses_to": {}
        if reversals is None
        else {
            name: [_reversal_json(each) for each in sets]
            for name, sets in reversals.by_verdict.items()
        },
        "flags": [
            {
                "question": flag.question,
                "code": flag.code,
                "kind": flag.kind,
                "text": read(flag.text),
                "status": flag.status,
                "confirmed": flag.confirmed,
                "cured": flag.cured,
                "owner": found.bank.questions[flag.question].respondent,
                "due": _day(due_of(_close_out(found, flag.question), found.bank, found.as_of)),
            }
            for flag in verdict.flags
        ],
        "open_p0": list(verdict.open_p0),
        "contradictions": [
            {
                "id": each.id,
                "kind": each.kind,
                "questions": list(each.questions),
                "text": say(each.text),
                "ask": say(each.ask),
                "settled": each.settled,
            }
            for each in found.contradictions
        ],
        "items": [_item_json(item, found) for item in scores.items],
        "inapplicable": list(found.inapplicable),
        "waiting": list(found.waiting),
        "follow_up": [
            {
                "question": each.question,
                "respondent": each.respondent,
                "value": each.value,
                "text": read(each.text),
                "evidence": read(each.evidence),
            }
            for each in found.follow_up
        ],
        "conditions": [
            {
                "question": each.question,
                "kind": each.kind,
                "text": read(each.text),
                "respondent": each.respondent,
                "due": _day(each.due),
            }
            for each in verdict.conditions
        ],
        "notices": [{"question": each.question, "text": say(each.text)} for each in found.notices],
    }


def _close_out(found: Assessment, question: str) -> str:
    return found.bank.questions[question].close_out.kind


def _day(day: date | None) -> str | None:
    """A day as ISO writes it; ``None``: before closing."""
    return None if day is None else day.isoformat()


def _score_json(score: Score) -> dict[str, float | None]:
    return {
        "known": score.known,
        "expected": score.expected,
        "low": score.low,
        "high": score.high,
        "coverage": score.coverage,
    }


def _reversal_json(found: Reversal) -> dict[str, Any]:
    return {
        "verdict": found.verdict,
        "rule": found.rule,
        "smallest": found.smallest,
        "changes": [
            {"question": c.question, "from": c.before, "to": c.level, "status": c.status}
            for c in found.changes
        ],
    }


def _item_json(item: Item, found: Assessment) -> dict[str, Any]:
    graded, numbers = found.graded[item.question], found.numbers[item.question]
    return {
        "question": item.question,
        "area": item.area,
        "weight": item.weight,
        "impact": item.impact,
        "level": item.level,
        "status": item.status,
        "decided_by": graded.decided_by,
        "known": item.known,
        "expected": item.expected,
        "low": item.low,
        "high": item.high,
        "likelihood": item.likelihood,
        "residual": item.residual,
        "band": item.band,
        "stage_gap": item.gap,
        "numbers": _numbers_json(numbers),
    }


def _numbers_json(numbers: Numbers) -> dict[str, Any]:
    return {
        "set": _bound_json(numbers.says),
        "cap": _bound_json(numbers.cap),
        "floor": _bound_json(numbers.floor),
        "flags": [
            {"code": flag.code, "text": read(flag.text), "remark": flag.remark}
            for flag in numbers.flags
        ],
        "metrics": list(numbers.metrics),
        "missing": [say(each) for each in numbers.missing],
        "problems": [say(each) for each in numbers.problems],
    }


def _bound_json(bound: Bound | None) -> dict[str, Any] | None:
    return None if bound is None else {"level": bound.level, "status": bound.status}


def score_text(found: Assessment) -> str:
    """The assessment as blocks for a terminal."""
    bank, verdict = found.bank, found.verdict
    blocks = [
        t("Verdict of the rules: {verdict}", verdict=read(bank.name("verdicts", verdict.name)))
        + f"\n    {say(verdict.because)}\n    {say(found.extent)}",
        _areas_text(found),
    ]
    reversals = found.reversals()
    if reversals is not None and reversals.smallest:
        lines = [_reversal_text(each, bank) for each in reversals.smallest[:3]]
        blocks.append("\n".join([t("The verdict reverses if:"), *lines]))
    for title, lines in (
        (
            t("Red flags"),
            [f"{flag.question}  {read(flag.text)}" for flag in verdict.flags],
        ),
        (
            t("Contradictions"),
            [f"{each.id}  {say(each.text)}" for each in found.contradictions if not each.settled],
        ),
        (t("Open questions of the first priority"), [", ".join(verdict.open_p0)]),
        (
            t("To ask next"),
            [f"{each.question}  {read(each.text)}" for each in found.follow_up[:_MOST_ASKED]],
        ),
        (
            t("Numbers of your own ({version})", version=found.parameters.version),
            [_own_value(each) for each in found.parameters.overridden()],
        ),
        (t("To put right"), [_noticed(each.question, each.text) for each in found.notices]),
    ):
        if any(lines):
            blocks.append("\n".join([title, *(f"    {line}" for line in lines)]))
    blocks.append(t("The rules decide and do not advise; a person signs."))
    return "\n\n".join(blocks)


def _own_value(each: InForce) -> str:
    unit = each.parameter.unit
    assert each.override is not None
    return t(
        "{id}  {value} in place of {default}; {by}, {date}: {reason}",
        id=each.parameter.id,
        value=value_words(each.value, unit),
        default=value_words(each.parameter.value, unit),
        by=each.override.by,
        date=each.override.date,
        reason=each.override.reason,
    )


def _areas_text(found: Assessment) -> str:
    rows: list[Sequence[str]] = [
        ("", t("Expected"), t("Low"), t("High"), t("Known"), t("Coverage"))
    ]
    scored = {read(found.bank.name("areas", i)): a.score for i, a in found.scores.areas.items()}
    if found.scores.overall is not None:
        scored = {t("Overall"): found.scores.overall, **scored}
    for label, score in scored.items():
        figures = (score.expected, score.low, score.high, score.known)
        rows.append(
            (
                label,
                *map(points, figures),
                percent(score.coverage),
            )
        )
    return "\n".join(aligned_table(rows))


def _reversal_text(found: Reversal, bank: Bank) -> str:
    answers = t(", ").join(
        t("{question} is verified at level {level}", question=c.question, level=c.level)
        for c in found.changes
    )
    return f"    {answers} → {read(bank.name('verdicts', found.verdict))}"


def _noticed(question: str, text: Message) -> str:
    return f"{question}  {say(text)}" if question else say(text)


def questions_json(bank: Bank, areas: Sequence[str]) -> dict[str, Any]:
    """The object that ``assay risk questions --json`` prints."""
    return {
        "questions": [
            {
                "id": question.id,
                "area": bank.areas[question.id],
                "priority": question.priority,
                "impact": question.impact,
                "topic": _both(question.topic),
                "question": _both(question.question),
                "why": _both(question.why),
                "evidence": _both(question.evidence),
                "levels": [_both(level) for level in question.levels],
                "respondent": question.respondent,
                "metric": None if question.autofill is None else question.autofill.metric,
                "refs": dict(question.refs),
            }
            for question in bank.questions.values()
            if bank.areas[question.id] in areas
        ],
        "parameters": {
            name: {
                "value": each.value,
                "unit": each.unit,
                "as_of": each.as_of,
                "source": each.source,
                "confidence": each.confidence,
            }
            for name, each in bank.defaults.items()
        },
    }


def _both(text: Text) -> Mapping[str, str]:
    return {"en": text.en, "zh": text.zh}


def questions_text(bank: Bank, areas: Sequence[str]) -> str:
    """The questions with their levels, area by area, for a terminal."""
    blocks = []
    for question in bank.questions.values():
        area = bank.areas[question.id]
        if area not in areas:
            continue
        head = f"{question.id} [{question.priority}] {read(bank.name('areas', area))}"
        lines = [f"{head}: {read(question.question)}"]
        lines += [f"    {n}  {read(level)}" for n, level in enumerate(question.levels)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)
