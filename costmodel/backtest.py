"""Predictions against what was published: error, and how often the interval held.

Every row is predicted by a fit that has not seen its series; its interval is that of the
other series of its class. The achieved throughput, MFU or hours of a row are read last, to
be compared.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import Final

import numpy as np

from costmodel.facts import FactError
from costmodel.hardware import (
    calibration,
    efficiency,
    measurements,
    prediction,
    whole_runs,
)
from costmodel.hardware.constants import fitted
from costmodel.hardware.fitting import Fit, Rows, fit, run_class
from costmodel.hardware.measurements import Excluded, Measurement
from costmodel.hardware.whole_runs import WholeRun
from costmodel.messages import InputError
from costmodel.money import training_cost
from costmodel.uncertainty import Z_95
from costmodel.units import SECONDS_PER_HOUR
from costmodel.workload.flops import total_params
from costmodel.workload.model_spec import WIDE, ModelSpec

COVERAGE: Final = 0.80
#: How near in size and tokens a run on the same accelerator is the one on record.
_SAME: Final = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One published figure and its blind prediction with an 80 % interval.

    ``published`` and ``predicted`` are in ``unit``: seconds of a step, or accelerator-hours
    of a run.
    """

    id: str
    source: str
    group: str
    model: str
    chip: str
    params: float
    unit: str
    published: float
    predicted: float
    low_80: float
    high_80: float

    @property
    def error(self) -> float:
        """Predicted over published, less one."""
        return self.predicted / self.published - 1

    @property
    def covered(self) -> bool:
        """Whether the published figure lies in the interval."""
        return self.low_80 <= self.published <= self.high_80


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """Rows predicted blind, and those left out with their reason."""

    rows: tuple[Row, ...]
    excluded: tuple[Excluded, ...]

    @property
    def mape(self) -> float:
        """Mean absolute percentage error, as a fraction."""
        return float(np.mean([abs(row.error) for row in self.rows]))

    @property
    def median_ape(self) -> float:
        """Median absolute percentage error, as a fraction."""
        return float(np.median([abs(row.error) for row in self.rows]))

    @property
    def coverage_80(self) -> float:
        """Share of rows whose published figure lies in the 80 % interval."""
        return float(np.mean([row.covered for row in self.rows]))

    def outside(self) -> tuple[Row, ...]:
        """The rows whose published figure lies outside of the interval, worst first."""
        missed = [row for row in self.rows if not row.covered]
        return tuple(sorted(missed, key=lambda row: -abs(math.log1p(row.error))))

    def of(self, group: str) -> "Backtest":
        """The same for one group of rows."""
        return Backtest(
            rows=tuple(row for row in self.rows if row.group == group), excluded=self.excluded
        )


def coverage_curve(levels: Sequence[float]) -> tuple[tuple[float, float, float], ...]:
    """(level, share of left-out steps inside, share of left-out runs inside) by level: an
    interval that holds lies on the diagonal.
    """
    return tuple(
        (level, steps(coverage=level).coverage_80, runs(coverage=level).coverage_80)
        for level in levels
    )


def steps(path: Path | None = None, *, coverage: float = COVERAGE) -> Backtest:
    """Published step times, predicted. Another file's rows are predicted by a fit without
    every series of theirs.

    Raises ``FactError`` naming file and line for a file that cannot be read.
    """
    if path is None:
        rows = [m for m in measurements.published() if m.step_s is not None]
        errors = fitted().row_errors()
        found = tuple(_row(m, errors[m.run_id], (m.series,), coverage) for m in rows)
        return Backtest(rows=found, excluded=measurements.excluded())
    found, refused = _predicted_without(measurements.read(path), coverage)
    return Backtest(rows=found, excluded=(*measurements.excluded(path), *refused))


#: Whole runs with hours and a layout on record, and the others.
WITH_LAYOUT: Final = "runs with layout"
OTHER_RUNS: Final = "other runs"


def runs(path: Path | None = None, *, coverage: float = COVERAGE) -> Backtest:
    """Published whole runs: accelerator-hours, each predicted without its own row.

    By its best layout and the share of such a pace that other runs kept; sizes without an
    architecture and uncalibrated accelerators by the efficiency prior.

    Raises ``FactError`` naming file and line for a file that cannot be read.
    """
    asked = whole_runs.published() if path is None else whole_runs.read(path)
    rows: list[Row] = []
    refused: list[Excluded] = []
    for run in asked:
        try:
            rows.append(_run_row(run, coverage, stored=path is None))
        except (InputError, FactError) as why:
            refused.append(Excluded(run_id=run.run_id, model=run.run_id, reason=str(why)))
    return Backtest(rows=tuple(rows), excluded=(*whole_runs.excluded(path), *refused))


