"""The sheet of the waterfall: who gets what of an exit, by its value."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.venture.demand import Values
from costmodel.venture.inputs import N_LATER
from costmodel.venture.returns import outcomes
from costmodel.venture.returns.exits import Returns
from dashboard.language import say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.exits import classes
from dashboard.report.workbook.exits.classes import Split
from dashboard.report.workbook.exits.returns import SHEET as RETURNS
from dashboard.report.workbook.exits.returns import Path
from dashboard.report.workbook.exits.steps import steps_of
from dashboard.report.workbook.subject import Subject
from dashboard.spreadsheet.sheet import letters
from dashboard.venture_names import CASES

SHEET: Final = "Waterfall"
_N: Final = N_LATER + 2
#: Columns of a row: what it is of, the exit, our part, then one block for each step.
_EXIT: Final = 1
_OURS: Final = 2
_MULTIPLE: Final = 3
_GAINS: Final = 4
_LIMIT: Final = _GAINS + _N
_CLAIMED: Final = _LIMIT + 1
_PAID: Final = _CLAIMED + _N
_PER_SHARE: Final = _PAID + _N
_AMOUNT: Final = _PER_SHARE + 1
_COMMON: Final = _AMOUNT + _N
#: Exit values of the curve, over the value after the round.
_CURVE: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An exit of the sheet: its name, its formula and value, and whose classes share it."""

    name: str
    label: str
    formula: str
    value: float
    today: bool = False
    factor: float | None = None


def write(book: Book, subject: Subject, path: Path | None) -> None:
    """The classes of shares, then every exit that the cases and the curve ask for."""
    page, found, run = book.pages[SHEET], subject.returns, subject.run
    if found is None or run is None or path is None:
        page.title(t("Waterfall"), say(subject.why["returns"]))
        return
    v, switches = run.values, run.inputs.switches
    row = page.title(
        t("Waterfall"),
        t(
            "Preferences come first, the newest round's before the others unless all share by "
            "size; a class converts where its share of what the others leave is worth more. The "
            "class with the lowest preference per share converts first."
        ),
    )
    participating = switches.participating
    whole = classes.at_exit(found, v, participating=participating)
    now = classes.today(v, participating=participating)
    tables = classes.write_classes(book, page, row, path, whole, now, v)
    row += _N + 5
    head = row
    _heads(page, head)
    asked = _asked(found, v)
    for one in asked:
        row += 1
        of, at = (now, tables[1]) if one.today else (whole, tables[0])
        split = classes.split_of(
            one.value, of, participating=participating, seniority=switches.seniority
        )
        _row(page, row, one, split, at)
        _ours(page, row, one, found, v, split, path)
    _chart(book, page, row + 2, head + len(asked) - len(_CURVE) + 1, row)
    page.frame(head, 1, rows=False)
    page.width(0, 34)
    page.hide(_GAINS, _PER_SHARE, 14)
    page.one_page = True


def _heads(page: Page, row: int) -> None:
    numbers = range(1, _N + 1)
    heads = [t("Exit"), t("Value of the exit, US dollars"), t("Our part, US dollars"),
             t("Multiple of what was paid")]  # fmt: skip
    heads += [t("Converts at, class {n}", n=n) for n in numbers]
    heads += [t("Classes convert up to")]
    heads += [t("Preference asked, class {n}", n=n) for n in numbers]
    heads += [t("Preference paid, class {n}", n=n) for n in numbers]
    heads += [t("Left for a whole of the shares")]
    heads += [t("Gets in all, class {n}", n=n) for n in numbers]
    heads += [t("Common shares")]
    page.heads(row, heads, numbers=range(1, len(heads)))


def _asked(found: Returns, v: Values) -> list[_Asked]:
    exit_usd = _number(found.exit_usd)
    moic = {c.name: c.moic for c in outcomes.historical_cases()}
    asked = [_Asked(name="plan", label=t("The plan's exit"), formula="=exit_usd", value=exit_usd)]
    asked += [
        _Asked(
            name=name,
            label=t(CASES[name]),
            formula=f"=exit_usd*history_moic_{name}/history_moic_base",
            value=exit_usd * moic[name] / moic["base"],
        )
        for name in ("base", "good", "outlier")
    ]
    size = max(_number(v["raise_usd"]), _number(v["investment_usd"]))
    asked.append(
        _Asked(
            name="acquihire",
            label=t(CASES["acquihire"]),
            formula="=history_moic_acquihire*(size_now+earlier_preferences_usd)",
            value=moic["acquihire"] * (size + _number(v["earlier_preferences_usd"])),
            today=True,
        )
    )
    post = _number(v["post_money_usd"])
    asked += [_Asked(name="", label="", formula="", value=post * k, factor=k) for k in _CURVE]
    return asked


