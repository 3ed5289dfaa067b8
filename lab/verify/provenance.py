"""Whether a checkpoint came from another: the verdict, its evidence, and how often it errs.

The score is how well the one keeps what training put into the other, over how well it keeps
the noise of the start: about 1 for what came from it, far lower for models that share only a
start, and the correlation of the weights, about 0, for models that share nothing.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from costmodel.messages import Message
from lab.runs import message_to_json
from lab.verify import direct, matrices, profile, renumbered, vocabulary
from lab.verify.folder import Checkpoint
from lab.verify.kinship import Kinship
from lab.verify.matrices import Key, Matrix

Verdict: TypeAlias = Literal["independent", "derived", "cannot tell"]

#: From this score on a model is said to come from the base. Above every pair of models that
#: share only their start on which it was measured.
THRESHOLD: Final = 0.94
#: Of two that were changed by one training alone, one departs from the other by at most this
#: share of how far the other departs from it; of two that each had a training of their own, by
#: more. Seen: at most 0.28 and at least 0.37.
_ONE_SIDED: Final = 0.325
#: Below this departure neither has moved far enough to tell whose move it was.
_HARDLY_DEPARTED: Final = 0.004
#: What is left of the score where both have departed.
_BOTH_DEPARTED: Final = 0.9
#: Weights that correlate less are strangers': chance gives a hundredth.
LEAST_COSINE: Final = 0.1
#: After units were matched chance gives more; models of one small family were seen at 0.2.
LEAST_MATCHED_COSINE: Final = 0.4
#: A matrix that does not stand out of noise says nothing of training; so many must.
_LEAST_TRAINED_SHARE: Final = 0.3
_LEAST_EQUAL: Final = 0.02
_ADAPTER_RANK: Final = 0.12
_MEASURED: Final = Path(__file__).with_name("provenance_measured.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was looked at: its value, and what it says."""

    name: str
    value: float | None
    says: Message

    def as_json(self) -> dict[str, Any]:
        """Its fields."""
        return {"name": self.name, "value": self.value, "says": message_to_json(self.says)}


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


@cache
def measured() -> Mapping[str, Any]:
    """How often the verdict erred on models of known origin (``python -m tests.verify_bench``
    writes it): pairs, false accusations, and the upper end of their rate at 95%.
    """
    found: Mapping[str, Any] = json.loads(_MEASURED.read_text("utf-8"))
    return found


def trace(
    one: Checkpoint, base: Checkpoint, tell: Callable[[float], None] = lambda _: None
) -> Provenance:
    """Set ``one`` beside ``base``. ``tell`` hears the share that is done."""
    ours, theirs = matrices.by_place(one), matrices.by_place(base)
    evidence: list[Evidence] = []
    kin, beside = direct.compare(ours, theirs, lambda done: tell(0.6 * done))
    if kin:
        evidence.append(_weights(kin))
    moved = {layer: other for layer, other in beside.items() if layer != other}
    how: Sequence[Kinship] = kin
    least = LEAST_COSINE
    turned = False
    looked_for_turn = False
    if not kin or _median_cosine(kin) < LEAST_COSINE:
        found, said = _turn(one, base)
        looked_for_turn = found is not None
        evidence.extend(said)
        if found is not None:
            matched = renumbered.compare(ours, theirs, found, lambda done: tell(0.6 + 0.3 * done))
            if matched:
                evidence.append(_matched(matched))
                if _median_cosine(matched) >= LEAST_MATCHED_COSINE:
                    how, least, turned = matched, LEAST_MATCHED_COSINE, True
    tell(0.9)
    evidence.extend(_marks(one, base, ours, theirs))
    tell(1.0)
    if moved and how and _median_cosine(how) >= least:
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
    cosine = _median_cosine(kin)
    if cosine < least:
        score = max(0.0, min(cosine, least))
        if looked_for_turn:
            return end("independent", score, _STRANGERS)
        return end("independent", score, _STRANGERS_AS_NUMBERED)
    kept = _kept(kin)
    if kept is None:
        return end("cannot tell", THRESHOLD / 2, _UNTRAINED)
    evidence.insert(0, _trained(kept))
    score = min(kept, 1.0)
    if score < 1.0:
        is_one_sided, said = _departures(kin)
        evidence.insert(1, said)
        score *= 1.0 if is_one_sided else _BOTH_DEPARTED
    if score >= THRESHOLD:
        evidence.extend(_changes(kin))
        return end("derived", score, _RENUMBERED if turned else _DERIVED)
    return end("cannot tell", score, _SHARED_START)


def _median_cosine(kin: Sequence[Kinship]) -> float:
    return float(np.median([one.cosine for one in kin]))


def _kept(kin: Sequence[Kinship]) -> float | None:
    """The better of: the one keeps the base, the base keeps the one."""
    found = []
    for values in ([k.kept for k in kin], [k.kept_back for k in kin]):
        known = [value for value in values if value is not None]
        if len(known) >= max(1.0, _LEAST_TRAINED_SHARE * len(kin)):
            found.append(float(np.median(known)))
    return max(found, default=None)


