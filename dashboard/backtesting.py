"""The backtest as JSON and as text: error and coverage by group, and every row."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from costmodel import backtest
from costmodel.backtest import Backtest, Row
from costmodel.hardware.measurements import Excluded
from costmodel.messages import InputError
from dashboard.language import amount, t
from dashboard.output import aligned_table
from dashboard.terms import group_label


def run(*, steps: Path | None = None, runs: Path | None = None) -> Backtest:
    """Both backtests on the rows of ``data/``, or those of the files that are named.

    Raises ``InputError`` for a file in which no row can be compared, and ``FactError``
    naming file and line for one that cannot be read.
    """
    chosen = []
    if steps is not None or runs is None:
        chosen.append(backtest.steps(steps))
    if runs is not None or steps is None:
        chosen.append(backtest.runs(runs))
    rows = tuple(row for found in chosen for row in found.rows)
    excluded = tuple(row for found in chosen for row in found.excluded)
    if not rows:
        reason = excluded[0].reason if excluded else ""
        raise InputError(
            "", "no row can be compared with a prediction ({reason})", reason=reason or "-"
        )
    return Backtest(rows=rows, excluded=excluded)


def groups(found: Backtest) -> list[tuple[str, Backtest]]:
    """The groups of rows in their order, each with its own error and coverage."""
    return [(name, found.of(name)) for name in dict.fromkeys(row.group for row in found.rows)]


def backtest_json(found: Backtest) -> dict[str, Any]:
    """The object that ``assay backtest --json`` prints."""
    return {
        **_figures(found),
        "groups": [{"name": name, **_figures(group)} for name, group in groups(found)],
        "rows": [_row(row) for row in found.rows],
        "excluded": [{"id": row.run_id, "reason": row.reason} for row in found.excluded],
    }


def backtest_text(found: Backtest) -> str:
    """Error and coverage by group, for a terminal."""
    head = (t("Rows"), t("Number"), t("Mean error"), t("Median error"), t("In the 80% interval"))
    rows = [head]
    rows += [(group_label(name), *_shown(group)) for name, group in groups(found)]
    rows.append((t("All"), *_shown(found)))
    lines = aligned_table(rows)
    lines += [
        "",
        t("{n} rows are left out; --json names each with its reason.", n=len(found.excluded)),
    ]
    return "\n".join(lines)


def reasons(excluded: Sequence[Excluded]) -> list[tuple[str, int]]:
    """Why rows are left out, most frequent first."""
    count: dict[str, int] = {}
    for row in excluded:
        count[row.reason] = count.get(row.reason, 0) + 1
    return sorted(count.items(), key=lambda item: -item[1])


def _figures(found: Backtest) -> dict[str, Any]:
    return {
        "n": len(found.rows),
        "mape": found.mape,
        "median_ape": found.median_ape,
        "coverage_80": found.coverage_80,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "published": row.published,
        "predicted": row.predicted,
        "low_80": row.low_80,
        "high_80": row.high_80,
        "unit": row.unit,
        "group": row.group,
        "chip": row.chip,
        "params": row.params,
    }


def _shown(found: Backtest) -> tuple[str, str, str, str]:
    return (
        str(len(found.rows)),
        amount(found.mape, "fraction"),
        amount(found.median_ape, "fraction"),
        amount(found.coverage_80, "fraction"),
    )
