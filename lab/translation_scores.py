"""How close translations are to their references: BLEU of characters, chrF, exact matches."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from lab.metrics import estimate, share_estimate

#: Resamples behind an interval.
_RESAMPLES: Final = 200


def scores(made: Sequence[str], references: Sequence[str], *, seed: int = 0) -> dict[str, Any]:
    """BLEU over characters (``sacrebleu``'s tokeniser for Chinese) and chrF, 0 to 100, and
    the share of exact matches; 95 % bootstrap intervals over the pairs.

    Source: Post 2018, A Call for Clarity in Reporting BLEU Scores; Popovic 2015, chrF; Koehn
    2004, Statistical significance tests for machine translation evaluation (the intervals).
    """
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    exact = np.array([a == b for a, b in zip(made, references, strict=True)], dtype=float)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(made), size=(_RESAMPLES, len(made)))
    found: dict[str, Any] = {"n": len(made)}
    intervals = {}
    measures = {"bleu": BLEU(tokenize="char"), "chrf": CHRF()}
    for name, measure in measures.items():
        rows = np.array(measure._extract_corpus_statistics(list(made), [list(references)]))
        resampled = [measure._aggregate_and_compute(rows[pick].tolist()).score for pick in drawn]
        score = measure.corpus_score(list(made), [list(references)]).score
        intervals[name] = estimate(score, np.array(resampled)).interval_json()
        found[name] = score
    share = share_estimate(int(exact.sum()), len(exact), exact[drawn].mean(1))
    return {
        **found,
        "exact": share.value,
        "intervals": {**intervals, "exact": share.interval_json()},
        "signatures": [str(measure.get_signature()) for measure in measures.values()],
    }