def _weights(kin: Sequence[Kinship]) -> Evidence:
    cosine = _median_cosine(kin)
    return Evidence(
        name="weight_correlation",
        value=cosine,
        says=Message(
            "Weights of the same place correlate at {cosine} (median of {n} matrices); models "
            "trained apart were seen at {most} at most.",
            {
                "cosine": f"{cosine:.3f}",
                "n": len(kin),
                "most": f"{measured()['most_cosine_of_strangers']:.3f}",
            },
        ),
    )


def _matched(kin: Sequence[Kinship]) -> Evidence:
    cosine = _median_cosine(kin)
    return Evidence(
        name="matched_correlation",
        value=cosine,
        says=Message(
            "With its units turned and matched to the base's, weights that did not take part in "
            "the matching correlate at {cosine}; from {least} on that is no chance.",
            {"cosine": f"{cosine:.3f}", "least": f"{LEAST_MATCHED_COSINE:.2f}"},
        ),
    )


def _trained(kept: float) -> Evidence:
    return Evidence(
        name="trained_directions_kept",
        value=kept,
        says=Message(
            "What training put into the base is kept {share} as well as the noise it started "
            "from. About 1 comes from the base itself, or from a start that both have hardly left.",
            {"share": f"{kept:.2f}"},
        ),
    )


def _departures(kin: Sequence[Kinship]) -> tuple[bool, Evidence]:
    """Whether the difference is the work of one training alone, as what one did to the other.

    Outside of the directions that stand out, a model that was trained on from another still has
    all of the other in it, noise of its training included; two that only share a start both
    lack the other's.
    """
    slopes = [float(np.median(values)) for values in _both_slopes(kin)]
    less, more = sorted(max(0.0, 1 - slope) for slope in slopes)
    share = less / more if more > 0 else 0.0
    one_sided = more < _HARDLY_DEPARTED or share <= _ONE_SIDED
    return one_sided, Evidence(
        name="one_sided_departure",
        value=share,
        says=Message(
            "Outside of what training made stand out, one lacks {less} of the other and the other "
            "{more} of the first. Trained on from one another only one lacks something; two "
            "trainings from one start lack each other's.",
            {"less": f"{less:.1%}", "more": f"{more:.1%}"},
        ),
    )


def _both_slopes(kin: Sequence[Kinship]) -> tuple[list[float], list[float]]:
    return [one.slope for one in kin], [one.slope_back for one in kin]


def _changes(kin: Sequence[Kinship]) -> list[Evidence]:
    """What was done to the base, as far as the difference tells."""
    found = []
    equal = float(np.median([k.equal_share for k in kin]))
    if equal > _LEAST_EQUAL:
        found.append(
            Evidence(
                name="equal_to_the_bit",
                value=equal,
                says=Message(
                    "{share} of its weights are the base's to the last bit.",
                    {"share": f"{equal:.0%}"},
                ),
            )
        )
    rank = float(np.median([k.change_rank_share for k in kin]))
    if 0 < rank < _ADAPTER_RANK:
        found.append(
            Evidence(
                name="change_rank",
                value=rank,
                says=Message(
                    "The difference to the base lies in {share} of its directions, as an adapter's "
                    "(LoRA) does that was merged in.",
                    {"share": f"{rank:.1%}"},
                ),
            )
        )
    return found


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


def _marks(
    one: Checkpoint,
    base: Checkpoint,
    ours: Mapping[Key, Matrix],
    theirs: Mapping[Key, Matrix],
) -> list[Evidence]:
    """What is shown beside the verdict."""
    found = []
    a, b = vocabulary.of(one.folder), vocabulary.of(base.folder)
    if a is not None and b is not None:
        shared = vocabulary.overlap(a, b)
        found.append(
            Evidence(
                name="tokenizer_overlap",
                value=shared.share,
                says=Message(
                    "The tokenizers share {n} tokens, {share} of the smaller one, {same} of them "
                    "under the same number. A tokenizer may be taken over without the weights.",
                    {
                        "n": shared.n,
                        "share": f"{shared.share:.0%}",
                        "same": f"{shared.same_id_share:.0%}",
                    },
                ),
            )
        )
    stds = profile.std_correlation(ours, theirs)
    if stds is not None:
        found.append(
            Evidence(
                name="attention_std_profile",
                value=stds,
                says=Message(
                    "The spread of the attention matrices runs through the layers with a "
                    "correlation of {value}. Models of one recipe resemble each other in this "
                    "without any kinship: strangers were seen at up to {most}.",
                    {
                        "value": f"{stds:.2f}",
                        "most": f"{measured()['most_std_correlation_of_strangers']:.2f}",
                    },
                ),
            )
        )
    spectra = profile.spectrum_distance(ours, theirs)
    if spectra is not None:
        found.append(
            Evidence(
                name="spectrum_distance",
                value=spectra,
                says=Message(
                    "The singular values differ by {value}; strangers of one recipe were seen as "
                    "near as {least}.",
                    {
                        "value": f"{spectra:.1%}",
                        "least": f"{measured()['least_spectrum_distance_of_strangers']:.1%}",
                    },
                ),
            )
        )
    return found


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
