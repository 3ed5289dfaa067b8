"""Returns: how it can end, what comes back, what moves it, and the scenarios side by side."""

from typing import Final

import numpy as np

from costmodel.uncertainty import Percentiles
from costmodel.venture.explore import drivers
from costmodel.venture.explore.drivers import OUTCOMES
from costmodel.venture.returns import outcomes
from dashboard.charts import histogram
from dashboard.charts.lines import Mark
from dashboard.exhibits import venture
from dashboard.language import amount, listed, number, points, ranged, say, t
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Chart,
    Head,
    Heading,
    Section,
    Table,
    paragraph,
    rich,
    row,
    strong,
)
from dashboard.report.notes import Notes
from dashboard.report.sections.money import FIGURES
from dashboard.risk_terms import said_of
from dashboard.scenario_output import shown
from dashboard.terms import assumption_label
from dashboard.venture.answering import Answer, column_names
from dashboard.venture.figures import LABELS, figures
from dashboard.venture_names import CASES

_RETURNS: Final = (
    "moic",
    "moic_expected",
    "irr_expected",
    "exit_usd",
    "owned_at_exit",
    "required_exit_usd",
    "most_post_money_usd",
)


def section(case: Case, notes: Notes) -> Section:
    """Five cases, dilution, the waterfall, what is needed, what moves it."""
    answer = case.answer
    blocks: list[Block] = []
    if answer is None:
        assert case.no_scenario is not None
        blocks.append(paragraph(say(case.no_scenario)))
    else:
        blocks += _cases(answer, notes)
        if answer.result.worlds.returns is not None:
            blocks += _valued(answer, notes)
        blocks += _tornados(answer)
        if len(case.scenarios) > 1:
            blocks += _side_by_side(case, notes)
    return Section(id="returns", number="12", title=t("Returns"), blocks=tuple(blocks))


def _cases(answer: Answer, notes: Notes) -> list[Block]:
    expected, found = answer.result.expected, answer.result.cases
    start = {c.name: c.probability for c in outcomes.historical_cases()}
    rows = [
        row(
            t(CASES[c.name]),
            amount(start[c.name], "fraction"),
            rich(notes.scenario(amount(c.probability, "fraction"))),
            f"{number(c.moic)}x",
            f"{number(c.probability * c.moic)}x",
        )
        for c in found
    ]
    valued = answer.result.worlds.returns is not None
    if valued:
        total = rich(notes.scenario(f"{number(expected.moic)}x", strong=True))
        rows.append(row(rich(strong(t("Together"))), "", "", "", total))
    blocks: list[Block] = [
        Table(
            id="cases",
            caption=t("Five ways that it can end"),
            heads=(
                Head(text=t("Outcome"), width=1.6),
                Head(text=t("History"), align="right", width=1),
                Head(text=t("Probability"), align="right", width=1),
                Head(text=t("Multiple"), align="right", width=1),
                Head(text=t("Adds"), align="right", width=1),
            ),
            rows=tuple(rows),
            total=valued,
        )
    ]
    if not valued:
        blocks.append(
            paragraph(
                t("The multiples are those of past financings of every sector, none of this deal.")
            )
        )
    score = answer.base.overall
    if score is not None and answer.inputs.switches.checklist:
        blocks.append(
            paragraph(
                t(
                    "The checklist's expected score of {score} multiplies the odds of the two "
                    "losses by {factor}; that it does is a judgement.",
                    score=points(score),
                    factor=number(outcomes.odds_factor(score)),
                ),
                look="remark",
            )
        )
    return blocks


def _valued(answer: Answer, notes: Notes) -> list[Block]:
    by_name = figures(answer.inputs, answer.result)
    worlds = answer.result.worlds.returns
    assert worlds is not None
    moic = np.atleast_1d(np.asarray(worlds.moic, dtype=np.float64))
    target = float(np.asarray(answer.result.middle.values["target_moic"]))
    return [
        Table(
            id="returns",
            caption=t("The investment in figures, median with its 90% range"),
            heads=(
                Head(text=t("Figure"), width=2.4),
                Head(text=t("Median, 90% range"), align="right", width=2),
            ),
            rows=tuple(
                row(t(LABELS[n]), rich(notes.scenario(shown(by_name[n]))))
                for n in _RETURNS
                if n in by_name
            ),
        ),
        Chart(
            id="moic",
            caption=t("Multiple over the worlds drawn if the plan comes about"),
            alt=said_of(
                t("Multiple if the plan comes about"), ranged(Percentiles.of(moic), "ratio")
            ),
            figure=histogram.figure(
                moic,
                marks=[
                    Mark(x=float(np.median(moic)), label=t("median")),
                    Mark(x=target, label=t("target")),
                ],
            ),
        ),
        Chart(
            id="share",
            caption=t("Our share up to the exit, with 90% ranges"),
            alt=said_of(t(LABELS["owned_at_exit"]), shown(by_name["owned_at_exit"])),
            figure=venture.our_share(worlds),
        ),
        Chart(
            id="proceeds",
            caption=t("What we get of an exit, in the middle of all inputs"),
            alt=said_of(t(LABELS["required_exit_usd"]), shown(by_name["required_exit_usd"])),
            figure=venture.proceeds(answer),
        ),
    ]


def _tornados(answer: Answer) -> list[Block]:
    blocks: list[Block] = []
    found = drivers.tornados(answer.inputs)
    for outcome in OUTCOMES:
        tornado = found.get(outcome)
        figure = None if tornado is None or not tornado.bars else venture.driven_by(tornado)
        if tornado is None or figure is None:
            continue
        unit = venture.UNITS[outcome]
        blocks.append(
            Chart(
                id=f"tornado_{outcome}",
                caption=t(
                    "What moves {outcome}, one input at a time from its 10th to its 90th "
                    "percentile",
                    outcome=t(LABELS[outcome]),
                ),
                alt=listed(
                    f"{assumption_label(bar.name)}: {amount(bar.at_low, unit)} → "
                    f"{amount(bar.at_high, unit)}"
                    for bar in tornado.bars[:5]
                ),
                figure=figure,
            )
        )
    return blocks


def _side_by_side(case: Case, notes: Notes) -> list[Block]:
    named = column_names(case.scenarios)
    by_answer = [figures(one.answer.inputs, one.answer.result) for one in case.scenarios]
    names = [name for name in (*FIGURES, *_RETURNS) if any(name in f for f in by_answer)]
    rows = [
        row(
            t(LABELS[name]),
            *(rich(notes.scenario(shown(found.get(name)))) for found in by_answer),
        )
        for name in names
    ]
    return [
        Heading(text=t("Scenarios side by side")),
        Table(
            id="scenarios",
            caption=t("Scenarios in the same worlds"),
            heads=(
                Head(text=t("Figure"), width=1.5),
                *(Head(text=name, align="right", width=1.3) for name in named),
            ),
            rows=tuple(rows),
        ),
    ]
