"""Thesis, and the company: what it makes, of what, and under which licences."""

from typing import Final

import plotly.graph_objects as go

from dashboard.charts import stack
from dashboard.charts.stack import Layer
from dashboard.deal_memo import ClaimStatus, Component, Make
from dashboard.language import N_, amount, aside, exact, listed, number, say, t
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Chart,
    Head,
    Section,
    Table,
    Tone,
    cell,
    paragraph,
    row,
)
from dashboard.report.notes import Notes
from dashboard.report.sections.common import question_table, words
from dashboard.risk_terms import facts_words, said_of

_STATUSES: Final[dict[ClaimStatus, tuple[str, Tone]]] = {
    "open": (N_("open"), "neutral"),
    "met": (N_("met"), "good"),
    "failed": (N_("failed"), "bad"),
}
MAKES: Final[dict[Make, str]] = {
    "own": N_("own"),
    "fine_tuned": N_("fine-tuned"),
    "third_party": N_("third party"),
}
_TONES: Final[dict[Make, Tone]] = {"own": "good", "fine_tuned": "fair", "third_party": "neutral"}


def thesis(case: Case, notes: Notes) -> Section:
    """Three claims that can turn out false, each with its test and its day."""
    del notes
    blocks: list[Block] = []
    given = case.deal.memo.thesis
    if not given:
        blocks.append(
            paragraph(
                t(
                    "Nobody has written a thesis yet. The committee needs three claims that can "
                    "turn out false, each with a test and a day."
                )
            )
        )
    else:
        rows = []
        for one in given:
            label, tone = _STATUSES[one.status]
            rows.append(
                row(
                    words(one.claim),
                    words(one.test) or number(None),
                    one.by or number(None),
                    cell(t(label), tone),
                )
            )
        blocks.append(
            Table(
                id="thesis",
                caption=t("Claims of the thesis and their tests"),
                heads=(
                    Head(text=t("Claim"), width=2.6),
                    Head(text=t("Test"), width=2.6),
                    Head(text=t("Due"), width=1),
                    Head(text=t("Status"), width=0.8),
                ),
                rows=tuple(rows),
            )
        )
        blocks.append(_written_by(case))
    return Section(id="thesis", number="2", title=t("Thesis"), blocks=tuple(blocks))


def company(case: Case, notes: Notes) -> Section:
    """The company, its product and its model."""
    deal = case.deal
    blocks: list[Block] = []
    about = words(deal.about)
    if about:
        blocks.append(paragraph(about, look="lead"))
    model = _model(case, notes)
    if model is not None:
        blocks.append(model)
    told = [
        said_of(name, held)
        for name, held in facts_words(case.assessment.profile.facts, case.assessment.bank)
    ]
    blocks.append(paragraph(said_of(t("By its profile"), listed(told)), look="remark"))
    if deal.memo.components:
        blocks += [_components(case), _stack(case)]
    else:
        blocks.append(
            paragraph(
                t(
                    "What the product is built of is not written down; ask for a list of own, "
                    "fine-tuned and third-party parts with their licences."
                )
            )
        )
    items = [i for i in case.assessment.scores.items if i.question in ("ETH-13", "MKT-04")]
    table = question_table(
        case, notes, items, id_="licences", caption=t("Licences and dependence by the checklist")
    )
    if table is not None:
        blocks.append(table)
    return Section(
        id="company", number="3", title=t("Company, product, model"), blocks=tuple(blocks)
    )


def _written_by(case: Case) -> Block:
    author = case.deal.memo.author or t("the deal team")
    return paragraph(t("Written by {author}; not computed.", author=author), look="remark")


def _model(case: Case, notes: Notes) -> Block | None:
    evaluation = case.evaluation
    if evaluation is None:
        return paragraph(notes.model(say(case.basis.refusal)))
    estimate, plan = evaluation.estimate, evaluation.inputs.plan
    return paragraph(
        notes.plan(
            t(
                "The plan trains a model of {params} parameters on {tokens} tokens with {n} "
                "accelerators of type {chip}.",
                params=exact(estimate.params),
                tokens=amount(plan.tokens, "token"),
                n=evaluation.inputs.cluster.n_accelerators,
                chip=evaluation.inputs.cluster.accelerator.name,
            )
        )
    )


def _components(case: Case) -> Table:
    rows = [
        row(
            one.name,
            cell(t(MAKES[one.make]), _TONES[one.make]),
            one.licence or t("not known"),
            words(one.use) or number(None),
        )
        for one in case.deal.memo.components
    ]
    return Table(
        id="components",
        caption=t("What the product is built of"),
        heads=(
            Head(text=t("Part"), width=1.6),
            Head(text=t("Made by"), width=1),
            Head(text=t("Licence"), width=1.8),
            Head(text=t("Use"), width=2),
        ),
        rows=tuple(rows),
    )


def _stack(case: Case) -> Chart:
    given = case.deal.memo.components
    figure: go.Figure = stack.figure(
        [Layer(label=one.name, below=one.licence, kind=one.make) for one in given],
        {make: t(name) for make, name in MAKES.items()},
    )
    return Chart(
        id="stack",
        caption=t("The product's parts by who made them"),
        alt=said_of(t("Parts by maker"), listed(_part(one) for one in given)),
        figure=figure,
    )


def _part(one: Component) -> str:
    return one.name + aside(t(MAKES[one.make]))
