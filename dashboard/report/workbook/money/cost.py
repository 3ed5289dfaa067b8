"""The sheet of the training run's bill."""

from typing import Final

from costmodel.money.training_cost import CostEstimate
from costmodel.uncertainty import Number, Percentiles
from dashboard.bill_terms import bill_line
from dashboard.findings import Evaluation
from dashboard.language import say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.money import table
from dashboard.report.workbook.money.table import Figure
from dashboard.report.workbook.subject import Subject
from dashboard.terms import finding_label, line_label, quantity_label, verdict_label

SHEET: Final = "Cost"
_LINES: Final = ("steps", "lost", "extras")


def write(book: Book, subject: Subject) -> None:
    """The bill in the middle of its assumptions, by formula, with the draws beside it."""
    page = book.pages[SHEET]
    cost, evaluation = subject.cost, subject.case.evaluation
    if cost is None or evaluation is None:
        page.title(t("Cost of the training run"), say(subject.why["cost"]))
        return
    row = page.title(
        t("Cost of the training run"),
        t("The final run alone: experiments, people and data are not in it."),
        table.frozen_note(),
    )
    table.heads(page, row)
    page.frame(row, 1)
    row = table.write(page, row + 1, _run(cost, evaluation))
    if cost.usd is not None:
        first = row + 1
        row = table.write(page, first, _bill(cost, evaluation))
        row = _chart(book, page, row + 1, first, cost)
    else:
        page.note(row + 1, t("The run has no price, so that no dollars are computed."))
        row += 3
    row = _programme(page, row, subject)
    _claims(page, row, evaluation)


def _run(cost: CostEstimate, evaluation: Evaluation) -> list[Figure]:
    drawn = evaluation.estimate
    efficiency = "efficiency*speedup" if "speedup" in cost.values else "efficiency"

    def figure(name: str, unit: str, formula: str, value: Number, of: Number | None) -> Figure:
        return Figure(
            name=name,
            label=_label(name),
            unit=unit,
            formula=formula,
            value=float(value),
            drawn=None if of is None else Percentiles.of(of),
            how=_how(name),
            key=name == "gpu_hours",
        )

    steps = cost.gpu_hours * cost.values["goodput"]
    return [
        figure(
            "model_flop", "flop", "=training_tokens*model_flop_per_token", cost.flop.model, None
        ),
        figure(
            "parameter_flop",
            "flop",
            "=training_tokens*parameter_flop_per_token",
            cost.flop.parameter,
            None,
        ),
        figure(
            "step_gpu_hours",
            "gpu_hour",
            f"=model_flop/(peak_flop_per_s*{efficiency})/seconds_per_hour",
            steps,
            None,
        ),
        figure("gpu_hours", "gpu_hour", "=step_gpu_hours/goodput", cost.gpu_hours, drawn.gpu_hours),
        figure(
            "wall_days",
            "day",
            "=gpu_hours/n_accelerators/hours_per_day",
            cost.wall_days,
            drawn.wall_days,
        ),
        figure("mfu", "fraction", f"={efficiency}*parameter_flop/model_flop", cost.mfu, drawn.mfu),
        figure(
            "kw_per_accelerator",
            "kw",
            "=board_power_w*server_power_ratio*mean_draw_share*pue/watts_per_kilowatt",
            cost.kw_per_accelerator,
            drawn.kw_per_accelerator,
        ),
        figure(
            "energy_kwh", "kwh", "=gpu_hours*kw_per_accelerator", cost.energy_kwh, drawn.energy_kwh
        ),
        figure(
            "kg_co2e", "kg_co2e", "=energy_kwh*carbon_kg_co2e_per_kwh", cost.kg_co2e, drawn.kg_co2e
        ),
    ]


def _bill(cost: CostEstimate, evaluation: Evaluation) -> list[Figure]:
    formulas = {
        "steps": "=step_gpu_hours*usd_per_gpu_hour",
        "lost": "=(gpu_hours-step_gpu_hours)*usd_per_gpu_hour",
        "extras": "=gpu_hours*usd_per_gpu_hour*extras_share",
    }
    drawn = evaluation.estimate
    assert cost.usd is not None
    assert drawn.usd is not None
    lines = [
        Figure(
            name=f"usd_{line}",
            label=line_label(line),
            unit="usd",
            formula=formulas[line],
            value=float(cost.lines[line]),
            drawn=Percentiles.of(drawn.lines[line]),
        )
        for line in _LINES
    ]
    whole = Figure(
        name="run_usd",
        label=quantity_label("usd"),
        unit="usd",
        formula="=usd_steps+usd_lost+usd_extras",
        value=float(cost.usd),
        drawn=Percentiles.of(drawn.usd),
        how=_how("usd"),
        key=True,
    )
    return [*lines, whole]


