"""What an audit means for what a startup said, and the numbers that its deal takes."""

from collections.abc import Mapping
from typing import Any, Final

from costmodel.claims.finding import Verdict
from costmodel.messages import Amount, InputError, Message, check_within
from lab.audit.shares import Share
from lab.audit.unique import Unique
from lab.findings import ForDeal, LabFinding

#: What a startup may have stated about the sample.
CLAIMABLE: Final = ("near_duplicate_share", "unique_tokens", "target_language_share")
#: Fewer texts say nothing about a corpus.
FEWEST_TEXTS: Final = 300
#: A stated share may be missed by so much, and a stated count by such a factor, and still be
#: called stretched; beyond that it is implausible.
_STRETCH: Final = 0.05
_FACTOR: Final = 1.25
#: Rounding that nobody is blamed for.
_ROUNDING: Final = 0.02
_SAMPLE_ASK: Final = Message(
    "Who drew the sample, and how? Draw another at random from the whole corpus, with us present."
)


def checked_claims(given: Mapping[str, Any] | None) -> dict[str, float]:
    """What was claimed, each a number that is possible. Raises ``InputError``."""
    found = {}
    for name, value in (given or {}).items():
        if value is None:
            continue
        field = f"claimed.{name}"
        if name not in CLAIMABLE:
            raise InputError(
                field,
                "{name} is no claim that an audit can check; write one of: {known}",
                name=name,
                known=", ".join(CLAIMABLE),
            )
        number = float(value)
        check_within(field, number, 0, 1 if name.endswith("share") else 1e18)
        found[name] = number
    return found


def findings(
    claimed: Mapping[str, float],
    *,
    near: Share,
    target: Share | None,
    contamination: Share | None,
    n_too_short: int,
    unique: Unique,
) -> list[LabFinding]:
    """One for each claim that the sample speaks to, and one for the benchmarks looked for."""
    found = []
    if "near_duplicate_share" in claimed:
        found.append(_duplicates(claimed["near_duplicate_share"], near))
    if "unique_tokens" in claimed:
        found.append(_unique(claimed["unique_tokens"], unique, near))
    if "target_language_share" in claimed and target is not None:
        found.append(_language(claimed["target_language_share"], target))
    if contamination is not None:
        found.append(_contamination(contamination, n_too_short))
    return found


def _duplicates(stated: float, near: Share) -> LabFinding:
    verdict: Verdict
    if near.n < FEWEST_TEXTS:
        verdict = "cannot tell"
        why = Message(
            "{n} texts are too few to tell what share of a corpus repeats.", {"n": near.n}
        )
    elif near.low <= stated:
        verdict = "consistent"
        why = Message(
            "Repeats within a sample are the least that the corpus can have: the sample does not "
            "speak against the stated share, and the corpus may hold more."
        )
    else:
        verdict = "stretched" if near.low <= stated + _STRETCH else "implausible"
        why = Message(
            "More of the sample repeats than was stated of the whole, and a whole repeats more "
            "than its parts."
        )
    return LabFinding(
        claim="near_duplicate_share",
        about=Message("Share of near duplicates"),
        verdict=verdict,
        unit="fraction",
        stated=stated,
        measured=near.value,
        low=near.low,
        high=near.high,
        why=why,
        ask=Message(
            "By which method and threshold were duplicates removed, and on which version of the "
            "corpus? Show its log."
        ),
    )


def _unique(stated: float, unique: Unique, near: Share) -> LabFinding:
    about = Message("Distinct tokens of the corpus")
    ask = Message("How many tokens are left after deduplication, by whose count? Show the log.")
    if unique.raw_tokens is None:
        return LabFinding(
            claim="unique_tokens",
            about=about,
            verdict="cannot tell",
            unit="token",
            stated=stated,
            why=Message("How many raw tokens the corpus has was not given."),
            ask=ask,
        )
    raw = unique.raw_tokens
    low, high = raw * (1 - near.high), raw * (1 - near.low)
    verdict: Verdict
    if stated > raw * (1 + _ROUNDING):
        verdict = "impossible"
        why = Message("That is more than the raw tokens before any duplicate is taken out.")
    elif near.n < FEWEST_TEXTS:
        verdict = "cannot tell"
        why = Message(
            "{n} texts are too few to tell what share of a corpus repeats.", {"n": near.n}
        )
    elif stated <= high * (1 + _ROUNDING):
        verdict = "consistent"
        why = Message("The repeats found in the sample leave as many.")
    else:
        verdict = "stretched" if stated <= _FACTOR * high else "implausible"
        why = Message(
            "The repeats found in the sample leave fewer, and the whole corpus repeats more than "
            "a sample of it."
        )
    return LabFinding(
        claim="unique_tokens",
        about=about,
        verdict=verdict,
        unit="token",
        stated=stated,
        measured=unique.unique_tokens,
        low=low,
        high=high,
        why=why,
        ask=ask,
    )


