"""Fits the constants of the step-time model to published step times.

Weighted least squares of log step time with cited priors on every constant; the covariance
is that of the linearised posterior. Needs SciPy, so nothing imports this but the commands
that fit and the backtest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import memory, step_numbers, step_time
from costmodel.hardware.constants import (
    Kind,
    RunClass,
    class_of,
    constants_for,
    kind_of,
    parameter_names,
)
from costmodel.hardware.measurements import Measurement, published
from costmodel.hardware.step_numbers import ChipNumbers, Constants, LayoutNumbers, ModelNumbers
from costmodel.messages import InputError
from costmodel.uncertainty import Z_95, Draws
from costmodel.workload.flops import total_params

#: Standard deviation of log step time that a perfect model would still leave: how far two
#: runs of one configuration lie apart. Releases of one framework move expert layers more.
_NOISE: Final = 0.05
_NOISE_OF_EXPERTS: Final = 0.10
#: How far all rows of one model with experts lie off together, in the same measure: many
#: rows of one such model must not outvote few of another.
_SHARED_BY_EXPERTS: Final = 0.20
#: How far beyond its accelerator a layout that is said to have run may be computed to lie.
_RAN_ANYWAY: Final = 0.25
#: Step of a slope, of each logarithm: half of a float's digits.
_NUDGE: Final = 2.0**-26
#: No efficiency may pass its peak.
_MOST_EFFICIENCY: Final = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Fitted constants: names, log values, their covariance, and the rows learnt from."""

    names: tuple[str, ...]
    log_values: Draws
    covariance: NDArray[np.float64]
    run_ids: tuple[str, ...]

    def values(self) -> dict[str, float]:
        """The constants by name."""
        return dict(zip(self.names, np.exp(self.log_values).tolist(), strict=True))


class Rows:
    """Measurements stacked into arrays, one entry for each candidate layout."""

    def __init__(self, measurements: Sequence[Measurement], names: Sequence[str]) -> None:
        models, chips, layouts, kinds = [], [], [], []
        self.owner: list[int] = []
        self.refused: dict[int, InputError | FactError] = {}
        known = dict.fromkeys(names, 1.0)
        for i, m in enumerate(measurements):
            for layout in m.layouts:
                try:
                    layout.check_model(m.spec, m.context_tokens)
                    numbers = step_numbers.layout_numbers(
                        layout,
                        m.precision,
                        n_accelerators=m.n_accelerators,
                        global_batch_sequences=m.global_batch_sequences,
                        rounded_batch=True,
                    )
                    kind = kind_of(m.chip, m.precision, layout, released=m.released)
                    constants_for(kind, known)
                    chip = step_numbers.chip_numbers(m.chip, m.precision)
                    model = step_numbers.model_numbers(m.spec, m.context_tokens)
                    numbers, use = memory.arranged(
                        m.spec, m.context_tokens, layout, numbers, m.chip
                    )
                    ran = len(m.layouts) == 1
                    memory.check_fits(use, m.chip, tolerance=_RAN_ANYWAY if ran else 0.0)
                except (InputError, FactError) as refused:
                    self.refused.setdefault(i, refused)
                    continue
                models.append(model)
                chips.append(chip)
                layouts.append(numbers)
                kinds.append(kind)
                self.owner.append(i)
        # A row is refused where none of its candidate layouts goes.
        for i in self.owner:
            self.refused.pop(i, None)
        self.n = len(measurements)
        self.log_step = np.log([m.step_s or np.nan for m in measurements])
        # The candidates of a row lie side by side.
        self.rows, self.first = np.unique(np.array(self.owner, dtype=np.intp), return_index=True)
        if not models:
            return
        self.models: ModelNumbers = step_numbers.stack(models)
        self.chips: ChipNumbers = step_numbers.stack(chips)
        self.layouts: LayoutNumbers = step_numbers.stack(layouts)
        self.design = {f.name: _design(f.name, kinds, names) for f in fields(Constants)}

    def log_predicted(self, log_values: Draws) -> Draws:
        """Log seconds of each measurement's step, its fastest candidate's: shape ``(n,)``, or
        ``(k, n)`` for ``k`` sets of constants.

        Infinite where no layout of a row is possible; ``refused`` says why.
        """
        fastest = np.full((*log_values.shape[:-1], self.n), np.inf)
        if not self.owner:
            return fastest
        constants = Constants(
            **{f: np.exp(log_values @ a.T)[..., kind] for f, (a, kind) in self.design.items()}
        )
        took = step_time.step_time(self.models, self.chips, self.layouts, constants)
        log_step = np.log(np.asarray(took.total_s, dtype=np.float64))
        fastest[..., self.rows] = np.minimum.reduceat(log_step, self.first, axis=-1)
        return fastest


