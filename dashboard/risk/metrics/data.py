"""Metrics of data: grounds, supply, and what the lab found in a sample."""

from collections.abc import Mapping
from typing import Final

from costmodel.messages import Message
from dashboard.risk.metrics.reading import Formula, Found, Reading, as_stated, share_of


def epochs_effective(read: Reading) -> Found:
    """Passes over distinct data: ``planned tokens / (raw tokens x (1 - duplicates))``.

    Where the deal states its distinct tokens themselves, they are the divisor.
    """
    plan = read.basis.deal.plan
    if plan.tokens is None:
        read.lacking(Message("The number of training tokens is missing; write plan.tokens."))
    else:
        read.planned("tokens", plan.tokens, "token")
    measured = read.basis.deal.measurements.near_duplicate_share is not None
    if plan.unique_tokens is not None and not (measured and read.basis.deal.data.raw_tokens):
        read.planned("unique_tokens", plan.unique_tokens, "token")
        distinct, path = plan.unique_tokens, "plan.unique_tokens"
    else:
        found = read.numbers("data.raw_tokens", "measurements.near_duplicate_share")
        if found is None:
            return None
        raw, duplicates = found
        distinct, path = raw * (1 - duplicates), "data.raw_tokens"
    return None if plan.tokens is None else read.ratio(plan.tokens, distinct, path)


METRICS: Final[Mapping[str, Formula]] = {
    "license_known_share": share_of("data.known_ground_tokens", "data.corpus_tokens"),
    "epochs_effective": epochs_effective,
    "lab_dup_rate": as_stated("measurements.near_duplicate_share"),
    "lab_pii_per_1k": as_stated("measurements.pii_per_1k"),
    "lab_contam_rate": as_stated("measurements.contamination_share"),
    "lab_target_lang_share": as_stated("measurements.target_language_share"),
    "lab_filter_gain_sigma": as_stated("measurements.filter_gain_sigma"),
}
