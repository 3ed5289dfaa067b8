"""The texts of a Parquet file, a few rows at a time."""

from collections.abc import Iterator
from typing import Any, Final

from costmodel.messages import InputError, shown
from lab.audit.opening import FIELD, MOST_EXPANSION, Source
from lab.corpora.tables import TEXT_NAMES, column_of

#: Rows are read so that a batch of them has about so many bytes.
_BATCH_BYTES: Final = 8_000_000
_MOST_ROWS: Final = 10_000
#: A file may expand to so much before its ratio is looked at, in bytes.
_FREE_BYTES: Final = 64 << 20
#: Unpacked bytes of one group of rows, which the reader may hold at once.
_MOST_GROUP_BYTES: Final = 2 << 30


def texts(source: Source, text_column: str | None) -> Iterator[tuple[str, float]]:
    """Each text with the share of the rows that was read by then.

    Raises ``InputError`` for a damaged file, one without a column of texts, and a bomb.
    """
    import pyarrow
    from pyarrow import parquet

    assert source.path is not None
    try:
        file = parquet.ParquetFile(source.path)
        schema = file.schema_arrow
    except (OSError, pyarrow.ArrowException) as broken:
        raise _damaged(source, broken) from None
    with file:
        column = _column(schema, text_column, source.name)
        _check_size(file.metadata, schema.names.index(column), source)
        n_rows = max(file.metadata.num_rows, 1)
        # As a dictionary, a text that stands in a million rows is held once.
        file = parquet.ParquetFile(source.path, read_dictionary=[column])
        per_row = _bytes_of(file.metadata, column) / n_rows
        rows = int(min(_MOST_ROWS, max(1, _BATCH_BYTES // max(per_row, 1))))
        done = given = 0
        try:
            for batch in file.iter_batches(batch_size=rows, columns=[column]):
                for value in _strings(batch.column(0)):
                    done += 1
                    given += len(value)
                    if given > max(MOST_EXPANSION * source.n_bytes, _FREE_BYTES):
                        raise _bomb(source)
                    yield value, done / n_rows
        except (OSError, pyarrow.ArrowException) as broken:
            raise _damaged(source, broken) from None


def _strings(array: Any) -> Iterator[str]:
    import pyarrow

    if pyarrow.types.is_dictionary(array.type):
        words = array.dictionary.to_pylist()
        for place in array.indices.to_pylist():
            yield "" if place is None else words[place] or ""
    else:
        for value in array.to_pylist():
            yield value or ""


def _column(schema: Any, text_column: str | None, name: str) -> str:
    from pyarrow import types

    plain = [
        field.name
        for field in schema
        if types.is_string(field.type) or types.is_large_string(field.type)
    ]
    nested = [field.name for field in schema if types.is_nested(field.type)]
    if text_column in nested or (not plain and nested):
        raise InputError(
            "text_column" if text_column else FIELD,
            "the column {column} of {name} holds nested values, not texts; write the texts "
            "into a column of strings",
            column=shown(text_column or nested[0]),
            name=name,
        )
    if not plain:
        raise InputError(FIELD, "{name} has no column of strings", name=name)
    if text_column is None and len(plain) == 1:
        return str(plain[0])
    return column_of(dict.fromkeys(plain), text_column, TEXT_NAMES, "text", FIELD)


def _bytes_of(metadata: Any, column: str) -> int:
    """Unpacked bytes of a column, as the file states them."""
    total = 0
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            part = metadata.row_group(group).column(place)
            if part.path_in_schema == column:
                total += part.total_uncompressed_size
    return total


def _check_size(metadata: Any, place: int, source: Source) -> None:
    largest = total = 0
    for group in range(metadata.num_row_groups):
        n_bytes = metadata.row_group(group).total_byte_size
        largest, total = max(largest, n_bytes), total + n_bytes
    if total > max(MOST_EXPANSION * source.n_bytes, _FREE_BYTES):
        raise _bomb(source)
    if largest > _MOST_GROUP_BYTES:
        raise InputError(
            FIELD,
            "{name} holds its rows in groups of up to {n} bytes; write it with smaller row groups",
            name=source.name,
            n=largest,
        )


def _bomb(source: Source) -> InputError:
    return InputError(
        FIELD,
        "{name} expands to more than {most} times its size: that is no text, or it "
        "repeats without end. Unpack it yourself if you trust it",
        name=source.name,
        most=MOST_EXPANSION,
    )


def _damaged(source: Source, broken: Exception) -> InputError:
    return InputError(
        FIELD,
        "{name} is no Parquet file that can be read ({reason})",
        name=source.name,
        reason=shown(broken),
    )
