"""What the compression table says about a claim, and what it offers the cost model."""

from collections.abc import Mapping
from typing import Any, Final

from costmodel.messages import Amount, Message
from lab.experiments.outcome import Outcome, verdict_of
from lab.findings import LabFinding

_NAMES: Final[Mapping[str, Message]] = {
    "unstructured": Message("zeros in the weights"),
    "structured": Message("taking out units and heads"),
    "int8": Message("int8"),
    "bf16": Message("bf16"),
}
_ASK: Final = Message(
    "Ask for both models' files and for a timing of both on the hardware that serves customers."
)
_UNSTATED_SPEED: Final = Message(
    "Nobody stated a speed-up by {kind}. Measured: {speed} times the speed of fp32 at "
    "batch {batch} (90% interval {low} to {high}), {size} times smaller, accuracy changed "
    "by {accuracy}."
)
_SPEED_NOT_THERE: Final = Message(
    "The claimed {stated} times from {kind} is not there: speed {speed} times "
    "(90% interval {low} to {high}, batch {batch}), size {size} times smaller, accuracy "
    "changed by {accuracy}."
)
_SPEED_REACHED: Final = Message(
    "The claimed {stated} times from {kind} was reached here: speed {speed} times "
    "(90% interval {low} to {high}, batch {batch}), size {size} times smaller, accuracy "
    "changed by {accuracy}."
)
_SPEED_POSSIBLE: Final = Message(
    "The claimed {stated} times from {kind} was not reached but is within what was measured: "
    "speed {speed} times (90% interval {low} to {high}, batch {batch}), size {size} times "
    "smaller, accuracy changed by {accuracy}."
)
_SPEED_UNKNOWN: Final = Message(
    "Whether {kind} gives the claimed {stated} times cannot be told: the measured speed of "
    "{speed} times has a 90% interval from {low} to {high} (batch {batch}), which holds both "
    "the claim and no gain at all. Measure again on a machine that does nothing else, with "
    "more rounds."
)
_SPEED_ELSEWHERE: Final = Message(
    "The claimed {stated} times from {kind} was not reached here: speed {speed} times (90% "
    "interval {low} to {high}, batch {batch}), size {size} times smaller, accuracy changed by "
    "{accuracy}. What {kind} gains hangs on the model, on how far it goes and on the hardware, so "
    "the claim is not judged from here."
)
_SIZE_ELSEWHERE: Final = Message(
    "Claimed {stated} times smaller by {kind}; with as much taken out as here the file is {size} "
    "times smaller, accuracy changed by {accuracy}. Who takes out more has a smaller file, so the "
    "claim is not judged from here."
)
#: Faster only where hardware and kernels have the format, or where more is taken out: what
#: is not reached here may be elsewhere. A zero in the weights is multiplied anywhere.
_MAY_BE_ELSEWHERE: Final = frozenset({"int8", "bf16", "structured"})
#: A ratio this near to one is no change: what a file's header and a noisy clock make of it.
_NO_CHANGE: Final = 0.05


def conclude(outcome: Outcome, options: Mapping[str, Any]) -> None:
    """Findings on the claims, on each kind of compression, and the levers."""
    rows = [row for row in outcome.rows if row["kind_of"] != "fp32"]
    for kind in dict.fromkeys(row["kind_of"] for row in rows):
        mine = [row for row in rows if row["kind_of"] == kind]
        best = _fastest(kind, mine)
        claimed = kind == options["claimed_by"]
        outcome.findings += [
            _speed(kind, best, options["claimed_speedup"] if claimed else None),
            _size(kind, mine, options["claimed_size"] if claimed else None),
        ]
        _lever(kind, best, outcome)
    if any(row["kind_of"] == "unstructured" for row in rows):
        outcome.notes.append(_of_zeros([r for r in rows if r["kind_of"] == "unstructured"]))