def _row(page: Page, row: int, one: _Asked, split: Split, table: int) -> None:
    """One exit through all steps; ``table`` is the first row of its classes, below zero for
    those of today.
    """
    first, offset = abs(table), 1 if table > 0 else 4
    prefix = "cap" if table > 0 else "today"
    r = row + 1
    if one.formula:
        page.text(row, 0, one.label, "label")
        page.formula(row, _EXIT, one.formula, one.value, "usd")
    else:
        page.value(row, 0, one.factor, "ratio", "input")
        page.formula(row, _EXIT, f"=$A{r}*post_money_usd", one.value, "usd")
    e = f"$B{r}"
    cell = [
        (page.at(first + i, offset), page.at(first + i, offset + 1), page.at(first + i, offset + 2))
        for i in range(_N)
    ]
    for i, (_, _, k) in enumerate(cell):
        others = f"SUMPRODUCT(({prefix}_threshold>{k})*{prefix}_preference)"
        shares = f"SUMPRODUCT(({prefix}_threshold<={k})*{prefix}_share)"
        formula = (
            f"=IF({k}<endless,IF(MAX({e}-{others},0)"
            f"/MAX(MAX(1-SUM({prefix}_share),0)+{shares},tiny)>={k}*(1-hair),{k},-1),-1)"
        )
        page.formula(row, _GAINS + i, formula, split.gains[i], "usd")
    gains = f"${letters(_GAINS)}{r}:${letters(_GAINS + _N - 1)}{r}"
    page.formula(row, _LIMIT, f"=MAX({gains})", split.limit, "usd")
    limit = f"${letters(_LIMIT)}{r}"
    claimed = [f"${letters(_CLAIMED + i)}{r}" for i in range(_N)]
    asked = f"SUM({claimed[0]}:{claimed[-1]})"
    for i, (_, p, k) in enumerate(cell):
        page.formula(row, _CLAIMED + i, f"=IF({k}<={limit},0,{p})", split.claimed[i], "usd")
        newer = f"SUM({claimed[i + 1]}:{claimed[-1]})" if i + 1 < _N else "0"
        formula = (
            f'=IF(seniority="equal",{claimed[i]}*MIN({e},{asked})/MAX({asked},tiny),'
            f"MIN(MAX({e}-{newer},0),{claimed[i]}))"
        )
        page.formula(row, _PAID + i, formula, split.paid[i], "usd")
    paid = f"SUM(${letters(_PAID)}{r}:${letters(_PAID + _N - 1)}{r})"
    taking = (
        f"IF(participating=1,SUM({prefix}_share),"
        f"SUMPRODUCT(({prefix}_threshold<={limit})*{prefix}_share))"
    )
    page.formula(
        row,
        _PER_SHARE,
        f"=MAX({e}-{paid},0)/MAX(MAX(1-SUM({prefix}_share),0)+{taking},tiny)",
        split.per_share,
        "usd",
    )
    per_share = f"${letters(_PER_SHARE)}{r}"
    for i, (s, _, k) in enumerate(cell):
        page.formula(
            row,
            _AMOUNT + i,
            f"=${letters(_PAID + i)}{r}+IF(OR(participating=1,{k}<={limit}),{s},0)*{per_share}",
            split.amounts[i],
            "usd",
        )
    page.formula(row, _COMMON, f"={per_share}*MAX(1-SUM({prefix}_share),0)", split.common, "usd")


def _ours(
    page: Page, row: int, one: _Asked, found: Returns, v: Values, split: Split, path: Path
) -> None:
    """Our part of the exit: of this round, and of what was bought in later ones."""
    r, investment = row + 1, _number(v["investment_usd"])
    size = max(_number(v["raise_usd"]), investment)
    ours = split.amounts[1] * investment / size
    formula = f"=${letters(_AMOUNT + 1)}{r}*investment_usd/size_now"
    paid, paid_name = investment, "investment_usd"
    if not one.today:
        for i, step in enumerate(steps_of(found, v)):
            formula += f"+${letters(_AMOUNT + 2 + i)}{r}*{RETURNS}!$F${path.first + i + 1}"
            ours += split.amounts[2 + i] * step.part * step.active
        paid, paid_name = _number(found.paid_usd), "paid_usd"
    if one.name == "plan":
        ours = _number(found.proceeds_usd)
    name = f"proceeds_{one.name}_usd" if one.name else ""
    page.formula(row, _OURS, formula, ours, "usd", "key" if name else "formula", name=name)
    moic = f"own_moic_{one.name}" if one.name else ""
    page.formula(row, _MULTIPLE, f"=$C{r}/{paid_name}", ours / paid, "ratio", name=moic)


def _chart(book: Book, page: Page, row: int, first: int, last: int) -> None:
    chart = book.chart(
        "scatter",
        subtype="straight_with_markers",
        title=t("Our part by the value of the exit"),
        x={"name": t("Value of the exit, US dollars"), "num_format": "#,##0", "min": 0},
        y={"name": t("Our part, US dollars"), "num_format": "#,##0", "min": 0},
    )
    chart.add_series(
        {
            "name": t("Our part, US dollars"),
            "categories": [SHEET, first, _EXIT, last, _EXIT],
            "values": [SHEET, first, _OURS, last, _OURS],
            "line": {"color": "#1F5A7A", "width": 2},
            "marker": {"type": "circle", "size": 5, "fill": {"color": "#1F5A7A"}},
        }
    )
    chart.set_legend({"none": True})
    page.sheet.insert_chart(row, 0, chart)


def _number(value: object) -> float:
    return float(np.asarray(value, dtype=np.float64))
