"""The verdict of the rules on the sheet of scores: what they read, and which holds."""

from collections.abc import Sequence
from typing import Final

from dashboard.language import N_, say, t
from dashboard.report.workbook.book import Page
from dashboard.report.workbook.money.table import Figure
from dashboard.report.workbook.risk.marks import RANK, Marks
from dashboard.report.workbook.risk.score_lines import lines
from dashboard.risk.assessment import Assessment
from dashboard.risk.verdict.tally import RULES, rows_of
from dashboard.risk.verdict.tally import read as read_totals
from dashboard.risk_terms import verdict_label

#: The rules in the order in which they are asked: what each holds, and its words.
_RULES: Final = (
    (
        "=IF(confirmed_breakers>0,1,0)",
        N_("A deal-breaker is documented, verified or contradicted, and not cured"),
    ),
    (
        (
            "=IF(AND(ROUND(coverage,decimals)>=decline_coverage,"
            "ROUND(score_high,decimals)<decline_high),1,0)"
        ),
        N_("Well evidenced and weak: coverage is high and the best case low"),
    ),
    (
        "=IF(OR(ROUND(coverage,decimals)<evidence_coverage,open_breakers>0,unanswered_flags>0),1,0)",
        N_("Evidence covers too little, or an open P0 could be a deal-breaker"),
    ),
    (
        (
            "=IF(OR(watch_flags>0,ROUND(score_low,decimals)<watch_low,"
            "ROUND(score_expected,decimals)<watch_expected),1,0)"
        ),
        N_("A red flag holds it at watch, or the score is low"),
    ),
    (
        (
            "=IF(AND(ROUND(coverage,decimals)>=proceed_coverage,open_p0=0,"
            "ROUND(score_expected,decimals)>=proceed_expected,"
            "ROUND(score_low,decimals)>=proceed_low,critical_risks=0),1,0)"
        ),
        N_("Well evidenced and strong: no P0 is open, no residual risk critical"),
    ),
    ("=1", N_("None of the rules before")),
)


def write(page: Page, row: int, assessment: Assessment, found: Sequence[Marks]) -> int:
    """Counts and rules by formula; gives a row below."""
    page.text(row, 0, t("What the rules read"), "group")
    counted = [one for one in found if one.is_counted]
    confirmed = range(RANK["documented"], RANK["contradicted"] + 1)
    opened = [one for one in counted if one.is_first and one.counts.rank <= RANK["claimed"]]
    numbers = assessment.parameters
    counts = (
        (
            "confirmed_breakers",
            t("Confirmed deal-breakers"),
            (
                "=SUMPRODUCT(q_flag*q_breaker*(q_rank>=rank_documented)"
                "*(q_rank<=rank_contradicted)*(1-q_cured))"
            ),
            sum(
                o.fires_now and o.is_breaker and o.counts.rank in confirmed and not o.cured
                for o in counted
            ),
        ),
        (
            "open_p0",
            t("Open questions of first priority"),
            '=SUMPRODUCT(q_counted*(q_priority="P0")*(q_rank<=rank_claimed))',
            len(opened),
        ),
        (
            "open_breakers",
            t("Of them, those that could turn out to be deal-breakers"),
            '=SUMPRODUCT(q_counted*(q_priority="P0")*(q_rank<=rank_claimed)*q_breaker)',
            sum(o.is_breaker for o in opened),
        ),
        (
            "watch_flags",
            t("Red flags that hold the verdict at watch"),
            "=SUMPRODUCT(q_flag*q_watch)",
            sum(o.fires_now and o.flag_kind == "cap_watch" for o in counted),
        ),
        (
            "unanswered_flags",
            t("Red flags that have to be answered first"),
            "=SUMPRODUCT(q_flag*q_unanswered)",
            sum(o.fires_now and o.flag_kind == "open_p0" for o in counted),
        ),
        (
            "critical_risks",
            t("Critical residual risks"),
            "=SUMPRODUCT(q_counted*(q_residual>=critical_residual))",
            sum(o.weighed.residual >= numbers["critical_residual"] for o in counted),
        ),
    )
    rows = [
        Figure(name=name, label=label, unit="count", formula=formula, value=int(value))
        for name, label, formula, value in counts
    ]
    row = lines(page, row + 1, rows)
    return _rules(page, row + 1, assessment)


def _rules(page: Page, row: int, assessment: Assessment) -> int:
    """The six rules in order; the first that holds decides."""
    page.text(row, 0, t("The rules in the order in which they are asked"), "group")
    page.heads(row + 1, [t("Rule"), t("Holds"), t("Number"), t("Verdict")], numbers=(1, 2))
    first = row + 2
    holds = _holding(assessment)
    for i, (formula, words) in enumerate(_RULES):
        at = first + i
        page.text(at, 0, t(words), "label")
        page.formula(at, 1, formula, holds[i], "flag")
        page.value(at, 2, i + 1, "count", "frozen")
        page.text(at, 3, verdict_label(assessment, RULES[i + 1]), "label")
    last = first + len(_RULES) - 1
    decides = f"MATCH(1,{page.span((first, 1), (last, 1))},0)"
    verdict = assessment.verdict
    page.text(last + 1, 0, t("Rule that decides"), "label")
    page.formula(
        last + 1,
        1,
        f"=INDEX({page.span((first, 2), (last, 2))},{decides})",
        verdict.rule,
        "count",
        name="deciding_rule",
    )
    page.text(last + 2, 0, t("Verdict of the rules"), "label")
    page.formula(
        last + 2,
        1,
        f"=INDEX({page.span((first, 3), (last, 3))},{decides})",
        verdict_label(assessment, verdict.name),
        "",
        "key",
        name="verdict_of_rules",
    )
    page.text(last + 3, 0, t("Why, as computed when this was written"), "label")
    page.text(last + 3, 1, "", "text")
    page.note(last + 4, say(verdict.because))
    return last + 6


def _holding(assessment: Assessment) -> list[int]:
    """Which of the rules hold, each by itself, as the tally has them."""
    frame, numbers = assessment.frame, assessment.parameters
    assert frame is not None
    total = rows_of(assessment.scores.items, frame).sum(axis=0, keepdims=True)
    found = read_totals(total, frame)
    counts = {name: float(of[0]) > 0.5 for name, of in found.counts.items()}
    expected, low, high = (float(x[0]) for x in (found.expected, found.low, found.high))
    coverage = float(found.coverage[0])
    return [
        int(holds)
        for holds in (
            counts["breakers"],
            coverage >= numbers["decline_coverage"] and high < numbers["decline_high"],
            coverage < numbers["evidence_coverage"]
            or counts["open_breakers"]
            or counts["unanswered"],
            counts["watches"] or low < numbers["watch_low"] or expected < numbers["watch_expected"],
            coverage >= numbers["proceed_coverage"]
            and not counts["open_p0"]
            and expected >= numbers["proceed_expected"]
            and low >= numbers["proceed_low"]
            and not counts["critical"],
            True,
        )
    ]