def _fastest(kind: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The variant that helps most at batch 32: a claim is held against the kind's best.

    Of zeros the middle one: the same arithmetic at every share, the best is luck alone.
    """
    in_order = sorted(rows, key=lambda row: row["speedup_32"]["value"])
    return in_order[len(in_order) // 2] if kind == "unstructured" else in_order[-1]


def _speed(kind: str, best: Mapping[str, Any], stated: float | None) -> LabFinding:
    batch = max((1, 32), key=lambda size: best[f"speedup_{size}"]["value"])
    found = best[f"speedup_{batch}"]
    values: dict[str, Any] = {
        **_values(kind, best),
        "speed": Amount(found["value"], "ratio"),
        "low": Amount(found["low"], "ratio"),
        "high": Amount(found["high"], "ratio"),
        "batch": batch,
    }
    verdict = verdict_of(stated, found["low"], found["high"], better="more")
    if stated is not None:
        values["stated"] = Amount(stated, "ratio")
    if stated is None:
        why = _UNSTATED_SPEED
    elif kind in _MAY_BE_ELSEWHERE and verdict != "consistent":
        verdict, why = "cannot tell", _SPEED_ELSEWHERE
    elif verdict in ("stretched", "implausible"):
        why = _SPEED_NOT_THERE
    elif verdict == "cannot tell":
        why = _SPEED_UNKNOWN
    else:
        why = _SPEED_REACHED if found["value"] >= stated else _SPEED_POSSIBLE
    return LabFinding(
        claim=f"{kind}_speedup",
        about=Message("Speed-up by {kind}", {"kind": _NAMES[kind]}),
        verdict=verdict,
        unit="ratio",
        stated=stated,
        measured=found["value"],
        low=found["low"],
        high=found["high"],
        why=Message(why.text, values),
        ask=_ASK,
    )


def _size(kind: str, rows: list[dict[str, Any]], stated: float | None) -> LabFinding:
    smallest = max(rows, key=lambda row: row["size_ratio"])
    ratio = smallest["size_ratio"]
    values = _values(kind, smallest)
    verdict = verdict_of(stated, ratio, ratio * (1 + _NO_CHANGE), better="more")
    if stated is None:
        why = Message(
            "Nobody stated a size by {kind}. Measured: the file is {size} times smaller, accuracy "
            "changed by {accuracy}.",
            values,
        )
    elif kind == "structured" and verdict != "consistent":
        verdict = "cannot tell"
        why = Message(_SIZE_ELSEWHERE.text, {**values, "stated": Amount(stated, "ratio")})
    else:
        values["stated"] = Amount(stated, "ratio")
        why = Message(
            "Claimed {stated} times smaller by {kind}; the file is {size} times smaller, accuracy "
            "changed by {accuracy}.",
            values,
        )
    return LabFinding(
        claim=f"{kind}_size",
        about=Message("Times smaller by {kind}", {"kind": _NAMES[kind]}),
        verdict=verdict,
        unit="ratio",
        stated=stated,
        measured=ratio,
        why=why,
        ask=_ASK,
    )


def _values(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    change = row["accuracy_change"]
    return {
        "kind": _NAMES[kind],
        "size": Amount(row["size_ratio"], "ratio"),
        "accuracy": Amount(change["value"], "fraction_change"),
    }


def _of_zeros(rows: list[dict[str, Any]]) -> Message:
    """What zeros alone did, said plainly where they did nothing."""
    size = max(row["size_ratio"] for row in rows)
    fastest = max(row["speedup_32"]["value"] for row in rows)
    is_faster = any(row["speedup_32"]["low"] > 1 + _NO_CHANGE for row in rows)
    values = {
        "size": Amount(size, "ratio"),
        "slowest": Amount(min(row["speedup_32"]["value"] for row in rows), "ratio"),
        "fastest": Amount(fastest, "ratio"),
    }
    if size < 1 + _NO_CHANGE and not is_faster:
        return Message(
            "Zeros among the weights made the model neither smaller nor faster: the file is {size} "
            "times smaller, and the speed {slowest} to {fastest} times that of fp32. A zero is "
            "stored and multiplied as any other number, unless format and kernel skip it.",
            values,
        )
    return Message(
        "With zeros among the weights the file is {size} times smaller, and the speed {slowest} to "
        "{fastest} times that of fp32.",
        values,
    )


def _lever(kind: str, best: Mapping[str, Any], outcome: Outcome) -> None:
    found = best["speedup_32"]
    if found["low"] <= 1 + _NO_CHANGE:
        return  # nothing that could be relied on
    outcome.lever(
        f"serving_speedup_{kind}",
        found["value"],
        found["low"],
        found["high"],
        "ratio",
        Message(
            "Requests per second against fp32 by {kind}, on this CPU at batch 32; accuracy changes "
            "by {accuracy}.",
            _values(kind, best),
        ),
    )
