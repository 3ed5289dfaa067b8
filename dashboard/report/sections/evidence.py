"""Data, evaluation, ethics and law: what is known of each, by whom, and what is owed where."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from dashboard.charts import stacked, trend
from dashboard.charts.palette import COMPUTED, MEMORY_COLOURS, STATED
from dashboard.charts.stacked import Part
from dashboard.charts.trend import Trend
from dashboard.deal_facts import Measured
from dashboard.deal_sections import Measurements, label_and_unit
from dashboard.exhibits import risk
from dashboard.language import N_, amount, enumerated, listed, number, read, t
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Cell,
    Chart,
    Head,
    Section,
    Table,
    cell,
    paragraph,
    rich,
    row,
)
from dashboard.report.notes import Notes
from dashboard.report.sections import bench
from dashboard.report.sections.common import (
    BAND_TONES,
    area_sentence,
    items_of,
    metric_table,
    present,
    question_table,
    stated_table,
)
from dashboard.risk.scores.scoring import Item
from dashboard.risk_terms import asked, level_words, named, said_of, value_words

_LEDGER: Final = (
    "data.raw_tokens",
    "data.corpus_tokens",
    "data.known_ground_tokens",
    "data.corpus_bytes",
)
_DATA_METRICS: Final = (
    "license_known_share",
    "epochs_effective",
    "tokens_over_stock",
    "tokens_per_param",
    "compute_optimality",
)
_OF_DATA: Final = (
    "near_duplicate_share",
    "pii_per_1k",
    "contamination_share",
    "target_language_share",
    "filter_gain_sigma",
)
_EVALUATION: Final = ("DAT-06", "MKT-01", "MKT-02", "TEC-01", "TEC-02", "TEC-03", "TEC-05")
_CHOSEN_BY: Final = {"analyst": N_("the analyst"), "company": N_("the company")}
_LEAD_MONTHS: Final = 18
_MARKETS: Final = ("cn_market", "eu_market", "us_market")


def data(case: Case, notes: Notes) -> Section:
    """The corpus: its ground, its passes, and what the lab found in it."""
    blocks: list[Block] = [paragraph(*area_sentence(case, notes, "data"), look="lead")]
    ledger = stated_table(case, notes, _LEDGER, id_="ledger", caption=t("Data ledger"))
    blocks.append(
        ledger
        if ledger is not None
        else paragraph(t("No ledger of the training data is stated; ask for one by source."))
    )
    rights = _rights(case)
    if rights is not None:
        blocks.append(rights)
    blocks += present(
        metric_table(case, notes, _DATA_METRICS, id_="data_metrics", caption=t("Data in figures")),
        _measured(
            case, notes, _OF_DATA, id_="lab_data", caption=t("What was measured in the data")
        ),
        bench.findings(case, audits=True),
        question_table(
            case,
            notes,
            items_of(case, "data"),
            id_="data_questions",
            caption=t("Data by the checklist"),
        ),
    )
    return Section(id="data", number="5", title=t("Data"), blocks=tuple(blocks))


def _rights(case: Case) -> Chart | None:
    """Tokens with a known ground beside those without."""
    corpus, known = case.deal.data.corpus_tokens, case.deal.data.known_ground_tokens
    if corpus is None or known is None or not 0 < known.value <= corpus.value:
        return None
    parts = [
        Part(label=t("ground known"), value=known.value, colour=COMPUTED),
        Part(
            label=t("ground not known"),
            value=corpus.value - known.value,
            colour=MEMORY_COLOURS["reserve"],
        ),
    ]
    return Chart(
        id="rights",
        caption=t("Tokens of the corpus by whether their licence or legal ground is known"),
        alt=listed(f"{p.label} {amount(p.value, 'token')}" for p in parts),
        figure=stacked.figure([p for p in parts if p.value > 0], "token"),
    )


def _measured(
    case: Case, notes: Notes, names: Iterable[str], *, id_: str, caption: str
) -> Table | None:
    """Measurements with who chose the sample, when, and by which run."""
    bank, rows = case.assessment.bank, []
    for name in names:
        one = getattr(case.deal.measurements, name)
        if one is None:
            continue
        assert isinstance(one, Measured)
        path = f"measurements.{name}"
        label, unit = label_and_unit(path)
        chosen = t(_CHOSEN_BY[one.sample]) if one.sample else t("not known")
        rows.append(
            row(
                t(label),
                rich(notes.stated(value_words(one.value, unit), path)),
                chosen,
                named(bank, "statuses", one.known),
                enumerated((one.run, one.date)) or number(None),
            )
        )
    if not rows:
        return None
    return Table(
        id=id_,
        caption=caption,
        heads=(
            Head(text=t("Measurement"), width=2.4),
            Head(text=t("Value"), align="right", width=1),
            Head(text=t("Sample chosen by"), width=1.2),
            Head(text=t("Known as"), width=1),
            Head(text=t("Run, day"), width=1.2),
        ),
        rows=tuple(rows),
    )


def evaluation(case: Case, notes: Notes) -> Section:
    """Blind tests, contamination, reproduction, and how long a lead lasts."""
    blocks: list[Block] = [
        paragraph(
            t(
                "A measurement on a sample that the company chose shows what it can do at its "
                "best; one on a sample of the analyst's shows what it does."
            )
        )
    ]
    others = [name for name in Measurements.model_fields if name not in _OF_DATA]
    table = _measured(
        case, notes, others, id_="measured", caption=t("What was measured of the model")
    )
    blocks.append(
        table
        if table is not None
        else paragraph(t("Nothing was measured yet; the first test is a blind one on fresh tasks."))
    )
    blocks += present(bench.findings(case, audits=False), _lead(case))
    items = [i for i in case.assessment.scores.items if i.question in _EVALUATION]
    questions = question_table(
        case, notes, items, id_="evaluation_questions", caption=t("Evaluation by the checklist")
    )
    if questions is not None:
        blocks.append(questions)
    return Section(id="evaluation", number="6", title=t("Evaluation"), blocks=tuple(blocks))


def _lead(case: Case) -> Chart | None:
    """The lead by month, if it closes as fast as it does now."""
    gap, closing = case.deal.market.lead_gap, case.deal.market.lead_closing_per_month
    if gap is None or closing is None:
        return None
    months = np.arange(_LEAD_MONTHS + 1)
    line = Trend(
        label=t("lead in points"),
        values=np.asarray(gap.value - closing.value * months, dtype=np.float64),
        colour=STATED,
    )
    return Chart(
        id="lead",
        caption=t("Lead over the best rival if it closes as fast as stated, in points"),
        alt=t(
            "The lead is {gap} points today and closes by {closing} a month.",
            gap=number(gap.value),
            closing=number(closing.value),
        ),
        figure=trend.figure([line], "ratio"),
    )


def ethics(case: Case, notes: Notes) -> Section:
    """Duties by market, what stands at each, and how well the answers are known."""
    blocks: list[Block] = [paragraph(*area_sentence(case, notes, "ethics"), look="lead")]
    items = items_of(case, "ethics")
    if items:
        blocks.append(_duties(case, items))
        blocks.append(
            Chart(
                id="coverage",
                caption=t("How well the answers of each area are known"),
                alt=said_of(t("Coverage by area"), _coverage_alt(case)),
                figure=risk.coverage(case.assessment),
            )
        )
    table = metric_table(
        case,
        notes,
        ("cum_train_flop", "modifier_share", "cn_test_pass_rate", "fmti_met_dataroom"),
        id_="ethics_metrics",
        caption=t("Law in figures"),
    )
    questions = question_table(
        case, notes, items, id_="ethics_questions", caption=t("Ethics and law by the checklist")
    )
    blocks += [block for block in (table, questions) if block is not None]
    return Section(id="ethics", number="7", title=t("Ethics and law"), blocks=tuple(blocks))


def _duties(case: Case, items: Iterable[Item]) -> Table:
    """A cell for each duty and market in which the company is: the risk that is left there."""
    bank, facts = case.assessment.bank, case.assessment.profile.facts
    live = [market for market in _MARKETS if facts.get(market)]
    heads = [Head(text=t("Duty"), width=2.4), Head(text=t("Level"), width=1)]
    heads += [Head(text=read(bank.name("profile", market)), width=1.1) for market in live]
    rows = []
    for item in items:
        question = bank.questions[item.question]
        names = question.applies_if.names
        cells: list[Cell] = [cell(asked(question)), cell(level_words(item.level))]
        for market in live:
            concerned = not (names & set(_MARKETS)) or market in names
            cells.append(_duty_cell(item) if concerned else cell(number(None)))
        rows.append(tuple(cells))
    return Table(
        id="duties",
        caption=t("Duties by market, and the risk that is left"),
        heads=tuple(heads),
        rows=tuple(rows),
    )


def _duty_cell(item: Item) -> Cell:
    if item.level is None:
        return cell(t("not known"), "neutral")
    words = {
        "low": N_("low"),
        "moderate": N_("moderate"),
        "high": N_("high"),
        "critical": N_("critical"),
    }
    return cell(t(words[item.band]), BAND_TONES[item.band])


def _coverage_alt(case: Case) -> str:
    return listed(
        f"{one.label} {one.p0_closed} / {one.n_p0}" for one in risk.coverage_rows(case.assessment)
    )
