"""Published serving speeds beside what the roofline says of them, nothing of the result used.

Not blind throughout: the efficiency ranges of ``data/serving.csv`` were chosen with the rows
marked ``in_view`` before their author's eyes; the others were not used.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, cast

import numpy as np

from costmodel import facts
from costmodel.facts import Fact, Source
from costmodel.hardware import accelerators
from costmodel.hardware.serving_time import (
    FILE,
    Replica,
    Values,
    compute_peak,
    first_token_s,
    largest_batch,
    most_in_memory,
    prefill_s,
    step_s,
)
from costmodel.uncertainty import Number, Percentiles
from costmodel.workload import hf_config
from costmodel.workload.serving_load import ServingLoad, WeightFormat, serving_load

_COLUMNS: Final = (
    *("id", "model", "config", "chip", "n_accelerators", "weights", "batch", "input_tokens"),
    *("output_tokens", "token_s", "measure", "value", "unit", "as_of", "evidence", "source"),
    *("locator", "in_view", "note"),
)
_N_DRAWS: Final = 2_000
#: Assumptions that a benchmark of one busy replica does not have.
_OF_SERVICES: Final = frozenset({"any service", "starting point"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSpeed:
    """One published speed and the one computed, per accelerator, with its 90 % range.

    Tokens a second, or one over the seconds to the first token.
    """

    id: str
    model: str
    chip: str
    measure: str
    measured: float
    predicted: Percentiles
    at_medians: float
    source: Source
    in_view: bool

    @property
    def ratio(self) -> float:
        """Computed (at the medians) over measured: above one is too fast."""
        return self.at_medians / self.measured

    @property
    def is_covered(self) -> bool:
        """Whether the measured speed lies in the 90 % range."""
        return self.predicted.p05 <= self.measured <= self.predicted.p95


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How near the computed speeds come: shares of the rows, and their geometric mean."""

    n: int
    share_covered: float
    lean: float
    furthest: float


@cache
def served_speeds() -> tuple[ServedSpeed, ...]:
    """Every row of ``data/serving_benchmarks.csv``, computed.

    Raises ``FactError`` naming file and line for a row that cannot be read.
    """
    path = facts.data_dir() / "serving_benchmarks.csv"
    return tuple(
        _served(row, where=f"{path.name}:{line}") for line, row in facts.read_rows(path, _COLUMNS)
    )


def agreement(rows: Sequence[ServedSpeed]) -> Agreement:
    """How near these rows come. ``furthest`` is the largest factor, either way."""
    logs = [math.log(row.ratio) for row in rows]
    return Agreement(
        n=len(rows),
        share_covered=sum(row.is_covered for row in rows) / len(rows),
        lean=math.exp(sum(logs) / len(logs)),
        furthest=math.exp(max(map(abs, logs))),
    )


def _served(row: Mapping[str, str], *, where: str) -> ServedSpeed:
    load = serving_load(
        hf_config.read(facts.read_json(row["config"]), name=row["model"]),
        weights=cast(WeightFormat, row["weights"]),
        input_tokens=int(row["input_tokens"]),
        output_tokens=int(row["output_tokens"]),
    )
    chip = accelerators.find(row["chip"])
    replica = Replica(chip=chip, n_accelerators=int(row["n_accelerators"]))
    spans = _assumed(load, replica)
    rng = np.random.default_rng(0)
    drawn: Values = {name: fact.range.draw(rng, _N_DRAWS) for name, fact in spans.items()}
    medians: Values = {name: fact.range.mid for name, fact in spans.items()}
    measured = facts.number(row["value"], where)
    return ServedSpeed(
        id=row["id"],
        model=row["model"],
        chip=row["chip"],
        measure=row["measure"],
        measured=1 / measured if row["unit"] == "s" else measured,
        predicted=Percentiles.of(_speed(row, load, replica, drawn)),
        at_medians=float(_speed(row, load, replica, medians)),
        source=facts.find_source(row["source"], facts.all_sources(), where),
        in_view=row["in_view"] == "yes",
    )


def _assumed(load: ServingLoad, replica: Replica) -> dict[str, Fact]:
    kind, _ = compute_peak(replica.chip, load)
    return {
        fact.quantity: fact
        for fact in facts.facts_of(FILE).values()
        if fact.subject not in _OF_SERVICES
        and (not fact.subject.startswith("prefill") or fact.subject == f"prefill {kind}")
    }


def _speed(row: Mapping[str, str], load: ServingLoad, replica: Replica, assumed: Values) -> Number:
    """Speed per accelerator by the row's own measure."""
    values = {**assumed, "cached_input_share": 0.0}
    n = replica.n_accelerators
    if row["measure"] == "first_token_s":
        return 1 / first_token_s(load, replica, values)
    reading = prefill_s(load, replica, values)
    if row["measure"].startswith("input_token"):
        return load.input_tokens / reading / n
    if row["token_s"]:  # writing alone, on accelerators that do nothing else
        batch = largest_batch(load, replica, values, bound_s=float(row["token_s"]))
        return batch / step_s(load, replica, batch, values) / n
    batch = _requests(row, load, replica, values)
    writing = load.output_tokens * step_s(load, replica, batch, values)
    return batch * load.output_tokens / (batch * reading + writing) / n


def _requests(
    row: Mapping[str, str], load: ServingLoad, replica: Replica, values: Values
) -> Number:
    """Requests at once: as published, else as many as fit in memory and in the engine."""
    if row["batch"]:
        return float(row["batch"])
    most = values["most_requests_per_accelerator"] * replica.n_accelerators
    fits: Number = np.clip(most_in_memory(load, replica, values), 1.0, most)
    return fits
