"""Why a rule decided: the rule as a sentence, with the numbers that made it."""

import math
from collections.abc import Sequence

from costmodel.messages import Amount, Message
from dashboard.risk.bank.schema import Question
from dashboard.risk.scores.scoring import ROUNDING, Scores
from dashboard.risk.verdict.red_flags import RedFlag
from dashboard.risk.verdict.tally import BREAKERS, Frame


def because(
    rule: int,
    scores: Scores,
    frame: Frame,
    flags: Sequence[RedFlag],
    open_p0: Sequence[str],
) -> Message:
    """The rule that decided, with the numbers that made it."""
    overall, numbers = scores.overall, frame.numbers
    assert overall is not None
    coverage = _share(overall.coverage)
    if rule == 1:
        broken = [f for f in flags if f.kind in BREAKERS and f.confirmed and not f.cured]
        return Message(
            "A deal-breaker is confirmed: {flag} ({questions}).",
            {"flag": broken[0].text, "questions": ", ".join(f.question for f in broken)},
        )
    if rule == 2:
        return Message(
            "Well evidenced and weak: coverage is {coverage} and the best case {high}, under "
            "{limit}.",
            {
                "coverage": coverage,
                "high": _points(overall.high, under=numbers["decline_high"]),
                "limit": _points(numbers["decline_high"]),
            },
        )
    if rule == 3:
        return _lacking(overall.coverage, frame, flags, open_p0)
    if rule == 4:
        return _watched(scores, frame, flags)
    if rule == 5:
        return Message(
            "Coverage is {coverage}, no P0 is open, {expected} is expected and {low} the worst "
            "case, and no residual risk is critical.",
            {
                "coverage": coverage,
                "expected": _points(overall.expected),
                "low": _points(overall.low),
            },
        )
    return _short_of_proceeding(scores, frame, open_p0)


def _lacking(
    coverage: float, frame: Frame, flags: Sequence[RedFlag], open_p0: Sequence[str]
) -> Message:
    needed = frame.numbers["evidence_coverage"]
    if round(coverage, 9) < needed:
        return Message(
            "Evidence covers {coverage} of the weight, under {needed}.",
            {"coverage": _share(coverage, under=needed), "needed": Amount(needed, "fraction")},
        )
    breakers = [i for i in open_p0 if _kind(frame.questions[i]) in BREAKERS]
    if breakers:
        return Message(
            "Open questions of the first priority could turn out to be deal-breakers: {questions}.",
            {"questions": ", ".join(breakers)},
        )
    unanswered = [f for f in flags if f.kind == "open_p0"]
    return Message(
        "{flag} ({questions}): this has to be answered first.",
        {"flag": unanswered[0].text, "questions": ", ".join(f.question for f in unanswered)},
    )


def _watched(scores: Scores, frame: Frame, flags: Sequence[RedFlag]) -> Message:
    overall, numbers = scores.overall, frame.numbers
    assert overall is not None
    capped = [f for f in flags if f.kind == "cap_watch"]
    if capped:
        return Message(
            "A red flag holds the verdict at watch: {flag} ({questions}).",
            {"flag": capped[0].text, "questions": ", ".join(f.question for f in capped)},
        )
    if round(overall.low, 9) < numbers["watch_low"]:
        return Message(
            "The worst case is {low}, under {limit}.",
            {
                "low": _points(overall.low, under=numbers["watch_low"]),
                "limit": _points(numbers["watch_low"]),
            },
        )
    return Message(
        "{expected} is expected, under {limit}.",
        {
            "expected": _points(overall.expected, under=numbers["watch_expected"]),
            "limit": _points(numbers["watch_expected"]),
        },
    )


def _short_of_proceeding(scores: Scores, frame: Frame, open_p0: Sequence[str]) -> Message:
    """No rule before it holds; what keeps the deal from proceeding, the first that does."""
    overall, numbers = scores.overall, frame.numbers
    assert overall is not None
    if open_p0:
        return Message(
            "Neither weak nor ready: questions of the first priority are open: {questions}.",
            {"questions": ", ".join(open_p0)},
        )
    if round(overall.coverage, 9) < numbers["proceed_coverage"]:
        return Message(
            "Neither weak nor ready: evidence covers {coverage} of the weight, and {needed} is "
            "needed to proceed.",
            {
                "coverage": _share(overall.coverage, under=numbers["proceed_coverage"]),
                "needed": Amount(numbers["proceed_coverage"], "fraction"),
            },
        )
    if round(overall.expected, 9) < numbers["proceed_expected"]:
        return Message(
            "Neither weak nor ready: {expected} is expected, and {needed} is needed to proceed.",
            {
                "expected": _points(overall.expected, under=numbers["proceed_expected"]),
                "needed": _points(numbers["proceed_expected"]),
            },
        )
    if round(overall.low, 9) < numbers["proceed_low"]:
        return Message(
            "Neither weak nor ready: the worst case is {low}, and {needed} is needed to proceed.",
            {
                "low": _points(overall.low, under=numbers["proceed_low"]),
                "needed": _points(numbers["proceed_low"]),
            },
        )
    critical = [item.question for item in scores.items if item.band == "critical"]
    return Message(
        "Neither weak nor ready: a residual risk is critical: {questions}.",
        {"questions": ", ".join(critical)},
    )


def _points(score: float, *, under: float = math.inf) -> Amount:
    """A score from 0 to 100 to a tenth; one ``under`` a limit is never shown as having met it."""
    return Amount(_rounded(score, 10, under), "count")


def _share(share: float, *, under: float = math.inf) -> Amount:
    """A share in whole percent; one ``under`` a limit is never shown as having met it."""
    return Amount(_rounded(share, 100, under), "fraction")


def _rounded(value: float, steps: int, under: float) -> float:
    nearest = math.floor(value * steps + 0.5 + ROUNDING) / steps
    if nearest < under:
        return nearest
    return math.floor(value * steps) / steps


def _kind(question: Question) -> str:
    return question.red_flag.kind if question.red_flag is not None else ""
