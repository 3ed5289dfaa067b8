"""What comes back of a workbook that somebody changed: the deal with the edited cells.

The sheets of inputs and of the checklist are read, by the reader of spreadsheets that looks at
a file before it opens it. Nothing is evaluated; a cell that holds a formula counts as the
number that was stored with it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from costmodel.messages import InputError, shown
from dashboard import deal as deals
from dashboard.deal import Deal, localised
from dashboard.language import LANGUAGES, t, use_language
from dashboard.report.workbook import entries
from dashboard.report.workbook.about.cover import SHEET as COVER
from dashboard.report.workbook.cells import clean
from dashboard.report.workbook.inputs.line import PATH, SOURCE, STATED, STATUS
from dashboard.report.workbook.inputs.sheet import SHEET as INPUTS
from dashboard.report.workbook.risk.checklist import SHEET as CHECKLIST
from dashboard.report.workbook.risk.columns import AT
from dashboard.risk.answers.answer import Answer
from dashboard.risk.bank.loading import bank
from dashboard.spreadsheet import reading as spreadsheets
from dashboard.spreadsheet.sheet import Sheet, Value, cell_name, is_empty
from dashboard.store.changes import Change, changes
from dashboard.store.records import state_of

#: Rows of titles and notes before the names of the columns.
_TRIED: Final = 12
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_QUESTION: Final = re.compile(r"[A-Z]{3}-\d{2}")
_TOP_LEVEL: Final = 4
_YES: Final = frozenset({"1", "true", "yes", "是"})
_NO: Final = frozenset({"0", "false", "no", "否"})
_PATH_HEAD: Final = "Field of the deal"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """The deal with the edited cells, and what of it differs, entry by entry.

    ``sha256`` is the hash of the deal that the workbook was made of, where its cover says it:
    another than that of the deal at hand means that the deal has moved on since.
    """

    deal: Deal
    changes: tuple[Change, ...]
    sha256: str | None


def read_back(content: bytes, deal: Deal, *, name: str = "workbook.xlsx") -> ReadBack:
    """The deal as the workbook states it: every entry whose cell differs from the deal's.

    Raises ``InputError`` in one sentence that names the cell for what cannot be read, and for
    a file that is no workbook of ours.
    """
    inputs = spreadsheets.read(content, name, sheet=INPUTS)
    checklist = spreadsheets.read(content, name, sheet=CHECKLIST)
    language = _language(inputs, name)
    state = deal.model_dump(mode="json", exclude_defaults=True) | {"assay": deal.assay}
    before = state_of(deal)
    places: dict[str, str] = {}
    _read_inputs(inputs, deal, state, places)
    _read_answers(checklist, deal, state, places, language)
    edited = _checked(state, places) if places else deal
    return ReadBack(
        deal=edited,
        changes=tuple(changes(before, state_of(edited))),
        sha256=_hash_in(content, name),
    )


def _language(sheet: Sheet, name: str) -> str:
    """The language of the workbook, by the name of the column of fields."""
    for language in LANGUAGES:
        with use_language(language):
            head = t(_PATH_HEAD)
        if any(len(row) > PATH and row[PATH] == head for row in sheet.rows[:_TRIED]):
            return language
    raise InputError(
        "",
        "{file} is no workbook that Assay wrote, or its columns were moved; restore the columns of "
        "the sheet Inputs",
        file=shown(name),
    )


def _hash_in(content: bytes, name: str) -> str | None:
    try:
        cover = spreadsheets.read(content, name, sheet=COVER)
    except InputError:
        return None
    texts = [cell for row in cover.rows for cell in row if isinstance(cell, str)]
    return next((text for text in texts if _HASH.fullmatch(text)), None)


def _read_inputs(sheet: Sheet, deal: Deal, state: dict[str, Any], places: dict[str, str]) -> None:
    """Write the fields whose cells differ into the state, and note where each stands."""
    for n, row in enumerate(sheet.rows):
        path = row[PATH].strip() if len(row) > PATH and isinstance(row[PATH], str) else ""
        if not entries.is_path(path):
            continue
        place = cell_name((n, STATED))
        if not entries.is_known(path):
            raise InputError(
                path,
                "{sheet}!{cell}: {value} is no field that Assay wrote there; restore the column",
                sheet=INPUTS,
                cell=cell_name((n, PATH)),
                value=shown(path),
            )
        old = entries.shown_at(deal, path)
        _refuse_error(sheet, n, STATED)
        found = _field(row[STATED], deal, path, place)
        new: dict[str, Any] = {}
        if not entries.same(found, old.value):
            new["value"] = found
        if old.has_evidence and (found is not None or "value" in new):
            status = _status(row[STATUS], INPUTS, cell_name((n, STATUS)))
            source = clean(_text(row[SOURCE])).strip()
            if status != old.status:
                new["status"] = status
            if source != old.source.strip():
                new["source"] = source
        if new:
            places[path] = f"{INPUTS}!{place}"
            entries.put(state, path, new)


def _field(value: Value, deal: Deal, path: str, place: str) -> str | float | bool | None:
    """What a cell says of a field. Raises ``InputError`` naming the cell."""
    if is_empty(value):
        return None
    if entries.is_text(deal, path):
        return _text(value)
    if entries.is_yes_no(deal, path):
        return _yes_no(value, path, f"{INPUTS}!{place}")
    number = _number(value, path, f"{INPUTS}!{place}")
    if not entries.is_whole(path):
        return number
    if number != int(number):
        raise InputError(
            path,
            "{cell}: {value} is not a whole number",
            cell=f"{INPUTS}!{place}",
            value=number,
        )
    return int(number)


def _read_answers(
    sheet: Sheet, deal: Deal, state: dict[str, Any], places: dict[str, str], language: str
) -> None:
    """Write the answers whose cells differ into the state."""
    known = bank().every_question()
    for n, row in enumerate(sheet.rows):
        question = row[AT["id"]]
        if not (isinstance(question, str) and _QUESTION.fullmatch(question) and question in known):
            continue
        old = deal.answers.get(question, Answer())
        for column in ("level", "status"):
            _refuse_error(sheet, n, AT[column], CHECKLIST)
        new: dict[str, Any] = {}
        level = _level(row[AT["level"]], question, f"{CHECKLIST}!{cell_name((n, AT['level']))}")
        if level != old.level:
            new["level"] = level
        status = _status(row[AT["status"]], CHECKLIST, cell_name((n, AT["status"]))) or "unknown"
        if status != old.status:
            new["status"] = status
        for field in ("na_reason", "second_reader"):
            text = _text(row[AT[field]])
            if not entries.same(text, getattr(old, field)):
                new[field] = text
        note = _text(row[AT["note"]])
        if not entries.same(note, localised(old.note, language)):
            new["note"] = _note(old.note, note, language)
        if new:
            places[f"answers.{question}"] = f"{CHECKLIST}!{cell_name((n, AT['level']))}"
            answers = state.setdefault("answers", {})
            answers[question] = {**answers.get(question, {}), **new}


def _note(old: str | Mapping[Any, str], text: str, language: str) -> str | dict[str, str]:
    """A note with its text in one language changed."""
    return {**old, language: text} if isinstance(old, Mapping) else text


def _level(value: Value, question: str, place: str) -> int | None:
    if is_empty(value):
        return None
    number = _number(value, f"answers.{question}.level", place)
    if number != int(number) or not 0 <= number <= _TOP_LEVEL:
        raise InputError(
            f"answers.{question}.level",
            "{cell}: {value} is no level; write 0, 1, 2, 3 or 4, or clear the cell",
            cell=place,
            value=number,
        )
    return int(number)


def _status(value: Value, sheet: str, place: str) -> str:
    """A status by its id or its name in either language; empty for none."""
    said = _text(value).strip()
    if not said:
        return ""
    for row in bank().frame.statuses:
        if said.casefold() in (row.id, row.name.en.casefold(), row.name.zh):
            return row.id
    raise InputError(
        "status",
        "{cell}: {value} is not a status of evidence; choose one of the cell's list",
        cell=f"{sheet}!{place}",
        value=shown(said),
    )


def _number(value: Value, path: str, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = _text(value).strip().replace(",", "")
        try:
            return float(text)
        except ValueError:
            raise InputError(
                path,
                "{cell}: {value} is not a number; write a number, or clear the cell",
                cell=place,
                value=shown(value),
            ) from None
    return float(value)


def _yes_no(value: Value, path: str, place: str) -> bool:
    said = str(int(value)) if isinstance(value, int | float) else _text(value)
    if said.strip().casefold() in _YES:
        return True
    if said.strip().casefold() in _NO:
        return False
    raise InputError(
        path, "{cell}: {value} is neither yes nor no; write TRUE or FALSE", cell=place,
        value=shown(value),
    )  # fmt: skip


def _text(value: Value) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _refuse_error(sheet: Sheet, row: int, column: int, name: str = INPUTS) -> None:
    found = sheet.errors.get((row, column))
    if found is not None:
        raise InputError(
            "",
            "{cell}: the cell holds the error {value}; write a value, or clear the cell",
            cell=f"{name}!{cell_name((row, column))}",
            value=found,
        )


def _checked(state: dict[str, Any], places: Mapping[str, str]) -> Deal:
    """The deal of the state; what is refused of it names the cell that it stands in."""
    try:
        return deals.from_mapping(state)
    except InputError as refused:
        place = next((at for path, at in places.items() if refused.field.startswith(path)), "")
        if not place:
            raise
        raise InputError(
            refused.field, "{cell}: {problem}", cell=place, problem=refused.message
        ) from None
