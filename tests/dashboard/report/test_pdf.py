"""The PDF: its words, its fonts, its order, and that it is the same everywhere."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest

from dashboard.language import use_language
from dashboard.report import fonts, pdf
from dashboard.report.document import Chart, Heading
from tests.dashboard.report.cases import memo

_ROOT: Final = Path(__file__).parents[3]
_MOST_BYTES: Final = 2_000_000
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_AGAIN: Final = """
import hashlib, sys
from tests.dashboard.report.cases import memo
from dashboard.report import pdf
print(hashlib.sha256(pdf.render(memo("example-startup"))).hexdigest())
"""


@pytest.fixture(
    scope="module",
    params=[
        ("example-startup", "en"),
        ("example-startup", "zh"),
        ("hostile", "zh"),
        ("bare", "en"),
    ],
    ids="-".join,
)
def which(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A case and a language."""
    name, language = request.param
    return name, language


@pytest.fixture(scope="module")
def name(which: tuple[str, str]) -> str:
    """The case."""
    return which[0]


@pytest.fixture(scope="module")
def language(which: tuple[str, str]) -> str:
    """The language."""
    return which[1]


@pytest.fixture(scope="module")
def made(name: str, language: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PDF of a case in a language."""
    path = tmp_path_factory.mktemp("pdf") / "memo.pdf"
    with use_language(language):
        path.write_bytes(pdf.render(memo(name, language)))
    return path


def _run(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, check=True).stdout.decode(errors="replace")


def _words(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_the_verdict_the_reasons_and_the_sources_can_be_found_and_copied(
    made: Path, name: str, language: str
) -> None:
    found = memo(name, language)
    text = _words(_run("pdftotext", "-raw", made, "-"))

    for section in found.sections:
        assert _words(section.title) in text
    for note in found.notes:
        shown = _words(fonts.showable(note.text))
        assert shown[:60] in text.replace("\u200b", ""), note.text
    verdict = next(b.verdict for b in found.sections[0].blocks if hasattr(b, "verdict"))
    assert _words(verdict) in text


def test_fonts_are_embedded_and_no_page_is_cut(made: Path) -> None:
    assert made.stat().st_size <= _MOST_BYTES
    rows = _run("pdffonts", made).splitlines()[2:]
    assert rows
    for row in rows:
        assert re.search(r"Noto(Sans|SansSC|Emoji)-\w+ .* yes yes yes", row), row
    pages = ElementTree.fromstring(
        re.sub("<!DOCTYPE.*?>", "", _run("pdftotext", "-bbox", made, "-"), flags=re.DOTALL)
    )
    for page in pages.iter(f"{_XHTML}page"):
        width, height = float(page.get("width", 0)), float(page.get("height", 0))
        for word in page.iter(f"{_XHTML}word"):
            box = [float(word.get(side, 0)) for side in ("xMin", "yMin", "xMax", "yMax")]
            assert 30 < box[0] <= box[2] < width - 30, (word.text, box)
            assert 0 < box[1] <= box[3] < height, (word.text, box)


def test_no_heading_and_no_caption_stands_alone_at_the_foot_of_a_page(
    made: Path, name: str, language: str
) -> None:
    found = memo(name, language)
    heads = {_words(f"{s.number}{s.title}") for s in found.sections if s.number}
    for section in found.sections:
        heads |= {_words(b.text) for b in section.blocks if isinstance(b, Heading)}

    for page in _run("pdftotext", "-layout", made, "-").split("\f"):
        lines = [_words(line) for line in page.splitlines() if line.strip()]
        if len(lines) > 2:  # the last is the foot
            assert lines[-2] not in heads, lines[-2]
            assert not re.match(r"(Table|Figure|表|图)\d+", lines[-2]), lines[-2]


def test_it_is_tagged_numbered_and_has_bookmarks(made: Path, name: str, language: str) -> None:
    info = _run("pdfinfo", made)

    n = int(re.search(r"Pages:\s+(\d+)", info)[1])  # type: ignore[index]
    last = _run("pdftotext", "-f", str(n), "-l", str(n), made, "-")
    total = f"第{n}页，共{n}页" if language == "zh" else f"page{n}of{n}"

    assert re.search(r"Tagged:\s+yes", info)
    assert "2026" in re.search(r"CreationDate:(.*)", info)[1]  # type: ignore[index]
    assert total in _words(last)
    assert b"/Outlines" in made.read_bytes()
    assert "JavaScript:      no" in info


def test_charts_are_vectors() -> None:
    found = memo("example-startup")
    content = pdf.render(found)

    n_charts = sum(isinstance(b, Chart) for s in found.sections for b in s.blocks)

    assert n_charts >= 8
    assert b"/Subtype/Image" not in content.replace(b" ", b"")


def test_another_process_with_another_zone_and_hash_seed_makes_the_same_bytes() -> None:
    here = hashlib.sha256(pdf.render(memo("example-startup"))).hexdigest()

    there = subprocess.run(
        [sys.executable, "-c", _AGAIN],
        capture_output=True,
        text=True,
        check=True,
        cwd=_ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "LANG": "C"},
    ).stdout.strip()

    assert there == here


def test_what_no_font_holds_stands_as_its_code_point() -> None:
    assert fonts.showable("ก 中 a 🚀") == "[U+0E01] 中 a 🚀"
    assert fonts.breakable("short words stay") == "short words stay"
    assert fonts.breakable("y" * 60).replace("\u200b", "") == "y" * 60
    assert "\u200b" in fonts.breakable("y" * 60)
