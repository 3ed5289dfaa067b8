"""What is looked at to tell where a checkpoint comes from, each with what it says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from costmodel.messages import Message
from lab.runs import message_to_json
from lab.verify import profile, vocabulary
from lab.verify.folder import Checkpoint
from lab.verify.kinship import Kinship
from lab.verify.matrices import Key, Matrix

#: Of two that were changed by one training alone, one departs from the other by at most this
#: share of how far the other departs from it; of two that each had a training of their own, by
#: more. Seen: at most 0.28 and at least 0.37.
_ONE_SIDED: Final = 0.325
#: Below this departure neither has moved far enough to tell whose move it was.
_HARDLY_DEPARTED: Final = 0.004
#: After units were matched chance gives more; models of one small family were seen at 0.2.
LEAST_MATCHED_COSINE: Final = 0.4
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


@cache
def measured() -> Mapping[str, Any]:
    """How often the verdict erred on models of known origin (``python -m tests.verify_bench``
    writes it): pairs, false accusations, and the upper end of their rate at 95%.
    """
    found: Mapping[str, Any] = json.loads(_MEASURED.read_text("utf-8"))
    return found


def median_cosine(kin: Sequence[Kinship]) -> float:
    """The median correlation of the weights."""
    return float(np.median([one.cosine for one in kin]))


def weights(kin: Sequence[Kinship]) -> Evidence:
    """How the weights of the same places correlate."""
    cosine = median_cosine(kin)
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


def matched(kin: Sequence[Kinship]) -> Evidence:
    """How they correlate when units were turned and matched."""
    cosine = median_cosine(kin)
    return Evidence(
        name="matched_correlation",
        value=cosine,
        says=Message(
            "With its units turned and matched to the base's, weights that did not take part in "
            "the matching correlate at {cosine}; from {least} on that is no chance.",
            {"cosine": f"{cosine:.3f}", "least": f"{LEAST_MATCHED_COSINE:.2f}"},
        ),
    )


def trained(kept: float) -> Evidence:
    """How well what training made is kept."""
    return Evidence(
        name="trained_directions_kept",
        value=kept,
        says=Message(
            "What training put into the base is kept {share} as well as the noise it started "
            "from. About 1 comes from the base itself, or from a start that both have hardly left.",
            {"share": f"{kept:.2f}"},
        ),
    )


def departures(kin: Sequence[Kinship]) -> tuple[bool, Evidence]:
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


def changes(kin: Sequence[Kinship]) -> list[Evidence]:
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


def marks(
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
