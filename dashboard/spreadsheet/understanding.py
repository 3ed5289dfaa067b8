"""A sheet as deals: the header is found, the columns are named, each row makes its deal."""

from collections.abc import Mapping

from costmodel.messages import Message
from dashboard.spreadsheet.columns import TRIED, columns_of, header_row
from dashboard.spreadsheet.preview import Preview, Problem
from dashboard.spreadsheet.rows import rows_of
from dashboard.spreadsheet.sheet import Sheet


def understand(sheet: Sheet, mapping: Mapping[str, str] | None = None) -> Preview:
    """What the sheet's columns and rows are.

    ``mapping`` says of a column, by its letters or its header, which field it holds, with its
    unit in brackets where the header has none: ``{"C": "plan.tokens (T)"}``; ``"-"`` leaves it
    out. Raises ``InputError`` for a column or a field that is not there.
    """
    at = header_row(sheet, mapping or {})
    if at is None:
        return Preview(
            header_row=None,
            columns=(),
            rows=(),
            sheet_problems=(
                _of_sheet(
                    Message(
                        "No row of column names was found in the first {n} rows; write one above "
                        "the deals, with a column for the name.",
                        {"n": TRIED},
                    )
                ),
            ),
            remarks=sheet.remarks,
        )
    columns, rules, problems = columns_of(sheet, at, mapping or {})
    rows, left_out = rows_of(sheet, at, columns, rules)
    remarks = [*sheet.remarks]
    if left_out:
        remarks.append(Message("Empty rows left out: {n}.", {"n": left_out}))
    if not any(column.path == "name" for column in columns):
        problems.append(
            _of_sheet(
                Message(
                    "No column was understood as the deal's name; name one Deal, Name or 项目名称, "
                    "or say which it is."
                )
            )
        )
    return Preview(
        header_row=at + 1,
        columns=tuple(columns),
        rows=tuple(rows),
        sheet_problems=tuple(problems),
        remarks=tuple(remarks),
    )


def _of_sheet(message: Message) -> Problem:
    return Problem(cell="", header="", message=message)
