"""The Word document: real styles, fields and tables, and fonts that travel with it."""

import io
import re
import subprocess
import uuid
import zipfile
from pathlib import Path
from typing import Final

import docx
import pytest
from docx.oxml.ns import qn
from fontTools.ttLib import TTFont
from lxml import etree

from dashboard.language import use_language
from dashboard.report import word
from dashboard.report.document import Chart, Table
from tests.dashboard.report.cases import memo
from tests.dashboard.report.office import converted

_MIXED: Final = 32
_LAST: Final = {"example-startup": "Sources", "hostile": "Sources", "bare": "Sources"}


def _made(name: str, language: str) -> bytes:
    with use_language(language):
        return word.render(memo(name, language))


@pytest.mark.parametrize("name", ["example-startup", "hostile", "bare"])
def test_headings_captions_tables_and_charts_are_words_own(name: str) -> None:
    found, document = memo(name), docx.Document(io.BytesIO(_made(name, "en")))
    body = document.element.body
    blocks = [b for s in found.sections for b in s.blocks]

    heads = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    captions = [p for p in document.paragraphs if p.style.name == "Caption"]
    codes = [i.text.strip() for i in body.iter(qn("w:instrText"))]

    assert [head.split("  ")[-1] for head in heads] == [
        *(s.title for s in found.sections),
        "Sources",
    ]
    assert len(captions) == sum(isinstance(b, Table | Chart) for b in blocks)
    assert codes[0].startswith("TOC")
    assert codes.count("SEQ Table \\* ARABIC") == sum(isinstance(b, Table) for b in blocks)
    assert codes.count("SEQ Figure \\* ARABIC") == sum(isinstance(b, Chart) for b in blocks)
    assert len(list(body.iter(qn("w:tblHeader")))) == sum(isinstance(b, Table) for b in blocks)
    described = [d.get("descr") for d in body.iter(qn("wp:docPr"))]
    assert described == [b.alt for b in blocks if isinstance(b, Chart)]


def test_every_key_leads_to_its_source() -> None:
    document = docx.Document(io.BytesIO(_made("example-startup", "en")))
    body = document.element.body

    anchors = {link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))}
    places = {mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))}

    assert anchors
    assert anchors <= places


def test_the_embedded_fonts_hold_every_character_of_the_document() -> None:
    content = _made("example-startup", "zh")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        table = etree.fromstring(archive.read("word/fontTable.xml"))
        links = etree.fromstring(archive.read("word/_rels/fontTable.xml.rels"))
        targets = {link.get("Id"): link.get("Target") for link in links}
        held: dict[str, set[int]] = {}
        for font in table.iter(qn("w:font")):
            for embedded in font:
                key = uuid.UUID(embedded.get(qn("w:fontKey")))
                mixed = archive.read(
                    f"word/{targets[embedded.get(qn('r:id'))]}".replace("word//word/", "word/")
                )
                mask = key.bytes[::-1]
                head = bytes(b ^ mask[i % 16] for i, b in enumerate(mixed[:_MIXED]))
                cut = TTFont(io.BytesIO(head + mixed[_MIXED:]))
                held.setdefault(font.get(qn("w:name")), set()).update(cut.getBestCmap())
        text = "".join(etree.fromstring(archive.read("word/document.xml")).itertext())

    chinese = {ord(c) for c in text if "\u4e00" <= c <= "\u9fff"}
    assert set(held) == {"Noto Sans", "Noto Sans SC"}
    assert chinese
    assert chinese <= held["Noto Sans SC"]


def test_the_same_memo_is_the_same_bytes_and_no_date_of_today_is_in_it() -> None:
    one, other = _made("example-startup", "en"), _made("example-startup", "en")

    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 28, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT", core)) == {"2026-11-28T"}


@pytest.mark.parametrize("name", ["example-startup", "hostile", "bare"])
def test_a_machine_without_chinese_fonts_shows_every_character(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.docx"
    path.write_bytes(_made(name, "zh"))

    shown = converted(path, "pdf", tmp_path, without_fonts=True)
    text = re.sub(
        r"\s+",
        "",
        subprocess.run(
            ["pdftotext", "-raw", shown, "-"], capture_output=True, text=True, check=True
        ).stdout,
    )
    used = subprocess.run(["pdffonts", shown], capture_output=True, text=True, check=True).stdout

    assert "NotoSansSC" in used
    for section in memo(name, "zh").sections:
        assert section.title.replace(" ", "") in text
