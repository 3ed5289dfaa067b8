"""The data appendix: everything behind a memo as files that other programs read."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final

from costmodel.messages import InputError
from dashboard.deal import dumps
from dashboard.language import t
from dashboard.output import source_line
from dashboard.portfolio_export import safe
from dashboard.report import data_json
from dashboard.report.case import Case
from dashboard.report.document import Memo
from dashboard.risk.metrics.metric import MetricValue
from lab import jobs, runs

#: The version of the appendix's files and columns.
SCHEMA: Final = 1
#: What of a lab run's folder belongs to it: how it was made, and what came of it.
_OF_RUN: Final = ("config.json", "environment.json", "result.json")


_EVIDENCE: Final = (
    *("question", "file", "url", "lab_run", "calculation", "sha256"),
    *("kind", "date", "expires", "seen_by", "page", "against"),
)


def render(case: Case, memo: Memo) -> bytes:
    """The appendix as a ZIP; the same case and the same lab runs give the same bytes."""
    deal = case.deal
    files: dict[str, bytes] = {
        "README.txt": _readme(case).encode(),
        "schema.json": _json({"schema": SCHEMA, "report": data_json.FORMAT}),
        "deal.yaml": dumps(deal).encode(),
        "report.json": data_json.render(case, memo),
        "answers.json": _json(
            {i: a.model_dump(mode="json", exclude_defaults=True) for i, a in deal.answers.items()}
        ),
        "evidence.csv": _csv(_EVIDENCE, _evidence(case)),
        "assumptions.csv": _csv(
            ("model", "name", "value", "low", "high", "unit", "source", "as_of", "status"),
            _assumptions(case),
        ),
        "parameters.json": _parameters(case),
        "metrics.csv": _csv(
            ("metric", "value", "unit", "p05", "p95", "status", "missing"), _metrics(case)
        ),
        "audit_log.jsonl": "".join(
            json.dumps(data_json.entry_json(e), ensure_ascii=False, sort_keys=True) + "\n"
            for e in case.edition.trail
        ).encode(),
        **_lab_runs(case),
        **_lab_jobs(case),
    }
    return _packed(files, case.as_of)


def _readme(case: Case) -> str:
    lines = [
        t("Data appendix of the memo on {deal}", deal=case.deal.name),
        "",
        t("Version {hash}, as of {date}.", hash=case.edition.sha256, date=case.as_of.isoformat()),
        "",
        "deal.yaml        " + t("the deal; 'assay deals import' reads it"),
        "report.json      " + t("the deal, everything computed of it, and the memo's words"),
        "answers.json     " + t("the answers to the checklist"),
        "evidence.csv     " + t("what the answers rest on"),
        "assumptions.csv  " + t("the inputs of the models with their ranges and sources"),
        "parameters.json  " + t("the numbers of the checklist in force"),
        "metrics.csv      " + t("the numbers that answer questions"),
        "lab_runs/        " + t("lab runs on record, and their files where they are kept here"),
        "lab_jobs/        " + t("audits, verifications and experiments, and their results"),
        "audit_log.jsonl  " + t("who did what, the oldest first"),
        "schema.json      " + t("versions of these files"),
        "",
        t("Shares are fractions, money is in dollars; an empty cell is not known."),
    ]
    return "\n".join(lines) + "\n"


def _evidence(case: Case) -> Iterable[Sequence[object]]:
    for question, answer in case.deal.answers.items():
        for one in answer.evidence:
            yield (
                question,
                one.file,
                one.url,
                one.lab_run,
                one.calculation,
                one.sha256,
                one.kind,
                one.date,
                one.expires,
                one.seen_by,
                one.page,
                one.against,
            )


def _assumptions(case: Case) -> Iterable[Sequence[object]]:
    evaluation, answer = case.evaluation, case.answer
    for model, found in (
        ("training", () if evaluation is None else evaluation.inputs.assumptions),
        ("scenario", () if answer is None else answer.inputs.assumptions),
    ):
        for a in found:
            origin: Any = a.origin
            yield (
                model,
                a.name,
                a.range.mid,
                a.range.low,
                a.range.high,
                a.unit,
                source_line(a),
                getattr(origin, "as_of", None),
                getattr(origin, "evidence", "stated" if origin is None else "derived"),
            )


def _parameters(case: Case) -> bytes:
    parameters = case.assessment.parameters
    return _json(
        {
            "version": parameters.version,
            "parameters": {
                name: {"value": parameters[name], "unit": case.assessment.bank.defaults[name].unit}
                for name in parameters
            },
        }
    )


def _metrics(case: Case) -> Iterable[Sequence[object]]:
    for name, metric in case.metrics.items():
        spread = metric.spread
        yield (
            name,
            _value(metric.value),
            case.assessment.bank.metrics[name].unit,
            None if spread is None else spread.p05,
            None if spread is None else spread.p95,
            metric.status,
            "; ".join(message.text for message in metric.missing),
        )


def _value(value: MetricValue | None) -> object:
    return value


def _lab_runs(case: Case) -> dict[str, bytes]:
    """What the deal says of its lab runs, and their own files where the runs are kept here."""
    found = {}
    for one in case.deal.lab_runs:
        place = f"lab_runs/{_plain(one.run_id)}"
        found[f"{place}/evidence.json"] = _json(one.model_dump(mode="json"))
        with suppress(InputError, OSError):
            folder = runs.find(one.run_id)
            for name in _OF_RUN:
                path = folder / name
                if path.is_file():
                    found[f"{place}/{name}"] = path.read_bytes()
    return found


def _lab_jobs(case: Case) -> dict[str, bytes]:
    """What the deal says of its lab jobs, and their results where the jobs are kept here."""
    found = {}
    for one in case.deal.lab_jobs:
        place = f"lab_jobs/{_plain(one.job_id)}"
        found[f"{place}/evidence.json"] = _json(one.model_dump(mode="json"))
        with suppress(InputError, OSError):
            folder = jobs.find(one.job_id)
            found[f"{place}/result.json"] = (folder / "result.json").read_bytes()
    return found


def _plain(name: str) -> str:
    """A name that stays within its folder."""
    kept = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[:100]
    return kept.strip(".") or "run"


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return ("\ufeff" + out.getvalue()).encode()


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return safe(cell) if isinstance(cell, str) else repr(cell)


def _packed(files: dict[str, bytes], day: date) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, date_time=(day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, content)
    return out.getvalue()
