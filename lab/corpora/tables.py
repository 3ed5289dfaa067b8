"""A person's table of texts and labels: CSV with any delimiter, or JSON lines."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from costmodel.messages import InputError, shown
from lab.corpora.decoding import decode
from lab.corpora.provenance import read_bytes

#: Names that people give these columns, likeliest first; compared in lower case.
TEXT_NAMES: Final = (
    *("text", "review", "sentence", "content", "comment", "document", "review_body", "body"),
    *("message", "title", "文本", "评论", "内容", "句子", "正文", "評論", "內容"),
)
LABEL_NAMES: Final = (
    *("label", "labels", "sentiment", "class", "category", "target", "rating", "score", "stars"),
    *("polarity", "y", "标签", "标注", "情感", "类别", "分类", "評分", "標籤", "類別"),
)
MOST_BYTES: Final = 500_000_000
_DELIMITERS: Final = ",\t;|"
_SNIFFED_LINES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Texts with their labels as written; rows without either are counted, not kept."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    n_incomplete: int
    encoding: str
    content: bytes


def read(
    path: Path,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    field: str = "data",
) -> Table:
    """The rows of a CSV or JSONL file that have a text and a label.

    Columns that are not named are looked for among the usual names. Raises ``InputError``
    for a file that cannot be read, has no such columns or no such row, or is broken, with
    the line.
    """
    content = read_bytes(path, field=field, most_bytes=MOST_BYTES)
    decoded = decode(content, field=field, name=path.name)
    is_json = decoded.text.lstrip()[:1] == "{"
    rows = (_json_rows if is_json else _csv_rows)(decoded.text, field)
    first = next(rows, None)
    if first is None:
        raise InputError(field, "{path} has no rows", path=shown(path.name))
    text_key = column_of(first, text_column, TEXT_NAMES, "text", field)
    label_key = column_of(first, label_column, LABEL_NAMES, "label", field)
    texts: list[str] = []
    labels: list[str] = []
    n_incomplete = 0
    for row in (first, *rows):
        text, label = _cell(row.get(text_key)), _cell(row.get(label_key))
        if text and label:
            texts.append(text)
            labels.append(label)
        else:
            n_incomplete += 1
    if not texts:
        raise InputError(
            field, "no row of {path} has both a text and a label", path=shown(path.name)
        )
    return Table(
        texts=tuple(texts),
        labels=tuple(labels),
        n_incomplete=n_incomplete,
        encoding=decoded.encoding,
        content=content,
    )


def _csv_rows(text: str, field: str) -> Iterator[Mapping[str, Any]]:
    previous = csv.field_size_limit(len(text) + 1)
    try:
        return iter(_parsed_csv(text, field))
    finally:
        csv.field_size_limit(previous)


def _parsed_csv(text: str, field: str) -> list[Mapping[str, Any]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter(text), strict=True)
    header: Sequence[str] | None = None
    rows: list[Mapping[str, Any]] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = [cell.strip() for cell in row]
                continue
            if len(row) > len(header):
                raise InputError(
                    field,
                    "line {line} has {n} cells, the first line {n_columns}: put texts that "
                    "hold the delimiter in quotation marks",
                    line=reader.line_num,
                    n=len(row),
                    n_columns=len(header),
                )
            rows.append(dict(zip(header, row, strict=False)))
    except csv.Error as broken:
        raise InputError(
            field,
            "line {line} is not CSV: a quotation mark is not closed or not doubled",
            line=reader.line_num,
        ) from broken
    return rows


def delimiter(text: str) -> str:
    """The delimiter that cuts the first lines into the same number of cells, the most."""
    head = "\n".join(text.split("\n", _SNIFFED_LINES)[:_SNIFFED_LINES])

    def fit(candidate: str) -> tuple[float, int]:
        rows = [row for row in csv.reader(io.StringIO(head), delimiter=candidate) if row]
        width = len(rows[0]) if rows else 0
        if width < 2:
            return 0.0, 0
        return sum(len(row) == width for row in rows) / len(rows), width

    return max(_DELIMITERS, key=fit)


def _json_rows(text: str, field: str) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as broken:
            raise InputError(
                field,
                "line {line} is not JSON; write one object per line",
                line=number,
            ) from broken
        if not isinstance(row, dict):
            raise InputError(
                field, "line {line} is not a JSON object; write one per line", line=number
            )
        yield row


def column_of(
    row: Mapping[str, Any], named: str | None, usual: Sequence[str], what: str, field: str
) -> str:
    """The column that is named, else the first that has a usual name for ``what``.

    Raises ``InputError`` with the columns that there are.
    """
    by_name = {key.strip().lower(): key for key in row}
    wanted = usual if named is None else (named.strip().lower(),)
    found = next((by_name[name] for name in wanted if name in by_name), None)
    if found is not None:
        return found
    columns = shown(", ".join(row))
    if named is not None:
        raise InputError(
            f"{what}_column",
            "there is no column {named}; the file has {columns}",
            named=shown(named),
            columns=columns,
        )
    if what == "text":
        raise InputError(
            field,
            "none of the columns {columns} is known to hold texts; name the column, or "
            "call it {name}",
            columns=columns,
            name=what,
        )
    raise InputError(
        field,
        "none of the columns {columns} is known to hold labels; name the column, or call it {name}",
        columns=columns,
        name=what,
    )


def _cell(value: object) -> str:
    """A cell as text; a number with no fraction as a whole one, so that 1 and 1.0 agree."""
    if value is None or isinstance(value, list | dict):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
