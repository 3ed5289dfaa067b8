"""The report as JSON: the deal itself, what was computed of it, and the memo's words.

The deal inside is whole: read back, it gives the same report byte for byte.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.output import check_json, estimate_json
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Bullets,
    Chart,
    Decision,
    Heading,
    Memo,
    Paragraph,
    Rich,
    Table,
    plain,
)
from dashboard.report.edition import Edition
from dashboard.risk_output import score_json
from dashboard.scenario_output import scenario_json
from dashboard.store.records import Entry, state_of

#: The version of the format that this code writes.
FORMAT: Final = 1
_MOST_BYTES: Final = 20_000_000


def render(case: Case, memo: Memo) -> bytes:
    """The report as JSON in UTF-8; the same case gives the same bytes."""
    evaluation = case.evaluation
    found = {
        "assay_report": FORMAT,
        "language": case.language,
        "bilingual": memo.is_bilingual,
        "seed": case.seed,
        "edition": edition_json(case.edition),
        "deal": state_of(case.deal),
        "estimate": None if evaluation is None else estimate_json(evaluation),
        "check": None if evaluation is None else check_json(evaluation),
        "risk": score_json(case.assessment),
        "scenario": scenario_json(case.scenarios) if case.scenarios else None,
        "memo": _memo(memo),
    }
    return (json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def render_portfolio(cases: Sequence[Case], memo: Memo) -> bytes:
    """Several deals and the report on them as JSON in UTF-8."""
    found = {
        "assay_portfolio": FORMAT,
        "language": memo.language,
        "deals": [
            {"edition": edition_json(case.edition), "deal": state_of(case.deal)} for case in cases
        ],
        "memo": _memo(memo),
    }
    return (json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def read(content: bytes) -> tuple[Deal, Edition]:
    """The deal of a report and its edition. Raises ``InputError`` for what is no report."""
    try:
        if len(content) > _MOST_BYTES:
            raise ValueError
        found = json.loads(content)
        version = found["assay_report"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            "", "this is not a report of Assay; give the JSON file that 'assay report' wrote"
        ) from None
    if version != FORMAT:
        raise InputError(
            "assay_report",
            "the report is of format {version} and this program reads {known}; update Assay",
            version=str(version)[:20],
            known=FORMAT,
        )
    try:
        return deals.from_mapping(found["deal"]), edition_of(found["edition"])
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("edition", "the report does not say which version it is of") from None


def edition_json(edition: Edition) -> dict[str, Any]:
    """The edition as plain JSON."""
    found = asdict(edition)
    found["as_of"] = edition.as_of.isoformat()
    found["trail"] = [entry_json(entry) for entry in edition.trail]
    return found


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry of the audit trail."""
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "author": entry.author,
        "action": entry.action,
        "detail": dict(entry.detail),
    }


def edition_of(given: Mapping[str, Any]) -> Edition:
    """The edition of plain JSON. Raises ``KeyError``, ``TypeError`` or ``ValueError``."""
    trail = tuple(
        Entry(**{**entry, "at": datetime.fromisoformat(entry["at"])}) for entry in given["trail"]
    )
    return Edition(
        **{**given, "as_of": date.fromisoformat(given["as_of"]), "trail": trail},
    )


def _memo(memo: Memo) -> dict[str, Any]:
    return {
        "title": memo.title,
        "subtitle": memo.subtitle,
        "status": memo.status,
        "confidential": memo.confidential,
        "edition": memo.edition,
        "as_of": memo.as_of.isoformat(),
        "author": memo.author,
        "header": [{"label": label, "value": value} for label, value in memo.header],
        "sections": [
            {
                "id": section.id,
                "number": section.number,
                "title": section.title,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in memo.sections
        ],
        "notes": [asdict(note) for note in memo.notes],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "look": block.look, **_rich(block.text)}
        case Heading():
            return {"kind": "heading", "text": block.text}
        case Bullets():
            return {"kind": "list", "items": [_rich(item) for item in block.items]}
        case Table():
            return {
                "kind": "table",
                "id": block.id,
                "caption": block.caption,
                "heads": [head.text for head in block.heads],
                "rows": [[_rich(cell.text) for cell in row] for row in block.rows],
            }
        case Chart():
            return {"kind": "chart", "id": block.id, "caption": block.caption, "alt": block.alt}
        case Decision():
            return {
                "kind": "decision",
                "verdict": block.verdict,
                "because": _rich(block.because),
                "figures": [
                    {"label": f.label, "value": plain(f.value), "below": f.below}
                    for f in block.figures
                ],
            }


def _rich(text: Rich) -> dict[str, Any]:
    notes = [key for run in text for key in run.notes]
    found: dict[str, Any] = {"text": plain(text)}
    return found | {"notes": notes} if notes else found
