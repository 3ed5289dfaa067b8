"""The sheet of the waterfall: who gets what of an exit, by its value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.venture.demand import Values
from costmodel.venture.inputs import N_LATER, Seniority
from costmodel.venture.returns import outcomes, waterfall
from costmodel.venture.returns.exits import Returns
from dashboard.language import say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.money.returns import Path, steps_of
from dashboard.report.workbook.money.returns import SHEET as RETURNS
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
_ENDLESS: Final = 1e300
_HAIR: Final = 1e-12
_TINY: Final = 1e-300
_MOST_SOLD: Final = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Preferred shares, oldest first: part of all shares, preference, preference per share."""

    share: tuple[float, ...]
    preference: tuple[float, ...]
    threshold: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How one exit is shared, step by step; see the columns of the sheet."""

    gains: tuple[float, ...]
    limit: float
    claimed: tuple[float, ...]
    paid: tuple[float, ...]
    per_share: float
    amounts: tuple[float, ...]
    common: float


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
    at_exit = _at_exit(found, v, participating=participating)
    today = _today(v, participating=participating)
    tables = _classes(book, page, row, path, at_exit, today, v)
    row += _N + 5
    head = row
    _heads(page, head)
    asked = _asked(found, v)
    for one in asked:
        row += 1
        of, at = (today, tables[1]) if one.today else (at_exit, tables[0])
        split = _split(one.value, of, participating=participating, seniority=switches.seniority)
        _row(page, row, one, split, at)
        _ours(page, row, one, found, v, split, path)
    _chart(book, page, row + 2, head + len(asked) - len(_CURVE) + 1, row)
    page.frame(head, 1)
    page.width(0, 34)
    page.sheet.set_column(_GAINS, _PER_SHARE, 14, None, {"level": 1, "hidden": True})
    for column in range(_GAINS, _PER_SHARE + 1):
        page.widths.pop(column, None)
    page.one_page = True


def _at_exit(found: Returns, v: Values, *, participating: bool) -> Classes:
    size = max(_number(v["raise_usd"]), _number(v["investment_usd"]))
    sold = min(size / _number(v["post_money_usd"]), _MOST_SOLD)
    retention, multiple = _number(found.dilution.retention), _number(v["preference_multiple"])
    earlier = _number(v["earlier_preferences_usd"])
    held = _number(v["earlier_share"]) * (1 - sold) if earlier > 0 else 0.0
    steps = steps_of(found, v)
    dilutions = [_number(v[f"later_dilution_{i}"]) for i in range(1, N_LATER + 1)]
    return _of(
        (held * retention, sold * retention,
         *(d * s.left * s.active for d, s in zip(dilutions, steps, strict=True))),
        (earlier, multiple * size, *(multiple * s.size for s in steps)),
        participating=participating,
    )  # fmt: skip


def _today(v: Values, *, participating: bool) -> Classes:
    size = max(_number(v["raise_usd"]), _number(v["investment_usd"]))
    sold = min(size / _number(v["post_money_usd"]), _MOST_SOLD)
    earlier = _number(v["earlier_preferences_usd"])
    held = _number(v["earlier_share"]) * (1 - sold) if earlier > 0 else 0.0
    none = (0.0,) * N_LATER
    return _of(
        (held, sold, *none),
        (earlier, _number(v["preference_multiple"]) * size, *none),
        participating=participating,
    )


def _of(
    share: Sequence[float], preference: Sequence[float], *, participating: bool
) -> Classes:
    threshold = tuple(
        _ENDLESS if participating else p / s if s > 0 else _ENDLESS if p > 0 else 0.0
        for s, p in zip(share, preference, strict=True)
    )
    return Classes(share=tuple(share), preference=tuple(preference), threshold=threshold)


def _split(
    exit_usd: float, of: Classes, *, participating: bool, seniority: Seniority
) -> Split:
    """Who gets what, with the amounts of the cost model's own waterfall."""
    in_rest = max(1 - sum(of.share), 0.0)
    gains = []
    for at in of.threshold:
        others = sum(p for p, k in zip(of.preference, of.threshold, strict=True) if k > at)
        shares = sum(s for s, k in zip(of.share, of.threshold, strict=True) if k <= at)
        left = max(exit_usd - others, 0.0) / max(in_rest + shares, _TINY)
        gains.append(at if at < _ENDLESS and left >= at * (1 - _HAIR) else -1.0)
    limit = max(gains)
    claimed = tuple(
        0.0 if k <= limit else p for p, k in zip(of.preference, of.threshold, strict=True)
    )
    if seniority == "equal":
        part = min(exit_usd, sum(claimed)) / max(sum(claimed), _TINY)
        paid = tuple(c * part for c in claimed)
    else:
        paid = tuple(
            min(max(exit_usd - sum(claimed[i + 1 :]), 0.0), c) for i, c in enumerate(claimed)
        )
    taking = sum(
        s for s, k in zip(of.share, of.threshold, strict=True) if participating or k <= limit
    )
    per_share = max(exit_usd - sum(paid), 0.0) / max(in_rest + taking, _TINY)
    classes = [
        waterfall.ShareClass(
            name=str(i), share=s, preference_usd=p, participating=participating
        )
        for i, (s, p) in enumerate(zip(of.share, of.preference, strict=True))
    ]
    amounts = waterfall.waterfall(exit_usd, classes, seniority=seniority)
    return Split(
        gains=tuple(gains),
        limit=limit,
        claimed=claimed,
        paid=paid,
        per_share=per_share,
        amounts=tuple(_number(a) for a in amounts),
        common=per_share * in_rest,
    )


