"""Compute and cost: training, the programme around it, serving, commitments."""

from collections.abc import Sequence
from typing import Final

from costmodel.claims import Finding
from costmodel.money.programme import ProgrammeEstimate
from costmodel.uncertainty import Number, Percentiles
from dashboard.bill_terms import bill_line
from dashboard.exhibits import cost
from dashboard.language import amount, listed, ranged, say, t
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Cell,
    Chart,
    Head,
    Heading,
    Section,
    Table,
    cell,
    paragraph,
    rich,
    row,
    strong,
)
from dashboard.report.notes import Notes
from dashboard.report.sections.common import (
    CLAIM_TONES,
    area_sentence,
    items_of,
    metric_table,
    question_table,
)
from dashboard.risk_terms import said_of
from dashboard.terms import finding_label, line_label, quantity_label, verdict_label

_RANGED: Final = (
    ("gpu_hours", "gpu_hour"),
    ("wall_days", "day"),
    ("usd", "usd"),
    ("energy_kwh", "kwh"),
    ("kg_co2e", "kg_co2e"),
)
_METRICS: Final = (
    "capacity_coverage",
    "budget_over_final_run",
    "commit_over_cash",
    "provider_share_max",
    "price_shock_survival",
    "goodput",
    "gross_margin",
    "serving_usd_per_million_tokens",
    "needed_gpu_hours_18m",
    "cluster_rent_24m_usd",
    "schedule_slack",
)
#: The verdict to look at first comes first.
_ORDER: Final = ("impossible", "implausible", "stretched", "cannot tell", "consistent")


def section(case: Case, notes: Notes) -> Section:
    """What the run takes, what the company says it takes, and what else has to be paid."""
    blocks: list[Block] = [paragraph(*area_sentence(case, notes, "compute"), look="lead")]
    evaluation = case.evaluation
    if evaluation is None:
        blocks.append(paragraph(notes.model(say(case.basis.refusal))))
    else:
        blocks += _estimate(case, notes)
        blocks += _claims(case, notes)
        blocks += _bill(case, notes)
    if case.programme is not None:
        blocks += _programme(case.programme, notes)
    blocks.append(Heading(text=t("Serving and commitments")))
    table = metric_table(
        case, notes, _METRICS, id_="compute_metrics", caption=t("Compute in figures")
    )
    blocks.append(
        table
        if table is not None
        else paragraph(t("Nothing of it can be computed from what the deal states."))
    )
    questions = question_table(
        case,
        notes,
        items_of(case, "compute"),
        id_="compute_questions",
        caption=t("Compute by the checklist"),
    )
    if questions is not None:
        blocks.append(questions)
    return Section(id="compute", number="4", title=t("Compute and cost"), blocks=tuple(blocks))


def _estimate(case: Case, notes: Notes) -> list[Block]:
    evaluation = case.evaluation
    assert evaluation is not None
    estimate = evaluation.estimate
    rows = [
        row(
            quantity_label("train_flop"),
            rich(notes.model(amount(estimate.flop.parameter, "flop"))),
        ),
        row(quantity_label("mfu"), rich(notes.model(_spread(estimate.mfu, "fraction")))),
    ]
    for name, unit in _RANGED:
        value = getattr(estimate, name)
        if value is not None:
            rows.append(row(quantity_label(name), rich(notes.model(_spread(value, unit)))))
    blocks: list[Block] = [
        Table(
            id="estimate",
            caption=t("The final run by the cost model, median with its 90% range"),
            heads=(
                Head(text=t("Quantity"), width=2),
                Head(text=t("Value"), align="right", width=3),
            ),
            rows=tuple(rows),
        )
    ]
    if evaluation.warnings:
        told = " ".join(say(warning) for warning in evaluation.warnings)
        blocks.append(paragraph(told, look="remark"))
    return blocks


def _spread(value: Number, unit: str) -> str:
    return ranged(Percentiles.of(value), unit)


