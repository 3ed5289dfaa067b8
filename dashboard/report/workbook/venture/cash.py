"""The sheet of cash by month: customers, costs, rounds and what is left, row by row."""

from typing import Final

import numpy as np

from costmodel.uncertainty import Draws
from costmodel.venture import demand
from costmodel.venture.cash import CashFlow, rounds_usd
from costmodel.venture.demand import Values
from costmodel.venture.scenario import MONTHS, Run
from dashboard.language import say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import unit_words
from dashboard.report.workbook.money import table
from dashboard.report.workbook.subject import Subject
from dashboard.report.workbook.venture.sales import sales
from dashboard.report.workbook.venture.spending import spending
from dashboard.report.workbook.venture.timeline import FIRST, LABEL, TOTAL, UNIT, Timeline
from dashboard.terms import assumption_label

SHEET: Final = "Cash_24m"
#: Months that are printed.
_PRINTED: Final = 24
_SHARES: Final = (0.05, 0.5, 0.95)
_ROUNDING: Final = 1e-9
_YEAR: Final = 12


def write(book: Book, subject: Subject) -> Timeline | None:
    """The cash in the middle of the inputs; gives the rows, ``None`` without a scenario."""
    page, run, answer = book.pages[SHEET], subject.run, subject.answer
    if run is None or answer is None:
        page.title(t("Cash by month"), say(subject.why["scenario"]))
        return None
    row = page.title(
        t("Cash by month"),
        t(
            "The deal as it states itself, in the middle of its inputs. Month 0 begins today; cash "
            "is that at the start of a month, money of that moment included."
        ),
        t(
            "Months after the first {n} are followed for the runway, and customers further, up to "
            "the exit.",
            n=_PRINTED,
        ),
        table.frozen_note(),
    )
    timeline = Timeline(page, row)
    horizon = run.horizon
    timeline.months(t("Month"), t("Unit"), max(horizon + 1, _to_exit(book)))
    page.frame(row, FIRST)
    sales(timeline, run.values, run.horizon if run.returns is None else _to_exit(book))
    spending(timeline, run)
    _cash(timeline, run)
    _draws(timeline, answer.result.worlds)
    timeline.python |= _checked(run.flow)
    chart_row = _once(page, run, timeline.row + 1)
    _chart(book, page, timeline, chart_row, horizon)
    page.width(LABEL, 46)
    page.width(UNIT, 22)
    page.width(3, 2)
    page.sheet.repeat_columns(LABEL, UNIT)
    page.sheet.print_area(0, 0, chart_row + 20, FIRST + _PRINTED)
    return timeline


def _to_exit(book: Book) -> int:
    months = book.of("longest_to_exit")
    assert isinstance(months, int | float)
    return int(months)


def _once(page: Page, run: Run, at: int) -> int:
    """What the rows use in every month, worked out once below them; gives a row below."""
    v = run.values
    page.text(at, LABEL, t("Worked out once for all months"), "group")
    pushed = float(np.asarray(v["growth_per_month"]))
    if pushed > 0:
        pushed *= float(np.power(v["market_scale"], v["market_elasticity"]))
    rows = (
        (
            "horizon_months",
            t("Months that are followed"),
            "month",
            "",
            run.horizon,
        ),
        (
            "start_growth",
            t("Growth of the first month, with the spend to market"),
            "fraction",
            (
                "=IF(growth_per_month>0,growth_per_month*MAX(market_scale,tiny)^market_elasticity,"
                "growth_per_month)"
            ),
            pushed,
        ),
        (
            "price_multiple_per_year",
            t("Price a year on over today's"),
            "ratio",
            "=(1-price_fall_per_year)*MAX(research_scale,tiny)^quality_elasticity",
            float(np.asarray(demand.price_multiple_per_year(v))),
        ),
        (
            "failed_run_lasts",
            t("Months over which a failed run is paid"),
            "month",
            "=MAX(failed_run_months,rounding)",
            max(float(np.asarray(v["failed_run_months"])), _ROUNDING),
        ),
        *(
            (
                f"{name}_arrives",
                t("Month of the money: {what}", what=assumption_label(f"{name}_usd")),
                "month",
                f"=-INT(-({formula}-rounding))",
                _arrives(v, *parts),
            )
            for name, formula, parts in (
                ("raise", "raise_delay_months", ("raise_delay_months",)),
                ("signed_funding", "signed_delay_months", ("signed_delay_months",)),
                (
                    "next_raise",
                    "next_raise_month+raise_delay_months",
                    ("next_raise_month", "raise_delay_months"),
                ),
            )
        ),
    )
    for name, label, unit, formula, value in rows:
        at += 1
        page.text(at, LABEL, label, "label")
        page.text(at, UNIT, unit_words(unit), "label")
        if formula:
            page.formula(at, TOTAL, formula, value, unit, name=name)
        else:
            page.value(at, TOTAL, value, unit, "frozen", name=name)
    return at + 2


def _arrives(v: Values, *names: str) -> float:
    months = sum(float(np.asarray(v[name])) for name in names)
    return float(np.ceil(months - _ROUNDING)) + 0.0


