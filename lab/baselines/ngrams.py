"""An n-gram language model: what a trained one must beat in bits per token.

Interpolated Kneser-Ney smoothing with one discount per order, n1 / (n1 + 2 n2) from the
numbers of n-grams seen once and twice; below the unigrams all tokens are equally likely.

Source: Chen and Goodman 1999, An empirical study of smoothing techniques for language
modeling, section 2.7; the discount of Ney, Essen and Kneser 1994.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import Message

Tokens = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """Mean surprise per test token in bits, and the method's name."""

    name: Message
    bits_per_token: float

    @property
    def loss_nats(self) -> float:
        """The same as a cross-entropy in nats, the unit of a training loss."""
        return self.bits_per_token * math.log(2)


def ngram(train: Tokens, test: Tokens, *, n_types: int, order: int = 2) -> Predicted:
    """The surprise of ``test`` after ``train`` under an n-gram model of that order.

    Token ids run from 0 below ``n_types``. The first test tokens, whose context is not in
    ``test``, are predicted from the end of ``train``.
    """
    assert 1 <= order <= len(train)
    assert n_types**order < 2**62, "an n-gram must fit into an integer"
    running = np.concatenate([train[len(train) - order + 1 :], test])
    probability = np.full(len(test), 1 / n_types)
    for level in _levels(train, n_types, order):
        asked = _keys(running, n_types, level.length)[order - level.length :]
        probability = level.interpolated(asked, probability)
    names = {
        1: Message("how often each token stands alone"),
        2: Message("the token before (bigrams, Kneser-Ney)"),
    }
    several = Message("the {n} tokens before (n-grams, Kneser-Ney)", {"n": order - 1})
    return Predicted(
        name=names.get(order, several), bits_per_token=float(-np.log2(probability).mean())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """The n-grams of one length with their counts, and sums over each context."""

    length: int
    n_types: int
    grams: Tokens
    counts: Tokens
    contexts: Tokens
    context_counts: Tokens
    context_kinds: Tokens

    def interpolated(self, asked: Tokens, shorter: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability of each asked n-gram's last token, given that of the level below."""
        once, twice = (int((self.counts == n).sum()) for n in (1, 2))
        discount = once / (once + 2 * twice) if once else 0.5
        count = _looked_up(self.grams, self.counts, asked)
        total = _looked_up(self.contexts, self.context_counts, asked // self.n_types)
        kinds = _looked_up(self.contexts, self.context_kinds, asked // self.n_types)
        kept = np.maximum(count - discount, 0) + discount * kinds * shorter
        return np.where(total > 0, kept / np.maximum(total, 1), shorter)


def _levels(train: Tokens, n_types: int, order: int) -> list[_Level]:
    """From unigrams up: the longest n-grams as often as they occur, a shorter one as often
    as different tokens stand before it.
    """
    grams, counts = np.unique(_keys(train, n_types, order), return_counts=True)
    levels = []
    for length in range(order, 0, -1):
        if length < order:
            grams, counts = np.unique(grams % n_types**length, return_counts=True)
        contexts, start, kinds = np.unique(grams // n_types, return_index=True, return_counts=True)
        levels.append(
            _Level(
                length=length,
                n_types=n_types,
                grams=grams,
                counts=counts,
                contexts=contexts,
                context_counts=np.add.reduceat(counts, start),
                context_kinds=kinds,
            )
        )
    return levels[::-1]


def _keys(tokens: Tokens, n_types: int, length: int) -> Tokens:
    """Every run of ``length`` tokens as one integer, the first token in the highest place."""
    n = len(tokens) - length + 1
    keys = np.zeros(max(n, 0), np.int64)
    for i in range(length):
        keys = keys * n_types + tokens[i : i + n]
    return keys


def _looked_up(known: Tokens, values: Tokens, asked: Tokens) -> Tokens:
    """The values of sorted keys; 0 for a key that is not known."""
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[at] == asked, values[at], 0)
