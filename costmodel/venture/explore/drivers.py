"""What drives the answer: one input at a time, two at a time, and which go along with it.

Everything here runs the whole model on rows of values, all rows at once: a row is the middle
of every input but the ones that it changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from costmodel.uncertainty import Draws, Number
from costmodel.units import MONTHS_PER_YEAR
from costmodel.venture import runway, scenario
from costmodel.venture.inputs import LUCK, N_LATER, VentureInputs
from costmodel.venture.scenario import ScenarioResult

Outcome: TypeAlias = Literal["moic", "runway_months", "year_3_margin"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
#: Standard normal quantile at 90 %: the ends of a central 80 % range.
#: Months that rows are followed: a runway beyond it counts as that long.
FAR: Final = 60
Z_90: Final = NormalDist().inv_cdf(0.9)
_YEAR: Final = int(MONTHS_PER_YEAR)
Row: TypeAlias = Mapping[str, Number]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How far one input moves an outcome between its 10th and its 90th percentile, all else
    in the middle; ``at_low`` and ``at_high`` are the outcome at those, ``low`` and ``high``
    the input.
    """

    name: str
    unit: str
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def span(self) -> float:
        """How far apart both ends lie."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tornado:
    """The inputs by how far they move one outcome, widest first, and the outcome in the middle."""

    outcome: Outcome
    middle: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """One outcome over two inputs: ``cells[i][j]`` is that of ``rows[i]`` and ``columns[j]``."""

    name: str
    outcome: Outcome
    row_name: str
    rows: tuple[float, ...]
    column_name: str
    columns: tuple[float, ...]
    cells: Draws


def outcomes_of(
    inputs: VentureInputs, rows: Sequence[Row], *, months: int = FAR
) -> dict[Outcome, Draws]:
    """Every outcome for each row of changed values, the rest in the middle.

    The runway is exact to a fraction of a month: whole months would hide small differences.
    Without an exit the multiple is not a number.
    """
    middle_in = scenario.middle_inputs(inputs)
    values = stacked(middle_in.middle(), rows)
    valued = scenario.has_exit(inputs)
    found = scenario.run(middle_in, values, months=months, with_returns=valued)
    n = len(rows)

    def of_rows(value: Number | None) -> Draws:
        given = np.nan if value is None else value
        return np.array(np.broadcast_to(np.asarray(given, dtype=np.float64), (n,)))

    return {
        "moic": of_rows(found.returns.moic if found.returns is not None else None),
        "runway_months": of_rows(runway.crossing_months(found.flow)),
        "year_3_margin": of_rows(found.year_3_margin),
    }


def proofs_of(inputs: VentureInputs, rows: Sequence[Row]) -> Draws:
    """Months to the proof for each row of changed values, the rest in the middle."""
    values = stacked(inputs.middle(), rows)
    return np.array(np.broadcast_to(np.asarray(runway.proof_months(values)), (len(rows),)))


def stacked(middle: Row, rows: Sequence[Row]) -> dict[str, Number]:
    """The rows as arrays: an input that no row changes stays a plain number."""
    names = dict.fromkeys(name for row in rows for name in row)
    values: dict[str, Number] = dict(middle)
    for name in names:
        usual = middle.get(name, 0.0)
        values[name] = np.asarray([float(np.asarray(row.get(name, usual))) for row in rows])
    return values


def tornados(inputs: VentureInputs, *, months: int = FAR) -> dict[Outcome, Tornado]:
    """For every outcome the inputs that move it, one at a time from P10 to P90."""
    spans = {
        name: span
        for name, span in inputs.spans().items()
        if span.low < span.high and name not in LUCK
    }
    units = {a.name: a.unit for a in inputs.assumptions}
    rows: list[Row] = [{}]
    for name, span in spans.items():
        rows += [{name: span.at(-Z_90)}, {name: span.at(Z_90)}]
    found = outcomes_of(inputs, rows, months=months)
    answer: dict[Outcome, Tornado] = {}
    for outcome, values in found.items():
        if not np.isfinite(values[0]):
            continue
        bars = [
            Bar(
                name=name,
                unit=units[name],
                low=float(np.asarray(rows[1 + 2 * i][name])),
                high=float(np.asarray(rows[2 + 2 * i][name])),
                at_low=float(values[1 + 2 * i]),
                at_high=float(values[2 + 2 * i]),
            )
            for i, name in enumerate(spans)
        ]
        moving = [bar for bar in bars if np.isfinite(bar.span) and bar.span > 1e-9]
        answer[outcome] = Tornado(
            outcome=outcome,
            middle=float(values[0]),
            bars=tuple(sorted(moving, key=lambda bar: -bar.span)),
        )
    return answer


def rank_correlations(result: ScenarioResult, outcome: Outcome) -> dict[str, float]:
    """Spearman's rank correlation of each uncertain input with an outcome over the worlds,
    strongest first. With coupled risks an input also stands for what comes with it.
    """
    worlds = result.worlds
    by_outcome: dict[Outcome, Number | None] = {
        "moic": worlds.returns.moic if worlds.returns is not None else None,
        "runway_months": runway.crossing_months(worlds.flow),
        "year_3_margin": worlds.year_3_margin,
    }
    found = by_outcome[outcome]
    if found is None or np.ndim(found) == 0 or np.ptp(found) == 0:
        return {}
    ranked = _ranks(np.asarray(found))
    rho = {
        name: float(np.corrcoef(ranked, _ranks(np.asarray(draws)))[0, 1])
        for name, draws in worlds.values.items()
        if np.ndim(draws) and np.ptp(draws) > 0 and name not in LUCK
    }
    return dict(sorted(rho.items(), key=lambda item: -abs(item[1])))


def table(
    inputs: VentureInputs,
    *,
    name: str,
    outcome: Outcome,
    row_name: str,
    rows: Sequence[tuple[float, Row]],
    column_name: str,
    columns: Sequence[tuple[float, Row]],
    months: int = FAR,
) -> Table:
    """An outcome over two axes; a step of an axis is what is shown and what it changes."""
    cells = [{**one, **other} for _, one in rows for _, other in columns]
    found = outcomes_of(inputs, cells, months=months)[outcome]
    return Table(
        name=name,
        outcome=outcome,
        row_name=row_name,
        rows=tuple(value for value, _ in rows),
        column_name=column_name,
        columns=tuple(value for value, _ in columns),
        cells=found.reshape(len(rows), len(columns)),
    )


def two_way_tables(inputs: VentureInputs, *, months: int = FAR) -> tuple[Table, ...]:
    """The three tables of the page: round by rents (runway), price fall by cost fall (margin
    of the third year), exit multiple by dilution (multiple of the investment).
    """
    middle = scenario.middle_inputs(inputs).middle()
    raised = float(np.asarray(middle["raise_usd"]))
    found = []
    if raised > 0:
        found.append(
            table(
                inputs,
                name="raise_by_rent",
                outcome="runway_months",
                row_name="raise_usd",
                rows=[(raised * k, {"raise_usd": raised * k}) for k in _AROUND],
                column_name="compute_price_shock",
                columns=[
                    (k, {"compute_price_shock": middle["compute_price_shock"] * k}) for k in _RENTS
                ],
                months=months,
            )
        )
    if float(np.asarray(middle["price_usd_per_million_tokens"])) > 0:
        found.append(
            table(
                inputs,
                name="price_by_cost",
                outcome="year_3_margin",
                row_name="price_fall_per_year",
                rows=[(k, {"price_fall_per_year": k}) for k in _FALLS],
                column_name="cost_fall_per_year",
                columns=[(k, {"cost_fall_per_year": k}) for k in _FALLS],
                months=months,
            )
        )
    if scenario.has_exit(inputs):
        multiple = float(np.asarray(middle["exit_multiple"]))
        found.append(
            table(
                inputs,
                name="exit_by_dilution",
                outcome="moic",
                row_name="exit_multiple",
                rows=[(multiple * k, {"exit_multiple": multiple * k}) for k in _AROUND],
                column_name="kept_to_exit",
                columns=[_dilution_step(middle, k) for k in _DILUTIONS],
                months=months,
            )
        )
    return tuple(found)


#: Steps of the tables.
_AROUND: Final = (0.5, 0.75, 1.0, 1.5, 2.0)
_RENTS: Final = (0.7, 1.0, 1.2, 1.4, 2.0)
_FALLS: Final = (0.1, 0.3, 0.5, 0.7, 0.9)
_DILUTIONS: Final = (0.0, 0.5, 1.0, 1.5, 2.0)


def _dilution_step(middle: Row, factor: float) -> tuple[float, Row]:
    """Later rounds that sell ``factor`` as much, and what a share keeps of itself then."""
    changed: dict[str, Number] = {}
    kept = 1.0
    for i in range(1, N_LATER + 1):
        sold = min(float(np.asarray(middle[f"later_dilution_{i}"])) * factor, 0.9)
        pool = float(np.asarray(middle[f"later_pool_{i}"])) * (1.0 if factor else 0.0)
        changed |= {f"later_dilution_{i}": sold, f"later_pool_{i}": pool}
        kept *= (1 - sold) * (1 - pool)
    return kept, changed


def _ranks(values: Draws) -> Draws:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.float64)