def _claims(case: Case, notes: Notes) -> list[Block]:
    evaluation = case.evaluation
    assert evaluation is not None
    findings = sorted(evaluation.findings, key=lambda f: _ORDER.index(f.verdict))
    if not findings:
        return [paragraph(t("The deal states no claims to check."))]
    blocks: list[Block] = [
        Heading(text=t("What the company states, held against the cost model")),
        Table(
            id="claims",
            caption=t("Claims and cross-checks"),
            heads=(
                Head(text=t("Quantity"), width=1.5),
                Head(text=t("Stated"), align="right", width=1.2),
                Head(text=t("Computed, 90% range"), align="right", width=2),
                Head(text=t("Verdict"), width=1),
            ),
            rows=tuple(_claim_row(case, notes, f) for f in findings),
        ),
    ]
    figure = cost.claims(findings)
    if figure is not None:
        blocks.append(
            Chart(
                id="claims_chart",
                caption=t("Stated over computed; 1 is a perfect match"),
                alt=said_of(
                    t("Verdicts on claims"),
                    listed(f"{finding_label(f)} {verdict_label(f.verdict)}" for f in findings),
                ),
                figure=figure,
            )
        )
    for one in findings:
        if one.verdict == "consistent":
            continue
        head = f"{finding_label(one)}, {verdict_label(one.verdict)}"
        blocks.append(
            paragraph(strong(said_of(head, "")), notes.model(say(one.why)), f" → {say(one.ask)}")
        )
    return blocks


def _claim_row(case: Case, notes: Notes, finding: Finding) -> tuple[Cell, ...]:
    evaluation = case.evaluation
    assert evaluation is not None
    claim = next((c for c in evaluation.claims if c.id == finding.claim), None)
    stated = amount(finding.stated, finding.unit)
    source = claim.source if claim is not None and claim.source else ""
    shown = (
        rich(notes.run(stated, said_of(t("Claim of the company"), source)))
        if source
        else rich(stated)
    )
    computed = (
        rich(t("cannot be computed"))
        if finding.computed is None
        else rich(notes.model(ranged(finding.computed, finding.unit)))
    )
    return row(
        finding_label(finding),
        shown,
        computed,
        cell(verdict_label(finding.verdict), CLAIM_TONES[finding.verdict]),
    )


def _bill(case: Case, notes: Notes) -> list[Block]:
    evaluation = case.evaluation
    assert evaluation is not None
    lines = cost.bill_spreads(evaluation.estimate)
    figure = cost.bill(evaluation.estimate)
    if figure is None or case.basis.usd is None:
        return [paragraph(t("There is no price, so there is no bill."))]
    rows = [row(line_label(n), rich(notes.model(ranged(p, "usd")))) for n, p in lines.items()]
    rows.append(
        row(rich(strong(t("Total"))), rich(notes.model(ranged(case.basis.usd, "usd"), strong=True)))
    )
    return [
        Heading(text=t("The bill of the final run")),
        _money_table("bill", t("Bill of the final run, dollars"), rows),
        Chart(
            id="bill_chart",
            caption=t("Bill of the final run by line, with 90% ranges"),
            alt=said_of(
                t("Lines of the bill"),
                listed(f"{line_label(n)} {amount(p.p50, 'usd')}" for n, p in lines.items()),
            ),
            figure=figure,
        ),
    ]


def _programme(estimate: ProgrammeEstimate, notes: Notes) -> list[Block]:
    spreads = cost.programme_spreads(estimate)
    total = Percentiles.of(estimate.usd)
    rows = [row(bill_line(n), rich(notes.model(ranged(p, "usd")))) for n, p in spreads.items()]
    rows.append(row(rich(strong(t("Total"))), rich(notes.model(ranged(total, "usd"), strong=True))))
    absent = [bill_line(line) for line in estimate.lines if line not in spreads]
    blocks: list[Block] = [
        Heading(text=t("The whole programme around the run")),
        _money_table("programme", t("Programme around the final run, dollars"), rows),
        Chart(
            id="programme_chart",
            caption=t("From the final run to the whole programme"),
            alt=said_of(
                t("Lines of the programme"),
                listed(f"{bill_line(n)} {amount(p.p50, 'usd')}" for n, p in spreads.items()),
            ),
            figure=cost.programme(estimate),
        ),
        paragraph(
            t("Medians of lines need not add up to the median of their sum."),
            " " + t("Not in this plan: {lines}.", lines=listed(absent)) if absent else "",
            look="remark",
        ),
    ]
    return blocks


def _money_table(id_: str, caption: str, rows: Sequence[tuple[Cell, ...]]) -> Table:
    return Table(
        id=id_,
        caption=caption,
        heads=(
            Head(text=t("Line"), width=2),
            Head(text=t("Median, 90% range"), align="right", width=3),
        ),
        rows=tuple(rows),
        total=True,
    )
