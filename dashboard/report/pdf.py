"""The memo as PDF, typeset by Typst: tagged, with bookmarks, fonts embedded, charts as vectors."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typst

from dashboard.language import t
from dashboard.report import fonts, typeset
from dashboard.report.document import (
    Block,
    Bullets,
    Cell,
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
from dashboard.report.drawing.picture import to_svg

_TEMPLATE: Final = Path(__file__).with_name("memo.typ")
#: Pixels in which charts are laid out: those of the text's width, and of a column of page one.
_WIDE_PX: Final = 800
_COLUMN_PX: Final = 400


def render(memo: Memo) -> bytes:
    """The memo as a PDF; the same memo gives the same bytes on any machine."""
    files: dict[str, bytes] = {"main.typ": _TEMPLATE.read_bytes()}
    files["memo.json"] = json.dumps(_memo(memo, files), ensure_ascii=False).encode()
    made = datetime(memo.as_of.year, memo.as_of.month, memo.as_of.day, tzinfo=UTC)
    # The stubs leave out that several files may be given, by name.
    compiled: bytes = typst.compile(  # type: ignore[call-overload]
        files, font_paths=typeset.shipped_fonts(), format="pdf", timestamp=made
    )
    return compiled


def _memo(memo: Memo, files: dict[str, bytes]) -> dict[str, Any]:
    numbers = numbered(memo.sections)
    return {
        "language": memo.language,
        "title": _text(memo.title),
        "subtitle": _text(memo.subtitle),
        "status": _text(memo.status),
        "confidential": _text(memo.confidential),
        "edition": _text(memo.edition),
        "as_of": memo.as_of.isoformat(),
        "date": [memo.as_of.year, memo.as_of.month, memo.as_of.day],
        "author": _text(memo.author),
        "has_contents": memo.has_contents,
        "header": [[_text(label), _text(value)] for label, value in memo.header],
        "sections": [_section(section, numbers, files) for section in memo.sections],
        "notes": [{"key": n.key, "text": _text(n.text), "url": n.url} for n in memo.notes],
        "words": {
            "page": t("page {n} of {all}", n="{n}", all="{all}"),
            "table": t("Table {n}. ", n="{n}"),
            "figure": t("Figure {n}. ", n="{n}"),
            "contents": t("Contents"),
            "sources": t("Sources"),
        },
    }


def _section(section: Section, numbers: dict[str, int], files: dict[str, bytes]) -> dict[str, Any]:
    heading = f"{section.number}  {section.title}" if section.number else section.title
    wide = _COLUMN_PX if section.is_page else _WIDE_PX
    return {
        "is_page": section.is_page,
        "heading": _text(heading),
        "blocks": [_block(block, numbers, files, wide) for block in section.blocks],
    }


def _block(block: Block, numbers: dict[str, int], files: dict[str, bytes], wide: int) -> Any:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "look": block.look, "text": _rich(block.text)}
        case Heading():
            return {"kind": "heading", "text": _text(block.text)}
        case Bullets():
            items = [_rich(item) for item in block.items]
            return {"kind": "bullets", "numbered": block.numbered, "items": items}
        case Table():
            return {
                "kind": "table",
                "number": numbers[block.id],
                "caption": _text(block.caption),
                "total": block.total,
                "heads": [
                    {"text": _text(h.text), "align": h.align, "width": h.width} for h in block.heads
                ],
                "rows": [[_cell(cell) for cell in row] for row in block.rows],
            }
        case Chart():
            name = f"{block.id}.svg"
            files[name] = to_svg(block.figure, width_px=wide, alt=block.alt).encode()
            return {
                "kind": "chart",
                "file": name,
                "share": 1,
                "number": numbers[block.id],
                "caption": _text(block.caption),
                "alt": _text(block.alt),
            }
        case Decision():
            return {
                "kind": "decision",
                "verdict": _text(block.verdict),
                "tone": block.tone,
                "because": _rich(block.because),
                "figures": [
                    {"label": _text(f.label), "value": _rich(f.value), "below": _text(f.below)}
                    for f in block.figures
                ],
            }


def _cell(cell: Cell) -> dict[str, Any]:
    return {"text": _rich(cell.text), "tone": cell.tone}


def _rich(text: Rich) -> list[dict[str, Any]]:
    return [
        {"text": _text(run.text), "strong": run.strong, "notes": list(run.notes)} for run in text
    ]


def _text(text: str) -> str:
    return fonts.breakable(fonts.showable(text))