def _run_row(run: WholeRun, coverage: float, *, stored: bool) -> Row:
    chip = run.cluster.accelerator
    known = fitted().whole_runs
    found = known.get(run.run_id) if stored else None
    share = found[0] if found else efficiency.share_of_best(run)
    away = (run.run_id,) if stored else _same_runs(run)
    billed = efficiency.usual_goodput(run.cluster)
    if share is not None:
        spec = run.plan.model
        assert isinstance(spec, ModelSpec)
        beyond = efficiency.beyond_runs(spec, run.cluster, run.plan.context_tokens)
        shares = {k: v for k, v in efficiency.whole_run_shares().items() if k not in away}
        kept = efficiency.kept(shares, run.plan, n_beyond=len(beyond)).values
        fastest = run.gpu_hours * share / billed
        ends = ((1 - coverage) / 2, 0.5, (1 + coverage) / 2)
        high, predicted, low = fastest / np.quantile(kept, ends)
    else:
        prior = calibration.efficiency_prior(
            chip.generation, calibration.model_class(run.plan.model), leave_out=away[-1]
        )
        wide = run.plan.precision in WIDE
        peak = chip.peak(run.plan.precision) if wide else chip.training_peak()
        pace = run.model_flop / (peak.value * SECONDS_PER_HOUR)
        gain = training_cost.format_gain(run.plan)
        span, _ = prior.for_run(
            params=total_params(run.plan.model), n_accelerators=run.cluster.n_accelerators
        )
        whole = span.mid * billed * gain.mid
        predicted = pace / whole
        narrower = NormalDist().inv_cdf((1 + coverage) / 2) / Z_95
        low = predicted * (span.mid / span.high) ** narrower
        high = predicted * (span.mid / span.low) ** narrower
    return Row(
        id=run.run_id,
        source=run.source,
        group=WITH_LAYOUT if run.layout else OTHER_RUNS,
        model=run.run_id,
        chip=chip.name,
        params=total_params(run.plan.model),
        unit="gpu_hour",
        published=run.gpu_hours,
        predicted=float(predicted),
        low_80=float(low),
        high_80=float(high),
    )


def _same_runs(run: WholeRun) -> tuple[str, ...]:
    """The run's name and, last, the run on record that it is under whatever name: as large,
    as long, on the same accelerator.
    """

    def alike(other: WholeRun) -> bool:
        return (
            other.cluster.accelerator == run.cluster.accelerator
            and math.isclose(other.plan.tokens, run.plan.tokens, rel_tol=_SAME)
            and math.isclose(
                total_params(other.plan.model), total_params(run.plan.model), rel_tol=_SAME
            )
        )

    twins = [known.run_id for known in whole_runs.published() if alike(known)]
    return (run.run_id, *(twins or (run.run_id,)))


def _predicted_without(
    asked: Sequence[Measurement], coverage: float
) -> tuple[tuple[Row, ...], tuple[Excluded, ...]]:
    """The rows in their order, each series without its own on record, and those refused."""
    known = _known()
    found: dict[int, Row] = {}
    refused: list[Excluded] = []
    for series in dict.fromkeys(m.series for m in asked):
        places = [i for i, m in enumerate(asked) if m.series == series]
        held = [asked[i] for i in places]
        away = _on_record(held, known)
        without = _fit_without(away)
        rows = Rows(held, without.names)
        logs = rows.log_predicted(without.log_values) - rows.log_step
        for n, (i, log) in enumerate(zip(places, logs.tolist(), strict=True)):
            if math.isfinite(log):
                found[i] = _row(asked[i], log, away, coverage)
            else:
                why = str(rows.refused.get(n, "no step time or rate is published"))
                name = asked[i].spec.name
                refused.append(Excluded(run_id=asked[i].run_id, model=name, reason=why))
    return tuple(found[i] for i in sorted(found)), tuple(refused)


def _known() -> list[Measurement]:
    """The step times on record."""
    return [m for m in measurements.published() if m.step_s is not None]


@lru_cache(maxsize=64)
def _fit_without(away: tuple[str, ...]) -> Fit:
    """The constants that the other series on record give."""
    return fit([m for m in _known() if m.series not in away])


def _on_record(held: Sequence[Measurement], known: Sequence[Measurement]) -> tuple[str, ...]:
    """The series on record that may hold the same rows: by series, run, or architecture,
    for a row of another file may go by another name.
    """
    names = {m.series for m in held}
    ids, shapes = {m.run_id for m in held}, {_shape(m) for m in held}
    names |= {m.series for m in known if m.run_id in ids or _shape(m) in shapes}
    return tuple(sorted(names))


def _shape(m: Measurement) -> tuple[int, ...]:
    return (m.spec.n_layers, m.spec.d_model, m.spec.n_heads, m.spec.d_ff)


def _row(m: Measurement, log_error: float, away: Sequence[str], coverage: float) -> Row:
    """A row with its interval from the errors of the other series of its class."""
    kind = run_class(m)
    beyond = prediction.extrapolations(
        kind,
        m.chip,
        {
            "params": total_params(m.spec),
            "context_tokens": m.context_tokens,
            "n_accelerators": m.n_accelerators,
        },
    )
    n_beyond = len(beyond)
    others = fitted().errors_beside(kind, *away)
    if not others:  # no other series of the class judges it: those of every class, wider
        others, n_beyond = fitted().errors_beside_of_all(*away), n_beyond + 1
    half = prediction.half_width(others, n_beyond=n_beyond, coverage=coverage)
    assert m.step_s is not None
    predicted = m.step_s * math.exp(log_error)
    return Row(
        id=m.run_id,
        source=m.source,
        group=m.source_id or m.source,
        model=m.spec.name,
        chip=m.chip.name,
        params=total_params(m.spec),
        unit="s",
        published=m.step_s,
        predicted=predicted,
        low_80=predicted * math.exp(-half),
        high_80=predicted * math.exp(half),
    )
