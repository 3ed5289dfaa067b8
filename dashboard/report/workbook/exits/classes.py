"""Classes of shares, and how an exit is shared among them step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.venture.demand import Values
from costmodel.venture.inputs import N_LATER, Seniority
from costmodel.venture.returns import waterfall
from costmodel.venture.returns.exits import Returns
from dashboard.language import t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.exits.returns import SHEET as RETURNS
from dashboard.report.workbook.exits.returns import Path
from dashboard.report.workbook.exits.steps import steps_of

_N: Final = N_LATER + 2
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


def at_exit(found: Returns, v: Values, *, participating: bool) -> Classes:
    """The classes at the exit of the plan, later rounds included."""
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


def today(v: Values, *, participating: bool) -> Classes:
    """The classes as they stand before any later round."""
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


def _of(share: Sequence[float], preference: Sequence[float], *, participating: bool) -> Classes:
    threshold = tuple(
        _ENDLESS if participating else p / s if s > 0 else _ENDLESS if p > 0 else 0.0
        for s, p in zip(share, preference, strict=True)
    )
    return Classes(share=tuple(share), preference=tuple(preference), threshold=threshold)


def split_of(exit_usd: float, of: Classes, *, participating: bool, seniority: Seniority) -> Split:
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
        waterfall.ShareClass(name=str(i), share=s, preference_usd=p, participating=participating)
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


def write_classes(
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


def _number(value: object) -> float:
    return float(np.asarray(value, dtype=np.float64))
