"""What a verification found, as findings for a deal."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from costmodel.claims.finding import EXACT, Verdict, rounded_verdict, tail_verdict
from costmodel.messages import Amount, Message
from lab.findings import LabFinding
from lab.verify.anatomy import Anatomy
from lab.verify.evaluate import Evaluation
from lab.verify.provenance import Provenance

_NOTHING: Final = Message("Nothing further to ask on this number.")


def params(claimed: float, found: Anatomy) -> LabFinding:
    """The claimed size against what the weights hold; active parameters where those are nearer."""
    counted = float(found.params)
    off = abs(counted - claimed) / claimed
    verdict: Verdict = "consistent" if off <= EXACT else rounded_verdict(off)
    return LabFinding(
        claim="params",
        about=Message("Parameters"),
        verdict=verdict,
        unit="parameter",
        stated=claimed,
        measured=counted,
        why=Message(
            "The weight files hold {counted} parameters, counted tensor by tensor.",
            {"counted": Amount(counted, "parameter")},
        ),
        ask=_NOTHING
        if verdict == "consistent"
        else Message("Ask which checkpoint the claim is about, and for that one."),
    )


def whole(found: Anatomy) -> LabFinding | None:
    """Whether the checkpoint is what its config says, without damage; ``None`` where it is."""
    if found.damaged:
        name, n = next(iter(found.damaged.items()))
        return LabFinding(
            claim="weights",
            about=Message("Weights"),
            verdict="impossible",
            unit="count",
            measured=float(len(found.damaged)),
            why=Message(
                "{tensors} tensors hold numbers that are not finite, the first is {name} with {n}: "
                "no answer of this model is one.",
                {"tensors": len(found.damaged), "name": name, "n": n},
            ),
            ask=Message("Ask for the checkpoint that was evaluated, with its hash."),
        )
    if found.lies:
        return LabFinding(
            claim="config",
            about=Message("Config and weights"),
            verdict="implausible",
            unit="count",
            measured=float(len(found.lies)),
            why=found.lies[0],
            ask=Message("Ask for the config that the weights were trained with."),
        )
    return None


def trained(found: Anatomy) -> LabFinding | None:
    """Whether anything was trained at all; ``None`` where all of it was."""
    share = found.trained_share
    if share is None or share >= _MOSTLY:
        return None
    return LabFinding(
        claim="trained",
        about=Message("Share of matrices that were trained"),
        verdict="implausible" if share < _HARDLY else "stretched",
        unit="fraction",
        measured=share,
        why=Message(
            "Only this share of the layers' matrices stands out of the noise that a fresh network "
            "starts from; the others look as if nothing had been learnt."
        ),
        ask=Message("Ask for the training log, and for the final checkpoint."),
    )


_MOSTLY: Final = 0.7
_HARDLY: Final = 0.3


def from_scratch(found: Provenance, base: str, *, claimed: bool) -> LabFinding:
    """A training from scratch against what the weights share with a base."""
    verdicts: Mapping[str, Verdict] = {
        "derived": "implausible" if claimed else "consistent",
        "independent": "consistent",
        "cannot tell": "cannot tell",
    }
    return LabFinding(
        claim="from_scratch",
        about=Message("Training shared with {base} (1 is all of it)", {"base": base}),
        verdict=verdicts[found.verdict],
        unit="ratio",
        measured=found.score,
        why=found.why,
        ask=Message(
            "Ask for checkpoints of the first hours of training, and for its log."
            if found.verdict != "independent"
            else "Nothing further to ask on this number."
        ),
    )


def score(claimed: float | None, found: Evaluation) -> LabFinding:
    """The claimed score against the one measured on the investor's own questions."""
    higher_is_better = found.metric == "accuracy"
    verdict: Verdict = "cannot tell"
    if claimed is not None:
        verdict = tail_verdict(claimed, found.draws)
        understated = claimed <= found.value if higher_is_better else claimed >= found.value
        if understated:
            verdict = "consistent"
    values: dict[str, Any] = {
        "n": found.n,
        "low": f"{found.low:.3f}",
        "high": f"{found.high:.3f}",
    }
    why = Message(
        "{n} of our own questions give this, with a 90% interval of {low} to {high}.", values
    )
    if found.chance is not None and higher_is_better and found.low <= found.chance <= found.high:
        why = Message(
            "{n} of our own questions give no more than guessing would, with a 90% interval of "
            "{low} to {high}.",
            values,
        )
    return LabFinding(
        claim="score",
        about=Message("Accuracy on our questions")
        if higher_is_better
        else Message("Bits per byte on our text"),
        verdict=verdict,
        unit="fraction" if higher_is_better else "ratio",
        stated=claimed,
        measured=found.value,
        low=found.low,
        high=found.high,
        why=why,
        ask=_NOTHING
        if verdict == "consistent"
        else Message(
            "Ask for the questions, the prompts and the code behind the claimed score, and run "
            "both sets the same way."
        ),
    )


def contamination(
    n_found: int, n_judged: int, found: Evaluation, flags: np.ndarray[Any, np.dtype[np.bool_]]
) -> LabFinding:
    """Questions that stand in the training sample, and what they do to the score."""
    share = n_found / n_judged if n_judged else 0.0
    why = Message(
        "{n} of {all} questions share 13 words in a row with the training sample.",
        {"n": n_found, "all": n_judged},
    )
    scores = np.array(found.by_item)
    if found.metric == "accuracy" and len(flags) == len(scores) and 0 < flags.sum() < len(flags):
        why = Message(
            "{n} of {all} questions share 13 words in a row with the training sample; on those the "
            "accuracy is {seen}, on the others {new}.",
            {
                "n": n_found,
                "all": n_judged,
                "seen": f"{scores[flags].mean():.2f}",
                "new": f"{scores[~flags].mean():.2f}",
            },
        )
    return LabFinding(
        claim="contamination",
        about=Message("Questions found in the training sample"),
        verdict="consistent"
        if share <= _LITTLE
        else "stretched"
        if share <= _MUCH
        else "implausible",
        unit="fraction",
        measured=share,
        why=why,
        ask=_NOTHING
        if share <= _LITTLE
        else Message("Judge by questions that the training data cannot hold: newer, or your own."),
    )


#: Bands of the checklist for contamination: 3% is its second level, 10% its third.
_LITTLE: Final = 0.03
_MUCH: Final = 0.10
