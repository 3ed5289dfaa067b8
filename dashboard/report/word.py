"""The memo as a Word document: heading styles, contents, captions and tables that can be edited.

Charts are vectors with a picture beside them for programs that read none; the fonts are
embedded, so that Chinese shows where no Chinese font is installed.
"""

import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph

from dashboard.language import t
from dashboard.report.document import (
    Block,
    Bullets,
    Chart,
    Decision,
    Heading,
    Memo,
    Paragraph,
    Rich,
    Section,
    Table,
    numbered,
)
from dashboard.report.word_parts import (
    Drawn,
    bookmark,
    drawn,
    embed_fonts,
    field,
    link_to,
    packed,
    picture,
    shade,
    style_fonts,
)
from dashboard.report.word_table import FILLS, table_element

_INK: Final = RGBColor(0x14, 0x21, 0x2B)
_ACCENT: Final = RGBColor(0x1B, 0x54, 0x82)
_MUTED: Final = RGBColor(0x51, 0x60, 0x6C)
_TEXT_MM: Final = 172
_MARGIN_MM: Final = 19
_SMALL: Final = Pt(8)
_BODY: Final = Pt(9.5)


def render(memo: Memo) -> bytes:
    """The memo as a DOCX; the same memo gives the same bytes."""
    document = docx.Document()
    _set_up(document, memo)
    numbers, pictures = numbered(memo.sections), drawn(memo)
    _first_page(document, memo)
    for section in memo.sections:
        _section(document, section, numbers, pictures)
        if section is memo.sections[0] and memo.has_contents:
            _contents(document, memo)
    _sources(document, memo)
    embed_fonts(document, _characters(memo))
    out = io.BytesIO()
    document.save(out)
    return packed(out.getvalue(), memo.as_of)


def _set_up(document: Document, memo: Memo) -> None:
    made = datetime(memo.as_of.year, memo.as_of.month, memo.as_of.day)  # noqa: DTZ001 -- as Word
    core = document.core_properties
    core.title, core.subject = f"{memo.title}, {memo.subtitle}", memo.subtitle
    core.author, core.last_modified_by, core.comments = memo.author, memo.author, ""
    core.created = core.modified = made
    core.language = "zh-CN" if memo.language == "zh" else "en-US"
    core.revision, core.keywords = 1, memo.edition
    page = document.sections[0]
    page.orientation = WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(_MARGIN_MM)
    page.top_margin, page.bottom_margin = Mm(22), Mm(20)
    style_fonts(document, memo.language)
    styles = document.styles
    styles["Normal"].font.size = _BODY
    styles["Normal"].font.color.rgb = _INK
    styles["Normal"].paragraph_format.space_after = Pt(5)
    for name, size, colour, before in (
        ("Title", 20, _ACCENT, 0),
        ("Heading 1", 14, _ACCENT, 16),
        ("Heading 2", 11, _INK, 10),
    ):
        style = styles[name]
        style.font.size, style.font.color.rgb, style.font.bold = Pt(size), colour, True
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(4)
        style.paragraph_format.keep_with_next = True
    caption = styles["Caption"]
    caption.font.size, caption.font.color.rgb = _SMALL, _MUTED
    caption.paragraph_format.keep_with_next = True
    _running(page.header.paragraphs[0], [f"{memo.title} · {memo.confidential} · {memo.status}"])
    foot = page.footer.paragraphs[0]
    _running(foot, [f"{memo.edition} · {memo.as_of.isoformat()} · "])
    template = t("page {n} of {all}", n="\0", all="\1")
    for part in _split(template):
        if part == "\0":
            field(foot, "PAGE", "1", size=_SMALL)
        elif part == "\1":
            field(foot, "NUMPAGES", "1", size=_SMALL)
        else:
            _running(foot, [part])


def _split(template: str) -> list[str]:
    found, word = [], ""
    for character in template:
        if character in "\0\1":
            found += [word, character]
            word = ""
        else:
            word += character
    return [part for part in [*found, word] if part]


