"""Parts of a Word document that python-docx does not write: fields, links, vectors, fonts."""

import hashlib
import io
import uuid
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import typst
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Length, RGBColor
from docx.text.paragraph import Paragraph
from fontTools import subset
from lxml import etree

from dashboard.report import fonts, typeset
from dashboard.report.document import Chart, Memo
from dashboard.report.drawing.picture import to_svg

LATIN: Final = "Noto Sans"
CHINESE: Final = "Noto Sans SC"
#: Files of each family, by the element that embeds them.
_FAMILIES: Final = {
    LATIN: {"w:embedRegular": "NotoSans-Regular.ttf", "w:embedBold": "NotoSans-Bold.ttf"},
    CHINESE: {"w:embedRegular": "NotoSansSC-Regular.ttf", "w:embedBold": "NotoSansSC-Bold.ttf"},
}
_OBFUSCATED: Final = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
_FONT_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/font"
_TABLE_RELATION: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/fontTable"
)
_SVG_EXTENSION: Final = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
_SVG_SPACE: Final = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
#: How much of a font's head is mixed with its key, and how long the key is.
_MIXED: Final = 32
_WIDE_PX: Final = 800
_PPI: Final = 144
_SPACE: Final = uuid.UUID("7d3f7f0e-2f3b-5f43-9d5b-0c7f1c1b6a11")


def field(
    paragraph: Paragraph, code: str, shown: str, *, size: Length | None = None, dirty: bool = False
) -> None:
    """A field with what it shows until it is brought up to date; ``dirty`` asks for that."""

    def mark(kind: str) -> Any:
        run = paragraph.add_run()
        made = OxmlElement("w:fldChar")
        made.set(qn("w:fldCharType"), kind)
        if dirty and kind == "begin":
            made.set(qn("w:dirty"), "true")
        run._r.append(made)
        return run

    mark("begin")
    words = OxmlElement("w:instrText")
    words.set(qn("xml:space"), "preserve")
    words.text = f" {code} "
    paragraph.add_run()._r.append(words)
    mark("separate")
    paragraph.add_run(shown).font.size = size
    mark("end")


def bookmark(paragraph: Paragraph, name: str) -> None:
    """A place that links lead to."""
    number = str(_number_of(name))
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    start.set(qn("w:id"), number)
    start.set(qn("w:name"), name)
    end.set(qn("w:id"), number)
    paragraph._p.append(start)
    paragraph._p.append(end)


def _number_of(name: str) -> int:
    """A number for a name, the same everywhere."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


def link_to(
    paragraph: Paragraph, place: str, text: str, *, size: Length | None, white: bool
) -> None:
    """A raised word that leads to a place of the document."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), place)
    link.set(qn("w:history"), "1")
    run = paragraph.add_run(text)
    run.font.superscript = True
    run.font.size = size
    run.font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF) if white else RGBColor(0x1B, 0x54, 0x82)
    link.append(run._r)
    paragraph._p.append(link)


def shade(cell: Any, fill: str) -> None:
    """The background of a cell, as ``RRGGBB``."""
    made = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{fill}"/>')
    cell._tc.get_or_add_tcPr().append(made)


def style_fonts(document: Document, language: str) -> None:
    """One family for Latin and one for Chinese in every style, and the language of the text."""
    for style in document.styles.element.iter(qn("w:style"), qn("w:rPrDefault")):
        properties = style.find(qn("w:rPr"))
        if properties is None:
            continue
        for old in properties.findall(qn("w:rFonts")):
            properties.remove(old)
        properties.insert(0, _families())
        for spoken in properties.findall(qn("w:lang")):
            spoken.set(qn("w:val"), "en-US")
            spoken.set(qn("w:eastAsia"), "zh-CN")
    normal = document.styles["Normal"].element.get_or_add_rPr()
    if normal.find(qn("w:rFonts")) is None:
        normal.insert(0, _families())
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), "zh-CN" if language == "zh" else "en-US")
    spoken.set(qn("w:eastAsia"), "zh-CN")
    normal.append(spoken)


