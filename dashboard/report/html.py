"""The memo as one HTML file: readable on a phone, charts that answer the pointer, no request.

Every chart stands in the page as a picture. Plotly's own script is packed into the file; when
it has unpacked, a chart that comes into view becomes the same figure as in the app. Without
scripts the pictures stay.
"""

import base64
import gzip
import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

import plotly
import plotly.graph_objects as go

from dashboard.language import t
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
    Run,
    Section,
    Table,
    numbered,
)
from dashboard.report.drawing.picture import to_svg

_FOLDER: Final = Path(__file__).parent
_WIDE_PX: Final = 720
_LANGUAGES: Final = {"en": "en", "zh": "zh-Hans"}
#: What the page may do: run what it holds itself, and ask nobody for anything.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' blob:; img-src data:"
)


def render(memo: Memo) -> bytes:
    """The memo as an HTML file in UTF-8; the same memo gives the same bytes."""
    numbers = numbered(memo.sections)
    charts = [b for s in memo.sections for b in s.blocks if isinstance(b, Chart)]
    title = escape(f"{memo.title}, {memo.subtitle}")
    parts = [
        "<!doctype html>",
        f'<html lang="{_LANGUAGES[memo.language]}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>{(_FOLDER / 'memo.css').read_text('utf-8')}</style></head><body>",
        f'<a class="skip" href="#decision">{escape(t("To the decision"))}</a>',
        _head(memo),
        _contents(memo),
        "<main>",
        *(_section(section, numbers) for section in memo.sections),
        _notes(memo),
        "</main>",
        _foot(memo),
        _scripts(charts) if charts else "",
        "</body></html>\n",
    ]
    return "\n".join(part for part in parts if part).encode()


def _head(memo: Memo) -> str:
    rows = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
        for label, value in memo.header
    )
    return (
        f'<header><p class="mark">{escape(memo.confidential)} · {escape(memo.status)}</p>'
        f"<h1>{escape(memo.title)} <small>{escape(memo.subtitle)}</small></h1>"
        f"<dl>{rows}</dl></header>"
    )


def _foot(memo: Memo) -> str:
    words = f"{memo.edition} · {memo.as_of.isoformat()} · {memo.confidential}"
    return f"<footer>{escape(words)}</footer>"


def _contents(memo: Memo) -> str:
    items = "".join(
        f'<li><a href="#{section.id}">{escape(_title(section))}</a></li>'
        for section in memo.sections
    )
    sources = f'<li><a href="#sources">{escape(t("Sources"))}</a></li>'
    label = escape(t("Contents"))
    return (
        f'<nav aria-label="{label}"><details><summary>{label}</summary>'
        f"<ol>{items}{sources}</ol></details></nav>"
    )


def _title(section: Section) -> str:
    return f"{section.number} {section.title}" if section.number else section.title


def _section(section: Section, numbers: dict[str, int]) -> str:
    blocks = "\n".join(_block(block, numbers) for block in section.blocks)
    return (
        f'<section id="{section.id}" aria-labelledby="{section.id}-title">'
        f'<h2 id="{section.id}-title">{escape(_title(section))}</h2>\n{blocks}</section>'
    )


def _block(block: Block, numbers: dict[str, int]) -> str:
    match block:
        case Paragraph():
            return f'<p class="{block.look}">{_rich(block.text)}</p>'
        case Heading():
            return f"<h3>{escape(block.text)}</h3>"
        case Bullets():
            tag = "ol" if block.numbered else "ul"
            items = "".join(f"<li>{_rich(item)}</li>" for item in block.items)
            return f"<{tag}>{items}</{tag}>"
        case Table():
            return _table(block, numbers[block.id])
        case Chart():
            return _chart(block, numbers[block.id])
        case Decision():
            return _decision(block)


def _table(table: Table, number: int) -> str:
    caption = escape(t("Table {n}. ", n=str(number)) + table.caption)
    heads = "".join(
        f'<th scope="col" class="{head.align}">{escape(head.text)}</th>' for head in table.heads
    )
    rows = []
    for i, cells in enumerate(table.rows):
        last = ' class="total"' if table.total and i == len(table.rows) - 1 else ""
        row = "".join(
            f'<td class="{head.align}">{_cell(cell)}</td>'
            for cell, head in zip(cells, table.heads, strict=True)
        )
        rows.append(f"<tr{last}>{row}</tr>")
    return (
        f'<div class="table" role="region" tabindex="0" aria-label="{caption}"><table>'
        f"<caption>{caption}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(cell: Cell) -> str:
    text = _rich(cell.text)
    return text if cell.tone is None else f'<span class="tone {cell.tone}">{text}</span>'


def _chart(chart: Chart, number: int) -> str:
    caption = escape(t("Figure {n}. ", n=str(number)) + chart.caption)
    picture = to_svg(chart.figure, width_px=_WIDE_PX, alt=chart.alt)
    return (
        f'<figure id="figure-{chart.id}"><figcaption>{caption}</figcaption>'
        f'<div class="chart" data-chart="{chart.id}" data-alt="{escape(chart.alt)}" '
        f'data-least="{chart.least_px}">{picture}'
        "</div></figure>"
    )


def _decision(block: Decision) -> str:
    figures = "".join(
        f"<div><dt>{escape(f.label)}</dt><dd><b>{_rich(f.value)}</b> "
        f"<small>{escape(f.below)}</small></dd></div>"
        for f in block.figures
    )
    return (
        f'<div class="decision {block.tone}"><p><span class="tone {block.tone}">'
        f"{escape(block.verdict)}</span> {_rich(block.because)}</p><dl>{figures}</dl></div>"
    )


def _rich(text: Rich) -> str:
    return "".join(_run(run) for run in text)


def _run(run: Run) -> str:
    words = escape(run.text)
    words = f"<strong>{words}</strong>" if run.strong else words
    keys = ",".join(f'<a href="#note-{key}">{key}</a>' for key in run.notes)
    return f'{words}<sup class="key">{keys}</sup>' if keys else words


def _notes(memo: Memo) -> str:
    items = "".join(
        f'<li id="note-{note.key}" value="{note.key}">{escape(note.text)}{_link(note.url)}</li>'
        for note in memo.notes
    )
    title = escape(t("Sources"))
    return (
        f'<section id="sources" aria-labelledby="sources-title"><h2 id="sources-title">{title}'
        f'</h2><ol class="notes">{items}</ol></section>'
    )


def _link(url: str) -> str:
    """The address as a link where it is one of the web; anything else stands as text."""
    if not url:
        return ""
    if url.startswith(("https://", "http://")):
        return f' <a href="{escape(url)}" rel="noreferrer">{escape(url)}</a>'
    return f" {escape(url)}"


def _scripts(charts: list[Chart]) -> str:
    data = json.dumps(
        {chart.id: _figure_json(chart.figure) for chart in charts},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return (
        f'<script type="application/json" id="figures">{_in_script(data)}</script>'
        f'<script type="application/octet-stream" id="plotly">{_packed_plotly()}</script>'
        f"<script>{(_FOLDER / 'memo.js').read_text('utf-8')}</script>"
    )


def _figure_json(figure: go.Figure) -> Any:
    found = json.loads(figure.to_json())
    found["layout"].pop("template", None)
    return {"data": found["data"], "layout": found["layout"]}


def _in_script(text: str) -> str:
    """JSON that cannot end its script element, whatever a name in it holds."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def _packed_plotly() -> str:
    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    return base64.b64encode(gzip.compress(script.read_bytes(), 9, mtime=0)).decode()
