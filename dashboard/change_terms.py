"""What an entry of the deal is called, and how its value is shown when two versions differ."""

import json
from collections.abc import Mapping
from typing import Any, Final

from costmodel.messages import Text
from dashboard import number_formats
from dashboard.deal import localised
from dashboard.deal_sections import SECTIONS, label_and_unit
from dashboard.language import N_, amount, current, exact, number, read, t
from dashboard.risk.bank.loading import bank
from dashboard.risk_terms import asked
from dashboard.store.changes import Path
from dashboard.terms import quantity_label

_MOST: Final = 160
#: From here on a count is read with its word: 14.8T, 14.8 万亿.
_LARGE: Final = 1e6
_NAMES: Final = {
    ("assay",): N_("Format of the file"),
    ("name",): N_("Name"),
    ("about",): N_("About"),
    ("published_run",): N_("Published run"),
    ("company", "name"): N_("Company"),
    ("company", "country"): N_("Country"),
    ("company", "founded"): N_("Founded"),
    ("company", "stage"): N_("Stage"),
    ("company", "sector"): N_("Sector"),
    ("plan", "source"): N_("Source of the plan"),
    ("plan", "status"): N_("How the plan is known"),
    ("plan", "model"): N_("Model"),
    ("plan", "tokens"): N_("Training tokens"),
    ("plan", "unique_tokens"): N_("Distinct tokens"),
    ("plan", "context_tokens"): N_("Context, tokens"),
    ("plan", "precision"): N_("Precision"),
    ("plan", "region"): N_("Region"),
    ("plan", "cluster", "chip"): N_("Accelerator"),
    ("plan", "cluster", "n_accelerators"): N_("Number of accelerators"),
    ("plan", "cluster", "usd_per_gpu_hour"): N_("Price, $ per GPU-hour"),
}


def entry_label(path: Path) -> str:
    """What the entry at ``path`` is called, in the current language."""
    if path in _NAMES:
        return t(_NAMES[path])
    part, name = path[0], path[-1]
    if part == "answers":
        question = bank().questions.get(name)
        return t("Answer to {question}", question=asked(question) if question else name)
    if part == "claims":
        return t("Claim {name}", name=name)
    if part == "lab_runs":
        return t("Lab run {name}", name=name)
    if part == "lab_jobs":
        return t("Lab job {name}", name=name)
    if part == "scenarios":
        return t("Scenario {name}", name=name)
    if part == "profile":
        return t("Profile: {name}", name=name)
    if path[:2] == ("plan", "assumptions"):
        return t("Assumption: {name}", name=name)
    if part in SECTIONS and name in SECTIONS[part].model_fields:
        return t(label_and_unit(f"{part}.{name}")[0])
    return ".".join(path)


def entry_value(path: Path, value: Any) -> str:
    """The entry's value in a few words; a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, int | float):
        return _number(path, value)
    if isinstance(value, str):
        return _short(value)
    if path[0] == "answers" and isinstance(value, Mapping):
        return _answer(value)
    if path[0] == "claims" and isinstance(value, Mapping):
        quantity, stated = str(value.get("quantity", "")), value.get("value")
        return f"{quantity_label(quantity)}: {number(stated)}"
    if isinstance(value, Mapping) and "value" in value:
        said = entry_value(path, value["value"])
        status = value.get("status")
        return f"{said} ({_status(status)})" if status else said
    if isinstance(value, Mapping) and path == ("about",):
        return _short(localised(value, current()))
    if isinstance(value, list) and all(isinstance(v, int | float) for v in value):
        return " – ".join(number(v) for v in value)
    return _short(json.dumps(value, ensure_ascii=False))


def _number(path: Path, value: float) -> str:
    if path[0] in SECTIONS and path[-1] in SECTIONS[path[0]].model_fields:
        unit = label_and_unit(".".join(path))[1]
        return amount(value, unit) if unit else number(value)
    return exact(value) if abs(value) >= _LARGE else number_formats.as_typed(value, current())


def _answer(answer: Mapping[str, Any]) -> str:
    level = answer.get("level")
    said = t("not known") if level is None else t("level {n}", n=level)
    pieces = [said, _status(answer.get("status", "unknown"))]
    note = answer.get("note")
    if note:
        pieces.append(_short(localised(note, current())))
    evidence = answer.get("evidence") or []
    if evidence:
        pieces.append(t("{n} pieces of evidence", n=len(evidence)))
    return ", ".join(pieces)


def _status(name: object) -> str:
    names: dict[str, Text] = {row.id: row.name for row in bank().frame.statuses}
    return read(names[str(name)]) if str(name) in names else str(name)


def _short(text: str) -> str:
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"
