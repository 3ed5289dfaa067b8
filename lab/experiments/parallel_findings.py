"""What the timings of data parallelism say about a claim, and about the cost model."""

from collections.abc import Mapping
from typing import Any, Final

from costmodel.claims.finding import Verdict
from costmodel.messages import Amount, Message
from lab.config import COMMON
from lab.experiments.outcome import Outcome, verdict_of
from lab.findings import LabFinding

#: A forecast within this of what was measured holds.
_NEAR: Final = 0.15
_ASK: Final = Message(
    "Ask for the step time of one device and of all of them, at the same batch for each, from the "
    "training logs."
)


def conclude(outcome: Outcome, options: Mapping[str, Any], *, contention: float | None) -> None:
    """The claim, the forecast, and the lever; ``contention`` is the share of CPU time that
    other programs took.

    One process keeps a core to itself where all of them have to share with others, so a crowd
    lowers the efficiency: above the share that bars a run from calibrating, no claim is judged
    by it and no lever stands.
    """
    rows = [row for row in outcome.rows if row["kind_of"] == "ddp"]
    last = rows[-1]
    most = float(COMMON["most_contention"])
    crowd = contention if contention is not None and contention > most else None
    outcome.findings.append(_of_claim(rows, options, crowd=crowd))
    outcome.findings.append(_of_forecast(last))
    if crowd is not None:
        return
    found = last["efficiency"]
    outcome.lever(
        "data_parallel_efficiency",
        found["value"],
        found["low"],
        found["high"],
        "fraction",
        Message(
            "Weak-scaling efficiency of {n} processes on this machine; other links are others.",
            {"n": last["processes"]},
        ),
    )


def _of_claim(
    rows: list[dict[str, Any]], options: Mapping[str, Any], *, crowd: float | None
) -> LabFinding:
    """The claimed efficiency, where it is of no more processes than were measured."""
    stated, n = options["claimed_efficiency"], options["claimed_processes"]
    reached = [row for row in rows if n is None or row["processes"] >= n]
    row = reached[0] if n is not None and reached else rows[-1]
    found, share = row["efficiency"], row["communication_share"]
    values = {
        "n": row["processes"],
        "efficiency": Amount(found["value"], "fraction"),
        "low": Amount(found["low"], "fraction"),
        "high": Amount(found["high"], "fraction"),
        "share": Amount(share["value"], "fraction"),
    }
    verdict: Verdict = "cannot tell"
    if reached and n is not None and crowd is None:
        alone = 1 / row["processes"]  # what one process does by itself
        verdict = verdict_of(stated, found["low"], found["high"], better="more", no_gain=alone)
    if crowd is not None:
        why = Message(
            "{n} processes reached {efficiency} of {n} times the speed of one (90% interval {low} "
            "to {high}) while other programs took {crowd} of the CPU. They slow several processes "
            "more than one, so that is too low and judges no claim: measure again on a machine "
            "that does nothing else.",
            {**values, "crowd": Amount(crowd, "fraction")},
        )
    elif stated is not None and n is None:
        why = Message(
            "The claim does not say of how many processes it is; {n} were measured here, with an "
            "efficiency of {efficiency} (90% interval {low} to {high}): nothing follows for more, "
            "or for another machine.",
            values,
        )
    elif not reached:
        why = Message(
            "The claim is of {claimed} processes; {n} were measured here, with an efficiency of "
            "{efficiency} (90% interval {low} to {high}): nothing follows for more.",
            {**values, "claimed": n or 0},
        )
    elif share["low"] is not None and share["low"] > 0:
        why = Message(
            "{n} processes reach {efficiency} of {n} times the speed of one (90% interval {low} to "
            "{high}); {share} of a step goes to the exchange and to waiting.",
            values,
        )
    else:
        why = Message(
            "{n} processes reach {efficiency} of {n} times the speed of one (90% interval {low} to "
            "{high}); what the exchange and waiting take of a step is not told apart from nothing "
            "here.",
            values,
        )
    return LabFinding(
        claim="scaling_efficiency",
        about=Message("Scaling efficiency of data parallelism"),
        verdict=verdict,
        unit="fraction",
        stated=stated,
        measured=found["value"],
        low=found["low"],
        high=found["high"],
        why=why,
        ask=_ASK,
    )


def _of_forecast(row: Mapping[str, Any]) -> LabFinding:
    """The cost model's forecast against what was measured."""
    found, foretold = row["efficiency"], row["predicted_efficiency"]
    near = abs(row["error"]) <= _NEAR
    return LabFinding(
        claim="efficiency_forecast",
        about=Message("The cost model's forecast of that efficiency"),
        verdict="consistent" if near else "stretched",
        unit="fraction",
        stated=foretold["value"],
        measured=found["value"],
        low=found["low"],
        high=found["high"],
        why=Message(
            "Foretold {foretold} from a process alone, processes side by side and an all-reduce at "
            "other sizes; measured {measured}, {error} off.",
            {
                "foretold": Amount(foretold["value"], "fraction"),
                "measured": Amount(found["value"], "fraction"),
                "error": Amount(abs(row["error"]), "fraction"),
            },
        ),
        ask=_ASK,
    )
