"""What an experiment gathers while it runs, and the result that it leaves."""

import os
from collections.abc import Mapping
from typing import Any, Literal

import torch

from costmodel.claims.finding import Verdict
from costmodel.messages import Message
from lab import devices
from lab.experiments.registry import EXPERIMENTS
from lab.findings import ForDeal, LabFinding
from lab.jobs import Report
from lab.runs import message_to_json
from lab.telemetry.host import ContentionMeter, allowed_cpus

#: A claim may lie this far outside the interval, as a ratio, before it is implausible.
_STRETCH = 1.25


class Outcome:
    """Rows, findings and notes as they come; each row is told at once and kept."""

    def __init__(self, name: str, options: Mapping[str, Any], report: Report) -> None:
        self.name = name
        self.options = dict(options)
        self.report = report
        self.baseline: dict[str, Any] = {}
        self.findings: list[LabFinding] = []
        self.for_deal: list[ForDeal] = []
        self.levers: list[dict[str, Any]] = []
        self.notes: list[Message] = []
        self.more: dict[str, Any] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._meter = ContentionMeter()

    def row(self, key: str, **values: Any) -> None:
        """Add the row of this key, or set more of its values."""
        known = self._rows.setdefault(key, {"id": key})
        known |= {name: _plain(value) for name, value in values.items()}
        self.report.add("row", **known)
        self.report.keep(self.as_json())

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows so far, in the order in which they began."""
        return list(self._rows.values())

    def contention(self) -> float | None:
        """The share of CPU time that other programs took so far; ``None`` where nobody tells."""
        return self._meter.share()

    def lever(
        self,
        name: str,
        value: float,
        low: float | None,
        high: float | None,
        unit: str,
        why: Message,
    ) -> None:
        """Something that the cost model can take."""
        self.levers.append(
            {
                "name": name,
                "value": value,
                "low": low,
                "high": high,
                "unit": unit,
                "why": message_to_json(why),
            }
        )

    def as_json(self) -> dict[str, Any]:
        """The result as far as it has come."""
        return {
            "name": self.name,
            "subject": self.name.replace("_", " "),
            "options": self.options,
            "machine": machine(self._meter, self.report),
            "rows": self.rows,
            "baseline": {name: _plain(value) for name, value in self.baseline.items()},
            "findings": [finding.as_json() for finding in self.findings],
            "for_deal": [number.as_json() for number in self.for_deal],
            "levers": self.levers,
            "notes": [message_to_json(note) for note in self.notes],
            "cannot_see": [message_to_json(m) for m in EXPERIMENTS[self.name].cannot_see],
            **self.more,
        }


def machine(meter: ContentionMeter, report: Report) -> dict[str, Any]:
    """Where it was measured, and the share of the CPU that others took meanwhile."""
    return {
        "device": devices.cpu_name(),
        "cores": len(allowed_cpus() or ()) or os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
        "contention": meter.share(),
        "elapsed_s": report.elapsed_s,
    }


def verdict_of(
    stated: float | None,
    low: float | None,
    high: float | None,
    *,
    better: Literal["more", "less"],
    no_gain: float = 1.0,
) -> Verdict:
    """How a stated figure stands to the 90% interval measured here.

    Inside it, or more modest than it, the statement is consistent; up to a quarter of the
    figure beyond, stretched; farther, implausible. A smaller loss than was measured is never
    more than stretched: another model on other data may lose less. Nobody's statement, a figure
    without an interval, or one so wide that it holds both the gain that is stated and none (of
    more, the figure ``no_gain``) cannot be judged.
    """
    if stated is None or low is None or high is None:
        return "cannot tell"
    if better == "less":
        return "consistent" if stated >= low else "stretched"
    if stated <= high:
        return "cannot tell" if low <= no_gain < stated else "consistent"
    return "stretched" if stated <= _STRETCH * high else "implausible"


def _plain(value: Any) -> Any:
    """A value as JSON: figures with intervals and messages by their own fields."""
    if isinstance(value, Message):
        return message_to_json(value)
    as_json = getattr(value, "as_json", None)
    if as_json is not None:
        return as_json()
    if hasattr(value, "tolist"):
        return value.tolist()
    return value