def _families() -> Any:
    made = OxmlElement("w:rFonts")
    for name in ("ascii", "hAnsi", "cs"):
        made.set(qn(f"w:{name}"), LATIN)
    made.set(qn("w:eastAsia"), CHINESE)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A chart as a vector, and as a picture for programs that show none."""

    svg: bytes
    png: bytes


def drawn(memo: Memo) -> dict[str, Drawn]:
    """Every chart of the memo by id, all pictures made at once."""
    charts = [b for s in memo.sections for b in s.blocks if isinstance(b, Chart)]
    if not charts:
        return {}
    vectors = [to_svg(c.figure, width_px=_WIDE_PX, alt=c.alt).encode() for c in charts]
    files = {f"{i}.svg": svg for i, svg in enumerate(vectors)}
    pages = [f'#image("{name}")' for name in files]
    page = "#set page(width: auto, height: auto, margin: 0pt)\n" + "\n#pagebreak()\n".join(pages)
    # The stubs leave out that several files may be given, by name.
    found: bytes | list[bytes] = typst.compile(  # type: ignore[call-overload]
        {"main.typ": page.encode(), **files},
        font_paths=typeset.shipped_fonts(),
        format="png",
        ppi=_PPI,
    )
    pictures = found if isinstance(found, list) else [found]
    return {
        chart.id: Drawn(svg=svg, png=png)
        for chart, svg, png in zip(charts, vectors, pictures, strict=True)
    }


def picture(document: Document, chart: Chart, number: int, made: Drawn, width: Length) -> None:
    """A chart in its place, with what it shows for who cannot see it."""
    shape = document.add_picture(io.BytesIO(made.png), width=width)
    inline = shape._inline
    inline.docPr.set("id", str(number))
    inline.docPr.set("name", f"Figure {number}")
    inline.docPr.set("descr", chart.alt)
    inline.docPr.set("title", chart.caption)
    name = PackURI(f"/word/media/chart-{chart.id}.svg")
    part = Part(name, "image/svg+xml", made.svg, document.part.package)
    relation = document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    blip = inline.graphic.graphicData.pic.blipFill.blip
    blip.append(
        parse_xml(
            f'<a:extLst {nsdecls("a", "r")}><a:ext uri="{_SVG_EXTENSION}">'
            f'<asvg:svgBlip xmlns:asvg="{_SVG_SPACE}" r:embed="{relation}"/></a:ext></a:extLst>'
        )
    )


def embed_fonts(document: Document, characters: str) -> None:
    """The fonts, cut down to the characters, inside of the document."""
    package = document.part.package
    table = next(
        rel.target_part for rel in document.part.rels.values() if rel.reltype == _TABLE_RELATION
    )
    root = parse_xml(table.blob)
    for old in root.findall(qn("w:font")):
        root.remove(old)
    made = Part(table.partname, table.content_type, b"", package)
    n = 0
    for family, files in _FAMILIES.items():
        font = OxmlElement("w:font")
        font.set(qn("w:name"), family)
        root.append(font)
        for element, file in files.items():
            content = _cut(file, characters)
            if content is None:
                continue
            n += 1
            key = uuid.uuid5(_SPACE, hashlib.sha256(content).hexdigest())
            name = PackURI(f"/word/fonts/font{n}.odttf")
            part = Part(name, _OBFUSCATED, _mixed(content, key), package)
            embedded = OxmlElement(element)
            embedded.set(qn("r:id"), made.relate_to(part, _FONT_RELATION))
            embedded.set(qn("w:fontKey"), "{" + str(key).upper() + "}")
            font.append(embedded)
    made._blob = _xml(root)
    for rel in document.part.rels.values():
        if rel.reltype == _TABLE_RELATION:
            rel._target = made
    settings = document.settings.element
    for tag in ("w:saveSubsetFonts", "w:embedTrueTypeFonts"):
        settings.insert(0, OxmlElement(tag))


def _xml(root: Any) -> bytes:
    found: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return found


def _cut(file: str, characters: str) -> bytes | None:
    """The font with these characters alone; ``None`` where it holds none of them."""
    options = subset.Options(hinting=False, layout_features=[], name_IDs=["*"], notdef_outline=True)
    options.drop_tables = [*options.drop_tables, "GPOS", "GSUB", "GDEF"]
    with fonts.opened(fonts.folder() / file) as font:
        wanted = {ord(c) for c in characters} & set(font.getBestCmap())
        if not wanted:
            return None
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=wanted)
        cutter.subset(font)
        out = io.BytesIO()
        font.save(out)
    return out.getvalue()


def _mixed(content: bytes, key: uuid.UUID) -> bytes:
    """The font as Word embeds it: its first bytes mixed with the key.

    Source: ECMA-376, part 4, section 14.2.1, font embedding.
    """
    reverse = key.bytes[::-1]
    head = bytes(byte ^ reverse[i % len(reverse)] for i, byte in enumerate(content[:_MIXED]))
    return head + content[_MIXED:]


def packed(content: bytes, day: date) -> bytes:
    """The archive anew, every entry with the same date, so that equal documents are equal bytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, date_time=(day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, given.read(name))
    return out.getvalue()
