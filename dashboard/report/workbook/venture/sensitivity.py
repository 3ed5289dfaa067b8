"""The sheet of sensitivity: tables that follow the inputs, and tornados as computed."""

from typing import Final

import numpy as np

from costmodel.uncertainty import Draws
from costmodel.venture.explore.drivers import Outcome, Table, Tornado, tornados, two_way_tables
from costmodel.venture.scenario import Run
from dashboard.language import say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import number_format, unit_words
from dashboard.report.workbook.subject import Subject
from dashboard.report.workbook.venture.timeline import Timeline
from dashboard.terms import assumption_label
from dashboard.venture.figures import LABELS

SHEET: Final = "Sensitivity"
_FACTORS: Final = (0.5, 0.75, 1.0, 1.25, 1.5)
_UNITS: Final[dict[Outcome, str]] = {
    "moic": "ratio",
    "runway_months": "month",
    "year_3_margin": "fraction",
}
_MOST_BARS: Final = 12
_ROUNDING: Final = 1e-9


def write(book: Book, subject: Subject, timeline: Timeline | None) -> None:
    """What moves the bill, the runway and the multiple."""
    page = book.pages[SHEET]
    if subject.cost is None and subject.run is None:
        page.title(t("Sensitivity"), say(subject.why["scenario"]))
        return
    row = page.title(
        t("Sensitivity"),
        t(
            "The first tables follow the inputs; the tornados are as computed when this was "
            "written."
        ),
    )
    page.width(0, 46)
    page.one_page = True
    if subject.cost is not None and subject.cost.usd is not None:
        row = _bill(page, row, subject)
    if subject.run is not None and timeline is not None:
        row = _runway(page, row, subject.run, timeline)
    answer = subject.answer
    if answer is None:
        page.note(row, say(subject.why["scenario"]))
        return
    for tornado in tornados(answer.inputs).values():
        if tornado.bars:
            row = _tornado(book, page, row, tornado)
    for one in two_way_tables(answer.inputs):
        row = _two_way(page, row, one)


def _bill(page: Page, row: int, subject: Subject) -> int:
    """The run's bill at the low and the high end of each input, the others in the middle."""
    cost = subject.cost
    assert cost is not None
    assert cost.usd is not None
    page.text(row, 0, t("Bill of the run, one input at a time; follows the inputs"), "group")
    page.heads(
        row + 1,
        [
            t("Input"),
            t("At its low end"),
            t("Bill in the middle"),
            t("At its high end"),
            t("Low end of the input"),
            t("High end of the input"),
            t("Unit"),
        ],
        numbers=(1, 2, 3, 4, 5),
    )
    row += 2
    bill = float(cost.usd)
    extras = float(cost.values["extras_share"])
    for a in cost.inputs.assumptions:
        if a.name not in ("usd_per_gpu_hour", "efficiency", "goodput", "extras_share"):
            continue
        if not a.range.low < a.range.high:
            continue
        value = float(cost.values[a.name])
        page.text(row, 0, assumption_label(a.name), "label")
        page.formula(row, 2, "=run_usd", bill, "usd")
        for column, at, end in ((1, 4, a.range.low), (3, 5, a.range.high)):
            page.value(row, at, end, a.unit, "input")
            cell = f"${'EF'[at - 4]}${row + 1}"
            if a.name == "usd_per_gpu_hour":
                formula, there = f"=run_usd*{cell}/{a.name}", bill * end / value
            elif a.name == "extras_share":
                formula = f"=run_usd*(1+{cell})/(1+extras_share)"
                there = bill * (1 + end) / (1 + extras)
            else:
                formula, there = f"=run_usd*{a.name}/{cell}", bill * value / end
            page.formula(row, column, formula, there, "usd")
        page.text(row, 6, unit_words(a.unit), "label")
        row += 1
    return row + 1


