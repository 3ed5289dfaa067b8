"""The sheet of returns: exit, dilution, five cases, expected multiple and rate."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.uncertainty import Percentiles
from costmodel.venture.demand import Values
from costmodel.venture.inputs import N_LATER
from costmodel.venture.returns import exits
from costmodel.venture.returns.exits import Returns
from dashboard.language import say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.exits.steps import steps_of
from dashboard.report.workbook.inputs.scenario import step_to_exit
from dashboard.report.workbook.money import table
from dashboard.report.workbook.money.table import Figure
from dashboard.report.workbook.subject import Subject
from dashboard.report.workbook.venture.timeline import Timeline
from dashboard.terms import assumption_label
from dashboard.venture.answering import Answer
from dashboard.venture.figures import LABELS, figures

SHEET: Final = "Returns"
_MONTHS: Final = 12
_LONGEST: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Where the path of the share stands: the row of its first later round, and the row after
    everything that is written so far.
    """

    first: int
    after: int


def write(book: Book, subject: Subject, timeline: Timeline | None) -> Path | None:
    """The exit and the path of the share to it; the cases follow once the waterfall stands.
    ``None`` where no exit is valued.
    """
    page, found, answer = book.pages[SHEET], subject.returns, subject.answer
    if found is None or answer is None or timeline is None:
        page.title(t("Returns"), say(subject.why["returns"]))
        return None
    row = page.title(
        t("Returns"),
        t("The exit if the plan comes about, then five cases with the odds that the score moves."),
        table.frozen_note(),
    )
    table.heads(page, row)
    page.frame(row, 1)
    page.one_page = True
    v = subject.run.values if subject.run else {}
    row = table.write(page, row + 1, _exit(found, v, timeline, answer))
    first = row + 4
    row = _path(book, page, row + 1, found, v)
    row = table.write(page, row + 1, _kept(found, v, answer))
    return Path(first=first, after=row)


def _exit(found: Returns, v: Values, timeline: Timeline, answer: Answer) -> list[Figure]:
    months = timeline.span("t", 0, _LONGEST)
    revenue, cost = timeline.span("revenue"), timeline.span("cost_of_revenue")
    year = f"({months}>=exit_month-12)*({months}<exit_month)"
    at = float(np.clip(np.round(_number(v["holding_years"]) * _MONTHS), _MONTHS, _LONGEST))
    multiple = _number(v["exit_multiple"])
    switches = answer.inputs.switches
    margin = _number(found.margin)
    used = multiple
    if switches.margin_in_multiple:
        used = multiple * float(np.clip(margin, 0.0, 1.0)) / exits.reference_margin()
    twelve = _number(found.revenue_usd)
    drawn = figures(answer.inputs, answer.result)
    return [
        Figure(
            name="exit_month",
            label=t("Month of the exit"),
            unit="count",
            formula="=MIN(MAX(ROUND(holding_years*12,0),12),longest_to_exit)",
            value=at,
        ),
        Figure(
            name="exit_revenue_usd",
            label=t("Revenue of the twelve months before the exit"),
            unit="usd",
            formula=f"=SUMPRODUCT({year}*{revenue})",
            value=twelve,
        ),
        Figure(
            name="exit_cost_usd",
            label=t("Cost of that revenue"),
            unit="usd",
            formula=f"=SUMPRODUCT({year}*{cost})",
            value=twelve * (1 - margin) if twelve > 0 else 0.0,
        ),
        Figure(
            name="exit_margin",
            label=t("Gross margin of that year"),
            unit="fraction",
            formula="=IF(exit_revenue_usd>0,1-exit_cost_usd/exit_revenue_usd,0)",
            value=margin,
        ),
        Figure(
            name="multiple_used",
            label=t("Multiple of revenue that is paid"),
            unit="ratio",
            formula=(
                "=exit_multiple*IF(margin_in_multiple=1,MIN(MAX(exit_margin,0),1)"
                "/reference_margin,1)"
            ),
            value=used,
        ),
        Figure(
            name="exit_usd",
            label=t(LABELS["exit_usd"]),
            unit="usd",
            formula=("=MAX(multiple_used*exit_revenue_usd+cash_at_exit_usd-debt_at_exit_usd,0)"),
            value=_number(found.exit_usd),
            drawn=drawn["exit_usd"].as_percentiles(),
            how=t("multiple × revenue of twelve months + cash − debt"),
            key=True,
        ),
    ]


