"""What the table of federated learning says about a claim, and what it offers the cost model."""

from collections.abc import Mapping
from typing import Any, Final

from costmodel.messages import Amount, Message
from lab.experiments.intervals import Measured
from lab.experiments.outcome import Outcome, verdict_of
from lab.findings import LabFinding

METHODS: Final[Mapping[str, Message]] = {
    "central": Message("All data in one place"),
    "fedavg": Message("FedAvg"),
    "fedprox": Message("FedProx"),
}


def skew_label(skew: str) -> Message:
    """How the classes are spread over the clients."""
    if skew == "iid":
        return Message("spread evenly")
    return Message("skewed, Dirichlet {alpha}", {"alpha": float(skew)})


def conclude(outcome: Outcome, options: Mapping[str, Any]) -> None:
    """A finding for each skew, at the most clients: there a claim is tested hardest."""
    most = max(options["clients"])
    for skew in options["skews"]:
        rows = [
            row for row in outcome.rows if row.get("skewed_by") == skew and row["clients"] == most
        ]
        if not rows:
            continue
        # Generous: whichever method loses less stands for federated learning.
        best = min(rows, key=lambda row: row["gap"]["value"])
        gap = Measured(**best["gap"])
        outcome.findings.append(_finding(skew, most, best, gap, options["claimed_gap"]))
        outcome.lever(
            f"federated_gap_{skew}",
            gap.value,
            gap.low,
            gap.high,
            "fraction_change",
            Message(
                "Accuracy lost against central training, {n} clients, data {skew}",
                {"n": most, "skew": skew_label(skew)},
            ),
        )


def _finding(
    skew: str, n_clients: int, row: Mapping[str, Any], gap: Measured, stated: float | None
) -> LabFinding:
    low, high = gap.ends
    values: dict[str, Any] = {
        "n": n_clients,
        "skew": skew_label(skew),
        "method": METHODS[row["method"]],
        "gap": Amount(gap.value, "fraction_change"),
        "low": Amount(low, "fraction_change"),
        "high": Amount(high, "fraction_change"),
        "sent": Amount(row["bytes_up"] + row["bytes_down"], "bytes"),
    }
    if stated is None:
        why = Message(
            "Nobody stated a loss. Measured with {n} clients, data {skew}: {method} loses {gap} of "
            "accuracy against central training (90% interval {low} to {high}) and sends {sent}.",
            values,
        )
    else:
        values["stated"] = Amount(stated, "fraction_change")
        why = Message(
            "Claimed to lose no more than {stated}. With {n} clients, data {skew}, {method} loses "
            "{gap} of accuracy against central training (90% interval {low} to {high}) and sends "
            "{sent}.",
            values,
        )
    return LabFinding(
        claim=f"federated_gap_{skew}",
        about=Message(
            "Accuracy lost by federated learning, data {skew}", {"skew": skew_label(skew)}
        ),
        verdict=verdict_of(stated, gap.low, gap.high, better="less"),
        unit="fraction_change",
        stated=stated,
        measured=gap.value,
        low=gap.low,
        high=gap.high,
        why=why,
        ask=Message(
            "Ask how the classes are spread over the clients, and for the accuracy of the same "
            "model trained on all data in one place."
        ),
    )
