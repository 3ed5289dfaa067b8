"""What comes back of a workbook: the cells that somebody changed, and no other."""

import io
from typing import Final

import openpyxl
import pytest

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.report.workbook import to_xlsx
from dashboard.report.workbook.inputs import line
from dashboard.report.workbook.reading import read_back
from dashboard.report.workbook.risk.columns import AT
from dashboard.risk.bank.loading import bank
from dashboard.spreadsheet.sheet import letters
from dashboard.store.changes import Change
from tests.dashboard.report.workbook.hostile import hostile
from tests.dashboard.report.workbook.office import case, edited, opened, sample_book, typed

SAMPLE: Final = "example-startup"
#: Columns of the sheet of inputs.
STATED: Final = letters(line.STATED)
STATUS: Final = letters(line.STATUS)
SOURCE: Final = letters(line.SOURCE)
FIELD: Final = letters(line.PATH)


def row_of(content: bytes, path: str) -> int:
    """The row of a field on the sheet of inputs."""
    cells = opened(content).sheets["Inputs"]
    return next(
        int(cell.removeprefix(FIELD))
        for cell, held in cells.items()
        if cell.startswith(FIELD) and held.value == path
    )


def changed(path: str, value: object, *, column: str = STATED) -> bytes:
    content = sample_book(SAMPLE)
    return typed(content, {("Inputs", f"{column}{row_of(content, path)}"): value})


def back(content: bytes, deal: Deal | None = None) -> tuple[Change, ...]:
    return read_back(content, deal or deals.sample(SAMPLE)).changes


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("deal_id", [SAMPLE, "glm-130b", "deepseek-v3"])
def test_a_workbook_that_nobody_changed_changes_nothing(deal_id: str, language: str) -> None:
    deal = deals.sample(deal_id)
    found = read_back(sample_book(deal_id, language), deal)
    assert found.changes == ()
    assert found.deal == deal


def test_it_says_which_deal_it_was_made_of() -> None:
    found = case(deals.sample(SAMPLE))
    assert read_back(sample_book(SAMPLE), found.deal).sha256 == found.edition.sha256


def test_hostile_texts_come_back_unchanged() -> None:
    deal = hostile()
    assert back(to_xlsx(case(deal)), deal) == ()


@pytest.mark.parametrize(
    ("path", "value", "entry", "after"),
    [
        ("finance.cash_usd", 5e6, ("finance", "cash_usd"), 5e6),
        ("plan.tokens", 3e12, ("plan", "tokens"), 3e12),
        ("plan.cluster.usd_per_gpu_hour", 2.2, ("plan", "cluster", "usd_per_gpu_hour"), 2.2),
        ("plan.cluster.n_accelerators", 512, ("plan", "cluster", "n_accelerators"), 512),
        ("plan.assumptions.pue", 1.4, ("plan", "assumptions", "pue"), 1.4),
        ("market.cost_fall_per_year", 0.3, ("market", "cost_fall_per_year"), 0.3),
        ("finance.participating", 1, ("finance", "participating"), True),
        ("company.stage", "seed", ("company", "stage"), "seed"),
        ("profile.eu_market", True, ("profile", "eu_market"), True),
        ("operations.chips_in", "Singapore", ("operations", "chips_in"), "Singapore"),
    ],
)
def test_a_changed_cell_is_one_change(
    path: str, value: object, entry: tuple[str, ...], after: object
) -> None:
    (change,) = back(changed(path, value))
    assert change.path == entry
    found = change.after["value"] if isinstance(change.after, dict) else change.after
    assert found == after


def test_status_and_source_of_a_figure_come_back_with_it() -> None:
    content = sample_book(SAMPLE)
    row = row_of(content, "finance.other_usd_per_month")
    cells = {("Inputs", f"{STATUS}{row}"): "verified", ("Inputs", f"{SOURCE}{row}"): "ledger"}
    (change,) = back(typed(content, cells))
    before = deals.sample(SAMPLE).finance.other_usd_per_month
    assert before is not None
    assert change.after == {"value": before.value, "status": "verified", "source": "ledger"}


