"""What the table of privacy says about a claim, and what it offers the cost model."""

from collections.abc import Mapping
from typing import Any, Final

from costmodel.messages import Amount, Message
from lab.experiments.intervals import Measured
from lab.experiments.outcome import Outcome, verdict_of
from lab.findings import LabFinding

#: Up to the first a strong guarantee, up to the second a reasonable one, beyond it weak.
#: Source: Ponomareva et al. 2023, How to DP-fy ML, arXiv:2303.00654, section 5.2.
STRONG, REASONABLE = 1.0, 10.0
_ASK: Final = Message(
    "Ask for the accountant's report: noise, sampling rate, steps, delta, the unit protected, and "
    "whether tuning was counted."
)


def conclude(outcome: Outcome, options: Mapping[str, Any]) -> None:
    """Findings at the claimed epsilon, or at the weakest and the strictest meaningful ones."""
    claimed = options["claimed_epsilon"]
    if claimed is not None:
        outcome.findings.append(_guarantee(claimed))
    for model in options["models"]:
        rows = [r for r in outcome.rows if r["model"] == model and r["noise"] is not None]
        for row in _telling(rows, claimed):
            stated = options["claimed_gap"] if claimed is not None else None
            outcome.findings.append(_cost(row, stated))
        _levers(outcome, model, rows)


def _telling(rows: list[dict[str, Any]], claimed: float | None) -> list[dict[str, Any]]:
    if claimed is not None:
        return [min(rows, key=lambda row: abs(row["epsilon"] - claimed))]
    meaningful = [row for row in rows if row["epsilon"] <= REASONABLE] or rows[-1:]
    in_order = sorted(meaningful, key=lambda row: -row["epsilon"])
    return in_order[:1] if len(in_order) == 1 else [in_order[0], in_order[-1]]


def _guarantee(claimed: float) -> LabFinding:
    """How much the claimed epsilon promises at all."""
    values = {"epsilon": Amount(claimed, "ratio")}
    if claimed <= STRONG:
        why = Message("Epsilon {epsilon} is a strong guarantee, where delta is small.", values)
    elif claimed <= REASONABLE:
        why = Message(
            "Epsilon {epsilon} is a reasonable guarantee in practice, not a strong one.", values
        )
    else:
        why = Message(
            "Epsilon {epsilon} promises little: the usual limit of a useful guarantee is {most}.",
            {**values, "most": Amount(REASONABLE, "ratio")},
        )
    return LabFinding(
        claim="privacy_epsilon",
        about=Message("What the claimed epsilon promises"),
        verdict="consistent" if claimed <= REASONABLE else "stretched",
        unit="ratio",
        stated=claimed,
        why=why,
        ask=_ASK,
    )


def _cost(row: Mapping[str, Any], stated: float | None) -> LabFinding:
    gap = Measured(**row["gap"])
    low, high = gap.ends
    values: dict[str, Any] = {
        "epsilon": Amount(float(f"{row['epsilon']:.3g}"), "ratio"),
        "gap": Amount(gap.value, "fraction_change"),
        "low": Amount(low, "fraction_change"),
        "high": Amount(high, "fraction_change"),
        "slower": Amount(row["slowdown"]["value"], "ratio"),
        "accuracy": Amount(row["accuracy"]["value"], "fraction"),
    }
    if stated is None:
        why = Message(
            "At epsilon {epsilon} accuracy is {accuracy}, {gap} below the same model without "
            "privacy (90% interval {low} to {high}); a step takes {slower} times as long.",
            values,
        )
    else:
        why = Message(
            "Claimed to lose no more than {stated}. At epsilon {epsilon} accuracy is {accuracy}, "
            "{gap} below the same model without privacy (90% interval {low} to {high}); a step "
            "takes {slower} times as long.",
            {**values, "stated": Amount(stated, "fraction_change")},
        )
    return LabFinding(
        claim=f"privacy_gap_{row['model']}",
        about=Message("Accuracy lost at epsilon {epsilon}", {"epsilon": values["epsilon"]}),
        verdict=verdict_of(stated, gap.low, gap.high, better="less"),
        unit="fraction_change",
        stated=stated,
        measured=gap.value,
        low=gap.low,
        high=gap.high,
        why=why,
        ask=_ASK,
    )


def _levers(outcome: Outcome, model: str, rows: list[dict[str, Any]]) -> None:
    slower = rows[-1]["slowdown"]
    outcome.lever(
        f"private_step_slowdown_{model}",
        slower["value"],
        slower["low"],
        slower["high"],
        "ratio",
        Message("Training with differential privacy takes so many times the seconds of a step."),
    )
