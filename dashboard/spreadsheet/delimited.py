"""CSV: its encoding and its separator are found out, and said."""

import csv
import io
from collections import Counter
from typing import Final

from costmodel.messages import InputError, Message, shown
from dashboard.language import N_
from dashboard.spreadsheet.sheet import MAX_COLUMNS, MAX_ROWS, Sheet, Value

_SEPARATORS: Final = {",": N_("comma"), ";": N_("semicolon"), "\t": N_("tab"), "|": N_("bar")}
#: Rows by which the separator is chosen.
_TRIED: Final = 50
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_PREAMBLE: Final = "sep="


def read(content: bytes, name: str) -> Sheet:
    """The rows of a CSV file. Raises ``InputError`` in one sentence."""
    text, remarks = _decoded(content, name)
    text, separator = _without_preamble(text)
    separator = separator or _separator(text)
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > MAX_ROWS + _TRIED:
                raise _too_many(name)
            if len(row) > MAX_COLUMNS:
                raise InputError(
                    "",
                    "line {line} has more than {most} columns; delete those that are not needed",
                    line=reader.line_num,
                    most=MAX_COLUMNS,
                )
    except csv.Error:
        raise InputError(
            "",
            "line {line} cannot be read as CSV; check its quotes: a quote inside a quoted cell "
            'is written twice ("")',
            line=reader.line_num,
        ) from None
    width = max((len(row) for row in rows), default=0)
    padded: list[tuple[Value, ...]] = [(*row, *[""] * (width - len(row))) for row in rows]
    remarks.append(
        Message("Cells are separated by: {name}.", {"name": Message(_SEPARATORS[separator])})
    )
    return Sheet(
        file=name,
        name="",
        sheets=(),
        rows=tuple(padded),
        errors={},
        merged={},
        comma_decimals=separator == ";",
        remarks=tuple(remarks),
    )


def _decoded(content: bytes, name: str) -> tuple[str, list[Message]]:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return content.decode(encoding), []
            except UnicodeDecodeError:
                raise _not_text(name) from None
    if b"\x00" in content:
        raise _not_text(name)
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        raise _not_text(name) from None
    return text, [
        Message(
            "The text is not UTF-8 and was read as GB18030 (Chinese). Look at the names: if they "
            "are wrong, save the file as UTF-8."
        )
    ]


def _not_text(name: str) -> InputError:
    return InputError(
        "",
        "{file} is neither an Excel workbook nor a text in UTF-8 or GB18030; save it as .xlsx, or "
        "as CSV in UTF-8",
        file=shown(name),
    )


def _without_preamble(text: str) -> tuple[str, str]:
    """The text without Excel's first line ``sep=;``, and the separator that it names."""
    first, _, rest = text.partition("\n")
    named = first.strip().removeprefix(_PREAMBLE)
    if first.strip().startswith(_PREAMBLE) and named in _SEPARATORS:
        return rest, named
    return text, ""


def _separator(text: str) -> str:
    """The separator by which most of the first rows have as many cells, and more than one."""
    head = "\n".join(text.splitlines()[:_TRIED])
    best, most = ",", 0
    for separator in _SEPARATORS:
        try:
            widths = Counter(
                len(row) for row in csv.reader(io.StringIO(head), delimiter=separator) if row
            )
        except csv.Error:
            continue
        (width, n), *_ = widths.most_common(1) or [(0, 0)]
        if width > 1 and width * n > most:
            best, most = separator, width * n
    return best


def _too_many(name: str) -> InputError:
    return InputError(
        "",
        "{file} has more than {most} rows; split it, or keep the deals of this year",
        file=shown(name),
        most=MAX_ROWS,
    )
