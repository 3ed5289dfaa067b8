"""Whether a checkpoint came from another: the verdict, its evidence, and how often it errs.

The score is how well the one keeps what training put into the other, over how well it keeps
the noise of the start: about 1 for what came from it, far lower for models that share only a
start, and the correlation of the weights, about 0, for models that share nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from costmodel.messages import Message
from lab.runs import message_to_json
from lab.verify import direct, matrices, renumbered, vocabulary
from lab.verify import evidence as evidences
from lab.verify.evidence import LEAST_MATCHED_COSINE, Evidence, measured
from lab.verify.folder import Checkpoint
from lab.verify.kinship import Kinship

Verdict: TypeAlias = Literal["independent", "derived", "cannot tell"]

#: From this score on a model is said to come from the base. Above every pair of models that
#: share only their start on which it was measured.
THRESHOLD: Final = 0.94
#: What is left of the score where both have departed.
_BOTH_DEPARTED: Final = 0.9
#: Weights that correlate less are strangers': chance gives a hundredth.
LEAST_COSINE: Final = 0.1
#: A matrix that does not stand out of noise says nothing of training; so many must.
_LEAST_TRAINED_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The verdict on whether a checkpoint came from the base."""

    verdict: Verdict
    score: float | None
    why: Message
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, Any]:
        """The ``provenance`` that ``assay lab verify --json`` prints."""
        return {
            "verdict": self.verdict,
            "score": self.score,
            "threshold": THRESHOLD,
            "why": message_to_json(self.why),
            "evidence": [one.as_json() for one in self.evidence],
            "measured": measured(),
        }


def trace(
    one: Checkpoint, base: Checkpoint, tell: Callable[[float], None] = lambda _: None
) -> Provenance:
    """Set ``one`` beside ``base``. ``tell`` hears the share that is done."""
    ours, theirs = matrices.by_place(one), matrices.by_place(base)
    evidence: list[Evidence] = []
    kin, beside = direct.compare(ours, theirs, lambda done: tell(0.6 * done))
    if kin:
        evidence.append(evidences.weights(kin))
    moved = {layer: other for layer, other in beside.items() if layer != other}
    how: Sequence[Kinship] = kin
    least = LEAST_COSINE
    turned = False
    looked_for_turn = False
    if not kin or evidences.median_cosine(kin) < LEAST_COSINE:
        found, said = _turn(one, base)
        looked_for_turn = found is not None
        evidence.extend(said)
        if found is not None:
            matched = renumbered.compare(ours, theirs, found, lambda done: tell(0.6 + 0.3 * done))
            if matched:
                evidence.append(evidences.matched(matched))
                if evidences.median_cosine(matched) >= LEAST_MATCHED_COSINE:
                    how, least, turned = matched, LEAST_MATCHED_COSINE, True
    tell(0.9)
    evidence.extend(evidences.marks(one, base, ours, theirs))
    tell(1.0)
    if moved and how and evidences.median_cosine(how) >= least:
        evidence.append(
            Evidence(
                name="layers_moved",
                value=float(len(moved)),
                says=Message(
                    "{n} layers are most like another layer of the base: layers were left out or "
                    "doubled.",
                    {"n": len(moved)},
                ),
            )
        )
    return _concluded(how, least, evidence, turned=turned, looked_for_turn=looked_for_turn)


def _concluded(
    kin: Sequence[Kinship],
    least: float,
    evidence: list[Evidence],
    *,
    turned: bool,
    looked_for_turn: bool,
) -> Provenance:
    def end(verdict: Verdict, score: float | None, why: Message) -> Provenance:
        return Provenance(verdict=verdict, score=score, why=why, evidence=tuple(evidence))

    if not kin:
        if looked_for_turn:
            return end("independent", 0.0, _OTHER_SHAPES)
        return end("cannot tell", None, _NOTHING_IN_COMMON)
    cosine = evidences.median_cosine(kin)
    if cosine < least:
        score = max(0.0, min(cosine, least))
        if looked_for_turn:
            return end("independent", score, _STRANGERS)
        return end("independent", score, _STRANGERS_AS_NUMBERED)
    kept = _kept(kin)
    if kept is None:
        return end("cannot tell", THRESHOLD / 2, _UNTRAINED)
    evidence.insert(0, evidences.trained(kept))
    score = min(kept, 1.0)
    if score < 1.0:
        is_one_sided, said = evidences.departures(kin)
        evidence.insert(1, said)
        score *= 1.0 if is_one_sided else _BOTH_DEPARTED
    if score >= THRESHOLD:
        evidence.extend(evidences.changes(kin))
        return end("derived", score, _RENUMBERED if turned else _DERIVED)
    return end("cannot tell", score, _SHARED_START)


