"""The chart of each experiment, from its rows, also from those of one still at work."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import plotly.graph_objects as go

from costmodel.messages import Message
from dashboard.charts import measured
from dashboard.charts.measured import Point, Scale, Series
from dashboard.language import say, t
from lab.runs import message_from_json

Rows: TypeAlias = Sequence[Mapping[str, Any]]

KINDS: Final[Mapping[str, Message]] = {
    "fp32": Message("fp32"),
    "int8": Message("int8"),
    "bf16": Message("bf16"),
    "unstructured": Message("zeros in the weights"),
    "structured": Message("taking out units and heads"),
}
METHODS: Final[Mapping[str, Message]] = {
    "fedavg": Message("FedAvg"),
    "fedprox": Message("FedProx"),
    "iid": Message("spread evenly"),
}


def chart(name: str, rows: Rows, result: Mapping[str, Any] | None = None) -> go.Figure | None:
    """The figure of these rows; ``None`` while there is too little to draw."""
    draw = _CHARTS.get(name)
    return None if draw is None else draw(rows, result or {})


def _point(row: Mapping[str, Any], x: float, value: Any, *, label: bool = False) -> Point:
    said = _said(row["label"]) if label else ""
    if isinstance(value, Mapping):
        return Point(x=x, y=value["value"], low=value["low"], high=value["high"], label=said)
    return Point(x=x, y=float(value), label=said)


def _compression(rows: Rows, result: Mapping[str, Any]) -> go.Figure | None:
    timed = [row for row in rows if row.get("speedup_32") is not None]
    series = []
    for kind, label in KINDS.items():
        points = tuple(
            _point(row, row["speedup_32"]["value"], row["accuracy"], label=True)
            for row in timed
            if row["kind_of"] == kind
        )
        if points:
            series.append(Series(label=say(label), points=points, joined=False))
    if not series:
        return None
    return measured.figure(
        series,
        x=Scale(title=t("Times faster, batch 32"), unit="ratio"),
        y=Scale(title=t("Accuracy"), unit="fraction"),
    )


def _data_parallel(rows: Rows, result: Mapping[str, Any]) -> go.Figure | None:
    alone = [row for row in rows if row["kind_of"] == "alone"]
    series = []
    for kind in ("apart", "ddp", "fsdp"):
        mine = [row for row in rows if row["kind_of"] == kind]
        points = tuple(_point(r, r["processes"], r["efficiency"]) for r in [*alone, *mine])
        if mine:
            series.append(Series(label=_said(mine[0]["label"]), points=points))
        foretold = tuple(
            _point(r, r["processes"], r["predicted_efficiency"])
            for r in mine
            if r.get("predicted_efficiency") is not None
        )
        if foretold and kind == "ddp":
            label = t("{method}, foretold", method=_said(mine[0]["label"]))
            series.append(Series(label=label, points=foretold, joined=False))
    if not series:
        return None
    return measured.figure(
        series,
        x=Scale(title=t("Processes"), unit="count"),
        y=Scale(title=t("Efficiency"), unit="fraction"),
    )


def _federated(rows: Rows, result: Mapping[str, Any]) -> go.Figure | None:
    central = [row for row in rows if row["method"] == "central"]
    most = max((row["clients"] for row in rows), default=0)
    shown = [row for row in rows if row["method"] == "fedavg" and row["clients"] == most]
    series = [
        Series(
            label=_said(row["label"])
            if row["method"] == "central"
            else f"{_said(row['label'])}, {_said(row['skew'])}",
            points=tuple(Point(x=n + 1, y=value) for n, value in enumerate(row["course"])),
        )
        for row in [*central, *shown]
    ]
    if not series:
        return None
    return measured.figure(
        series,
        x=Scale(title=t("Round of training"), unit="count"),
        y=Scale(title=t("Accuracy"), unit="fraction"),
    )


def _privacy(rows: Rows, result: Mapping[str, Any]) -> go.Figure | None:
    spent = [row["epsilon"] for row in rows if row["epsilon"] is not None]
    series = []
    for model in dict.fromkeys(row["model"] for row in rows):
        mine = [row for row in rows if row["model"] == model]
        private = sorted(
            (row for row in mine if row["epsilon"] is not None), key=lambda row: row["epsilon"]
        )
        if private:
            points = tuple(_point(row, row["epsilon"], row["accuracy"]) for row in private)
            series.append(Series(label=_said(mine[0]["label"]), points=points))
        for row in mine:
            if row["epsilon"] is None and len(spent) > 1:
                ends = min(spent), max(spent)
                flat = tuple(Point(x=x, y=row["accuracy"]["value"]) for x in ends)
                label = t("{model}, without privacy", model=_said(row["label"]))
                series.append(Series(label=label, points=flat))
    if not spent:
        return None
    return measured.figure(
        series,
        x=Scale(title=t("Epsilon"), unit="ratio", log=True),
        y=Scale(title=t("Accuracy"), unit="fraction"),
    )


def _scaling_sweep(rows: Rows, result: Mapping[str, Any]) -> go.Figure | None:
    points = tuple(_point(row, row["params"], row["loss"]) for row in rows)
    if len(points) < 2:
        return None
    series = [Series(label=t("Measured"), points=points, joined=False)]
    foretold = [row for row in rows if row.get("predicted") is not None]
    if foretold:
        row = foretold[0]
        ahead = (_point(row, row["params"], row["predicted"]),)
        series.append(Series(label=t("Foretold"), points=ahead, joined=False))
    curve = result.get("fit", {}).get("curve")
    fit = None
    if curve:
        fit = Series(
            label=t("Fit and its range, to ten times the largest size"),
            points=tuple(
                Point(x=c["params"], y=c["value"], low=c["low"], high=c["high"]) for c in curve
            ),
        )
    return measured.figure(
        series,
        x=Scale(title=t("Parameters"), unit="parameter", log=True),
        y=Scale(title=t("Loss, nats per token"), unit="nat_per_token", log=True),
        fit=fit,
    )


def _said(value: Any) -> str:
    return say(message_from_json(value)) if isinstance(value, Mapping) else str(value)


_CHARTS: Final[Mapping[str, Callable[[Rows, Mapping[str, Any]], go.Figure | None]]] = {
    "compression": _compression,
    "data_parallel": _data_parallel,
    "federated": _federated,
    "privacy": _privacy,
    "scaling_sweep": _scaling_sweep,
}
