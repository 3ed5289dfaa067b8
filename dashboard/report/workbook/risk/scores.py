"""The sheet of scores: by area, overall, the verdict of the rules, and the nine concerns."""

from collections.abc import Sequence
from typing import Final

from costmodel.messages import Message
from dashboard.language import N_, read, say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import unit_words
from dashboard.report.workbook.money.table import Figure
from dashboard.report.workbook.risk.marks import RANK, Marks
from dashboard.report.workbook.subject import Subject
from dashboard.risk.assessment import Assessment
from dashboard.risk.scores.concerns import ConcernScore, concerns_of
from dashboard.risk.scores.scoring import Score, likelihood_at
from dashboard.risk.verdict.tally import RULES, rows_of
from dashboard.risk.verdict.tally import read as read_totals
from dashboard.risk_terms import named, verdict_label

SHEET: Final = "Scores"
#: Columns of the table of areas.
_ID: Final = 1
_N: Final = 2
_RAW: Final = 3
_WEIGHT: Final = 4
_KNOWN: Final = 5
_EXPECTED: Final = 6
_LOW: Final = 7
_HIGH: Final = 8
_COVERAGE: Final = 9
_BAND: Final = 10
#: The rules in the order in which they are asked: what each holds, and its words.
_RULES: Final = (
    (
        "=IF(confirmed_breakers>0,1,0)",
        N_("A deal-breaker is documented, verified or contradicted, and not cured"),
    ),
    (
        "=IF(AND(ROUND(coverage,decimals)>=decline_coverage,"
        "ROUND(score_high,decimals)<decline_high),1,0)",
        N_("Well evidenced and weak: coverage is high and the best case low"),
    ),
    (
        "=IF(OR(ROUND(coverage,decimals)<evidence_coverage,open_breakers>0,unanswered_flags>0),1,0)",
        N_("Evidence covers too little, or an open P0 could be a deal-breaker"),
    ),
    (
        "=IF(OR(watch_flags>0,ROUND(score_low,decimals)<watch_low,"
        "ROUND(score_expected,decimals)<watch_expected),1,0)",
        N_("A red flag holds it at watch, or the score is low"),
    ),
    (
        "=IF(AND(ROUND(coverage,decimals)>=proceed_coverage,open_p0=0,"
        "ROUND(score_expected,decimals)>=proceed_expected,"
        "ROUND(score_low,decimals)>=proceed_low,critical_risks=0),1,0)",
        N_("Well evidenced and strong: no P0 is open, no residual risk critical"),
    ),
    ("=1", N_("None of the rules before")),
)
NO_QUESTION: Final = Message("No question applies; say in the profile what the company does.")


def write(book: Book, subject: Subject, found: Sequence[Marks]) -> None:
    """The scores by formula over the checklist, with the bands of the draws beside them."""
    page, assessment = book.pages[SHEET], subject.case.assessment
    if not found:
        page.title(t("Scores and verdict"), say(NO_QUESTION))
        return
    row = page.title(
        t("Scores and verdict"),
        say(assessment.extent),
        t(
            "The verdict is that of the rules and follows the checklist; a person decides. The "
            "bands P10 to P90 come from random draws and do not follow."
        ),
    )
    row = _areas(page, row, assessment)
    row = _overall(page, row + 1, assessment, found)
    row = _verdict(page, row + 1, assessment, found)
    row = _concerns(page, row + 1, assessment)
    page.width(0, 50)
    page.width(_ID, 16)