def _path(book: Book, page: Page, row: int, found: Returns, v: Values) -> int:
    """The share through the later rounds, one row each; gives the row of the last."""
    page.text(row, 0, t("The share on its way to the exit"), "group")
    page.heads(
        row + 1,
        [
            t("Round"),
            t("Our share after it"),
            t("Takes place"),
            t("Value after the round, US dollars"),
            t("Size, US dollars"),
            t("Part of it that we buy"),
            t("Paid for it, US dollars"),
            t("Kept of its shares to the exit"),
            t("Which round it is"),
        ],
        numbers=(1, 2, 3, 4, 5, 6, 7, 8),
    )
    row += 2
    bought, post = _number(found.dilution.bought), _number(v["post_money_usd"])
    page.text(row, 0, t("This round"), "label")
    page.formula(row, 1, "=investment_usd/post_money_usd", bought, "fraction", name="bought_share")
    page.formula(row, 3, "=post_money_usd", post, "usd")
    steps = steps_of(found, v)
    order = np.cumsum([step.active for step in steps])
    for i, step in enumerate(steps, start=1):
        row += 1
        sold, pool, r = f"later_dilution_{i}", f"later_pool_{i}", row + 1
        page.text(row, 0, assumption_label(sold), "label")
        page.formula(row, 2, f"=IF(OR({sold}>0,{pool}>0),1,0)", step.active, "flag")
        page.formula(
            row, 3, f"=IF($C{r}=1,$D{r - 1}*step_up/(1-{sold}),$D{r - 1})", step.post, "usd"
        )
        page.formula(row, 4, f"=IF($C{r}=1,{sold}*$D{r},0)", step.size, "usd")
        page.formula(row, 5, f"=pro_rata_share*$B{r - 1}", step.part, "fraction")
        page.formula(
            row,
            1,
            f"=IF($C{r}=1,$B{r - 1}*(1-{sold})*(1-{pool})+$F{r}*{sold},$B{r - 1})",
            step.owned,
            "fraction",
            name="owned_at_exit" if i == N_LATER else "",
        )
        page.formula(row, 6, f"=$E{r}*$F{r}", step.cost, "usd")
        later = "".join(
            f"*(1-later_dilution_{k})*(1-later_pool_{k})" for k in range(i + 1, N_LATER + 1)
        )
        page.formula(row, 7, f"=1{later}", step.left, "fraction")
        top = row - i + 2
        which = float(order[i - 1]) * step.active
        page.formula(row, 8, f"=SUM($C${top}:$C{r})*$C{r}", which, "count")
    first = row - N_LATER + 1
    for name, column in (
        ("later_active", 2), ("later_size", 4), ("later_part", 5), ("later_cost", 6),
        ("later_left", 7),
        ("later_which", 8),
    ):  # fmt: skip
        book.define_range(name, page.span((first, column), (row, column)))
    return row


def _kept(found: Returns, v: Values, answer: Answer) -> list[Figure]:
    sold = "*".join(f"(1-later_dilution_{i})" for i in range(1, N_LATER + 1))
    pool = "*".join(f"(1-later_pool_{i})" for i in range(1, N_LATER + 1))
    rounds = "+".join(f"(later_dilution_{i}>0)" for i in range(1, N_LATER + 1))
    n = sum(_number(v[f"later_dilution_{i}"]) > 0 for i in range(1, N_LATER + 1))
    kept = float(np.prod([1 - _number(v[f"later_dilution_{i}"]) for i in range(1, N_LATER + 1)]))
    drawn = figures(answer.inputs, answer.result)
    target = _number(v["target_moic"])
    investment, owned = _number(v["investment_usd"]), _number(found.dilution.owned_at_exit)
    retention, exit_usd = _number(found.dilution.retention), _number(found.exit_usd)

    def spread(name: str) -> Percentiles | None:
        return drawn[name].as_percentiles() if name in drawn else None

    return [
        Figure(
            name="rounds_to_exit",
            label=t("Later rounds that sell shares"),
            unit="count",
            formula=f"={rounds}",
            value=n,
        ),
        Figure(
            name="kept_by_sales",
            label=t("Kept of a share after their sales, pools left out"),
            unit="fraction",
            formula=f"={sold}",
            value=kept,
        ),
        Figure(
            name="step_to_exit",
            label=t("Step from round to round that leads to the exit"),
            unit="ratio",
            formula=(
                "=MAX(exit_usd*kept_by_sales/post_money_usd,one_millionth)^(1/(rounds_to_exit+1))"
            ),
            value=step_to_exit(v, found),
        ),
        Figure(
            name="retention",
            label=t("Kept of a share of this round at the exit"),
            unit="fraction",
            formula=f"={sold}*{pool}",
            value=retention,
        ),
        Figure(
            name="paid_usd",
            label=t("Paid in all, later rounds included"),
            unit="usd",
            formula="=investment_usd+SUM(later_cost)",
            value=_number(found.paid_usd),
        ),
        Figure(
            name="required_exit_usd",
            label=t(LABELS["required_exit_usd"]),
            unit="usd",
            formula="=target_moic*investment_usd/owned_at_exit",
            value=_number(
                exits.required_exit_usd(target_moic=target, investment_usd=investment, owned=owned)
            ),
            drawn=spread("required_exit_usd"),
            how=t("target multiple × investment ÷ our share at the exit"),
        ),
        Figure(
            name="most_post_money_usd",
            label=t(LABELS["most_post_money_usd"]),
            unit="usd",
            formula="=exit_usd*retention/target_moic",
            value=_number(
                exits.most_post_money_usd(
                    exit_usd=exit_usd, retention=retention, target_moic=target
                )
            ),
            how=t("exit × what a share keeps ÷ target multiple"),
        ),
    ]


def _number(value: object) -> float:
    return float(np.asarray(value, dtype=np.float64))
