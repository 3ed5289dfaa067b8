"""Copies in a data set: taken out, counted, and what they would have done to a score."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import Amount, Message
from lab.corpora.split import TEST_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """How many examples there were, and what was taken out of them.

    ``n_copies`` are repetitions within a class, of which one each is kept.
    ``n_contradictory`` contents stand in more than one class; none of them is kept.
    """

    n_raw: int
    n_copies: int
    n_contradictory: int
    n_clean: int

    @property
    def message(self) -> Message | None:
        """The counts as a sentence; ``None`` where nothing was taken out."""
        if self.n_clean == self.n_raw:
            return None
        return Message(
            "{n_raw} examples, of which {n_copies} repeat another of their class and "
            "{n_contradictory} contents stand in more than one class; {n_clean} are left",
            {
                "n_raw": self.n_raw,
                "n_copies": self.n_copies,
                "n_contradictory": self.n_contradictory,
                "n_clean": self.n_clean,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """What a random split of the uncleaned examples would have shown the model.

    ``leaked_share`` is the share of the test examples that also stand in training.
    """

    n_raw: int
    n_distinct: int
    test_share: float
    leaked_share: float

    @property
    def message(self) -> Message:
        """The finding as a sentence."""
        return Message(
            "Of {n_raw} examples only {n_distinct} are distinct: a random split would have "
            "put a share of {leaked} of the test set into training",
            {
                "n_raw": self.n_raw,
                "n_distinct": self.n_distinct,
                "leaked": Amount(self.leaked_share, "fraction"),
            },
        )


def deduplicated(
    contents: Sequence[Hashable], labels: Sequence[Hashable]
) -> tuple[list[int], Copies]:
    """The indices of one example of each content that stands in a single class.

    Idempotent, and in the order of the examples.
    """
    classes: dict[Hashable, set[Hashable]] = {}
    first: dict[tuple[Hashable, Hashable], int] = {}
    for i, key in enumerate(zip(contents, labels, strict=True)):
        classes.setdefault(key[0], set()).add(key[1])
        first.setdefault(key, i)
    kept = [i for (content, _), i in first.items() if len(classes[content]) == 1]
    return kept, Copies(
        n_raw=len(contents),
        n_copies=len(contents) - len(first),
        n_contradictory=sum(len(found) > 1 for found in classes.values()),
        n_clean=len(kept),
    )


def leak_of_random_split(
    contents: Sequence[Hashable],
    *,
    test_share: float = TEST_SHARE,
    seed: int = 0,
    n_splits: int = 5,
) -> Leak:
    """What share of a random test set stands in training too, mean of ``n_splits``."""
    seen: dict[Hashable, int] = {}
    number = np.array([seen.setdefault(content, len(seen)) for content in contents], np.intp)
    rng = np.random.default_rng(seed)
    n_test = max(1, round(test_share * len(number)))
    shares = [_leaked(rng.permutation(number), n_test) for _ in range(n_splits)]
    return Leak(
        n_raw=len(number),
        n_distinct=len(seen),
        test_share=test_share,
        leaked_share=float(np.mean(shares)),
    )


def _leaked(shuffled: NDArray[np.intp], n_test: int) -> float:
    return float(np.isin(shuffled[:n_test], shuffled[n_test:]).mean())