def _areas(page: Page, row: int, assessment: Assessment) -> int:
    page.heads(
        row,
        [
            t("Area"),
            t("Area, by id"),
            t("Questions"),
            t("Weight before"),
            t("Weight"),
            t("As answered"),
            t("Expected"),
            t("At worst"),
            t("At best"),
            t("Coverage by evidence"),
            "P10",
            "P50",
            "P90",
        ],
        numbers=range(2, 13),
    )
    page.frame(row, 1)
    page.one_page = True
    areas = assessment.bank.frame.areas
    first, last = row + 1, row + len(areas)
    spans = {c: page.span((first, c), (last, c)) for c in (_N, _RAW)}
    numbers = assessment.parameters.values_in_force
    for at, area in enumerate(areas, start=first):
        found = assessment.scores.areas.get(area.id)
        n = len(found.items) if found else 0
        r = at + 1
        page.text(at, 0, read(area.name), "label")
        page.text(at, _ID, area.id, "id")
        here = f"(q_area=$B{r})"
        page.formula(at, _N, f"=SUMPRODUCT({here}*q_counted)", n, "count")
        raw = numbers[f"area_weight_{area.id}"] if n else 0.0
        page.formula(at, _RAW, f"=IF($C{r}>0,area_weight_{area.id},0)", raw, "fraction")
        page.formula(
            at,
            _WEIGHT,
            f'=IF($C{r}=0,0,IF(SUM({spans[_RAW]})>0,$D{r}/SUM({spans[_RAW]}),'
            f'1/COUNTIF({spans[_N]},">0")))',
            found.weight if found else 0.0,
            "fraction",
        )
        answered = f"SUMPRODUCT({here}*(q_counts>=0)*q_stake)"
        _score(page, at, _KNOWN, f'=IF({answered}>0,100*SUMPRODUCT({here}*(q_counts>=0)*q_stake'
               f'*q_counts)/top_level/{answered},"")', found.score.known if found else None)  # fmt: skip
        for column, of in ((_EXPECTED, "expected"), (_LOW, "low"), (_HIGH, "high")):
            value = getattr(found.score, of) if found else None
            _score(
                page,
                at,
                column,
                f'=IF($C{r}=0,"",100*SUMPRODUCT({here}*q_stake*q_{of})/SUMPRODUCT({here}*q_stake))',
                value,
            )
        weight = f"{here}*q_counted*q_weight"
        coverage = found.score.coverage if found else ""
        page.formula(
            at,
            _COVERAGE,
            f'=IF($C{r}=0,"",SUMPRODUCT({weight}*q_credit)/SUMPRODUCT({weight}))',
            coverage,
            "fraction",
        )
        band = assessment.bands.get(area.id)
        if band is not None:
            for k, end in enumerate((band.p10, band.p50, band.p90)):
                page.value(at, _BAND + k, end, "points", "frozen")
    for name, column in (
        ("area_weights", _WEIGHT),
        ("area_known", _KNOWN),
        ("area_expected", _EXPECTED),
        ("area_low", _LOW),
        ("area_high", _HIGH),
    ):
        page.book.define_range(name, page.span((first, column), (last, column)))
    _charts(page, first, last)
    return last + 1


def _score(page: Page, row: int, column: int, formula: str, value: float | None) -> None:
    page.formula(row, column, formula, "" if value is None else value, "points")


def _charts(page: Page, first: int, last: int) -> None:
    """The areas as a radar, with what they could be at worst and at best."""
    chart = page.book.chart(
        "radar",
        subtype="with_markers",
        title=t("Areas: expected, at worst, at best"),
        y={"min": 0, "max": 100},
    )
    for column, name, colour, dash in (
        (_EXPECTED, t("Expected"), "#12324A", "solid"),
        (_LOW, t("At worst"), "#C0504D", "dash"),
        (_HIGH, t("At best"), "#3E8E5A", "dash"),
    ):
        chart.add_series(
            {
                "name": name,
                "categories": [SHEET, first, 0, last, 0],
                "values": [SHEET, first, column, last, column],
                "line": {"color": colour, "width": 2, "dash_type": dash},
                "marker": {"type": "circle", "size": 4, "fill": {"color": colour}},
            }
        )
    chart.set_size({"width": 620, "height": 440})
    page.sheet.insert_chart(last + 3, 5, chart)


def _overall(page: Page, row: int, assessment: Assessment, found: Sequence[Marks]) -> int:
    page.text(row, 0, t("Overall"), "group")
    score = assessment.scores.overall
    assert score is not None
    weights = "SUMPRODUCT(area_weights,area_{of})"

    def both(of: str) -> str:
        mean = weights.format(of=of)
        return f"=(1-worst_area_share)*{mean}+worst_area_share*MIN(area_{of})"

    known = (
        "=IF(COUNT(area_known)>0,(1-worst_area_share)*SUMPRODUCT(area_weights,area_known)"
        "/SUMPRODUCT(area_weights*ISNUMBER(area_known))+worst_area_share*MIN(area_known),\"\")"
    )
    answered = sum(one.is_counted and one.weighed.level is not None for one in found)
    rows = [
        Figure(
            name="score_known",
            label=t("As answered"),
            unit="points",
            formula=known,
            value="" if score.known is None else score.known,
        ),
        Figure(
            name="score_expected",
            label=t("Expected score, of 100"),
            unit="points",
            formula=both("expected"),
            value=score.expected,
            key=True,
        ),
        Figure(
            name="score_low",
            label=t("Score at worst"),
            unit="points",
            formula=both("low"),
            value=score.low,
        ),
        Figure(
            name="score_high",
            label=t("Score at best"),
            unit="points",
            formula=both("high"),
            value=score.high,
        ),
        Figure(
            name="coverage",
            label=t("Coverage by evidence"),
            unit="fraction",
            formula=(
                "=SUMPRODUCT(q_counted*q_weight*q_credit)/SUMPRODUCT(q_counted*q_weight)"
            ),
            value=score.coverage,
            key=True,
        ),
        Figure(
            name="answered_count",
            label=t("Questions answered"),
            unit="count",
            formula="=SUMPRODUCT(q_counted*(q_counts>=0))",
            value=answered,
        ),
    ]
    return _lines(page, row + 1, rows)