def _cash(timeline: Timeline, run: Run) -> None:
    v, flow, n = run.values, run.flow, run.horizon
    timeline.heading(t("Cash"))
    payable = flow.costs["research"] + flow.costs["serving"] + flow.costs["idle"]
    months = np.arange(n, dtype=np.float64)
    covered = np.where(months < _number(v, "cloud_credits_months"), payable, 0.0)
    to_date = np.cumsum(covered)
    timeline.write(
        "payable_to_date",
        t("Compute that credits could pay, to date"),
        "usd",
        "=IF({t}=0,0,{payable_to_date@-1})"
        "+IF({t}<cloud_credits_months,{research}+{serving}+{idle},0)",
        to_date,
    )
    used = np.minimum(to_date, _number(v, "cloud_credits_usd"))
    timeline.write(
        "credits_to_date",
        t("Credits used, to date"),
        "usd",
        "=MIN({payable_to_date},cloud_credits_usd)",
        used,
    )
    timeline.write(
        "credits",
        t("Paid by credits, which are no cash"),
        "usd",
        "={credits_to_date}-IF({t}=0,0,{credits_to_date@-1})",
        flow.credits_usd,
        total=True,
    )
    timeline.write(
        "burn",
        t("Burn: spent less credits and revenue"),
        "usd",
        "={spent}-{credits}-{revenue}",
        flow.burn_usd,
        total=True,
        key_row=True,
    )
    timeline.write(
        "inflow",
        t("Money of rounds"),
        "usd",
        "=IF(even_luck<raise_probability,raise_usd,0)*({t}=raise_arrives)"
        "+signed_funding_usd*({t}=signed_funding_arrives)"
        "+IF(even_luck<next_raise_probability,next_raise_usd,0)*({t}=next_raise_arrives)",
        rounds_usd(v, n),
        total=True,
    )
    timeline.write(
        "cash",
        t("Cash at the start of the month"),
        "usd",
        "=IF({t}=0,cash_usd,{cash@-1}-{burn@-1})+{inflow}",
        flow.cash_usd,
        key_row=True,
    )
    timeline.write(
        "below",
        t("Below zero"),
        "flag",
        "=IF({cash}<-rounding,1,0)",
        (flow.cash_usd < -_ROUNDING).astype(np.float64),
    )
    loses = flow.spent_usd > flow.revenue_usd
    timeline.write(
        "loses_to",
        t("Loses money up to the end of month"),
        "count",
        "=IF({spent}>{revenue},{t}+1,0)",
        np.where(loses, months + 1, 0.0),
    )
    timeline.write(
        "people_to_date",
        t("Spent on people before the month"),
        "usd",
        "=IF({t}=0,0,{people_to_date@-1}+{people@-1})",
        np.concatenate([[0.0], np.cumsum(flow.costs["people"])]),
    )
    counted = np.clip(_number(v, "months_to_proof") - months, 0.0, 1.0)
    timeline.write(
        "uncovered",
        t("Compute beyond what revenue covers, up to the planned proof"),
        "usd",
        "=({research}+MAX({serving}-{revenue},0)+{idle})*MIN(MAX(months_to_proof-{t},0),1)",
        _uncovered(flow) * counted,
    )


def _checked(flow: CashFlow) -> dict[str, float]:
    """Sums that the checks hold against the sheet."""
    return {
        "cash_after_a_year": float(flow.cash_usd[_YEAR]),
        "cash_at_the_end": float(flow.cash_usd[-1]),
        "revenue_of_year_1": float(flow.revenue_usd[:_YEAR].sum()),
        "spent_of_year_1": float(flow.spent_usd[:_YEAR].sum()),
        "spent": float(flow.spent_usd.sum()),
    }


def _uncovered(flow: CashFlow) -> Draws:
    serving = flow.costs["serving"]
    left: Draws = flow.costs["research"] + serving - np.minimum(serving, flow.revenue_usd)
    return left + flow.costs["idle"]


def _draws(timeline: Timeline, worlds: Run) -> None:
    timeline.heading(t("Cash in random draws, as computed"))
    ends = np.quantile(worlds.flow.cash_usd, _SHARES, axis=0)
    if ends.ndim == 1:
        ends = np.tile(worlds.flow.cash_usd, (3, 1))
    for key, label, row in zip(
        ("cash_p05", "cash_p50", "cash_p95"),
        (t("Low end, P05"), t("Median, P50"), t("High end, P95")),
        ends,
        strict=True,
    ):
        timeline.given(key, label, "usd", row)


def _chart(book: Book, page: Page, timeline: Timeline, row: int, horizon: int) -> None:
    chart = book.chart(
        "line",
        title=t("Cash by month"),
        x={"name": t("Months from today"), "label_position": "low", "interval_unit": 3},
        y={"name": t("US dollars"), "num_format": "#,##0"},
    )
    last = FIRST + min(MONTHS, horizon)
    for key, colour, dash, width in (
        ("cash", "#12324A", "solid", 2.5),
        ("cash_p05", "#C0504D", "dash", 1.25),
        ("cash_p50", "#7A8B99", "solid", 1.25),
        ("cash_p95", "#3E8E5A", "dash", 1.25),
    ):
        at = timeline.rows[key]
        chart.add_series(
            {
                "name": [SHEET, at, LABEL],
                "categories": [SHEET, timeline.rows["t"], FIRST, timeline.rows["t"], last],
                "values": [SHEET, at, FIRST, at, last],
                "line": {"color": colour, "width": width, "dash_type": dash},
            }
        )
    chart.set_size({"width": 900, "height": 340})
    page.sheet.insert_chart(row, 0, chart)


def _number(v: Values, name: str) -> float:
    return float(np.asarray(v[name]))
