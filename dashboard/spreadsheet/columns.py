"""Which row names the columns, and what each column holds."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from costmodel.messages import InputError, Message, check_known, shown
from dashboard.language import N_
from dashboard.spreadsheet import cells, fields
from dashboard.spreadsheet.cells import Rules
from dashboard.spreadsheet.fields import Field
from dashboard.spreadsheet.preview import Column, Problem
from dashboard.spreadsheet.sheet import Sheet, Value, cell_name, is_empty, letters
from dashboard.spreadsheet.units import Unit, parse

#: Rows in which the header is looked for.
TRIED: Final = 20
#: A mapping to it leaves the column out.
LEAVE_OUT: Final = "-"
_TARGET: Final = re.compile(r"([\w.]+)(?:\s*[(（]([^)）]*)[)）])?")
_FACTORS: Final = {
    1e3: N_("thousand"), 1e4: N_("ten thousand"), 1e6: N_("million"), 1e8: N_("hundred million"),
    1e9: N_("billion"), 1e12: N_("trillion"), 0.01: N_("percent"),
}  # fmt: skip


def header_row(sheet: Sheet, mapping: Mapping[str, str]) -> int | None:
    """The row whose cells are most often understood as names of columns."""
    best, most = None, 0
    named = {key for key in mapping if key}
    for n, row in enumerate(sheet.rows[:TRIED]):
        texts = [value for value in row if isinstance(value, str) and value.strip()]
        score = sum(fields.recognise(text) is not None or text in named for text in texts)
        if score > most:
            best, most = n, score
    if best is None and named:
        filled = (n for n, row in enumerate(sheet.rows[:TRIED]) if not all(map(is_empty, row)))
        return next(filled, None)
    return best


def columns_of(
    sheet: Sheet, at: int, mapping: Mapping[str, str]
) -> tuple[list[Column], dict[int, Rules], list[Problem]]:
    """The columns under a header, how the cells of those understood are read, and what is not
    clear. Raises ``InputError`` for a mapping to what is not there.
    """
    header = [_header_of(value) for value in sheet.rows[at]]
    told = _told(header, mapping)
    found: dict[int, tuple[Field, Unit]] = {}
    for n, name in enumerate(header):
        understood = told[n] if n in told else fields.recognise(name)
        if understood is not None:
            found[n] = understood
    problems = _drop_twins(found, header, at)
    _company_as_name(found)
    columns, rules = [], {}
    for n, name in enumerate(header):
        values = [row[n] for row in sheet.rows[at + 1 :]]
        filled = sum(not is_empty(value) for value in values)
        if not name and not filled:
            continue
        if n in found:
            field, unit = found[n]
            decimals = cells.decimals_of(values)
            rules[n] = Rules(
                field=field,
                unit=unit,
                decimals=decimals,
                days_from_1904=sheet.days_from_1904,
                ask_thousands=sheet.comma_decimals,
                drop_apostrophes=sheet.is_text,
            )
            columns.append(_understood(n, name, rules[n], filled))
        else:
            columns.append(_not_understood(n, name, filled, left_out=n in told))
    return columns, rules, problems


def _header_of(value: Value) -> str:
    return " ".join(str(value).split()) if isinstance(value, str) else shown(value)


def _told(
    header: Sequence[str], mapping: Mapping[str, str]
) -> dict[int, tuple[Field, Unit] | None]:
    """What the mapping says of columns, by their number. Raises ``InputError``."""
    by_key = {name: n for n, name in reversed(list(enumerate(header))) if name}
    by_key |= {letters(n): n for n in range(len(header)) if letters(n) not in by_key}
    found: dict[int, tuple[Field, Unit] | None] = {}
    for key, target in mapping.items():
        check_known("mapping", key, list(by_key))
        if target.strip() in ("", LEAVE_OUT):
            found[by_key[key]] = None
            continue
        match = _TARGET.fullmatch(target.strip())
        path, unit_text = (match[1], match[2] or "") if match else (target, "")
        check_known(f"mapping.{key}", path, list(fields.known()))
        field = fields.known()[path]
        unit = parse(unit_text, field.kind, field.per)
        if unit is None:
            raise InputError(
                f"mapping.{key}",
                "{unit} is not a unit of {field}; write for example B, 亿, USD m or %",
                unit=shown(unit_text),
                field=path,
            )
        named = fields.recognise(header[by_key[key]])
        if not unit_text and named is not None and named[0].kind == field.kind:
            unit = named[1]
        found[by_key[key]] = (field, unit)
    return found


def _drop_twins(
    found: dict[int, tuple[Field, Unit]], header: Sequence[str], at: int
) -> list[Problem]:
    """Columns that read as the same field are all left aside, and asked about."""
    counts = Counter(field.path for field, _ in found.values())
    problems = []
    for path, count in counts.items():
        if count < 2:
            continue
        twins = [n for n, (field, _) in found.items() if field.path == path]
        for n in twins:
            del found[n]
            problems.append(
                Problem(
                    cell=cell_name((at, n)),
                    header=header[n],
                    message=Message(
                        "The columns {columns} all read as {field}; say which of them it is.",
                        {"columns": ", ".join(letters(each) for each in twins), "field": path},
                    ),
                )
            )
    return problems


def _company_as_name(found: dict[int, tuple[Field, Unit]]) -> None:
    """Where no column names the deal, the company's name does."""
    if any(field.path == "name" for field, _ in found.values()):
        return
    for n, (field, unit) in found.items():
        if field.path == "company.name":
            found[n] = (fields.known()["name"], unit)
            return


def _understood(n: int, name: str, rules: Rules, filled: int) -> Column:
    remarks = []
    if rules.decimals == "comma":
        remarks.append(Message("Read with decimal commas: 1.234,5 is 1234.5."))
    if rules.unit.currency == "CNY":
        rate = cells.yuan_per_dollar()
        remarks.append(
            Message(
                "Turned into dollars at {rate} yuan per dollar ({as_of}).",
                {"rate": rate.value, "as_of": rate.as_of},
            )
        )
    return Column(
        letters=letters(n),
        header=name,
        path=rules.field.path,
        label=Message(rules.field.label),
        unit=_unit_words(rules.unit),
        nearest=(),
        n_filled=filled,
        remarks=tuple(remarks),
    )


def _not_understood(n: int, name: str, filled: int, *, left_out: bool) -> Column:
    return Column(
        letters=letters(n),
        header=name,
        path=None,
        label=None,
        unit=None,
        nearest=() if left_out else fields.nearest(name),
        n_filled=filled,
        remarks=(Message("Left out, as you said."),) if left_out else (),
    )


def _unit_words(unit: Unit) -> Message | None:
    """How the numbers of a column are read, where its header or the mapping says so."""
    currency = unit.currency if unit.currency in ("USD", "CNY") else None
    factor = _FACTORS.get(unit.factor)
    if factor is not None and currency is not None:
        return Message("{factor} {currency}", {"factor": Message(factor), "currency": currency})
    if factor is not None:
        return Message(factor)
    if currency is not None:
        return Message("{currency}", {"currency": currency})
    return None if unit.factor == 1 else Message("times {factor}", {"factor": unit.factor})