def _lines(page: Page, row: int, rows: Sequence[Figure]) -> int:
    for one in rows:
        page.text(row, 0, one.label, "label")
        style = "key" if one.key else "formula"
        page.formula(row, 1, one.formula, one.value, one.unit, style, name=one.name)
        page.text(row, 2, unit_words(one.unit), "label")
        row += 1
    return row


def _verdict(page: Page, row: int, assessment: Assessment, found: Sequence[Marks]) -> int:
    page.text(row, 0, t("What the rules read"), "group")
    counted = [one for one in found if one.is_counted]
    confirmed = range(RANK["documented"], RANK["contradicted"] + 1)
    opened = [one for one in counted if one.is_first and one.counts.rank <= RANK["claimed"]]
    numbers = assessment.parameters
    counts = (
        (
            "confirmed_breakers",
            t("Confirmed deal-breakers"),
            "=SUMPRODUCT(q_flag*q_breaker*(q_rank>=rank_documented)"
            "*(q_rank<=rank_contradicted)*(1-q_cured))",
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
    row = _lines(page, row + 1, rows)
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
            counts["watches"]
            or low < numbers["watch_low"]
            or expected < numbers["watch_expected"],
            coverage >= numbers["proceed_coverage"]
            and not counts["open_p0"]
            and expected >= numbers["proceed_expected"]
            and low >= numbers["proceed_low"]
            and not counts["critical"],
            True,
        )
    ]


def _concerns(page: Page, row: int, assessment: Assessment) -> int:
    page.text(row, 0, t("The nine concerns"), "group")
    page.heads(
        row + 1,
        [
            t("Concern"),
            t("Questions"),
            t("Expected"),
            t("At worst"),
            t("At best"),
            t("Likelihood of harm"),
            t("Impact"),
            t("Residual risk"),
        ],
        numbers=range(1, 8),
    )
    found = concerns_of(
        assessment.scores, bank=assessment.bank, numbers=assessment.parameters.values_in_force
    )
    for i, one in enumerate(found, start=1):
        _concern(page, row + 1 + i, i, one, assessment)
    return row + 3 + len(found)


def _concern(page: Page, row: int, i: int, one: ConcernScore, assessment: Assessment) -> None:
    of, r = f"concern_{i}", row + 1
    page.text(row, 0, named(assessment.bank, "concerns", one.concern), "label")
    page.formula(row, 1, f"=SUMPRODUCT({of}*q_counted)", len(one.items), "count")
    score: Score | None = one.score
    for column, name in ((2, "expected"), (3, "low"), (4, "high")):
        _score(
            page,
            row,
            column,
            f'=IF($B{r}=0,"",100*SUMPRODUCT({of}*q_stake*q_{name})/SUMPRODUCT({of}*q_stake))',
            None if score is None else getattr(score, name),
        )
    likelihood = impact = residual = None
    if score is not None:
        likelihood = likelihood_at(score.expected / 100)
        mean = sum(item.impact for item in one.items) / len(one.items)
        impact = int(mean + 0.5 + 1e-9)
        residual = likelihood * impact
    for column, formula, value in (
        (
            5,
            f"MIN(MAX(likelihood_levels-INT(top_level*$C{r}/100+half+rounding),1),"
            "likelihood_levels)",
            likelihood,
        ),
        (
            6,
            f"INT(SUMPRODUCT({of}*q_counted*q_impact)/$B{r}+half+rounding)",
            impact,
        ),
        (7, f"$F{r}*$G{r}", residual),
    ):
        page.formula(
            row, column, f'=IF($B{r}=0,"",{formula})', "" if value is None else value, "count"
        )

