"""Each row under the header as a deal, or why it makes none, cell by cell."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from costmodel.hardware import accelerators
from costmodel.messages import InputError, Message, shown
from costmodel.money import energy
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.deal_sections import SECTIONS
from dashboard.spreadsheet import cells
from dashboard.spreadsheet.cells import CellError, Rules
from dashboard.spreadsheet.preview import Column, Problem, Row
from dashboard.spreadsheet.sheet import MAX_ROWS, Sheet, Value, cell_name, is_empty, letters

_TOTALS: Final = frozenset({"total", "totals", "sum", "average", "mean", "合计", "总计", "小计",
                            "平均"})  # fmt: skip
#: The quantities whose claims a column can state, by the start of the field's path.
_CLAIM: Final = "claims."


def rows_of(
    sheet: Sheet, at: int, columns: Sequence[Column], rules: Mapping[int, Rules]
) -> tuple[list[Row], int]:
    """The rows that hold something, and how many empty ones were left out.

    Raises ``InputError`` for more than can be read.
    """
    headers = {column.letters: column.header for column in columns}
    rows: list[Row] = []
    names: dict[str, str] = {}
    left_out = 0
    for n, row in enumerate(sheet.rows[at + 1 :], start=at + 1):
        if _is_empty(row) and not any((n, column) in sheet.uncomputed for column in rules):
            left_out += 1
            continue
        if len(rows) >= MAX_ROWS:
            raise InputError(
                "",
                "{file} has more than {most} rows; split it, or keep the deals of this year",
                file=shown(sheet.file),
                most=MAX_ROWS,
            )
        rows.append(_row(sheet, n, rules, headers, names))
    return rows, left_out


def _row(
    sheet: Sheet,
    n: int,
    rules: Mapping[int, Rules],
    headers: Mapping[str, str],
    names: dict[str, str],
) -> Row:
    problems: list[Problem] = []
    given: dict[str, object] = {}
    places: dict[str, int] = {}
    for column, how in rules.items():
        places[how.field.path] = column
        try:
            value = _cell(sheet, n, column, how)
        except CellError as error:
            problems.append(_problem(n, column, headers, error.message))
        else:
            if value is not None:
                given[how.field.path] = value
    name = str(given.get("name", ""))
    at_name = places.get("name")
    if at_name is not None and not any(p.cell == cell_name((n, at_name)) for p in problems):
        problem = _name_problem(name, names, cell_name((n, at_name)))
        if problem is not None:
            problems.append(_problem(n, at_name, headers, problem))
    deal = None
    if not problems and name:
        try:
            deal = _deal(given)
        except InputError as error:
            about = _column_of(error.field, places)
            problems.append(_problem(n, about, headers, error.message))
    return Row(number=n + 1, name=name, deal=deal, problems=tuple(problems))


def _cell(sheet: Sheet, n: int, column: int, rules: Rules) -> object | None:
    """What a cell says of its field, ``None`` for nothing. Raises ``CellError``."""
    place = (n, column)
    if place in sheet.errors:
        raise CellError(
            Message("The cell holds the error {error}; mend its formula.",
                    {"error": shown(sheet.errors[place])})
        )  # fmt: skip
    if place in sheet.uncomputed:
        raise CellError(
            Message(
                "The cell is a formula without a stored value; open the file in Excel, let it "
                "compute, and save it."
            )
        )
    if place in sheet.merged:
        raise CellError(
            Message(
                "The cell is merged with {other}; write the value into each row.",
                {"other": cell_name(sheet.merged[place])},
            )
        )
    value = sheet.rows[n][column]
    if cells.is_nothing(value):
        return None
    return cells.value_of(value, rules, percent=place in sheet.percents)


def _name_problem(name: str, names: dict[str, str], cell: str) -> Message | None:
    if not name:
        return Message("The row has no name; write one, or empty the row.")
    if name.strip().casefold() in _TOTALS:
        return Message("{name} looks like a line of sums; delete it, or rename the deal.",
                       {"name": shown(name)})  # fmt: skip
    first = names.setdefault(name.strip().casefold(), cell)
    if first != cell:
        return Message(
            "{name} stands already in {cell}; give each deal its own name.",
            {"name": shown(name), "cell": first},
        )
    return None


def _deal(given: Mapping[str, object]) -> Deal:
    """The deal of a row's values. Raises ``InputError`` with the path of the field."""
    loaded: dict[str, Any] = {"assay": deals.FORMAT}
    as_of = given.get("as_of")
    for path, value in given.items():
        if path == "as_of":
            continue
        if path.startswith(_CLAIM):
            quantity = path.removeprefix(_CLAIM)
            claim = {"id": quantity, "quantity": quantity, "value": value}
            loaded.setdefault("claims", []).append(claim)
            continue
        section, *rest = path.split(".")
        dated = section in SECTIONS and as_of is not None
        told = {"value": value, "date": as_of} if dated else value
        _put(loaded, [section, *rest], told)
    if isinstance(precision := given.get("plan.precision"), str):
        loaded["plan"]["precision"] = precision.lower()
    deal = deals.from_mapping(loaded)
    cluster = deal.plan.cluster
    if cluster.chip is not None:
        accelerators.find(cluster.chip, field="plan.cluster.chip")
    if deal.plan.region is not None:
        try:
            energy.find_region(deal.plan.region)
        except InputError as error:
            raise InputError("plan.region", error.message.text, **error.message.params) from None
    deals.claims_of(deal, "en")
    return deal


def _put(loaded: dict[str, Any], path: Sequence[str], value: object) -> None:
    inner = loaded
    for part in path[:-1]:
        inner = inner.setdefault(part, {})
    inner[path[-1]] = value


def _column_of(field: str, places: Mapping[str, int]) -> int | None:
    """The column whose field a refusal is about."""
    if field.startswith(_CLAIM):
        field = ".".join(field.split(".")[:2])
    return next((places[path] for path in places if field.startswith(path)), None)


def _problem(n: int, column: int | None, headers: Mapping[str, str], message: Message) -> Problem:
    if column is None:
        return Problem(cell=str(n + 1), header="", message=message)
    return Problem(
        cell=cell_name((n, column)), header=headers.get(letters(column), ""), message=message
    )


def _is_empty(row: Sequence[Value]) -> bool:
    return all(is_empty(value) for value in row)
