"""The sheet of scenarios: the deal's own by formula, and all of them as they were drawn."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from costmodel.venture import economics
from costmodel.venture.scenario import YEAR_3, Run
from dashboard.language import interval, say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import Value, clean, unit_words
from dashboard.report.workbook.money import table
from dashboard.report.workbook.subject import Subject
from dashboard.report.workbook.venture.timeline import Timeline
from dashboard.scenario_output import warnings
from dashboard.terms import assumption_label
from dashboard.venture.answering import Named, column_names
from dashboard.venture.figures import LABELS, Figure, figures
from dashboard.venture_names import CARDS

SHEET: Final = "Scenarios"
_LABEL: Final = 0
_UNIT: Final = 1
_LIVE: Final = 2
_FIRST: Final = 3
_YEAR: Final = 12


def write(book: Book, subject: Subject, timeline: Timeline | None) -> None:
    """What comes of the scenarios, side by side."""
    page, run = book.pages[SHEET], subject.run
    if run is None or timeline is None:
        page.title(t("Scenarios"), say(subject.why["scenario"]))
        return
    found = subject.case.scenarios
    row = page.title(
        t("Scenarios"),
        t(
            "The third column follows the inputs: the deal as it states itself, everything in the "
            "middle. The others hold each scenario in random draws."
        ),
        table.frozen_note(),
    )
    names = column_names(found)
    for i, name in enumerate(names):
        at = _FIRST + 3 * i
        page.sheet.merge_range(row, at, row, at + 2, "", book.style("head"))
        page.sheet.write_string(row, at, clean(name), book.style("head"))
    row += 1
    heads = [t("Figure"), t("Unit"), t("In the middle of the inputs")]
    heads += ["P05", "P50", "P95"] * len(names)
    page.heads(row, heads, numbers=range(2, len(heads)))
    page.frame(row, 1)
    page.one_page = True
    row = _figures(page, row + 1, subject, run, timeline)
    row = _differences(page, row + 1, found, names)
    page.text(row, 0, t("What had to be assumed"), "group")
    for i, message in enumerate(warnings(found[0].answer), start=1):
        page.note(row + i, say(message))
    row += len(warnings(found[0].answer)) + 2
    _chart(book, page, row, names, found)
    page.width(_LABEL, 42)
    page.width(_UNIT, 16)


def _figures(page: Page, row: int, subject: Subject, run: Run, timeline: Timeline) -> int:
    drawn = [figures(one.answer.inputs, one.answer.result) for one in subject.case.scenarios]
    live = _live(run, timeline, drawn[0])
    for name, label in LABELS.items():
        known = [of for of in drawn if name in of]
        if name not in live and not known:
            continue
        unit = known[0][name].unit if known else "ratio"
        page.text(row, _LABEL, t(label), "label")
        page.text(row, _UNIT, unit_words(unit), "label")
        if name in live:
            formula, value, named = live[name]
            page.formula(row, _LIVE, formula, value, unit, "key", name=named)
        for i, of in enumerate(drawn):
            if name in of:
                _ends(page, row, _FIRST + 3 * i, of[name])
        row += 1
    rest = (
        ("lasts_to_proof", t("Cash lasts to the proof, in the middle"), "flag"),
        ("lasts_to_round", t("Cash lasts until a round has closed, in the middle"), "flag"),
    )
    for name, label, unit in rest:
        formula, value, named = live[name]
        page.text(row, _LABEL, label, "label")
        page.text(row, _UNIT, unit_words(unit), "label")
        page.formula(row, _LIVE, formula, value, unit, name=named)
        row += 1
    return row


def _ends(page: Page, row: int, column: int, one: Figure) -> None:
    certain = one.name in ("p_cash_lasts_to_proof", "p_cash_lasts_to_round", "moic_expected",
                           "irr_expected", "most_post_money_usd")  # fmt: skip
    for k, end in enumerate((one.p05, one.p50, one.p95)):
        if certain and k != 1:
            continue
        if math.isfinite(end):
            page.value(row, column + k, end, one.unit, "frozen")
        else:
            page.text(row, column + k, t("never"), "frozen")


def _live(
    run: Run, timeline: Timeline, drawn: Mapping[str, Figure]
) -> dict[str, tuple[str, Value, str]]:
    """Formula, value and name of each figure that follows the inputs."""
    at, span = timeline.at, timeline.span
    none, never = _quoted(t("none")), _quoted(t("never"))
    v = run.values
    found: dict[str, tuple[str, Value]] = {
        "runway_months": (
            f"=IFERROR(MATCH(1,{span('below')},0)-1,horizon_months)",
            _number(run.runway_months),
        ),
        "proof_months": (
            (
                "=months_to_proof*(1+past_slip)*MAX(research_scale,one_millionth)^(-proof_elasticity)"
                "+failed_runs*failed_run_months+extra_proof_months+cutoff_months+migration_months"
            ),
            _number(run.proof_months),
        ),
        "spare_months": ("=runway_months-proof_months-months_to_close", _number(run.spare_months)),
        "break_even_month": (
            f"=IF(MAX({span('loses_to')})<horizon_months,MAX({span('loses_to')}),{none})",
            _or_word(run.break_even_month, t("none")),
        ),
        "burn_multiple": (
            (
                f"=IF(SUM({span('burn', 0, _YEAR)})<=0,0,"
                f"IF({at('repeating', _YEAR)}>{at('repeating', 0)},SUM({span('burn', 0, _YEAR)})"
                f"/(({at('repeating', _YEAR)}-{at('repeating', 0)})*12),{none}))"
            ),
            _or_word(economics.burn_multiple(run.flow), t("none")),
        ),
        "year_3_margin": (
            (
                f"=IF(SUM({span('revenue', *YEAR_3)})>0,"
                f"1-SUM({span('cost_of_revenue', *YEAR_3)})/SUM({span('revenue', *YEAR_3)}),{none})"
            ),
            _or_word(run.year_3_margin, t("none")),
        ),
        **{
            name: (
                (
                    f"=IF(AND(SUMPRODUCT({span('below')}*({span('t', 0, run.horizon + 1)}"
                    f"<=-INT(-({months}-rounding))))=0,-INT(-({months}-rounding))<=horizon_months),1,0)"
                ),
                int(bool(value)),
            )
            for name, months, value in (
                ("lasts_to_proof", "proof_months", run.lasts_to_proof),
                ("lasts_to_round", "(proof_months+months_to_close)", run.lasts_to_round),
            )
        },
    }
    if "break_even_tokens" in drawn:
        tokens = economics.break_even_tokens(v, run.flow, month=0)
        cost = f"{at('unit_cost', 0)}*(1+free_share)"
        fixed = f"({at('spent', 0)}-{at('sold', 0)}*{cost}-({at('revenue', 0)}-{at('usage', 0)}))"
        found["break_even_tokens"] = (
            (
                f"=IF({at('price', 0)}>{cost},MAX({fixed}/({at('price', 0)}-{cost})"
                f"*tokens_per_million,0),{none})"
            ),
            _or_word(tokens, t("none")),
        )
        p = "(price_usd_per_million_tokens*token_price_shock)"
        c = "(unit_cost_usd_per_million_tokens*compute_price_shock*(1+free_share))"
        closing = "((LN(1-cost_fall_per_year)-LN(MAX(price_multiple_per_year,tiny)))/12)"
        found["months_to_negative_margin"] = (
            f"=IF({p}<={c},0,IF({c}<=0,{never},IF({closing}>hair,LN({p}/{c})/{closing},{never})))",
            _or_word(economics.months_to_negative_margin(v), t("never")),
        )
    share = economics.compute_share_of_raise(v, run.flow)
    if share is not None:
        found["compute_share_of_raise"] = (
            f"=SUM({span('uncovered')})/raise_usd",
            _number(share),
        )
    efficiency = economics.inference_efficiency(run.flow)
    if efficiency is not None:
        found["inference_efficiency"] = (
            f"=SUM({span('revenue', 0, _YEAR)})/SUM({span('serving', 0, _YEAR)})",
            _number(efficiency),
        )
    live = {name: (formula, value, name) for name, (formula, value) in found.items()}
    book = timeline.page.book
    for name in ("moic", "moic_expected", "irr_expected", "exit_usd", "owned_at_exit",
                 "required_exit_usd", "most_post_money_usd"):  # fmt: skip
        if book.has(name):
            live[name] = (f"={name}", book.of(name), "")
    return live


def _differences(page: Page, row: int, found: Sequence[Named], names: Sequence[str]) -> int:
    """What each scenario states otherwise than the deal."""
    if len(found) < 2:
        return row
    page.text(row, 0, t("What the scenarios change"), "group")
    first = found[0].answer.inputs.spans()
    for one, name in zip(found[1:], names[1:], strict=True):
        row += 1
        page.text(row, 0, name, "label")
        entry = one.answer.entry
        if entry is not None and entry.stress:
            row += 1
            page.text(row, 0, t("Stress"), "label")
            page.text(row, 2, "; ".join(t(CARDS[c]) for c in dict.fromkeys(entry.stress)))
        units = {a.name: a.unit for a in one.answer.inputs.assumptions}
        for key, span in one.answer.inputs.spans().items():
            before = first.get(key)
            if before == span:
                continue
            row += 1
            page.text(row, 0, f"  {assumption_label(key)}", "label")
            page.text(row, 1, unit_words(units[key]), "label")
            said = interval(span.low, span.high, units[key])
            if before is not None:
                said = f"{interval(before.low, before.high, units[key])} → {said}"
            page.text(row, 2, said)
    return row + 2


def _chart(book: Book, page: Page, row: int, names: Sequence[str], found: Sequence[Named]) -> None:
    """Runway and time to the proof of each scenario, as drawn."""
    page.text(row, 0, t("Runway against the proof, medians of the draws"), "group")
    page.heads(row + 1, [t("Scenario"), t("Runway"), t("Months to the next proof")], numbers=(1, 2))
    for i, (name, one) in enumerate(zip(names, found, strict=True)):
        of = figures(one.answer.inputs, one.answer.result)
        page.text(row + 2 + i, 0, name, "label")
        page.value(row + 2 + i, 1, of["runway_months"].p50, "month", "frozen")
        page.value(row + 2 + i, 2, of["proof_months"].p50, "month", "frozen")
    last = row + 1 + len(names)
    chart = book.chart(
        "column",
        title=t("Runway against the proof, medians of the draws"),
        x={"name": t("Scenario")},
        y={"name": t("months")},
    )
    for column, colour in ((1, "#1F5A7A"), (2, "#D98E2B")):
        chart.add_series(
            {
                "name": [SHEET, row + 1, column],
                "categories": [SHEET, row + 2, 0, last, 0],
                "values": [SHEET, row + 2, column, last, column],
                "fill": {"color": colour},
                "gap": 80,
            }
        )
    page.sheet.insert_chart(last + 2, 0, chart)


def _or_word(value: object, word: str) -> Value:
    """The number; where it is infinite, the word for what never comes."""
    found = _number(value)
    return found if math.isfinite(found) else word


def _quoted(word: str) -> str:
    """A text inside a formula."""
    return '"' + word.replace('"', '""') + '"'


def _number(value: object) -> float:
    return float(np.asarray(value, dtype=np.float64))