def _runway(page: Page, row: int, run: Run, timeline: Timeline) -> int:
    """The runway with more or less of cash, of the round and of people."""
    page.text(row, 0, t("Runway in months, one input at a time; follows the inputs"), "group")
    row += 1
    page.text(row, 0, t("Times the input"), "head")
    for i, factor in enumerate(_FACTORS):
        page.value(row, 1 + i, factor, "ratio", "input")
    head = row + 1
    cash, months = timeline.span("cash"), timeline.span("t", 0, run.horizon + 1)
    v, flow = run.values, run.flow
    t_ = np.arange(run.horizon + 1, dtype=np.float64)
    closes = float(float(np.asarray(v["raise_probability"])) > 0.5)
    arrives = float(np.ceil(float(np.asarray(v["raise_delay_months"])) - _ROUNDING))
    people = np.concatenate([[0.0], np.cumsum(flow.costs["people"])])
    rows: list[tuple[str, str, object]] = [
        ("cash_usd", "cash_usd", np.full(len(t_), float(np.asarray(v["cash_usd"])))),
        (
            "raise_usd",
            f"IF(even_luck<raise_probability,raise_usd,0)*({months}>=raise_arrives)",
            closes * float(np.asarray(v["raise_usd"])) * (t_ >= arrives),
        ),
        ("people_usd_per_month", f"(-{timeline.span('people_to_date')})", -people),
    ]
    for name, formula, change in rows:
        row += 1
        page.text(row, 0, assumption_label(name), "label")
        for i, factor in enumerate(_FACTORS):
            here = f"{'BCDEF'[i]}${head}"
            below = f"({cash}+({here}-1)*{formula}<-rounding)"
            page.formula(
                row,
                1 + i,
                f"=horizon_months-SUMPRODUCT(MAX({below}*(horizon_months-{months})))",
                _first_below(flow.cash_usd + (factor - 1) * np.asarray(change)),
                "month",
            )
    return row + 2


def _first_below(cash: Draws) -> float:
    """The first month below zero; the horizon where none is."""
    below = np.flatnonzero(cash < -_ROUNDING)
    return float(below[0]) if below.size else float(len(cash) - 1)


def _tornado(book: Book, page: Page, row: int, tornado: Tornado) -> int:
    unit = _UNITS[tornado.outcome]
    title = t(
        "What moves {outcome}, one input at a time from its 10th to its 90th percentile",
        outcome=t(LABELS[tornado.outcome]),
    )
    page.text(row, 0, f"{title}: {t('as computed')}", "group")
    page.heads(
        row + 1,
        [
            t("Input"),
            t("At its low end"),
            t("In the middle"),
            t("At its high end"),
            t("Low end of the input"),
            t("High end of the input"),
            t("Unit"),
        ],
        numbers=(1, 2, 3, 4, 5),
    )
    first = row + 2
    bars = tornado.bars[:_MOST_BARS]
    for i, bar in enumerate(bars):
        page.text(first + i, 0, assumption_label(bar.name), "label")
        page.value(first + i, 1, bar.at_low, unit, "frozen")
        page.value(first + i, 2, tornado.middle, unit, "frozen")
        page.value(first + i, 3, bar.at_high, unit, "frozen")
        page.value(first + i, 4, bar.low, bar.unit, "frozen")
        page.value(first + i, 5, bar.high, bar.unit, "frozen")
        page.text(first + i, 6, unit_words(bar.unit), "label")
    last = first + len(bars) - 1
    shown = number_format(unit, tornado.middle)
    chart = book.chart(
        "bar",
        title=title,
        x={"name": unit_words(unit), "crossing": tornado.middle, "num_format": shown},
        y={"label_position": "low", "reverse": True},
    )
    for column, name, colour in (
        (1, t("At its low end"), "#C0504D"),
        (3, t("At its high end"), "#1F5A7A"),
    ):
        chart.add_series(
            {
                "name": name,
                "categories": [SHEET, first, 0, last, 0],
                "values": [SHEET, first, column, last, column],
                "fill": {"color": colour},
                "gap": 40,
                "overlap": 100,
            }
        )
    page.sheet.insert_chart(first, 8, chart)
    return max(last + 2, first + 17)


def _two_way(page: Page, row: int, one: Table) -> int:
    """A two-way table as computed."""
    outcome = t(LABELS[one.outcome])
    page.text(row, 0, f"{outcome}: {_axis(one.row_name)} × {_axis(one.column_name)}, "
                      + t("as computed"), "group")  # fmt: skip
    row += 1
    page.text(row, 0, f"{_axis(one.row_name)} ↓  {_axis(one.column_name)} →", "head")
    for j, value in enumerate(one.columns):
        page.value(row, 1 + j, value, _unit_of(one.column_name), "number_head")
    for i, value in enumerate(one.rows):
        row += 1
        page.value(row, 0, value, _unit_of(one.row_name), "frozen")
        for j in range(len(one.columns)):
            cell = float(one.cells[i, j])
            if np.isfinite(cell):
                page.value(row, 1 + j, cell, _UNITS[one.outcome], "frozen")
    return row + 2


def _axis(name: str) -> str:
    return t("Kept of a share to the exit") if name == "kept_to_exit" else assumption_label(name)


def _unit_of(name: str) -> str:
    from costmodel.venture.inputs import INPUTS

    return INPUTS[name].unit if name in INPUTS else "fraction"