def _language(stated: float, target: Share) -> LabFinding:
    verdict: Verdict
    if target.n < FEWEST_TEXTS:
        verdict = "cannot tell"
    elif stated <= target.high + _ROUNDING:
        verdict = "consistent"
    else:
        verdict = "stretched" if stated <= target.high + 2 * _STRETCH else "implausible"
    return LabFinding(
        claim="target_language_share",
        about=Message("Share of text in the target languages"),
        verdict=verdict,
        unit="fraction",
        stated=stated,
        measured=target.value,
        low=target.low,
        high=target.high,
        why=Message("Languages were recognised text by text, and counted by bytes."),
        ask=_SAMPLE_ASK,
    )


def _contamination(share: Share, n_too_short: int) -> LabFinding:
    verdict: Verdict
    if share.hits:
        verdict = "stretched"
        why = Message(
            "{hits} of {n} items of the benchmarks stand in the sample by a sequence of 13 words: "
            "a score on them is partly memory.",
            {"hits": share.hits, "n": share.n},
        )
    elif n_too_short > share.n / 2:
        verdict = "cannot tell"
        why = Message(
            "{n_short} of {n} items have fewer than 13 words, too few to be found by sequences.",
            {"n_short": n_too_short, "n": share.n},
        )
    else:
        verdict = "consistent"
        why = Message(
            "No item was found in the sample; that says nothing of the rest of the corpus, nor "
            "of items that were reworded or translated."
        )
    return LabFinding(
        claim="contamination_share",
        about=Message("Share of test items found in the training data"),
        verdict=verdict,
        unit="fraction",
        measured=share.value,
        low=share.low,
        high=share.high,
        why=why,
        ask=Message(
            "Were the test items taken out of the training data, by which rule? Score the model "
            "again without the items found, and on a private twin."
        ),
    )


def for_deal(
    *,
    near: Share,
    threshold: float,
    pii_per_1k: float,
    contamination: Share | None,
    target: Share | None,
    unique: Unique,
) -> list[ForDeal]:
    """The measurements of this sample that fields of a deal take."""
    n = near.n
    found = [
        ForDeal(
            path="measurements.near_duplicate_share",
            value=near.value,
            why=Message(
                "Share of {n} texts at a Jaccard index of {threshold} or more of an earlier one, "
                "by 5-grams",
                {"n": n, "threshold": threshold},
            ),
        ),
        ForDeal(
            path="measurements.pii_per_1k",
            value=pii_per_1k,
            why=Message("Identifiers found in {n} texts, for a thousand of them", {"n": n}),
        ),
    ]
    if contamination is not None:
        found.append(
            ForDeal(
                path="measurements.contamination_share",
                value=contamination.value,
                why=Message(
                    "Share of {n} test items with a sequence of 13 words in the sample",
                    {"n": contamination.n},
                ),
            )
        )
    if target is not None:
        found.append(
            ForDeal(
                path="measurements.target_language_share",
                value=target.value,
                why=Message("Share of the sample's bytes in the target languages"),
            )
        )
    if unique.unique_tokens is not None:
        found.append(
            ForDeal(
                path="plan.unique_tokens",
                value=unique.unique_tokens,
                why=Message(
                    "{raw} raw tokens less the near duplicates found in a sample of {n} texts",
                    {"raw": Amount(unique.raw_tokens or 0.0, "token"), "n": n},
                ),
            )
        )
    return found
