"""What a scaling sweep says about a claimed loss, and which numbers the deal can take."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from costmodel.claims.finding import Verdict
from costmodel.messages import Amount, Message
from lab.experiments.intervals import Measured
from lab.experiments.outcome import Outcome
from lab.experiments.power_law import MOST_EXTRAPOLATION, Floor, Line
from lab.findings import ForDeal, LabFinding

#: Tokens may differ by this much and still count as equal.
_EQUAL_TOKENS: Final = 1.1
#: A claimed loss may lie below the interval by this share before it is implausible.
_STRETCH: Final = 0.02
_ASK: Final = Message(
    "Ask for the company's own sweep: sizes, tokens, learning rates, and the loss foretold before "
    "the large run."
)


def conclude(
    outcome: Outcome,
    options: Mapping[str, Any],
    *,
    whole: Line,
    floor: Floor,
    foretold: Measured,
    sizes: Sequence[float],
    losses: Sequence[float],
    tokens: int,
) -> None:
    """The slope, the size foretold, the floor, and the claim."""
    outcome.findings.append(_slope(whole))
    outcome.findings.append(_forecast(foretold, losses[-1], sizes[-1]))
    outcome.notes.append(_of_floor(floor))
    if options["claimed_loss"] is not None:
        outcome.findings.append(_claim(options, whole, sizes, tokens))
    slowest, steepest = whole.slope.ends
    outcome.lever(
        "loss_per_tenfold_params",
        10**-whole.slope.value,
        10**-steepest,
        10**-slowest,
        "ratio",
        Message("The loss of ten times the parameters at equal tokens, as a share of the loss."),
    )
    if options["data"] is None:
        outcome.notes.append(
            Message(
                "The text is Shakespeare's, not the company's: nothing here is a measurement of "
                "the deal. Give the company's text to measure its own curve."
            )
        )
        return
    outcome.for_deal += [
        ForDeal(
            path="measurements.scaling_forecast_error",
            value=abs(foretold.value / losses[-1] - 1),
            why=Message("How far the largest size's loss was from what the smaller ones foretold."),
        ),
        ForDeal(
            path="measurements.scaling_fit_loss",
            value=foretold.value,
            why=Message("The loss that the smaller sizes foretold for the largest of the sweep."),
        ),
        ForDeal(
            path="measurements.final_loss",
            value=losses[-1],
            why=Message("The loss of the largest size of the sweep, on held-out text."),
        ),
    ]


def _slope(whole: Line) -> LabFinding:
    slope = whole.slope
    low, high = slope.ends
    values = {
        "slope": float(f"{slope.value:.3g}"),
        "low": float(f"{low:.3g}"),
        "high": float(f"{high:.3g}"),
        "fit": float(f"{whole.r_squared:.3g}"),
        "n": whole.n,
    }
    if low > 0:
        why = Message(
            "Over {n} sizes the loss falls as the parameters to the power -{slope} (90% interval "
            "{low} to {high}); the line explains {fit} of the variance of log loss.",
            values,
        )
    else:
        why = Message(
            "Over {n} sizes no slope is certain: the exponent is {slope} (90% interval {low} to "
            "{high}). More sizes, a wider range or better learning rates are needed.",
            values,
        )
    return LabFinding(
        claim="scaling_slope",
        about=Message("How loss falls with size"),
        verdict="cannot tell",
        unit="ratio",
        measured=slope.value,
        low=slope.low,
        high=slope.high,
        why=why,
        ask=_ASK,
    )


def _forecast(foretold: Measured, measured: float, params: float) -> LabFinding:
    """The law held against the size that it had not seen."""
    low, high = foretold.ends
    inside = low <= measured <= high
    values = {
        "foretold": Amount(foretold.value, "nat_per_token"),
        "low": Amount(low, "nat_per_token"),
        "high": Amount(high, "nat_per_token"),
        "measured": Amount(measured, "nat_per_token"),
        "params": Amount(params, "parameter"),
        "off": Amount(abs(foretold.value / measured - 1), "fraction"),
    }
    verdict: Verdict = "consistent" if inside else "stretched"
    why = (
        Message(
            "The smaller sizes foretold {foretold} for {params} parameters (90% interval {low} to "
            "{high}); measured {measured}, {off} off.",
            values,
        )
        if inside
        else Message(
            "The smaller sizes foretold {foretold} for {params} parameters (90% interval {low} to "
            "{high}), but {measured} was measured, {off} off: the law does not carry over even "
            "here.",
            values,
        )
    )
    return LabFinding(
        claim="scaling_forecast",
        about=Message("The largest size, foretold by the smaller ones"),
        verdict=verdict,
        unit="nat_per_token",
        stated=foretold.value,
        measured=measured,
        why=why,
        ask=_ASK,
    )


def _of_floor(floor: Floor) -> Message:
    if floor.value is None or floor.low is None or floor.high is None:
        return Message(
            "The irreducible loss is not identified by these sizes: none is stated, and the line "
            "must not be followed far."
        )
    return Message(
        "The irreducible loss is {floor} (90% interval {low} to {high}).",
        {
            "floor": Amount(floor.value, "nat_per_token"),
            "low": Amount(floor.low, "nat_per_token"),
            "high": Amount(floor.high, "nat_per_token"),
        },
    )


def _claim(
    options: Mapping[str, Any], whole: Line, sizes: Sequence[float], tokens: int
) -> LabFinding:
    """A claimed loss against the line, where the line may be asked."""
    stated, params = options["claimed_loss"], options["claimed_params"]
    refused = _too_far(options, sizes[-1], tokens)
    expected = None if refused is not None else whole.predict(params)
    verdict: Verdict = "cannot tell"
    if expected is None:
        assert refused is not None
        why = refused
    else:
        low, high = expected.ends
        if stated >= low:
            verdict = "consistent" if stated <= high else "cannot tell"
        else:
            verdict = "stretched" if stated >= low * (1 - _STRETCH) else "implausible"
        values = {
            "stated": Amount(stated, "nat_per_token"),
            "params": Amount(params, "parameter"),
            "expected": Amount(expected.value, "nat_per_token"),
            "low": Amount(low, "nat_per_token"),
            "high": Amount(high, "nat_per_token"),
        }
        why = Message(
            "Claimed {stated} at {params} parameters; the line gives {expected} (90% interval "
            "{low} to {high}) on this text and tokenizer.",
            values,
        )
    return LabFinding(
        claim="scaling_loss",
        about=Message("The claimed loss"),
        verdict=verdict,
        unit="nat_per_token",
        stated=stated,
        measured=None if expected is None else expected.value,
        low=None if expected is None else expected.low,
        high=None if expected is None else expected.high,
        why=why,
        ask=_ASK,
    )


def _too_far(options: Mapping[str, Any], largest: float, tokens: int) -> Message | None:
    """Why the line may not be asked about the claimed model; ``None`` where it may."""
    params, seen = options["claimed_params"], options["claimed_tokens"]
    if options["data"] is None:
        return Message(
            "The line is of the lab's own text: a loss claimed on other data is not held against "
            "it. Give the company's text."
        )
    if params is None:
        return Message("A loss alone cannot be judged: state the parameters of the model too.")
    values = {
        "params": Amount(params, "parameter"),
        "largest": Amount(largest, "parameter"),
        "most": Amount(MOST_EXTRAPOLATION, "ratio"),
    }
    if params > MOST_EXTRAPOLATION * largest:
        return Message(
            "{params} parameters are more than {most} times the largest size trained here, "
            "{largest}: a line is not followed that far.",
            values,
        )
    if seen is not None and params * seen > MOST_EXTRAPOLATION * largest * tokens:
        return Message(
            "The claimed compute is more than {most} times that of the largest size trained here: "
            "a line is not followed that far.",
            values,
        )
    if seen is not None and not 1 / _EQUAL_TOKENS <= seen / tokens <= _EQUAL_TOKENS:
        return Message(
            "The line holds at {trained}, the claim is of {claimed}: it says nothing of other "
            "amounts of data.",
            {"trained": Amount(tokens, "token"), "claimed": Amount(seen, "token")},
        )
    return None
