"""The bytes of an uploaded file as a sheet; by their content, not by the file's name."""

from typing import Final

from costmodel.messages import InputError, shown
from dashboard.spreadsheet import delimited, workbook
from dashboard.spreadsheet.sheet import MAX_BYTES, Sheet

_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
#: Old Excel files, and new ones under a password, are OLE files.
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_BYTES_PER_MB: Final = 1e6


def read(content: bytes, name: str, *, sheet: str | None = None) -> Sheet:
    """The sheet of this name in a CSV or XLSX file, else the first that holds something.

    Raises ``InputError`` in one sentence for a file that cannot be read or is too large.
    """
    if len(content) > MAX_BYTES:
        raise InputError(
            "",
            "{file} has {size} megabytes and may have {most}; keep the rows of the deals alone",
            file=shown(name),
            size=round(len(content) / _BYTES_PER_MB, 1),
            most=round(MAX_BYTES / _BYTES_PER_MB),
        )
    if not content.strip():
        raise InputError("", "{file} is empty; choose the file again", file=shown(name))
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise InputError(
                "",
                "{file} is protected by a password; remove it in Excel and save the file again",
                file=shown(name),
            )
        raise InputError(
            "", "{file} is an old Excel file; save it as .xlsx or CSV", file=shown(name)
        )
    if content.startswith((_ZIP, _EMPTY_ZIP)):
        return workbook.read(content, name, sheet=sheet)
    if sheet is not None:
        raise InputError("sheet", "{file} is text and has no sheets", file=shown(name))
    return delimited.read(content, name)