def fit(measurements: Sequence[Measurement]) -> Fit:
    """The constants that explain these step times, started from and held by their priors."""
    from scipy.optimize import least_squares

    names, centre, width = priors()
    rows = Rows(measurements, names)
    assert not rows.refused, rows.refused
    most = np.full(len(names), np.inf)
    for i, name in enumerate(names):
        if name.split("/")[0] in ("matmul", "flash", "scores"):
            most[i] = np.log(_MOST_EFFICIENCY)

    whiten = _whitening(measurements)

    def residuals(log_values: Draws) -> Draws:
        data = whiten(rows.log_predicted(log_values) - rows.log_step)
        return np.concatenate([data, (log_values - centre) / width], axis=-1)

    def slopes(log_values: Draws) -> NDArray[np.float64]:
        """The Jacobian by forward differences, all constants at once."""
        nudges = np.where(log_values < 0, -1, 1) * _NUDGE * np.maximum(np.abs(log_values), 1)
        nudges = np.where(log_values + nudges < most, nudges, -nudges)
        nudged = log_values + np.diag(nudges)
        rise = residuals(nudged) - residuals(log_values)
        taken = np.diag(nudged) - log_values
        return np.asarray((rise / taken[:, None]).T)

    start = np.minimum(centre, most - 1e-3)
    found = least_squares(residuals, start, slopes, bounds=(-np.inf, most))
    curvature = found.jac.T @ found.jac
    spread = max(1.0, 2 * found.cost / len(rows.log_step))
    return Fit(
        names=names,
        log_values=found.x,
        covariance=np.linalg.inv(curvature) * spread,
        run_ids=tuple(m.run_id for m in measurements),
    )


def _whitening(measurements: Sequence[Measurement]) -> Callable[[Draws], Draws]:
    """Turns errors of log step time into independent ones of unit variance, where those of
    one series of models with experts share a part.
    """
    has_experts = np.array([m.spec.experts is not None for m in measurements])
    noise = np.where(has_experts, _NOISE_OF_EXPERTS, _NOISE)
    shared = np.where(has_experts, _SHARED_BY_EXPERTS, 0.0)
    names = [m.series for m in measurements]
    _, series, sizes = np.unique(names, return_inverse=True, return_counts=True)
    kept = 1 - 1 / np.sqrt(1 + sizes[series] * (shared / noise) ** 2)
    belongs = np.eye(len(sizes))[series]

    def whiten(errors: Draws) -> Draws:
        mean = errors @ belongs / sizes
        return np.asarray((errors - kept * mean[..., series]) / noise)

    return whiten


def priors() -> tuple[tuple[str, ...], Draws, Draws]:
    """Names, log centres and log standard deviations of the cited priors."""
    rows = facts.facts_of("step_time_priors")
    names = tuple(subject for subject, _ in rows)
    low, high = (np.log([getattr(f.range, end) for f in rows.values()]) for end in ("low", "high"))
    return names, (low + high) / 2, (high - low) / (2 * Z_95)


def left_out(measurements: Sequence[Measurement]) -> dict[str, float]:
    """Log predicted over published step time by run, each series predicted by the others."""
    errors: dict[str, float] = {}
    for series in dict.fromkeys(m.series for m in measurements):
        fitted = fit([m for m in measurements if m.series != series])
        held = [m for m in measurements if m.series == series]
        rows = Rows(held, fitted.names)
        found = rows.log_predicted(fitted.log_values) - rows.log_step
        errors.update(zip((m.run_id for m in held), found.tolist(), strict=True))
    return errors


def calibrate() -> dict[str, object]:
    """Fits to every fit row of ``data/step_time.csv``; the object that is stored."""
    measurements = [m for m in published() if m.step_s is not None]
    fitted = fit(measurements)
    errors = left_out(measurements)
    by_class: dict[str, list[Measurement]] = {}
    by_series: dict[str, dict[str, dict[str, float]]] = {}
    for m in measurements:
        name = run_class(m)
        by_class.setdefault(name, []).append(m)
        of_series = by_series.setdefault(name, {}).setdefault(m.series, {})
        of_series[m.run_id] = round(errors[m.run_id], 5)
    return {
        "names": list(fitted.names),
        "log_values": [round(v, 6) for v in fitted.log_values.tolist()],
        "covariance": [[float(f"{v:.4g}") for v in row] for row in fitted.covariance.tolist()],
        "errors": by_series,
        "reach": {name: _reach(members) for name, members in sorted(by_class.items())},
        "generations": {
            name: sorted({m.chip.generation for m in members})
            for name, members in sorted(by_class.items())
        },
        "whole_runs": {},
    }


def run_class(m: Measurement) -> RunClass:
    """The class of a measurement."""
    kind = kind_of(m.chip, m.precision, m.layouts[0], released=m.released)
    return class_of(kind, has_experts=m.spec.experts is not None)


def _reach(members: Sequence[Measurement]) -> dict[str, list[float]]:
    """The least and largest of what a class was learnt from."""
    seen: dict[str, list[float]] = {
        "params": [total_params(m.spec) for m in members],
        "context_tokens": [m.context_tokens for m in members],
        "n_accelerators": [m.n_accelerators for m in members],
    }
    return {name: [float(min(values)), float(max(values))] for name, values in seen.items()}


def _design(
    field: str, kinds: Sequence[Kind], names: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Which constants multiply to ``field``, one row for each product of them that occurs, and
    the row of each candidate.
    """
    place = {name: i for i, name in enumerate(names)}
    rows: dict[tuple[str, ...], int] = {}
    of_kind = {kind: tuple(parameter_names(field, kind)) for kind in dict.fromkeys(kinds)}
    found = np.array([rows.setdefault(of_kind[kind], len(rows)) for kind in kinds], dtype=np.intp)
    matrix = np.zeros((len(rows), len(names)))
    for factors, row in rows.items():
        for name in factors:
            matrix[row, place[name]] += 1
    return matrix, found