def test_a_cleared_cell_takes_the_figure_out_of_the_deal() -> None:
    (change,) = back(changed("finance.market_usd_per_month", None))
    assert change.path == ("finance", "market_usd_per_month")
    assert change.after is None


def test_changed_answers_are_exactly_those() -> None:
    cells = {
        "level_TEC_03": 4,
        "status_TEC_03": "verified",
        "level_CMP_07": 1,
        "status_CMP_07": "claimed",
        "level_MKT_05": None,
    }
    found = read_back(edited(sample_book(SAMPLE), cells=cells), deals.sample(SAMPLE))
    assert {change.path for change in found.changes} == {
        ("answers", "TEC-03"),
        ("answers", "CMP-07"),
        ("answers", "MKT-05"),
    }
    answer = found.deal.answers["TEC-03"]
    assert (answer.level, answer.status) == (4, "verified")
    assert answer.evidence == deals.sample(SAMPLE).answers["TEC-03"].evidence
    assert found.deal.answers["MKT-05"].level is None


def test_a_note_changes_in_the_language_of_the_workbook() -> None:
    content = sample_book(SAMPLE, "zh")
    row = opened(content).row("level_DAT_02")
    note = f"{letters(AT['note'])}{row}"
    found = read_back(typed(content, {("Checklist", note): "已复核"}), deals.sample(SAMPLE))
    before = deals.sample(SAMPLE).answers["DAT-02"].note
    assert isinstance(before, dict)
    assert found.deal.answers["DAT-02"].note == {**before, "zh": "已复核"}


@pytest.mark.parametrize("which", ["id", "en", "zh"])
def test_a_status_is_known_by_its_id_and_its_names(which: str) -> None:
    row = next(row for row in bank().frame.statuses if row.id == "documented")
    word = {"id": row.id, "en": row.name.en, "zh": row.name.zh}[which]
    content = edited(sample_book(SAMPLE), cells={"status_MKT_02": word})
    found = read_back(content, deals.sample(SAMPLE))
    assert found.deal.answers["MKT-02"].status == "documented"


# --- refused in one sentence that names the cell ---------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("finance.cash_usd", "a lot"),
        ("finance.cash_usd", -1),
        ("plan.cluster.n_accelerators", 1.5),
        ("finance.past_slip", "soon"),
        ("profile.eu_market", "perhaps"),
        ("plan.tokens", True),
    ],
)
def test_what_a_field_cannot_hold_is_refused_at_its_cell(path: str, value: object) -> None:
    content = changed(path, value)
    cell = f"Inputs!{STATED}{row_of(content, path)}"
    with pytest.raises(InputError) as refused:
        back(content)
    assert cell in str(refused.value.message)


@pytest.mark.parametrize("level", [5, 2.5, -1, "high"])
def test_a_level_that_there_is_not_is_refused_at_its_cell(level: object) -> None:
    content = edited(sample_book(SAMPLE), cells={"level_TEC_03": level})
    with pytest.raises(InputError, match="Checklist!" + opened(content).place("level_TEC_03")[1]):
        back(content)


def test_an_unknown_status_is_refused_at_its_cell() -> None:
    content = edited(sample_book(SAMPLE), cells={"status_TEC_03": "certain"})
    with pytest.raises(InputError, match="Checklist!" + opened(content).place("status_TEC_03")[1]):
        back(content)


def test_an_error_in_a_cell_is_refused() -> None:
    with pytest.raises(InputError, match="#DIV/0!"):
        back(changed("finance.cash_usd", "#DIV/0!"))


def test_a_field_that_assay_did_not_write_is_refused() -> None:
    with pytest.raises(InputError, match="restore the column"):
        back(changed("finance.cash_usd", "finance.gold_bars", column=FIELD))


def test_a_workbook_of_somebody_else_is_refused() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Inputs"
    book["Inputs"]["A1"] = "mine"
    with pytest.raises(InputError, match="Checklist"):
        back(saved(book))
    book.create_sheet("Checklist")["A1"] = "mine"
    with pytest.raises(InputError, match="no workbook that Assay wrote"):
        back(saved(book))


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"a,b\n1,2\n"])
def test_what_is_no_workbook_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(InputError):
        back(content)