def _chart(book: Book, page: Page, row: int, first: int, cost: CostEstimate) -> int:
    chart = book.chart(
        "bar",
        subtype="stacked",
        title=t("The bill by line"),
        x={"name": t("US dollars"), "min": 0, "num_format": "#,##0"},
    )
    colours = ("#1F5A7A", "#D98E2B", "#7A8B99")
    for i, colour in enumerate(colours):
        chart.add_series(
            {
                "name": [SHEET, first + i, table.LABEL],
                "categories": [SHEET, first + len(colours), table.LABEL, first + len(colours),
                               table.LABEL],
                "values": [SHEET, first + i, table.VALUE, first + i, table.VALUE],
                "fill": {"color": colour},
                "gap": 60,
            }
        )  # fmt: skip
    chart.set_size({"width": 760, "height": 220})
    page.sheet.insert_chart(row, 0, chart)
    return row + 13


def _programme(page: Page, row: int, subject: Subject) -> int:
    """The R&D programme around the run, as drawn."""
    programme = subject.case.programme
    if programme is None:
        return row
    page.text(row, 0, t("The R&D programme around the run, as computed"), "group")
    for line, usd in programme.lines.items():
        row += 1
        spread = Percentiles.of(usd)
        page.text(row, table.LABEL, bill_line(line), "label")
        page.text(row, table.UNIT, t("US dollars"), "label")
        for column, end in (
            (table.P05, spread.p05),
            (table.P50, spread.p50),
            (table.P95, spread.p95),
        ):
            page.value(row, column, end, "usd", "frozen")
    return row + 2


def _claims(page: Page, row: int, evaluation: Evaluation) -> None:
    """Claims held against the draws."""
    if not evaluation.findings:
        return
    page.text(row, 0, t("Claims held against it, as computed"), "group")
    page.heads(
        row + 1,
        [
            t("Claim"),
            t("As the company states it"),
            t("Verdict"),
            t("Low end, P05"),
            t("Median, P50"),
            t("High end, P95"),
            t("Why"),
        ],
        numbers=(1, 3, 4, 5),
    )
    row += 2
    for one in evaluation.findings:
        page.text(row, 0, finding_label(one), "label")
        page.value(row, 1, one.stated, one.unit, "frozen")
        page.text(row, 2, verdict_label(one.verdict))
        if one.computed is not None:
            for column, end in (
                (3, one.computed.p05),
                (4, one.computed.p50),
                (5, one.computed.p95),
            ):
                page.value(row, column, end, one.unit, "frozen")
        page.text(row, 6, say(one.why))
        row += 1


def _label(name: str) -> str:
    own = {
        "model_flop": t("Model FLOP of the run"),
        "parameter_flop": t("Parameter FLOP of the run"),
        "step_gpu_hours": t("GPU-hours in steps that are kept"),
        "kw_per_accelerator": t("Average power of an accelerator at the meter"),
    }
    return own[name] if name in own else quantity_label(name)


def _how(name: str) -> str:
    return {
        "model_flop": t("tokens × model FLOP of a token"),
        "parameter_flop": t("tokens × parameter FLOP of a token"),
        "step_gpu_hours": t("model FLOP ÷ (peak × efficiency) ÷ seconds of an hour"),
        "gpu_hours": t("GPU-hours in steps ÷ goodput"),
        "wall_days": t("GPU-hours ÷ (accelerators × 24)"),
        "mfu": t("efficiency in the step × parameter FLOP ÷ model FLOP"),
        "kw_per_accelerator": t("board power × server ratio × average draw × PUE"),
        "energy_kwh": t("GPU-hours × power of an accelerator"),
        "kg_co2e": t("energy × carbon of the grid"),
        "usd": t("GPU-hours × price × (1 + storage and data transfer)"),
    }.get(name, "")
