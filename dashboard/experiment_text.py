"""What an experiment found, in rows for a page and in lines for the command line."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from costmodel.messages import Message
from dashboard.lab_levers import lever_lines
from dashboard.lab_text import finding_lines
from dashboard.language import amount, interval, number, say, t
from lab.experiments.registry import EXPERIMENTS, Column, Experiment
from lab.findings import LabFinding
from lab.runs import message_from_json

_DASH: Final = "–"
_CLAIMED: Final = "claimed_"
#: Findings on what our own law or cost model foretold, not on anybody's claim.
_FORECASTS: Final = frozenset({"scaling_forecast", "efficiency_forecast"})
#: What stands beside every model.
_SCORES: Final[Mapping[str, tuple[Message, str]]] = {
    "accuracy": (Message("Accuracy"), "fraction"),
    "auc": (Message("AUC"), "ratio"),
    "validation_loss": (Message("Loss on held-out data"), "nat_per_token"),
    "step_s": (Message("Step"), "s"),
}


def answer(result: Mapping[str, Any]) -> str:
    """The whole in one sentence: on what was claimed, else on what was measured first."""
    found = findings(result)
    asked = any(v is not None for k, v in result["options"].items() if k.startswith(_CLAIMED))
    claimed = [f for f in found if f.stated is not None and f.claim not in _FORECASTS]
    told = claimed if asked and claimed else found
    return say(told[0].why) if told else t("It was stopped before it found anything.")


def findings(result: Mapping[str, Any]) -> list[LabFinding]:
    """Its findings."""
    return [LabFinding.from_json(one) for one in result.get("findings", [])]


def columns(experiment: Experiment, rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """The columns of which at least one row has a value."""
    return [c for c in experiment.columns if any(_value(row, c.name) is not None for row in rows)]


def cell(value: Any, column: Column) -> str:
    """One entry of a row: a figure with its interval, a message, a word."""
    if value is None:
        return _DASH
    if isinstance(value, Mapping):
        if "text" in value:
            return say(message_from_json(value))
        shown = amount(value["value"], column.unit)
        low, high = value.get("low"), value.get("high")
        if low is None or high is None or low == high:
            return shown
        return f"{shown} ({interval(low, high, column.unit)})"
    if isinstance(value, str):
        return value
    if column.unit == "count":
        return number(value)
    return amount(value, column.unit)


def table(
    experiment: Experiment, rows: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[list[str]]]:
    """The heads and the cells of every row."""
    shown = columns(experiment, rows)
    heads = [say(column.title) for column in shown]
    return heads, [[cell(_value(row, c.name), c) for c in shown] for row in rows]


def _value(row: Mapping[str, Any], name: str) -> Any:
    """The entry; of a row that has no label yet, the name of what it is about."""
    return row.get(name, row.get("name") if name == "label" else None)


def baseline(result: Mapping[str, Any]) -> str:
    """The simple method beside the model, with its scores; empty where there is none."""
    found = result.get("baseline") or {}
    name = found.get("name")
    if name is None:
        return ""
    title = say(message_from_json(name)) if isinstance(name, Mapping) else str(name)
    scores = []
    for key, (label, unit) in _SCORES.items():
        value = found.get(key)
        if value is not None:
            figure = value["value"] if isinstance(value, Mapping) else value
            scores.append(f"{say(label)} {amount(figure, unit)}")
    return t("Beside it, {baseline}: {scores}", baseline=title, scores=", ".join(scores))


def machine(result: Mapping[str, Any]) -> str:
    """Where it was measured, and what else went on there."""
    found = result["machine"]
    contention = found["contention"]
    return t(
        "{device}, threads: {threads}. Other processes took {share} of the CPU.",
        device=found["device"],
        threads=found["threads"],
        share=_DASH if contention is None else amount(contention, "fraction"),
    )


def notes(result: Mapping[str, Any]) -> list[str]:
    """What is to be known beside the figures."""
    return [say(message_from_json(one)) for one in result.get("notes", [])]


def experiment_text(result: Mapping[str, Any]) -> str:
    """A result on the command line."""
    experiment = EXPERIMENTS[result["name"]]
    lines = [answer(result), ""]
    if result["rows"]:
        heads, rows = table(experiment, result["rows"])
        lines += _aligned([heads, *rows])
    if shown := baseline(result):
        lines += ["", shown]
    lines += ["", machine(result)]
    lines += ["", *finding_lines(result)]
    if found := lever_lines(result):
        lines += ["", t("Levers of the cost model"), *(f"- {line}" for line in found)]
    if found := notes(result):
        lines += ["", *(f"- {note}" for note in found)]
    lines += ["", t("What this cannot see"), *(f"- {say(m)}" for m in experiment.cannot_see)]
    return "\n".join(lines)


def _aligned(rows: list[list[str]]) -> list[str]:
    from dashboard.charts.labels import width

    widths = [max(width(row[c]) for row in rows) for c in range(len(rows[0]))]
    return [
        "  ".join(
            text + " " * (wide - width(text)) for text, wide in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