def _running(paragraph: WordParagraph, words: Iterable[str]) -> None:
    for word in words:
        run = paragraph.add_run(word)
        run.font.size, run.font.color.rgb = _SMALL, _MUTED


def _first_page(document: Document, memo: Memo) -> None:
    document.add_paragraph(memo.title, style="Title")
    _running(document.add_paragraph(), [f"{memo.subtitle} · {memo.status} · {memo.confidential}"])
    table = document.add_table(rows=0, cols=2)
    for label, value in memo.header:
        cells = table.add_row().cells
        _running(cells[0].paragraphs[0], [label])
        cells[1].paragraphs[0].add_run(value).font.size = _SMALL
        for one in cells:
            one.paragraphs[0].paragraph_format.space_after = Pt(0)
    _widths(table, [1.0, 2.6])


def _contents(document: Document, memo: Memo) -> None:
    """A contents field; what it shows until Word brings it up to date are the sections."""
    paragraph = document.add_paragraph(t("Contents"))
    paragraph.runs[0].bold = True
    paragraph.paragraph_format.page_break_before = True
    sections = [_title(section) for section in memo.sections]
    holder = document.add_paragraph()
    field(holder, 'TOC \\o "1-1" \\h \\z \\u', "\n".join([*sections, t("Sources")]), dirty=True)


def _title(section: Section) -> str:
    return f"{section.number}  {section.title}" if section.number else section.title


def _section(
    document: Document,
    section: Section,
    numbers: dict[str, int],
    pictures: Mapping[str, Drawn],
) -> None:
    heading = document.add_heading(_title(section), level=1)
    bookmark(heading, f"section-{section.id}")
    if section.is_page and section.number:
        heading.paragraph_format.page_break_before = True
    for block in section.blocks:
        _block(document, block, numbers, pictures)


def _block(
    document: Document, block: Block, numbers: dict[str, int], pictures: Mapping[str, Drawn]
) -> None:
    match block:
        case Paragraph():
            paragraph = document.add_paragraph()
            small = block.look == "remark"
            _rich(paragraph, block.text, size=_SMALL if small else None)
        case Heading():
            document.add_heading(block.text, level=2)
        case Bullets():
            style = "List Number" if block.numbered else "List Bullet"
            for n, item in enumerate(block.items):
                paragraph = document.add_paragraph(style=style)
                if block.numbered and n == 0:
                    _restart(document, paragraph)
                elif block.numbered:
                    _same_list(document, paragraph)
                _rich(paragraph, item)
        case Table():
            _table(document, block, numbers[block.id])
        case Chart():
            number = numbers[block.id]
            _caption(document, t("Figure {n}. ", n="\0"), "Figure", number, block.caption)
            picture(document, block, number, pictures[block.id], Mm(_TEXT_MM))
        case Decision():
            _decision(document, block)


def _restart(document: Document, paragraph: WordParagraph) -> None:
    """A list of its own, which counts from one."""
    numbering = document.part.numbering_part.element
    style = document.styles["List Number"].element
    abstract = style.pPr.numPr.numId.val
    base = next(n for n in numbering.num_lst if n.numId == abstract).abstractNumId.val
    made = numbering.add_num(base)
    made.add_lvlOverride(ilvl=0).add_startOverride(1)
    _in_list(paragraph, made.numId)


def _same_list(document: Document, paragraph: WordParagraph) -> None:
    last = document.part.numbering_part.element.num_lst[-1].numId
    _in_list(paragraph, last)


def _in_list(paragraph: WordParagraph, number: int) -> None:
    properties: Any = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_numId().val = number
    properties.get_or_add_ilvl().val = 0


def _caption(document: Document, template: str, kind: str, number: int, text: str) -> None:
    paragraph = document.add_paragraph(style="Caption")
    before, _, after = template.partition("\0")
    paragraph.add_run(before)
    field(paragraph, f"SEQ {kind} \\* ARABIC", str(number))
    paragraph.add_run(after + text)


