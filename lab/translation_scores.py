"""How close translations are to their references: BLEU of characters, chrF, exact matches."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

#: Resamples behind an interval.
_RESAMPLES: Final = 200


def scores(made: Sequence[str], references: Sequence[str], *, seed: int = 0) -> dict[str, Any]:
    """BLEU over characters (``sacrebleu``'s tokeniser for Chinese) and chrF, 0 to 100, and
    the share of exact matches; 95 % bootstrap intervals over the pairs.

    Source: Post 2018, A Call for Clarity in Reporting BLEU Scores; Popovic 2015, chrF.
    """
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    bleu, chrf = BLEU(tokenize="char"), CHRF()
    exact = np.array([a == b for a, b in zip(made, references, strict=True)], dtype=float)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(made), size=(_RESAMPLES, len(made)))
    rows = np.array(chrf._extract_corpus_statistics(list(made), [list(references)]))
    resampled = [chrf._aggregate_and_compute(rows[pick].tolist()).score for pick in drawn]
    return {
        "n": len(made),
        "bleu": bleu.corpus_score(list(made), [list(references)]).score,
        "chrf": chrf.corpus_score(list(made), [list(references)]).score,
        "exact": float(exact.mean()),
        "intervals": {
            "chrf": _interval(resampled),
            "exact": _interval(exact[drawn].mean(1)),
        },
        "signatures": [str(bleu.get_signature()), str(chrf.get_signature())],
    }


def _interval(values: Any) -> dict[str, float]:
    low, high = np.quantile(np.asarray(values), (0.025, 0.975))
    return {"low": float(low), "high": float(high)}
