"""The sheet of scores: by area, overall, the verdict of the rules, and the nine concerns."""

from collections.abc import Sequence
from typing import Final

from costmodel.messages import Message
from dashboard.language import read, say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.money.table import Figure
from dashboard.report.workbook.risk import concerns, verdict
from dashboard.report.workbook.risk.marks import Marks
from dashboard.report.workbook.risk.score_lines import lines, score_cell
from dashboard.report.workbook.subject import Subject
from dashboard.risk.assessment import Assessment

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
    row = verdict.write(page, row + 1, assessment, found)
    row = concerns.write(page, row + 1, assessment)
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
            f"=IF($C{r}=0,0,IF(SUM({spans[_RAW]})>0,$D{r}/SUM({spans[_RAW]}),"
            f'1/COUNTIF({spans[_N]},">0")))',
            found.weight if found else 0.0,
            "fraction",
        )
        answered = f"SUMPRODUCT({here}*(q_counts>=0)*q_stake)"
        score_cell(
            page,
            at,
            _KNOWN,
            f"=IF({answered}>0,100*SUMPRODUCT({here}*(q_counts>=0)*q_stake*q_counts)"
            f'/top_level/{answered},"")',
            found.score.known if found else None,
        )
        for column, of in ((_EXPECTED, "expected"), (_LOW, "low"), (_HIGH, "high")):
            value = getattr(found.score, of) if found else None
            score_cell(
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
        '/SUMPRODUCT(area_weights*ISNUMBER(area_known))+worst_area_share*MIN(area_known),"")'
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
            formula=("=SUMPRODUCT(q_counted*q_weight*q_credit)/SUMPRODUCT(q_counted*q_weight)"),
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
    return lines(page, row + 1, rows)