def _kept(kin: Sequence[Kinship]) -> float | None:
    """The better of: the one keeps the base, the base keeps the one."""
    found = []
    for values in ([k.kept for k in kin], [k.kept_back for k in kin]):
        known = [value for value in values if value is not None]
        if len(known) >= max(1.0, _LEAST_TRAINED_SHARE * len(kin)):
            found.append(float(np.median(known)))
    return max(found, default=None)


def _turn(one: Checkpoint, base: Checkpoint) -> tuple[renumbered.Turn | None, list[Evidence]]:
    ours, theirs = matrices.outside(one, "embedding"), matrices.outside(base, "embedding")
    if ours is None or theirs is None:
        return None, []
    rows = _shared_rows(one, base, ours.shape[0], theirs.shape[0])
    if rows is None:
        return None, []
    found = renumbered.turn(ours, theirs, rows)
    if found is None:
        return None, []
    return found, [
        Evidence(
            name="turned_embeddings",
            value=found.cosine,
            says=Message(
                "The embeddings of {n} shared tokens, turned onto the base's, agree at {cosine} on "
                "tokens that did not find the turn. Models trained apart on like texts can reach "
                "0.9 in a small vocabulary, so that this alone decides nothing.",
                {"n": found.n_tokens, "cosine": f"{found.cosine:.3f}"},
            ),
        )
    ]


def _shared_rows(
    one: Checkpoint, base: Checkpoint, n_ours: int, n_theirs: int
) -> renumbered.SharedRows | None:
    """Rows of the same token in both embeddings: by the tokenizers, else by number."""
    a, b = vocabulary.of(one.folder), vocabulary.of(base.folder)
    if a is None or b is None:
        if n_ours != n_theirs:
            return None
        return np.arange(n_ours), np.arange(n_theirs)
    ours, theirs = vocabulary.overlap(a, b).rows
    inside = (ours < n_ours) & (theirs < n_theirs)
    return ours[inside], theirs[inside]


_DERIVED: Final = Message(
    "It came from this base, or the base from it, or both from one trained model: it keeps what "
    "training had put there."
)
_RENUMBERED: Final = Message(
    "It came from this base with its units renumbered or turned: matched to each other, it keeps "
    "what training had put there. Renumbering changes no answer; ask why it was done."
)
_SHARED_START: Final = Message(
    "The weights are kin, but what training put into the base is not kept as well as the noise it "
    "started from. They may share only a start (the same seed), or one was trained so long from "
    "the other that it wore off. Ask for the checkpoints between."
)
_UNTRAINED: Final = Message(
    "The weights are kin, but neither was trained long enough to stand out of the noise of its "
    "start, so that a shared seed looks the same as a shared training."
)
_STRANGERS: Final = Message(
    "The weights have no more in common than chance gives, as they are numbered and after turning "
    "and matching their units."
)
_STRANGERS_AS_NUMBERED: Final = Message(
    "The weights have no more in common than chance gives as they are numbered. Whether they were "
    "renumbered on purpose could not be looked at: too few tokens are shared."
)
_OTHER_SHAPES: Final = Message(
    "No matrix of the two has the same place and shape, and turning one onto the other finds "
    "nothing in common."
)
_NOTHING_IN_COMMON: Final = Message(
    "The two have no matrix of the same place and shape and share no tokens, so that their weights "
    "cannot be compared. Distillation leaves no trace in weights."
)
