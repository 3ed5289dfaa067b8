"""Tables of a Word document, written at once: cell by cell takes seconds."""

from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Length

from dashboard.report.document import Align, Cell, Rich, Run, Table, Tone

FILLS: Final[dict[Tone, str]] = {
    "good": "D3E9E2",
    "fair": "F7E6B8",
    "bad": "F2C3A4",
    "worst": "9C2340",
    "neutral": "E6EBEE",
}
_HEAD: Final = "EAF0F4"
_RULE: Final = "C9D2D9"
_ACCENT: Final = "1B5482"
_HALF_POINTS: Final = 16
_EDGES: Final = ("top", "bottom", "insideH")


def table_element(block: Table, width: Length) -> Any:
    """The table: its head repeated on every page, its rows whole."""
    whole = sum(head.width for head in block.heads)
    widths = [round(width.twips * head.width / whole) for head in block.heads]
    aligns = [head.align for head in block.heads]
    heads = [Cell(text=(Run(head.text),)) for head in block.heads]
    rows = [_row(heads, widths, aligns, head=True)]
    for i, cells in enumerate(block.rows):
        last = block.total and i == len(block.rows) - 1
        rows.append(_row(cells, widths, aligns, bold=last))
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    borders = "".join(
        f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="{_RULE}"/>' for edge in _EDGES
    )
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(
    cells: Sequence[Cell],
    widths: Sequence[int],
    aligns: Sequence[Align],
    *,
    head: bool = False,
    bold: bool = False,
) -> str:
    told = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
    made = "".join(
        _cell(cell, width, align, head=head, bold=bold or head)
        for cell, width, align in zip(cells, widths, aligns, strict=True)
    )
    return f"<w:tr><w:trPr>{told}</w:trPr>{made}</w:tr>"


def _cell(cell: Cell, width: int, align: Align, *, head: bool, bold: bool) -> str:
    fill = _HEAD if head else FILLS[cell.tone] if cell.tone else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    side = '<w:jc w:val="right"/>' if align == "right" else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr>'
        f'<w:p><w:pPr><w:spacing w:before="20" w:after="20"/>{side}</w:pPr>'
        f"{_runs(cell.text, bold=bold, white=cell.tone == 'worst')}</w:p></w:tc>"
    )


def _runs(text: Rich, *, bold: bool, white: bool) -> str:
    found = []
    for run in text:
        look = "<w:b/>" if bold or run.strong else ""
        colour = '<w:color w:val="FFFFFF"/>' if white else ""
        size = f'<w:sz w:val="{_HALF_POINTS}"/>'
        found.append(f"<w:r><w:rPr>{look}{colour}{size}</w:rPr>{_words(run.text)}</w:r>")
        key_colour = "FFFFFF" if white else _ACCENT
        found += [
            f'<w:hyperlink w:anchor="note-{key}" w:history="1"><w:r><w:rPr>'
            f'<w:color w:val="{key_colour}"/>{size}<w:vertAlign w:val="superscript"/></w:rPr>'
            f"{_words(_key(i, key))}</w:r></w:hyperlink>"
            for i, key in enumerate(run.notes)
        ]
    return "".join(found)


def _key(place: int, key: int) -> str:
    return f",{key}" if place else str(key)


def _words(text: str) -> str:
    return f'<w:t xml:space="preserve">{escape(text)}</w:t>'