def _classes(
    book: Book,
    page: Page,
    row: int,
    path: Path,
    at_exit: Classes,
    today: Classes,
    v: Values,
) -> tuple[int, int]:
    """The table of classes; gives the columns of the shares at the exit and today."""
    page.heads(
        row,
        [
            t("Class of shares"),
            t("Share of all at the exit"),
            t("Preference, US dollars"),
            t("Preference per share"),
            t("Share of all today"),
            t("Preference today, US dollars"),
            t("Preference per share today"),
        ],
        numbers=(1, 2, 3, 4, 5, 6),
    )
    later = [f"{RETURNS}!${{column}}${path.first + i + 1}" for i in range(N_LATER)]
    held = "IF(earlier_preferences_usd>0,earlier_share,0)*(1-sold_now)"
    shares = [
        f"={held}*retention",
        "=sold_now*retention",
        *(
            f"={at.format(column='C')}*later_dilution_{i}*{at.format(column='H')}"
            for i, at in enumerate(later, start=1)
        ),
    ]
    preferences = [
        "=earlier_preferences_usd",
        "=preference_multiple*size_now",
        *(f"=preference_multiple*{at.format(column='E')}" for at in later),
    ]
    labels = [
        t("Earlier rounds"),
        t("This round"),
        *(t("Later round {n}", n=i) for i in range(1, N_LATER + 1)),
    ]
    now = [f"={held}", "=sold_now"], ["=earlier_preferences_usd", "=preference_multiple*size_now"]
    for i, label in enumerate(labels):
        at = row + 1 + i
        page.text(at, 0, label, "label")
        for first, of, share, preference in (
            (1, at_exit, shares[i], preferences[i]),
            (4, today, now[0][i] if i < 2 else "", now[1][i] if i < 2 else ""),
        ):
            for column, formula, value, unit in (
                (first, share, of.share[i], "fraction"),
                (first + 1, preference, of.preference[i], "usd"),
            ):
                if formula:
                    page.formula(at, column, formula, value, unit)
                else:
                    page.value(at, column, 0, unit, "frozen")
            s, p = page.at(at, first), page.at(at, first + 1)
            page.formula(
                at,
                first + 2,
                f"=IF(participating=1,endless,IF({s}>0,{p}/{s},IF({p}>0,endless,0)))",
                of.threshold[i],
                "usd",
            )
    size = max(_number(v["raise_usd"]), _number(v["investment_usd"]))
    at = row + _N + 1
    page.text(at, 0, t("Size of this round"), "label")
    page.formula(at, 2, "=MAX(raise_usd,investment_usd)", size, "usd", name="size_now")
    page.text(at + 1, 0, t("Share that this round sells"), "label")
    sold = min(size / _number(v["post_money_usd"]), _MOST_SOLD)
    page.formula(
        at + 1, 1, "=MIN(size_now/post_money_usd,most_sold)", sold, "fraction", name="sold_now"
    )
    for name, first in (("cap", 1), ("today", 4)):
        for what, column in (("share", first), ("preference", first + 1),
                             ("threshold", first + 2)):  # fmt: skip
            span = page.span((row + 1, column), (row + _N, column))
            book.define_range(f"{name}_{what}", span)
    return row + 1, -(row + 1)


def _heads(page: Page, row: int) -> None:
    numbers = [t("{n}", n=i) for i in range(1, _N + 1)]
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
    page.formula(
        row, _COMMON, f"={per_share}*MAX(1-SUM({prefix}_share),0)", split.common, "usd"
    )


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