def _table(document: Document, block: Table, number: int) -> None:
    _caption(document, t("Table {n}. ", n="\0"), "Table", number, block.caption)
    after = document.add_paragraph()
    after.paragraph_format.space_after = Pt(4)
    after._p.addprevious(table_element(block, Mm(_TEXT_MM)))


def _decision(document: Document, block: Decision) -> None:
    table = document.add_table(rows=1, cols=1)
    cell = table.rows[0].cells[0]
    shade(cell, FILLS[block.tone])
    white = block.tone == "worst"
    head = cell.paragraphs[0]
    run = head.add_run(block.verdict)
    run.bold, run.font.size = True, Pt(14)
    if white:
        run.font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF)
    _rich(cell.add_paragraph(), block.because, white=white)
    figures = document.add_table(rows=1, cols=max(len(block.figures), 1))
    for one, figure in zip(figures.rows[0].cells, block.figures, strict=False):
        _running(one.paragraphs[0], [figure.label])
        _tight(one.paragraphs[0])
        value = one.add_paragraph()
        _rich(value, figure.value, size=Pt(13), bold=True)
        _tight(value)
        below = one.add_paragraph()
        _running(below, [figure.below])
        _tight(below)


def _sources(document: Document, memo: Memo) -> None:
    document.add_heading(t("Sources"), level=1)
    for note in memo.notes:
        paragraph = document.add_paragraph()
        _tight(paragraph)
        bookmark(paragraph, f"note-{note.key}")
        text = f"{note.key}  {note.text}{' ' + note.url if note.url else ''}"
        paragraph.add_run(text).font.size = _SMALL


def _rich(
    paragraph: WordParagraph,
    text: Rich,
    *,
    size: Any = None,
    bold: bool = False,
    white: bool = False,
) -> None:
    for run in text:
        made = paragraph.add_run(run.text)
        made.bold = True if bold or run.strong else None
        made.font.size = size
        if white:
            made.font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF)
        for i, key in enumerate(run.notes):
            link_to(paragraph, f"note-{key}", f"{',' if i else ''}{key}", size=size, white=white)


def _tight(paragraph: WordParagraph, *, right: bool = False) -> None:
    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.paragraph_format.space_before = Pt(1)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _widths(table: Any, weights: list[float]) -> None:
    """Columns by their part of the text's width, in the grid and in every cell."""
    table.autofit = False
    whole = sum(weights)
    widths = [str(Mm(_TEXT_MM * weight / whole).twips) for weight in weights]
    for column, width in zip(table._tbl.tblGrid.iterchildren(), widths, strict=True):
        column.set(qn("w:w"), width)
    for row in table._tbl.tr_lst:
        for cell, width in zip(row.tc_lst, widths, strict=True):
            cell.get_or_add_tcPr().get_or_add_tcW().set(qn("w:w"), width)


def _characters(memo: Memo) -> str:
    """Every character that the document may show."""
    found = {memo.title, memo.subtitle, memo.confidential, memo.status, memo.edition, memo.author}
    for label, value in memo.header:
        found |= {label, value}
    for note in memo.notes:
        found.add(note.text)
    for section in memo.sections:
        found.add(section.title)
        for block in section.blocks:
            found |= set(_texts(block))
    found |= {t("Contents"), t("Sources"), t("page {n} of {all}", n="", all="")}
    found |= {t("Table {n}. ", n=""), t("Figure {n}. ", n="")}
    return "".join(sorted(set("".join(found)) | set(map(chr, range(0x20, 0x7F)))))


def _texts(block: Block) -> Iterable[str]:
    match block:
        case Paragraph():
            yield from (run.text for run in block.text)
        case Heading():
            yield block.text
        case Bullets():
            yield from (run.text for item in block.items for run in item)
        case Table():
            yield block.caption
            yield from (head.text for head in block.heads)
            yield from (run.text for row in block.rows for cell in row for run in cell.text)
        case Chart():
            yield block.caption
        case Decision():
            yield block.verdict
            yield from (run.text for run in block.because)
            for figure in block.figures:
                yield figure.label + figure.below + "".join(run.text for run in figure.value)
